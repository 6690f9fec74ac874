"""What happened to the entries and pages of one harvest, and what of it was amiss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

CLOCK_ZERO = "name 1 January 1970, which stands for a date that is missing"

NAMED = 3
"""How many of several are named in a reason."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What was amiss, in words; ``complete``: whether a call that did not come is absent."""

    reason: str
    complete: bool


@dataclass(slots=True)
class Tally:
    """Counts of one harvest.

    ``listed``: entries of the listings; ``dropped``: not wanted; ``pages``: pages of calls that
    came; ``nameless`` and ``bad``: entries without an address or with one that is none;
    ``without_page``: references whose page did not come, with ``reasons``; ``elsewhere``: by host,
    pages that are on no host of the source; ``on_listing``, ``on_page``: how often each field was
    found; ``odd``: by field, records in which it holds another kind of value. By reference:
    ``again``, entries that came again with other words; ``smudged``, calls with letters that could
    not be read; ``zero``, calls that name the first day of 1970.
    """

    listed: int = 0
    dropped: int = 0
    pages: int = 0
    nameless: int = 0
    bad: list[str] = field(default_factory=list)
    without_page: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    elsewhere: Counter[str] = field(default_factory=Counter)
    on_listing: Counter[str] = field(default_factory=Counter)
    on_page: Counter[str] = field(default_factory=Counter)
    odd: Counter[str] = field(default_factory=Counter)
    again: list[str] = field(default_factory=list)
    smudged: list[str] = field(default_factory=list)
    zero: list[str] = field(default_factory=list)

    def faults(self, calls: int) -> Iterator[Fault]:
        """What was amiss with a harvest of so many calls."""
        if self.nameless:
            said = f"{self.nameless} of {self.listed} entries have no address or name of their own"
            yield Fault(said, complete=False)
        if self.bad:
            said = f"{len(self.bad)} of {self.listed} entries have an address that is none"
            yield Fault(f"{said}, as {self.bad[0]!r:.60}", complete=False)
        if self.without_page:
            why, _ = self.reasons.most_common(1)[0]
            yield Fault(
                f"{len(self.without_page)} of {calls} calls are kept from the listing alone, "
                f"without their own page ({why}): {named(self.without_page)}",
                # Where half of them do not come, the listing may lead to anything.
                complete=len(self.without_page) * 2 < calls,
            )
        for references, what in (
            (self.again, "entries came again with other words, and only the first were taken"),
            (self.smudged, "calls have letters that cannot be read"),
            (self.zero, f"calls {CLOCK_ZERO}"),
        ):
            if references:
                yield Fault(f"{len(references)} {what}: {named(references)}", complete=True)
        if (away := self.elsewhere.total()) * 2 > calls:
            host, _ = self.elsewhere.most_common(1)[0]
            yield Fault(
                f"{away} of {calls} calls have their page on another site, most on {host}: "
                "did the source move?",
                complete=False,  # then none of the calls we know could be in this harvest
            )
        for name, count in sorted(self.odd.items()):
            yield Fault(
                f"{name}: of another shape than ever before in {count} records", complete=True
            )


def named(references: Sequence[str]) -> str:
    """The first few of them, for a reason that people read."""
    return ", ".join(references[:NAMED]) + (" …" if len(references) > NAMED else "")
