"""Letters on their way, each a row until delivered, and what they told to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa

from storage.columns import Row
from storage.opportunities import names_of, resolve
from storage.recipients import address_key
from storage.schema import letters, told
from storage.told import (
    NEW,
    Fact,
    NumberedChange,
    Told,
    changes_since,
    newest_changes,
    tell,
    told_to,
)
from storage.upserting import insert_of

__all__ = [
    "NEW",
    "Fact",
    "Letter",
    "LetterState",
    "NumberedChange",
    "Posted",
    "Telling",
    "Told",
    "changes_since",
    "count_letters",
    "find_letters",
    "first_and_last",
    "is_sent",
    "last_created",
    "last_sent",
    "list_letters",
    "newest_changes",
    "posted_of",
    "told_of",
    "told_to",
    "write",
]


class LetterState(StrEnum):
    """Where a letter is on its way."""

    PENDING = "pending"
    SENDING = "sending"  # leased: one program is at it
    SENT = "sent"
    RETRY = "retry"  # not taken yet; ``due`` says when it is tried again
    FAILED = "failed"  # refused for good
    UNCONFIRMED = "unconfirmed"  # it may have arrived, or not: nobody lived to write it down


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail as it will be sent; ``headers`` are those beyond From, To, Subject and Date.

    ``calendar`` is an iCalendar file to attach, "" for none.
    """

    kind: str
    address: str
    subject_key: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)
    calendar: str = ""

    @property
    def recipient(self) -> str:
        """The hash by which the address is known."""
        return address_key(self.address)

    @property
    def key(self) -> str:
        """What makes this letter this letter: it is written once, however often it is tried."""
        return f"{self.kind}/{self.recipient[:20]}/{self.subject_key}"


@dataclass(frozen=True, slots=True)
class Posted:
    """A letter in the outbox, and how far it has come; ``reply`` is what the server said."""

    id: int
    key: str
    letter: Letter
    message_id: str
    created: datetime
    state: LetterState
    state_at: datetime
    due: datetime
    tries: int
    reply: str = ""
    reason: str = ""
    refusals: int = 0
    doubts: int = 0


@dataclass(frozen=True, slots=True)
class Telling:
    """One line of the answer to "was this told, and by which letter?"."""

    recipient: str
    partnership: str
    fact: str
    at: datetime
    letter: str
    subject: str
    state: LetterState


def write(
    connection: sa.Connection,
    letter: Letter,
    facts: Iterable[Fact],
    *,
    message_id: str,
    now: datetime,
) -> int | None:
    """Write a letter and what it tells; returns its number, None when it was written before.

    Both are kept or neither is: this must run in one transaction, and a fact that somebody else
    told in the meantime fails it as a whole (IntegrityError).
    """
    row = {
        "key": letter.key,
        "kind": letter.kind,
        "recipient": letter.recipient,
        "subject_key": letter.subject_key,
        "address": letter.address,
        "message_id": message_id,
        "subject": letter.subject,
        "text": letter.text,
        "html": letter.html,
        "headers": dict(letter.headers),
        "calendar": letter.calendar or None,
        "created": now,
        "state": LetterState.PENDING.value,
        "state_at": now,
        "due": now,
        "tries": 0,
        "reply": "",
        "reason": "",
    }
    number = connection.scalar(_once(connection.dialect.name), row)
    if number is None:
        return None
    tell(connection, facts, recipient=letter.recipient, letter=int(number), now=now)
    return int(number)


def told_of(connection: sa.Connection, who: str, opportunity: str) -> list[Telling]:
    """Return which letters told of an opportunity, oldest first.

    ``who`` is the id of a partnership (all its recipients count), or the address of a recipient,
    or its hash.
    """
    leading = resolve(connection, opportunity) or opportunity
    query = (
        sa.select(told, letters.c.key, letters.c.subject, letters.c.state)
        .join(letters, letters.c.id == told.c.letter)
        .where(
            told.c.opportunity.in_(names_of(connection, leading)),
            sa.or_(told.c.partnership == who, told.c.recipient.in_([who, address_key(who)])),
        )
        .order_by(told.c.at, told.c.letter, told.c.recipient, told.c.fact)
    )
    return [
        Telling(
            recipient=row.recipient,
            partnership=row.partnership,
            fact=row.fact,
            at=row.at,
            letter=row.key,
            subject=row.subject,
            state=LetterState(row.state),
        )
        for row in connection.execute(query)
    ]


def last_created(
    connection: sa.Connection, recipient: str, kind: str, *, until: datetime | None = None
) -> datetime | None:
    """Return when the newest letter of a kind was written to a recipient (its hash).

    Those written after ``until`` are left out: the clock was wrong when they were.
    """
    return first_and_last(connection, recipient, kind, until=until)[1]


def first_and_last(
    connection: sa.Connection, recipient: str, kind: str, *, until: datetime | None = None
) -> tuple[datetime | None, datetime | None]:
    """Return when the first and the newest letter of a kind were written to a recipient."""
    query = _WRITTEN if until is None else _WRITTEN_UNTIL
    asked = {"whom": recipient, "of": kind, "until": until}
    first, last = connection.execute(query, asked).one()
    return first, last


def last_sent(connection: sa.Connection) -> datetime | None:
    """Return when a letter was last taken."""
    query = sa.select(sa.func.max(letters.c.state_at)).where(
        letters.c.state == LetterState.SENT.value
    )
    found: datetime | None = connection.scalar(query)
    return found


def is_sent(connection: sa.Connection, number: int) -> bool:
    """Whether a letter (its number) was handed over; False for one that is no longer kept."""
    query = sa.select(letters.c.state).where(letters.c.id == number)
    return bool(connection.scalar(query) == LetterState.SENT.value)


def count_letters(connection: sa.Connection) -> dict[LetterState, int]:
    """Return how many letters are in each state; every state is named."""
    query = sa.select(letters.c.state, sa.func.count()).group_by(letters.c.state)
    found = {row[0]: row[1] for row in connection.execute(query)}
    return {state: found.get(state.value, 0) for state in LetterState}


def find_letters(connection: sa.Connection, states: Sequence[LetterState] = ()) -> list[Posted]:
    """Return the letters in these states (none given: all), oldest first."""
    query = sa.select(letters).order_by(letters.c.id)
    if states:
        query = query.where(letters.c.state.in_([state.value for state in states]))
    return [posted_of(row) for row in connection.execute(query)]


def list_letters(connection: sa.Connection, states: Sequence[LetterState]) -> list[Posted]:
    """Return the letters in these states without their bodies and headers, oldest first."""
    columns = [one for one in letters.c if one.name not in {"text", "html", "headers"}]
    nothing = [sa.literal("").label("text"), sa.literal("").label("html")]
    query = (
        sa.select(*columns, *nothing, sa.literal(None).label("headers"))
        .where(letters.c.state.in_([state.value for state in states]))
        .order_by(letters.c.id)
    )
    return [posted_of(row) for row in connection.execute(query)]


def posted_of(row: Row) -> Posted:
    """Return a row of the table as a letter in the outbox."""
    letter = Letter(
        kind=row.kind,
        address=row.address,
        subject_key=row.subject_key,
        subject=row.subject,
        text=row.text,
        html=row.html,
        headers=row.headers or {},
        calendar=row.calendar or "",
    )
    return Posted(
        id=row.id,
        key=row.key,
        letter=letter,
        message_id=row.message_id,
        created=row.created,
        state=LetterState(row.state),
        state_at=row.state_at,
        due=row.due,
        tries=row.tries,
        reply=row.reply,
        reason=row.reason,
        refusals=row.refusals,
        doubts=row.doubts,
    )


@cache
def _once(dialect: str) -> Any:
    """Add a letter, unless one of its key is there: then no number comes back."""
    return insert_of(dialect)(letters).on_conflict_do_nothing().returning(letters.c.id)


_WRITTEN = sa.select(sa.func.min(letters.c.created), sa.func.max(letters.c.created)).where(
    letters.c.recipient == sa.bindparam("whom"), letters.c.kind == sa.bindparam("of")
)
_WRITTEN_UNTIL = _WRITTEN.where(letters.c.created <= sa.bindparam("until"))
