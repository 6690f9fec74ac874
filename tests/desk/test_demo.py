"""``bridges demo``: runs without set-up, says what it shows, and runs again."""

from __future__ import annotations

import io
import json
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from icalendar import Calendar
from openpyxl import load_workbook

from tests.desk.making import House


def test_the_demonstration(house: House, tmp_path: Path) -> None:
    story = house.answer("demo", columns=80)
    for said in (
        "eu_portal  ok  ",
        "Open calls, by deadline: ",
        "eu_portal:CERV-2027-CITIZENS-TOWN-TT-UA",
        "Verbove – Nowa Dolina",
        "Kalynove – Lindental",
        "Ozerne – Valea Verde",
        "calls can be applied to, ",
        "(answers: ",
        "export BRIDGES_DATABASE_URL=sqlite:///",
        "demo-out/open-calls.xlsx",
    ):
        assert said in story, said
    out = tmp_path / "demo-out"
    sheet = load_workbook(io.BytesIO((out / "open-calls.xlsx").read_bytes())).active
    assert sheet is not None
    assert sheet.max_row > 20
    assert Calendar.from_ical((out / "deadlines.ics").read_bytes()).walk("VEVENT")
    assert len((out / "calls.ndjson").read_text(encoding="utf-8").splitlines()) > 20
    letters = [
        message_from_bytes(path.read_bytes(), policy=default)
        for path in (out / "letters").glob("*.eml")
    ]
    assert {letter["To"].split("@")[0] for letter in letters} == {
        "olena.verbove",
        "europa.nowadolina",
        "kultura.kalynove",
        "primaria.valeaverde",
    }
    bodies = [letter.get_body(("plain",)) for letter in letters]
    words = [body.get_content() for body in bodies if body is not None]
    assert sum("Шановні колеги" in one for one in words) == 2
    flat = [" ".join(one.split()) for one in words]
    assert all("(eu_portal) – " in one for one in flat)  # read, though nobody has proven it yet
    assert all("\n2. " in one for one in words)  # who tries it sees what it is for: calls to read
    assert not (tmp_path / "bridges.db").exists()  # the house's own database is left alone

    again = json.loads(house.answer("demo", "--json"))
    assert (again["harvest"]["outcome"], again["harvest"]["new"]) == ("ok", 0)
    assert len(list((out / "letters").glob("*.eml"))) == len(letters)  # nobody gets it twice
    assert all(Path(file).stat().st_size for file in again["files"])
    house.environment["BRIDGES_DATABASE_URL"] = again["database_url"]
    assert house.lines("calls", "find", "town", "--country", "UA", "--json")
    assert len(house.lines("partnerships", "list", "--json")) == 3


def test_a_folder_that_is_a_file_is_wrong_usage(house: House, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert house.ask("demo", "--out", "file").exit_code == 2
