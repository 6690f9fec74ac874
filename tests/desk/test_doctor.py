"""``bridges doctor``: each thing that can be wrong is said, with what to do."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from desk.check import State
from desk.checks import _source, everything
from storage.domain import Harvest, Outcome
from tests.desk.making import NOW, House, call


def look(house: House) -> dict[str, dict[str, Any]]:
    result = house.ask("doctor", "--json")
    found = {one["check"]: one for one in map(json.loads, result.stdout.splitlines())}
    failed = any(one["state"] == "fail" for one in found.values())
    assert result.exit_code == (1 if failed else 0)
    assert all(one["do"] for one in found.values() if one["state"] == "warn")
    return found


def test_a_new_house(house: House) -> None:
    found = look(house)
    assert found["database"]["state"] == "warn"
    assert "none yet" in found["database"]["said"]
    assert not (house.folder / "bridges.db").exists()  # looking changes nothing
    assert found["mail"]["state"] == "ok"
    assert found["encoder"]["state"] == "ok"
    assert "torch 2.13.0" in found["encoder"]["said"]
    assert found["disk"]["state"] in {"ok", "warn"}
    assert "BRIDGES_CONTACT" in found["settings"]["said"]


def test_a_house_in_use(house: House) -> None:
    house.environment["BRIDGES_CONTACT"] = "desk@example.org"
    house.keep(call())
    found = look(house)
    assert found["database"]["said"].startswith(f"{house.folder / 'bridges.db'}: 1 call, ")
    for name in ("settings", "database", "soundness", "writing"):
        assert found[name]["state"] == "ok", name
    assert found["source eu_portal"]["said"] == "never harvested"
    page = house.answer("doctor", columns=80)
    assert max(map(len, page.splitlines())) <= 80
    assert "→ bridges crawl eu_portal" in page


def test_a_wrong_setting_is_the_only_news(house: House) -> None:
    house.environment["BRIDGES_MAIL"] = "smtp://"
    found = look(house)
    assert list(found) == ["settings"]
    assert "BRIDGES_MAIL" in found["settings"]["said"]


def test_a_file_that_is_no_database(house: House) -> None:
    (house.folder / "bridges.db").write_bytes(b"no database" * 999)
    assert look(house)["database"]["state"] == "fail"


def test_a_database_of_a_later_release(house: House) -> None:
    house.keep(call())
    with sqlite3.connect(house.folder / "bridges.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert "later release" in look(house)["database"]["said"]


def test_an_empty_file_is_a_database_to_be(house: House) -> None:
    (house.folder / "bridges.db").touch()
    assert look(house)["database"]["state"] == "warn"


def test_a_damaged_database(house: House) -> None:
    house.keep(*[call(str(number), summary="x" * 3000) for number in range(200)])
    file = house.folder / "bridges.db"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with file.open("r+b") as damaged:
        damaged.seek(file.stat().st_size // 2)
        damaged.write(b"\xff" * 40_000)
    found = look(house)
    failed = [one for one in found.values() if one["state"] == "fail"]
    assert failed
    assert any("restore" in one["do"] + one["said"] for one in failed)


def test_another_program_writing_is_a_warning(house: House) -> None:
    house.keep(call())
    other = sqlite3.connect(house.folder / "bridges.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        assert look(house)["writing"]["state"] == "warn"
    finally:
        other.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_can_only_be_read(house: House) -> None:
    house.keep(call())
    house.folder.chmod(0o555)
    try:
        assert look(house)["writing"]["state"] == "fail"
    finally:
        house.folder.chmod(0o755)


def test_letters_need_a_folder(house: House) -> None:
    (house.folder / "file").touch()
    house.environment["BRIDGES_MAIL"] = str(house.folder / "file" / "outbox")
    assert look(house)["mail"]["state"] == "fail"


def test_a_password_is_never_shown(house: House) -> None:
    house.environment["BRIDGES_MAIL"] = "smtp://desk:hidden-word@mail.example.org:587"
    result = house.ask("doctor")
    assert "smtp://mail.example.org:587" in result.stdout
    assert "hidden-word" not in result.output


def test_who_gets_mail_is_said(house: House) -> None:
    house.environment["BRIDGES_MAIL"] = "smtp://desk@mail.example.org:587"
    found = look(house)
    assert found["mail"]["state"] == "fail"  # a user without a password
    assert "nobody gets mail but the contact" in found["recipients"]["said"]
    house.environment |= {"BRIDGES_MAIL_PASSWORD": "hidden-word", "BRIDGES_MAIL_TO": "everybody"}
    house.environment["BRIDGES_DKIM_KEY"] = str(house.folder / "none.pem")
    found = look(house)
    assert (found["mail"]["state"], found["recipients"]["state"]) == ("ok", "ok")
    assert "cannot be read" in found["signature"]["said"]


@pytest.mark.parametrize(
    ("outcome", "days", "proof", "state", "said"),
    [
        (Outcome.OK, 0, "operator", State.OK, "proven"),
        (Outcome.OK, 0, None, State.WARN, "unproven"),
        (Outcome.OK, 4, "operator", State.WARN, "4 days ago"),
        (Outcome.DEGRADED, 0, "operator", State.WARN, "rows came twice"),
        (Outcome.FAILED, 0, "operator", State.FAIL, "rows came twice"),
        (None, 0, "operator", State.WARN, "has not ended"),
    ],
)
def test_a_source(
    outcome: Outcome | None, days: int, proof: str | None, state: State, said: str
) -> None:
    began = NOW.replace(day=NOW.day - days)
    last = Harvest("eu_portal", began, began, items=9, outcome=outcome, reason="rows came twice")
    check = _source("eu_portal", [last], proof, NOW)
    assert check.state is state
    assert said in check.said


def test_all_checks_run_without_a_terminal(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BRIDGES_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    assert {check.about for check in everything(NOW)} >= {"settings", "database", "disk", "mail"}
    assert house.folder == tmp_path
