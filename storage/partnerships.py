"""Partnerships: kept, asked for, and exchanged as YAML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from storage.domain import Partnership
from storage.errors import BadField, NotFound, Problem
from storage.fields import Fields, can_be_kept
from storage.files import ImportReport, written_whole
from storage.partnership_records import (
    NUMBERS,
    PARTNERSHIP_FIELDS,
    SWITCHES,
    mistakes,
    partnership_from_json,
    partnership_to_json,
    recipient_to_json,
)
from storage.preferences import CHOSEN, chosen, preferences_of
from storage.recipients import active, address_key, replace
from storage.schema import partnerships
from storage.yaml_nodes import Entry, entries, to_yaml_list


def import_partnerships(
    engine: sa.Engine,
    paths: Iterable[Path | str],
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Keep the partnerships in YAML files; one that cannot be kept is reported and left out.

    A field that is absent leaves the stored value, null clears it: an export without recipients
    takes none away. An address that unsubscribed, bounced or was erased is not brought back; the
    report's ``notes`` say so. ``progress`` is told the files done and the files there are.
    """
    files = [Path(path) for path in paths]
    report = ImportReport()
    for done, path in enumerate(files, start=1):
        with engine.begin() as connection:
            for entry in entries(path, numbers=NUMBERS, switches=SWITCHES):
                _import_entry(connection, entry, now, report)
        if progress:
            progress(done, len(files))
    return report


def export_partnerships(
    connection: sa.Connection, path: Path | str, *, with_recipients: bool = False
) -> int:
    """Write every partnership by its id; returns how many.

    Recipients are people: they are left out unless asked for, and a file with them can only be
    read by its owner.
    """
    found = list_partnerships(connection)
    with written_whole(Path(path), private=with_recipients) as file:
        for partnership in found:
            file.write(to_yaml(partnership, with_recipients=with_recipients))
        if not found:
            file.write("[]\n")
    return len(found)


def to_yaml(partnership: Partnership, *, with_recipients: bool = False) -> str:
    """Return one partnership as an item of the list in a YAML file."""
    record = partnership_to_json(partnership)
    if with_recipients:
        record["recipients"] = [recipient_to_json(one) for one in partnership.recipients]
    return to_yaml_list(record)


def list_partnerships(connection: sa.Connection) -> list[Partnership]:
    """Return every partnership by its id."""
    query = sa.select(partnerships.c.record).order_by(partnerships.c.id)
    return [_with_recipients(connection, record) for record in connection.scalars(query)]


def get_partnership(connection: sa.Connection, asked: str) -> Partnership:
    """Return the partnership of this id; NotFound names those that look similar."""
    record = _record(connection, asked) if can_be_kept(asked) else None
    if record is None:
        known = connection.scalars(sa.select(partnerships.c.id)).all()
        raise NotFound.among("partnership", asked, known)
    return _with_recipients(connection, record)


def check_file(path: Path | str) -> list[Problem]:
    """Return what is wrong in a YAML file, without keeping anything; every entry must be whole."""
    return [one for one in read_file(path) if isinstance(one, Problem)]


def read_file(path: Path | str) -> Iterator[Partnership | Problem]:
    """Yield what a YAML file says, entry by entry, or all that is wrong there; nothing is kept."""
    for entry in entries(Path(path), numbers=NUMBERS, switches=SWITCHES):
        if isinstance(entry, Problem):
            yield entry
            continue
        if wrong := mistakes(entry.data):
            yield from map(entry.problem, wrong)
        else:
            yield partnership_from_json(entry.data)


def keep_partnership(connection: sa.Connection, partnership: Partnership, now: datetime) -> str:
    """Write a partnership without its recipients; returns ``new``, ``changed``, ``unchanged``."""
    record = partnership_to_json(partnership)
    stored = _record(connection, partnership.id)
    if stored == record:
        return "unchanged"
    row = {"name": partnership.name, "record": record, "changed_at": now}
    if stored is None:
        connection.execute(sa.insert(partnerships), {"id": partnership.id, **row})
        return "new"
    connection.execute(
        sa.update(partnerships).where(partnerships.c.id == partnership.id).values(**row)
    )
    return "changed"


def _import_entry(
    connection: sa.Connection, entry: Entry | Problem, now: datetime, report: ImportReport
) -> None:
    if isinstance(entry, Problem):
        report.problems.append(entry)
        return
    try:
        fields = Fields(entry.data, "", PARTNERSHIP_FIELDS)
        asked = fields.text("id", required=True)
        stored = _record(connection, asked) or {}
        partnership = partnership_from_json(stored | entry.data)
    except BadField as error:
        report.problems.append(entry.problem(error))
        return
    outcome = keep_partnership(connection, partnership, now)
    if "recipients" in entry.data:
        before = active(connection, partnership.id)
        for address, state in replace(connection, partnership.id, partnership.recipients, now):
            report.notes.append(f"{partnership.id}: {address} stays {state}")
        report.notes += _wishes(connection, partnership)
        if outcome == "unchanged" and active(connection, partnership.id) != before:
            outcome = "changed"
    setattr(report, outcome, getattr(report, outcome) + 1)


def _wishes(connection: sa.Connection, partnership: Partnership) -> Iterator[str]:
    """Say what of the imported recipients does not count: what they chose themselves does."""
    for one in partnership.recipients:
        kept = chosen(one, preferences_of(connection, address_key(one.email)))
        names = [name for name in CHOSEN if getattr(kept, name) != getattr(one, name)]
        if names:
            said = ", ".join(f"{name} {_plain(getattr(kept, name))}" for name in names)
            yield f"{partnership.id}: {one.email} keeps what it chose by a link: {said}"


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _record(connection: sa.Connection, asked: str) -> dict[str, Any] | None:
    query = sa.select(partnerships.c.record).where(partnerships.c.id == asked)
    record: dict[str, Any] | None = connection.scalar(query)
    return record


def _with_recipients(connection: sa.Connection, record: dict[str, Any]) -> Partnership:
    people = [recipient_to_json(one) for one in active(connection, record["id"])]
    return partnership_from_json(record | {"recipients": people})
