"""Imported records: what they leave out is read from the text, what they state is believed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crawler import imported
from crawler.imported import RecordReader
from crawler.reading.records import read_record, record_words
from crawler.reread import reread
from storage import calls, harvests
from storage.domain import READABLE, Call, Kind, Reading
from storage.exchange import export_calls, import_calls
from storage.files import ImportReport

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
DAY = timedelta(days=1)
TEXT = (
    "Grants for the water pipes of small towns. Eligible applicants: local authorities from "
    "Poland and Ukraine. The maximum grant is EUR 50 000. Deadline: 31 March 2027."
)
OFFICERS: dict[str, Any] = {
    "source": "officer",
    "reference": "2026-7",
    "title": "Water",
    "language": "en",
    "description": TEXT,
}
PLAIN = {"kind": "single", "date": "2027-05-01", "words": "by 1 May 2027"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "calls.ndjson"


def take(engine: sa.Engine, file: Path, record: dict[str, Any], now: datetime = NOW) -> Call:
    """The call as it is kept once the record was imported."""
    file.write_text(json.dumps(record) + "\n", encoding="utf-8")
    report = import_calls(engine, [file], now, reader=RecordReader())
    assert report.problems == []
    return get(engine, f"{record['source']}:{record['reference']}")


def get(engine: sa.Engine, name: str) -> Call:
    with engine.begin() as connection:
        return calls.get(connection, name)


def history(engine: sa.Engine) -> list[tuple[str, str]]:
    with engine.begin() as connection:
        told = calls.history(connection, "officer:2026-7")
    return [(str(one.cause), one.field) for one in told]


def days(call: Call) -> list[str | None]:
    return [one.date for one in call.deadlines]


def test_what_a_record_leaves_out_is_read_and_comes_back_from_an_export(
    engine: sa.Engine, file: Path
) -> None:
    call = take(engine, file, OFFICERS)
    assert days(call) == ["2027-03-31"]
    assert {str(one.about) for one in call.eligibility.criteria} == {"applicant", "country"}
    assert [one.max_grant for one in call.funding] == [50_000]
    with engine.begin() as connection:
        export_calls(connection, file)
    before = file.read_bytes()
    stated = {**json.loads(before), "reference": "8", "opportunity": None, "funding": []}
    assert take(engine, file, stated).funding == ()  # what an export says stands, even "none"
    file.write_bytes(before)
    assert import_calls(engine, [file], NOW, reader=RecordReader()) == ImportReport(unchanged=1)


def test_what_any_line_stated_stays_and_what_we_read_follows_the_text(
    engine: sa.Engine, file: Path
) -> None:
    stated = take(engine, file, {**OFFICERS, "deadlines": [PLAIN], "funding": None})
    assert (days(stated), stated.funding) == (["2027-05-01"], ())
    assert stated.eligibility.criteria
    moved = TEXT.replace("31 March", "30 April").replace("Poland and ", "")
    later = take(engine, file, {**OFFICERS, "description": moved}, NOW + DAY)
    assert (days(later), later.funding) == (["2027-05-01"], ())
    assert [list(one.values) for one in later.eligibility.criteria if one.about == "country"] == [
        ["UA"]
    ]
    name = {"source": "officer", "reference": "2026-7"}
    assert days(take(engine, file, {**name, "deadlines": None}, NOW + DAY)) == []
    assert {cause for cause, _ in history(engine)} == {"source"}


def test_a_better_reader_corrects_what_was_read_and_never_what_was_stated(
    engine: sa.Engine, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:  # a reader that understood nothing
        earlier.setattr(
            imported,
            "read",
            lambda raw: Reading(read_record(record_words(Call(**only(raw)), READABLE))[0], "old"),
        )
        assert days(take(engine, file, {**OFFICERS, "funding": []})) == []
    assert reread(engine, NOW, dry_run=True).changes.keys() == {"officer:2026-7"}
    call = take(engine, file, {**OFFICERS, "title": "Waters"}, NOW + DAY)
    assert (days(call), call.funding) == (["2027-03-31"], ())
    assert sorted(history(engine)) == [
        ("reader", "deadlines"),
        ("reader", "eligibility"),
        ("source", "title"),
    ]


def test_a_call_imported_before_anybody_read_imports_is_corrected_too(
    engine: sa.Engine, file: Path
) -> None:
    file.write_text(json.dumps(OFFICERS) + "\n", encoding="utf-8")
    assert import_calls(engine, [file], NOW).new == 1
    assert get(engine, "officer:2026-7").deadlines == ()
    report = import_calls(engine, [file], NOW + DAY, reader=RecordReader())
    assert (report.changed, report.read) == (1, 1)
    assert days(get(engine, "officer:2026-7")) == ["2027-03-31"]
    assert {cause for cause, _ in history(engine)} == {"reader"}
    assert import_calls(engine, [file], NOW + DAY, reader=RecordReader()).unchanged == 1


def only(raw: Any) -> dict[str, Any]:
    return {name: raw.words["record"][name] for name in OFFICERS if name in raw.words["record"]} | {
        "source": raw.source,
        "reference": raw.reference,
    }


def test_a_topic_of_the_portal_is_read_as_its_harvest_reads_it() -> None:
    text = (
        "Cities of at least ten member states shall take part in the pilots. Proposals must be "
        "submitted by at least 3 applicants from 3 different eligible countries."
    )
    topic = Call("eu_portal", "T-1", "Heat", language="en", description=text)
    (criterion,) = read_record(record_words(topic, frozenset()))[0].eligibility.criteria
    assert (criterion.about, criterion.min_countries) == ("consortium", 3)
    page = Call("eu_portal", "C-1", "Heat", language="en", description=TEXT, kind=Kind.CASCADE)
    assert len(read_record(record_words(page, frozenset()))[0].eligibility.criteria) > 1


def test_over_a_harvested_call_only_what_an_officer_states_changes(
    engine: sa.Engine, file: Path
) -> None:
    one = Call("officer", "2026-7", "Water", description="No date.")
    with engine.begin() as connection:
        number = harvests.start(connection, "officer", NOW)
        calls.keep(connection, Reading(one, "r"), raw={}, digest="d", now=NOW, harvest=number)
    assert days(take(engine, file, OFFICERS)) == []
    assert sorted(history(engine)) == [("officer", "description"), ("officer", "language")]
