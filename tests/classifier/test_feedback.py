"""What feedback does to scores, what it suggests, and who could apply together."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from classifier.explaining import explain
from classifier.judging import Choice
from classifier.matching import Means, hold, run_matching
from classifier.programmes import Rules
from classifier.suggesting import suggest
from classifier.teams import teams
from storage.database import open_database
from storage.domain import About, Criterion, Effect, Eligibility, Partner, Partnership
from storage.feedback import Feedback, Mark, keep_mark, marks_of, take_back
from storage.partnerships import list_partnerships
from tests.classifier.fakes import Fakes, keep
from tests.classifier.test_matching import SCHOOLS, THREE, WATER, about, towns
from tests.classifier.towns import NOW

ALL = Choice(include_closed=True, any_eligibility=True, top=50)
ALSO = about("S2", "Pupils exchange", SCHOOLS.replace("Lessons", "Classes"))


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[sa.Engine]:
    opened = open_database(sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture
def means(rules: Rules) -> Means:
    return Fakes().means(rules)


def scores(engine: sa.Engine, means: Means) -> dict[str, float]:
    (outcome,) = run_matching(engine, NOW, choice=ALL, means=means)
    return {one.candidate.call.reference: one.match.score for one in outcome.found}


def mark(engine: sa.Engine, means: Means, reference: str, given: Mark | None) -> str:
    opportunity = explain(engine, "towns", f"somewhere:{reference}", NOW, means=means).call
    name = opportunity.opportunity
    assert name is not None
    with engine.begin() as connection:
        if given is None:
            assert take_back(connection, "towns", name)
        else:
            keep_mark(connection, Feedback("towns", name, given, NOW))
    return name


def test_a_mark_moves_what_resembles_it_and_can_be_taken_back(
    engine: sa.Engine, means: Means
) -> None:
    keep(engine, *THREE, ALSO, towns())
    before = scores(engine, means)
    mark(engine, means, "S", Mark.USEFUL)
    liked = scores(engine, means)
    assert liked["S"] > before["S"]
    assert liked["S2"] > before["S2"]
    assert liked["W"] == before["W"]
    said = " ".join(explain(engine, "towns", "somewhere:S2", NOW, means=means).score_parts())
    assert "higher because you marked “School partnerships” as useful" in said
    mark(engine, means, "S", Mark.NOT_FOR_US)
    disliked = scores(engine, means)
    assert disliked["S2"] < before["S2"]
    assert set(disliked) == set(before)  # lowered, never hidden
    said = " ".join(explain(engine, "towns", "somewhere:S2", NOW, means=means).score_parts())
    assert "lower because you marked “School partnerships” as not for you" in said
    mark(engine, means, "S", None)
    assert scores(engine, means) == before


def test_marks_are_kept_one_for_each_call(engine: sa.Engine, means: Means) -> None:
    keep(engine, *THREE, towns())
    name = mark(engine, means, "W", Mark.USEFUL)
    mark(engine, means, "W", Mark.KNOWN)
    with engine.begin() as connection:
        assert marks_of(connection, "towns") == [Feedback("towns", name, Mark.KNOWN, NOW)]
        assert take_back(connection, "towns", name)
        assert not take_back(connection, "towns", name)
        assert marks_of(connection, "towns") == []


def test_useful_calls_suggest_themes_and_words(engine: sa.Engine, means: Means) -> None:
    keep(engine, *THREE, ALSO, towns())
    assert suggest(engine, "towns", means=means).useful == ()
    mark(engine, means, "S", Mark.USEFUL)
    mark(engine, means, "S2", Mark.USEFUL)
    found = suggest(engine, "towns", means=means)
    assert found.useful == ("somewhere:S", "somewhere:S2")
    assert {"pupils", "teachers"} & set(found.words)
    assert "water" not in found.words
    assert all(one.id not in found.now for one in found.themes)
    assert found.wording.startswith("We also look for: ")
    assert found.to_json()["words"] == list(found.words)


def four_towns(engine: sa.Engine) -> None:
    need = Criterion(
        About.CONSORTIUM, Effect.REQUIRES, min_partners=4, min_countries=4, words="four from four"
    )
    open_to = Criterion(About.COUNTRY, Effect.ALLOWS, ("UA", "PL", "LT", "RO"), words="open to")
    rule = Eligibility((need, open_to), ())
    keep(engine, about("N", "Networks of water towns", WATER, eligibility=rule))
    for name, codes in (("a", "UA PL"), ("b", "UA LT"), ("c", "LT RO"), ("d", "UA PL")):
        partners = tuple(
            Partner(f"{name}{number}", code) for number, code in enumerate(codes.split())
        )
        keep(engine, Partnership(name, name, partners, {"en": "Drinking water, pumps, pipes"}))


def test_teams_meet_the_minimum_and_are_no_larger_than_they_must_be(
    engine: sa.Engine, means: Means, rules: Rules
) -> None:
    four_towns(engine)
    found = hold(engine, NOW, "somewhere:N", means=means)
    with engine.connect() as connection:
        known = list_partnerships(connection)
    call = found[0].candidate.call
    told = teams(call, found, known, rules, NOW)
    assert told
    for team in told:
        assert len(team.countries) == 4
        assert {"c"} < set(team.partnerships)
        assert len(team.partnerships) == 2
    assert {frozenset(team.partnerships) for team in told} == {
        frozenset({"a", "c"}), frozenset({"c", "d"}),
    }  # fmt: skip
    assert teams(call, found[:1], known, rules, NOW) == []
    assert told[0].to_json()["countries"] == ["LT", "PL", "RO", "UA"]
