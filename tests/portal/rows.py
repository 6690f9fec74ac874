"""Rows for the stand-in: loaded from a file, moved, dropped, touched, multiplied."""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from desk.demo import portal_records

Record = dict[str, Any]


def sample(now: datetime, generated: int = 400) -> list[Record]:
    """The demo's records and enough generated ones for four pages of topics."""
    return [*portal_records.records(now), *portal_records.synthetic(generated, now)]


def load(path: Path) -> list[Record]:
    """Rows as captured from the portal, one JSON object a line.

    Notes of whoever captured them (keys that begin with ``_``) are left out, and a score that is
    no number (``NaN``) becomes null, as in the portal's own JSON.
    """
    with path.open(encoding="utf-8") as lines:
        return [_plain(json.loads(line)) for line in lines if line.strip()]


def moved(records: Iterable[Record], identifier: str, days: int) -> list[Record]:
    """The records with every deadline of one identifier moved by so many days."""

    def move(data: Any) -> None:
        data["deadlineDate"] = [
            f"{date.fromisoformat(said[:10]) + timedelta(days=days)}{said[10:]}"
            for said in data["deadlineDate"]
        ]

    def is_it(data: Any) -> bool:
        return identifier in data["identifier"] and "deadlineDate" in data

    return _changed(records, is_it, move)


def without(records: Iterable[Record], identifier: str) -> list[Record]:
    """The records without any document of one identifier, or of one cascade call's number."""
    return [
        record
        for record in records
        if identifier not in record["metadata"].get("identifier", [])
        and identifier not in record["metadata"].get("callccm2Id", [])
    ]


def taken_in_again(records: Iterable[Record], seconds: int = 13) -> list[Record]:
    """The records a night later: new ingest dates, other seconds in types 2 and 8."""

    def touch(data: Any) -> None:
        for name in ("esDA_IngestDate", "esDA_QueueDate"):
            data[name] = [
                f"{date.fromisoformat(said[:10]) + timedelta(days=1)}{said[10:]}"
                for said in data.get(name, [])
            ]
        if data["type"][0] in {"2", "8"}:
            data["deadlineDate"] = [
                re.sub(r":\d\d\.", f":{(int(said[17:19]) + seconds) % 60:02}.", said)
                for said in data.get("deadlineDate", [])
            ]

    return _changed(records, lambda data: "type" in data, touch)


def archive(records: Sequence[Record]) -> list[Record]:
    """What else an index holds: translations, stale copies, closed records, news and bodies."""
    made: list[Record] = []
    for position, record in enumerate(records):
        data = record["metadata"]
        if data.get("type", [""])[0] not in {"1", "2", "8"} or not data.get("status"):
            continue
        made.append(_with(record, f"{record['reference'][:-2]}fr", language=["fr"]))
        old = {
            "identifier": [f"{data['identifier'][0]}-OLD"],
            "callIdentifier": [f"{data.get('callIdentifier', ['X'])[0]}-OLD"],
            "callccm2Id": [f"9{data.get('callccm2Id', ['1'])[0]}"],
            "deadlineDate": [f"2024{said[4:]}" for said in data.get("deadlineDate", [])],
        }
        made.append(_with(record, f"9{record['reference']}", status=["31094503"], **old))
        stale = _with(record, record["reference"], DATASOURCE=["SEDIA_PRD_CENTRICITY"])
        stale.pop("database", None)
        made.append(stale)
        if position % 4 == 0:
            news = _with(record, f"8{position}", type=["6"])
            news["metadata"] |= {"status": [], "deadlineDate": []}
            made.append(news)
        if position % 9 == 0:
            body = {"type": ["ORGANISATION"], "DATASOURCE": ["SEDIA_PERSON"], "status": []}
            made.append(_with(record, f"7{position}", **body))
    return made


def _with(record: Record, reference: str, **metadata: list[str]) -> Record:
    made = copy.deepcopy(record)
    made["reference"] = reference
    made["metadata"] |= metadata | {"REFERENCE": [reference]}
    made["language"] = made["metadata"]["language"][0]
    return made


def _changed(
    records: Iterable[Record], which: Callable[[Any], bool], change: Callable[[Any], None]
) -> list[Record]:
    made = []
    for record in records:
        if which(record["metadata"]):
            record = copy.deepcopy(record)  # noqa: PLW2901  (the caller keeps the original)
            change(record["metadata"])
        made.append(record)
    return made


def _plain(row: Record) -> Record:
    said = {name: value for name, value in row.items() if not name.startswith("_")}
    score = said.get("score")
    if isinstance(score, float) and math.isnan(score):
        said["score"] = None
    return said


def relaxed(query: Any, ignored: Sequence[str]) -> Any:
    """The query without every clause about an ignored field."""
    must = query.get("bool", {}).get("must", [])
    kept = [clause for clause in must if not _about(clause) & {*ignored}]
    return {"bool": {"must": kept}}


def _about(clause: Mapping[str, Any]) -> set[str]:
    return {name for content in clause.values() for name in content}
