"""The systems that an evaluation holds side by side: parts of the score, and the whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from classifier.comparing import Comparison
from classifier.scoring import Floats, Sign, weights

WHOLE = "the whole score"
SYSTEMS: Mapping[str, tuple[Sign, ...]] = {
    "words alone (BM25)": (Sign.WORDS,),
    "meaning alone": (Sign.MEANING,),
    "themes alone": (Sign.THEMES,),
    "meaning + words": (Sign.MEANING, Sign.WORDS),
    "meaning + words + themes": (Sign.MEANING, Sign.WORDS, Sign.THEMES),
    "all but the programme": (
        Sign.MEANING, Sign.WORDS, Sign.THEMES, Sign.TOWNS, Sign.SPECIALISTS, Sign.ELSEWHERE,
        Sign.TITLE_ONLY,
    ),
    WHOLE: tuple(Sign),
}  # fmt: skip


def ranked_by(signs: tuple[Sign, ...]) -> Callable[[Comparison], Floats]:
    """Return what orders calls by these signs alone, with the weights they have in the score."""

    def order(comparison: Comparison) -> Floats:
        worth = weights().signs
        total = sum(worth[sign] * comparison.signs[sign].astype(np.float64) for sign in signs)
        return np.asarray(total, np.float64)

    return order
