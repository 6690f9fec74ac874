"""Why no letter leaves the outbox for now, kept so that it outlives the program that found out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from storage.columns import Row
from storage.letters import LetterState
from storage.schema import holds, letters
from storage.upserting import insert_of

_DAY = timedelta(days=1)


class HoldName(StrEnum):
    """What can hold the outbox."""

    BRAKE = "brake"  # more letters in an hour than the setting allows
    SERVER = "server"  # the mail server cannot be reached, or takes nothing from us


@dataclass(frozen=True, slots=True)
class Hold:
    """The outbox stands still; ``due`` is when it is tried again, None until somebody says so."""

    name: HoldName
    since: datetime
    due: datetime | None
    tries: int
    reason: str

    def bars(self, now: datetime) -> bool:
        """Whether nothing may be tried yet; a day ahead and more was written by a wrong clock."""
        return self.due is None or now < self.due <= now + _DAY


def active_holds(connection: sa.Connection) -> dict[HoldName, Hold]:
    """Return what holds the outbox now."""
    rows = connection.execute(sa.select(holds).where(holds.c.released.is_(None)))
    return {(one := _hold(row)).name: one for row in rows}


def hold(
    connection: sa.Connection,
    name: HoldName,
    reason: str,
    now: datetime,
    *,
    due: datetime | None = None,
) -> Hold:
    """Hold the outbox until ``due`` (None: until ``release``); one that holds keeps its ``since``.

    ``tries`` of the result counts how often in a row this was called.
    """
    insert = insert_of(connection.dialect.name)
    new = insert(holds).values(
        name=name.value, since=now, due=due, tries=1, reason=reason, released=None
    )
    over = holds.c.released.is_not(None)
    row = connection.execute(
        new.on_conflict_do_update(
            index_elements=[holds.c.name],
            set_={
                "since": sa.case((over, new.excluded.since), else_=holds.c.since),
                "tries": sa.case((over, 1), else_=holds.c.tries + 1),
                "due": new.excluded.due,
                "reason": new.excluded.reason,
                "released": None,
            },
        ).returning(holds)
    ).one()
    return _hold(row)


def release(connection: sa.Connection, name: HoldName, now: datetime) -> bool:
    """Let letters leave again; False when nothing held them."""
    done = connection.execute(
        sa.update(holds)
        .where(holds.c.name == name.value, holds.c.released.is_(None))
        .values(released=now)
    )
    return done.rowcount == 1


def handed_over(connection: sa.Connection, now: datetime, *, apart_from: str) -> int:
    """Return how many letters may have left within the last hour, those of one kind not counted.

    Letters from before the brake was last released are not counted either.
    """
    released = connection.scalar(
        sa.select(holds.c.released).where(holds.c.name == HoldName.BRAKE.value)
    )
    since = now - timedelta(hours=1)
    if released is not None and since < released <= now:
        since = released
    query = sa.select(sa.func.count()).where(
        letters.c.state.in_([LetterState.SENT.value, LetterState.UNCONFIRMED.value]),
        letters.c.state_at
        > (since if released is None or released > now else max(since, released)),
        letters.c.state_at <= now,
        letters.c.kind != apart_from,
    )
    return connection.scalar(query) or 0


def _hold(row: Row) -> Hold:
    return Hold(HoldName(row.name), row.since, row.due, row.tries, row.reason)
