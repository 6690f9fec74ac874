"""Verdicts on calls as pages of several sources word them, each for a class of mistakes."""

from __future__ import annotations

import dataclasses

import pytest

from classifier.assessment import assess
from classifier.programmes import Rules
from crawler.reading.eligibility import read_eligibility
from storage.domain import Assessment, Call, Document, Eligibility, Partnership, Programme
from tests.classifier.towns import NOW, PAIR, STEPOVE, VERBA, WISLA, call, partnership

TOPIC = "https://ec.europa.eu/portal/screen/opportunities/topic-details"
MEMBERS = "To be eligible, applicants must be established in:\n- EU Member States\n"
ASSOCIATED = "- countries associated to the programme\n"
ANYBODY = "Applicants must be legal entities.\n"


def page(text: str, title: str = "A call", **fields: object) -> Call:
    read = read_eligibility(text, language="en")
    told = Eligibility(read.criteria, read.unread)
    return dataclasses.replace(call(title=title), eligibility=told, **fields)


def judge(rules: Rules, opportunity: Call, towns: Partnership = PAIR) -> Assessment:
    return assess(opportunity, towns, rules, NOW)


def test_a_page_that_links_to_a_topic_is_judged_by_its_programme(rules: Rules) -> None:
    link = Document(f"{TOPIC}/cerv-2027-citizens-town-tt", "The call")
    linked = dataclasses.replace(call("1237", "Meetings of citizens"), documents=(link,))
    assert judge(rules, linked).verdict == "eligible"
    assert judge(rules, call("1237", "Meetings of citizens")).verdict == "unclear"
    two = dataclasses.replace(linked, documents=(link, Document(f"{TOPIC}/LIFE-2027-CET-A", "")))
    assert judge(rules, two).verdict == "unclear"
    titled = dataclasses.replace(linked, title="Nakopa: projects of towns")
    assert judge(rules, titled).roles["Brzoza"] != "lead"  # the title speaks of another programme


def test_associated_countries_are_those_of_the_fund_the_page_names(rules: Rules) -> None:
    text = MEMBERS + ASSOCIATED + ANYBODY + "A consortium of at least 3 partners from 3 countries."
    health = page(text, programme=Programme(name="EU4Health programme 2021-2027"))
    assessment = judge(rules, health)
    assert assessment.verdict == "eligible_if"
    assert assessment.missing == ("one partner from another country",)
    unknown = page(text, programme=Programme(name="A programme of the islands"))
    assert judge(rules, unknown).verdict == "unclear"
    members = page(MEMBERS + ANYBODY, programme=Programme(name="EU4Health programme"))
    assert judge(rules, members).verdict == "not_eligible"


def test_that_towns_may_is_asked_where_it_is_known_from_memory_only(rules: Rules) -> None:
    assessment = judge(rules, call("CEF-T-2027-BORDER-WORKS"))
    assert assessment.verdict == "eligible_if"
    assert assessment.missing[0] == "check whether Stepove (UA) may apply"


@pytest.mark.parametrize(
    ("reference", "title"),
    [
        ("HORIZON-MSCA-2027-PF-01-01", "Fellowships"),
        ("HORIZON-EIC-2027-ACCELERATOR-01", "Accelerator"),
        ("HORIZON-JU-BOATS-2027-BESTCAPTAINPRIZE", "A prize for captains"),
        ("HORIZON-WIDERA-2027-03-WIDENING-01", "Hop-On Facility"),
        ("ERASMUS-EDU-2027-ECHE-CERT-FP", "Charter"),
    ],
)
def test_what_persons_and_companies_win_asks_for_no_third_partner(
    reference: str, title: str, rules: Rules
) -> None:
    assessment = judge(rules, call(reference, title))
    assert assessment.verdict == "unclear"
    assert not any("one partner" in missing for missing in assessment.missing)


def test_who_joins_as_partner_only_does_not_shut_the_others_out(rules: Rules) -> None:
    text = "Applicants from Ukraine can participate only as project partners."
    assessment = judge(
        rules, page(text, "Interreg NEXT Poland – Ukraine"), partnership(VERBA, WISLA)
    )
    assert assessment.roles["Verba"] == "partner"
    told = [f.explanation for f in assessment.findings]
    assert "The call admits Ukraine as a partner." in told
    assert not any("asks for an applicant from Ukraine" in text for text in told)


def test_towns_join_where_a_university_must_lead(rules: Rules) -> None:
    text = "The coordinator must be a university.\nAny legal entity from any country may take part."
    assessment = judge(rules, page(text))
    assert assessment.roles == {"Stepove": "partner", "Brzoza": "partner"}
    assert assessment.verdict == "eligible_if"
    assert "a partner that may lead" in assessment.missing


def test_one_applicant_is_enough_where_the_call_says_so(rules: Rules) -> None:
    text = "Proposals may be submitted by a single applicant."
    topic = page(text)
    assessment = judge(rules, dataclasses.replace(topic, reference="LIFE-2027-CET-ROOFS"))
    assert assessment.verdict == "eligible"


def test_the_words_are_those_that_name_the_regions_of_the_country(rules: Rules) -> None:
    text = "Eligible regions:\n- in Poland: Lubelskie\n- in Ukraine: Lviv oblast and Volyn oblast"
    assessment = judge(rules, page(text), partnership(STEPOVE))
    (no,) = [f for f in assessment.findings if f.about == "region"]
    assert "Lviv" in no.words


def test_of_two_minimums_the_greater_is_missing(rules: Rules) -> None:
    text = (
        "The consortium must have at least three partners from three different countries.\n"
        "The consortium includes at least three partners."
    )
    assert judge(rules, page(text, reference="LIFE-2027-CET-ROOFS")).missing == (
        "one partner from another country",
    )
