"""Pages that state everything in prose: what becomes of their words, and what is reported."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.raw import RawCall
from crawler.reading import read
from crawler.reading.attached import WORD
from storage.domain import About, Call, DeadlineKind, Effect, Reading


def page(language: str = "en", **words: Any) -> Reading:
    raw = RawCall(source="town", reference="1", title="Towns", language=language, words=words)
    return read(raw)


def dates(call: Call) -> list[tuple[str | None, str | None]]:
    return [(one.date, one.time) for one in call.deadlines]


def test_the_deadline_field_of_a_page_is_believed() -> None:
    reading = page(
        deadlines=["27.01.2027 17:00", "Second stage: 15 June 2027"],
        description="<p>The deadline of the first round was 3 March 2026.</p>",
    )
    assert dates(reading.call) == [("2027-01-27", "17:00"), ("2027-06-15", None)]
    assert not reading.unreadable


def test_without_such_a_field_the_text_states_it() -> None:
    text = "<p>Заявки приймаються до 18:00 31 березня.</p><p>Результати – до 30 квітня.</p>"
    (deadline,) = page("uk", description=text, published="2027-01-10").call.deadlines
    assert (deadline.date, deadline.time, deadline.zone) == ("2027-03-31", "18:00", "Europe/Kyiv")
    (unknown,) = page("uk", description=text).call.deadlines
    assert unknown.date == "--03-31"


def test_the_zone_of_the_source_is_that_of_its_clocks() -> None:
    (deadline,) = page(deadlines=["27.01.2027 17:00"], zone="Europe/Bucharest").call.deadlines
    assert deadline.zone == "Europe/Bucharest"


@pytest.mark.parametrize(
    "phrase",
    ["in spring", "in the next 84 days", "31 February 2027", "9999-12-31T23:59:00+00:00"],
)
def test_a_deadline_field_that_is_not_understood_is_reported(phrase: str) -> None:
    reading = page(deadlines=[phrase])
    assert reading.call.deadlines == ()
    assert reading.unreadable == {"deadlines": phrase}


def test_a_call_without_end_is_rolling() -> None:
    (deadline,) = page(description="Applications are accepted at any time.").call.deadlines
    assert (deadline.kind, deadline.date) == (DeadlineKind.ROLLING, None)


def test_the_day_it_opens_is_a_field_of_its_own() -> None:
    assert page(opens="1 March 2027").call.opens_on == "2027-03-01"
    assert page(opens="soon").unreadable == {"opens_on": "soon"}
    assert page().call.opens_on is None


def test_conditions_money_and_what_is_left() -> None:
    call = page(
        "pl",
        conditions="<li>Wkład własny wynosi minimum 10%.</li><li>Należy nosić kapelusz.</li>",
        description="Maksymalna kwota dotacji to 200 000 zł.",
    ).call
    (share,) = call.eligibility.criteria
    assert (share.about, share.rate_min, share.share_of) == (About.COFINANCING, 0.1, "own")
    assert call.eligibility.unread == ("- Należy nosić kapelusz.",)
    (money,) = call.funding
    assert (money.currency, money.max_grant) == ("PLN", 200_000)


def test_attached_guidelines_are_read_where_the_page_is_silent_and_say_on_which_page() -> None:
    guidelines = {
        "url": "https://town.example.eu/guidelines.pdf",
        "title": "Guidelines",
        "pages": [
            {"page": 1, "text": "Guidelines for applicants"},
            {"page": 2, "text": "Applications must be submitted by 15 May 2027."},
            {"page": 7, "text": "Natural persons cannot apply."},
        ],
    }
    call = page(**{WORD: [guidelines]}).call
    assert dates(call) == [("2027-05-15", None)]
    (criterion,) = call.eligibility.criteria
    assert (criterion.effect, criterion.values) == (Effect.EXCLUDES, ("natural_person",))
    assert criterion.words == "Natural persons cannot apply. (guidelines.pdf, p. 7)"
    assert dates(page(**{WORD: [guidelines], "deadlines": ["1 May 2027"]}).call) == [
        ("2027-05-01", None)
    ]


def test_what_the_page_says_itself_is_not_said_again_by_its_files() -> None:
    guidelines = {
        "url": "https://town.example.eu/guidelines.pdf",
        "pages": [{"page": 7, "text": "Natural persons cannot apply."}],
    }
    call = page(**{WORD: [guidelines], "description": "Natural persons may not apply."}).call
    assert [one.words for one in call.eligibility.criteria] == ["Natural persons may not apply."]


def test_a_list_of_regions_makes_no_regional_authority_an_applicant() -> None:
    words = {"countries": "<p>Lubelskie<br>Podkarpackie<br>Ukraine", "applicants": "NGOs; towns"}
    call = page(**words).call
    assert [(str(one.about), one.values) for one in call.eligibility.criteria] == [
        ("country", ("PL", "UA")),
        ("region", ("PL81", "PL82")),
        ("applicant", ("local_authority", "ngo")),
    ]
    assert call.eligibility.unread == ()
    assert page(countries="Anywhere at all").call.eligibility.unread == ("Anywhere at all",)


@pytest.mark.parametrize(
    ("language", "countries"),
    [("fr", "France, Moldavie"), ("de", "Frankreich, Moldau"), ("uk", "Франція, Молдова"),
     ("pl", "Francja, Mołdawia"), ("it", "France, Moldova"), ("et", "France, Moldova")],
)  # fmt: skip
def test_a_list_of_countries_is_read_in_the_language_of_the_source(
    language: str, countries: str
) -> None:
    call = page(language=language, countries=countries).call
    assert [one.values for one in call.eligibility.criteria] == [("FR", "MD")]


@pytest.mark.parametrize(
    ("stamp", "zone", "day", "time"),
    [
        ("2027-05-31T21:59:00Z", "Europe/Kyiv", "2027-06-01", "00:59"),
        ("2027-02-27T15:00:00+01:00", None, "2027-02-27", "15:00"),
        ("2027-02-27 15:00:00.000+0000", "Europe/Paris", "2027-02-27", "16:00"),
    ],
)
def test_a_stamp_with_an_offset_is_that_moment(
    stamp: str, zone: str | None, day: str, time: str
) -> None:
    call = page(deadlines=[stamp], zone=zone).call
    assert [(one.date, one.time, one.basis) for one in call.deadlines] == [(day, time, "stated")]


@pytest.mark.parametrize(
    "published", ["2026-11-02T08:00:00", "02.11.2026", "2 November 2026", "2026-11"]
)
def test_the_day_of_the_page_may_be_in_its_own_words(published: str) -> None:
    reading = page(published=published, deadlines=["until 5 March"])
    call, unreadable = reading.call, reading.unreadable
    assert [one.date for one in call.deadlines] == ["2027-03-05"]
    assert not unreadable


def test_a_day_that_cannot_be_read_is_reported_and_no_year_is_guessed() -> None:
    reading = page(published="last week", deadlines=["until 5 March"])
    call, unreadable = reading.call, reading.unreadable
    assert [one.date for one in call.deadlines] == ["--03-05"]
    assert unreadable == {"published": "last week"}


def test_an_excerpt_says_nothing_the_text_does_not() -> None:
    text = "<p><b>Deadline:</b> 11-Jan-27</p><p>The fund supports schools.</p>"
    call = page(summary="Deadline: 11-Jan-27 The fund [&hellip;]", description=text).call
    assert [one.words for one in call.deadlines] == ["Deadline: 11-Jan-27"]
