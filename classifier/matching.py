"""Partnerships held against all calls: what matches is stored with everything that explains it.

A match can still be applied to, reaches the line, says nothing that the partnership excludes and
does not shut it out. Only matches are stored. Why another call is none is worked out anew by
``classifier.explaining`` from the same vectors: what was true when it was compared may not be so
any more, and a hundred thousand rows of what nobody was told would be rewritten every day.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa

from classifier.embedding import ChildProcess, Embedder, Progress, embed_missing
from classifier.judging import Candidate, Choice, Judge
from classifier.loading import load_rules
from classifier.models import Models, chosen
from classifier.outcomes import Outcome, found_of, run_of, without_interests
from classifier.preparing import prepare, reasons_of, route_of
from classifier.reasons import reasons_wanted
from classifier.rulebook import Rules
from classifier.scoring import THRESHOLD
from storage.database import reading
from storage.domain import Partnership
from storage.matches import keep_run, replace_matches
from storage.partnerships import get_partnership, list_partnerships

REASONED = 15
"""Matches that get reasons: as many as a letter tells. The sentences of more would take long."""


def run_matching(  # noqa: PLR0913 - all but the first two are optional
    engine: sa.Engine,
    now: datetime,
    partnerships: Sequence[str] | None = None,
    *,
    choice: Choice = Choice(),  # noqa: B008 - frozen
    model: str = "",
    models: Models | None = None,
    embedder: Embedder | None = None,
    rules: Rules | None = None,
    on_progress: Progress | None = None,
) -> list[Outcome]:
    """Hold partnerships (ids; None: all) against all calls at ``now`` and store their matches.

    ``choice`` adds to what is returned, never to what is stored. ``model`` is BRIDGES_MODEL.
    Vectors that are missing are made first, in a child process. Raises NotFound for an unknown
    partnership, ModelUnavailable and EmbeddingFailed.
    """
    with reading(engine) as connection:
        asked = _asked(connection, partnerships)
    rules = rules or load_rules()
    with _embedder(embedder) as working:
        ready = prepare(
            engine, asked, models=models or chosen(model), embedder=working, on_progress=on_progress
        )
        judge = Judge(ready.corpus, rules, now)
        candidates = {
            name: judge.candidates(comparison, choice)
            for name, comparison in ready.comparisons.items()
        }
        shown = {name: _worth_reasons(some, choice) for name, some in candidates.items()}
        pairs = (
            (route_of(ready, ready.comparisons[name], one), one.call)
            for name, some in shown.items()
            for one in some
        )
        embed_missing(engine, reasons_wanted(pairs), working, on_progress)
    outcomes = []
    for partnership in asked:
        comparison = ready.comparisons.get(partnership.id)
        if comparison is None:
            outcomes.append(without_interests(partnership, now))
            continue
        with reading(engine) as connection:
            explained = reasons_of(connection, ready, comparison, shown[partnership.id])
        found = tuple(
            found_of(ready, comparison, one, explained.get(one.row, ()))
            for one in candidates[partnership.id]
        )
        run = run_of(partnership, comparison, found, judge.ahead, now)
        outcomes.append(Outcome(partnership, run, found))
    _store(engine, outcomes, now)
    return outcomes


def _worth_reasons(candidates: Sequence[Candidate], choice: Choice) -> list[Candidate]:
    told = [one for one in candidates if one.told][:REASONED]
    listed = [one for one in candidates if choice.lists_all(one.drops)]
    if choice.top is None:
        listed = [one for one in listed if one.score >= THRESHOLD]
    listed = listed[: min(REASONED, choice.top or REASONED)]
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


def _asked(connection: sa.Connection, asked: Sequence[str] | None) -> list[Partnership]:
    if asked is None:
        return list_partnerships(connection)
    return [get_partnership(connection, name) for name in dict.fromkeys(asked)]


@contextlib.contextmanager
def _embedder(given: Embedder | None) -> Iterator[Embedder]:
    if given is not None:
        yield given
        return
    with ChildProcess() as child:
        yield child
