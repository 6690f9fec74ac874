"""Letters in hand: claimed by one sender at a time, and what became of each try."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import sqlalchemy as sa

from storage.columns import Moment
from storage.letters import LetterState, Posted, posted_of
from storage.schema import letters

LEASE = timedelta(minutes=30)
"""How long a letter belongs to the program that sends it; longer than sending may ever take."""

RESENDS = 3
"""How often a letter that may have arrived is sent once more by itself; then a person decides."""


def claim(  # noqa: PLR0913 - which letters are chosen from
    connection: sa.Connection,
    now: datetime,
    *,
    due: datetime | None = None,
    only_to: Sequence[str] | None = None,
    not_to: Collection[str] = (),
    kind: str | None = None,
) -> Posted | None:
    """Take the letter that waits longest and is due until ``due`` (None: now); None for none.

    It belongs to the caller until ``LEASE`` from ``now`` is over: commit before sending.
    ``only_to`` are addresses or ``@domains`` letters may go to (None: everybody), ``not_to``
    domains that are left alone for now. A letter that may have arrived is taken too, until it has
    been sent again ``RESENDS`` times.
    """
    chosen = _claim(None if only_to is None else tuple(only_to), frozenset(not_to), kind)
    until = now if due is None else due
    row = connection.execute(chosen, {"until": until, "now": now, "lease_": now + LEASE})
    found = row.one_or_none()
    return None if found is None else posted_of(found)


@lru_cache(maxsize=64)
def _claim(
    only_to: tuple[str, ...] | None, not_to: frozenset[str], kind: str | None
) -> sa.Executable:
    """The statement of ``claim``: to put it together costs as much as to carry it out."""
    first = (
        sa.select(letters.c.id)
        .where(
            _waits(sa.bindparam("until", type_=Moment)),
            *_narrowed(only_to, not_to),
            *([] if kind is None else [letters.c.kind == kind]),
        )
        .order_by(letters.c.due, letters.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    return (
        sa.update(letters)
        .where(letters.c.id == first)
        .values(
            state=LetterState.SENDING.value,
            state_at=sa.bindparam("now", type_=Moment),
            lease=sa.bindparam("lease_", type_=Moment),
            tries=letters.c.tries + 1,
        )
        .returning(letters)
    )


def count_waiting(
    connection: sa.Connection,
    due: datetime,
    *,
    only_to: Sequence[str] | None = None,
    kind: str | None = None,
    apart_from: str | None = None,
) -> int:
    """Return how many letters are due until ``due``, of those that ``only_to`` lets through.

    All kinds are counted, or only ``kind``, or all but ``apart_from``.
    """
    query = sa.select(sa.func.count()).where(_waits(due), *_narrowed(only_to, ()))
    if kind is not None:
        query = query.where(letters.c.kind == kind)
    if apart_from is not None:
        query = query.where(letters.c.kind != apart_from)
    return connection.scalar(query) or 0


def count_left(connection: sa.Connection, now: datetime) -> int:
    """Return how many letters a sender left half way, their lease over at ``now``."""
    query = sa.select(sa.func.count()).where(_left(now))
    return connection.scalar(query) or 0


def _left(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(letters.c.state == LetterState.SENDING.value, letters.c.lease <= now)


def _waits(due: datetime | sa.BindParameter[datetime]) -> sa.ColumnElement[bool]:
    waiting = [LetterState.PENDING.value, LetterState.RETRY.value]
    doubtful = sa.and_(
        letters.c.state == LetterState.UNCONFIRMED.value, letters.c.doubts <= RESENDS
    )
    return sa.and_(sa.or_(letters.c.state.in_(waiting), doubtful), letters.c.due <= due)


def _narrowed(
    only_to: Sequence[str] | None, not_to: Collection[str]
) -> Iterator[sa.ColumnElement[bool]]:
    address = sa.func.lower(letters.c.address)
    if only_to is not None:
        whole = [one.lower() for one in only_to if not one.startswith("@")]
        ends = [one.lower() for one in only_to if one.startswith("@")]
        yield sa.or_(address.in_(whole), *(address.endswith(one, autoescape=True) for one in ends))
    for domain in sorted(not_to):
        yield sa.not_(address.endswith(f"@{domain.lower()}", autoescape=True))


def settle(  # noqa: PLR0913 - how a letter fared is these facts
    connection: sa.Connection,
    posted: Posted,
    state: LetterState,
    now: datetime,
    *,
    reply: str = "",
    reason: str = "",
    due: datetime | None = None,
    refused: bool = True,
) -> bool:
    """Write how sending went; False when the letter is no longer the caller's.

    A server's yes is never forgotten: who was told it may say so at any time, even when the lease
    ran out meanwhile and another program is at the letter. A letter to RETRY counts as refused
    once more, unless ``refused`` says that it was not the letter's fault.
    """
    if state is LetterState.SENT:
        ours = letters.c.state != LetterState.SENT.value
    else:
        ours = sa.and_(
            letters.c.state == LetterState.SENDING.value, letters.c.tries == posted.tries
        )
    counted = int(refused and state is LetterState.RETRY)
    done = connection.execute(
        sa.update(letters)
        .where(letters.c.id == posted.id, ours)
        .values(
            state=state.value,
            state_at=now,
            lease=None,
            reply=reply,
            reason=reason,
            due=due or posted.due,
            refusals=letters.c.refusals + counted,
            doubts=letters.c.doubts + int(state is LetterState.UNCONFIRMED),
        )
    )
    return done.rowcount == 1


def expire(connection: sa.Connection, now: datetime, state: LetterState, reason: str) -> int:
    """Put letters whose sender died half way into ``state``; returns how many there were."""
    died = (
        sa.update(letters)
        .where(_left(now))
        .values(
            state=state.value,
            state_at=now,
            lease=None,
            reason=reason,
            due=now,
            doubts=letters.c.doubts + int(state is LetterState.UNCONFIRMED),
        )
    )
    return connection.execute(died).rowcount


def send_again(connection: sa.Connection, now: datetime) -> int:
    """Let letters of which nobody knows whether they arrived be sent once more, now."""
    doubtful = (
        sa.update(letters)
        .where(letters.c.state == LetterState.UNCONFIRMED.value)
        .values(state=LetterState.PENDING.value, state_at=now, due=now)
    )
    return connection.execute(doubtful).rowcount


def try_at_once(connection: sa.Connection, now: datetime, since: datetime) -> int:
    """Let letters be tried now that were put off since ``since``, when the server failed us."""
    put_off = (
        sa.update(letters)
        .where(
            letters.c.state == LetterState.RETRY.value,
            letters.c.state_at >= since,
            letters.c.due > now,
        )
        .values(due=now)
    )
    return connection.execute(put_off).rowcount


def next_due(connection: sa.Connection) -> datetime | None:
    """Return when the next of the letters that wait may be tried; None when none waits."""
    waiting = [LetterState.PENDING.value, LetterState.RETRY.value]
    query = sa.select(sa.func.min(letters.c.due)).where(letters.c.state.in_(waiting))
    due: datetime | None = connection.scalar(query)
    return due


def answered(connection: sa.Connection, number: int) -> list[tuple[int, LetterState, str]]:
    """Return the newest letters that a server took or refused for good: number, state, reply."""
    query = (
        sa.select(letters.c.id, letters.c.state, letters.c.reply)
        .where(letters.c.state.in_([LetterState.SENT.value, LetterState.FAILED.value]))
        .where(letters.c.reply != "")
        .order_by(letters.c.state_at.desc(), letters.c.id.desc())
        .limit(number)
    )
    return [(row.id, LetterState(row.state), row.reply) for row in connection.execute(query)]


def believe_no_longer(
    connection: sa.Connection, numbers: Collection[int], now: datetime, *, due: datetime, most: int
) -> int:
    """Try refused letters again at ``due``: the server said no to everybody, not to them.

    Those refused ``most`` times before stay failed. Returns how many are tried again.
    """
    done = connection.execute(
        sa.update(letters)
        .where(
            letters.c.id.in_(numbers),
            letters.c.state == LetterState.FAILED.value,
            letters.c.refusals < most,
        )
        .values(
            state=LetterState.RETRY.value,
            state_at=now,
            due=due,
            refusals=letters.c.refusals + 1,
        )
    )
    return done.rowcount
