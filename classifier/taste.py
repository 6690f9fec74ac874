"""What a partnership's feedback adds to the scores of other calls, and why.

A call that resembles one marked useful rises, one that resembles a call marked "not for us" falls,
the marked ones most. The step is limited, can be taken back, and never hides a call: a fallen one
keeps its place in the list and says why it fell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.scoring import Numbers, Space
from storage.feedback import Feedback, Mark

WORTH = {Mark.USEFUL: 1.5, Mark.KNOWN: 0.5, Mark.NOT_FOR_US: -1.5}
"""What a mark adds to the sum of its own call, and to others by how much they resemble it."""

ALIKE = 0.35
"""Cosine from the middle of all calls from which two resemble each other."""


@dataclass(frozen=True, slots=True, eq=False)
class Taste:
    """What feedback adds to each call, and the row of the marked call that speaks loudest."""

    points: Numbers
    because: NDArray[np.int64]
    marks: Mapping[int, Mark]


def taste(
    marks: Iterable[Feedback], rows: Mapping[str, int], space: Space, size: int
) -> Taste | None:
    """Return what marks add to the calls of a space; None when they say nothing.

    ``rows`` are the rows of the corpus by opportunity. Of several marks of one kind the one that a
    call resembles most counts, so that ten clicks on one thing are not ten reasons.
    """
    places = {row: place for place, row in enumerate(space.rows.tolist())}
    known = {
        rows[one.opportunity]: one.mark
        for one in marks
        if one.opportunity in rows and rows[one.opportunity] in places
    }
    if not known:
        return None
    up, down = np.zeros(size, np.float32), np.zeros(size, np.float32)
    because = np.full(size, -1, np.int64)
    strongest = np.zeros(size, np.float32)
    for row, mark in known.items():
        near = space.centred @ space.centred[places[row]]
        step = np.zeros(size, np.float32)
        step[space.rows] = WORTH[mark] * np.clip((near - ALIKE) / (1 - ALIKE), 0, 1)
        up, down = np.maximum(up, step), np.minimum(down, step)
        louder = np.abs(step) > strongest
        because[louder], strongest[louder] = row, np.abs(step)[louder]
    return Taste(up + down, because, known)
