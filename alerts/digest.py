"""Builds the digest of one recipient: what to tell now, and which facts that will have told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import zip_longest

import sqlalchemy as sa

from alerts.answers import with_answers
from alerts.audience import CLOCK_ERROR
from alerts.candidates import Candidate, Draft, Movement, draft, reminder_draft, without_answer
from alerts.duties import is_near_miss
from alerts.nouns import (
    DIGEST,
    LIMIT,
    REMINDER,
    Changed,
    Digest,
    FieldChange,
    Offer,
    Receipt,
    Section,
)
from alerts.receipt import Book, Source
from classifier.outcomes import SAID, Note
from storage import letters
from storage.domain import Call, Cause, Partnership, Recipient
from storage.letters import NEW
from storage.matches import last_run
from storage.recipients import address_key

KIND = DIGEST
_HEADINGS = {Cause.READER: "corrected", Cause.OFFICER: "corrected", Cause.LINK: "disputed"}
"""Under which heading a change is told, by its cause; the source's own is "changed"."""


def build_digest(  # noqa: PLR0913 - what a letter is about
    connection: sa.Connection,
    recipient: Recipient,
    partnerships: Sequence[Partnership],
    now: datetime,
    *,
    limit: int = LIMIT,
    known_sources: Sequence[Source] | None = None,
    book: Book | None = None,
) -> Digest:
    """Return what ``recipient`` is to be told at ``now``; nothing is written.

    New is what matches and was not told to this recipient for this partnership, however long ago
    it was harvested. Of what was told: what changed since, and what closes soon. Not more than
    ``limit`` calls are told; those left over stay untold, so that the next letter brings them.
    Partnerships that could not be compared with any call are left out (``not_compared``).

    ``book`` is what there is to say of the sources; whoever builds many letters reads it once.
    """
    key = address_key(recipient.email)
    since = letters.last_created(connection, key, KIND, until=now + CLOCK_ERROR)
    drafts = [
        found
        for one in partnerships
        if (found := draft(connection, recipient, one, now, first=since is None)) is not None
    ]
    tellings = [_Telling(one) for one in drafts]
    chosen = _Chosen(limit)
    _choose_urgent(tellings, chosen)
    _choose_new(tellings, chosen)
    receipt: Receipt | None = None
    if recipient.receipt:
        book = book or Book(connection, now, known_sources)
        compared = [one.run.at for one in drafts if one.run is not None]
        receipt = replace(book.receipt(since), compared_at=min(compared, default=None))
    digest = Digest(
        recipient=recipient,
        now=now,
        sections=tuple(one.section(chosen) for one in tellings),
        receipt=receipt,
        facts=tuple(fact for one in drafts for fact in one.facts),
        since=since,
    )
    return with_answers(connection, digest)


def build_reminder(
    connection: sa.Connection,
    recipient: Recipient,
    partnerships: Sequence[Partnership],
    now: datetime,
) -> Digest | None:
    """Return the reminder that is due to ``recipient`` besides the digests; None for none."""
    drafts = [reminder_draft(connection, recipient, one, now) for one in partnerships]
    tellings = [_Telling(one) for one in drafts if one.closing]
    if not tellings:
        return None
    chosen = _Chosen(LIMIT)
    _choose_urgent(tellings, chosen)
    reminder = Digest(
        recipient=recipient,
        now=now,
        sections=tuple(one.section(chosen) for one in tellings),
        receipt=None,
        facts=tuple(fact for one in drafts for fact in one.facts),
        kind=REMINDER,
    )
    return with_answers(connection, reminder)


def not_compared(connection: sa.Connection, partnership: str) -> str:
    """Say why there is nothing to tell a partnership, not even that nothing is new; else ""."""
    run = last_run(connection, partnership)
    if run is None:
        return f"{partnership} was not compared with any call yet: bridges match"
    return f"{partnership}: {SAID[Note.NO_INTERESTS]}" if without_answer(run) else ""


@dataclass
class _Chosen:
    """The calls that the letter has room for; one that is told twice takes one place."""

    limit: int
    calls: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)

    def take(self, call: Call) -> bool:
        if call.id not in self.calls and len(self.calls) >= self.limit:
            return False
        self.calls.add(call.id)
        return True

    def offer(self, candidate: Candidate) -> Offer:
        """The offer; only its first appearance in the letter is told in full."""
        again = candidate.call.id in self.shown
        self.shown.add(candidate.call.id)
        return candidate.offer(again=again)


@dataclass
class _Telling:
    """What of a draft is told: the calls the letter has room for."""

    draft: Draft
    changed: list[Movement] = field(default_factory=list)
    closing: list[Candidate] = field(default_factory=list)
    new: list[Candidate] = field(default_factory=list)

    def section(self, chosen: _Chosen) -> Section:
        """The section, top to bottom: what is told twice is told in full where it comes first."""
        draft, run = self.draft, self.draft.run
        near = [one for one in self.new if one.match and is_near_miss(one.match.match.assessment)]
        groups = self._changes()

        def changed(kind: str) -> tuple[Changed, ...]:
            return tuple(Changed(chosen.offer(one), changes) for one, changes in groups[kind])

        return Section(
            partnership=draft.partnership,
            new=tuple(chosen.offer(one) for one in self.new if one not in near),
            closing=tuple(chosen.offer(one) for one in self.closing),
            changed=changed("changed"),
            corrected=changed("corrected"),
            disputed=changed("disputed"),
            withdrawn=changed("withdrawn"),
            cancelled=changed("cancelled"),
            reopened=changed("reopened"),
            near=tuple(chosen.offer(one) for one in near),
            more=len(draft.new) - len(self.new),
            more_urgent=len(draft.changed) + len(draft.closing) - len(self.changed)
            - len(self.closing),
            read=0 if run is None else run.read,
            matched=draft.matched,
            line=0.0 if run is None else run.threshold,
            below=draft.below,
            notes=() if run is None else run.notes,
        )  # fmt: skip

    def _changes(self) -> dict[str, list[tuple[Candidate, tuple[FieldChange, ...]]]]:
        groups: dict[str, list[tuple[Candidate, tuple[FieldChange, ...]]]] = defaultdict(list)
        for one in self.changed:
            for kind, changes in _kinds_of(one):
                groups[kind].append((one.candidate, tuple(changes)))
        return groups


def _kinds_of(movement: Movement) -> Iterator[tuple[str, list[FieldChange]]]:
    """Under which heading changes are told: what became of the call comes before what it says."""
    changes = [net.change for net in movement.nets]
    gone = {one.field: one for one in changes if one.new is True}
    for kind in ("cancelled", "withdrawn"):
        if kind in gone:
            yield kind, [gone[kind]]
            return
    if movement.revived:
        yield "reopened", changes
        return
    for kind in ("changed", "corrected", "disputed"):
        if some := [one for one in changes if _HEADINGS.get(one.cause, "changed") == kind]:
            yield kind, some


def _choose_urgent(tellings: Sequence[_Telling], chosen: _Chosen) -> None:
    """What moved comes before what closes, and both before what is new."""
    for one in tellings:
        for moved in one.draft.changed:
            if chosen.take(moved.candidate.call):
                one.changed.append(moved)
                facts = (net.fact for net in moved.nets)
                one.draft.tell(moved.candidate, *facts, seen=moved.candidate.newest)
    for one in tellings:
        for candidate in one.draft.closing:
            if chosen.take(candidate.call):
                one.closing.append(candidate)
                one.draft.tell(candidate, NEW, seen=candidate.newest)


def _choose_new(tellings: Sequence[_Telling], chosen: _Chosen) -> None:
    """The best of each partnership, then the second best of each: nobody's letter is all others'.

    A call that is in the letter anyway, for another partnership, takes no further place.
    """
    for rank in zip_longest(*(one.draft.new for one in tellings)):
        for telling, candidate in zip(tellings, rank, strict=True):
            if candidate is not None and chosen.take(candidate.call):
                telling.new.append(candidate)
                telling.draft.tell(candidate, NEW, seen=candidate.newest)
