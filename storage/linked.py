"""Several calls as one opportunity: put together, taken apart, and which of them leads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from storage.asking import CALL_COLUMNS, WITH_TEXTS, call_of, find_row
from storage.columns import AMONG, Row, among
from storage.conditions import FOLLOWING
from storage.domain import Call, Cause
from storage.errors import BadInput
from storage.journal import note, note_each
from storage.leading import leader
from storage.opportunities import (
    hold_still,
    matched,
    move,
    move_all,
    occupy,
    opportunity_id,
    redirect,
)
from storage.schema import calls, link_pairs, matches

_AT_ONCE = 400

Pair = tuple[int, int]
"""The row numbers of two calls, the smaller first."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is known of two calls: that they are one, or are not, and who says so."""

    together: bool
    cause: Cause
    why: str = ""


def pair(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)


def members(connection: sa.Connection, opportunities: Collection[str]) -> dict[str, list[Row]]:
    """Return the rows (``CALL_COLUMNS``) of the calls of each opportunity, oldest first."""
    found: dict[str, list[Row]] = {}
    wanted = sorted(opportunities)
    for start in range(0, len(wanted), _AT_ONCE):
        some = calls.c.opportunity.in_(wanted[start : start + _AT_ONCE])
        query = sa.select(*CALL_COLUMNS, calls.c.leads).select_from(WITH_TEXTS).where(some)
        for row in connection.execute(query.order_by(calls.c.id)):
            found.setdefault(row.opportunity, []).append(row)
    return found


def others_of(connection: sa.Connection, some: Iterable[Call]) -> dict[str, list[Call]]:
    """Return, by call id, the other records of the same opportunity, by name."""
    asked = list(some)
    wanted = sorted({one.opportunity for one in asked if one.opportunity})
    several = set[str]()
    for start in range(0, len(wanted), _AT_ONCE):
        part = among(connection, wanted[start : start + _AT_ONCE])
        several.update(connection.scalars(_FOLLOWED[connection.dialect.name], part))
    every = members(connection, several) if several else {}
    found: dict[str, list[Call]] = {}
    for one in asked:
        others = [call_of(row) for row in every.get(one.opportunity or "", ())]
        found[one.id] = sorted(
            (other for other in others if other.id != one.id), key=lambda other: other.id
        )
    return found


def choose_lead(connection: sa.Connection, opportunity: str) -> str:
    """Mark the record that leads an opportunity now, and return its ``source:reference``."""
    return choose_leads(connection, [opportunity]).get(opportunity, "")


def choose_leads(connection: sa.Connection, some: Collection[str]) -> dict[str, str]:
    """The same for several opportunities at once; one without calls has none."""
    firsts: dict[str, str] = {}
    marks: list[dict[str, object]] = []
    for opportunity, rows in members(connection, some).items():
        firsts[opportunity], changed = _marks(rows)
        marks += changed
    _mark(connection, marks, firsts)
    return firsts


def _marks(rows: Sequence[Row]) -> tuple[str, list[dict[str, object]]]:
    """Return the name of the record that leads, and the marks that have to change for it."""
    first = leader(call_of(row) for row in rows).id
    leading = {row.id: _name(row) == first for row in rows}
    return first, [
        {"the_call": row.id, "now_leads": leading[row.id]}
        for row in rows
        if leading[row.id] != row.leads
    ]


def _mark(
    connection: sa.Connection, marks: list[dict[str, object]], firsts: Mapping[str, str]
) -> None:
    if marks:
        connection.execute(_LEADS, marks)
    by = [
        {"the_opportunity": one, "first": firsts[one]}
        for one in (matched(connection, firsts) if firsts else ())
    ]
    if by:
        connection.execute(_MATCHED_BY, by)


def put_together(
    connection: sa.Connection, groups: Iterable[Collection[str]], *, cause: Cause, now: datetime
) -> list[str]:
    """Make one opportunity of those in each group; return its id: that of the leading record's.

    No opportunity may stand in two groups. Each call that comes under another id has it in its
    history. Call ``hold_still`` before what led to this was read.
    """
    every = [sorted(group) for group in groups]
    records = members(connection, {one for group in every for one in group})
    firsts: dict[str, str] = {}
    marks: list[dict[str, object]] = []
    moved: list[tuple[Row, str]] = []
    led: dict[str, str] = {}
    for group in every:
        rows = [row for one in group for row in records.get(one, ())]
        kept = str(leader(call_of(row) for row in rows).opportunity)
        firsts[kept], changed = _marks(rows)
        marks += changed
        moved += [(row, kept) for row in rows if row.opportunity != kept]
        led |= {one: kept for one in group if one != kept}
    move_all(connection, {row.id: kept for row, kept in moved}, led)
    for row, kept in moved:
        # An id that a call had once and left must lead to where that call is now.
        if (own := opportunity_id(_name(row))) not in (row.opportunity, kept):
            redirect(connection, own, kept)
    note_each(
        connection,
        ((row.id, row.version, [("opportunity", row.opportunity, kept)]) for row, kept in moved),
        cause=cause,
        now=now,
    )
    _mark(connection, marks, firsts)
    return list(firsts)


def take_apart(
    connection: sa.Connection, row_id: int, opportunity: str, *, cause: Cause, now: datetime
) -> tuple[str, str]:
    """Take one call out of its opportunity; returns the id it has then, and that of the rest.

    The id stays with the record that it was made from, for that is the one people were told of by
    it; where that is none of them, with the rest. Whoever has to leave gets its own id back, with
    all that was ever told or marked under that. Matches come with the next comparison.
    """
    rows = members(connection, [opportunity])[opportunity]
    leaving = [row for row in rows if row.id == row_id]
    rest = [row for row in rows if row.id != row_id]
    if opportunity_id(_name(leaving[0])) == opportunity:
        leaving, rest = rest, leaving
    new = _free_id(connection, leader(call_of(row) for row in leaving).id)
    occupy(connection, new)
    for row in leaving:
        _move(connection, row, opportunity, new, cause, now)
    # An id that a call brought along must lead to where that call is now.
    for row in rest:
        redirect(connection, opportunity_id(_name(row)), opportunity)
    for some in (opportunity, new):
        choose_lead(connection, some)
    moved = leaving[0].id == row_id
    return (new, opportunity) if moved else (opportunity, new)


def _free_id(connection: sa.Connection, call_id: str) -> str:
    """Return the id that a call has for itself; an import may have put others under that one."""
    own = opportunity_id(call_id)
    used = sa.select(calls.c.id).where(calls.c.opportunity == own).limit(1)
    return own if connection.execute(used).first() is None else opportunity_id(f"{call_id} alone")


def _move(  # noqa: PLR0913, PLR0917 - a move is these facts
    connection: sa.Connection, row: Row, old: str, new: str, cause: Cause, now: datetime
) -> None:
    move(connection, row.id, old, new)
    if (own := opportunity_id(_name(row))) not in (old, new):
        redirect(connection, own, new)
    note(connection, row.id, row.version, [("opportunity", old, new)], cause=cause, now=now)


def _name(row: Row) -> str:
    return f"{row.source}:{row.reference}"


def said_of(connection: sa.Connection, row_ids: Collection[int]) -> dict[Pair, Said]:
    """Return what is known of pairs that have one of these calls in them."""
    found: dict[Pair, Said] = {}
    wanted = sorted(row_ids)
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        query = sa.select(link_pairs).where(
            link_pairs.c.one.in_(some) | link_pairs.c.other.in_(some)
        )
        for row in connection.execute(query):
            found[row.one, row.other] = Said(row.together, Cause(row.cause), row.why)
    return found


def say(connection: sa.Connection, pairs: Iterable[Pair], said: Said, now: datetime) -> None:
    """Write what is known of pairs, in the place of what was known before."""
    every = sorted(set(pairs))
    unsay(connection, every)
    rows = [
        {
            "one": one,
            "other": other,
            "together": said.together,
            "cause": said.cause.value,
            "why": said.why,
            "at": now,
        }
        for one, other in every
    ]
    if rows:
        connection.execute(sa.insert(link_pairs), rows)


def unsay(connection: sa.Connection, pairs: Iterable[Pair]) -> None:
    rows = [{"a": one, "b": other} for one, other in sorted(set(pairs))]
    if rows:
        connection.execute(_UNSAY, rows)


@dataclass(frozen=True, slots=True)
class Merged:
    """What an officer's merge did: the opportunity, its leading record, its other records.

    ``already``: an officer has said so before, and nothing was changed.
    """

    opportunity: str
    leading: Call
    others: tuple[Call, ...]
    already: bool = False


def merge(connection: sa.Connection, one: str, other: str, now: datetime) -> Merged:
    """Make one opportunity of two calls' (``source:reference`` or opportunity), for good.

    An officer's word: no automatic linking parts the two again. Raises NotFound, and BadInput for
    a call and itself.
    """
    hold_still(connection, shared=False)
    rows = [find_row(connection, asked) for asked in (one, other)]
    names = [_name(row) for row in rows]
    if rows[0].id == rows[1].id:
        raise BadInput(f"{names[0]} cannot be merged with itself; name two calls")
    word = Said(together=True, cause=Cause.OFFICER)
    known = said_of(connection, [rows[0].id]).get(pair(rows[0].id, rows[1].id))
    ids = {row.opportunity for row in rows}
    if len(ids) == 1 and known == word:
        return replace(_merged(connection, rows[0].id), already=True)
    records = members(connection, ids)
    if len(ids) == 2:  # noqa: PLR2004
        both = [pair(a.id, b.id) for a in records[min(ids)] for b in records[max(ids)]]
        apart = [
            each
            for each, said in said_of(connection, {a for each in both for a in each}).items()
            if each in set(both) and not said.together
        ]
        unsay(connection, apart)
        put_together(connection, [ids], cause=Cause.OFFICER, now=now)
    say(connection, [pair(rows[0].id, rows[1].id)], word, now)
    return _merged(connection, rows[0].id)


@dataclass(frozen=True, slots=True)
class Parted:
    """What an officer's split did: the call that stands alone now, and the one leading the rest."""

    call: Call
    rest: Call


def split(connection: sa.Connection, asked: str, now: datetime) -> Parted:
    """Take a call (``source:reference``) out of its opportunity, for good.

    An officer's word: no automatic linking puts it together again with any it stood with. Raises
    NotFound, and BadInput for a call that stands alone or an opportunity instead of a call.
    """
    hold_still(connection, shared=False)
    row = find_row(connection, asked)
    rows = members(connection, [row.opportunity])[row.opportunity]
    if len(rows) == 1:
        raise BadInput(f"{_name(row)} stands alone; there is nothing to split it from")
    if _name(row) != asked:
        names = ", ".join(map(_name, rows))
        raise BadInput(f"{asked} is an opportunity of {len(rows)} calls; name the one: {names}")
    word = Said(together=False, cause=Cause.OFFICER)
    say(connection, [pair(row.id, one.id) for one in rows if one.id != row.id], word, now)
    own, rest = take_apart(connection, row.id, row.opportunity, cause=Cause.OFFICER, now=now)
    found = members(connection, [own, rest])
    return Parted(call_of(found[own][0]), leader(map(call_of, found[rest])))


def _merged(connection: sa.Connection, row_id: int) -> Merged:
    opportunity = connection.execute(
        sa.select(calls.c.opportunity).where(calls.c.id == row_id)
    ).scalar_one()
    every = [call_of(row) for row in members(connection, [opportunity])[opportunity]]
    first = leader(every)
    return Merged(opportunity, first, tuple(one for one in every if one.id != first.id))


_UNSAY = sa.delete(link_pairs).where(
    link_pairs.c.one == sa.bindparam("a"), link_pairs.c.other == sa.bindparam("b")
)
_LEADS = (
    sa.update(calls)
    .where(calls.c.id == sa.bindparam("the_call"))
    .values(leads=sa.bindparam("now_leads"))
)
_MATCHED_BY = (
    sa.update(matches)
    .where(
        matches.c.opportunity == sa.bindparam("the_opportunity"),
        matches.c.call != sa.bindparam("first"),
    )
    .values(call=sa.bindparam("first"))
)
_FOLLOWED = {
    dialect: sa.text(
        f"SELECT DISTINCT opportunity FROM calls WHERE {following} AND opportunity {AMONG[dialect]}"  # noqa: S608
    )
    for dialect, following in FOLLOWING.items()
}
