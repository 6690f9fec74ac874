"""What of a call and of an interest is compared, and how it is cut."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.texts import (
    LENGTH,
    LONGEST,
    LONGEST_TITLE,
    PASSAGE,
    PASSAGES,
    call_text,
    is_english,
    passages,
    phrases,
    sentences,
    text_hash,
    tidy,
    title_only,
)
from tests.classifier.towns import call

LONG = "The towns repair the pipes together and learn from each other. " * 80


def test_the_title_leads_and_the_description_follows() -> None:
    one = replace(call(title="Water"), summary="Pipes.", description="Pumps and people.")
    assert call_text(one) == "Water. Pipes. Pumps and people."


def test_a_summary_that_the_description_repeats_counts_once() -> None:
    one = replace(call(title="Water"), summary="Pipes for", description="Pipes for towns.")
    assert call_text(one) == "Water. Pipes for towns."


def test_a_long_title_leaves_room_for_the_description() -> None:
    one = replace(call(title="word " * 400), description=LONG)
    text = call_text(one)
    assert len(text) <= LENGTH
    assert text.count("word") <= LONGEST_TITLE / 5
    assert "learn from each other" in text


def test_hidden_marks_neither_part_words_nor_reach_the_encoder() -> None:
    assert tidy("wa\u200bter\u202e \r\nsup\xadply\x00\ud800") == "water supply"


def test_only_a_title_is_known() -> None:
    assert title_only(call(title="Water"))
    assert title_only(replace(call(title="Water"), description="See the website."))
    assert title_only(replace(call(title=LONG.strip()), description=LONG))
    assert not title_only(replace(call(title="Water"), description=LONG))


@pytest.mark.parametrize(
    ("text", "said", "english"),
    [
        ("Grants for the renewal of water networks", None, True),
        ("Grants for the renewal of water networks", "en", True),
        ("Grants for the renewal of water networks", "en-GB", True),
        ("Grants for the renewal of water networks", "pl", False),
        ("Гранти на відновлення мереж водопостачання", "en", False),
        ("Гранти на відновлення мереж водопостачання", None, False),
        ("Dotacje na odnowę sieci wodociągowych dla gmin", None, False),
        ("Zuschüsse für die Erneuerung der Wassernetze", None, False),
        ("Subventions pour la rénovation des réseaux", None, False),
        ("LIFE 2027", None, True),
        ("", None, True),
    ],
)
def test_english_is_recognised(text: str, said: str | None, *, english: bool) -> None:
    assert is_english(text, said) is english


def test_sentences_can_be_quoted() -> None:
    text = (
        "Scope\n"
        "The call supports small towns that renew their pipes [12]. Which towns? Those in rural"
        " regions of two countries, for example.\n• partners exchange engineers for some months;\n"
        "Budget: 3."
    )
    assert sentences(replace(call(), description=text)) == [
        "The call supports small towns that renew their pipes.",
        "Those in rural regions of two countries, for example.",
        "partners exchange engineers for some months;",
    ]


def test_an_endless_sentence_is_quoted_in_part() -> None:
    (one, *_) = sentences(replace(call(), description="water " * 500))
    assert len(one) <= LONGEST
    assert one.endswith("water…")


def test_a_repeated_sentence_is_quoted_once() -> None:
    assert len(sentences(replace(call(), description=LONG))) == 1


def test_an_interest_names_several_things() -> None:
    said = "Water: new pipes, leak detection; «школи» – and trams. New pipes"
    assert phrases(said) == [
        "Water", "new pipes", "leak detection", "школи", "and trams", "New pipes",
    ]  # fmt: skip


def test_a_usual_interest_is_read_at_once_and_a_long_one_in_equal_passages() -> None:
    assert passages("Water and schools.") == ["Water and schools."]
    assert passages("  ") == []
    long = passages("word " * (3 * PASSAGE - 30))
    assert [len(one.split()) for one in long] == [PASSAGE - 10] * 3
    assert len(passages("word " * 10_000)) == PASSAGES


def test_a_text_has_one_name_for_each_of_its_uses() -> None:
    assert text_hash("water", query=True) != text_hash("water", query=False)
    assert text_hash("water", query=True) == text_hash("water", query=True)
    assert text_hash("\ud800", query=False)


@given(st.text(max_size=600), st.text(max_size=600))
def test_any_text_can_be_cut(title: str, description: str) -> None:
    one = replace(call(title=title), description=description)
    assert len(call_text(one)) <= LENGTH
    assert "\n" not in call_text(one)
    call_text(one).encode()
    for sentence in sentences(one):
        assert len(sentence) <= LONGEST
    assert tidy(tidy(title)) == tidy(title)
