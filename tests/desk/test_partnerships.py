"""``bridges partnerships``."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import yaml

from tests.desk.making import House

GOOD = """\
- id: verbove-nowa-dolina
  name: Verbove – Nowa Dolina
  partners:
    - {name: Verbove, country: UA, region: UA-46, type: local_authority}
    - {name: Nowa Dolina, country: PL, region: PL821, type: local_authority}
  interests: {uk: "Вода", en: "Water"}
  themes: [water]
  exclude: ["basic research"]
  budget: {min: 10000, max: 2000000}
  recipients:
    - {email: olena@example.org, language: uk, frequency: weekly, consent: signed form 2026-11-03}
    - {email: jan@example.org, language: pl}
"""
BAD = """\
- id: broken
  name: Broken
  partners:
    - {name: Verbove, country: UKR}
    - {name: Nowa Dolina, country: PL}
  interests: {en: "Water"}
"""


MANY_MISTAKES = """\
- id: a b
  name: A
  partners:
    - {name: Verbove, country: Ukraine}
    - {name: Nowa Dolina, country: PL, region: lubelskie}
  interests: {ua: "Water"}
  recipients:
    - {email: olena@example}
  them: [water]
- id: c
  name: C
  partners:
    - {name: Verbove, country: UA}
    - {name: Nowa Dolina, country: PL}
  interests: {en: "Water"}
  themes: [watter]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "partnerships.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_import_list_and_show(house: House, file: Path) -> None:
    assert house.ask("partnerships", "list").stderr.startswith("No partnerships yet")
    assert house.answer("partnerships", "import", str(file)) == (
        "1 partnership: 1 new, 0 changed, 0 unchanged\n"
    )
    listed = house.answer("partnerships", "list", columns=120)
    assert "verbove-nowa-dolina" in listed
    assert "Verbove (UA), Nowa Dolina (PL)" in listed
    assert "olena@example.org" not in listed
    page = house.answer("partnerships", "show", "verbove-nowa-dolina")
    for said in (
        "Verbove: local authority in UA, region Lviv Oblast (UA-46)",
        "Interests (uk)  Вода",
        "from EUR 10,000 up to EUR 2 million",
        "olena@example.org: weekly, in uk, Europe/Kyiv; consent: signed form 2026-11-03",
        "jan@example.org: weekly, in pl, Europe/Kyiv; to confirm by a link",
        "basic research",
        "Themes          water",
    ):
        assert said in page, said


def test_json(house: House, file: Path) -> None:
    house.answer("partnerships", "import", str(file))
    (listed,) = house.lines("partnerships", "list", "--json")
    assert listed["recipient_count"] == 2
    assert "recipients" not in listed
    (shown,) = house.lines("partnerships", "show", "verbove-nowa-dolina", "--json")
    assert [one["email"] for one in shown["recipients"]] == ["olena@example.org", "jan@example.org"]


def test_an_export_leaves_people_out_unless_asked(house: House, file: Path, tmp_path: Path) -> None:
    house.answer("partnerships", "import", str(file))
    plain, whole = tmp_path / "plain.yaml", tmp_path / "whole.yaml"
    told = house.answer("partnerships", "export", str(plain))
    assert told == f"1 partnership written to {plain}, without people\n"
    house.answer("partnerships", "export", str(whole), "--with-recipients")
    assert "example.org" not in plain.read_text(encoding="utf-8")
    assert yaml.safe_load(whole.read_text(encoding="utf-8"))[0]["recipients"][0]["language"] == "uk"
    assert stat.S_IMODE(whole.stat().st_mode) == 0o600
    assert house.answer("partnerships", "export", "-") == plain.read_text(encoding="utf-8")
    assert "1 unchanged" in house.answer("partnerships", "import", str(plain))


def test_bad_entries_are_named_and_good_ones_kept(house: House, file: Path) -> None:
    file.write_text(GOOD + BAD, encoding="utf-8")
    result = house.ask("partnerships", "import", str(file))
    assert result.exit_code == 1
    assert result.stdout == "1 partnership: 1 new, 0 changed, 0 unchanged; 1 left out\n"
    assert result.stderr.startswith(f"{file}:16: partners[0].country: expected a country")


def test_check_imports_nothing(house: House, file: Path) -> None:
    assert house.answer("partnerships", "check", str(file)) == f"{file} is as it should be.\n"
    assert house.answer("partnerships", "check", str(file), "--json") == ""
    file.write_text(BAD, encoding="utf-8")
    result = house.ask("partnerships", "check", str(file))
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{file}:4: partners[0].country: ")
    assert house.ask("partnerships", "check", "absent.yaml").exit_code == 1
    assert not house.lines("partnerships", "list", "--json")


def test_an_unknown_partnership_names_the_nearest(house: House, file: Path) -> None:
    house.answer("partnerships", "import", str(file))
    result = house.ask("partnerships", "show", "verbove-nowa-dolna")
    assert result.exit_code == 2
    assert "nearest: verbove-nowa-dolina" in result.stderr


def test_nothing_matched_yet_is_said(house: House, file: Path) -> None:
    house.answer("partnerships", "import", str(file))
    result = house.ask(
        "calls", "find", "--partnership", "verbove-nowa-dolina", "--sort", "relevance"
    )
    assert result.exit_code == 0
    assert "nothing has been matched to it yet" in result.stderr


def test_check_says_who_will_be_written_to_in_english(house: House, tmp_path: Path) -> None:
    path = tmp_path / "spain.yaml"
    path.write_text(GOOD.replace("language: pl", "language: es"), encoding="utf-8")
    shown = house.ask("partnerships", "check", str(path))
    assert shown.exit_code == 0
    assert "Note: jan@example.org reads es; letters come in en, uk, pl, de, fr, ro" in shown.stderr
    assert "olena" not in shown.stderr


def test_a_check_names_every_mistake_and_what_may_be_meant(house: House, tmp_path: Path) -> None:
    path = tmp_path / "many.yaml"
    path.write_text(MANY_MISTAKES, encoding="utf-8")
    told = house.ask("partnerships", "check", str(path))
    assert told.exit_code == 1
    fields = [one.split(": ")[1] for one in told.stdout.splitlines()]
    assert sorted(fields) == [
        "id",
        "interests.ua",
        "partners[0].country",
        "partners[1].region",
        "recipients[0].email",
        "them",
    ]
    for said in ("UA (Ukraine)", "PL81 (lubelskie)", "'watter' is not in the list of themes"):
        assert said in told.stderr
    path.write_text("", encoding="utf-8")
    empty = house.ask("partnerships", "check", str(path))
    assert (empty.exit_code, empty.stdout) == (1, "")
    assert "holds no partnership" in empty.stderr
