"""Calls in and out: round trips, what an import changes, whose word it is."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import calls
from storage.domain import (
    About,
    Call,
    Cause,
    Criterion,
    Deadline,
    DeadlineKind,
    Document,
    Effect,
    Eligibility,
    Funding,
    Kind,
    Programme,
)
from storage.exchange import call_from_json, call_to_json, export_calls, import_calls
from storage.opportunities import opportunity_id
from storage.records import CALL_FIELDS
from tests.storage.making import (
    DAY,
    NOW,
    call,
    correct_as_officer,
    emptied,
    full_call,
    harvest,
    keep,
    single,
    told,
)

MINIMAL = {"source": "officer", "reference": "2026-7", "title": "…"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "calls.ndjson"


def write(file: Path, *records: dict[str, Any]) -> Path:
    file.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    return file


def imported(engine: sa.Engine, file: Path, now: datetime = NOW) -> tuple[int, int, int]:
    report = import_calls(engine, [file], now)
    assert report.problems == []
    return report.new, report.changed, report.unchanged


def get(engine: sa.Engine, name: str = "officer:2026-7") -> Call:
    with engine.begin() as connection:
        return calls.get(connection, name)


def history(engine: sa.Engine, name: str = "officer:2026-7") -> list[tuple[str, str]]:
    with engine.begin() as connection:
        return told(calls.history(connection, name))


def exported(engine: sa.Engine, path: Path) -> bytes:
    with engine.begin() as connection:
        export_calls(connection, path)
    return path.read_bytes()


def test_the_json_of_a_call_has_every_field_in_its_order() -> None:
    record = call_to_json(full_call())
    assert tuple(record) == CALL_FIELDS
    assert record["deadlines"][0] == {
        "kind": "stage",
        "date": "2027-01-20",
        "time": "17:00",
        "zone": "Europe/Brussels",
        "instant": "2027-01-20T16:00:00Z",
        "basis": "stated",
        "words": "20 January",
        "sequence": 1,
    }
    assert [one["instant"] for one in record["deadlines"][1:]] == [None, None, None]
    assert record["funding"][0]["total"] == 1_000_000
    assert isinstance(record["funding"][0]["total"], int)
    assert record["eligibility"]["criteria"][0] == {
        "about": "country",
        "effect": "allows",
        "values": ["PL", "UA"],
        "group": "border",
        "words": "",
        "basis": "stated",
    }


def test_json_and_back_is_the_same_call() -> None:
    one = full_call(first_seen=NOW, last_seen=NOW + DAY, version=4, opportunity="o-x")
    assert call_from_json(json.loads(json.dumps(call_to_json(one)))) == one


def test_a_minimal_call_is_enough(engine: sa.Engine, file: Path) -> None:
    assert imported(engine, write(file, MINIMAL)) == (1, 0, 0)
    assert get(engine) == Call(
        "officer",
        "2026-7",
        "…",
        first_seen=NOW,
        last_seen=NOW,
        opportunity=opportunity_id("officer:2026-7"),
    )


def test_the_same_file_again_changes_nothing(engine: sa.Engine, file: Path) -> None:
    write(file, MINIMAL, call_to_json(full_call()))
    assert imported(engine, file) == (2, 0, 0)
    assert imported(engine, file, NOW + DAY) == (0, 0, 2)
    assert history(engine, "portal:F-1") == []


def test_an_absent_field_leaves_the_stored_value_and_null_clears_it(
    engine: sa.Engine, file: Path
) -> None:
    imported(engine, write(file, call_to_json(full_call())))
    edit = {"source": "portal", "reference": "F-1", "summary": None, "deadlines": None}
    assert imported(engine, write(file, edit)) == (0, 1, 0)
    stored = get(engine, "portal:F-1")
    assert (stored.summary, stored.deadlines) == (None, ())
    assert stored.description == full_call().description
    assert stored.version == 2


def test_over_an_imported_call_the_importer_is_its_source(engine: sa.Engine, file: Path) -> None:
    imported(engine, write(file, MINIMAL))
    imported(engine, write(file, MINIMAL | {"title": "Title"}), NOW + DAY)
    assert history(engine) == [("source", "title")]
    assert get(engine).last_seen == NOW + DAY


def test_over_a_harvested_call_an_import_is_an_officers_correction(
    engine: sa.Engine, file: Path
) -> None:
    with engine.begin() as connection:
        harvest(connection, call())
    edit = {"source": "portal", "reference": "W-1", "title": "Better"}
    assert imported(engine, write(file, edit), NOW + DAY) == (0, 1, 0)
    assert history(engine, "portal:W-1") == [("officer", "title")]
    assert get(engine, "portal:W-1").last_seen == NOW
    with engine.begin() as connection:
        harvest(connection, call())
    assert get(engine, "portal:W-1").title == "Better"


def test_withdrawn_is_taken_over_with_a_change_but_no_version(
    engine: sa.Engine, file: Path
) -> None:
    imported(engine, write(file, MINIMAL | {"withdrawn": True}))
    assert get(engine).withdrawn
    assert imported(engine, write(file, MINIMAL | {"withdrawn": True})) == (0, 0, 1)
    assert imported(engine, write(file, MINIMAL)) == (0, 0, 1)
    assert get(engine).withdrawn
    assert imported(engine, write(file, MINIMAL | {"withdrawn": False})) == (0, 1, 0)
    assert history(engine) == [("source", "withdrawn")]
    assert get(engine).version == 1


def test_times_of_a_stored_call_only_widen(engine: sa.Engine, file: Path) -> None:
    imported(engine, write(file, MINIMAL))
    early = MINIMAL | {"first_seen": "2026-01-01T00:00:00Z", "last_seen": "2026-02-01T00:00:00Z"}
    assert imported(engine, write(file, early)) == (0, 1, 0)
    assert get(engine).first_seen == datetime(2026, 1, 1, tzinfo=UTC)
    assert get(engine).last_seen == NOW
    late = {"first_seen": "2026-12-24T02:00:00+02:00", "last_seen": "2026-12-24T02:00:00+02:00"}
    assert imported(engine, write(file, MINIMAL | late)) == (0, 0, 1)
    assert get(engine).first_seen == datetime(2026, 1, 1, tzinfo=UTC)
    assert get(engine).last_seen == datetime(2026, 12, 24, tzinfo=UTC)


def test_an_opportunity_is_honoured_and_the_old_one_leads_there(
    engine: sa.Engine, file: Path
) -> None:
    other = MINIMAL | {"reference": "2026-8"}
    imported(engine, write(file, MINIMAL, other))
    target = opportunity_id("officer:2026-7")
    assert imported(engine, write(file, other | {"opportunity": target})) == (0, 1, 0)
    assert history(engine, "officer:2026-8") == [("link", "opportunity")]
    assert get(engine, "officer:2026-8").opportunity == target
    assert get(engine, opportunity_id("officer:2026-8")).id == "officer:2026-7"


def test_a_merge_survives_export_and_import(engine: sa.Engine, file: Path, tmp_path: Path) -> None:
    target = opportunity_id("officer:2026-7")
    other = MINIMAL | {"reference": "2026-8", "opportunity": target}
    imported(engine, write(file, MINIMAL, other))
    before = exported(engine, tmp_path / "a.ndjson")
    emptied(engine)
    imported(engine, tmp_path / "a.ndjson")
    assert exported(engine, tmp_path / "b.ndjson") == before
    assert get(engine, opportunity_id("officer:2026-8")).id == "officer:2026-7"


def test_a_split_is_honoured_too(engine: sa.Engine, file: Path) -> None:
    target = opportunity_id("officer:2026-7")
    own = opportunity_id("officer:2026-8")
    other = MINIMAL | {"reference": "2026-8", "opportunity": target}
    imported(engine, write(file, MINIMAL, other))
    imported(engine, write(file, other | {"opportunity": own}))
    assert get(engine, own).id == "officer:2026-8"
    assert get(engine, target).id == "officer:2026-7"


def test_a_call_twice_in_a_file_is_its_last_line(engine: sa.Engine, file: Path) -> None:
    assert imported(engine, write(file, MINIMAL, MINIMAL | {"title": "Last"})) == (1, 1, 0)
    assert get(engine).title == "Last"


def test_an_import_may_be_part_of_a_larger_transaction(engine: sa.Engine, file: Path) -> None:
    write(file, MINIMAL)
    with engine.connect() as connection, connection.begin() as transaction:
        assert import_calls(connection, [file], NOW).new == 1
        transaction.rollback()
    with engine.begin() as connection:
        assert calls.known(connection, "officer") == {}


def test_many_lines_in_several_transactions(engine: sa.Engine, file: Path) -> None:
    write(file, *(MINIMAL | {"reference": f"{number}"} for number in range(603)))
    seen: list[tuple[int, int]] = []
    report = import_calls(engine, [file, file], NOW, lambda done, total: seen.append((done, total)))
    assert (report.new, report.unchanged) == (603, 603)
    size = file.stat().st_size
    assert seen[-1] == (2 * size, 2 * size)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    if engine.dialect.name == "postgresql":  # which plans questions by how much there is
        with engine.begin() as connection:
            known = "SELECT reltuples FROM pg_class WHERE relname = 'call_keys'"
            assert connection.exec_driver_sql(known).scalar() == 603


def test_every_status_and_hand_round_trips_byte_for_byte(engine: sa.Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        harvest(connection, call("A"), call("B"), full_call(), call("gone", deadlines=()))
        correct_as_officer(connection, call("A", title="Better"))
        harvest(connection, call("B", deadlines=(single(1),)), full_call(), now=NOW + DAY)
        harvest(connection, full_call(), now=NOW + 2 * DAY)
        keep(connection, call("ї", source="officer"), raw=None)
    before = exported(engine, tmp_path / "a.ndjson")
    assert b'"withdrawn":true' in before
    emptied(engine)
    assert imported(engine, tmp_path / "a.ndjson", NOW + 9 * DAY) == (5, 0, 0)
    assert exported(engine, tmp_path / "b.ndjson") == before
    names = [(one["source"], one["reference"]) for one in map(json.loads, before.splitlines())]
    assert names == sorted(names)
    assert len(names) == 5


def test_an_empty_database_exports_an_empty_file(engine: sa.Engine, tmp_path: Path) -> None:
    assert exported(engine, tmp_path / "a.ndjson") == b""


TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=30)
SOME = st.one_of(st.none(), TEXTS)
PRINTABLE = st.characters(exclude_categories=("C", "Z"), include_characters=" ")
NAMES = st.text(PRINTABLE, min_size=1, max_size=30).map(str.strip).filter(bool)
AMOUNTS = st.one_of(st.none(), st.floats(0, 1e15), st.integers(0, 10**15).map(float))
RATES = st.one_of(st.none(), st.floats(0, 1))
COUNTS = st.one_of(st.none(), st.integers(0, 2**31 - 1))
DAYS = st.dates(date(1900, 1, 1), date(2999, 12, 31)).map(str)
DATES = st.one_of(
    st.none(), DAYS, DAYS.map(lambda day: day[:7]), DAYS.map(lambda day: f"-{day[4:]}")
)
CALLS = st.builds(
    Call,
    source=st.sampled_from(["eu_portal", "officer", "Їжак", "z"]),
    reference=NAMES,
    title=TEXTS.filter(str.strip),
    parent=SOME,
    url=SOME,
    summary=SOME,
    description=SOME,
    language=SOME,
    kind=st.sampled_from(Kind),
    programme=st.one_of(st.none(), st.builds(Programme, SOME, SOME)),
    types_of_action=st.lists(TEXTS, max_size=2).map(tuple),
    opens_on=DATES,
    deadlines=st.lists(
        st.builds(
            Deadline,
            st.sampled_from(DeadlineKind),
            DATES,
            st.sampled_from([None, "00:00", "17:00", "24:00"]),
            st.sampled_from(["Europe/Brussels", "Europe/Kyiv", "UTC"]),
            TEXTS,
            TEXTS,
            st.one_of(st.none(), st.integers(1, 9)),
            st.sampled_from([None, "yearly"]),
        ),
        max_size=3,
    ).map(tuple),
    eligibility=st.builds(
        Eligibility,
        st.lists(
            st.builds(
                Criterion,
                st.sampled_from(About),
                st.sampled_from(Effect),
                st.lists(TEXTS, max_size=2).map(tuple),
                SOME,
                COUNTS,
                COUNTS,
                RATES,
                RATES,
                SOME,
                TEXTS,
                TEXTS,
            ),
            max_size=2,
        ).map(tuple),
        st.lists(TEXTS, max_size=2).map(tuple),
    ),
    funding=st.lists(
        st.builds(Funding, TEXTS, AMOUNTS, AMOUNTS, AMOUNTS, COUNTS, TEXTS), max_size=2
    ).map(tuple),
    documents=st.lists(st.builds(Document, TEXTS.filter(str.strip), TEXTS, TEXTS), max_size=2).map(
        tuple
    ),
    first_seen=st.one_of(st.none(), st.datetimes(timezones=st.just(UTC))),
    last_seen=st.one_of(st.none(), st.datetimes(timezones=st.just(UTC))),
    version=st.integers(1, 2**31 - 1),
    withdrawn=st.booleans(),
)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(drawn=st.lists(CALLS, max_size=4, unique_by=lambda one: one.id))
def test_any_calls_round_trip_byte_for_byte(
    engine: sa.Engine, tmp_path: Path, drawn: list[Call]
) -> None:
    emptied(engine)
    with engine.begin() as connection:
        for one in drawn:
            keep(connection, one, raw=None)
    before = exported(engine, tmp_path / "a.ndjson")
    with engine.begin() as connection:
        stored = [calls.get(connection, one.id) for one in drawn]
    emptied(engine)
    report = import_calls(engine, [tmp_path / "a.ndjson"], NOW + DAY)
    assert report.problems == []
    assert report.new == len(drawn)
    assert exported(engine, tmp_path / "b.ndjson") == before
    with engine.begin() as connection:
        assert [calls.get(connection, one.id) for one in drawn] == stored
        for one in drawn:
            assert calls.versions(connection, one.id)[-1][2] is Cause.SOURCE
