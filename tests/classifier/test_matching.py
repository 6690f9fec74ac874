"""What matches a partnership, what is left out and why, and what is kept of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from classifier.judging import Choice, Dropped
from classifier.matching import Means, hold, run_matching
from classifier.models import Models
from classifier.outcomes import Found, Note, Outcome
from classifier.programmes import Rules
from classifier.routes import Route, interests, routes
from classifier.scoring import THRESHOLD, Sign, Space, score, summed, weights, yardstick
from storage import calls as kept
from storage import vectors
from storage.database import open_database
from storage.domain import (
    About,
    Budget,
    Call,
    Criterion,
    Effect,
    Funding,
    Partner,
    Partnership,
    Programme,
    Verdict,
)
from storage.errors import NotFound
from storage.matches import find_matches, last_run
from storage.opportunities import move
from tests.classifier.fakes import ENGLISH, MODELS, OTHER, Fakes, keep
from tests.classifier.towns import NOW, call

WATER = (
    "The call supports the treatment of drinking water in small towns. Pumps and pipes of the water"
    " network are renewed. Engineers of the water utilities of two countries learn from each other"
    " how leaks are found and water is saved."
)
SCHOOLS = (
    "The call supports schools that exchange pupils and teachers. A school may apply together with"
    " a school of another country. Lessons about democracy are prepared in common, and parents"
    " take part in them as well."
)
FILMS = (
    "The call supports cinemas that show films of other countries. Distributors and festivals may"
    " apply for the costs of subtitles and of travelling guests. Young audiences are welcome, and"
    " so are documentary works."
)
INTEREST = "Treatment of drinking water, pumps and pipes of the water network."


def about(reference: str, title: str, text: str | None, **said: Any) -> Call:
    return replace(call(reference, title), **{"description": text, "language": "en"} | said)


def towns(name: str = "towns", interest: str = INTEREST, **said: Any) -> Partnership:
    given: dict[str, Any] = {"interests": {"en": interest}}
    partners = (Partner("Stepove", "UA", region="UA-59"), Partner("Brzoza", "PL", region="PL814"))
    return Partnership(name, f"Partners {name}", partners, **given | said)


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[sa.Engine]:
    opened = open_database(sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture
def fakes() -> Fakes:
    return Fakes()


@pytest.fixture
def means(fakes: Fakes, rules: Rules) -> Means:
    return fakes.means(rules)


THREE = (
    about("W", "Drinking water in towns", WATER),
    about("S", "School partnerships", SCHOOLS),
    about("F", "Films across borders", FILMS),
)


def one(engine: sa.Engine, means: Means, *asked: Any, choice: Choice = Choice()) -> Outcome:  # noqa: B008
    """Keep what is asked about and return the outcome for the one partnership in it."""
    keep(engine, *asked)
    (found,) = run_matching(engine, NOW, choice=choice, means=means)
    return found


def names(found: list[Found] | tuple[Found, ...]) -> list[str]:
    return [each.candidate.call.reference for each in found]


ALL = Choice(include_closed=True, any_eligibility=True, top=50)


def test_the_nearest_call_comes_first(engine: sa.Engine, means: Means) -> None:
    outcome = one(engine, means, *THREE, towns())
    assert names(outcome.matches) == ["W"]
    assert names(outcome.listed(ALL))[0] == "W"
    scores = [each.match.score for each in outcome.listed(ALL)]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= value <= 100 for value in scores)
    assert scores[0] > THRESHOLD > scores[1]


def test_matches_are_stored_with_what_explains_them(engine: sa.Engine, means: Means) -> None:
    outcome = one(engine, means, *THREE, towns())
    with engine.connect() as connection:
        (stored,) = find_matches(connection, "towns")
        run = last_run(connection, "towns")
    (found,) = outcome.matches
    assert stored.match == found.match
    assert stored.details == found.details
    assert run == outcome.run
    assert (run.read, run.matched, run.threshold) == (3, 1, THRESHOLD)
    assert run.below is not None
    assert run.below["score"] < THRESHOLD
    assert stored.fingerprint == run.fingerprint == "many-1 small-1 score-3"


def test_reasons_are_sentences_of_the_call_and_say_what_they_answer(
    engine: sa.Engine, means: Means
) -> None:
    (found,) = one(engine, means, *THREE, towns()).matches
    assert len(found.match.reasons) == 2
    assert all(sentence in WATER for sentence in found.match.reasons)
    assert {said["sentence"]: said["answers"] for said in found.details["reasons"]} == {
        "The call supports the treatment of drinking water in small towns.": (
            "Treatment of drinking water"
        ),
        "Pumps and pipes of the water network are renewed.": "pumps and pipes of the water network",
    }
    assert "treatment" in found.details["words"]
    assert set(found.details["words"]) <= set(re.findall(r"\w+", INTEREST.lower()))


def test_nothing_is_read_again_when_nothing_changed(
    engine: sa.Engine, means: Means, fakes: Fakes
) -> None:
    keep(engine, *THREE, towns())
    first = run_matching(engine, NOW, means=means)
    before = fakes.read
    assert run_matching(engine, NOW, means=means) == first
    assert fakes.read == before


def test_the_encoder_of_many_languages_rests_while_english_is_enough(
    engine: sa.Engine, means: Means, fakes: Fakes
) -> None:
    one(engine, means, *THREE, towns())
    assert fakes.other.read == []


def test_a_changed_encoder_reads_everything_and_mixes_nothing(
    engine: sa.Engine, means: Means, fakes: Fakes
) -> None:
    before = one(engine, means, *THREE, towns())
    models = Models(replace(OTHER, name="small"), OTHER)
    (after,) = run_matching(engine, NOW, means=replace(means, models=models))
    assert fakes.other.read
    assert after.run.fingerprint == "many-1 score-3" != before.run.fingerprint
    (found,) = after.matches
    assert found.details["encoders"] == {
        "interest": "many-1",
        "calls": "many-1",
        "bridge": False,
    }


def test_without_a_bridge_a_ukrainian_interest_meets_calls_in_the_other_encoder(
    engine: sa.Engine, means: Means, fakes: Fakes
) -> None:
    said = towns(interests={"uk": "Очищення води, насоси та водогін для шкіл"})
    outcome = one(engine, means, *THREE, said, choice=ALL)
    assert names(outcome.listed(ALL))[0] in {"W", "S"}
    (first, *_) = outcome.listed(ALL)
    assert first.details["parts"]["same_language"] is False
    assert first.details["notes"] == [Note.OTHER_LANGUAGE]
    assert first.details["interest"] == "uk"
    assert fakes.english.read == []
    assert outcome.run.notes == (Note.NO_BRIDGE,)


def test_each_call_is_met_in_its_language(engine: sa.Engine, means: Means) -> None:
    ukrainian = about("В", "Вода для громад", "Очищення води та насоси. " * 20, language="uk")
    said = towns(interests={"uk": "Очищення води та насоси", "en": INTEREST})
    outcome = one(engine, means, *THREE, ukrainian, said, choice=ALL)
    used = {each.candidate.call.reference: each.details for each in outcome.listed(ALL)}
    assert used["W"]["interest"] == "en"
    assert used["В"]["interest"] == "uk"
    assert used["В"]["parts"]["same_language"] is True
    assert used["В"]["parts"]["words"] > 0.1
    assert set(names(outcome.matches)) == {"W", "В"}


def test_a_call_that_is_over_is_left_out_unless_asked_for(engine: sa.Engine, means: Means) -> None:
    closed = replace(THREE[0], deadlines=call(closes="2026-11-01").deadlines)
    outcome = one(engine, means, closed, *THREE[1:], towns(), choice=Choice(include_closed=True))
    assert outcome.matches == ()
    assert outcome.listed(Choice()) == []
    assert names(outcome.listed(Choice(include_closed=True))) == ["W"]
    assert outcome.run.dropped == {"closed": 1}
    assert outcome.run.read == 2
    with engine.connect() as connection:
        assert find_matches(connection, "towns") == []


def test_forthcoming_calls_and_calls_without_a_date_match(engine: sa.Engine, means: Means) -> None:
    coming = about("W1", "Drinking water in towns", WATER, opens_on="2027-01-10")
    undated = about("W2", "Drinking water in cities", WATER, deadlines=())
    assert set(names(one(engine, means, coming, undated, towns()).matches)) == {"W1", "W2"}


def test_a_withdrawn_call_is_left_out(engine: sa.Engine, means: Means) -> None:
    keep(engine, *THREE, towns())
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE calls SET withdrawn = 1 WHERE reference = 'W'"))
    (outcome,) = run_matching(engine, NOW, choice=ALL, means=means)
    assert outcome.matches == ()
    assert outcome.run.dropped == {"withdrawn": 1}


@pytest.mark.parametrize(
    ("phrase", "field"),
    [
        ("pump", "description"),
        ("DRINKING  waters", "title"),
        ("life", "programme"),
        ("two countries", "description"),
    ],
)
def test_a_phrase_that_is_excluded_drops_the_call(
    engine: sa.Engine, means: Means, phrase: str, field: str
) -> None:
    fund = Programme("LIFE", "Life for towns")
    said = towns(exclude=("mining", phrase))
    outcome = one(engine, means, replace(THREE[0], programme=fund), *THREE[1:], said, choice=ALL)
    assert outcome.matches == ()
    assert outcome.run.dropped == {"excluded": 1}
    (near,) = hold(engine, NOW, THREE[0].id, means=means)
    assert near.candidate.exclusion is not None
    assert (near.candidate.exclusion.phrase, near.candidate.exclusion.field) == (phrase, field)
    assert "W" not in names(outcome.listed(ALL))


@pytest.mark.parametrize("phrase", ["pumping", "wat", "water countries", "  ", "…", "eat"])
def test_a_part_of_a_word_excludes_nothing(engine: sa.Engine, means: Means, phrase: str) -> None:
    outcome = one(engine, means, *THREE, towns(exclude=(phrase,)))
    assert names(outcome.matches) == ["W"]


def funding(least: float | None, most: float | None, currency: str = "EUR") -> Funding:
    return Funding(currency, None, least, most)


@pytest.mark.parametrize(
    ("lots", "budget", "misfit"),
    [
        ([funding(5e6, 9e6)], Budget(1e4, 2e6), "too_large"),
        ([funding(None, 5e3)], Budget(1e4, 2e6), "too_small"),
        ([funding(None, 5e3), funding(2e4, 5e4)], Budget(1e4, 2e6), None),
        ([funding(None, 5e3), funding(None, None)], Budget(1e4, 2e6), None),
        ([funding(5e6, 9e6, "UAH")], Budget(1e4, 2e6), None),
        ([funding(5e6, 9e6)], Budget(1e4, None), None),
        ([funding(5e6, 9e6)], None, None),
        ([funding(None, 5e3)], Budget(None, 2e6), None),
        ([], Budget(1e4, 2e6), None),
    ],
)
def test_grants_of_the_wrong_size_lower_the_score(
    engine: sa.Engine, means: Means, lots: list[Funding], budget: Budget | None, misfit: str | None
) -> None:
    paid = replace(THREE[0], funding=tuple(lots))
    outcome = one(engine, means, paid, *THREE[1:], towns(budget=budget), choice=ALL)
    found = next(each for each in outcome.found if each.candidate.call.reference == "W")
    parts = found.details["parts"]
    assert parts["budget"] == misfit
    share = found.match.score / parts["before_wishes"]
    assert share == pytest.approx(0.6 if misfit else 1.0, abs=1e-3)


def test_a_call_that_shuts_the_partnership_out_is_left_out(engine: sa.Engine, means: Means) -> None:
    shut = Criterion(About.COUNTRY, Effect.EXCLUDES, ("UA",), words="not for Ukraine")
    closed = replace(THREE[0], eligibility=replace(THREE[0].eligibility, criteria=(shut,)))
    outcome = one(engine, means, closed, *THREE[1:], towns(), choice=Choice(any_eligibility=True))
    assert outcome.matches == ()
    assert outcome.run.dropped == {"not_eligible": 1}
    (found,) = outcome.listed(Choice(any_eligibility=True))
    assert found.match.assessment.verdict is Verdict.NOT_ELIGIBLE
    assert found.candidate.drops == (Dropped.NOT_ELIGIBLE,)
    assert found.match.reasons


def test_top_asks_for_so_many_whatever_their_score(engine: sa.Engine, means: Means) -> None:
    for number in range(1, 4):
        outcome = one(engine, means, *THREE, towns(), choice=Choice(top=number))
        assert len(outcome.listed(Choice(top=number))) == number
        assert len(outcome.matches) == 1
        assert all(each.match.reasons for each in outcome.listed(Choice(top=number)))


def test_of_a_title_only_call_less_is_sure(engine: sa.Engine, means: Means) -> None:
    bare = about("T", "Treatment of drinking water, pumps and pipes", None)
    outcome = one(engine, means, *THREE, bare, towns(), choice=ALL)
    found = next(each for each in outcome.found if each.candidate.call.reference == "T")
    assert found.details["parts"]["title_only"] is True
    assert Note.TITLE_ONLY in found.details["notes"]
    assert found.match.reasons == ("Treatment of drinking water, pumps and pipes",)


def test_without_interests_nothing_matches_and_it_is_said(engine: sa.Engine, means: Means) -> None:
    keep(engine, *THREE, towns("silent", "–"), towns("blank", " … "), towns("loud"))
    silent, blank, loud = sorted(
        run_matching(engine, NOW, means=means), key=lambda each: each.run.matched
    )
    for outcome in (silent, blank):
        assert outcome.run.notes == (Note.NO_INTERESTS,)
        assert outcome.matches == ()
    assert loud.run.matched == 1
    with engine.connect() as connection:
        run = last_run(connection, "silent")
    assert run is not None
    assert run.notes == (Note.NO_INTERESTS,)


def test_themes_speak_where_there_are_no_words(engine: sa.Engine, means: Means) -> None:
    said = towns(interest="…", themes=("water", "wastewater"))
    outcome = one(engine, means, *THREE, said)
    assert names(outcome.matches) == ["W"]
    assert outcome.run.notes == (Note.FROM_THEMES,)


def test_one_word_is_enough_and_said_to_be_little(engine: sa.Engine, means: Means) -> None:
    outcome = one(engine, means, *THREE, towns(interest="water"), choice=ALL)
    assert names(outcome.listed(ALL))[0] == "W"
    assert outcome.run.notes == (Note.ONE_WORD,)


def test_ten_thousand_words_are_read_and_said_to_be_too_many(
    engine: sa.Engine, means: Means
) -> None:
    outcome = one(engine, means, *THREE, towns(interest=f"{INTEREST} {SCHOOLS} " * 200))
    assert outcome.run.notes == (Note.VERY_LONG,)
    assert outcome.run.read == 3


HOSTILE = [
    "<script>alert('water')</script><b>Drinking water",
    "Drinking water\r\nBcc: everybody@example.org\r\n\r\nWater",
    "Drinking \u202ewater\u202c of towns \u200b\x00\x1b[31m",
    "Drinking water " * 140,
    "\ufeff\ud83d",
    "=HYPERLINK(water)",
]


@pytest.mark.parametrize("title", HOSTILE, ids=["html", "crlf", "rtl", "long", "half", "formula"])
def test_a_hostile_title_is_compared_like_any_other(
    engine: sa.Engine, means: Means, title: str
) -> None:
    safe = title.encode("utf-8", "replace").decode()  # what a database can keep at all
    outcome = one(engine, means, about("H", safe, WATER), *THREE[1:], towns(), choice=ALL)
    (first, *_) = outcome.listed(ALL)
    assert first.candidate.call.reference == "H"
    for reason in first.match.reasons:
        assert reason.isprintable()


def test_no_calls_at_all(engine: sa.Engine, means: Means) -> None:
    outcome = one(engine, means, towns())
    assert (outcome.run.read, outcome.run.matched, outcome.run.below) == (0, 0, None)


def test_nobody_to_match_for(engine: sa.Engine, means: Means) -> None:
    keep(engine, *THREE)
    assert run_matching(engine, NOW, means=means) == []
    with pytest.raises(NotFound, match="partnership"):
        run_matching(engine, NOW, ["nobody"], means=means)


def test_only_the_asked_for_are_compared(engine: sa.Engine, means: Means) -> None:
    keep(engine, *THREE, towns("a"), towns("b"))
    (outcome,) = run_matching(engine, NOW, ["b", "b"], means=means)
    assert outcome.partnership.id == "b"
    with engine.connect() as connection:
        assert last_run(connection, "a") is None


def test_a_later_comparison_takes_the_place_of_the_earlier(engine: sa.Engine, means: Means) -> None:
    one(engine, means, *THREE, towns())
    (later,) = run_matching(engine, NOW + timedelta(days=400), means=means)
    assert later.matches == ()
    with engine.connect() as connection:
        assert find_matches(connection, "towns") == []


def test_two_calls_of_one_opportunity_match_once(engine: sa.Engine, means: Means) -> None:
    other = replace(about("W2", "Drinking water in towns and villages", WATER), source="second")
    keep(engine, *THREE, towns())
    keep(engine, other)
    with engine.begin() as connection:
        first, second = (kept.find_row(connection, each.id) for each in (THREE[0], other))
        move(connection, second.id, second.opportunity, first.opportunity)
    (outcome,) = run_matching(engine, NOW, means=means)
    (found,) = outcome.matches
    assert found.match.opportunity == first.opportunity
    assert found.match.call == other.id  # as full and as old as the other: the first by name


def test_one_call_is_held_against_everybody(engine: sa.Engine, means: Means) -> None:
    keep(engine, *THREE, towns("water"), towns("schools", "Schools, pupils and teachers"))
    keep(engine, towns("silent", "–"))
    found = hold(engine, NOW, THREE[1].id, means=means)
    assert [each.match.partnership for each in found] == ["schools", "water"]
    assert found[0].told
    assert not found[1].told
    assert all(each.match.reasons for each in found)
    with engine.connect() as connection:
        assert last_run(connection, "schools") is None
    with pytest.raises(NotFound):
        hold(engine, NOW, "officer:nothing", means=means)


def test_the_score_of_a_call_does_not_hang_on_what_is_asked(
    engine: sa.Engine, means: Means
) -> None:
    outcome = one(engine, means, *THREE, towns(), choice=ALL)
    for each in outcome.listed(ALL):
        (held,) = hold(engine, NOW, each.candidate.call.id, means=means)
        assert held.match.score == each.match.score
        assert held.details["parts"] == each.details["parts"]


def test_vectors_of_two_encoders_are_never_compared() -> None:
    (interest,) = interests(towns())
    with pytest.raises(ValueError, match="nothing leads from small-1 to many-1"):
        Route(interest, ENGLISH, OTHER)


class Bent:
    """A bridge from one space to another."""

    start, end = "many-1", "small-1"

    def carry(self, vectors: np.ndarray, language: str = "en") -> np.ndarray:  # noqa: ARG002
        return vectors[:, ::-1]


def test_a_bridge_lets_an_interest_cross() -> None:
    (interest,) = interests(towns(interests={"uk": "Вода"}))
    assert Route(interest, OTHER, ENGLISH, Bent()).bridge is not None
    with pytest.raises(ValueError, match="nothing leads"):
        Route(interest, ENGLISH, OTHER, Bent())


def test_an_interest_in_the_wrong_alphabet_is_not_read_as_english() -> None:
    found = routes(towns(interests={"en": "Очищення води для шкіл"}), MODELS)
    assert found is not None
    assert [way.reader for way in found.ways] == [OTHER]


def test_a_larger_sum_never_scores_less() -> None:
    scores = score(np.linspace(-60, 60, 500))
    assert np.all(np.diff(scores) >= 0)
    assert np.all((scores >= 0) & (scores <= 100))
    assert score(np.array([0.0]))[0] == 50


@given(st.sampled_from(Sign), st.floats(-5, 7), st.floats(0, 1), st.floats(0.001, 1))
def test_what_speaks_for_a_call_raises_its_score(
    sign: Sign, meaning: float, other: float, more: float
) -> None:
    def at(more: float) -> float:
        signs = {each: np.array([other]) for each in Sign} | {Sign.MEANING: np.array([meaning])}
        signs[sign] = signs[sign] + more
        return float(summed(signs, weights())[0])

    against = {Sign.SPECIALISTS, Sign.ELSEWHERE, Sign.TITLE_ONLY}
    assert (at(more) < at(0)) if sign in against else (at(more) > at(0))


def test_an_encoder_without_calls_has_a_middle_all_the_same(fakes: Fakes) -> None:
    measured = fakes.english.encode(yardstick(), query=False)
    space = Space.of([], np.zeros((0, 0), dtype=np.float32), measured)
    interest = fakes.english.encode([INTEREST], query=True)[0]
    assert space.meaning(interest).shape == (0,)
    assert space.spread(interest) > 0
    assert len(yardstick()) > 50


def test_vectors_are_kept_by_encoder(engine: sa.Engine, means: Means) -> None:
    one(engine, means, *THREE, towns(interests={"uk": "Вода", "en": "Water"}))
    with engine.connect() as connection:
        assert set(vectors.count(connection)) == {"small-1"}
