"""What partnerships said of calls, each mark until it is taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from storage.opportunities import names_of, resolve
from storage.schema import feedback
from storage.upserting import put_row


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
    row = {
        "partnership": given.partnership,
        "opportunity": given.opportunity,
        "mark": given.mark.value,
        "at": given.at,
    }
    put_row(connection, feedback, row)


def take_back(connection: sa.Connection, partnership: str, opportunity: str) -> bool:
    """Remove a mark, also one given before a merge; False when there was none."""
    names = names_of(connection, opportunity)
    mine = (feedback.c.partnership == partnership) & feedback.c.opportunity.in_(names)
    return connection.execute(sa.delete(feedback).where(mine)).rowcount > 0


def marks_of(connection: sa.Connection, partnership: str) -> list[Feedback]:
    """Return the marks of a partnership, the newest first; merged opportunities lead on.

    Of two that were marked before they were merged the newest mark counts.
    """
    found: dict[str, Feedback] = {}
    for row in connection.execute(_MARKS, {"of": partnership}):
        leading = resolve(connection, row.opportunity) or row.opportunity
        given = Feedback(row.partnership, leading, Mark(row.mark), row.at)
        found.setdefault(leading, given)
    return list(found.values())


_MARKS = (
    sa.select(feedback)
    .where(feedback.c.partnership == sa.bindparam("of"))
    .order_by(feedback.c.at.desc(), feedback.c.opportunity)
)
