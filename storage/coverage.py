"""How much of what a harvest showed could be understood, field by field."""

from __future__ import annotations

import json
from collections import Counter

import sqlalchemy as sa

from storage.schema import call_texts, calls

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
