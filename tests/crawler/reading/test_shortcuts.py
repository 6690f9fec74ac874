"""What the readers pass over to be fast is nothing they would have found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.raw import RawCall
from crawler.reading import eligibility, prose, remembered
from crawler.reading.deadlines import read_deadlines, reader
from crawler.reading.deadlines.vocabulary import Vocabulary, _is, vocabulary
from crawler.reading.eligibility import sentences
from crawler.reading.language import LANGUAGES
from crawler.reading.prose import read_prose
from crawler.reading.remembered import Remembered
from tests.crawler.reading.test_phrases import rows

PHRASES = [row["phrase"] for row in rows()]
WORDS = sorted({word for phrase in PHRASES for word in phrase.split()})
SPOKEN = ("en", "uk", "fr", "hu", "lt")
JUMBLE = st.lists(
    st.sampled_from(WORDS) | st.sampled_from(["\n", ":", ". ", "a", "5", "2027"]), max_size=30
).map(" ".join)
ENDS = ["ab", "Wort", "слово", ".", "! ", "? ", " ", "\n", "(", "“", "3"]
SIGNS = st.lists(st.sampled_from(ENDS)).map("".join)


@settings(deadline=None)
@given(SIGNS)
def test_sentences_end_where_the_plain_expressions_end_them(text: str) -> None:
    """Looking for the sign first finds what looking behind every white space found."""
    for sign_first, plain in (
        (sentences._STOP, r"(?<=[^\s.][^\s][.!?])\s+(?=[\"“„«(\[]?[^\W_])"),
        (reader._SURE_END, r"(?<=[^\W\d_]{5}[.!?])\s+(?=[^\W\d_])"),
    ):
        found = [(stop.start() + 1, stop.end()) for stop in sign_first.finditer(text)]
        assert found == [stop.span() for stop in re.finditer(plain, text)]


@settings(max_examples=60, deadline=None)
@given(JUMBLE, st.sampled_from(SPOKEN))
def test_a_sentence_without_date_and_cue_states_nothing(text: str, language: str) -> None:
    found = read_deadlines(text, language=language)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader._Reader, "_may_state", lambda *_: True)
        patch.setattr(reader, "STATING", ("",))  # whatever is known of a word is looked at
        assert read_deadlines(text, language=language) == found


CONDITIONS = [
    line.split(" | ")[1]
    for line in (Path(__file__).parent / "eligibility/phrases.txt").read_text("utf-8").splitlines()
    if line.partition(" | ")[0] in LANGUAGES
]
CUES = sorted({word for phrase in CONDITIONS for word in phrase.split()})
SAID = st.lists(
    st.sampled_from(CUES) | st.sampled_from(["\n", "\n- ", ": ", ". ", "3"]), max_size=30
).map(" ".join) | st.lists(st.sampled_from(CONDITIONS), max_size=4).map("\n".join)


@settings(max_examples=100, deadline=None)
@given(SAID, st.sampled_from(SPOKEN))
def test_a_sentence_that_no_reader_needs_says_nothing(text: str, language: str) -> None:
    found = eligibility.read_eligibility(text, language=language)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(eligibility, "_told", eligibility._told.__wrapped__)
        patch.setattr(eligibility, "_may_say", lambda *_, **__: True)
        patch.setattr(eligibility, "_says", lambda _: True)
        assert eligibility.read_eligibility(text, language=language) == found


@settings(max_examples=60, deadline=None)
@given(
    JUMBLE | st.sampled_from(PHRASES),
    st.sampled_from(SPOKEN),
    st.integers(1, 31).map("2027-05-{:02}".format) | st.just("2027-05"),
)
def test_a_text_without_the_day_of_the_field_says_no_more_of_it(
    text: str, language: str, phrase: str
) -> None:
    words = {"deadlines": [phrase], "description": text}
    raw = RawCall("a", "1", "Title", language=language, words=words)
    found = read_prose(raw)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prose, "may_state", lambda *_: True)
        assert read_prose(raw) == found


def all_phrases(known: Vocabulary) -> list[tuple[str, tuple[str, ...], int]]:
    return [tuple(one) for one in known._phrases()]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(WORDS).map(str.lower) | st.text("adeilnprst", max_size=9))
def test_no_phrase_is_missed_by_its_beginning(word: str) -> None:
    for language in SPOKEN:
        known = vocabulary(language)
        fitting = {one for one in all_phrases(known) if _is(word, one[1][0])} if word else set()
        assert {tuple(one) for one in known.beginning_with[word]} == fitting


def test_too_many_words_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "_MOST", 3)
    sizes = Remembered(len)
    assert [sizes[word] for word in ("a", "bb", "ccc", "dddd", "a")] == [1, 2, 3, 4, 1]
    assert sorted(sizes) == ["a", "dddd"]
