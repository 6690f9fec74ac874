"""Interests that are hard to compare: mixed, of an unknown language; vectors that do not fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa

from classifier.embedding import EmbeddingFailed, InProcess, Wanted, load_vectors, to_bytes
from classifier.encoders import load
from classifier.glossary import in_english
from classifier.judging import Choice
from classifier.matching import Means, hold, run_matching
from classifier.models import chosen
from classifier.outcomes import Found, Note
from classifier.programmes import Rules
from classifier.routes import Interest, Route, bridge_of
from classifier.scoring import weights
from classifier.tables import FEW
from classifier.texts import WISHES, wishes
from storage import vectors
from storage.database import open_database
from tests.classifier.fakes import ENGLISH, keep
from tests.classifier.test_matching import FILMS, NOW, SCHOOLS, WATER, about, towns

CALLS = (
    about("W", "Drinking water in small towns", WATER),
    about("S", "Schools that learn together", SCHOOLS),
    about("F", "Films of other countries", FILMS),
)
FIVE = (
    "Repair of roads and bridges. Exchange of pupils and teachers between schools. A museum of"
    " local history. Treatment of drinking water and pipes. Digital services for residents."
)
EVERYTHING = Choice(top=100, any_eligibility=True, include_closed=True)


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[sa.Engine]:
    opened = open_database(sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def real(rules: Rules) -> Means:
    """The real encoders, with the bridge between them."""
    models = chosen()
    every = {one.fingerprint: load(one) for one in (models.english, models.other)}
    return Means(models=models, embedder=InProcess(every), rules=rules)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    opened = open_database(f"sqlite:///{tmp_path_factory.mktemp('bad') / 'calls.db'}")
    keep(opened, *CALLS)
    yield opened
    opened.dispose()


def listed(engine: sa.Engine, means: Means, **interests: str) -> list[Found]:
    """All calls, best first."""
    keep(engine, towns(interests=interests))
    [outcome] = run_matching(engine, NOW, ["towns"], choice=EVERYTHING, means=means)
    return outcome.listed(EVERYTHING)


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "water / вода"), ("uk", "вода / water"), ("uk", "Питна вода, pumps, труби")],
)
def test_of_two_languages_in_one_interest_both_count(
    filled: sa.Engine, real: Means, language: str, text: str
) -> None:
    found = listed(filled, real, **{language: text})
    assert found[0].match.call.endswith(":W")
    assert found[0].details["parts"]["words"] > 0
    assert not any(Note.UNKNOWN_WORDS in one.details["notes"] for one in found)


def test_the_dictionary_reads_both_alphabets() -> None:
    assert "drinking water" in in_english("Rozbudowa sieci, питна вода", "pl")
    assert "drinking water" in in_english("Школа, drinking water", "uk")
    assert in_english("Nowe drogi", "uk") == {}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ka", "სასმელი წყალი და კანალიზაცია პატარა ქალაქებისთვის"),
        ("am", "ለትናንሽ ከተሞች የመጠጥ ውሃ"),
        ("en", "qwzx vbnmk zzpt wrrgl"),
    ],
    ids=["Georgian", "Amharic", "gibberish"],
)
def test_of_what_no_word_is_known_less_counts_and_it_is_said(
    filled: sa.Engine, real: Means, language: str, text: str
) -> None:
    for one in listed(filled, real, **{language: text}):
        assert Note.UNKNOWN_WORDS in one.details["notes"]
        meaning, points = one.details["parts"]["meaning"], one.details["points"]["meaning"]
        learnt = weights()
        lowered = learnt.signs["meaning"] * learnt.alone * meaning
        assert points == pytest.approx(lowered, abs=0.02)


def test_one_known_word_or_a_picked_theme_is_enough(filled: sa.Engine, real: Means) -> None:
    for interests in ({"en": "qwzx water"}, {"bg": "вода"}):
        found = listed(filled, real, **interests)
        assert not any(Note.UNKNOWN_WORDS in one.details["notes"] for one in found)
    keep(filled, towns(interests={"ka": "სასმელი წყალი"}, themes=("water",)))
    [first] = hold(filled, NOW, "somewhere:W", ["towns"], means=real)
    assert Note.UNKNOWN_WORDS not in first.details["notes"]


def test_the_parts_of_a_score_add_up(filled: sa.Engine, real: Means) -> None:
    for one in listed(filled, real, ka="სასმელი წყალი", uk="ремонт шкіл"):
        total = sum(one.details["points"].values()) + weights().intercept
        assert 100 / (1 + np.exp(-total)) == pytest.approx(one.match.score, abs=0.6)


def test_one_model_in_other_numbers_is_another_encoder() -> None:
    models = chosen()
    plain = replace(models.english, fingerprint=models.english.files, arithmetic="")
    other = replace(plain, fingerprint=f"{plain.files}-int8", arithmetic="int8")
    water = Interest("en", "water", english=True)
    assert Route(water, plain, plain).bridge is None
    with pytest.raises(ValueError, match=f"nothing leads from {plain.files} to {other.files}-int8"):
        Route(water, plain, other)
    for english in (plain, other):  # the bridge is fitted to the files, and fits both
        assert bridge_of(replace(models, english=english)) is not None
    with pytest.raises(ValueError, match="nothing leads"):
        Route(water, ENGLISH, plain, bridge_of(models))


def test_each_of_five_wishes_finds_its_call(filled: sa.Engine, real: Means) -> None:
    """Among four others a wish counts nearly as much as by itself; one subject stays whole."""
    alone = {one.match.call: one for one in listed(filled, real, en="Treatment of drinking water.")}
    among = {one.match.call: one for one in listed(filled, real, en=FIVE)}
    water, films = "somewhere:W", "somewhere:F"
    near = {name: found[water].details["parts"]["meaning"] for name, found in
            (("alone", alone), ("among", among))}  # fmt: skip
    assert near["among"] > 0.6 * near["alone"]
    assert among[water].match.score > 2 * among[films].match.score
    one = Interest("en", "New trams. Renewal of the tram depot and of tram tracks.", english=True)
    assert Interest("en", "Treatment of drinking water", english=True).wishes == []
    assert one.wishes == ["New trams.", "Renewal of the tram depot and of tram tracks."]


def test_a_list_is_cut_into_wishes_of_several_words() -> None:
    said = "Culture: restoring the castle quarter, a festival of contemporary art, museums; sport"
    assert wishes(said) == [
        "Culture",
        "restoring the castle quarter, a festival of contemporary art, museums, sport",
    ]
    assert wishes("") == []
    assert len(wishes("Water is clean here. " * 100)) == WISHES


def test_vectors_of_two_lengths_under_one_name_are_refused(engine: sa.Engine) -> None:
    wanted = Wanted(ENGLISH, ["water", "school"])
    with engine.begin() as connection:
        made = [(name, np.ones(size)) for name, size in zip(wanted.hashes(), (96, 5), strict=True)]
        rows = [(name, to_bytes(vector)) for name, vector in made]
        vectors.put(connection, ENGLISH.fingerprint, rows)
        with pytest.raises(EmbeddingFailed, match="small-1 have 5 and 96 numbers"):
            load_vectors(connection, wanted)


def test_one_call_scores_as_among_many(engine: sa.Engine, real: Means) -> None:
    """One call is looked up in all interests at once, many are looked up interest by interest.

    The Ukrainian call crosses the bridge, and so lies last in the space, not where it is stored.
    """
    first = about("A", "Вода для громад", "Ремонт водогонів у малих громадах.", language="uk")
    many = [about(f"N-{number}", "Films of other countries", FILMS) for number in range(FEW + 4)]
    keep(engine, first, *CALLS, *many, towns("ours"), towns("uk", interests={"uk": "вода"}))
    keep(engine, towns("both", interests={"en": FIVE, "uk": "ремонт шкіл"}))
    outcomes = run_matching(engine, NOW, choice=EVERYTHING, means=real)
    for one in outcomes:
        scores = {found.match.call: found.candidate.score for found in one.found}
        assert len(scores) == 1 + len(CALLS) + len(many)
        for name in ("somewhere:A", "somewhere:W", "somewhere:N-7"):
            [alone] = hold(engine, NOW, name, [one.partnership.id], means=real)
            assert alone.candidate.score == pytest.approx(scores[name], abs=1e-3)
            assert alone.details["words"] is not None
