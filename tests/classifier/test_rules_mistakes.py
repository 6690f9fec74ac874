"""Every mistake an officer can make in a rules file is told by file, line, programme and field."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from classifier.programmes import BadRules, load_rules

Edit = Callable[..., Path]
CITIZENS = "programmes/citizens.yaml"
RESEARCH = "programmes/research.yaml"


def problems(folder: Path) -> list[str]:
    with pytest.raises(BadRules) as caught:
        load_rules(folder)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            CITIZENS,
            "ua_la: yes_lead",
            "ua_la: yes_led",
            r"citizens\.yaml:\d+: cerv_town_twinning\.verdict\.ua_la: .* 'yes_led' \(nearest: yes",
        ),
        (
            CITIZENS,
            "status: associated",
            "status: asociated",
            r"cerv\.ukraine\.status: .*\(nearest: associated",
        ),
        (CITIZENS, "  cert: sure", "  cert: certain", r"\.cert: expected one of stated, sure, "),
        (CITIZENS, "  cert: sure", "  cert: stated", r"\.cert: expected sure, .* got stated"),
        (CITIZENS, "    cert: sure\n", "", r"cerv\.\w+\.cert: expected one of .*, got nothing"),
        (
            CITIZENS,
            "parent: cerv\n",
            "parent: curv\n",
            r"cerv_town_twinning\.parent: expected .*\(nearest: cerv\), got 'curv'",
        ),
        (
            CITIZENS,
            "  name: CERV\n",
            "  name: CERV\n  parent: cerv_daphne\n",
            r"parent: expected parents that end, not a circle, got 'cerv > cerv_daphne > cerv'",
        ),
        (
            CITIZENS,
            "identifier: '^CERV-\\d{4}-DAPHNE'",
            "identifier: '^CERV-(\\d{4}-DAPHNE'",
            r"cerv_daphne\.match\.identifier: expected a regular expression \(missing \)",
        ),
        (
            CITIZENS,
            "identifier: '^CERV-\\d{4}-DAPHNE'",
            "identifier: '^CERV-(\\d+)+-DAPHNE'",
            r"identifier: expected a regular expression without a repetition inside a repetition",
        ),
        (
            CITIZENS,
            "identifier: '^CERV-\\d{4}-DAPHNE'",
            "identifier: 'CERV-DAPHNE'",
            r"identifier: expected a pattern that begins with \^",
        ),
        (
            CITIZENS,
            "- id: cerv_daphne",
            "- id: cerv_equality",
            r"cerv_equality\.id: expected an id used once in all files",
        ),
        (
            CITIZENS,
            "- id: cerv_daphne",
            "- id: CERV Daphne",
            r"id: expected small letters, digits and _",
        ),
        (
            CITIZENS,
            "  pair_is_enough: {",
            "  pair_is_enuf: {",
            r"pair_is_enuf: expected a known field, got pair_is_enuf \(nearest: pair_is_enough",
        ),
        (CITIZENS, "value: true", "value: yes", r"pair_is_enough\.value: expected true or false"),
        (
            CITIZENS,
            "since: 2024-05-09",
            "since: 2024-05-39",
            r"ukraine\.since: expected a date like 2027-12-31, got '2024-05-39'",
        ),
        (
            CITIZENS,
            "valid: {from: 2024-05-09,",
            "valid: {from: 2029-05-09,",
            r"valid\.to: expected a day after 2029-05-09",
        ),
        (
            CITIZENS,
            "eligible_country_groups: [eu27, cerv_associated]",
            "eligible_country_groups: [eu27, cerv_asociated]",
            r"eligible_country_groups: .*'cerv_asociated' \(nearest: cerv_associated",
        ),
        (
            CITIZENS,
            "src: [dtkt_cerv",
            "src: [dtkt_serv",
            r"src: expected an id of sources\.yaml, got 'dtkt_serv' \(nearest: dtkt_cerv",
        ),
        (
            CITIZENS,
            "zone: Europe/Brussels",
            "zone: Europe/Brussel",
            r"deadline\.zone: .*'Europe/Brussel' \(nearest: Europe/Brussels",
        ),
        (CITIZENS, "hour: '17:00'", "hour: '5 pm'", r"deadline\.hour: expected a time like 17:00"),
        (
            CITIZENS,
            "entities: 1\n    countries: 2",
            "entities: 1\n    countries: 5",
            r"pair_is_enough: expected a minimum that two partners can reach",
        ),
        (CITIZENS, "entities: 1", "entities: -1", r"entities: expected a whole number from 0"),
        (
            CITIZENS,
            "entities: 1\n",
            "entities: 1\n    entities: 2\n",
            r"entities: expected one entry of this name, got a second one",
        ),
        (CITIZENS, "- id: cerv\n", "- id: cerv\n bad", r"citizens\.yaml:\d+: expected YAML"),
        (
            RESEARCH,
            "by_action_of: horizon_europe",
            "by_action_of: horizon_europ",
            r"by_action_of: expected the id of another programme, .*nearest: horizon_europe",
        ),
        (
            RESEARCH,
            "pays: [70, 100]",
            "pays: [100, 70]",
            r"horizon_europe\.by_action\.IA\.pays: expected two shares in per cent",
        ),
        (
            "programmes/interreg.yaml",
            "UA-07, UA-46",
            "UA-07, UA-99",
            r"interreg_next_plua\.ua_regions\.codes: expected an oblast of oblasts\.yaml",
        ),
        (
            "programmes/interreg.yaml",
            "PL81: lubelskie",
            "PL-81: lubelskie",
            r"eu_regions\.nuts\.PL-81: expected a NUTS code like PL81",
        ),
        (
            "programmes/interreg.yaml",
            "eu_la_countries: [PL]",
            "eu_la_countries: [POL]",
            r"verdict\.eu_la_countries: expected eu27 or a list of countries",
        ),
        (
            "country_groups.yaml",
            "members: [CZ, HU, PL, SK]",
            "members: [CZ, HU, PL, SL]",
            r"groups\.v4\.members: expected a country code listed under countries, got 'SL'",
        ),
        ("country_groups.yaml", "  eu27:\n", "  eu28:\n", r"groups\.eu27: expected the Member"),
        ("oblasts.yaml", "name: Lviv Oblast, ", "", r"oblasts\.UA-46\.name: expected text"),
        ("phrases.yaml", "  doubt: high", "  doubt: hi", r"telling\.\w+\.doubt: .*nearest: high"),
        (
            "phrases.yaml",
            'to certain countries: {words}"',
            'to certain countries."',
            r"telling\.country_restriction\.say: expected a sentence with \{words\} in it",
        ),
        ("phrases.yaml", "decides: true", "decides: maybe", r"headings\..*decides: expected true"),
        ("sources.yaml", "eurlex_he:\n  address", "eurlex_he:\n  adress", r"eurlex_he\.address: "),
    ],
)
def test_each_mistake_is_named(file: str, old: str, new: str, told: str, edited: Edit) -> None:
    found = problems(edited(file, old, new))
    assert any(re.search(told, problem) for problem in found), found
    assert all(re.match(r"[\w.]+:(\d+:)? ", problem) for problem in found), found


def test_all_mistakes_are_told_at_once(edited: Edit) -> None:
    folder = edited(CITIZENS, "cert: likely", "cert: probably", 5)
    found = problems(folder)
    assert len(found) == 5
    with pytest.raises(BadRules) as caught:
        load_rules(folder)
    assert str(caught.value).endswith("(and 4 more mistakes)")
    assert "\n" not in str(caught.value)


def test_the_line_is_that_of_the_mistake(edited: Edit) -> None:
    folder = edited(CITIZENS, "since: 2024-05-09", "since: soon")
    lines = (folder / CITIZENS).read_text(encoding="utf-8").splitlines()
    number = next(at for at, line in enumerate(lines, start=1) if "since: soon" in line)
    assert problems(folder)[0].startswith(f"citizens.yaml:{number}: ")


@pytest.mark.parametrize("name", ["sources.yaml", "oblasts.yaml", "phrases.yaml"])
def test_a_missing_file(name: str, edited: Edit) -> None:
    folder = edited(name, "#", "#")
    (folder / name).unlink()
    assert any(p.startswith(f"{name}: expected a file that can be read") for p in problems(folder))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "expected rules, got an empty file"),
        (b"\xff\xfe\x00", "expected text in UTF-8"),
        (b"- a\n- b\n", "expected fields with values, got a list"),
        (b"just words\n", "expected fields with values, got 'just words'"),
        (b"a: \x07\n", "expected YAML"),
    ],
)
def test_a_file_that_is_no_rules_file(content: bytes, told: str, edited: Edit) -> None:
    folder = edited("oblasts.yaml", "#", "#")
    (folder / "oblasts.yaml").write_bytes(content)
    assert any(told in problem for problem in problems(folder))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert any("a folder with files like" in problem for problem in problems(tmp_path / "none"))
