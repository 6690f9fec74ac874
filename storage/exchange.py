"""Calls in and out of the program: one JSON object a line."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn, Protocol

import sqlalchemy as sa

from storage.asking import CALL_COLUMNS, WITH_TEXTS, call_of, every_call, words_of
from storage.columns import Row, dumps
from storage.domain import Call, Cause, Reading
from storage.errors import BadField, BridgesError, Problem, Shown, shown
from storage.fields import Fields
from storage.files import ImportReport, Line, lines, written_whole
from storage.journal import note
from storage.keeping import correct, keep
from storage.linked import choose_lead
from storage.opportunities import hold_still, move
from storage.presence import declare_withdrawn
from storage.records import CALL_FIELDS, call_from_json, call_to_json
from storage.schema import call_glances, call_keys, call_texts, calls, facets, status_spans

__all__ = ["ImportReport", "call_from_json", "call_to_json", "export_calls", "import_calls"]

IMPORTED = "import"
"""The fingerprint of what no reader of ours understood: it came in as it is."""

Progress = Callable[[int, int], None]
"""Told the bytes done and the bytes there are."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a reader made of an imported call, and the words to keep for the readers to come.

    ``found``: whether the text said something that the record did not.
    """

    reading: Reading
    raw: Mapping[str, Any]
    digest: str
    found: bool


class Reader(Protocol):
    """Reads what an imported record leaves out from the text it brings (see ``READABLE``)."""

    def understand(
        self, call: Call, said: frozenset[str], before: Mapping[str, Any] | None
    ) -> Understood | None:
        """Read ``call``, whose line mentions the fields ``said``; None if nothing is to be read.

        ``before`` are the words kept of an earlier import of the same call, if there were any.
        """

    def again(self, words: Mapping[str, Any]) -> Reading:
        """Read such words once more."""


_BESIDE = 40
"""Characters shown of a line that is no JSON."""

_TOGETHER = 500
"""Lines kept in one transaction: all of them or none."""


def import_calls(
    database: sa.Engine | sa.Connection,
    paths: Iterable[Path | str],
    now: datetime,
    progress: Progress | None = None,
    reader: Reader | None = None,
) -> ImportReport:
    """Keep the calls in NDJSON files; a line that cannot be kept is reported and left out.

    A field that is absent leaves the stored value, null clears it. Deadlines, conditions and money
    that no line has mentioned are what ``reader`` finds in the call's text, if there is a reader
    and the call was never harvested. ``first_seen``, ``last_seen``,
    ``version``, ``withdrawn`` and ``opportunity`` of a new call are taken over. Of a stored one
    ``withdrawn`` and ``opportunity`` are, ``first_seen`` can only become earlier and ``last_seen``
    later, and ``version`` goes on counting here. What is imported over a harvested call is an
    officer's correction; a call that was only ever imported has the importer as its source.
    """
    files = [Path(path) for path in paths]
    total = sum(path.stat().st_size for path in files if path.is_file())
    report = ImportReport()
    importing = _Importing(now, reader, report)
    done = 0
    for path in files:
        rest = lines(path)
        end = 0
        while True:
            batch_size = 0
            with _transaction(database) as connection:
                hold_still(connection, shared=False)  # a line may move a call elsewhere
                for line in islice(rest, _TOGETHER):
                    batch_size += 1
                    _import_line(connection, path, line, importing)
                    end = line.end
            if progress:
                progress(done + end, total)
            if batch_size < _TOGETHER:
                break
        done += end
    if report.new >= _TOGETHER:
        with _transaction(database) as connection:
            _take_stock(connection)
    return report


def _take_stock(connection: sa.Connection) -> None:
    """Let PostgreSQL see how much there is now; its housekeeping would within minutes.

    Until then questions take up to four times as long, for it plans them as for hardly any calls.
    """
    if connection.dialect.name == "postgresql":
        tables = (calls, call_keys, facets, call_texts, call_glances, status_spans)
        connection.exec_driver_sql(f"ANALYZE {', '.join(table.name for table in tables)}")


def export_calls(connection: sa.Connection, path: Path | str) -> int:
    """Write every call of every status, latest version, by source and reference; returns how many.

    Imported into an empty database, the file gives the same export again, byte for byte.
    """
    count = 0
    with written_whole(Path(path)) as file:
        for line in exported_lines(connection):
            file.write(line)
            count += 1
    return count


def exported_lines(connection: sa.Connection) -> Iterator[str]:
    """Yield the lines of an export one by one."""
    for call in every_call(connection):
        yield dumps(call_to_json(call)) + "\n"


@dataclass(frozen=True, slots=True)
class _Importing:
    """One import: when, who reads what records leave out, and what it did so far."""

    now: datetime
    reader: Reader | None
    report: ImportReport


def _import_line(connection: sa.Connection, path: Path, line: Line, importing: _Importing) -> None:
    report = importing.report
    if line.problem:
        report.problems.append(line.problem)
        return
    try:
        outcome, read = _import_call(connection, parse(line.text), importing)
    except BadField as error:
        got = Problem(str(path), line.number, error.field, error.expected, error.got)
        report.problems.append(got)
    except BridgesError as error:
        report.problems.append(Problem(str(path), line.number, "", "a call", str(error)))
    else:
        setattr(report, outcome, getattr(report, outcome) + 1)
        report.read += read and outcome != "unchanged"


def _import_call(
    connection: sa.Connection, data: dict[str, Any], importing: _Importing
) -> tuple[str, bool]:
    """Keep one call; returns ``new``, ``changed`` or ``unchanged``, and if its text said more."""
    now, reader = importing.now, importing.reader
    fields = Fields(data, "", CALL_FIELDS)
    name = {
        "asked_source": fields.text("source", required=True),
        "asked_reference": fields.text("reference", required=True),
    }
    said = frozenset(data)
    row = connection.execute(_STORED, name).one_or_none()
    if row is None:
        call = call_from_json(data)
        words = reader.understand(call, said, None) if reader else None
        if words is None:
            keep(connection, Reading(call, IMPORTED), raw=None, digest="", now=now, harvest=None)
            return "new", False
        keep(
            connection,
            _with_bookkeeping(words.reading, call),
            raw=words.raw,
            digest=words.digest,
            now=now,
            harvest=None,
        )
        return "new", words.found
    call = call_from_json(call_to_json(call_of(row)) | data)
    cause = Cause.SOURCE if row.last_harvest is None else Cause.OFFICER
    reading, words, corrected = Reading(call, row.fingerprint), None, False
    if cause is Cause.SOURCE:
        if data.get("last_seen") is None:
            call = replace(call, last_seen=now)
        before = words_of(connection, row.id)
        words = reader.understand(call, said, before) if reader else None
        if reader and words:
            corrected = _corrected(connection, row, words, before, reader, now)
        reading = _with_bookkeeping(words.reading if words else reading, call)
    kept = keep(
        connection,
        reading,
        raw=words.raw if words else None,
        digest=words.digest if words else row.digest,
        now=now,
        harvest=None,
        cause=cause,
    )
    stated = _keep_bookkeeping(connection, row, call, cause, now)
    changed = stated or corrected or kept.changes or kept.outcome == "changed"
    return "changed" if changed else "unchanged", bool(words and words.found)


def _corrected(  # noqa: PLR0913, PLR0917 - one step of _import_call
    connection: sa.Connection,
    row: Row,
    words: Understood,
    before: Mapping[str, Any] | None,
    reader: Reader,
    now: datetime,
) -> bool:
    """Keep first what only today's reader understands of the words that were there before.

    That is our correction, and no news of the importer.
    """
    if before is None:  # imported when nobody read the texts of imports
        earlier = reader.understand(call_of(row), frozenset(), None)
        reading = earlier.reading if earlier else None
    else:
        same = words.reading.fingerprint == row.fingerprint
        reading = None if same else reader.again(before)
    return bool(reading and correct(connection, reading, now=now))


def _with_bookkeeping(reading: Reading, call: Call) -> Reading:
    """The reading of a call with what its record says of when it was seen, and where it belongs."""
    whole = replace(
        reading.call,
        first_seen=call.first_seen,
        last_seen=call.last_seen,
        version=call.version,
        withdrawn=call.withdrawn,
        opportunity=call.opportunity,
    )
    return replace(reading, call=whole)


def _keep_bookkeeping(
    connection: sa.Connection, row: Row, call: Call, cause: Cause, now: datetime
) -> bool:
    """Take over what an import says of a stored call beside its content."""
    changed = False
    if call.first_seen and call.first_seen < row.first_seen:
        earlier = sa.update(calls).where(calls.c.id == row.id)
        connection.execute(earlier.values(first_seen=call.first_seen))
        changed = True
    if call.last_seen and call.last_seen > row.last_seen:
        later = sa.update(calls).where(calls.c.id == row.id)
        connection.execute(later.values(last_seen=call.last_seen))
    state = connection.execute(_STATE, {"of": row.id}).one()
    if declare_withdrawn(connection, state, withdrawn=call.withdrawn, cause=cause, now=now):
        changed = True
    if call.opportunity and call.opportunity != row.opportunity:
        move(connection, row.id, row.opportunity, call.opportunity)
        for one in (row.opportunity, call.opportunity):
            choose_lead(connection, one)
        found = [("opportunity", row.opportunity, call.opportunity)]
        note(connection, row.id, state.version, found, cause=Cause.LINK, now=now)
        changed = True
    return changed


def parse(text: str) -> dict[str, Any]:
    """Return the JSON object on a line; BadField says what else it is."""
    try:
        data = json.loads(
            text,
            object_pairs_hook=_without_twins,
            parse_constant=_no_constant,
            parse_int=_number,
        )
    except json.JSONDecodeError as error:
        found = Shown(f"{shown(text[:_BESIDE])} ({error.msg} at column {error.colno})")
        raise BadField("", "JSON", found) from error
    except RecursionError as error:
        raise BadField("", "JSON", Shown("brackets nested too deep")) from error
    if not isinstance(data, dict):
        raise BadField("", "an object {…}", data)
    return data


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise BadField(twin, "each field once", Shown("it twice"))
    return found


def _no_constant(name: str) -> NoReturn:
    raise BadField("", "a number", Shown(name))


def _number(digits: str) -> int:
    if len(digits) > 30:  # noqa: PLR2004 - more than any field takes, less than Python refuses
        raise BadField("", "a number", shown(digits))
    return int(digits)


@contextlib.contextmanager
def _transaction(database: sa.Engine | sa.Connection) -> Iterator[sa.Connection]:
    """One transaction of our own, or the one that the caller has begun."""
    if isinstance(database, sa.Connection):
        yield database
    else:
        with database.begin() as connection:
            yield connection


_STORED = (
    sa.select(*CALL_COLUMNS, calls.c.digest, calls.c.fingerprint, calls.c.last_harvest)
    .select_from(WITH_TEXTS)
    .where(
        calls.c.source == sa.bindparam("asked_source"),
        calls.c.reference == sa.bindparam("asked_reference"),
    )
)
_STATE = sa.select(calls.c.id, calls.c.version, calls.c.withdrawn).where(
    calls.c.id == sa.bindparam("of")
)
