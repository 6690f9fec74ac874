"""Letters on their way, each a row until delivered, and what they told to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import Row
from storage.domain import Cause, Change
from storage.opportunities import resolve
from storage.recipients import State, address_key
from storage.schema import calls, changes, letters, opportunities, recipients, told

NEW = "new"
"""The fact that an opportunity was told to somebody as new to them."""

LEASE = timedelta(minutes=15)
"""How long a letter belongs to the program that sends it; far longer than sending may take."""

_AT_ONCE = 400


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
class Fact:
    """One thing a letter tells; ``seen`` is the newest change of the opportunity it knew of."""

    partnership: str
    opportunity: str
    fact: str
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody was told of one opportunity, for one partnership, so far."""

    facts: frozenset[str]
    seen: int


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


@dataclass(frozen=True, slots=True)
class NumberedChange:
    """A change of a call with its place in the history of all changes."""

    number: int
    call: str
    change: Change


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
    rows = [
        {
            "recipient": letter.recipient,
            "partnership": one.partnership,
            "opportunity": one.opportunity,
            "fact": one.fact,
            "letter": number,
            "at": now,
            "seen": one.seen,
        }
        for one in facts
    ]
    if rows:
        connection.execute(sa.insert(told), rows)
    return int(number)


def told_to(connection: sa.Connection, recipient: str, partnership: str) -> dict[str, Told]:
    """Return what a recipient (its hash) was told for a partnership, by opportunity.

    What was told of an opportunity that has been merged into another counts for that one.
    """
    query = (
        sa.select(told.c.opportunity, told.c.fact, told.c.seen, opportunities.c.merged_into)
        .join(opportunities, opportunities.c.id == told.c.opportunity)
        .where(told.c.recipient == recipient, told.c.partnership == partnership)
    )
    found: dict[str, Told] = {}
    for row in connection.execute(query):
        leading = row.opportunity
        if row.merged_into is not None:
            leading = resolve(connection, row.opportunity) or leading
        before = found.get(leading, Told(frozenset(), 0))
        found[leading] = Told(before.facts | {row.fact}, max(before.seen, row.seen))
    return found


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


def changes_since(
    connection: sa.Connection, seen: Mapping[str, int]
) -> dict[str, list[NumberedChange]]:
    """Return the changes of each opportunity's calls after the number ``seen``, oldest first."""
    found: dict[str, list[NumberedChange]] = {}
    for some in _some(sorted(seen)):
        query = (
            sa.select(changes, calls.c.source, calls.c.reference, calls.c.opportunity)
            .join(calls, calls.c.id == changes.c.call_id)
            .where(calls.c.opportunity.in_(some), changes.c.id > min(seen[one] for one in some))
            .order_by(changes.c.id)
        )
        for row in connection.execute(query):
            if row.id <= seen[row.opportunity]:
                continue
            change = Change(row.at, row.version, Cause(row.cause), row.field, row.old, row.new)
            numbered = NumberedChange(row.id, f"{row.source}:{row.reference}", change)
            found.setdefault(row.opportunity, []).append(numbered)
    return found


def newest_changes(connection: sa.Connection, asked: Iterable[str]) -> dict[str, int]:
    """Return the number of the newest change of each opportunity; 0 where nothing ever changed."""
    found = dict.fromkeys(asked, 0)
    for some in _some(sorted(found)):
        query = (
            sa.select(calls.c.opportunity, sa.func.max(changes.c.id).label("number"))
            .join(changes, changes.c.call_id == calls.c.id)
            .where(calls.c.opportunity.in_(some))
            .group_by(calls.c.opportunity)
        )
        found |= {row.opportunity: row.number for row in connection.execute(query)}
    return found


def last_created(connection: sa.Connection, recipient: str, kind: str) -> datetime | None:
    """Return when the newest letter of a kind was written to a recipient (its hash)."""
    query = sa.select(sa.func.max(letters.c.created)).where(
        letters.c.recipient == recipient, letters.c.kind == kind
    )
    found: datetime | None = connection.scalar(query)
    return found


def claim(connection: sa.Connection, now: datetime) -> Posted | None:
    """Take the letter that waits longest and is due; None when there is none.

    It belongs to the caller until ``LEASE`` is over: commit before sending.
    """
    waiting = [LetterState.PENDING.value, LetterState.RETRY.value]
    first = (
        sa.select(letters.c.id)
        .where(letters.c.state.in_(waiting), letters.c.due <= now)
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


def partnerships_of(connection: sa.Connection) -> dict[str, list[str]]:
    """Return the ids of the partnerships whose letters each active address (its hash) gets."""
    query = (
        sa.select(recipients.c.address_key, recipients.c.partnership)
        .where(recipients.c.state == State.ACTIVE.value)
        .order_by(recipients.c.address_key, recipients.c.partnership)
    )
    found: dict[str, list[str]] = {}
    for key, partnership in connection.execute(query):
        found.setdefault(key, []).append(partnership)
    return found


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


def _some(names: Sequence[str]) -> Iterable[Sequence[str]]:
    for start in range(0, len(names), _AT_ONCE):
        yield names[start : start + _AT_ONCE]
