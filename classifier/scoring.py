"""From several signs to one score: of 100 pairs that score 70, about 70 are useful.

Each sign is a number between a partnership and a call; a logistic sum of them is the chance that
an adviser would call the pair useful. The weights are few, learnt on judged pairs and kept in
``weights.json`` (``python -m classifier train-score``); how they were chosen, and what "useful"
means, is in docs/decisions/0011-learnt-score.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.encoders import Vectors
from storage.errors import BridgesError

Floats = NDArray[np.float64]
Numbers = NDArray[np.float32]

THRESHOLD = 20.0
"""The score from which a call is told, unless the partnership says otherwise."""

BUDGET = 0.6
"""What is left of the score of a call whose grants are all too small or too large for the wish."""

FARTHEST = 8.0
"""Spreads of meaning beyond which nothing more is said; a call never stands out by more."""


class BadWeights(BridgesError):  # noqa: N818 - the name says what happened, as messages do
    """Raised by ``weights`` for a file that is damaged or of another form."""


class Sign(StrEnum):
    """What speaks for or against a call, in the order in which it is told."""

    MEANING = "meaning"
    WORDS = "words"
    THEMES = "themes"
    PROGRAMME = "programme"
    TOWNS = "towns"
    SPECIALISTS = "specialists"
    ELSEWHERE = "elsewhere"
    TITLE_ONLY = "title_only"


@dataclass(frozen=True, slots=True)
class Weights:
    """What each sign is worth in the logarithm of the odds, and where the sum begins.

    ``alone`` is for interests that meet calls without a bridge, or of which not a word is known:
    their meaning counts less.
    """

    signs: Mapping[Sign, float]
    intercept: float
    alone: float

    def points(self, values: Mapping[Sign, float], *, alone: bool) -> dict[Sign, float]:
        """Return what each sign adds to the sum, as ``summed`` adds it."""
        found = {sign: self.signs[sign] * values[sign] for sign in Sign}
        meaning = min(values[Sign.MEANING], FARTHEST) * (self.alone if alone else 1.0)
        return found | {Sign.MEANING: self.signs[Sign.MEANING] * meaning}


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """The vectors of calls by one encoder, seen from the middle of all announcements.

    Announcements resemble each other; what they share tells nothing, and some lie so near the
    middle that they resemble every interest. So the middle is taken away before comparing.
    ``rows`` are the calls that have a vector here; ``together`` is how their numbers vary together.
    """

    rows: NDArray[np.int64]
    centred: Vectors
    middle: Vectors
    yardstick: Vectors
    together: Vectors

    @classmethod
    def of(cls, rows: Sequence[int], calls: Vectors, yardstick: Vectors) -> Space:
        every = np.vstack([yardstick, calls]) if len(calls) else yardstick
        middle = every.mean(axis=0)
        held = calls if len(calls) else yardstick[:0]
        numbers = np.array(rows, dtype=np.int64)
        measure = centred(yardstick, middle)
        seen = centred(held, middle)
        away = seen if len(seen) > 1 else measure
        away = away - away.mean(axis=0)
        return cls(numbers, seen, middle, measure, away.T @ away / len(away))

    def apart(self, wishes: Vectors) -> float:
        """Return how different the calls are that wishes find: 0 the same ones, 1 unrelated ones.

        One less the mean correlation of how near all calls lie to each two of them, squared.
        """
        both = wishes @ self.together @ wishes.T
        spreads = np.sqrt(np.maximum(np.diag(both), 1e-12))
        alike = np.clip(both / np.outer(spreads, spreads), 0, 1)
        number = len(wishes)
        mean = (float(alike.sum()) - float(np.trace(alike))) / (number * (number - 1))
        return (1 - mean) ** 2

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


def summed(
    signs: Mapping[Sign, NDArray[Any]], given: Weights, *, alone: NDArray[np.bool_] | bool = False
) -> Floats:
    """Return the sum of what speaks for and against each call, interests by calls.

    ``alone`` says of which interests the meaning counts less.
    """
    total = np.full(signs[Sign.MEANING].shape, given.intercept)
    far = np.where(alone, given.alone, 1.0)[..., None]
    for sign, values in signs.items():
        factor = far if sign is Sign.MEANING else 1.0
        values_ = np.minimum(values, FARTHEST) if sign is Sign.MEANING else values
        total = total + given.signs[sign] * factor * values_
    return total


def score(total: Floats) -> Floats:
    """Return 0-100; never a smaller score for a larger sum."""
    found: Floats = 100 / (1 + np.exp(-np.clip(total, -50, 50)))
    return found


@cache
def weights() -> Weights:
    """Return the learnt weights. Raises BadWeights."""
    return read_weights(files("classifier").joinpath("weights.json").read_text(encoding="utf-8"))


def read_weights(text: str) -> Weights:
    """Return the weights that a file holds. Raises BadWeights."""
    try:
        said = json.loads(text)
        signs = {Sign(name): float(value) for name, value in said["signs"].items()}
        found = Weights(signs, float(said["intercept"]), float(said["alone"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadWeights(f"weights.json cannot be used: {error}") from error
    if set(signs) != set(Sign) or not np.isfinite([*signs.values(), found.intercept]).all():
        raise BadWeights(f"weights.json: expected a number for each of {', '.join(Sign)}")
    return found


@cache
def yardstick() -> tuple[str, ...]:
    """The invented announcements against which every interest is measured."""
    text = files("classifier").joinpath("yardstick.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))
