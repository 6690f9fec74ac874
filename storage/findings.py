"""What the operator was told is not as it should be, until it is mended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.schema import findings


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing amiss: ``key`` is the same as long as it is the same thing; ``said`` for people."""

    key: str
    said: str


def told(connection: sa.Connection) -> dict[str, Finding]:
    """Return what was told and is not mended yet, as it was told, by its key."""
    query = sa.select(findings.c.key, findings.c.said).order_by(findings.c.key)
    return {row.key: Finding(row.key, row.said) for row in connection.execute(query)}


def note(connection: sa.Connection, new: Sequence[Finding], now: datetime) -> None:
    """Write what is told now, in the transaction that writes the letter."""
    rows = [{"key": one.key, "said": one.said, "found_at": now} for one in new]
    if rows:
        connection.execute(sa.insert(findings), rows)


def forget(connection: sa.Connection, keys: Iterable[str]) -> None:
    """Remove what is no longer so."""
    connection.execute(sa.delete(findings).where(findings.c.key.in_(list(keys))))
