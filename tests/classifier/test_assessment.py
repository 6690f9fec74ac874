"""Whole verdicts: calls as officers meet them, held against towns."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import pytest

from classifier.assessment import assess, confidence, weakest_finding
from classifier.programmes import Rules
from storage.domain import About, ApplicantType, Call, Kind, Partnership, Programme, Result
from tests.classifier.towns import (
    AHRBERG,
    BREZA,
    BRZOZA,
    NOW,
    PAIR,
    POINTERS,
    STEPOVE,
    SVETLO,
    VERBA,
    WISLA,
    allows,
    call,
    excludes,
    partnership,
    requires,
    town,
)

RIA = "HORIZON Research and Innovation Actions"
CSA = "HORIZON Coordination and Support Actions"
PLUA = "Interreg NEXT Poland – Ukraine: call for small projects"
TRIO = partnership(STEPOVE, BRZOZA, AHRBERG)
BORDER = partnership(VERBA, BRZOZA)
OBLASTS = (
    "Ivano-Frankivsk Oblast (UA-26), Zakarpattia Oblast (UA-21), Chernivtsi Oblast (UA-77) or "
    "Odesa Oblast (UA-51)"
)
COUNTIES = (
    "Satu Mare (RO115), Maramureș (RO114), Suceava (RO215), Botoșani (RO212) or Tulcea (RO225)"
)


class Case(NamedTuple):
    name: str
    opportunity: Call
    towns: Partnership
    verdict: str
    roles: dict[str, str]
    missing: tuple[str, ...]


CASES = [
    Case(
        "town twinning: a pair is enough",
        call("CERV-2027-CITIZENS-TOWN-TT", unread=POINTERS),
        PAIR,
        "eligible",
        {"Stepove": "lead", "Brzoza": "lead"},
        (),
    ),
    Case(
        "town twinning without a Member State",
        call("CERV-2027-CITIZENS-TOWN-TT"),
        partnership(STEPOVE, BREZA),
        "eligible_if",
        {"Stepove": "lead", "Breza": "partner"},
        ("an EU Member State partner",),
    ),
    Case(
        "networks of towns need four",
        call("CERV-2027-CITIZENS-TOWN-NT"),
        PAIR,
        "eligible_if",
        {"Stepove": "lead", "Brzoza": "lead"},
        ("2 more partners from 2 more countries, one of them from an EU Member State",),
    ),
    Case(
        "Union values leave Ukraine out",
        call("CERV-2027-CITIZENS-VALUES"),
        PAIR,
        "not_eligible",
        {"Stepove": "none", "Brzoza": "unclear"},
        (),
    ),
    Case(
        "Horizon RIA needs a third country",
        call("HORIZON-CL5-2027-02-D3-11", action=RIA),
        PAIR,
        "eligible_if",
        {"Stepove": "partner", "Brzoza": "lead"},
        ("one partner from another country",),
    ),
    Case(
        "Horizon RIA with three towns",
        call("HORIZON-CL5-2027-02-D3-11", action=RIA),
        TRIO,
        "eligible",
        {"Stepove": "partner", "Brzoza": "lead", "Ahrberg": "lead"},
        (),
    ),
    Case(
        "Horizon CSA: that one applicant is enough is from memory",
        call("HORIZON-MISS-2027-01-CLIMA-07", action=CSA),
        PAIR,
        "eligible_if",
        {"Stepove": "partner", "Brzoza": "lead"},
        ("check how many partners the call asks for",),
    ),
    Case(
        "LIFE: one applicant is enough",
        call("LIFE-2027-SAP-CLIMA-GOV", unread=POINTERS),
        PAIR,
        "eligible",
        {"Stepove": "lead", "Brzoza": "lead"},
        (),
    ),
    Case(
        "LIFE operating grants are for NGOs",
        call("LIFE-2027-NGO-OG-FPA"),
        PAIR,
        "unclear",
        {"Stepove": "unclear", "Brzoza": "unclear"},
        ("check whether Stepove (UA) may apply", "check whether Brzoza (PL) may apply"),
    ),
    Case(
        "Digital Europe: the minimum is unknown",
        call("DIGITAL-2027-DATA-11-TWINS"),
        PAIR,
        "eligible_if",
        {"Stepove": "lead", "Brzoza": "lead"},
        ("check how many partners the call asks for",),
    ),
    Case(
        "cybersecurity leaves Ukraine out",
        call("DIGITAL-ECCC-2027-DEPLOY-CYBER-09"),
        PAIR,
        "not_eligible",
        {"Stepove": "none", "Brzoza": "partner"},
        (),
    ),
    Case(
        "Interreg, inside the area",
        call("88", PLUA),
        BORDER,
        "eligible",
        {"Verba": "lead", "Brzoza": "lead"},
        (),
    ),
    Case(
        "Interreg, oblast outside",
        call("88", PLUA),
        PAIR,
        "not_eligible",
        {"Stepove": "none", "Brzoza": "lead"},
        ("Sumy Oblast (UA-59) is not in the programme area",),
    ),
    Case(
        "Interreg, NUTS region outside",
        call("88", PLUA),
        partnership(VERBA, WISLA),
        "not_eligible",
        {"Verba": "lead", "Nowa Wisła": "none"},
        ("Miasto Warszawa (PL911) is not in the programme area",),
    ),
    Case(
        "Interreg, a third partner from elsewhere",
        call("88", PLUA),
        partnership(VERBA, BRZOZA, AHRBERG),
        "eligible_if",
        {"Verba": "lead", "Brzoza": "lead", "Ahrberg": "none"},
        ("apply without Ahrberg (DE)",),
    ),
    Case(
        "Interreg, regions not recorded",
        call("88", "Interreg NEXT Romania-Ukraine: second call"),
        partnership(town("Horod", "UA"), town("Vale", "RO", "RO21")),
        "eligible_if",
        {"Horod": "lead", "Vale": "lead"},
        (
            f"Horod (UA) must lie in {OBLASTS}",
            f"Vale (RO) must lie in {COUNTIES}",
        ),
    ),
    Case(
        "the longer programme name wins",
        call("88", "Interreg Hungary-Slovakia-Romania-Ukraine: infrastructure"),
        partnership(town("Horod", "UA", "UA-51"), town("Vale", "RO", "RO225")),
        "not_eligible",  # both lie in the area of Romania-Ukraine, not in this one
        {"Horod": "none", "Vale": "none"},
        (
            "Odesa Oblast (UA-51) is not in the programme area",
            "Tulcea (RO225) is not in the programme area",
        ),
    ),
    Case(
        "Erasmus+ only where the action admits Ukraine",
        call("ERASMUS-EDU-2027-PI-FORWARD"),
        PAIR,
        "unclear",
        {"Stepove": "unclear", "Brzoza": "lead"},
        (
            "check in the call document whether this action admits partners from Ukraine",
            "check how many partners the call asks for",
        ),
    ),
    Case(
        "Erasmus+ lot of another region",
        call("ERASMUS-EDU-2027-CB-VET-WB"),
        PAIR,
        "not_eligible",
        {"Stepove": "none", "Brzoza": "unclear"},
        (),
    ),
    Case(
        "European Urban Initiative is for the EU",
        call("88", "EUI Innovative Actions: fourth call", closes="2026-06-15"),
        PAIR,
        "not_eligible",
        {"Stepove": "none", "Brzoza": "lead"},
        (),
    ),
    Case(
        "a rule says nothing of a later call",
        call("88", "EUI Innovative Actions: fifth call", closes="2027-06-15", opens="2027-02-01"),
        PAIR,
        "unclear",
        {"Stepove": "unclear", "Brzoza": "unclear"},
        ("check in the call document who may take part",),
    ),
    Case(
        "German fund, Polish town",
        call("88", "Nakopa: funds for municipal partnerships"),
        PAIR,
        "not_eligible",
        {"Stepove": "associate", "Brzoza": "none"},
        ("a partner from Germany",),
    ),
    Case(
        "German fund, German town",
        call("88", "Nakopa: funds for municipal partnerships"),
        partnership(STEPOVE, AHRBERG),
        "eligible",
        {"Stepove": "associate", "Ahrberg": "lead"},
        (),
    ),
    Case(
        "only the Ukrainian town may apply",
        call("88", "Mayors for Economic Growth: growth grants"),
        PAIR,
        "eligible_if",
        {"Stepove": "lead", "Brzoza": "none"},
        ("Stepove (UA) applies without Brzoza (PL)",),
    ),
    Case(
        "a sub-grant: the rule is a hint",
        call("cascade-7", "Open call", kind=Kind.CASCADE, parent="LIFE-2025-SAP-CLIMA"),
        PAIR,
        "unclear",
        {"Stepove": "unclear", "Brzoza": "unclear"},
        ("check in the call document who may take part",),
    ),
    Case(
        "a sub-grant of a project that leaves Ukraine out: no hint makes a no",
        call("cascade-8", "Open call", kind=Kind.CASCADE, parent="DIGITAL-ECCC-2025-CYBER"),
        PAIR,
        "unclear",
        {"Stepove": "unclear", "Brzoza": "unclear"},
        ("check in the call document who may take part",),
    ),
    Case(
        "a sub-grant that says itself who may apply",
        call(
            "cascade-9",
            "Open call",
            kind=Kind.CASCADE,
            parent="HORIZON-CL5-2025-01",
            criteria=[
                allows(About.COUNTRY, "PL", "UA", "SK"),
                allows(About.APPLICANT, "local_authority"),
            ],
        ),
        PAIR,
        "eligible",
        {"Stepove": "lead", "Brzoza": "lead"},
        (),
    ),
    Case(
        "EuropeAid: only the guidelines know",
        call("EuropeAid/190001/DD/ACT/UA", "Support to towns", kind=Kind.EXTERNAL_ACTION),
        PAIR,
        "unclear",
        {"Stepove": "unclear", "Brzoza": "unclear"},
        (
            "check in the call document the part of the guidelines on who may apply",
            "check how many partners the call asks for",
        ),
    ),
    Case(
        "an unknown programme",
        call("88", "Small grants of a foundation"),
        PAIR,
        "unclear",
        {"Stepove": "unclear", "Brzoza": "unclear"},
        ("check in the call document who may take part",),
    ),
    Case(
        "a fund without its strand is a hint",
        call("88", "Grants 2027", fund=Programme("CERV", "Citizens, Equality (CERV)")),
        PAIR,
        "unclear",
        {"Stepove": "unclear", "Brzoza": "unclear"},
        ("check in the call document who may take part",),
    ),
    Case(
        "a fund with its strand in the title",
        call("88", "Town Twinning 2027", fund=Programme("CERV")),
        PAIR,
        "eligible",
        {"Stepove": "lead", "Brzoza": "lead"},
        (),
    ),
    Case(
        "closed before Ukraine counted",
        call("LIFE-2021-SAP-ENV", closes="2021-11-30"),
        PAIR,
        "not_eligible",
        {"Stepove": "none", "Brzoza": "lead"},
        (),
    ),
    Case(
        "a tender is no grant",
        call("LIFE-2027-SAP-ENV", kind=Kind.TENDER),
        PAIR,
        "unclear",
        {"Stepove": "unclear", "Brzoza": "unclear"},
        ("check in the call document who may take part",),
    ),
    Case(
        "the call excludes Ukraine",
        call("CERV-2027-CITIZENS-TOWN-TT", criteria=[excludes(About.COUNTRY, "UA")]),
        PAIR,
        "not_eligible",
        {"Stepove": "none", "Brzoza": "lead"},
        (),
    ),
    Case(
        "the call is for Israel only",
        call("CERV-2027-CITIZENS-TOWN-TT", criteria=[allows(About.COUNTRY, "IL")]),
        PAIR,
        "not_eligible",
        {"Stepove": "none", "Brzoza": "none"},
        ("an applicant from Israel",),
    ),
    Case(
        "the call lists Ukraine although the rule says no",
        call(
            "DIGITAL-ECCC-2027-CYBER",
            criteria=[
                allows(About.COUNTRY, "UA", "PL"),
                allows(About.APPLICANT, "local_authority", "company"),
                requires(About.CONSORTIUM, partners=2),
            ],
        ),
        PAIR,
        "eligible",
        {"Stepove": "lead", "Brzoza": "partner"},
        (),
    ),
    Case(
        "the call lowers the minimum of the rule",
        call(
            "HORIZON-CL5-2027-02-D3-11",
            action=RIA,
            criteria=[requires(About.CONSORTIUM, partners=2, countries=2)],
        ),
        PAIR,
        "eligible",
        {"Stepove": "partner", "Brzoza": "lead"},
        (),
    ),
    Case(
        "four towns of four countries",
        call("CERV-2027-CITIZENS-TOWN-NT"),
        partnership(STEPOVE, BRZOZA, AHRBERG, SVETLO),
        "eligible",
        {"Stepove": "lead", "Brzoza": "lead", "Ahrberg": "lead", "Světlo": "lead"},
        (),
    ),
    Case(
        "an NGO beside two towns",
        call("CERV-2027-CITIZENS-TOWN-TT"),
        partnership(STEPOVE, BRZOZA, town("Brzoza friends", "PL", None, ApplicantType.NGO)),
        "eligible_if",
        {"Stepove": "lead", "Brzoza": "lead", "Brzoza friends": "unclear"},
        ("check whether an NGO may apply",),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_verdict(case: Case, rules: Rules) -> None:
    assessment = assess(case.opportunity, case.towns, rules, NOW)
    assert (assessment.verdict, dict(assessment.roles)) == (case.verdict, case.roles)
    assert assessment.missing == case.missing


def test_findings_name_their_rule_and_its_certainty(rules: Rules) -> None:
    assessment = assess(call("CERV-2027-CITIZENS-TOWN-TT"), PAIR, rules, NOW)
    country = next(f for f in assessment.findings if f.about is About.COUNTRY)
    assert country.source == "rule:cerv_town_twinning"
    assert country.certainty == "likely"
    assert country.result is Result.MET
    assert country.words == rules.programmes["cerv_town_twinning"].why


def test_findings_of_the_call_carry_its_words(rules: Rules) -> None:
    opportunity = call(criteria=[excludes(About.COUNTRY, "UA")])
    assessment = assess(opportunity, PAIR, rules, NOW)
    (against,) = [f for f in assessment.findings if f.result is Result.NOT_MET]
    assert (against.source, against.certainty) == ("call", "stated")
    assert against.words == "not open to UA"


def test_a_small_consortium_is_a_criterion_not_met(rules: Rules) -> None:
    assessment = assess(call("CERV-2027-CITIZENS-TOWN-NT"), PAIR, rules, NOW)
    (minimum,) = [f for f in assessment.findings if f.about is About.CONSORTIUM]
    assert minimum.result is Result.NOT_MET


def test_the_eu_town_is_advised_to_lead_where_the_hromada_only_likely_may(rules: Rules) -> None:
    assessment = assess(call("CERV-2027-CITIZENS-TOWN-TT"), PAIR, rules, NOW)
    (advice,) = [f for f in assessment.findings if f.about is About.ROLE]
    assert advice.explanation == (
        "Let Brzoza (PL) lead: that Stepove (UA) may lead is likely, not sure."
    )


def test_no_advice_where_the_hromada_surely_may_lead(rules: Rules) -> None:
    opportunity = call("88", "International Visegrad Fund: Visegrad+ grants")
    assessment = assess(opportunity, partnership(STEPOVE, BRZOZA, SVETLO), rules, NOW)
    assert assessment.roles["Stepove"] == "lead"
    assert not [f for f in assessment.findings if f.about is About.ROLE]


def test_what_the_programme_pays_stands_beside_the_verdict(rules: Rules) -> None:
    assessment = assess(call("LIFE-2027-SAP-CLIMA-GOV"), PAIR, rules, NOW)
    (pays,) = [f for f in assessment.findings if f.about is About.COFINANCING]
    assert pays.explanation == "LIFE pays 60 to 95 % of the costs; the rest is an own share."
    assert assessment.verdict == "eligible"


def test_weakest_finding_is_named(rules: Rules) -> None:
    assessment = assess(
        call("HORIZON-MISS-2027-01-CLIMA-07", action=CSA), partnership(STEPOVE, BRZOZA), rules, NOW
    )
    weakest = weakest_finding(assessment)
    assert weakest is not None
    assert (weakest.about, weakest.certainty) == (About.CONSORTIUM, "memory")
    assert confidence(assessment).startswith("The weakest point is known from memory only: One")


def test_confidence_of_a_no_tells_what_shuts_out(rules: Rules) -> None:
    assessment = assess(call("DIGITAL-ECCC-2027-CYBER"), PAIR, rules, NOW)
    assert confidence(assessment) == (
        "The weakest point is likely, not sure: "
        "Ukraine does not take part in Digital Europe, cybersecurity."
    )


def test_confidence_of_the_call_alone(rules: Rules) -> None:
    opportunity = call(
        criteria=[allows(About.COUNTRY, "UA", "PL"), allows(About.APPLICANT, "local_authority")]
    )
    assessment = assess(opportunity, PAIR, rules, NOW)
    assert confidence(assessment) == "All of it is said by the call itself."


@pytest.mark.parametrize(("written", "meant"), [("EL", "GR"), ("uk", "GB"), ("pl", "PL")])
def test_country_codes_as_eu_texts_write_them(written: str, meant: str, rules: Rules) -> None:
    opportunity = call("HORIZON-CL5-2027-02-D3-11", action=RIA)
    found = [
        assess(opportunity, partnership(STEPOVE, town("Town", code)), rules, NOW)
        for code in (written, meant)
    ]
    assert found[0] == found[1]


def test_greek_regions_lie_in_greece(rules: Rules) -> None:
    opportunity = call("88", "Interreg NEXT Black Sea Basin: first call")
    inside, outside = (
        assess(
            opportunity,
            partnership(town("Port", "UA", "UA-51"), town("Polis", "GR", region)),
            rules,
            NOW,
        )
        for region in ("EL514", "GR30")
    )
    assert inside.roles["Polis"] == "lead"
    assert outside.roles["Polis"] == "none"


def test_a_katottg_code_is_an_oblast(rules: Rules) -> None:
    towns = partnership(town("Verba", "UA", "UA46060000000042587"), BRZOZA)
    assert assess(call("88", PLUA), towns, rules, NOW).verdict == "eligible"


def test_kosovo_is_known_in_cerv_and_not_known_in_erasmus(rules: Rules) -> None:
    towns = partnership(STEPOVE, BRZOZA, BREZA)
    twinning = assess(call("CERV-2027-CITIZENS-TOWN-TT"), towns, rules, NOW)
    exchange = assess(call("ERASMUS-EDU-2027-CB-VET-NE"), towns, rules, NOW)
    assert twinning.roles["Breza"] == "partner"
    assert exchange.roles["Breza"] == "unclear"
    assert any("Kosovo" in f.explanation for f in exchange.findings)


def test_two_partners_of_one_name_with_different_roles(rules: Rules) -> None:
    towns = partnership(VERBA, BRZOZA, dataclasses.replace(STEPOVE, name="Verba"))
    assert assess(call("88", PLUA), towns, rules, NOW).roles["Verba"] == "unclear"


def test_without_dates_the_rule_is_asked_for_today(rules: Rules) -> None:
    opportunity = call("CERV-2027-CITIZENS-TOWN-TT", closes=None)
    assert assess(opportunity, PAIR, rules, NOW).verdict == "eligible"
    later = NOW.replace(year=2028)
    assert assess(opportunity, PAIR, rules, later).verdict == "unclear"
