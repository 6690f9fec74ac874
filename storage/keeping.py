"""Keeping what a reader understood: new calls, new versions, corrections, better readings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from storage.adding import Adding
from storage.asking import CALL_COLUMNS, WITH_TEXTS
from storage.columns import Row, Written, dumps, joined
from storage.compare import content_differences, same
from storage.domain import CONTENT_FIELDS, Call, Cause, Change, Reading
from storage.errors import BadInput, NotFound
from storage.glances import keep_glance
from storage.index import columns_of, index_spans
from storage.journal import note
from storage.linked import choose_lead
from storage.opportunities import ensure
from storage.presence import note_return
from storage.records import call_from_json, content_to_json
from storage.schema import call_texts, calls, readings, versions
from storage.search import search_text

LARGEST_RECORD = 4_000_000
"""Bytes of JSON; more is refused, so that everything kept can also be exported and imported."""

_READ = ("opens_on", "deadlines", "eligibility", "funding")
"""The fields a reader understands, as against those it only takes over."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What keeping a reading did; the ``changes`` are in the call's history too."""

    outcome: Literal["new", "changed", "unchanged"]
    call_id: int
    version: int
    changes: tuple[Change, ...] = ()


def keep(  # noqa: PLR0913 - the facts of one harvested page, each named at the call
    connection: sa.Connection,
    reading: Reading,
    *,
    raw: Mapping[str, Any] | None,
    digest: str,
    now: datetime,
    harvest: int | None,
    cause: Cause = Cause.SOURCE,
) -> Kept:
    """Keep what a source published or, with ``Cause.OFFICER``, what an officer put right.

    A new call becomes version 1, with the bookkeeping it brings along (an import does). A call
    whose content differs becomes a new version, with a change for each field; mere re-formatting
    leaves the stored words and only notes that the call was seen. A field that an officer put
    right stays until the source publishes something else in it than before.

    ``raw`` are the source's words and ``digest`` is of them: the newest are kept with the version,
    so that a better reader reads what the page says now. When ``reading.fingerprint`` is not the
    stored one, call ``correct`` with a new reading of the stored words first: otherwise what only
    the reader understands better would be told as news.
    """
    content, written = _sound(content_to_json(reading.call))
    row = _current(connection, reading.call)
    page = _Page(reading, content, written, joined(written), raw, digest, harvest, now)
    if row is None:
        return _keep_new(connection, page)
    if cause is Cause.OFFICER:
        return _keep_correction(connection, row, page)
    return _keep_again(connection, row, page)


def correct(
    connection: sa.Connection, reading: Reading, *, now: datetime, first: bool = False
) -> tuple[Change, ...]:
    """Keep a better reading of the same version; fields that an officer put right stay.

    The reader's fingerprint is stored even where nothing changed. ``first`` completes the reading
    of a call that is new in this very harvest: nobody knows of it yet, so there is nothing to
    correct, and its history stays empty. NotFound for an unknown call.
    """
    content, written = _sound(content_to_json(reading.call))
    row = _current(connection, reading.call)
    if row is None:
        raise NotFound("call", reading.call.id)
    ours = json.loads(row.record)
    number, base = _last_published(connection, row.id)
    merged = {
        field: ours[field]
        if row.corrected and not same(field, ours[field], base[field])
        else content[field]
        for field in CONTENT_FIELDS
    }
    found = content_differences(ours, merged)
    _rewrite(connection, row, merged, {"fingerprint": reading.fingerprint})
    record = joined(written)
    if content != base:
        connection.execute(_REREAD, {"of": row.id, "at_number": number, "read": record})
    if content != base or reading.fingerprint != row.fingerprint:
        page = _Page(reading, content, written, record, None, "", None, now)
        _add_reading(connection, row.id, number, page)
    if first:
        return ()
    return note(connection, row.id, row.version, found, cause=Cause.READER, now=now)


@dataclass(frozen=True, slots=True)
class _Page:
    """One reading to keep, and where it came from.

    Its content is there as JSON too: each field ``written``, and all of them as the ``record``.
    """

    reading: Reading
    content: dict[str, Any]
    written: dict[str, str]
    record: Written
    raw: Mapping[str, Any] | None
    digest: str
    harvest: int | None
    now: datetime


def _keep_new(connection: sa.Connection, page: _Page) -> Kept:
    call = _checked(page.reading.call, page.content)
    row = {
        "source": call.source,
        "reference": call.reference,
        **columns_of(call),
        "version": call.version,
        "digest": page.digest,
        "fingerprint": page.reading.fingerprint,
        "corrected": False,
        "first_seen": call.first_seen or page.now,
        "last_seen": call.last_seen or page.now,
        "last_harvest": page.harvest,
        "absences": 0,
        "withdrawn": call.withdrawn,
        "opportunity": ensure(connection, call.id, call.opportunity),
        "leads": True,
        "link_due": True,
    }
    row_id = int(_ADD_CALL.run(connection, row).scalar_one())
    texts = {"call_id": row_id, "record": str(page.record), "search_text": search_text(call)}
    _ADD_TEXTS.run(connection, texts)
    keep_glance(connection, row_id, page.written)
    _add_version(connection, row_id, call.version, page, Cause.SOURCE)
    _add_reading(connection, row_id, call.version, page)
    index_spans(connection, row_id, call, again=False)
    if call.opportunity:
        choose_lead(connection, call.opportunity)
    return Kept("new", row_id, call.version)


def _keep_correction(connection: sa.Connection, row: Row, page: _Page) -> Kept:
    found = content_differences(json.loads(row.record), page.content)
    if not found:
        return Kept("unchanged", row.id, row.version)
    number = row.version + 1
    _add_version(connection, row.id, number, page, Cause.OFFICER)
    _rewrite(connection, row, page.content, {"version": number, "corrected": True})
    noted = note(connection, row.id, number, found, cause=Cause.OFFICER, now=page.now)
    return Kept("changed", row.id, number, noted)


def _keep_again(connection: sa.Connection, row: Row, page: _Page) -> Kept:
    ours = json.loads(row.record)
    published_as, base = row.version, ours
    if row.corrected:
        published_as, base = _last_published(connection, row.id)
    news = content_differences(base, page.content)
    fingerprint = page.reading.fingerprint
    seen: dict[str, Any] = {
        "digest": page.digest,
        "fingerprint": fingerprint,
        "last_seen": max(row.last_seen, page.reading.call.last_seen or page.now),
        "absences": 0,
    }
    if page.harvest is not None:
        seen["last_harvest"] = page.harvest
    is_back = row.withdrawn and not page.reading.call.withdrawn
    back = note_return(connection, [row], page.now) if is_back else ()
    if not news:
        connection.execute(sa.update(calls).where(calls.c.id == row.id).values(**seen))
        if page.raw is not None and page.digest != row.digest:
            newest = {"of": row.id, "at_number": published_as, "words": page.raw}
            connection.execute(_NEWEST_WORDS, newest | {"their_digest": page.digest})
        if fingerprint != row.fingerprint:
            _add_reading(connection, row.id, published_as, page)
        return Kept("unchanged", row.id, row.version, back)
    number = row.version + 1
    merged = ours | {field: new for field, _, new in news}
    seen["version"] = number
    seen["corrected"] = row.corrected and any(
        not same(field, merged[field], page.content[field]) for field in CONTENT_FIELDS
    )
    _add_version(connection, row.id, number, page, Cause.SOURCE)
    _add_reading(connection, row.id, number, page)
    _rewrite(connection, row, merged, seen)
    found = content_differences(ours, merged)
    noted = note(connection, row.id, number, found, cause=Cause.SOURCE, now=page.now)
    return Kept("changed", row.id, number, (*back, *noted))


def _rewrite(
    connection: sa.Connection, row: Row, content: dict[str, Any], values: dict[str, Any]
) -> None:
    """Write the new content of a call, and what follows from it, only where it follows."""
    old = json.loads(row.record)
    if content != old:
        call = _checked(Call(row.source, row.reference, ""), content)
        values = values | columns_of(call) | {"link_due": True}
        written = _written(content)
        texts = {"record": str(joined(written))}
        if (words := search_text(call)) != row.search_text:
            texts["search_text"] = words  # left out otherwise: it would be indexed again
        connection.execute(
            sa.update(call_texts).where(call_texts.c.call_id == row.id).values(**texts)
        )
        keep_glance(connection, row.id, written)
        if any(content[field] != old[field] for field in ("opens_on", "deadlines")):
            index_spans(connection, row.id, call, again=True)
    connection.execute(sa.update(calls).where(calls.c.id == row.id).values(**values))


def _add_version(
    connection: sa.Connection, row_id: int, number: int, page: _Page, cause: Cause
) -> None:
    _ADD_VERSION.run(
        connection,
        {
            "call_id": row_id,
            "number": number,
            "seen_at": page.now,
            "harvest": page.harvest,
            "cause": cause.value,
            "digest": page.digest,
            "content": page.record,
            "raw": page.raw,
        },
    )


def _add_reading(connection: sa.Connection, row_id: int, number: int, page: _Page) -> None:
    result = {field: page.written[field] for field in _READ}
    result["unreadable"] = json.dumps(dict(page.reading.unreadable))  # as ASCII: any page's words
    _ADD_READING.run(
        connection,
        {
            "call_id": row_id,
            "version": number,
            "fingerprint": page.reading.fingerprint,
            "read_at": page.now,
            "result": joined(result),
        },
    )


def _current(connection: sa.Connection, call: Call) -> Row | None:
    name = {"asked_source": call.source, "asked_reference": call.reference}
    return connection.execute(_CURRENT, name).one_or_none()


def _last_published(connection: sa.Connection, row_id: int) -> tuple[int, dict[str, Any]]:
    """Return the number and content of the last version that came from the source."""
    row = connection.execute(_LAST_PUBLISHED, {"of": row_id}).one()
    return row.number, row.content


def _sound(content: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the content as both databases can keep it: no NUL, no half characters.

    Beside it its fields as JSON, which is kept in more than one place.
    """
    try:
        written = _written(content)
        text = joined(written)
        size = len(text) if text.isascii() else len(text.encode())
    except UnicodeEncodeError:
        return _sound(_scrubbed(content))
    except ValueError as error:
        raise BadInput("a number in the record is not finite") from error
    if size > LARGEST_RECORD:
        raise BadInput(f"the record has {size:,} bytes, more than {LARGEST_RECORD:,}")
    if "\\u0000" in text:
        content = _scrubbed(content)
        written = _written(content)
    return content, written


def _written(content: dict[str, Any]) -> dict[str, str]:
    return {field: dumps(value) for field, value in content.items()}


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_scrubbed(item) for item in value]
    if isinstance(value, dict):
        return {name: _scrubbed(item) for name, item in value.items()}
    return value


def _checked(call: Call, content: dict[str, Any]) -> Call:
    """Return ``call`` with ``content``, sure to be read back from storage and from an export."""
    name = {"source": call.source, "reference": call.reference}
    read = call_from_json(name | content)
    return replace(
        read,
        first_seen=call.first_seen,
        last_seen=call.last_seen,
        version=call.version,
        withdrawn=call.withdrawn,
        opportunity=call.opportunity,
    )


_CURRENT = (
    sa.select(
        *CALL_COLUMNS,
        calls.c.digest,
        calls.c.fingerprint,
        calls.c.corrected,
        call_texts.c.search_text,
    )
    .select_from(WITH_TEXTS)
    .where(
        calls.c.source == sa.bindparam("asked_source"),
        calls.c.reference == sa.bindparam("asked_reference"),
    )
)
_ADD_CALL = Adding(calls, calls.c.id)
_ADD_TEXTS = Adding(call_texts)
_ADD_VERSION = Adding(versions)
_ADD_READING = Adding(readings)
_LAST_PUBLISHED = (
    sa.select(versions.c.number, versions.c.content)
    .where(versions.c.call_id == sa.bindparam("of"), versions.c.cause == Cause.SOURCE.value)
    .order_by(versions.c.number.desc())
    .limit(1)
)
_THAT_VERSION = sa.and_(
    versions.c.call_id == sa.bindparam("of"), versions.c.number == sa.bindparam("at_number")
)
_REREAD = sa.update(versions).where(_THAT_VERSION).values(content=sa.bindparam("read"))
_NEWEST_WORDS = (
    sa.update(versions)
    .where(_THAT_VERSION)
    .values(raw=sa.bindparam("words"), digest=sa.bindparam("their_digest"))
)
