"""Letters that came back: kept once each, and what follows for the address they went to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from storage.recipients import State, put
from storage.schema import bounces, letters
from storage.upserting import insert_of

MEMORY = timedelta(days=60)
"""How long a letter that came back counts against an address."""

FEW = 5
SPREAD = timedelta(days=14)
"""So many soft ones, over so long a time, are as good as a mailbox that does not exist."""

_LONGEST_WAIT = 16


@dataclass(frozen=True, slots=True)
class Bounce:
    """One letter (its number) that came back; ``recipient`` is the hash of its address.

    ``notice`` identifies the message that said so. ``hard``: the mailbox does not exist.
    ``status`` is as in RFC 3463 (``5.1.1``), "" when not said; ``words`` hold no address.
    """

    letter: int
    notice: str
    recipient: str
    at: datetime
    hard: bool
    status: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class SentLetter:
    """A letter of ours as far as a report needs it: its number, whose (a hash), written when."""

    id: int
    recipient: str
    created: datetime


def letters_by_message_id(connection: sa.Connection, asked: Sequence[str]) -> list[SentLetter]:
    """Return the letters that bear one of these Message-IDs."""
    query = sa.select(letters.c.id, letters.c.recipient, letters.c.created).where(
        letters.c.message_id.in_(asked)
    )
    return [SentLetter(*row) for row in connection.execute(query.order_by(letters.c.id))]


def keep_bounce(connection: sa.Connection, one: Bounce) -> bool:
    """Write that a letter came back; False when this notice of it was read before.

    A hard one, or soft ones for too long, stop all letters to the address.
    """
    insert = insert_of(connection.dialect.name)
    once = insert(bounces).on_conflict_do_nothing().returning(bounces.c.letter)
    row = {
        "letter": one.letter,
        "notice": one.notice,
        "recipient": one.recipient,
        "at": one.at,
        "hard": one.hard,
        "status": one.status,
        "words": one.words,
    }
    if connection.scalar(once, row) is None:
        return False
    if one.hard or _hopeless(recent(connection, one.at, one.recipient)):
        put(connection, one.recipient, State.BOUNCED, one.at)
    return True


def recent(connection: sa.Connection, now: datetime, recipient: str | None = None) -> list[Bounce]:
    """Return what came back within ``MEMORY``, oldest first, of everybody or one address."""
    query = _RECENT if recipient is None else _RECENT_OF
    rows = connection.execute(query, {"after": now - MEMORY, "of": recipient})
    return [Bounce(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name


def held(some: Iterable[Bounce]) -> dict[str, datetime]:
    """Return until when addresses (their hashes) get no letters, given what came back of late.

    The first soft one holds letters back for a day, each further one twice as long, at most
    16 days.
    """
    until: dict[str, datetime] = {}
    counts: dict[str, int] = {}
    for one in sorted(some, key=lambda one: one.at):
        counts[one.recipient] = counts.get(one.recipient, 0) + 1
        days = min(2 ** (counts[one.recipient] - 1), _LONGEST_WAIT)
        until[one.recipient] = one.at + timedelta(days=days)
    return until


def forget_bounces(connection: sa.Connection, recipient: str) -> None:
    """Remove what came back of an address, so that it starts anew."""
    connection.execute(sa.delete(bounces).where(bounces.c.recipient == recipient))


def _hopeless(some: Sequence[Bounce]) -> bool:
    return len(some) >= FEW and some[-1].at - some[0].at >= SPREAD


_RECENT = (
    sa.select(bounces)
    .where(bounces.c.at > sa.bindparam("after"))
    .order_by(bounces.c.at, bounces.c.letter)
)
_RECENT_OF = _RECENT.where(bounces.c.recipient == sa.bindparam("of"))
