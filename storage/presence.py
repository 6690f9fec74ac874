"""Which calls a source still shows: seen, absent, withdrawn, back again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.columns import Row
from storage.domain import Cause, Change, Status
from storage.journal import note
from storage.schema import calls, status_spans

ABSENCES = 2
"""A call absent from this many complete harvests in a row is withdrawn, unless it is over."""

_AT_ONCE = 500


def seen(
    connection: sa.Connection, call_ids: Iterable[int], *, harvest: int | None, now: datetime
) -> None:
    """Note that the source still shows these calls as they are; a withdrawn one is back."""
    for some in _batches(call_ids):
        gone = sa.select(*_STATE).where(calls.c.id.in_(some), calls.c.withdrawn)
        if rows := connection.execute(gone).all():
            note_return(connection, rows, now)
        values: dict[str, Any] = {"last_seen": now, "absences": 0}
        if harvest is not None:
            values["last_harvest"] = harvest
        connection.execute(sa.update(calls).where(calls.c.id.in_(some)).values(**values))


def absent(
    connection: sa.Connection, source: str, *, harvest: int, now: datetime
) -> tuple[int, list[str]]:
    """Note what a complete harvest no longer showed; call it once, at its end.

    Returns how many calls are newly missing, and the ids of those now withdrawn: absent twice in
    a row while their last chance to apply is still ahead or unknown.
    """
    missing = sa.and_(
        calls.c.source == source,
        sa.or_(calls.c.last_harvest.is_(None), calls.c.last_harvest < harvest),
    )
    first = sa.select(sa.func.count()).where(missing, calls.c.absences == 0)
    gone = connection.scalar(first) or 0
    connection.execute(sa.update(calls).where(missing).values(absences=calls.c.absences + 1))
    over = (
        sa.exists()
        .where(
            status_spans.c.call_id == calls.c.id,
            status_spans.c.starts <= now,
            status_spans.c.ends > now,
            status_spans.c.status == Status.CLOSED.value,
        )
        .correlate(calls)
    )
    lost = (
        sa.select(*_STATE)
        .where(missing, calls.c.absences >= ABSENCES, sa.not_(calls.c.withdrawn), sa.not_(over))
        .order_by(calls.c.reference)
    )
    rows = connection.execute(lost).all()
    _set_withdrawn(connection, rows, withdrawn=True, cause=Cause.SOURCE, now=now)
    return gone, [f"{row.source}:{row.reference}" for row in rows]


def note_return(
    connection: sa.Connection, rows: Sequence[Row], now: datetime
) -> tuple[Change, ...]:
    """Take back the withdrawal of calls that the source shows again."""
    return _set_withdrawn(connection, rows, withdrawn=False, cause=Cause.SOURCE, now=now)


def declare_withdrawn(
    connection: sa.Connection, row: Row, *, withdrawn: bool, cause: Cause, now: datetime
) -> tuple[Change, ...]:
    """Write what an import says of a call; nothing when it says what is known."""
    if bool(row.withdrawn) == withdrawn:
        return ()
    return _set_withdrawn(connection, [row], withdrawn=withdrawn, cause=cause, now=now)


def _set_withdrawn(
    connection: sa.Connection,
    rows: Sequence[Row],
    *,
    withdrawn: bool,
    cause: Cause,
    now: datetime,
) -> tuple[Change, ...]:
    noted: list[Change] = []
    for row in rows:
        found = [("withdrawn", not withdrawn, withdrawn)]
        noted += note(connection, row.id, row.version, found, cause=cause, now=now)
    for some in _batches(row.id for row in rows):
        gone = sa.update(calls).where(calls.c.id.in_(some))
        connection.execute(gone.values(withdrawn=withdrawn, link_due=True))
    return tuple(noted)


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    every = list(ids)
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]


_STATE = (calls.c.id, calls.c.source, calls.c.reference, calls.c.version, calls.c.withdrawn)
