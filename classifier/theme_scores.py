"""How much calls and partnerships are about each theme, each 0-1."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.encoders import Vectors
from classifier.themes import Themes
from storage.domain import Partnership

Numbers = NDArray[np.float32]

NEAR = 1.0
"""Spreads from which nearness to a theme counts; half of all texts lie nearer than nothing."""

OF_A_CALL = 0.3
"""What each further spread adds to a theme of a call: one that is about it reaches 1 at four."""

SAID = 0.5
"""What each descriptor that an interest, or the title of a call, says adds to a theme; two are
enough."""

OF_AN_INTEREST = 0.2
"""What each further spread adds where the words are not said."""

TITLE = 400
"""Characters of a title in which descriptors are looked for."""

COUNTS = 0.3
"""From here on a text is said to be about a theme."""

SHOWN = 6


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """The themes of a partnership; ``chosen`` when it picked them by hand."""

    scores: Numbers
    chosen: bool = False

    def named(self, ids: Sequence[str]) -> list[str]:
        """Return the themes it is about, the strongest first."""
        order = np.argsort(-self.scores, kind="stable")[:SHOWN].tolist()
        return [ids[row] for row in order if self.scores[row] >= COUNTS]


def of_calls(meaning: NDArray[np.float64], titled: Numbers) -> Numbers:
    """Return the scores of calls (rows) for each theme.

    ``meaning`` is how far they stand out for it, in spreads; ``titled`` how many of its descriptors
    their titles say. A title says in plain words what a call is for, even where it says little
    besides, or an acronym stands for it ("VET").
    """
    near = np.clip(OF_A_CALL * (meaning - NEAR), 0, 1)
    found: Numbers = np.clip(near + SAID * titled, 0, 1).astype(np.float32)
    return found


def in_titles(titles: Iterable[tuple[str, str | None]], themes: Themes) -> Numbers:
    """Return how many descriptors of each theme each title, in its language, says; a row a title.

    A title is short, and a long one is no title: what follows ``TITLE`` characters is not read.
    """
    order = {name: number for number, name in enumerate(themes.ids)}
    rows = [
        [order[one.theme.id] for one in themes.said(title[:TITLE], language)]
        for title, language in titles
    ]
    found = np.zeros((len(rows), len(themes)), np.float32)
    for row, said in enumerate(rows):
        np.add.at(found[row], said, 1)
    return found


def profile(
    partnership: Partnership,
    themes: Themes,
    text: str,
    language: str,
    nearness: NDArray[np.float64],
) -> Profile:
    """Return the themes of a partnership: those it picked, else those of an interest.

    ``nearness`` is how near the interest lies to each theme.
    """
    picked = [name for name in partnership.themes if name in themes.by_id]
    if picked:
        return Profile(np.array([name in picked for name in themes.ids], np.float32), chosen=True)
    spread = max(float(nearness.std()), 1e-6)
    apart = (nearness - nearness.mean()) / spread
    said = np.zeros(len(themes))
    for one in themes.said(text, language):
        said[themes.ids.index(one.theme.id)] += 1
    scores = np.clip(SAID * said + OF_AN_INTEREST * np.clip(apart - NEAR, 0, None), 0, 1)
    return Profile(scores.astype(np.float32))


def in_common(wanted: Numbers, by_theme: Numbers) -> Numbers:
    """Return how much each call (column) is about the theme that it shares most of, 0-1.

    ``wanted`` are the scores of an interest, ``by_theme`` those of the calls, a row a theme.
    """
    found = np.zeros(by_theme.shape[1], np.float32)
    for theme in np.flatnonzero(wanted > 0).tolist():
        np.maximum(found, by_theme[theme] * wanted[theme], out=found)
    return found


def nearness(interest: Vectors, themes: Vectors) -> NDArray[np.float64]:
    """Return how near an interest lies to each theme; both seen from where calls are."""
    found: NDArray[np.float64] = (themes @ interest).astype(np.float64)
    return found
