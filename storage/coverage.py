"""How much of what a harvest showed could be understood, field by field."""

from __future__ import annotations

import json
from collections import Counter

import sqlalchemy as sa

from storage.schema import call_texts, calls, readings

MEASURED = ("url", "description", "programme", "opens_on", "deadlines", "funding", "documents")
"""The fields whose decay in one source shows that its pages changed."""


def coverage(connection: sa.Connection, harvest: int) -> dict[str, float]:
    """Return, for each measured field, the share (0-1) of the calls of a harvest that have it."""
    total = 0
    filled: Counter[str] = Counter()
    rows = connection.execute(
        sa.select(call_texts.c.record)
        .join(calls, calls.c.id == call_texts.c.call_id)
        .where(calls.c.last_harvest == harvest)
    )
    for (record,) in rows:
        content = json.loads(record)
        total += 1
        filled.update(name for name in MEASURED if content[name])
    return {name: round(filled[name] / total, 3) for name in MEASURED} if total else {}


def unreadable(connection: sa.Connection, harvest: int) -> dict[str, int]:
    """Return how many calls of a harvest have words in a field that could not be read.

    Counted over all its calls, also those that have not changed since they were read.
    """
    newest = (
        sa.select(sa.func.max(readings.c.id))
        .where(readings.c.call_id == calls.c.id)
        .scalar_subquery()
        .correlate(calls)
    )
    rows = connection.execute(
        sa.select(readings.c.result)
        .join(calls, readings.c.id == newest)
        .where(calls.c.last_harvest == harvest)
    )
    return dict(Counter(name for (result,) in rows for name in result["unreadable"]))
