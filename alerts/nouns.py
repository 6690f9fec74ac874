"""What a digest holds, as plain data: no language, no layout, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from storage.domain import Call, Cause, Match, Partnership, Recipient, Status, Verdict
from storage.letters import Fact

LIMIT = 15
"""Calls in one letter at most; the rest is counted, linked, and waits untold."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence of a call, and the words of the interests (in ``language``) that it answers."""

    sentence: str
    answers: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A call to tell for a partnership.

    ``again``: a section further up tells it in full. ``match`` is None for a call that was told
    and does not reach the partnership's line any more. ``unsure``: little of it is known.
    ``disputes`` are records of it in other sources that say another deadline.
    """

    call: Call
    match: Match | None
    status: Status
    again: bool = False
    reasons: tuple[Reason, ...] = ()
    unsure: bool = False
    disputes: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a call from ``old`` to ``new`` (JSON values); who changed it is ``cause``.

    ``verdicts``: what the change of a condition means for the partnership, before and after.
    """

    field: str
    old: Any
    new: Any
    cause: Cause
    verdicts: tuple[Verdict, Verdict] | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """A call of which something that was told is no longer so."""

    offer: Offer
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Below:
    """The best call that did not reach the line of a partnership; ``url`` is its own page."""

    call: str
    title: str
    score: float
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """What one partnership is told.

    ``more`` new calls and ``more_urgent`` others found no room and wait for the next letter.
    ``read`` calls were compared; ``matched`` of them reach ``line``, and ``below`` is the best of
    those that do not. ``notes`` say what makes every score less sure, in the words of
    ``classifier.outcomes.Note``.
    """

    partnership: Partnership
    changed: tuple[Changed, ...] = ()
    corrected: tuple[Changed, ...] = ()
    disputed: tuple[Changed, ...] = ()
    closing: tuple[Offer, ...] = ()
    new: tuple[Offer, ...] = ()
    more: int = 0
    more_urgent: int = 0
    read: int = 0
    matched: int = 0
    line: float = 0.0
    below: Below | None = None
    notes: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        told = self.changed or self.corrected or self.disputed
        return not (told or self.closing or self.new)


class Standing(StrEnum):
    """How far a source can be relied on today."""

    CHECKED = "checked"
    GAPS = "gaps"  # read, but not whole
    UNPROVEN = "unproven"  # read, but nobody has compared what we read with the site
    STALE = "stale"  # not read lately
    FAILING = "failing"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class SourceNote:
    """One source in the receipt: when it was last read, how many calls, what is wrong."""

    name: str
    publisher: str
    standing: Standing
    read_at: datetime | None = None
    items: int = 0
    failing_since: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Why silence is silence: what was looked at for this letter.

    ``known`` calls are kept altogether; ``open_now`` of them can be applied to now.
    """

    sources: tuple[SourceNote, ...]
    known: int
    open_now: int
    compared_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Digest:
    """What one recipient is told at one time, and the facts to write down with the letter."""

    recipient: Recipient
    now: datetime
    sections: tuple[Section, ...]
    receipt: Receipt | None
    facts: tuple[Fact, ...] = ()
    since: datetime | None = None

    @property
    def first(self) -> bool:
        """Whether this is the first letter to the recipient."""
        return self.since is None

    @property
    def empty(self) -> bool:
        return all(section.empty for section in self.sections)

    def count(self) -> Mapping[str, int]:
        """How many calls the letter tells of each kind, each call once."""
        return {
            kind: len({one.call.id for one in _offers(self.sections, kind) if not one.again})
            for kind in ("changed", "corrected", "disputed", "closing", "new")
        }


def _offers(sections: tuple[Section, ...], kind: str) -> list[Offer]:
    found: list[Offer] = []
    for section in sections:
        told: tuple[Offer | Changed, ...] = getattr(section, kind)
        found += [one.offer if isinstance(one, Changed) else one for one in told]
    return found
