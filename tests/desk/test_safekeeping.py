"""``bridges backup`` and ``bridges restore``."""

from __future__ import annotations

import json
from pathlib import Path

from tests.desk.making import House, call


def names(house: House) -> list[str]:
    return [one["reference"] for one in house.lines("calls", "find", "--json")]


def test_a_backup_comes_back(house: House, tmp_path: Path) -> None:
    house.keep(call("1"))
    copy = tmp_path / "copy.db"
    assert house.answer("backup", str(copy)).startswith(f"Backup written to {copy} (")
    house.keep(call("2"))
    result = house.ask("restore", str(copy))
    assert result.exit_code == 0
    assert result.stdout.startswith(f"The database is again as in {copy} (")
    assert names(house) == ["1"]


def test_what_was_there_is_copied_first(house: House, tmp_path: Path) -> None:
    house.keep(call("1"))
    copy = tmp_path / "copy.db"
    house.answer("backup", str(copy))
    house.keep(call("2"))
    (told,) = house.lines("restore", str(copy), "--json")
    assert told["restored"] == str(copy)
    assert told["bytes"] == copy.stat().st_size
    house.answer("restore", "--force", told["before"])
    assert names(house) == ["1", "2"]


def test_an_empty_database_needs_no_copy(house: House, tmp_path: Path) -> None:
    house.keep(call("1"))
    copy = tmp_path / "copy.db"
    house.answer("backup", str(copy))
    (tmp_path / "new").mkdir()
    other = House(tmp_path / "new")
    (told,) = other.lines("restore", str(copy), "--json")
    assert told["before"] is None
    assert names(other) == ["1"]


def test_what_is_no_backup_replaces_nothing(house: House, tmp_path: Path) -> None:
    house.keep(call("1"))
    wrong = tmp_path / "notes.txt"
    wrong.write_text("no backup")
    for file in (wrong, tmp_path / "absent.db"):
        result = house.ask("restore", str(file))
        assert result.exit_code == 1
        assert len(result.stderr.splitlines()) == 1
    assert names(house) == ["1"]
    assert not list(tmp_path.glob("*.before-*"))


def test_a_damaged_database_is_replaced_on_request(house: House, tmp_path: Path) -> None:
    house.keep(call("1"))
    copy = tmp_path / "copy.db"
    house.answer("backup", str(copy))
    for file in tmp_path.glob("bridges.db*"):
        file.unlink()
    (tmp_path / "bridges.db").write_bytes(copy.read_bytes()[:5000] + b"\xff" * 50_000)
    result = house.ask("restore", str(copy))
    if result.exit_code:
        assert "--force" in result.stderr
        house.answer("restore", "--force", str(copy))
    assert names(house) == ["1"]


def test_a_backup_is_told_in_json(house: House, tmp_path: Path) -> None:
    house.keep(call())
    result = house.ask("backup", str(tmp_path / "copy.db"), "--json")
    assert json.loads(result.stdout)["backup"] == str(tmp_path / "copy.db")
