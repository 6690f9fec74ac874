"""Whole texts: lists under headings, several sentences, what is kept as not understood."""

from __future__ import annotations

from crawler.reading.eligibility import read_eligibility
from storage.domain import About, Effect
from tests.crawler.reading.eligibility.cells import cells

LIST = """Who can apply?
Eligible applicants:
- municipalities and their associations
- NGOs registered in Ukraine
- schools
The schools of the winners will be renovated."""


def test_a_list_stands_under_its_heading() -> None:
    read = read_eligibility(LIST, language="en")
    words = {c.words: c.values for c in read.criteria if c.about is About.APPLICANT}
    assert words == {
        "municipalities and their associations": (
            "association_of_local_authorities",
            "local_authority",
        ),
        "NGOs registered in Ukraine": ("ngo",),
        "schools": ("school",),
    }


def test_a_heading_may_shut_out() -> None:
    text = "The following are not eligible:\n- natural persons\n- political parties\n- companies"
    read = read_eligibility(text, language="en")
    assert {(c.effect, c.values) for c in read.criteria} == {
        (Effect.EXCLUDES, ("natural_person",)),
        (Effect.EXCLUDES, ("company",)),
    }


def test_a_list_ends_with_the_next_paragraph() -> None:
    text = "Eligible applicants:\n- municipalities\nMuseums and libraries are beautiful."
    assert cells(read_eligibility(text)) == "applicant allows local_authority"


def test_lots_stay_several() -> None:
    text = "Lot 1: grants from EUR 5,000 to 10,000.\nLot 2: grants from EUR 20,000 to 60,000."
    assert cells(read_eligibility(text)) == "EUR 5000..10000; EUR 20000..60000"


def test_who_is_only_added_does_not_make_the_list() -> None:
    alone = read_eligibility("Museums may also apply.", language="en")
    assert cells(alone) == "unread"
    text = "Municipalities may apply. Museums may also apply."
    assert cells(read_eligibility(text, language="en")) == (
        "applicant allows local_authority; applicant allows cultural_institution"
    )


def test_a_sentence_understood_is_not_unread() -> None:
    text = "Municipalities from Poland may apply. Applicants must be in a good mood."
    read = read_eligibility(text, language="en")
    assert read.unread == ("Applicants must be in a good mood.",)


def test_pointers_are_left_for_the_rules() -> None:
    text = "Eligible countries: described in Annex B of the General Annexes."
    assert read_eligibility(text, language="en").unread == (text,)


def test_a_sentence_stands_word_for_word() -> None:
    sentence = "Подати  заявку можуть громади Львівської області."
    (first, *_) = read_eligibility(f"Вступ.\n  {sentence}  ", language="uk").criteria
    assert first.words == sentence


def test_abbreviations_end_no_sentence() -> None:
    text = "Розмір гранту – до 500 тис. грн для м. Суми."
    (money,) = read_eligibility(text, language="uk").funding
    assert money.words == text


def test_a_text_of_two_languages() -> None:
    text = (
        "Local authorities from Poland and Ukraine may apply for this grant.\n"
        "Подати заявку на грант можуть громади Сумської області України."
    )
    read = read_eligibility(text, language="en")
    assert "region allows UA-59" in cells(read)
    assert "country allows PL UA" in cells(read)


def test_a_list_of_what_is_done_or_chosen_names_no_applicants() -> None:
    for heading in (
        "Applicants are invited to choose one of the following strands:",
        "The activities of the grantees that may be supported include:",
        "Eligible activities",
    ):
        text = f"{heading}\n- training for schools in Moldova\n- museums of Sweden"
        assert read_eligibility(text, language="en").criteria == ()


def test_a_list_below_who_leads_says_who_leads() -> None:
    for heading in ("The following may be lead partners:", "The coordinator must be a"):
        text = f"{heading}\n- public body or\n- non-profit organisation"
        told = "role requires public_body; role requires ngo"
        assert cells(read_eligibility(text, language="en")) == told
