"""A fault the portal may commit: when it strikes, and what it does to the answer."""

# ruff: noqa: ARG002  (every fault is given the same, and most need little of it)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from desk.demo.search import Answer, Ask, Entry
from desk.demo.serving import Reply

if TYPE_CHECKING:
    from tests.portal.standin import FaultyPortal


class Expect(StrEnum):
    """What a harvest has to make of a fault."""

    EXACT = "exact"  # every opportunity once, every deadline right, outcome ok
    EITHER = "either"  # exact, or it says failed or degraded
    LOUD = "loud"  # it cannot be exact: failed or degraded
    FAILED = "failed"  # failed, and nothing kept from it


class Fault:
    """An honest portal; each fault overrides the one step it spoils.

    ``found``: all that a search finds, in order; ``answer``: one page of it; ``reply``: the HTTP
    answer; ``robots``: that of robots.txt.
    """

    expect = Expect.EITHER
    dead = False  # nothing listens at all

    def found(self, ask: Ask, found: list[Entry], site: FaultyPortal) -> list[Entry]:
        return found

    def answer(self, ask: Ask, answer: Answer, site: FaultyPortal) -> Answer:
        return answer

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        return reply

    def robots(self, reply: Reply) -> Reply:
        return reply


@dataclass
class When:
    """When a fault strikes: the first searches only, one page only, one record type only."""

    first: int | None = None
    page: int | None = None
    type: str | None = None
    struck: int = 0

    def strikes(self, ask: Ask) -> bool:
        """Whether it strikes this search; counts it if so."""
        if self.page not in {None, ask.page} or (self.type and self.type not in ask.types):
            return False
        self.struck += 1
        return self.first is None or self.struck <= self.first


@dataclass(frozen=True)
class Entered:
    """A fault as the register holds it: how to make it, when it strikes, what is expected."""

    make: Callable[[], Fault]
    expect: Expect
    about: str
    first: int | None = None
    page: int | None = None
    type: str | None = None
