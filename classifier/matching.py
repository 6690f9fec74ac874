"""Partnerships held against all calls: what matches is stored with everything that explains it.

A match can still be applied to, reaches the line, says nothing that the partnership excludes and
does not shut it out. Only matches are stored. Why another call is none is worked out anew by
``classifier.explaining`` from the same vectors: what was true when it was compared may not be so
any more, and a hundred thousand rows of what nobody was told would be rewritten every day.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from classifier.child import ChildProcess
from classifier.embedding import Embedder, Progress, embed_missing, prune_unused
from classifier.judging import MATCHES, Candidate, Choice, Judge
from classifier.loading import load_rules
from classifier.models import Models, chosen
from classifier.outcomes import Found, Outcome, found_of, run_of, without_interests
from classifier.preparing import Prepared, prepare, reasons_of
from classifier.reasons import Reason, reasons_wanted
from classifier.routes import Route
from classifier.rulebook import Rules
from storage.asking import get
from storage.database import reading
from storage.domain import Call, Partnership
from storage.matches import keep_run, replace_matches
from storage.partnerships import get_partnership, list_partnerships

REASONED = 15
"""Matches that get reasons: as many as a letter tells. The sentences of more would take long."""


@dataclass(frozen=True, slots=True)
class Means:
    """What is worked with; what is None is the usual. ``model`` is BRIDGES_MODEL."""

    model: str = ""
    models: Models | None = None
    embedder: Embedder | None = None
    rules: Rules | None = None
    on_progress: Progress | None = None

    def chosen_models(self) -> Models:
        return self.models or chosen(self.model)

    def loaded_rules(self) -> Rules:
        return self.rules or load_rules()

    @contextlib.contextmanager
    def working(self) -> Iterator[Embedder]:
        """Return who makes vectors; the child process lives as long as the block."""
        if self.embedder is not None:
            yield self.embedder
            return
        with ChildProcess() as child:
            yield child


USUAL = Means()


def run_matching(
    engine: sa.Engine,
    now: datetime,
    partnerships: Sequence[str] | None = None,
    *,
    choice: Choice = MATCHES,
    means: Means = USUAL,
) -> list[Outcome]:
    """Hold partnerships (ids; None: all) against all calls at ``now`` and store their matches.

    ``choice`` adds to what is returned, never to what is stored. Vectors that are missing are made
    first, in a child process. Raises NotFound for an unknown partnership, ModelUnavailable and
    EmbeddingFailed.
    """
    with reading(engine) as connection:
        asked = asked_for(connection, partnerships)
    with means.working() as embedder:
        ready = _prepared(engine, asked, embedder, means)
        judge = Judge(ready.corpus, means.loaded_rules(), now)
        candidates = {
            name: judge.candidates(comparison, choice)
            for name, comparison in ready.comparisons.items()
        }
        shown = {name: _worth_reasons(some, choice) for name, some in candidates.items()}
        explained = _explained(engine, ready, shown, embedder, means)
    outcomes = []
    for partnership in asked:
        comparison = ready.comparisons.get(partnership.id)
        if comparison is None:
            outcomes.append(without_interests(partnership, now))
            continue
        reasons = explained[partnership.id]
        every = candidates[partnership.id]
        found = tuple(
            found_of(ready, comparison, one, reasons.get(one.row, ()))
            for one in every
            if one.told or choice.lists_all(one.drops)
        )
        run = run_of(ready, comparison, judge, every, now)
        outcomes.append(Outcome(partnership, run, found))
    _store(engine, outcomes, now)
    if partnerships is None and outcomes:
        quoted = reasons_wanted(_pairs(ready, shown))
        prune_unused(engine, [*ready.wanted, *quoted])
    return outcomes


def hold(
    engine: sa.Engine,
    now: datetime,
    call: str,
    partnerships: Sequence[str] | None = None,
    *,
    means: Means = USUAL,
) -> list[Found]:
    """Hold one call (``source:reference`` or an opportunity) against partnerships, best first.

    It is held against each whatever its status, score or eligibility, and nothing is stored.
    Partnerships that do not say what they look for are left out. Raises as ``run_matching``, and
    NotFound for an unknown call.
    """
    with reading(engine) as connection:
        asked = asked_for(connection, partnerships)
        opportunity = get(connection, call).opportunity
    with means.working() as embedder:
        ready = _prepared(engine, asked, embedder, means, opportunity)
        judge = Judge(ready.corpus, means.loaded_rules(), now)
        rows = ready.corpus.of(opportunity)
        best = {
            name: judge.best(comparison, [] if rows is None else rows.tolist())
            for name, comparison in ready.comparisons.items()
        }
        shown = {name: [one] for name, one in best.items()}
        explained = _explained(engine, ready, shown, embedder, means)
    found = [
        found_of(ready, ready.comparisons[name], one, explained[name][one.row])
        for name, one in best.items()
    ]
    return sorted(found, key=lambda one: (-one.candidate.score, one.match.partnership))


def asked_for(connection: sa.Connection, asked: Sequence[str] | None) -> list[Partnership]:
    """Return the partnerships of these ids, all for None. Raises NotFound."""
    if asked is None:
        return list_partnerships(connection)
    return [get_partnership(connection, name) for name in dict.fromkeys(asked)]


def _prepared(
    engine: sa.Engine,
    asked: Sequence[Partnership],
    embedder: Embedder,
    means: Means,
    opportunity: str | None = None,
) -> Prepared:
    return prepare(
        engine,
        asked,
        models=means.chosen_models(),
        rules=means.loaded_rules(),
        embedder=embedder,
        opportunity=opportunity,
        on_progress=means.on_progress,
    )


def _explained(
    engine: sa.Engine,
    ready: Prepared,
    shown: Mapping[str, Sequence[Candidate]],
    embedder: Embedder,
    means: Means,
) -> dict[str, dict[int, tuple[Reason, ...]]]:
    """Return the reasons of the candidates by partnership and row; their vectors are made first."""
    wanted = reasons_wanted(_pairs(ready, shown))
    embed_missing(engine, wanted, embedder, means.on_progress)
    with reading(engine) as connection:
        return {
            name: reasons_of(connection, ready, ready.comparisons[name], some)
            for name, some in shown.items()
        }


def _pairs(
    ready: Prepared, shown: Mapping[str, Sequence[Candidate]]
) -> Iterator[tuple[Route, Call]]:
    for name, some in shown.items():
        for one in some:
            yield ready.comparisons[name].route(one.row), one.call


def _worth_reasons(candidates: Sequence[Candidate], choice: Choice) -> list[Candidate]:
    told = [one for one in candidates if one.told][:REASONED]
    listed = [one for one in candidates if choice.lists_all(one.drops)]
    if choice.top is None:
        listed = [one for one in listed if one.score >= one.line]
    listed = listed[: REASONED if choice.top is None else choice.top]
    return list({one.row: one for one in [*told, *listed]}.values())


def _store(engine: sa.Engine, outcomes: Iterable[Outcome], now: datetime) -> None:
    for one in outcomes:
        with engine.begin() as connection:
            replace_matches(
                connection,
                one.partnership.id,
                [found.match for found in one.matches],
                fingerprint=one.run.fingerprint,
                now=now,
                details={found.match.opportunity: found.details for found in one.matches},
            )
            keep_run(connection, one.run)
