"""How one partner stands to a call: points for and against, and the worst of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from classifier.certainty import Certainty
from classifier.consortium import Shortfall
from storage.domain import About, Finding, Partner, Result, Role

CALL = "call"


class State(IntEnum):
    """From the best to the worst; a partner stands as its worst point."""

    IN = 0  # may take part
    LACK = 1  # may take part once something named is found: a partner, a lead
    ASK = 2  # may take part if something named is so, which is not known yet
    OPEN = 3  # nobody knows whether it may take part
    OUT = 4  # may not: the call, or a firm rule, says so


_RESULTS = {
    State.IN: Result.MET,
    State.LACK: Result.NOT_MET,
    State.ASK: Result.UNKNOWN,
    State.OPEN: Result.UNKNOWN,
    State.OUT: Result.NOT_MET,
}


@dataclass(frozen=True, slots=True)
class Point:
    """One thing found: what it says, on which words it rests, and what is missing for a yes."""

    about: About
    state: State
    explanation: str
    words: str = ""
    source: str = CALL
    certainty: Certainty = Certainty.STATED
    missing: str | None = None
    short: Shortfall | None = None
    """How many partners ``missing`` speaks of, where it does; of ``side``, if not just any."""
    side: str = ""

    def finding(self) -> Finding:
        return Finding(
            about=self.about,
            result=_RESULTS[self.state],
            explanation=self.explanation,
            words=self.words,
            source=self.source,
            certainty=self.certainty.value,
        )


@dataclass(slots=True)
class Standing:
    """A partner with its points and the role they leave it."""

    partner: Partner
    points: list[Point] = field(default_factory=list)
    role: Role = Role.UNCLEAR

    @property
    def state(self) -> State:
        return worst(self.points)

    @property
    def out(self) -> bool:
        return self.state is State.OUT


def worst(points: Iterable[Point]) -> State:
    return max((point.state for point in points), default=State.IN)
