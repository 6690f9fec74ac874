"""What a digest holds, as plain data: no language, no layout, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from storage.answers import Answer, TownAnswer
from storage.domain import Call, Cause, Match, Partnership, Recipient, Status, Verdict
from storage.letters import Fact

LIMIT = 15
"""Calls in one letter at most; the rest is counted, linked, and waits untold."""

DIGEST = "digest"
REMINDER = "reminder"
"""The kinds of letters this room builds of calls, as they stand in the outbox."""


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
    ``cancelled``: the call says of itself that nothing will come of it.
    """

    call: Call
    match: Match | None
    status: Status
    again: bool = False
    reasons: tuple[Reason, ...] = ()
    unsure: bool = False
    disputes: tuple[Call, ...] = ()
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a call from ``old`` to ``new`` (JSON values); who changed it is ``cause``.

    The field ``cancelled`` is none of a record: it is what the call says of itself, as a bool.
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
    """The best call that did not reach the line of a partnership; ``url`` is its own page.

    ``language`` is that of the title, "" when the call does not say.
    """

    call: str
    title: str
    score: float
    url: str | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a partner town (its name, "" for nobody in particular) said of a call since."""

    call: Call
    town: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Section:
    """What one partnership is told, in the order in which the letter tells it.

    ``near``: new calls for which something is missing that has to be found first, as a partner
    from a third country. ``withdrawn``, ``cancelled`` and ``reopened`` were told before, whether
    they still match or not. ``more`` new calls and ``more_urgent`` others found no room and wait
    for the next letter.
    ``read`` calls were compared; ``matched`` of them reach ``line``, and ``below`` is the best of
    those that do not. ``notes`` say what makes every score less sure, in the words of
    ``classifier.outcomes.Note``. ``answered`` is news of what the towns mean to do, ``towns`` what
    they mean to do altogether; ``dismissed`` calls are left out because a town dismissed them.
    """

    partnership: Partnership
    new: tuple[Offer, ...] = ()
    closing: tuple[Offer, ...] = ()
    changed: tuple[Changed, ...] = ()
    corrected: tuple[Changed, ...] = ()
    disputed: tuple[Changed, ...] = ()
    withdrawn: tuple[Changed, ...] = ()
    cancelled: tuple[Changed, ...] = ()
    reopened: tuple[Changed, ...] = ()
    near: tuple[Offer, ...] = ()
    more: int = 0
    more_urgent: int = 0
    read: int = 0
    matched: int = 0
    line: float = 0.0
    below: Below | None = None
    notes: tuple[str, ...] = ()
    answered: tuple[Answered, ...] = ()
    towns: tuple[TownAnswer, ...] = ()
    dismissed: int = 0

    @property
    def empty(self) -> bool:
        return not (self.answered or any(getattr(self, kind) for kind in KINDS))


KINDS = (
    "new", "closing", "changed", "corrected", "disputed", "withdrawn", "cancelled", "reopened",
    "near",
)  # fmt: skip
"""What a section may hold, in the order in which a letter tells it."""


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
    """One source in the receipt: when it was last read, how many calls, what is wrong.

    ``fresh``: what is wrong began after the last letter. ``mended_since``: what was wrong when the
    last letter was written is so no longer, and from when on it had been wrong; ``whole_again``
    where it had been read, but with gaps.
    """

    name: str
    publisher: str
    standing: Standing
    read_at: datetime | None = None
    items: int = 0
    failing_since: datetime | None = None
    reason: str = ""
    fresh: bool = False
    mended_since: datetime | None = None
    whole_again: bool = False


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
    """What one recipient is told at one time, and the facts to write down with the letter.

    ``since`` is when the digest before this one was written, None for the first. A ``reminder``
    holds only what closes soon, and no receipt.
    """

    recipient: Recipient
    now: datetime
    sections: tuple[Section, ...]
    receipt: Receipt | None
    facts: tuple[Fact, ...] = ()
    since: datetime | None = None
    kind: str = DIGEST

    @property
    def first(self) -> bool:
        """Whether this is the first digest for the recipient."""
        return self.since is None and self.kind == DIGEST

    @property
    def empty(self) -> bool:
        return all(section.empty for section in self.sections)

    def count(self) -> Mapping[str, int]:
        """How many calls the letter tells of each kind, each call once."""
        return {
            kind: len({one.call.id for one in _offers(self.sections, kind) if not one.again})
            for kind in KINDS
        }


def _offers(sections: tuple[Section, ...], kind: str) -> list[Offer]:
    found: list[Offer] = []
    for section in sections:
        told: tuple[Offer | Changed, ...] = getattr(section, kind)
        found += [one.offer if isinstance(one, Changed) else one for one in told]
    return found
