"""Figures of the whole: what waits, what went out, what sources did; for steps, checks, metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from storage.domain import Outcome
from storage.schema import harvests, letters, matches

PUT_OFF = ("pending", "retry", "unconfirmed")
UNSETTLED = ("pending", "sending", "retry")

FARTHEST = timedelta(days=30)
"""No back-off and no lease reaches further ahead: what does was written by a wrong clock."""


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """How often a source was harvested, by outcome, and when it last was with success (UTC)."""

    outcomes: Mapping[str, int]
    last_success: datetime | None


def has_times_to_mend(connection: sa.Connection, now: datetime) -> bool:
    """Whether letters are put off, or leased, for longer than any right clock would have it."""
    late = sa.or_(
        letters.c.state.in_(PUT_OFF) & (letters.c.due > now + FARTHEST),
        (letters.c.state == "sending") & (letters.c.lease > now + FARTHEST),
    )
    return bool(connection.scalar(sa.select(sa.exists().where(late))))


def newest_letter(connection: sa.Connection) -> str:
    """Return what changes with every letter that is written."""
    return str(connection.scalar(sa.select(sa.func.coalesce(sa.func.max(letters.c.id), 0))))


def mend_times(connection: sa.Connection, now: datetime) -> int:
    """Let letters go that a clock far ahead has put off for years; returns how many there were."""
    late = letters.c.state.in_(PUT_OFF) & (letters.c.due > now + FARTHEST)
    done = connection.execute(sa.update(letters).where(late).values(due=now)).rowcount
    held = (letters.c.state == "sending") & (letters.c.lease > now + FARTHEST)
    return done + connection.execute(sa.update(letters).where(held).values(lease=now)).rowcount


def letters_by_state(connection: sa.Connection) -> dict[tuple[str, str], int]:
    """Return how many letters of each kind are in each state."""
    query = sa.select(letters.c.kind, letters.c.state, sa.func.count())
    query = query.group_by(letters.c.kind, letters.c.state)
    return {(kind, state): number for kind, state, number in connection.execute(query)}


def oldest_unsettled(connection: sa.Connection) -> datetime | None:
    """Return when the letter was written that waits longest to be handed over; None for none."""
    query = sa.select(sa.func.min(letters.c.created)).where(letters.c.state.in_(UNSETTLED))
    found: datetime | None = connection.scalar(query)
    return found


def newest_handed_over(connection: sa.Connection) -> datetime | None:
    """Return when a letter was last taken by a mail server."""
    query = sa.select(sa.func.max(letters.c.state_at)).where(letters.c.state == "sent")
    found: datetime | None = connection.scalar(query)
    return found


def count_matches(connection: sa.Connection) -> dict[str, int]:
    """Return how many matches each partnership has."""
    query = sa.select(matches.c.partnership, sa.func.count()).group_by(matches.c.partnership)
    return {row[0]: row[1] for row in connection.execute(query)}


def sources(connection: sa.Connection) -> dict[str, SourceFigures]:
    """Return the figures of every source that was ever harvested; ``running`` is no end yet."""
    query = sa.select(
        harvests.c.source,
        harvests.c.outcome,
        sa.func.count().label("number"),
        sa.func.max(harvests.c.finished).label("newest"),
    ).group_by(harvests.c.source, harvests.c.outcome)
    outcomes: dict[str, dict[str, int]] = {}
    success: dict[str, datetime] = {}
    for row in connection.execute(query):
        outcomes.setdefault(row.source, {})[row.outcome or "running"] = row.number
        good = row.outcome in {Outcome.OK.value, Outcome.DEGRADED.value}
        if good and row.newest is not None:
            success[row.source] = max(row.newest, success.get(row.source, row.newest))
    return {
        name: SourceFigures(found, success.get(name)) for name, found in sorted(outcomes.items())
    }
