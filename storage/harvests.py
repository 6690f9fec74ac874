"""Harvests: what each run of a source brought, and which sources are proven."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from storage.columns import Row
from storage.domain import Harvest, Outcome
from storage.schema import harvests, sources

INTERRUPTED = "interrupted"
"""The reason of a harvest that was killed before it could say how it ended."""

Proof = Literal["operator", "test"]


def start(connection: sa.Connection, source: str, now: datetime) -> int:
    """Write that a harvest has begun and return its number."""
    row = _to_row(Harvest(source, now))
    return int(connection.execute(sa.insert(harvests).returning(harvests.c.id), row).scalar_one())


def finish(connection: sa.Connection, harvest_id: int, harvest: Harvest) -> None:
    """Write how a harvest ended; it must say when (ValueError)."""
    if harvest.finished is None or harvest.outcome is None:
        raise ValueError("a finished harvest has a time and an outcome")
    connection.execute(
        sa.update(harvests).where(harvests.c.id == harvest_id).values(**_to_row(harvest))
    )


def last(connection: sa.Connection, source: str) -> Harvest | None:
    """Return the newest harvest of a source, whether it has ended or not."""
    return next(iter(recent(connection, source, 1)), None)


def by_number(connection: sa.Connection, harvest_id: int) -> Harvest:
    """Return the harvest with this number, which ``start`` gave."""
    query = sa.select(harvests).where(harvests.c.id == harvest_id)
    return _from_row(connection.execute(query).one())


def last_complete(connection: sa.Connection, source: str) -> Harvest | None:
    """Return the newest harvest whose count can be trusted."""
    query = _of(source).where(harvests.c.complete, harvests.c.finished.is_not(None)).limit(1)
    row = connection.execute(query).first()
    return None if row is None else _from_row(row)


def last_good(connection: sa.Connection, source: str) -> Harvest | None:
    """Return the harvest to hold the next one against.

    The newest whose count can be trusted; of a source that is never read whole, as an archive,
    the newest with which nothing was wrong.
    """
    if complete := last_complete(connection, source):
        return complete
    good = harvests.c.outcome == Outcome.OK.value
    row = connection.execute(_of(source).where(good).limit(1)).first()
    return None if row is None else _from_row(row)


def recent(connection: sa.Connection, source: str, limit: int) -> list[Harvest]:
    """Return the last harvests of a source, newest first."""
    return [_from_row(row) for row in connection.execute(_of(source).limit(limit))]


def interrupted(
    connection: sa.Connection,
    source: str,
    now: datetime,
    *,
    only: int | None = None,
    reason: str = INTERRUPTED,
) -> int:
    """Mark the unfinished harvests of a source as failed; returns how many there were.

    Whoever calls it must know that none of them is still running: it has claimed the source, or
    names the ``only`` one. ``reason`` is told to people.
    """
    open_ones = (
        sa.update(harvests)
        .where(harvests.c.source == source, harvests.c.finished.is_(None))
        .values(finished=now, outcome=Outcome.FAILED.value, reason=reason, complete=False)
    )
    if only is not None:
        open_ones = open_ones.where(harvests.c.id == only)
    return connection.execute(open_ones).rowcount


def proven(connection: sa.Connection, name: str) -> tuple[Proof | None, datetime | None]:
    """Return who has proven a source and when; (None, None) when nobody has."""
    query = sa.select(sources.c.proven_by, sources.c.proven_at).where(sources.c.name == name)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None, None
    return ("operator" if row.proven_by == "operator" else "test"), row.proven_at


def confirm(connection: sa.Connection, name: str, now: datetime, *, by: Proof = "operator") -> None:
    """Write that a live harvest of a source was looked at and is right.

    Its size is then the one that later harvests are held against: a source that has truly shrunk
    below half would else stay degraded for ever.
    """
    if by == "operator":
        newest = sa.select(sa.func.max(harvests.c.id)).where(harvests.c.source == name)
        kept = harvests.c.outcome.in_((Outcome.OK.value, Outcome.DEGRADED.value))
        looked_at = sa.update(harvests).where(harvests.c.id == newest.scalar_subquery(), kept)
        connection.execute(looked_at.values(complete=True))
    connection.execute(sa.delete(sources).where(sources.c.name == name))
    connection.execute(sa.insert(sources), {"name": name, "proven_by": by, "proven_at": now})


def _of(source: str) -> sa.Select[Any]:
    return sa.select(harvests).where(harvests.c.source == source).order_by(harvests.c.id.desc())


def _to_row(harvest: Harvest) -> dict[str, Any]:
    row = {name: getattr(harvest, name) for name in _FIELDS}
    row["outcome"] = None if harvest.outcome is None else harvest.outcome.value
    return row | {name: dict(row[name]) for name in ("unreadable", "coverage", "parts")}


def _from_row(row: Row) -> Harvest:
    values = {name: getattr(row, name) for name in _FIELDS}
    values["outcome"] = None if row.outcome is None else Outcome(row.outcome)
    return Harvest(**values)


_FIELDS = tuple(Harvest.__dataclass_fields__)
