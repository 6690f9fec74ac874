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
    noted = tuple(Change(now, version, cause, field, old, new) for field, old, new in found)
    if noted:
        rows = [
            {
                "call_id": row_id,
                "at": one.at,
                "version": one.version,
                "cause": one.cause.value,
                "field": one.field,
                "old": one.old,
                "new": one.new,
            }
            for one in noted
        ]
        connection.execute(sa.insert(changes), rows)
    return noted
