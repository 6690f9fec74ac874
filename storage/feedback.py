"""What partnerships said of calls, each mark until it is taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from storage.opportunities import resolve
from storage.schema import feedback


class Mark(StrEnum):
    """What a partnership can say of a call."""

    USEFUL = "useful"
    NOT_FOR_US = "not_for_us"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Feedback:
    """A mark: of whom, on which opportunity, since when (UTC)."""

    partnership: str
    opportunity: str
    mark: Mark
    at: datetime


def keep_mark(connection: sa.Connection, given: Feedback) -> None:
    """Write a mark in the place of the one there was."""
    take_back(connection, given.partnership, given.opportunity)
    connection.execute(
        sa.insert(feedback),
        {
            "partnership": given.partnership,
            "opportunity": given.opportunity,
            "mark": given.mark.value,
            "at": given.at,
        },
    )


def take_back(connection: sa.Connection, partnership: str, opportunity: str) -> bool:
    """Remove a mark; False when there was none."""
    mine = (feedback.c.partnership == partnership) & (feedback.c.opportunity == opportunity)
    return connection.execute(sa.delete(feedback).where(mine)).rowcount > 0


def marks_of(connection: sa.Connection, partnership: str) -> list[Feedback]:
    """Return the marks of a partnership, the newest first; merged opportunities lead on."""
    query = (
        sa.select(feedback)
        .where(feedback.c.partnership == partnership)
        .order_by(feedback.c.at.desc(), feedback.c.opportunity)
    )
    return [
        Feedback(
            row.partnership,
            resolve(connection, row.opportunity) or row.opportunity,
            Mark(row.mark),
            row.at,
        )
        for row in connection.execute(query)
    ]
