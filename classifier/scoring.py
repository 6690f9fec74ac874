"""From two measures to one score: how near a call lies in meaning, and in which rare words.

``meaning`` is how far a call stands out among all others for this interest, in spreads of what an
interest finds in unrelated announcements (the yardstick). ``words`` is the share of the interest's
telling words that the call says (``classifier.lexical``). Constants and how they were chosen:
docs/decisions/0006-score.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from classifier.encoders import Vectors

Floats = NDArray[np.float64]

WORDS = 15.0
"""Spreads of meaning that all of the interest's words would be worth; a good call says a tenth."""

TITLE_ONLY = 0.4
"""Spreads taken off a call of which only the title is known: less known, less sure."""

THRESHOLD = 50.0
"""The score from which a call is told. On the judged pairs it lets four of five useful calls
through, and one call in sixty; under it one in ten or fewer was worth a look."""

BUDGET = 0.6
"""What is left of the score of a call whose grants are all too small or too large for the wish."""


@dataclass(frozen=True, slots=True)
class Line:
    """Where the score is 50, and how far up it is three quarters of the way to 100."""

    middle: float
    width: float


SAME_LANGUAGE = Line(3.5, 2.0)
MEANING_ALONE = Line(2.25, 0.9)
"""Where call and interest are in two languages, no word of one can be found in the other."""


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """The vectors of calls by one encoder, seen from the middle of all announcements.

    Announcements resemble each other; what they share tells nothing, and some lie so near the
    middle that they resemble every interest. So the middle is taken away before comparing.
    ``rows`` are the calls that have a vector here.
    """

    rows: NDArray[np.int64]
    centred: Vectors
    middle: Vectors
    yardstick: Vectors

    @classmethod
    def of(cls, rows: Sequence[int], calls: Vectors, yardstick: Vectors) -> Space:
        every = np.vstack([yardstick, calls]) if len(calls) else yardstick
        middle = every.mean(axis=0)
        held = calls if len(calls) else yardstick[:0]
        numbers = np.array(rows, dtype=np.int64)
        return cls(numbers, centred(held, middle), middle, centred(yardstick, middle))

    def meaning(self, interest: Vectors) -> Floats:
        """Return how far each call of ``rows`` stands out for an interest, in spreads."""
        return (self.centred @ interest).astype(np.float64) / self.spread(interest)

    def spread(self, interest: Vectors) -> float:
        """Return how much an interest tells unrelated announcements apart."""
        return max(float((self.yardstick @ interest).std()), 1e-6)


def centred(vectors: Vectors, middle: Vectors) -> Vectors:
    """Return the directions in which vectors lie from the middle."""
    away = vectors - middle
    lengths = np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)
    found: Vectors = (away / lengths).astype(np.float32)
    return found


def combined(meaning: Floats, words: Floats, title_only: NDArray[np.bool_]) -> Floats:
    """Return one number for each call: the sum of what speaks for it."""
    total: Floats = meaning + WORDS * words - TITLE_ONLY * title_only
    return total


def score(total: Floats, same_language: NDArray[np.bool_]) -> Floats:
    """Return 0-100, 50 where it is worth telling; never a smaller score for a larger total."""
    middle = np.where(same_language, SAME_LANGUAGE.middle, MEANING_ALONE.middle)
    width = np.where(same_language, SAME_LANGUAGE.width, MEANING_ALONE.width)
    found: Floats = 100 / (1 + np.exp(-np.clip((total - middle) / width, -50, 50)))
    return found


@cache
def yardstick() -> tuple[str, ...]:
    """The invented announcements against which every interest is measured."""
    text = files("classifier").joinpath("yardstick.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))
