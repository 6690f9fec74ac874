"""Partnerships measured against all calls: whatever vectors are missing is made first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from classifier.comparing import Comparison, compare, interest_wanted
from classifier.corpus import Corpus
from classifier.embedding import Embedder, Progress, Wanted, embed_missing
from classifier.judging import Candidate
from classifier.models import Model, Models
from classifier.reasons import Reason, Reasons
from classifier.routes import Route, routes
from classifier.scoring import Space
from storage.database import reading
from storage.domain import Partnership


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Partnerships measured against all calls; every vector that took part is kept."""

    corpus: Corpus
    models: Models
    comparisons: Mapping[str, Comparison]
    spaces: dict[Model, Space] = field(default_factory=dict)
    wanted: Sequence[Wanted] = ()


def prepare(  # noqa: PLR0913 - the last two are optional
    engine: sa.Engine,
    partnerships: Iterable[Partnership],
    *,
    models: Models,
    embedder: Embedder,
    corpus: Corpus | None = None,
    on_progress: Progress | None = None,
) -> Prepared:
    """Make the vectors that are missing and measure partnerships against all calls."""
    ways = {one.id: (one, way) for one in partnerships if (way := routes(one, models)) is not None}
    if corpus is None:
        with reading(engine) as connection:
            corpus = Corpus.stored(connection) if ways else Corpus(())
    rows = corpus.rows(way for _, way in ways.values())
    wanted = corpus.wanted(rows)
    for _, way in ways.values():
        wanted += interest_wanted(way, rows)
    embed_missing(engine, wanted, embedder, on_progress)
    with reading(engine) as connection:
        spaces = {model: corpus.space(connection, model, some) for model, some in rows.items()}
        comparisons = {
            name: compare(connection, one, way, corpus, spaces) for name, (one, way) in ways.items()
        }
    return Prepared(corpus, models, comparisons, spaces, wanted)


def route_of(ready: Prepared, comparison: Comparison, candidate: Candidate) -> Route:
    """Return the way by which a candidate was compared."""
    way = comparison.routes
    return way.english if ready.corpus.english[candidate.row] else way.other


def reasons_of(
    connection: sa.Connection,
    ready: Prepared,
    comparison: Comparison,
    candidates: Iterable[Candidate],
) -> dict[int, tuple[Reason, ...]]:
    """Return the reasons of these candidates by row; the vectors must be kept."""
    known: dict[Route, Reasons] = {}
    found: dict[int, tuple[Reason, ...]] = {}
    for one in candidates:
        route = route_of(ready, comparison, one)
        if route not in known:
            known[route] = Reasons(connection, route, ready.spaces[route.space])
        found[one.row] = known[route].of(one.call)
    return found
