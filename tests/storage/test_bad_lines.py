"""Bad lines of an import: each is named with its field, every good line is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from storage import calls
from storage.errors import Problem
from storage.exchange import import_calls
from tests.storage.making import NOW

GOOD = b'{"source":"officer","reference":"good","title":"kept"}'
NAMED = {"source": "officer", "reference": "bad", "title": "t"}


def problems(engine: sa.Engine, tmp_path: Path, *lines: bytes) -> list[Problem]:
    """Import the lines between two good ones, which must be kept."""
    file = tmp_path / "calls.ndjson"
    file.write_bytes(b"\n".join([GOOD, *lines, GOOD.replace(b"good", b"also good"), b""]))
    report = import_calls(engine, [file], NOW)
    assert report.new == 2
    with engine.begin() as connection:
        assert set(calls.known(connection, "officer")) == {"good", "also good"}
    assert all(problem.file == str(file) for problem in report.problems)
    assert all("\n" not in str(problem) and len(str(problem)) < 600 for problem in report.problems)
    return report.problems


FORMS = {
    "no JSON": (b"not json", "JSON"),
    "cut off": (GOOD[:30], "JSON"),
    "two on a line": (GOOD + GOOD, "JSON"),
    "a list": (b"[1, 2]", "an object"),
    "a number": (b"7", "an object"),
    "a NUL": (b'{"source":"officer","reference":"b","title":"a\0b"}', "NUL"),
    "not UTF-8": (b'{"source":"officer","reference":"b","title":"\xff"}', "UTF-8"),
    "UTF-16": ('{"source":"officer"}'.encode("utf-16"), "UTF-8"),
    "nested deep": (b"[" * 100_000, "JSON"),
    "nested deep in a field": (
        b'{"source":"officer","reference":"b","title":"t","deadlines":' + b"[" * 100_000,
        "JSON",
    ),
    "NaN": (b'{"source":"officer","reference":"b","title":"t","version":NaN}', "a number"),
    "a number of 5,000 digits": (
        b'{"source":"officer","reference":"b","title":"t","version":' + b"9" * 5000 + b"}",
        "a number",
    ),
    "a line of 5 MB": (
        b'{"source":"officer","reference":"b","title":"t","description":"'
        + b"x" * 5_000_000
        + b'"}',
        "a line of at most",
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_line_that_is_no_record(engine: sa.Engine, tmp_path: Path, name: str) -> None:
    line, expected = FORMS[name]
    (problem,) = problems(engine, tmp_path, line)
    assert problem.line == 2
    assert expected in problem.expected


FIELDS: list[tuple[dict[str, Any], str, str]] = [
    ({"title": None}, "title", "not empty"),
    ({"title": " "}, "title", "not empty"),
    ({"title": 7}, "title", "text"),
    ({"source": ""}, "source", "not empty"),
    ({"source": "a:b"}, "source", "colons"),
    ({"reference": "a\nb"}, "reference", "one line"),
    ({"reference": 7}, "reference", "text"),
    ({"titel": "t"}, "titel", "did you mean title?"),
    ({"status": "open"}, "status", "a known field"),
    ({"kind": "grand"}, "kind", "one of grant, external_action, cascade, cooperation, tender"),
    ({"kind": []}, "kind", "one of"),
    ({"version": 0}, "version", "from 1"),
    ({"version": 1.5}, "version", "whole number"),
    ({"version": True}, "version", "whole number"),
    ({"version": 10**12}, "version", "2147483647"),
    ({"withdrawn": "no"}, "withdrawn", "true or false"),
    ({"first_seen": "yesterday"}, "first_seen", "a time with its offset"),
    ({"first_seen": "2026-11-22T10:00:00"}, "first_seen", "a time with its offset"),
    ({"last_seen": "0001-01-01T00:00:00+14:00"}, "last_seen", "a time with its offset"),
    ({"opens_on": "soon"}, "opens_on", "a date like"),
    ({"description": "\x00"}, "description", "NUL"),
    ({"description": "\ud800"}, "description", "half"),
    ({"programme": "LIFE"}, "programme", "an object"),
    ({"programme": {"cod": "LIFE"}}, "programme.cod", "did you mean code?"),
    ({"deadlines": "2026-12-22"}, "deadlines", "a list"),
    ({"deadlines": ["2026-12-22"]}, "deadlines[0]", "an object"),
    ({"deadlines": [{"date": "22.12.2026"}]}, "deadlines[0].date", "a date like"),
    ({"deadlines": [{}, {"date": "2026-02-30"}]}, "deadlines[1].date", "a date like"),
    ({"deadlines": [{"date": "9999-12-31"}]}, "deadlines[0].date", "a date like"),
    ({"opens_on": "0001-01-01"}, "opens_on", "a date like"),
    ({"deadlines": [{"date": "2026-12-22", "time": "5 pm"}]}, "deadlines[0].time", "a time like"),
    ({"deadlines": [{"zone": "Kyiv"}]}, "deadlines[0].zone", "a time zone"),
    ({"deadlines": [{"kind": "stages"}]}, "deadlines[0].kind", "one of stage"),
    ({"deadlines": [{"sequence": 0}]}, "deadlines[0].sequence", "from 1"),
    (
        {"deadlines": [{"date": "2026-12-22", "instant": "2026-12-21T22:59:59Z"}]},
        "deadlines[0].instant",
        "2026-12-22T22:59:59Z",
    ),
    (
        {"deadlines": [{"date": "2026-12", "instant": "2026-12-21T22:59:59Z"}]},
        "deadlines[0].instant",
        "none",
    ),
    ({"funding": [{"total": "a lot"}]}, "funding[0].total", "a number"),
    ({"funding": [{"total": -1}]}, "funding[0].total", "from 0"),
    ({"funding": [{"total": 1e300}]}, "funding[0].total", "a number"),
    ({"eligibility": []}, "eligibility", "an object"),
    (
        {"eligibility": {"criteria": [{"about": "land", "effect": "allows"}]}},
        "eligibility.criteria[0].about",
        "one of",
    ),
    (
        {"eligibility": {"criteria": [{"about": "country"}]}},
        "eligibility.criteria[0].effect",
        "one of",
    ),
    (
        {"eligibility": {"criteria": [{"about": "cofinancing", "effect": "requires", "rate": 80}]}},
        "eligibility.criteria[0].rate",
        "from 0 to 1",
    ),
    ({"documents": [{"title": "Guide"}]}, "documents[0].url", "not empty"),
]


@pytest.mark.parametrize(("edit", "field", "expected"), FIELDS)
def test_a_wrong_field_is_named(
    engine: sa.Engine, tmp_path: Path, edit: dict[str, Any], field: str, expected: str
) -> None:
    (problem,) = problems(engine, tmp_path, json.dumps(NAMED | edit).encode())
    assert (problem.line, problem.field) == (2, field)
    assert expected in problem.expected


def test_a_field_twice_is_refused(engine: sa.Engine, tmp_path: Path) -> None:
    line = b'{"source":"officer","reference":"b","title":"one","title":"two"}'
    (problem,) = problems(engine, tmp_path, line)
    assert (problem.field, problem.expected) == ("title", "each field once")


def test_many_problems_keep_their_lines(engine: sa.Engine, tmp_path: Path) -> None:
    found = problems(engine, tmp_path, b"{", b"", b"  ", b"7", b'"x"')
    assert [problem.line for problem in found] == [2, 5, 6]


def test_a_byte_order_mark_and_windows_lines_are_no_mistake(
    engine: sa.Engine, tmp_path: Path
) -> None:
    file = tmp_path / "calls.ndjson"
    file.write_bytes(b"\xef\xbb\xbf" + GOOD + b"\r\n\r\n" + GOOD.replace(b"good", b"2"))
    report = import_calls(engine, [file], NOW)
    assert (report.new, report.problems) == (2, [])


@pytest.mark.parametrize("name", ["nowhere.ndjson", "."])
def test_a_file_that_cannot_be_read_does_not_stop_the_next(
    engine: sa.Engine, tmp_path: Path, name: str
) -> None:
    good = tmp_path / "good.ndjson"
    good.write_bytes(GOOD)
    report = import_calls(engine, [tmp_path / name, good], NOW)
    (problem,) = report.problems
    assert (problem.line, problem.expected) == (0, "a file that can be read")
    assert report.new == 1


def test_a_bad_edit_leaves_the_stored_call(engine: sa.Engine, tmp_path: Path) -> None:
    file = tmp_path / "calls.ndjson"
    file.write_bytes(GOOD)
    import_calls(engine, [file], NOW)
    edit = {"source": "officer", "reference": "good", "summary": "S", "opens_on": "soon"}
    file.write_text(json.dumps(edit), encoding="utf-8")
    (problem,) = import_calls(engine, [file], NOW).problems
    assert str(problem) == f"{file}:1: opens_on: expected {problem.expected}, got 'soon'"
    with engine.begin() as connection:
        stored = calls.get(connection, "officer:good")
    assert (stored.summary, stored.version) == (None, 1)


def test_a_problem_reads_as_one_line() -> None:
    assert str(Problem("a.ndjson", 7, "title", "text", "7")) == (
        "a.ndjson:7: title: expected text, got 7"
    )
    assert str(Problem("a.ndjson", 0, "", "a file", "a folder")) == (
        "a.ndjson: expected a file, got a folder"
    )
