"""BM25 as a share of what an interest says, the same whatever is asked beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.lexical import LENGTH, TERMS, Lexicon, call_words, spoken, stem, tokens
from tests.classifier.towns import call

TEXTS = [
    "water pipes for towns",
    "water pumps and water towers for towns",
    "schools for towns",
    "festivals of towns",
]


def lexicon(*texts: str) -> Lexicon:
    return Lexicon(tokens(text) for text in texts)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cities", "city"), ("boxes", "box"), ("towns", "town"), ("classes", "class"),
        ("школи", "школа"), ("громадами", "громада"), ("водопостачання", "водопостачанню"),
    ],
)  # fmt: skip
def test_number_and_case_do_not_matter(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize("word", ["gas", "glass", "bus", "radius", "art", "вода"[:3]])
def test_short_words_stay_words(word: str) -> None:
    assert stem(word) == word


def test_the_smallest_words_do_not_count() -> None:
    assert tokens("We are looking for the water, та для шкіл!") == ["looking", "water", "шкіл"]
    assert tokens("Don’t “e-mail” 2027") == ["don’t", "mail", "2027"]


def test_a_call_that_says_more_of_it_gets_a_larger_share() -> None:
    shares = lexicon(*TEXTS).shares(tokens("water towers"))
    assert shares.argmax() == 1
    assert shares[0] > 0
    assert shares[2] == shares[3] == 0


def test_a_rare_word_weighs_more_than_a_usual_one() -> None:
    words = lexicon(*TEXTS)
    assert words.rarity("festival") > words.rarity("water") > words.rarity("town") > 0
    assert words.rarity("unheard") > words.rarity("festival")


def test_the_share_is_never_more_than_all() -> None:
    shares = lexicon(*["water " * 500, *TEXTS]).shares(tokens("water"))
    assert 0 < shares.max() <= 1


def test_nothing_is_shared_with_nothing() -> None:
    assert lexicon().shares(tokens("water")).tolist() == []
    assert lexicon("", "").shares(tokens("water")).tolist() == [0, 0]
    assert lexicon(*TEXTS).shares([]).tolist() == [0, 0, 0, 0]


def test_of_a_very_long_interest_the_rarest_words_count() -> None:
    filler = [f"word{number}" for number in range(TERMS)]
    query = [*tokens("towns"), *filler]
    assert lexicon(*TEXTS).shares(query).tolist() == [0, 0, 0, 0]
    assert lexicon(*TEXTS).shares(query[: TERMS // 2]).max() > 0


def test_the_beginning_of_a_call_counts_and_not_its_conditions() -> None:
    body = "trams " + "and " * (LENGTH // 4) + "annexes"
    assert call_words(replace(call("a", "Towns"), description=body)) == ["town", "town", "tram"]


def test_the_title_counts_twice() -> None:
    one = replace(call(title="Water"), description="pipes")
    assert call_words(one) == ["water", "water", "pipe"]


def test_shared_words_are_told_as_they_were_written() -> None:
    words = lexicon(*TEXTS, "a festival on the water")
    said = spoken("Cities want Festivals and water towers, festival!")
    shared = words.shared(said, 4)
    assert [said[one] for one in shared] == ["festivals", "water"]
    assert [said[one] for one in words.shared(said, 1)] == ["towers", "water"]
    assert words.shared(said, 2) == []
    assert len(words.shared(said, 1, limit=1)) == 1


@given(st.lists(st.text(alphabet="ab ", max_size=20), max_size=6), st.text("abc ", max_size=20))
def test_shares_lie_between_nothing_and_all(texts: list[str], query: str) -> None:
    words = Lexicon([text.split() for text in texts])
    shares = words.shares(query.split())
    assert shares.shape == (len(texts),)
    assert np.all((shares >= 0) & (shares <= 1))
