"""Why a call is near: its sentences that speak most to an interest, and what they answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa

from classifier.embedding import Wanted, load_vectors
from classifier.encoders import Vectors
from classifier.models import Model
from classifier.panel import carried, interest_vector
from classifier.routes import Route
from classifier.scoring import Space, centred
from classifier.texts import LONGEST, sentences, shortened, tidy
from storage.domain import Call

REASONS = 2
ANSWERS = 2.5
"""Spreads from which a sentence is said to answer a phrase: one unrelated in 160 gets there.

A sentence is held against every phrase, and a call has many sentences: from 2.0 what was called an
answer to 2.5 was hardly ever one.
"""

ALIKE = 0.9
"""Cosine from which two sentences say the same: the second would be no further reason."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence of the call, the phrase of the interest it answers, and how near they lie (0-1).

    A call of which only the title is known is quoted with it.
    """

    sentence: str
    answers: str
    nearness: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def quotable(call: Call) -> list[str]:
    """Return what of a call may be quoted as a reason."""
    return sentences(call) or [shortened(tidy(call.title), LONGEST)]


def reasons_wanted(pairs: Iterable[tuple[Route, Call]]) -> list[Wanted]:
    """Return the texts whose vectors are needed to give reasons, each once."""
    phrases: dict[Model, dict[str, None]] = {}
    quotes: dict[Model, dict[str, None]] = {}
    for route, call in pairs:
        phrases.setdefault(route.reader, {}).update(dict.fromkeys(route.interest.phrases))
        quotes.setdefault(route.space, {}).update(dict.fromkeys(quotable(call)))
    return [
        *(Wanted(model, list(texts), query=True) for model, texts in phrases.items()),
        *(Wanted(model, list(texts)) for model, texts in quotes.items()),
    ]


class Reasons:
    """Finds reasons for one partnership on one route; the vectors must be kept."""

    def __init__(self, connection: sa.Connection, route: Route, space: Space) -> None:
        self._connection = connection
        self._space = space
        self._model = route.space
        self._interest = interest_vector(connection, route)
        self._phrases = route.interest.phrases
        read = load_vectors(connection, Wanted(route.reader, self._phrases, query=True))
        self._read = carried(read, route) if len(read) else read

    def of(self, call: Call) -> tuple[Reason, ...]:
        """Return the sentences of ``call`` that speak most to the interest, the best first.

        What answers no phrase of the interest is quoted only where nothing else can be.
        """
        quotes = quotable(call)
        plain = load_vectors(self._connection, Wanted(self._model, quotes))
        vectors = centred(plain, self._space.middle)
        nearness = vectors @ self._interest
        chosen = _different(plain, np.argsort(-nearness, kind="stable").tolist())
        found = [
            Reason(quotes[row], self._answered(vectors[row]), round(float(nearness[row]), 3))
            for row in chosen
        ]
        return tuple([one for one in found if one.answers] or found[:1])

    def _answered(self, sentence: Vectors) -> str:
        """The phrase of the interest that the sentence answers; "" when it answers none.

        It is the nearest that stands out, in spreads of what each phrase finds in unrelated
        announcements, as scores are told: chance is not called an answer.
        """
        if not self._phrases:
            return ""
        near = self._read @ sentence
        spreads = np.array([self._space.spread(one) for one in self._read])
        standing = np.where(near >= ANSWERS * spreads, near, -1.0)
        best = int(np.argmax(standing))
        return self._phrases[best] if standing[best] > 0 else ""


def _different(vectors: Vectors, best: Sequence[int]) -> list[int]:
    found: list[int] = []
    for row in best:
        if len(found) == REASONS:
            break
        if all(float(vectors[row] @ vectors[other]) < ALIKE for other in found):
            found.append(row)
    return found
