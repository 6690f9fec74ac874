"""One partnership against all calls in numbers: how near in meaning, how many shared words."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from classifier.corpus import Corpus
from classifier.embedding import Wanted, load_vectors
from classifier.encoders import Vectors
from classifier.lexical import tokens
from classifier.models import Model
from classifier.routes import Interest, Route, Routes
from classifier.scoring import Floats, Space, combined, score
from storage.domain import Partnership


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What was measured between a partnership and each call, by the call's row in the corpus.

    ``scores`` are 0-100, before any wish of the partnership is looked at.
    """

    partnership: Partnership
    routes: Routes
    meaning: Floats
    words: Floats
    same_language: NDArray[np.bool_]
    scores: Floats

    def best_first(self) -> list[int]:
        """Return the rows of all calls; of equal scores the call with the smaller row first."""
        found: list[int] = np.argsort(-self.scores, kind="stable").tolist()
        return found


def interest_wanted(routes: Routes, spaces: Container[Model]) -> list[Wanted]:
    """Return the texts of the interests that are compared, whose vectors are needed."""
    return [
        Wanted(route.reader, route.interest.passages, query=True)
        for route in routes.every()
        if route.space in spaces
    ]


def interest_vector(connection: sa.Connection, route: Route) -> Vectors:
    """Return one vector for an interest, where the vectors of calls it meets are.

    A long interest is read in passages and stands in the middle of them.
    """
    wanted = Wanted(route.reader, route.interest.passages, query=True)
    middle = load_vectors(connection, wanted).mean(axis=0, keepdims=True)
    found = middle / max(float(np.linalg.norm(middle)), 1e-9)
    vector: Vectors = carried(found.astype(np.float32), route)[0]
    return vector


def carried(vectors: Vectors, route: Route) -> Vectors:
    """Return vectors of the interest's encoder as vectors of the calls' encoder."""
    return vectors if route.bridge is None else route.bridge.carry(vectors)


def compare(
    connection: sa.Connection,
    partnership: Partnership,
    routes: Routes,
    corpus: Corpus,
    spaces: dict[Model, Space],
) -> Comparison:
    """Measure a partnership against every call of the corpus; all vectors must be kept."""
    size = len(corpus.calls)
    meaning, words = np.zeros(size), np.zeros(size)
    same_language = np.zeros(size, bool)
    for route, here in ((routes.english, corpus.english), (routes.other, ~corpus.english)):
        space = spaces.get(route.space)
        if space is None:
            continue  # no call is compared in this way
        among = here[space.rows]
        rows = space.rows[among]
        measured = space.meaning(interest_vector(connection, route))
        meaning[rows] = measured[among]
        same_language[rows] = corpus.same_language(route.interest)[rows]
    for interest in _interests(routes):
        words = np.maximum(words, corpus.lexicon.shares(tokens(interest.text)))
    total = combined(meaning, words, corpus.title_only)
    return Comparison(
        partnership, routes, meaning, words, same_language, score(total, same_language)
    )


def _interests(routes: Routes) -> Sequence[Interest]:
    return list(dict.fromkeys(route.interest for route in routes.every()))
