"""The whole evaluation: judged partnerships and their calls, every system side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import sqlalchemy as sa

from classifier.comparing import Comparison
from classifier.embedding import Embedder, Progress, Wanted, embed_missing, load_vectors
from classifier.evaluation import FAR, Judged, measure
from classifier.evaluation_systems import SYSTEMS, WHOLE, ranked_by
from classifier.judging import Choice, Judge
from classifier.learning import Pairs, by_folds, matrix
from classifier.loading import load_rules
from classifier.models import Models
from classifier.preparing import Prepared, prepare
from classifier.routes import Interest, interests
from classifier.scoring import Floats
from classifier.texts import call_text
from storage.database import reading
from storage.domain import Call, Partnership
from storage.partnerships import list_partnerships

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
"""When the evaluation takes place: any moment does, for closed calls are judged like others."""

CHOICE = Choice(include_closed=True, any_eligibility=True, top=FAR)
FOLDS = "the whole, by folds"

Qrels = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True, eq=False)
class Evaluated:
    """Judged partnerships (under the name they are judged by) compared with every call."""

    ready: Prepared
    names: Mapping[str, str]
    qrels: Qrels

    @property
    def asked(self) -> list[Comparison]:
        return [self.ready.comparisons[name] for name in sorted(self.names)]

    def pairs(self) -> list[Pairs]:
        """Return the signs and grades of every pair; closed calls are judged like others."""
        found = []
        for one in self.asked:
            grades = self.qrels[self.names[one.partnership.id]]
            rows = [_grade(call, grades) for call in self.ready.corpus.calls]
            judged_as = self.names[one.partnership.id]
            signs = matrix(one.signs)
            found.append(Pairs(judged_as, language(one.partnership), signs, np.array(rows)))
        return found

    def judged(self) -> Iterator[Judged]:
        """Yield how good the list of each system is for each partnership."""
        folded = by_folds(self.pairs())
        judge = Judge(self.ready.corpus, load_rules(), MOMENT)
        for comparison, folds in zip(self.asked, folded, strict=True):
            for system, signs in SYSTEMS.items():
                if system != WHOLE:
                    yield self._judged(comparison, system, ranked_by(signs)(comparison))
            yield self._judged(comparison, FOLDS, folds)
            candidates = judge.candidates(comparison, CHOICE)
            listed = [one.call for one in candidates if CHOICE.lists_all(one.drops)]
            yield self._measured(comparison, WHOLE, listed)

    def plain(self, engine: sa.Engine, embedder: Embedder, report: Progress) -> Iterator[Judged]:
        """Yield how good the encoders are by themselves, as they come, on texts as they read them.

        The encoder of many languages reads every call for this, which takes minutes.
        """
        models = self.ready.models
        texts = [call_text(call) for call in self.ready.corpus.calls]
        for model in dict.fromkeys((models.english, models.other)):
            said = {one.partnership.id: _of(interests(one.partnership)) for one in self.asked}
            calls = Wanted(model, texts)
            asked = Wanted(model, list(said.values()), query=True)
            embed_missing(engine, [calls, asked], embedder, report)
            with reading(engine) as connection:
                near = load_vectors(connection, asked) @ load_vectors(connection, calls).T
            for comparison, row in zip(self.asked, near, strict=True):
                yield self._judged(comparison, f"plain {model.name}", row.astype(np.float64))

    def _judged(self, comparison: Comparison, system: str, order: Floats) -> Judged:
        best = np.argsort(-order, kind="stable").tolist()
        calls = [self.ready.corpus.calls[row] for row in best]
        return self._measured(comparison, system, calls)

    def _measured(self, comparison: Comparison, system: str, calls: Sequence[Call]) -> Judged:
        one = comparison.partnership
        grades = self.qrels[self.names[one.id]]
        references = [call.id if call.id in grades else call.reference for call in calls]
        return Judged(one.id, language(one), measure(references, grades), system)


def evaluated(
    engine: sa.Engine,
    qrels: Qrels,
    models: Models,
    embedder: Embedder,
    progress: Progress,
) -> Evaluated:
    """Compare the stored partnerships that were judged with every stored call."""
    with engine.connect() as connection:
        known = {one.id: replace(one, threshold=None) for one in list_partnerships(connection)}
    names = {name: judged for name in known if (judged := judged_as(name, qrels)) is not None}
    asked = [known[name] for name in sorted(names)]
    ready = prepare(
        engine, asked, models=models, rules=load_rules(), embedder=embedder, on_progress=progress
    )
    return Evaluated(
        ready, {name: said for name, said in names.items() if name in ready.comparisons}, qrels
    )


def judged_as(name: str, qrels: Qrels) -> str | None:
    """The name under which a partnership is judged: its own, or that without its language."""
    return next((one for one in (name, name.rpartition("-")[0]) if one in qrels), None)


def language(partnership: Partnership) -> str:
    return "+".join(one.language for one in interests(partnership)) or "none"


def _of(said: Sequence[Interest]) -> str:
    return " ".join(one.text for one in said)


def _grade(call: Call, grades: Mapping[str, int]) -> int:
    return grades.get(call.id, grades.get(call.reference, -1))
