"""Letters on their way, each a row until delivered, and what they told to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import Row
from storage.opportunities import resolve
from storage.recipients import address_key
from storage.schema import letters, opportunities, told
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

__all__ = [
    "LEASE",
    "NEW",
    "Fact",
    "Letter",
    "LetterState",
    "NumberedChange",
    "Posted",
    "Telling",
    "Told",
    "changes_since",
    "claim",
    "expire",
    "find_letters",
    "first_and_last",
    "is_sent",
    "last_created",
    "newest_changes",
    "send_again",
    "settle",
    "told_of",
    "told_to",
    "write",
]

LEASE = timedelta(minutes=15)
"""How long a letter belongs to the program that sends it; far longer than sending may take."""


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
    """One e-mail as it will be sent; ``headers`` are those beyond From, To, Subject and Date."""

    kind: str
    address: str
    subject_key: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)

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
        "created": now,
        "state": LetterState.PENDING.value,
        "state_at": now,
        "due": now,
        "tries": 0,
        "reply": "",
        "reason": "",
    }
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    once = insert(letters).on_conflict_do_nothing().returning(letters.c.id)
    number = connection.scalar(once, row)
    if number is None:
        return None
    tell(connection, facts, recipient=letter.recipient, letter=int(number), now=now)
    return int(number)


def told_of(connection: sa.Connection, who: str, opportunity: str) -> list[Telling]:
    """Return which letters told of an opportunity, oldest first.

    ``who`` is the id of a partnership (all its recipients count), or the address of a recipient,
    or its hash.
    """
    alike = sa.select(opportunities.c.id)
    leading = resolve(connection, opportunity) or opportunity
    merged = [
        one
        for one in connection.scalars(alike.where(opportunities.c.merged_into.is_not(None)))
        if resolve(connection, one) == leading
    ]
    query = (
        sa.select(told, letters.c.key, letters.c.subject, letters.c.state)
        .join(letters, letters.c.id == told.c.letter)
        .where(
            told.c.opportunity.in_([leading, *merged]),
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
    created = letters.c.created
    query = sa.select(sa.func.min(created), sa.func.max(created)).where(
        letters.c.recipient == recipient, letters.c.kind == kind
    )
    if until is not None:
        query = query.where(created <= until)
    first, last = connection.execute(query).one()
    return first, last


def claim(
    connection: sa.Connection, now: datetime, *, due: datetime | None = None
) -> Posted | None:
    """Take the letter that waits longest and is due until ``due`` (None: now); None for none.

    It belongs to the caller until ``LEASE`` from ``now`` is over: commit before sending.
    """
    until = now if due is None else due
    waiting = [LetterState.PENDING.value, LetterState.RETRY.value]
    first = (
        sa.select(letters.c.id)
        .where(letters.c.state.in_(waiting), letters.c.due <= until)
        .order_by(letters.c.due, letters.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    row = connection.execute(
        sa.update(letters)
        .where(letters.c.id == first)
        .values(
            state=LetterState.SENDING.value,
            state_at=now,
            lease=now + LEASE,
            tries=letters.c.tries + 1,
        )
        .returning(letters)
    ).one_or_none()
    return None if row is None else _posted(row)


def settle(  # noqa: PLR0913 - how a letter fared is these facts
    connection: sa.Connection,
    posted: Posted,
    state: LetterState,
    now: datetime,
    *,
    reply: str = "",
    reason: str = "",
    due: datetime | None = None,
) -> bool:
    """Write how sending went; False when the letter is no longer the caller's.

    A caller whose lease ran out while the server was thinking may still say that it was sent.
    """
    ours = [LetterState.SENDING.value]
    if state is LetterState.SENT:
        ours.append(LetterState.UNCONFIRMED.value)
    done = connection.execute(
        sa.update(letters)
        .where(
            letters.c.id == posted.id,
            letters.c.tries == posted.tries,
            letters.c.state.in_(ours),
        )
        .values(
            state=state.value,
            state_at=now,
            lease=None,
            reply=reply,
            reason=reason,
            due=due or posted.due,
        )
    )
    return done.rowcount == 1


def expire(connection: sa.Connection, now: datetime, state: LetterState, reason: str) -> int:
    """Put letters whose sender died half way into ``state``; returns how many there were."""
    died = (
        sa.update(letters)
        .where(letters.c.state == LetterState.SENDING.value, letters.c.lease <= now)
        .values(state=state.value, state_at=now, lease=None, reason=reason, due=now)
    )
    return connection.execute(died).rowcount


def is_sent(connection: sa.Connection, number: int) -> bool:
    """Whether a letter (its number) was handed over; False for one that is no longer kept."""
    query = sa.select(letters.c.state).where(letters.c.id == number)
    return bool(connection.scalar(query) == LetterState.SENT.value)


def send_again(connection: sa.Connection, now: datetime) -> int:
    """Let letters of which nobody knows whether they arrived be sent once more."""
    doubtful = (
        sa.update(letters)
        .where(letters.c.state == LetterState.UNCONFIRMED.value)
        .values(state=LetterState.PENDING.value, state_at=now, due=now)
    )
    return connection.execute(doubtful).rowcount


def find_letters(connection: sa.Connection, states: Sequence[LetterState] = ()) -> list[Posted]:
    """Return the letters in these states (none given: all), oldest first."""
    query = sa.select(letters).order_by(letters.c.id)
    if states:
        query = query.where(letters.c.state.in_([state.value for state in states]))
    return [_posted(row) for row in connection.execute(query)]


def _posted(row: Row) -> Posted:
    letter = Letter(
        kind=row.kind,
        address=row.address,
        subject_key=row.subject_key,
        subject=row.subject,
        text=row.text,
        html=row.html,
        headers=row.headers,
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
    )
