"""Calls in and out by the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.desk.making import House, call, written

MINIMAL = {"source": "officer", "reference": "2026-7", "title": "Water"}


def test_an_import_says_what_it_did(house: House, tmp_path: Path) -> None:
    file = written(tmp_path / "calls.ndjson", [MINIMAL, {**MINIMAL, "reference": "8"}])
    result = house.ask("calls", "import", str(file))
    assert result.stdout == "2 calls: 2 new, 0 changed, 0 unchanged\n"
    assert result.stderr == ""
    again = house.lines("calls", "import", str(file), "--json")
    assert again == [{"new": 0, "changed": 0, "unchanged": 2, "notes": [], "problems": []}]


def test_bad_lines_are_named_and_good_ones_kept(house: House, tmp_path: Path) -> None:
    file = written(
        tmp_path / "calls.ndjson",
        [MINIMAL, {**MINIMAL, "reference": "8", "opens_on": "soon"}, {"source": "officer"}],
    )
    file.write_text(file.read_text(encoding="utf-8") + "{broken\n", encoding="utf-8")
    result = house.ask("calls", "import", str(file), str(tmp_path / "absent.ndjson"))
    assert result.exit_code == 1
    assert result.stdout == "1 call: 1 new, 0 changed, 0 unchanged; 4 left out\n"
    told = result.stderr.splitlines()
    assert told[0].startswith(f"{file}:2: opens_on: expected a date")
    assert told[1].startswith(f"{file}:3: reference: expected")
    assert told[2].startswith(f"{file}:4: expected JSON, got ")
    assert told[3].startswith(f"{tmp_path / 'absent.ndjson'}: expected a file that can be read")
    assert house.ask("calls", "show", "officer:2026-7").exit_code == 0


def test_problems_are_records_in_json(house: House, tmp_path: Path) -> None:
    file = written(tmp_path / "calls.ndjson", [{**MINIMAL, "kind": "gift"}])
    result = house.ask("calls", "import", str(file), "--json")
    assert result.exit_code == 1
    (problem,) = json.loads(result.stdout)["problems"]
    assert (problem["line"], problem["field"]) == (1, "kind")


def test_many_problems_are_counted(house: House, tmp_path: Path) -> None:
    file = written(tmp_path / "calls.ndjson", [{}] * 30)
    result = house.ask("calls", "import", str(file))
    assert len(result.stderr.splitlines()) == 21
    assert "… and 10 more problems" in result.stderr


def test_hostile_lines_cannot_steer_the_terminal(house: House, tmp_path: Path) -> None:
    file = written(tmp_path / "calls.ndjson", [{**MINIMAL, "kind": "\x1b[31mred\x9b"}])
    result = house.ask("calls", "import", str(file))
    assert "\x1b" not in result.stderr
    assert "\x9b" not in result.stderr


def test_an_export_comes_back_the_same(house: House, tmp_path: Path) -> None:
    house.keep(call(), call("8", "Тепло"))
    first, second = tmp_path / "first.ndjson", tmp_path / "second.ndjson"
    assert house.answer("calls", "export", str(first)) == f"2 calls written to {first}\n"
    (tmp_path / "other").mkdir()
    other = House(tmp_path / "other")
    other.answer("calls", "import", str(first))
    other.answer("calls", "export", str(second))
    assert first.read_bytes() == second.read_bytes()
    assert house.answer("calls", "export", "-") == first.read_text(encoding="utf-8")


def test_a_folder_that_refuses_is_one_line(house: House, tmp_path: Path) -> None:
    house.keep(call())
    result = house.ask("calls", "export", str(tmp_path / "absent" / "calls.ndjson"))
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "cannot be written" in result.stderr


def test_rereading_what_was_read_is_nothing_to_do(house: House) -> None:
    house.keep(call())
    assert "nothing to do" in house.answer("calls", "reread", "--dry-run")
