"""Partnerships measured against all calls: whatever vectors are missing is made first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import sqlalchemy as sa

from classifier.comparing import Comparison, compare_all
from classifier.corpus import Corpus, theme_texts
from classifier.embedding import Embedder, Progress, Wanted, embed_missing, load_vectors
from classifier.judging import Candidate
from classifier.models import Model, Models
from classifier.panel import ThemeVectors, interest_wanted, sides
from classifier.reasons import Reason, Reasons
from classifier.routes import Route, routes
from classifier.rulebook import Rules
from classifier.scoring import Numbers, Space
from classifier.tables import Panel
from storage.database import reading
from storage.domain import Partnership
from storage.feedback import marks_of


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Partnerships measured against all calls; every vector that took part is kept."""

    corpus: Corpus
    models: Models
    comparisons: Mapping[str, Comparison]
    spaces: dict[Model, Space] = field(default_factory=dict)
    themes: Mapping[Model, ThemeVectors] = field(default_factory=dict)
    wanted: Sequence[Wanted] = ()

    def themes_of(self, route: Route, row: int) -> Numbers:
        """Return how much a call is about each theme."""
        space = self.spaces[route.space]
        place = int(np.flatnonzero(space.rows == row)[0])
        found: Numbers = self.themes[route.space].calls[place]
        return found


def prepare(  # noqa: PLR0913 - the last two are optional
    engine: sa.Engine,
    partnerships: Iterable[Partnership],
    *,
    models: Models,
    rules: Rules,
    embedder: Embedder,
    opportunity: str | None = None,
    on_progress: Progress | None = None,
) -> Prepared:
    """Make the vectors that are missing and measure partnerships against all calls.

    With an ``opportunity`` only its calls are compared; what is rare or usual is told by all.
    """
    said = [(one, way) for one in partnerships if (way := routes(one, models)) is not None]
    with reading(engine) as connection:
        corpus = Corpus.stored(connection, rules) if said else Corpus((), rules)
    rows = corpus.rows(way for _, way in said)
    wanted = corpus.wanted(rows, models)
    wanted += interest_wanted([way for _, way in said], rows)
    embed_missing(engine, wanted, embedder, on_progress)
    with reading(engine) as connection:
        spaces = {
            model: corpus.space(connection, model, some, models) for model, some in rows.items()
        }
        places = {
            model: (space, ThemeVectors.of(space, plain, corpus.titled))
            for model, space in spaces.items()
            for plain in [load_vectors(connection, theme_texts(model))]
        }
        marks = {one.id: marks_of(connection, one.id) for one, _ in said}
        every = sides(said, marks, connection, corpus.lexicon, places)
    panel = Panel.of(every, places)
    compared = compare_all(panel, corpus, places, corpus.of(opportunity))
    comparisons = {one.partnership.id: one for one in compared}
    themes = {model: each for model, (_, each) in places.items()}
    return Prepared(corpus, models, comparisons, spaces, themes, wanted)


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
        route = comparison.route(one.row)
        if route not in known:
            known[route] = Reasons(connection, route, ready.spaces[route.space])
        found[one.row] = known[route].of(one.call)
    return found
