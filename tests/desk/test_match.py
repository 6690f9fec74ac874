"""``bridges match`` and ``bridges explain`` say what suits whom, and why."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from classifier.programmes import load_rules
from desk.cli.explain import assessed
from storage.domain import About, Assessment, Call, Finding, Result, Verdict
from tests.classifier.fakes import Fakes
from tests.classifier.test_matching import FILMS, SCHOOLS, WATER
from tests.desk.making import House, call, single

PARTNERSHIPS = """
- id: water
  name: Stepove – Brzoza
  partners:
    - {name: Stepove, country: UA, region: UA-59, type: local_authority}
    - {name: Brzoza, country: PL, region: PL814, type: local_authority}
  interests: {en: "Treatment of drinking water, pumps and pipes of the water network"}
- id: schools
  name: Verba – Ahrberg
  partners:
    - {name: Verba, country: UA, region: UA-46, type: local_authority}
    - {name: Ahrberg, country: DE, region: DE731, type: local_authority}
  interests: {en: "Schools that exchange pupils and teachers; lessons about democracy"}
"""
KEYS = ["partnership", "call", "opportunity", "score", "verdict", "roles", "missing", "reasons"]


@pytest.fixture
def towns(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """Two partnerships and three calls, read by encoders that take no time."""
    rules, fakes = load_rules(), Fakes()
    monkeypatch.setattr("desk.cli.means.reading_means", lambda *_: fakes.means(rules))
    house.keep(*calls())
    house.answer("partnerships", "import", str(written(house.folder, PARTNERSHIPS)))
    return house


def calls() -> list[Call]:
    return [
        call("W", "Drinking water in towns", description=WATER),
        call("S", "School partnerships", description=SCHOOLS),
        call("F", "Films across borders", description=FILMS),
    ]


def written(folder: Path, text: str) -> Path:
    path = folder / "partnerships.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def found(lines: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["partnership"], one["call"]) for one in lines]


def test_lines_have_these_fields_and_come_best_first(towns: House) -> None:
    lines = towns.lines("match", "--json")
    assert [list(one) for one in lines] == [KEYS, KEYS]
    assert set(found(lines)) == {("water", "officer:W"), ("schools", "officer:S")}
    scores = [one["score"] for one in lines]
    assert scores == sorted(scores, reverse=True)
    for one in lines:
        assert 50 <= one["score"] <= 100
        assert one["verdict"] in {"eligible", "eligible_if", "unclear"}
        assert len(one["roles"]) == 2
        assert len(one["reasons"]) == 2
        assert one["opportunity"].startswith("o-")


def test_one_partnership_and_the_best_whatever_their_score(towns: House) -> None:
    lines = towns.lines("match", "--partnership", "water", "--top", "3", "--json")
    assert found(lines)[0] == ("water", "officer:W")
    assert len(lines) == 3
    assert len(towns.lines("match", "--partnership", "water", "--top", "1", "--json")) == 1


def test_what_matches_is_kept_for_letters_and_questions(towns: House) -> None:
    towns.answer("match", "--top", "3")
    asked = ("calls", "find", "--partnership", "water", "--sort", "relevance", "--json")
    assert [one["id"] for one in towns.lines(*asked)] == ["officer:W"]


def test_a_closed_call_is_shown_when_asked_for(towns: House) -> None:
    towns.keep(replace(calls()[0], deadlines=(single(-3),)))
    assert found(towns.lines("match", "--json")) == [("schools", "officer:S")]
    lines = towns.lines("match", "--include-closed", "--json")
    assert ("water", "officer:W") in found(lines)


def test_whom_a_call_suits(towns: House) -> None:
    assert found(towns.lines("match", "--call", "officer:S", "--json")) == [
        ("schools", "officer:S")
    ]
    both = towns.lines("match", "--call", "officer:S", "--top", "5", "--json")
    assert [one["partnership"] for one in both] == ["schools", "water"]
    nobody = towns.ask("match", "--call", "officer:F")
    assert nobody.exit_code == 0
    assert nobody.stdout == ""
    assert "It suits no partnership. Nearest is" in nobody.stderr
    assert "bridges explain" in nobody.stderr


def test_people_read_why(towns: House) -> None:
    said = towns.answer("match", columns=160)
    assert "Stepove – Brzoza (water)" in said
    assert "3 calls can be applied to, 1 match; nearest below the line:" in said
    assert "“Pumps and pipes of the water network are renewed.”" in said
    assert "(answers: pumps and pipes of the water network)" in said
    assert "officer:W" in said
    towns.answer("match", columns=40)
    whom = towns.answer("match", "--call", "officer:S", "--top", "1")
    assert "School partnerships" in whom
    assert "schools" in whom


def test_a_partnership_without_words_is_named_and_the_rest_done(towns: House) -> None:
    silent = PARTNERSHIPS.replace("id: schools", "id: silent").replace(
        "Schools that exchange pupils and teachers; lessons about democracy", "…"
    )
    towns.answer("partnerships", "import", str(written(towns.folder, silent)))
    result = towns.ask("match", "--json")
    assert result.exit_code == 1
    assert "silent: It does not say what it looks for" in result.stderr
    assert len(result.stdout.splitlines()) == 2


def test_what_is_not_there_is_wrong_usage(towns: House) -> None:
    for words in (
        ("match", "--partnership", "watr"),
        ("match", "--call", "officer:X"),
        ("match", "--top", "0"),
        ("explain", "water", "officer:X"),
        ("explain", "watr", "officer:W"),
    ):
        result = towns.ask(*words)
        assert result.exit_code == 2, result.output
        assert result.stdout == ""
    assert "nearest: water" in towns.ask("match", "--partnership", "watr").stderr


def test_nobody_to_match_for(house: House) -> None:
    result = house.ask("match")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "No partnerships yet: bridges partnerships import FILE" in result.stderr


def test_a_model_that_is_not_there_is_one_line(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.keep(*calls())
    house.answer("partnerships", "import", str(written(house.folder, PARTNERSHIPS)))
    house.environment["BRIDGES_MODEL"] = "no/such/folder"
    monkeypatch.delenv("BRIDGES_MODEL", raising=False)
    result = house.ask("match")
    assert result.exit_code == 1
    assert result.stderr == "Error: BRIDGES_MODEL: there is no folder 'no/such/folder'\n"


def test_an_explanation_goes_through_every_step(towns: House) -> None:
    towns.answer("match")
    said = towns.answer("explain", "water", "officer:W", columns=200)
    for words in (
        "It is a match since the comparison of 2026-11-22 10:00 UTC.",
        "No letter told it: the partnership has no recipients.",
        "Harvested", "officer was never harvested here: the call was imported",
        "Read", "version 1, by the reader test",
        "Status", "open, Tue 22 Dec 2026 17:00, Brussels time, in 30 days",
        "May you apply", "Score", "Meaning +", "Words +", "Programme ", "Together ",
        "It says", "Compared", "Letters", "no letter has told anything of it",
    ):  # fmt: skip
        assert words in said
    towns.answer("explain", "water", "officer:W", columns=40)


def test_only_the_words_of_the_call_are_quoted_and_once() -> None:
    finding = partial(Finding, About.OTHER, Result.UNKNOWN)
    told = finding("The call says “only islands”.", "only islands", "call", "stated")
    three = finding("Three partners are needed.", "at least three partners", "call", "stated")
    rule = finding("Ukraine takes part.", "Ukraine belongs to it.", "rule:cerv", "sure")
    lines = list(assessed(Assessment(Verdict.UNCLEAR, {}, (), (told, three, rule))))
    assert lines[1:5] == [
        "unknown: The call says “only islands”. [stated]",
        "unknown: Three partners are needed. “at least three partners” [stated]",
        "unknown: Ukraine takes part. [sure]",
        "our rule for its programme: Ukraine belongs to it.",
    ]


def test_an_explanation_in_json(towns: House) -> None:
    towns.answer("match")
    near = json.loads(towns.answer("explain", "water", "officer:W", "--json"))
    far = json.loads(towns.answer("explain", "water", "officer:F", "--json"))
    assert (near["matches"], near["told"], near["dropped"]) == (True, False, [])
    assert near["stored_score"] == near["score"] > near["threshold"]
    assert near["details"]["reasons"][0]["answers"]
    assert far["matches"] is False
    assert far["why"][0] == "It was not told:"
    assert "under the line of 20" in far["why"][1]
    assert far["stored_score"] is None


def test_hostile_words_are_shown_harmlessly(towns: House) -> None:
    title = "Drinking water\u202e \x1b[31mtreatment\r\nBcc: x@example.org " + "water " * 400
    towns.keep(call("H", title, description=WATER + "\n\x1b]0;title\x07 Water is saved by all."))
    for words in (("match",), ("explain", "water", "officer:H")):
        said = towns.answer(*words)
        assert "\x1b" not in said
        assert "\u202e" not in said
        assert "\r" not in said


def test_a_mark_moves_a_score_and_is_taken_back(towns: House) -> None:
    before = json.loads(towns.answer("explain", "water", "officer:S", "--json"))["score"]
    assert "Marked as useful" in towns.answer(
        "partnerships", "mark", "water", "officer:S", "useful"
    )
    liked = towns.answer("explain", "water", "officer:S", columns=200)
    assert "higher because you marked “School partnerships” as useful" in liked
    after = json.loads(towns.answer("explain", "water", "officer:S", "--json"))["score"]
    assert after > before
    said = json.loads(
        towns.answer("partnerships", "mark", "water", "officer:S", "nothing", "--json")
    )
    assert said["mark"] is None
    again = json.loads(towns.answer("explain", "water", "officer:S", "--json"))["score"]
    assert again == before


def test_useful_calls_suggest_what_to_add(towns: House) -> None:
    towns.answer("partnerships", "mark", "water", "officer:S", "useful")
    said = json.loads(towns.answer("partnerships", "suggest", "water", "--json"))
    assert said["useful"] == ["officer:S"]
    assert said["words"]
    assert "Add words: We also look for: " in towns.answer("partnerships", "suggest", "water")


def test_the_themes_are_listed_in_each_language(towns: House) -> None:
    assert (
        "water                   Питна вода".casefold()
        in towns.answer("partnerships", "themes", "--language", "uk").casefold()
    )
    lines = towns.lines("partnerships", "themes", "--json")
    assert {"id", "names"} == set(lines[0])


def test_whom_a_call_suits_says_with_whom(towns: House) -> None:
    (line,) = towns.lines("match", "--call", "officer:W", "--json")
    assert [*KEYS, "together"] == list(line)
    assert all(line["partnership"] in team["partnerships"] for team in line["together"])


def test_a_partnership_may_set_its_own_line(towns: House) -> None:
    path = towns.folder / "strict.yaml"
    path.write_text("- {id: water, threshold: 100}\n", encoding="utf-8")
    towns.answer("partnerships", "import", str(path))
    assert found(towns.lines("match", "--json")) == [("schools", "officer:S")]
    assert "Told from" in towns.answer("partnerships", "show", "water")
    path.write_text("- {id: water, threshold: null}\n", encoding="utf-8")
    towns.answer("partnerships", "import", str(path))
    assert len(towns.lines("match", "--json")) == 2
