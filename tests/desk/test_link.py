"""``bridges calls link``, ``merge`` and ``split``, and how one opportunity of several is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.desk.making import House, call, single

CODE = "CERV-2027-CITIZENS-TOWN-TT"
OFFICIAL = call(CODE, source="eu_portal", url="https://funding.example.eu/topic/1")
LISTED = call(
    "77",
    source="euroaccess",
    url="https://calls.example.org/calls/77",
    description=f"Call number: {CODE}",
    deadlines=(single(23),),
)
ALONE = call("1", "Warm schools", source="officer")


@pytest.fixture
def town(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.keep(LISTED, OFFICIAL, ALONE)
    assert house.answer("calls", "link") == "3 calls new or changed; 1 put together with others\n"
    return house


def test_one_line_names_the_other_source_and_what_it_says(town: House) -> None:
    shown = town.answer("calls", "find", columns=200)
    assert shown.count("Water for small towns") == 1
    assert f"eu_portal:{CODE}, also euroaccess (says Tue 15 Dec 2026 17:00 Brussels time)" in shown
    first, second = town.lines("calls", "find", "--sort", "new", "--json")
    (found,) = [one for one in (first, second) if one["source"] == "eu_portal"]
    (other,) = found["others"]
    assert (other["id"], other["disputed"]) == (LISTED.id, True)
    assert other["deadlines"][0]["date"] == "2026-12-15"
    assert town.answer("calls", "find", "--source", "euroaccess").count("euroaccess:77") == 1


def test_the_page_shows_the_conflict_and_never_an_average(town: House) -> None:
    page = town.answer("calls", "show", OFFICIAL.id, columns=120)
    assert "Deadline       Tue 22 Dec 2026 17:00" in page
    assert "the sources do not agree" in page
    assert "euroaccess:77, which says Tue 15 Dec 2026 17:00 Brussels time" in page
    other = town.answer("calls", "show", LISTED.id, "--history", columns=120)
    assert f"eu_portal:{CODE} leads" in other
    assert "it was linked with another call" in other
    told = json.loads(town.answer("calls", "show", OFFICIAL.id, "--json"))
    assert [one["id"] for one in told["others"]] == [LISTED.id]
    assert json.loads(town.answer("calls", "show", ALONE.id, "--json"))["others"] == []


def test_an_officer_has_the_last_word(town: House) -> None:
    said = town.answer("calls", "split", LISTED.id)
    assert said == f"{LISTED.id} is an opportunity of its own now; {OFFICIAL.id} leads the rest\n"
    assert town.answer("calls", "link") == "0 calls new or changed\n"
    done = json.loads(town.answer("calls", "merge", ALONE.id, LISTED.id, "--json"))
    assert (done["call"], done["others"], done["already"]) == (ALONE.id, [LISTED.id], False)
    again = town.answer("calls", "merge", LISTED.id, ALONE.id)
    assert again == f"They are one opportunity already: {ALONE.id} leads, with {LISTED.id}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("merge", ALONE.id, ALONE.id), "officer:1 cannot be merged with itself"),
        (("merge", ALONE.id, "officer:2"), "no call 'officer:2'; nearest: officer:1"),
        (("split", ALONE.id), "officer:1 stands alone"),
        (("split", "euroaces:77"), "nearest: euroaccess:77"),
    ],
)
def test_mistakes_end_with_two_and_a_reason(town: House, words: tuple[str, ...], said: str) -> None:
    result = town.ask("calls", *words)
    assert result.exit_code == 2
    assert said in result.stderr
