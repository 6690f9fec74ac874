"""Parts of the answers to a question, as SQL, and the orders they stand in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from storage.status import BEGINNING

NEWEST = "c.first_seen DESC, c.id"


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the answers: where they are (``c`` a call, ``s`` its span now), and their order."""

    tables: str
    conditions: list[str]
    order: str
    number: str = "s.call_id"
    tells: bool = True
    """Whether it costs little to count all the answers while at it."""

    ready: bool = False
    """Whether an index alone has all that is asked, in this order."""

    def sql(self, columns: str) -> str:
        where = f" WHERE {' AND '.join(self.conditions)}" if self.conditions else ""
        return f"SELECT {columns} FROM {self.tables}{where}"

    @property
    def ordered(self) -> str:
        return f" ORDER BY {self.order}"


def by_deadline() -> str:
    """The order of all four parts at once, for calls that have to be sorted."""
    late = "CASE WHEN c.withdrawn OR s.status = 'closed' THEN 2"
    ended = f"CASE WHEN s.status = 'closed' THEN s.starts ELSE {seconds(BEGINNING)} END DESC"
    return f"{late} WHEN s.deadline IS NULL THEN 1 ELSE 0 END, {ended}, s.deadline, s.call_id"


def seconds(moment: datetime) -> int:
    """A moment as ``storage.columns.Seconds`` keeps it."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
