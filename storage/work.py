"""What the scheduler did beside harvests and letters: when, on what, and how often in vain."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.schema import (
    calls,
    changes,
    feedback,
    opportunities,
    partnerships,
    readings,
    work,
)
from storage.upserting import insert_of

REASON = 500
"""Characters of a reason that are kept."""


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work: what it last went well on, and how often it failed since.

    ``mark`` stands for what was worked on, ``tried`` is when it last began, ``done`` when it last
    went well (both UTC). Never begun is all empty.
    """

    name: str
    mark: str = ""
    tried: datetime | None = None
    done: datetime | None = None
    failures: int = 0
    reason: str = ""


def all_work(connection: sa.Connection) -> dict[str, Work]:
    """Return everything that ever began, by name."""
    fields = [work.c[name] for name in Work.__dataclass_fields__]
    return {row.name: Work(*row) for row in connection.execute(sa.select(*fields))}


def begin(connection: sa.Connection, name: str, now: datetime) -> None:
    """Write that work begins; until it says how it ended, it counts as having failed once more.

    A program that is killed cannot say so afterwards.
    """
    row = {"name": name, "mark": "", "tried": now, "failures": 1, "reason": "it was cut short"}
    _put(connection, row, {"tried": now, "failures": work.c.failures + 1, "reason": row["reason"]})


def done(connection: sa.Connection, name: str, now: datetime, *, mark: str = "") -> None:
    """Write that work went well, and on what."""
    row = {"mark": mark, "tried": now, "done": now, "failures": 0, "reason": ""}
    _put(connection, row | {"name": name}, row)


def failed(connection: sa.Connection, name: str, reason: str) -> None:
    """Write why work that began has failed; how often was counted when it began."""
    said = sa.update(work).where(work.c.name == name).values(reason=reason[:REASON])
    connection.execute(said)


def forget(connection: sa.Connection, names: Iterable[str]) -> None:
    """Remove work that concerns nobody any more."""
    connection.execute(sa.delete(work).where(work.c.name.in_(list(names))))


def calls_mark(connection: sa.Connection) -> str:
    """Return what changes whenever a call, its reading or its place among others does.

    It is made of numbers that only grow, not of times: a clock set back changes nothing.
    """
    last = [
        sa.select(sa.func.coalesce(sa.func.max(column), 0)).scalar_subquery()
        for column in (readings.c.id, changes.c.id, calls.c.id)
    ]
    gone = sa.select(sa.func.count()).where(calls.c.withdrawn).scalar_subquery()
    kept = sa.select(sa.func.count()).select_from(calls).scalar_subquery()
    merged = sa.select(sa.func.count()).where(opportunities.c.merged_into.is_not(None))
    row = connection.execute(sa.select(*last, gone, kept, merged.scalar_subquery())).one()
    return "-".join(map(str, row))


def partnership_marks(connection: sa.Connection) -> dict[str, str]:
    """Return, by partnership, what changes whenever it or what it said of calls does."""
    query = sa.select(partnerships.c.id, partnerships.c.changed_at)
    said = {
        row.partnership: f"{row.number}-{row.at}"
        for row in connection.execute(
            sa.select(
                feedback.c.partnership,
                sa.func.count().label("number"),
                sa.func.max(feedback.c.at).label("at"),
            ).group_by(feedback.c.partnership)
        )
    }
    return {
        row.id: f"{row.changed_at:%Y%m%d%H%M%S%f}/{said.get(row.id, '')}"
        for row in connection.execute(query)
    }


def digest(text: str) -> str:
    """Return a short name of a long mark."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _put(connection: sa.Connection, row: dict[str, Any], values: dict[str, Any]) -> None:
    insert = insert_of(connection.dialect.name)
    said = insert(work).values(row)
    connection.execute(said.on_conflict_do_update(index_elements=[work.c.name], set_=values))
