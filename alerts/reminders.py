"""When a partnership is reminded of a call: 30, 14 and 3 days before, each stage once.

A stage that was missed, because the machine slept or the call was marked late, is not made up:
only the stage a call is in now is told. What any letter says of a call that is near its deadline
counts as the reminder of that stage, so that nobody hears the same twice in a week.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from alerts.zones import days_left
from storage.answers import answers_of, left_out, reminded
from storage.domain import Call
from storage.feedback import Mark, marks_of

STAGES = (3, 14, 30)
"""Days before a deadline, the nearest first."""

DIGEST_STAGE = 14
"""The stage at which a digest tells also of calls that nobody marked."""


def stage_of(call: Call, closing: datetime, now: datetime, zone: str) -> int | None:
    """Return the stage that ``closing``, a deadline of ``call``, is in; None while it is far.

    Days are counted on the calendar of ``zone``, where the reader is.
    """
    deadline = next((one for one in call.deadlines if one.instant == closing), None)
    left = None if deadline is None else days_left(deadline, now, zone)
    return None if left is None else next((stage for stage in STAGES if left <= stage), None)


def closing_fact(stage: int, closing: datetime) -> str:
    """The fact that somebody was told, at this stage, that a deadline is near."""
    moment = f"{closing:%Y-%m-%dT%H:%M}Z"
    return f"closing:{moment}" if stage == DIGEST_STAGE else f"closing-{stage}:{moment}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Opportunities a partnership wants to be reminded of, wants less of, and dismissed."""

    useful: frozenset[str]
    unwanted: frozenset[str]
    gone: frozenset[str]


def wanted(connection: sa.Connection, partnership: str) -> Wanted:
    """Return what a partnership said it wants to hear of."""
    marks, said = marks_of(connection, partnership), answers_of(connection, partnership)
    unwanted = frozenset(one.opportunity for one in marks if one.mark is Mark.NOT_FOR_US)
    return Wanted(reminded(said, marks), unwanted, left_out(said))
