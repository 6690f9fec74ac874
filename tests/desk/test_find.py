"""``bridges calls find``: the answer in every format, and the question above it."""

from __future__ import annotations

import csv
import io
import json
import re
from xml.etree import ElementTree as ET

import pytest
from icalendar import Calendar
from openpyxl import load_workbook

from storage.domain import Call, Deadline, DeadlineKind, Funding, Kind, Programme
from tests.desk.making import NOW, House, call, single

LONG = call(
    "CERV-2027-CITIZENS-TOWN-TT-WITH-A-LONG-NAME",
    "Town twinning with municipalities whose names alone would fill a line of any terminal",
    funding=(Funding(min_grant=8455, max_grant=53625),),
)


def fill(house: House) -> None:
    house.keep(
        LONG,
        call("closing", "Water pipes", deadlines=(single(5),)),
        call("closed", "Old bridge", deadlines=(single(-5),)),
        call("month", "Some day in May", deadlines=(Deadline(DeadlineKind.SINGLE, "2027-05"),)),
        call("rolling", "Any time", deadlines=(Deadline(DeadlineKind.ROLLING, None),)),
        Call("officer", "bare", "Nothing but a title", kind=Kind.TENDER),
    )


def found(house: House, *words: str) -> list[str]:
    return [one["reference"] for one in house.lines("calls", "find", "--json", *words)]


def test_each_condition_narrows(house: House) -> None:
    fill(house)
    assert len(found(house)) == 6
    assert found(house, "water") == ["closing"]
    assert found(house, "--status", "open") == ["closing", LONG.reference]
    assert found(house, "--status", "closed", "--status", "rolling") == ["rolling", "closed"]
    assert found(house, "--closing-within", "2w") == ["closing"]
    assert found(house, "--kind", "tender") == ["bare"]
    assert found(house, "--new-since", "2026-11-22", "--limit", "2", "--sort", "new")
    assert not found(house, "--new-since", "2026-11-23")
    assert not found(house, "--programme", "LIFE")
    assert found(house, "--source", "officer", "--status", "closing") == ["closing"]
    assert len(found(house, "--country", "ua", "--applicant", "local-authority")) == 6


def test_several_words_are_one_question(house: House) -> None:
    fill(house)
    assert found(house, "pipes", "water") == ["closing"]
    result = house.ask("calls", "find", "pipes", "water")
    assert result.stderr == "Calls with the words “pipes water”, by deadline: 1 call\n"


def test_relevance_puts_titles_first(house: House) -> None:
    house.keep(
        call("a", "Parks", description="Also water.", deadlines=(single(5),)),
        call("b", "Water"),
    )
    assert found(house, "water", "--sort", "relevance") == ["b", "a"]
    assert found(house, "water") == ["a", "b"]


def test_what_was_cut_is_counted(house: House) -> None:
    fill(house)
    result = house.ask("calls", "find", "--limit", "2")
    assert result.stderr == "Calls, by deadline: 6 calls, the first 2 shown (--limit 0: all)\n"
    assert len(found(house, "--limit", "0")) == 6


def test_nothing_found_is_no_failure(house: House) -> None:
    result = house.ask("calls", "find", "unheard-of")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "none found\nNo calls are kept here yet: bridges crawl" in result.stderr
    house.keep(call())
    assert house.ask("calls", "find", "unheard-of").stderr.endswith("none found\n")


@pytest.mark.parametrize(
    ("option", "asked", "code"),
    [
        ("--country", "Ukraine", "UA (Ukraine)"),
        ("--country", "Польща", "PL (Poland)"),
        ("--country", "Germny", "DE (Germany)"),
        ("--region", "Sumy", "UA-59 (Sumy Oblast)"),
        ("--region", "Львівська", "UA-46 (Lviv Oblast)"),
        ("--region", "lubelskie", "PL81 (lubelskie)"),
    ],
)
def test_a_name_is_answered_with_its_code(house: House, option: str, asked: str, code: str) -> None:
    result = house.ask("calls", "find", option, asked)
    assert result.exit_code == 2
    assert f"you may mean {code}" in result.stderr


def test_a_source_without_calls_is_no_mistake(house: House) -> None:
    assert house.ask("calls", "find", "--source", "eu_portal").exit_code == 0


@pytest.mark.parametrize("columns", [60, 80, 100, 120, 200])
def test_a_table_fits_and_never_cuts_a_name(house: House, columns: int) -> None:
    fill(house)
    table = house.answer("calls", "find", columns=columns)
    assert max(map(len, table.splitlines())) <= columns
    unwrapped = re.sub(r"\n\s*", "", table) if columns <= 80 else table
    assert f"officer:{LONG.reference}" in unwrapped
    assert "Fri 27 Nov 2026" in table
    assert "in 5 days" in table
    assert "17:00 Brussels" in table
    assert "no fixed date" in table
    assert "no date said" in table
    assert "May 2027" in table


def test_a_wide_table_has_one_line_a_call(house: House) -> None:
    fill(house)
    assert len(house.answer("calls", "find", columns=200).splitlines()) == 2 + 6
    assert "EUR 8,455 to 53,625" in house.answer("calls", "find", columns=200)


def test_hostile_titles_are_only_text(house: House) -> None:
    house.keep(call(title="[red]Free[/red] \x1b[2J\x1b]0;owned\x07\x9b31m :smile: \u202egnp"))
    table = house.answer("calls", "find", columns=200)
    assert "[red]Free[/red] 31m :smile: gnp" in table
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", table)


def test_json_is_the_record_with_its_status(house: House) -> None:
    house.keep(call(title="Тепло \x9b31m"))
    result = house.ask("calls", "find", "--format", "json")
    assert "Тепло" in result.stdout
    assert "\x9b" not in result.stdout
    record = json.loads(result.stdout)
    assert list(record)[:4] == ["id", "status", "source", "reference"]
    assert record["title"] == "Тепло \x9b31m"
    assert record["deadlines"][0]["instant"] == "2026-12-22T16:00:00Z"


def test_csv_xlsx_ics_and_atom(house: House) -> None:
    fill(house)
    rows = house.ask("calls", "find", "--status", "open", "--format", "csv").stdout_bytes
    read = list(csv.DictReader(io.StringIO(rows.decode("utf-8-sig"), newline="")))
    assert [row["id"] for row in read] == ["officer:closing", f"officer:{LONG.reference}"]
    book = house.ask("calls", "find", "--status", "open", "--format", "xlsx").stdout_bytes
    sheet = load_workbook(io.BytesIO(book)).active
    assert sheet is not None
    assert sheet.max_row == 3
    calendar = house.ask("calls", "find", "--format", "ics").stdout_bytes
    assert len(Calendar.from_ical(calendar).walk("VEVENT")) == 3
    feed = ET.fromstring(house.ask("calls", "find", "--format", "atom").stdout_bytes)  # noqa: S314
    assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == 6


def test_a_feed_says_when_a_call_last_changed(house: House) -> None:
    house.keep(call(), now=NOW.replace(day=1))
    house.keep(call(deadlines=(single(60),)), now=NOW.replace(day=20))
    feed = house.answer("calls", "find", "--format", "atom")
    assert "<updated>2026-11-20T10:00:00Z</updated>" in feed
    assert "<published>2026-11-01T10:00:00Z</published>" in feed


def test_a_programme_is_found_by_code_or_name(house: House) -> None:
    house.keep(call("1", programme=Programme("LIFE", "Programme for the Environment")), call("2"))
    assert found(house, "--programme", "life") == ["1"]
    assert found(house, "--programme", "Equality") == ["2"]
