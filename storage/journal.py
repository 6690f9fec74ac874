"""Writing the history of a call: every change, field by field, with its cause."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from storage.compare import Difference
from storage.domain import Cause, Change
from storage.schema import changes


def note(  # noqa: PLR0913 - a change is these facts
    connection: sa.Connection,
    row_id: int,
    version: int,
    found: Iterable[Difference],
    *,
    cause: Cause,
    now: datetime,
) -> tuple[Change, ...]:
    """Write the differences ``found`` in a call into its history."""
    return note_each(connection, [(row_id, version, found)], cause=cause, now=now)


def note_each(
    connection: sa.Connection,
    calls: Iterable[tuple[int, int, Iterable[Difference]]],
    *,
    cause: Cause,
    now: datetime,
) -> tuple[Change, ...]:
    """The same for several calls at once: row number, version, differences."""
    noted: list[Change] = []
    rows: list[dict[str, object]] = []
    for row_id, version, found in calls:
        for field, old, new in found:
            noted.append(Change(now, version, cause, field, old, new))
            row = {"call_id": row_id, "at": now, "version": version, "cause": cause.value}
            rows.append(row | {"field": field, "old": old, "new": new})
    if rows:
        connection.execute(sa.insert(changes), rows)
    return tuple(noted)
