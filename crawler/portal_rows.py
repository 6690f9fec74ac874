"""Rows of the EU Funding & Tenders Portal's index: checked against what was asked, merged, named.

An answer of that index is not to be trusted: it ignores a filter it cannot parse, swaps rows
between pages, repeats documents and keeps copies from an older system. Nothing here asks the
network; ``spiders.eu_portal`` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crawler.errors import FilterIgnored
from crawler.reading.portal import published_day

TYPES = {"1": "identifier", "2": "callIdentifier", "8": "callccm2Id"}
"""The record types asked for, each with the field that is unique in it and never empty."""

STATUSES = ("31094501", "31094502")  # forthcoming, open for submission
DATASOURCE = "SEDIA"
LANGUAGE = "en"

FEW = 3
MOST = 0.1
"""A page with this many rows that were not asked for, and this share of them, shows that the
filter was ignored. Fewer are left out by name: one odd row must not cost a town the other 99."""

Row = Mapping[str, Any]


def values(row: Row, name: str) -> list[str]:
    """Every value of a metadata field; the index writes each as a list of strings."""
    metadata = row.get("metadata")
    found = metadata.get(name) if isinstance(metadata, dict) else None
    if found is None:
        return []
    return [str(item) for item in (found if isinstance(found, list) else [found]) if item != ""]


def value(row: Row, name: str) -> str:
    """The first value of a metadata field, empty if there is none."""
    return next(iter(values(row, name)), "")


def is_stub(row: Row) -> bool:
    """Whether the row is only a trace of a record: the index knows it but not its status."""
    return not value(row, "status")


def why_stray(row: Row, record_type: str) -> str | None:
    """What of this row was not asked for; None if nothing. What is absent contradicts nothing."""
    source = values(row, "DATASOURCE") or values(row, "datasource") or [str(row.get("database"))]
    language = value(row, "language") or str(row.get("language") or LANGUAGE)
    if (found := values(row, "type")) and found != [record_type]:
        return f"type {found[0]}"
    if source not in ([DATASOURCE], ["None"]):
        return f"source {source[0]}"
    if language.lower() != LANGUAGE:
        return f"language {language}"
    if (status := value(row, "status")) and status not in STATUSES:
        return f"status {status}"
    return None


@dataclass(slots=True)
class Page:
    """One page of an answer: what was asked for, and what came along unasked."""

    wanted: list[Row] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)


def check(rows: Sequence[Row], record_type: str) -> Page:
    """Part the rows of a page. Raises FilterIgnored if they show that the filter was."""
    page = Page()
    for row in rows:
        if reason := why_stray(row, record_type):
            page.strays.append(reason)
        else:
            page.wanted.append(row)
    count = len(page.strays)
    if count and (not page.wanted or (count >= FEW and count > MOST * len(rows))):
        kinds = ", ".join(sorted(set(page.strays))[:5])
        raise FilterIgnored(
            f"the portal ignored the filter: {count} of {len(rows)} rows of a page asked for "
            f"type {record_type} were not asked for ({kinds}); nothing of it was kept"
        )
    return page


def mark(row: Row) -> tuple[str, ...]:
    """What makes two rows the same document: a page that repeats one has lost another."""
    stamps = ("status", "title", "deadlineDate")
    return (str(row.get("reference")), *("|".join(values(row, name)) for name in stamps))


def number(row: Row) -> str:
    """The number of the record in its own system (type 2 and 8)."""
    found = re.match(r"\d+", str(row.get("reference") or value(row, "REFERENCE")))
    return value(row, TYPES.get(value(row, "type"), "")) or (found[0] if found else "")


def key(row: Row, record_type: str) -> str:
    """What names the opportunity; empty when the row does not say it.

    It is the portal's identifier; for cascade calls their own number, since their identifier is
    that of the parent topic.
    """
    if record_type == "8":
        own = value(row, "callccm2Id")
        return f"cascade-{own}" if own else ""
    return value(row, "identifier")


@dataclass(slots=True)
class Merged:
    """All documents of one opportunity as one record."""

    key: str
    row: dict[str, Any]
    stub: bool
    conflict: bool


def merge(rows: Iterable[Row], record_type: str) -> tuple[list[Merged], int]:
    """One record for each opportunity, in order, and the number of rows that name none."""
    groups: dict[str, list[Row]] = {}
    nameless = 0
    for row in rows:
        if name := key(row, record_type):
            groups.setdefault(name, []).append(row)
        else:
            nameless += 1
    return [_merged(name, group, record_type) for name, group in groups.items()], nameless


def _merged(name: str, rows: Sequence[Row], record_type: str) -> Merged:
    """The newest full document, completed from the others where it says nothing.

    Old topics have one document for each type of action, each with its own deadlines: those stay
    together, as plain dates where the documents do not agree what kind of dates they are. Two
    documents of the same kind with different deadlines are a conflict; the one ingested last is
    believed, and never another the next day only because the pages came in another order.
    """

    def age(row: Row) -> tuple[str, list[str], str]:
        return _ingested(row), sorted(_days(row, record_type)), _name(row)

    full = sorted((row for row in rows if not is_stub(row)), key=age, reverse=True)
    stubs = [row for row in rows if is_stub(row)]
    newest: dict[tuple[str, ...], Row] = {}
    conflict = False
    for row in full:
        first = newest.setdefault(tuple(values(row, "typesOfAction")), row)
        conflict = conflict or _days(first, record_type) != _days(row, record_type)
    record = dict((full or stubs)[0])
    metadata = dict(record.get("metadata") or {})
    for row in (*full, *stubs):
        for field_name, found in (row.get("metadata") or {}).items():
            if not metadata.get(field_name):
                metadata[field_name] = found
    if len(newest) > 1:
        beside = sorted(newest.values(), key=_name)
        for field_name in ("deadlineDate", "typesOfAction"):
            together = [item for row in beside for item in values(row, field_name)]
            metadata[field_name] = list(dict.fromkeys(together))
        if len({value(row, "deadlineModel") for row in beside}) > 1:
            metadata["deadlineModel"] = []
    record["metadata"] = metadata
    return Merged(name, record, stub=not full, conflict=conflict)


def _name(row: Row) -> str:
    return str(row.get("reference"))


def _ingested(row: Row) -> str:
    # Local time with its offset; to the day and hour the text compares as the moment does.
    return value(row, "esDA_IngestDate")


def _days(row: Row, record_type: str) -> set[str]:
    return {published_day(stamp, record_type) for stamp in values(row, "deadlineDate")}
