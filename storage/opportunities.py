"""Opportunities: the ids that matches and letters point to, above the calls they stand for.

What was told, marked or matched stays under the id it was written with; a merged id leads on to
the other, and a split lets it stand alone again. So nothing is lost either way.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa

from storage.schema import calls, matches, opportunities
from storage.upserting import insert_of

_LENGTH = 12
_AT_ONCE = 400
_LOCK = 0x4C494E4B
"""The name of the lock on PostgreSQL under which opportunities are merged and split."""


def opportunity_id(call_id: str) -> str:
    """Return the id of the opportunity first seen as ``source:reference``.

    It follows from the call alone, so that an import into an empty database gives the same ids.
    """
    digest = hashlib.sha256(call_id.encode("utf-8", "surrogatepass")).digest()
    return "o-" + base64.b32encode(digest).decode("ascii").lower()[:_LENGTH]


def hold_still(connection: sa.Connection, *, shared: bool = True) -> None:
    """Keep others from merging and splitting until the end of this transaction.

    Who reads what was told and then what matches must see both before a merge or both after it:
    otherwise what was told under one id would be told again under the other. ``shared`` is for
    readers, of whom there may be many; who merges or splits stands alone. On SQLite a transaction
    that writes is alone anyway, and one that reads sees one moment.
    """
    if connection.dialect.name == "postgresql":
        take = sa.func.pg_advisory_xact_lock_shared if shared else sa.func.pg_advisory_xact_lock
        connection.execute(sa.select(take(_LOCK)))


def any_merged(connection: sa.Connection, ids: Iterable[str]) -> bool:
    """Whether one of these opportunities has been merged into another."""
    return connection.execute(_ANY_MERGED, {"some": sorted(set(ids))}).first() is not None


def ensure(connection: sa.Connection, call_id: str, given: str | None = None) -> str:
    """Return the opportunity for a new call, made when it is not there yet.

    A ``given`` one is honoured; the call's own id then leads to it, as after a merge.
    """
    own = opportunity_id(call_id)
    wanted = given or own
    occupy(connection, wanted)
    if given and given != own:
        redirect(connection, own, given)
    return wanted


def move(connection: sa.Connection, row_id: int, old: str, new: str) -> None:
    """Put a call under another opportunity; one that is left without calls leads to it.

    The matches of one that is left follow. Where both match, the better score stays.
    """
    occupy(connection, new)
    connection.execute(_MOVE, {"the_call": row_id, "under": new})
    if redirect(connection, old, new):
        _move_matches(connection, old, new)


def move_all(connection: sa.Connection, under: Mapping[int, str], led: Mapping[str, str]) -> None:
    """Put calls (row numbers) under others' opportunities, which then stand alone.

    ``led`` are the opportunities that are left without calls by this, and where each leads: as
    ``move`` does it call by call, for many at once.
    """
    if not under:
        return
    dialect = connection.dialect.name
    kept = sorted({*under.values(), *led.values()})
    connection.execute(_occupied(dialect), [{"id": one, "merged_into": None} for one in kept])
    connection.execute(_MOVE, [{"the_call": one, "under": new} for one, new in under.items()])
    if not led:
        return
    leads_on = [{"id": old, "merged_into": new} for old, new in led.items()]
    connection.execute(_leading_on(dialect), leads_on)
    for old in matched(connection, led):
        _move_matches(connection, old, led[old])


def matched(connection: sa.Connection, some: Iterable[str]) -> list[str]:
    """Return those of these opportunities that match any partnership."""
    found: list[str] = []
    wanted = sorted(set(some))
    for start in range(0, len(wanted), _AT_ONCE):
        these = matches.c.opportunity.in_(wanted[start : start + _AT_ONCE])
        found += connection.scalars(sa.select(matches.c.opportunity).where(these).distinct())
    return found


def resolve(connection: sa.Connection, asked: str) -> str | None:
    """Return the opportunity that ``asked`` stands for now, None when it was never one."""
    found, seen = asked, set[str]()
    while found not in seen:  # a ring cannot be, and must not hang us if it is
        seen.add(found)
        row = connection.execute(_MERGED_INTO, {"asked": found}).one_or_none()
        if row is None:
            return None
        if row.merged_into is None:
            return found
        found = row.merged_into
    return found


def names_of(connection: sa.Connection, opportunity: str) -> list[str]:
    """Return an opportunity and every id that leads to it."""
    found, fresh = [opportunity], [opportunity]
    while fresh:
        query = sa.select(opportunities.c.id).where(opportunities.c.merged_into.in_(fresh))
        fresh = [one for one in connection.scalars(query.order_by("id")) if one not in found]
        found += fresh
    return found


def occupy(connection: sa.Connection, wanted: str) -> None:
    """Make sure that ``wanted`` is an opportunity of its own and leads nowhere else."""
    connection.execute(_occupied(connection.dialect.name), {"id": wanted, "merged_into": None})


def redirect(connection: sa.Connection, old: str, new: str) -> bool:
    """Let ``old`` lead to ``new``; False when calls still stand under it, and it stays."""
    if old == new or connection.execute(_USED, {"asked": old}).first() is not None:
        return False
    if connection.execute(_MERGED_INTO, {"asked": old}).one_or_none() is None:
        connection.execute(_ADD, {"id": old, "merged_into": new})
    else:
        connection.execute(_LEAD, {"from_id": old, "into": new})
    return True


def _move_matches(connection: sa.Connection, old: str, new: str) -> None:
    rows = connection.execute(_MATCHED, {"one": old, "other": new}).all()
    if not rows:
        return
    best: dict[str, tuple[float, str]] = {}
    for row in rows:
        best[row.partnership] = max(
            best.get(row.partnership, (-1.0, "")), (row.score, row.opportunity)
        )
    for row in rows:
        this = (matches.c.partnership == row.partnership) & (
            matches.c.opportunity == row.opportunity
        )
        if best[row.partnership][1] != row.opportunity:
            connection.execute(sa.delete(matches).where(this))
    connection.execute(
        sa.update(matches).where(matches.c.opportunity == old).values(opportunity=new)
    )


@cache
def _occupied(dialect: str) -> Any:
    """Add an opportunity or, where it is there and leads elsewhere, call it back."""
    return insert_of(dialect)(opportunities).on_conflict_do_update(
        index_elements=[opportunities.c.id],
        set_={"merged_into": None},
        where=opportunities.c.merged_into.is_not(None),
    )


@cache
def _leading_on(dialect: str) -> Any:
    added = insert_of(dialect)(opportunities)
    return added.on_conflict_do_update(
        index_elements=[opportunities.c.id], set_={"merged_into": added.excluded.merged_into}
    )


_ADD = sa.insert(opportunities)
_LEAD = (
    sa.update(opportunities)
    .where(opportunities.c.id == sa.bindparam("from_id"))
    .values(merged_into=sa.bindparam("into"))
)
_MERGED_INTO = sa.select(opportunities.c.merged_into).where(
    opportunities.c.id == sa.bindparam("asked")
)
_MOVE = (
    sa.update(calls)
    .where(calls.c.id == sa.bindparam("the_call"))
    .values(opportunity=sa.bindparam("under"))
)
_USED = sa.select(calls.c.id).where(calls.c.opportunity == sa.bindparam("asked")).limit(1)
_MATCHED = sa.select(matches.c.partnership, matches.c.opportunity, matches.c.score).where(
    sa.or_(
        matches.c.opportunity == sa.bindparam("one"),
        matches.c.opportunity == sa.bindparam("other"),
    )
)
_ANY_MERGED = (
    sa.select(opportunities.c.id)
    .where(
        opportunities.c.id.in_(sa.bindparam("some", expanding=True)),
        opportunities.c.merged_into.is_not(None),
    )
    .limit(1)
)
