"""Asking for one call: itself, its history, its versions, the words it was read from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from storage.columns import AMONG, Row, among
from storage.domain import Call, Cause, Change
from storage.errors import NotFound, nearest
from storage.fields import can_be_kept
from storage.opportunities import resolve
from storage.records import content_as_stored
from storage.schema import call_texts, calls, changes, versions

WITH_TEXTS = calls.join(call_texts, call_texts.c.call_id == calls.c.id)

CALL_COLUMNS = (
    calls.c.id,
    calls.c.source,
    calls.c.reference,
    call_texts.c.record,
    calls.c.first_seen,
    calls.c.last_seen,
    calls.c.version,
    calls.c.withdrawn,
    calls.c.opportunity,
)
"""The columns that ``call_of`` needs, of ``WITH_TEXTS``."""

_AT_ONCE = 200
"""Calls held in memory while all of them are walked through."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a harvest must know of a stored call to see that it has not changed."""

    call_id: int
    reference: str
    digest: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class StoredWords:
    """The newest words of a source, for a better reader, beside what is understood now."""

    call_id: int
    source: str
    reference: str
    version: int
    raw: dict[str, Any]
    fingerprint: str
    call: Call


def known(connection: sa.Connection, source: str) -> dict[str, Known]:
    """Return every call of ``source`` by its reference."""
    rows = connection.execute(_KNOWN, {"asked": source})
    return {row.reference: Known(*row) for row in rows}


def get(connection: sa.Connection, asked: str) -> Call:
    """Return the call ``source:reference``, or the leading call of an opportunity.

    Opportunities merged into another lead there. NotFound names what looks similar.
    """
    return call_of(find_row(connection, asked))


def find_row(connection: sa.Connection, asked: str) -> Row:
    """Return the row of a call by ``source:reference`` or by its opportunity."""
    row = _row(connection, asked)
    if row is None:
        raise NotFound("call", asked, _similar(connection, asked) if can_be_kept(asked) else ())
    return row


def look_up(connection: sa.Connection, asked: str) -> Call | None:
    """Return what ``get`` does, None where it would look for what is similar: that takes long."""
    row = _row(connection, asked)
    return None if row is None else call_of(row)


def _row(connection: sa.Connection, asked: str) -> Row | None:
    if not can_be_kept(asked):
        return None
    source, _, reference = asked.partition(":")
    row = connection.execute(_BY_NAME, {"source": source, "reference": reference}).one_or_none()
    if row is None and (opportunity := resolve(connection, asked)):
        row = connection.execute(_BY_OPPORTUNITY, {"asked": opportunity}).first()
    return row


def call_of(row: Row) -> Call:
    """Return the call in a row of ``CALL_COLUMNS``."""
    return Call(
        source=row.source,
        reference=row.reference,
        **_content(row.record),
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        version=row.version,
        withdrawn=row.withdrawn,
        opportunity=row.opportunity,
    )


@lru_cache(maxsize=512)
def _content(record: str) -> dict[str, Any]:
    """A call's content, which cannot be changed; the same calls are asked for letter by letter."""
    return content_as_stored(json.loads(record))


def calls_by_id(connection: sa.Connection, ids: Sequence[int]) -> list[Call]:
    """Return the calls with these row numbers, in their order."""
    found: dict[int, Call] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = among(connection, ids[start : start + _AT_ONCE])
        rows = connection.execute(_BY_ID[connection.dialect.name], some)
        found |= {row.id: call_of(row) for row in rows}
    return [found[one] for one in ids]


def calls_under(connection: sa.Connection, opportunities: Iterable[str]) -> dict[str, list[Call]]:
    """Return the calls of opportunities by these, the first seen first; none for an unknown one."""
    wanted = sorted(opportunities)
    found: dict[str, list[Call]] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        for row in connection.execute(_UNDER, {"some": wanted[start : start + _AT_ONCE]}):
            found.setdefault(row.opportunity, []).append(call_of(row))
    return found


def history(connection: sa.Connection, asked: str) -> list[Change]:
    """Return every change of a call, newest first."""
    row = find_row(connection, asked)
    query = sa.select(changes).where(changes.c.call_id == row.id).order_by(changes.c.id.desc())
    return [
        Change(one.at, one.version, Cause(one.cause), one.field, one.old, one.new)
        for one in connection.execute(query)
    ]


def versions_of(connection: sa.Connection, asked: str) -> list[tuple[int, datetime, Cause]]:
    """Return the number, time and cause of every version of a call, oldest first."""
    row = find_row(connection, asked)
    query = (
        sa.select(versions.c.number, versions.c.seen_at, versions.c.cause)
        .where(versions.c.call_id == row.id)
        .order_by(versions.c.number)
    )
    return [(one.number, one.seen_at, Cause(one.cause)) for one in connection.execute(query)]


def stored_words(
    connection: sa.Connection, source: str | None = None, not_fingerprint: str | None = None
) -> Iterator[StoredWords]:
    """Yield the calls whose source's words were kept, a few at a time.

    ``not_fingerprint`` leaves out what that reader has read. Calls may be changed on the way.
    """
    query = _WITH_WORDS
    if source is not None:
        query = query.where(calls.c.source == source)
    if not_fingerprint is not None:
        query = query.where(calls.c.fingerprint != not_fingerprint)
    after = 0
    while rows := connection.execute(query, {"after": after}).all():
        for row in rows:
            after = row.id
            yield StoredWords(
                call_id=row.id,
                source=row.source,
                reference=row.reference,
                version=row.number,
                raw=row.raw,
                fingerprint=row.fingerprint,
                call=call_of(row),
            )


def words_of(connection: sa.Connection, call_id: int) -> dict[str, Any] | None:
    """Return the newest words of one call, None when none were kept (an import has none)."""
    words: dict[str, Any] | None = connection.scalar(_WORDS, {"of": call_id})
    return words


def every_call(connection: sa.Connection) -> Iterator[Call]:
    """Yield every call of every status by source and reference, a few at a time."""
    after = ("", "")
    while rows := connection.execute(
        _NEXT_CALLS, {"source_after": after[0], "reference_after": after[1]}
    ).all():
        for row in rows:
            yield call_of(row)
        after = (rows[-1].source, rows[-1].reference)


def _similar(connection: sa.Connection, asked: str) -> list[str]:
    """Return ids that look like ``asked``, first those whose reference is exactly that."""
    source, _, reference = asked.rpartition(":")
    rows = connection.execute(sa.select(calls.c.source, calls.c.reference)).all()
    same = [f"{row.source}:{row.reference}" for row in rows if row.reference in {asked, reference}]
    if same:
        return same[:3]
    of_source = [row for row in rows if row.source == source] or rows
    return nearest(asked, [f"{row.source}:{row.reference}" for row in of_source])


_KNOWN = sa.select(calls.c.id, calls.c.reference, calls.c.digest, calls.c.fingerprint).where(
    calls.c.source == sa.bindparam("asked")
)
_BY_ID = {
    dialect: sa.text(
        "SELECT c.id, c.source, c.reference, t.record, c.first_seen, c.last_seen, c.version,"  # noqa: S608
        " c.withdrawn, c.opportunity FROM calls AS c JOIN call_texts AS t ON t.call_id = c.id"
        f" WHERE c.id {listed}"
    ).columns(*CALL_COLUMNS)
    for dialect, listed in AMONG.items()
}
"""``CALL_COLUMNS`` of ``WITH_TEXTS``, written out: a command does not wait for it to be made."""

_BY_NAME = (
    sa.select(*CALL_COLUMNS)
    .select_from(WITH_TEXTS)
    .where(calls.c.source == sa.bindparam("source"), calls.c.reference == sa.bindparam("reference"))
)
_BY_OPPORTUNITY = (
    sa.select(*CALL_COLUMNS)
    .select_from(WITH_TEXTS)
    .where(calls.c.opportunity == sa.bindparam("asked"))
    .order_by(calls.c.leads.desc(), calls.c.first_seen, calls.c.id)
    .limit(1)
)
_UNDER = (
    sa.select(*CALL_COLUMNS)
    .select_from(WITH_TEXTS)
    .where(calls.c.opportunity.in_(sa.bindparam("some", expanding=True)))
    .order_by(calls.c.first_seen, calls.c.id)
)
_NEWEST_WORDS = (
    sa.select(sa.func.max(versions.c.number))
    .where(versions.c.call_id == calls.c.id, versions.c.cause == Cause.SOURCE.value)
    .correlate(calls)
    .scalar_subquery()
)
_WORDS = (
    sa.select(versions.c.raw)
    .where(versions.c.call_id == sa.bindparam("of"), versions.c.raw.is_not(None))
    .order_by(versions.c.number.desc())
    .limit(1)
)
_WITH_WORDS = (
    sa.select(*CALL_COLUMNS, calls.c.fingerprint, versions.c.number, versions.c.raw)
    .select_from(
        WITH_TEXTS.join(
            versions,
            sa.and_(versions.c.call_id == calls.c.id, versions.c.number == _NEWEST_WORDS),
        )
    )
    .where(versions.c.raw.is_not(None), calls.c.id > sa.bindparam("after"))
    .order_by(calls.c.id)
    .limit(_AT_ONCE)
)
_NEXT_CALLS = (
    sa.select(*CALL_COLUMNS)
    .select_from(WITH_TEXTS)
    .where(
        sa.tuple_(calls.c.source, calls.c.reference)
        > sa.tuple_(sa.bindparam("source_after"), sa.bindparam("reference_after"))
    )
    .order_by(calls.c.source, calls.c.reference)
    .limit(_AT_ONCE)
)
