"""The closed list of themes, the dictionary it is, and what partnerships are about."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.finding import Finder
from classifier.glossary import BadVocabulary, in_english, pairs
from classifier.theme_scores import SAID, in_common, in_titles, of_calls, profile
from classifier.themes import FEWEST, LANGUAGES, MOST, BadThemes, load_themes, read_themes
from tests.classifier.test_matching import towns

THEMES = load_themes()


def test_the_list_is_closed_and_speaks_six_languages() -> None:
    assert FEWEST <= len(THEMES) <= MOST
    for theme in THEMES:
        assert set(theme.descriptors) == set(LANGUAGES)
        assert len({len(words) for words in theme.descriptors.values()}) == 1
    for language in LANGUAGES:
        names = [theme.name(language) for theme in THEMES]
        assert len(set(names)) == len(names)
    assert {"water", "energy_efficiency", "demining", "veterans", "twinning"} <= set(THEMES.ids)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_theme_is_found_by_its_own_name(language: str) -> None:
    for theme in THEMES:
        found = {one.theme.id for one in THEMES.said(theme.name(language), language)}
        assert theme.id in found, (theme.id, language)


@pytest.mark.parametrize(
    ("text", "language", "theme"),
    [
        ("Ми лагодимо каналізацію та дбаємо про якість води", "uk", "wastewater"),
        ("нові котельні для лікарень", "uk", "heating"),
        ("psychologiczna pomoc i wsparcie dla weteranów", "pl", "veterans"),
        ("Sanierung der Kläranlagen", "de", "wastewater"),
        ("la rénovation thermique des écoles", "fr", "energy_efficiency"),
        ("reabilitarea termică a blocurilor de locuințe", "ro", "energy_efficiency"),
    ],
)
def test_words_are_found_in_other_forms(text: str, language: str, theme: str) -> None:
    assert theme in {one.theme.id for one in THEMES.said(text, language)}


def test_a_text_without_a_language_is_looked_up_in_all() -> None:
    found = {one.theme.id for one in THEMES.said("Шкільна освіта, drinking water")}
    assert {"schools", "water"} <= found
    assert THEMES.said("") == []


def test_other_words_that_begin_alike_are_not_found() -> None:
    finder = Finder("uk", [("вода", "water"), ("теплиця", "greenhouse")])
    assert finder.find("водієві потрібні теплові насоси") == []
    assert finder.find("води та водою; у теплицях") == ["water", "greenhouse"]


def test_a_phrase_does_not_run_from_one_sentence_into_the_next() -> None:
    finder = Finder("en", [("water supply", "water")])
    assert finder.find("We mend the pipes of our water. Supply books.") == []
    assert finder.find("The water supply of a town.") == ["water"]


@given(st.text(max_size=80))
def test_anything_may_be_looked_up(text: str) -> None:
    for language in ("uk", "xx", None):
        assert all(one.theme.id in THEMES.by_id for one in THEMES.said(text, language))
    assert all(in_english(text, "uk"))


def test_a_ukrainian_interest_has_english_words() -> None:
    found = in_english("Реконструкція музею та ліцею, оцифрування колекцій", "uk")
    assert {"museum", "secondary school", "digitisation of collections"} <= set(found)
    assert in_english("xyzzy", "uk") == {}


def test_a_bad_line_of_the_vocabulary_is_named() -> None:
    with pytest.raises(BadVocabulary, match=r"vocabulary\.txt:2: expected words = words"):
        pairs("вода = water\nвода\n")


LINES = "".join(f"  {language}: a; b\n" for language in LANGUAGES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x: [", "cannot be read"),
        ("themes", "is not a list"),
        ("- id: water\n  en: water\n", "expected id and a line in each of en, uk"),
        (f"- id: Water 1\n{LINES}", "the id must be small letters"),
        (f"- id: water\n{LINES}- id: water\n{LINES}", "theme 2: water is there twice"),
        (f"- id: water\n{LINES.replace('uk: a; b', 'uk: a')}", "do not run side by side"),
        (f"- id: water\n{LINES.replace('uk: a; b', 'uk: a; ')}", "an empty descriptor"),
    ],
)
def test_a_bad_list_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "themes.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadThemes, match=said):
        read_themes(file)


def test_what_is_picked_by_hand_is_what_counts() -> None:
    near = np.linspace(0, 1, len(THEMES))
    chosen = profile(towns(themes=("veterans", "nonsense")), THEMES, "water", "en", near)
    assert chosen.chosen
    assert chosen.named(THEMES.ids) == ["veterans"]
    found = profile(towns(), THEMES, "drinking water and water supply", "en", near)
    assert not found.chosen
    assert "water" in found.named(THEMES.ids)
    assert THEMES.unknown(("veteran", "water"))[0][0] == "veteran"


def test_themes_in_common_are_those_of_both() -> None:
    nothing = np.zeros((3, 2), np.float32)
    calls = of_calls(np.array([[5.0, 0.0], [0.0, 5.0], [0.0, 0.0]]), nothing)
    calls = np.hstack([calls, np.zeros((3, len(THEMES) - 2), np.float32)])
    mine = profile(towns(themes=(THEMES.ids[0],)), THEMES, "", "en", np.zeros(len(THEMES)))
    assert in_common(mine.scores, calls.T).tolist() == [1.0, 0.0, 0.0]
    assert in_common(mine.scores, calls[:0].T).shape == (0,)


def test_a_title_says_what_a_call_is_about_where_nearness_does_not() -> None:
    titles = [("Capacity building in VET", "en"), ("Набір на курси", "uk"), ("", None)]
    titled = in_titles(titles, THEMES)
    assert titled.shape == (3, len(THEMES))
    vocational = THEMES.ids.index("vocational_training")
    assert titled[0, vocational] == 1
    assert not titled[1:].any()
    far = np.zeros(titled.shape)
    assert of_calls(far, titled)[0, vocational] == SAID
    assert of_calls(far + 9, titled).max() == 1


def test_a_title_is_read_in_the_language_of_its_call() -> None:
    titled = in_titles([("Безбар'єрність у школах", "uk"), ("Drumuri și poduri", "ro")], THEMES)
    found = [{THEMES.ids[at] for at in np.flatnonzero(row)} for row in titled]
    assert {"accessibility", "schools"} <= found[0]
    assert "roads_and_bridges" in found[1]
