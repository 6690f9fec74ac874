"""Calls in and out of the program: one JSON object a line."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import sqlalchemy as sa

from storage.asking import CALL_COLUMNS, WITH_TEXTS, call_of, every_call
from storage.columns import Row, dumps
from storage.domain import Call, Cause, Reading
from storage.errors import BadField, BridgesError, Problem, Shown, shown
from storage.fields import Fields
from storage.files import ImportReport, Line, lines, written_whole
from storage.journal import note
from storage.keeping import keep
from storage.linked import choose_lead
from storage.opportunities import hold_still, move
from storage.presence import declare_withdrawn
from storage.records import CALL_FIELDS, call_from_json, call_to_json
from storage.schema import calls

__all__ = ["ImportReport", "call_from_json", "call_to_json", "export_calls", "import_calls"]

IMPORTED = "import"
"""The fingerprint of what no reader of ours understood: it came in as it is."""

Progress = Callable[[int, int], None]
"""Told the bytes done and the bytes there are."""

_BESIDE = 40
"""Characters shown of a line that is no JSON."""

_TOGETHER = 500
"""Lines kept in one transaction: all of them or none."""


def import_calls(
    database: sa.Engine | sa.Connection,
    paths: Iterable[Path | str],
    now: datetime,
    progress: Progress | None = None,
) -> ImportReport:
    """Keep the calls in NDJSON files; a line that cannot be kept is reported and left out.

    A field that is absent leaves the stored value, null clears it. ``first_seen``, ``last_seen``,
    ``version``, ``withdrawn`` and ``opportunity`` of a new call are taken over. Of a stored one
    ``withdrawn`` and ``opportunity`` are, ``first_seen`` can only become earlier and ``last_seen``
    later, and ``version`` goes on counting here. What is imported over a harvested call is an
    officer's correction; a call that was only ever imported has the importer as its source.
    """
    files = [Path(path) for path in paths]
    total = sum(path.stat().st_size for path in files if path.is_file())
    report = ImportReport()
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
                    _import_line(connection, path, line, now, report)
                    end = line.end
            if progress:
                progress(done + end, total)
            if batch_size < _TOGETHER:
                break
        done += end
    return report


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


def _import_line(
    connection: sa.Connection, path: Path, line: Line, now: datetime, report: ImportReport
) -> None:
    if line.problem:
        report.problems.append(line.problem)
        return
    try:
        outcome = _import_call(connection, parse(line.text), now)
    except BadField as error:
        got = Problem(str(path), line.number, error.field, error.expected, error.got)
        report.problems.append(got)
    except BridgesError as error:
        report.problems.append(Problem(str(path), line.number, "", "a call", str(error)))
    else:
        setattr(report, outcome, getattr(report, outcome) + 1)


def _import_call(connection: sa.Connection, data: dict[str, Any], now: datetime) -> str:
    """Keep one call; returns ``new``, ``changed`` or ``unchanged``."""
    fields = Fields(data, "", CALL_FIELDS)
    name = {
        "asked_source": fields.text("source", required=True),
        "asked_reference": fields.text("reference", required=True),
    }
    row = connection.execute(_STORED, name).one_or_none()
    if row is None:
        reading = Reading(call_from_json(data), IMPORTED)
        return keep(connection, reading, raw=None, digest="", now=now, harvest=None).outcome
    call = call_from_json(call_to_json(call_of(row)) | data)
    cause = Cause.SOURCE if row.last_harvest is None else Cause.OFFICER
    if cause is Cause.SOURCE and data.get("last_seen") is None:
        call = replace(call, last_seen=now)
    kept = keep(
        connection,
        Reading(call, row.fingerprint),
        raw=None,
        digest=row.digest,
        now=now,
        harvest=None,
        cause=cause,
    )
    stated = _keep_bookkeeping(connection, row, call, cause, now)
    return "changed" if stated or kept.changes or kept.outcome == "changed" else "unchanged"


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
