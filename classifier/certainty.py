"""How sure a fact of the rules is, and which of several facts is the weakest."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Certainty(StrEnum):
    """From the strongest to the weakest."""

    STATED = "stated"  # the call's own words
    SURE = "sure"  # a source says so and none contradicts it
    LIKELY = "likely"  # inferred, or from one weak or old source
    MEMORY = "memory"  # general knowledge, nobody looked it up
    UNKNOWN = "unknown"  # looked for, not found

    @property
    def firm(self) -> bool:
        """Whether it may carry a plain yes or no."""
        return self not in (Certainty.MEMORY, Certainty.UNKNOWN)


_ORDER = tuple(Certainty)


def weakest(certainties: Iterable[Certainty]) -> Certainty:
    """The weakest of ``certainties``; ``STATED`` when there are none."""
    return max(certainties, key=_ORDER.index, default=Certainty.STATED)
