"""What is read of a call's words, held against towns: the reader and the assessment together."""

from __future__ import annotations

import pytest

from classifier.assessment import assess
from classifier.programmes import Rules
from crawler.reading.eligibility import read_eligibility
from storage.domain import Assessment, Partnership
from tests.classifier.towns import NOW, PAIR, STEPOVE, VERBA, call, partnership, town


def judge(rules: Rules, text: str, towns: Partnership = PAIR, language: str = "en") -> Assessment:
    read = read_eligibility(text, language=language)
    return assess(call(criteria=read.criteria, unread=read.unread), towns, rules, NOW)


LATVIAN = partnership(STEPOVE, town("Kalns", "LV"))


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Local authorities from Poland and Ukraine may apply.", "eligible"),
        ("Local authorities from Poland may apply together with a Ukrainian partner.", "eligible"),
        ("Only local authorities from Germany may apply.", "not_eligible"),
        ("Local authorities from Ukraine and Poland may apply, no natural persons.", "eligible"),
        ("Any legal entity worldwide can apply.", "eligible"),
        ("Local authorities of EU Member States and associated countries may apply.", "unclear"),
        ("Universities may also apply.", "unclear"),
        ("Local authorities cannot apply unless they have a partner.", "unclear"),
        ("Preference is given to municipalities from Germany.", "unclear"),
        ("The project trains municipalities in Moldova.", "unclear"),
    ],
)
def test_a_sentence_decides(text: str, verdict: str, rules: Rules) -> None:
    assert judge(rules, text).verdict == verdict


def test_an_open_group_shuts_nobody_out(rules: Rules) -> None:
    text = "Municipalities from Germany, France and associated countries may apply."
    assessment = judge(rules, text)
    assert assessment.verdict == "unclear"
    assert all("leaves out" not in finding.explanation for finding in assessment.findings)


def test_the_words_of_any_country_are_shown(rules: Rules) -> None:
    text = "Any legal entity worldwide can apply."
    findings = judge(rules, text).findings
    assert any(f.words == text and "any country" in f.explanation for f in findings)


def test_applicant_and_partner_have_their_roles(rules: Rules) -> None:
    text = "Pieteikties var Latvijas pašvaldības kopā ar pašvaldību Ukrainā."
    assessment = judge(rules, text, LATVIAN, "lv")
    assert assessment.verdict == "eligible"
    assert assessment.roles == {"Stepove": "partner", "Kalns": "lead"}


def test_the_country_of_the_lead_takes_part_as_well(rules: Rules) -> None:
    text = (
        "The lead applicant must be a local authority from Poland; "
        "Ukrainian municipalities may take part as partners only."
    )
    assessment = judge(rules, text)
    assert assessment.verdict == "eligible"
    assert assessment.roles == {"Stepove": "partner", "Brzoza": "lead"}
    assert judge(rules, text, LATVIAN).verdict == "not_eligible"


def test_a_region_is_asked_for(rules: Rules) -> None:
    text = "До участі запрошуються громади Львівської області."
    assert judge(rules, text, partnership(VERBA), "uk").verdict == "eligible"
    assert judge(rules, text, partnership(STEPOVE), "uk").verdict == "not_eligible"


def test_a_gender_dimension_is_told_from_a_plan_in_any_language(rules: Rules) -> None:
    towns = "Local authorities from Poland and Ukraine may apply.\n"
    plan = judge(rules, towns + "A gender equality plan is mandatory.")
    assert plan.missing == ("a gender equality plan",)
    both = "Місцева влада Польщі та України може подати заявку.\nЗаявник повинен врахувати"
    dimension = judge(rules, f"{both} гендерний вимір.", language="uk")
    assert "the gender dimension in the project" in dimension.missing
