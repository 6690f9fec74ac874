"""Whatever the text: no exception, words that stand in it, known codes, time that grows evenly."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import cycle, islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.reading import eligibility as reader
from crawler.reading.eligibility import EligibilityRead, read_eligibility
from crawler.reading.eligibility.sentences import LONGEST
from crawler.reading.eligibility.vocabulary import MEMBERLESS, group_members, languages
from storage.codes import COUNTRIES, check_region, country_of
from storage.domain import About, ApplicantType
from tests.crawler.reading.eligibility.test_phrases import ROWS

SENTENCES = [sentence for _, sentence, _ in ROWS]
WORDS = sorted({word for sentence in SENTENCES for word in sentence.split()})
SPOKEN = st.sampled_from((*languages(), None, "xx", ""))
JUMBLE = st.lists(
    st.sampled_from(WORDS) | st.text(max_size=6) | st.sampled_from("\n.;:,()%€-–1234567890 "),
    max_size=60,
).map(" ".join)


def check(text: str, read: EligibilityRead) -> None:
    groups = {*group_members(), *MEMBERLESS, "gender_plan", "gender_dimension"}
    for one in read.criteria:
        assert one.words in text
        assert all(rate is None or 0 < rate <= 1 for rate in (one.rate, one.rate_min))
        assert one.min_partners is None or 1 <= one.min_partners <= 40
        assert not one.group or set(one.group.split("+")) <= groups
        if one.about is About.COUNTRY:
            assert set(one.values) <= COUNTRIES
        if one.about is About.APPLICANT:
            assert set(one.values) <= set(ApplicantType)
        for region in one.values if one.about is About.REGION else ():
            check_region(region, country_of(region))
    for money in read.funding:
        assert money.words in text
        assert (money.min_grant or 0) <= (money.max_grant or float("inf"))
    assert all(sentence in text for sentence in read.unread)
    assert not {one.words for one in read.criteria} & set(read.unread)


@settings(max_examples=80, deadline=None)
@given(text=JUMBLE, language=SPOKEN)
def test_a_jumble_of_words(text: str, language: str | None) -> None:
    read = read_eligibility(text, language=language)
    check(text, read)
    assert read == read_eligibility(text, language=language)


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=400), language=SPOKEN)
def test_any_text(text: str, language: str | None) -> None:
    check(text, read_eligibility(text, language=language))


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=600), language=SPOKEN)
def test_bytes_that_are_no_text(data: bytes, language: str | None) -> None:
    text = data.decode("latin-1")
    check(text, read_eligibility(text, language=language))


@settings(max_examples=60, deadline=None)
@given(
    sentence=st.sampled_from(SENTENCES),
    at=st.integers(0, 200),
    mark=st.sampled_from("\u202e\u200b\u00ad\u0301\u2067\ufeff\x00"),
    language=SPOKEN,
)
def test_marks_that_nobody_sees(sentence: str, at: int, mark: str, language: str | None) -> None:
    text = sentence[:at] + mark + sentence[at:]
    check(text, read_eligibility(text, language=language))


@pytest.mark.parametrize("language", [*languages(), None])
def test_a_wrong_language_does_no_harm(language: str | None) -> None:
    for sentence in SENTENCES[::9]:
        check(sentence, read_eligibility(sentence, language=language))


LONG: dict[str, Callable[[int], str]] = {
    "one word": lambda n: "a" * n,
    "no stop": lambda n: "at least three partners from Poland and " * (n // 40),
    "digits": lambda n: "1 000 " * (n // 6),
    "percents": lambda n: "90 % grant own co-financing " * (n // 28),
    "places": lambda n: "Poland, Ukraine, EU Member States, " * (n // 35),
    "dashes": lambda n: "-–" * (n // 2),
    "brackets": lambda n: "((" * (n // 2),
    "lines": lambda n: "".join(f"- NGOs {at}\n" for at in range(n // 12)),
    "stops": lambda n: "A. " * (n // 3),
    "spaces": lambda n: " " * n,
    "apostrophes": lambda n: "о’" * (n // 2),
    "sentences": lambda n: " ".join(islice(cycle(SENTENCES), n // 90)),
}


def seconds(text: str, language: str | None) -> float:
    reader._told.cache_clear()  # what was read a moment ago costs nothing
    start = time.process_time()
    read_eligibility(text, language=language)
    return time.process_time() - start


@pytest.mark.parametrize("kind", LONG)
def test_time_grows_with_the_length(kind: str) -> None:
    short, long = (LONG[kind](size) for size in (20_000, 80_000))
    seconds(short, "en")  # loads the words
    few = min(seconds(short, "en") for _ in range(2))
    assert any(seconds(long, "en") < 8 * few + 0.2 for _ in range(2))  # once, if fast enough


def test_five_megabytes_are_cut() -> None:
    text = "Municipalities from Poland may apply. " * (5_000_000 // 38)
    read = read_eligibility(text, language="en")
    check(text[:LONGEST], read)


def test_nothing_is_nothing() -> None:
    assert read_eligibility("") == EligibilityRead()
    assert read_eligibility(" \n\t\r ", language="uk") == EligibilityRead()
