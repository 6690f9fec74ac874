"""What happened to the entries and pages of one harvest, and what of it was amiss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

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
    found; ``odd``: by field, records in which it holds another kind of value.
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
                complete=True,
            )
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
