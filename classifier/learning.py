"""Learning what each sign is worth from judged pairs, and how far to trust what was learnt.

The weights are those of a logistic regression, drawn towards weights that were set by reason
before any was learnt (``PRIOR``), so that eight partnerships cannot say more than they know. A pair
counts as useful from grade 2: clearly worth a look. Everything is measured by folds: a partnership
is scored with weights learnt on the others, in both its languages at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from classifier.evaluation import USEFUL
from classifier.scoring import FARTHEST, Floats, Sign, Weights

PRIOR = Weights(
    {
        Sign.MEANING: 1.0,
        Sign.WORDS: 12.0,
        Sign.THEMES: 1.5,
        Sign.PROGRAMME: 1.0,
        Sign.TOWNS: 0.4,
        Sign.SPECIALISTS: -0.3,
        Sign.ELSEWHERE: -2.0,
        Sign.TITLE_ONLY: -0.2,
    },
    intercept=-5.5,
    alone=0.8,
)
"""Set by reason: nearness and words carry the score, the others move it by a step."""

HELD = {
    Sign.MEANING: 20.0,
    Sign.WORDS: 0.25,
    Sign.THEMES: 15.0,
    Sign.PROGRAMME: 20.0,
    Sign.TOWNS: 60.0,
    Sign.SPECIALISTS: 60.0,
    Sign.ELSEWHERE: 20.0,
    Sign.TITLE_ONLY: 200.0,
}
"""How strongly each is drawn towards the prior, in pairs of average doubt."""

UNJUDGED = 0.1
"""What a call that nobody judged counts as a useless one: most are, the best are not."""

STEPS = 50
ENOUGH = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of one partnership in one language: columns as in ``Sign``; grades, -1 unjudged."""

    partnership: str
    language: str
    signs: Floats
    grades: NDArray[np.int64]

    @property
    def judged(self) -> NDArray[np.bool_]:
        return self.grades >= 0

    @property
    def useful(self) -> Floats:
        return (self.grades >= USEFUL).astype(np.float64)


def matrix(signs: Mapping[Sign, NDArray[np.float32]]) -> Floats:
    """Return signs as columns, the farthest meaning cut as the score does."""
    columns = [np.asarray(signs[sign], np.float64) for sign in Sign]
    columns[0] = np.minimum(columns[0], FARTHEST)
    return np.stack(columns, axis=1)


def sums(pairs: Pairs, weights: Weights) -> Floats:
    """Return the logarithm of the odds of each pair."""
    found: Floats = pairs.signs @ np.array([weights.signs[sign] for sign in Sign])
    return found + weights.intercept


def learn(every: Sequence[Pairs], prior: Weights = PRIOR) -> Weights:
    """Return the weights that fit these pairs best; each partnership has the same say."""
    x = np.vstack([one.signs for one in every])
    x = np.hstack([x, np.ones((len(x), 1))])
    y = np.concatenate([one.useful for one in every])
    says = np.concatenate([np.where(one.judged, 1.0, UNJUDGED) for one in every])
    start = np.array([*(prior.signs[sign] for sign in Sign), prior.intercept])
    held = np.array([*(HELD[sign] for sign in Sign), 0.0])

    def worth(at: Floats) -> float:
        total = np.clip(x @ at, -50, 50)
        return float((says * (y * total - np.logaddexp(0, total))).sum()) - float(
            (held * (at - start) ** 2).sum() / 2
        )

    found = start.copy()
    for _ in range(STEPS):  # Newton's method, with shorter steps where a whole one leads astray
        chance = 1 / (1 + np.exp(-np.clip(x @ found, -50, 50)))
        slope = x.T @ (says * (y - chance)) - held * (found - start)
        bend = (x * (says * chance * (1 - chance))[:, None]).T @ x + np.diag(held)
        step = np.linalg.solve(bend + 1e-9 * np.eye(len(bend)), slope)
        while worth(found + step) < worth(found) and float(np.abs(step).max()) >= ENOUGH:
            step = step / 2
        found = found + step
        if float(np.abs(step).max()) < ENOUGH:
            break
    signs = {sign: round(float(value), 3) for sign, value in zip(Sign, found[:-1], strict=True)}
    return Weights(signs, round(float(found[-1]), 3), prior.alone)


def by_folds(every: Sequence[Pairs]) -> list[Floats]:
    """Return the sums of each in turn, by weights learnt on all other partnerships."""
    names = sorted({one.partnership for one in every})
    learnt = {
        name: learn([one for one in every if one.partnership != name] or list(every))
        for name in names
    }
    return [sums(one, learnt[one.partnership]) for one in every]


@dataclass(frozen=True, slots=True)
class Calibration:
    """How true the scores of judged pairs are.

    ``skill`` is the Brier skill over always saying the base rate: 0 no better, 1 without error.
    ``bins`` are (lowest score, highest, pairs, mean score, share useful in percent).
    """

    pairs: int
    base: float
    brier: float
    skill: float
    bins: tuple[tuple[int, int, int, float, float], ...]


BINS = (0, 10, 20, 35, 50, 70, 101)


def calibration(every: Sequence[Pairs], totals: Sequence[Floats]) -> Calibration:
    """Hold scores against judgements, on judged pairs only."""
    if not every:
        return Calibration(0, 0.0, 0.0, 0.0, ())
    chance = np.concatenate(
        [
            1 / (1 + np.exp(-np.clip(total[one.judged], -50, 50)))
            for one, total in zip(every, totals, strict=True)
        ]
    )
    useful = np.concatenate([one.useful[one.judged] for one in every])
    if not len(useful):
        return Calibration(0, 0.0, 0.0, 0.0, ())
    base = float(useful.mean())
    brier = float(((chance - useful) ** 2).mean())
    usual = base * (1 - base)
    bins = []
    for low, high in pairwise(BINS):
        here = (100 * chance >= low) & (100 * chance < high)
        if here.any():
            told = (float(100 * chance[here].mean()), float(100 * useful[here].mean()))
            bins.append((low, min(high, 100), int(here.sum()), *told))
    skill = 1 - brier / usual if usual else 0.0
    return Calibration(len(useful), base, brier, skill, tuple(bins))
