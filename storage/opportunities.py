"""Opportunities: the ids that matches and letters point to, above the calls they stand for."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import calls, opportunities

_LENGTH = 12


def opportunity_id(call_id: str) -> str:
    """Return the id of the opportunity first seen as ``source:reference``.

    It follows from the call alone, so that an import into an empty database gives the same ids.
    """
    digest = hashlib.sha256(call_id.encode("utf-8", "surrogatepass")).digest()
    return "o-" + base64.b32encode(digest).decode("ascii").lower()[:_LENGTH]


def ensure(connection: sa.Connection, call_id: str, given: str | None = None) -> str:
    """Return the opportunity for a new call, made when it is not there yet.

    A ``given`` one is honoured; the call's own id then leads to it, as after a merge.
    """
    own = opportunity_id(call_id)
    wanted = given or own
    _occupy(connection, wanted)
    if given and given != own:
        _redirect(connection, own, given)
    return wanted


def move(connection: sa.Connection, row_id: int, old: str, new: str) -> None:
    """Put a call under another opportunity; an opportunity left without calls leads to it."""
    _occupy(connection, new)
    connection.execute(sa.update(calls).where(calls.c.id == row_id).values(opportunity=new))
    _redirect(connection, old, new)


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


def _occupy(connection: sa.Connection, wanted: str) -> None:
    """Make sure that ``wanted`` is an opportunity of its own and leads nowhere else."""
    connection.execute(_OCCUPY[connection.dialect.name], {"id": wanted, "merged_into": None})


def _redirect(connection: sa.Connection, old: str, new: str) -> None:
    """Let ``old`` lead to ``new`` unless calls still stand under it."""
    used = sa.select(calls.c.id).where(calls.c.opportunity == old).limit(1)
    if connection.execute(used).first() is not None:
        return
    if connection.execute(_MERGED_INTO, {"asked": old}).one_or_none() is None:
        connection.execute(_ADD, {"id": old, "merged_into": new})
    else:
        connection.execute(_LEAD, {"from_id": old, "into": new})


def _occupied(insert: Callable[..., Any]) -> Any:
    """Add an opportunity or, where it is there and leads elsewhere, call it back."""
    return insert(opportunities).on_conflict_do_update(
        index_elements=[opportunities.c.id],
        set_={"merged_into": None},
        where=opportunities.c.merged_into.is_not(None),
    )


_OCCUPY = {"sqlite": _occupied(sqlite.insert), "postgresql": _occupied(postgresql.insert)}
_ADD = sa.insert(opportunities)
_LEAD = (
    sa.update(opportunities)
    .where(opportunities.c.id == sa.bindparam("from_id"))
    .values(merged_into=sa.bindparam("into"))
)
_MERGED_INTO = sa.select(opportunities.c.merged_into).where(
    opportunities.c.id == sa.bindparam("asked")
)
