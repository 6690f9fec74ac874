"""Scores as they are told: rounded, and never over the line that they did not reach."""

from __future__ import annotations

import math


def told_score(score: float, line: float, digits: int = 0) -> float:
    """Round ``score`` to ``digits`` places; down where it would seem to reach ``line``.

    Every number about one score comes from here, so that 0.26 is 0.3 wherever it stands, and 19.97
    is 19.9 under a line of 20.
    """
    told = round(score, digits)
    if score < line <= told:
        told = math.floor(score * 10**digits) / 10**digits
    return told
