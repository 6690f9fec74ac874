"""The kinds of criteria a call may state, each held against towns without any rule to help."""

from __future__ import annotations

import pytest

from classifier.assessment import assess
from classifier.programmes import Rules
from storage.domain import (
    About,
    ApplicantType,
    Assessment,
    Criterion,
    Effect,
    Finding,
    Partnership,
    Result,
)
from tests.classifier.towns import (
    AHRBERG,
    BRZOZA,
    NOW,
    PAIR,
    POINTERS,
    STEPOVE,
    SVETLO,
    VERBA,
    allows,
    call,
    excludes,
    partnership,
    requires,
    town,
)

TOWNS_OF_BOTH = (allows(About.COUNTRY, "UA", "PL"), allows(About.APPLICANT, "local_authority"))
EU = ("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
      "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK")  # fmt: skip


def judge(rules: Rules, *criteria: Criterion, towns: Partnership = PAIR) -> Assessment:
    return assess(call(criteria=criteria), towns, rules, NOW)


def about(assessment: Assessment, subject: About) -> list[Finding]:
    return [finding for finding in assessment.findings if finding.about is subject]


def test_all_criteria_met(rules: Rules) -> None:
    assessment = judge(rules, *TOWNS_OF_BOTH, requires(About.CONSORTIUM, partners=2, countries=2))
    assert assessment.verdict == "eligible"
    assert assessment.missing == ()
    assert {f.result for f in assessment.findings} == {Result.MET}


def test_unknown_applicant_type_is_to_be_checked(rules: Rules) -> None:
    assessment = judge(rules, allows(About.COUNTRY, "UA", "PL"))
    assert assessment.verdict == "eligible_if"
    assert assessment.missing == (
        "check whether a local authority may apply: the call does not say",
    )


def test_a_type_without_a_country_is_unclear(rules: Rules) -> None:
    assert judge(rules, allows(About.APPLICANT, "local_authority")).verdict == "unclear"


def test_each_required_country_needs_a_partner(rules: Rules) -> None:
    assessment = judge(
        rules,
        requires(About.COUNTRY, "PL"),
        requires(About.COUNTRY, "UA"),
        requires(About.COUNTRY, "SK", "CZ"),
        allows(About.APPLICANT, "any_legal_entity"),
        requires(About.CONSORTIUM, partners=4, countries=3),
    )
    assert assessment.verdict == "eligible_if"
    assert assessment.missing == ("2 more partners, one of them from Czechia or Slovakia",)


def test_partners_of_certain_countries_are_counted_among_all_that_lack(rules: Rules) -> None:
    least = requires(About.CONSORTIUM, partners=5, countries=5)
    eu = Criterion(About.COUNTRY, Effect.REQUIRES, EU, "eu27", min_partners=3, words="three")
    assert judge(rules, *TOWNS_OF_BOTH, eu, least).missing == (
        "3 more partners from 3 more countries, two of them from an EU Member State",
    )
    more = Criterion(About.COUNTRY, Effect.REQUIRES, EU, "eu27", min_partners=6, words="six")
    assert judge(rules, *TOWNS_OF_BOTH, more, least).missing == (
        "5 EU Member State partners",
        "3 more partners from 3 more countries",
    )


def test_a_required_country_may_need_several_partners(rules: Rules) -> None:
    criteria = (*TOWNS_OF_BOTH, requires(About.COUNTRY, "UA", partners=2))
    assert judge(rules, *criteria).missing == ("one partner from Ukraine",)
    two = partnership(STEPOVE, VERBA, BRZOZA)
    assert judge(rules, *criteria, towns=two).verdict == "eligible"


def test_a_group_is_told_by_its_name(rules: Rules) -> None:
    eu = Criterion(About.COUNTRY, Effect.REQUIRES, EU, "eu27", min_partners=2, words="two")
    assessment = judge(rules, *TOWNS_OF_BOTH, eu)
    assert assessment.missing == ("an EU Member State partner",)


def test_a_list_of_several_countries_is_closed(rules: Rules) -> None:
    criteria = (allows(About.COUNTRY, *EU, group="eu27"), allows(About.APPLICANT, "ngo"))
    assessment = judge(rules, *criteria[:1], allows(About.APPLICANT, "local_authority"))
    assert assessment.verdict == "not_eligible"
    assert assessment.roles == {"Stepove": "none", "Brzoza": "lead"}


@pytest.mark.parametrize(
    ("country", "verdict", "roles"),
    [
        ("UA", "eligible_if", {"Stepove": "lead", "Brzoza": "unclear"}),
        ("PL", "unclear", {"Stepove": "unclear", "Brzoza": "lead"}),
    ],
)
def test_one_country_names_where_the_applicant_sits(
    country: str, verdict: str, roles: dict[str, str], rules: Rules
) -> None:
    assessment = judge(
        rules, allows(About.COUNTRY, country), allows(About.APPLICANT, "local_authority")
    )
    assert assessment.verdict == verdict
    assert assessment.roles == roles
    assert assessment.missing[0].endswith("may be a partner")


def test_an_applicant_from_one_country_with_a_partner_from_another(rules: Rules) -> None:
    criteria = (
        allows(About.COUNTRY, "LV"),
        requires(About.COUNTRY, "UA", "MD", "GE"),
        allows(About.APPLICANT, "local_authority"),
    )
    latvian = partnership(STEPOVE, town("Kalns", "LV"))
    assessment = judge(rules, *criteria, towns=latvian)
    assert assessment.verdict == "eligible"
    assert assessment.roles == {"Stepove": "partner", "Kalns": "lead"}
    assessment = judge(rules, *criteria)
    assert assessment.verdict == "not_eligible"
    assert "an applicant from Latvia" in assessment.missing


def test_one_partner_shut_out_of_three(rules: Rules) -> None:
    towns = partnership(STEPOVE, BRZOZA, AHRBERG)
    assessment = judge(rules, *TOWNS_OF_BOTH, towns=towns)
    assert assessment.verdict == "eligible_if"
    assert assessment.missing == ("apply without Ahrberg (DE)",)


def test_the_polish_side_is_excluded(rules: Rules) -> None:
    criteria = (excludes(About.COUNTRY, "PL"), *TOWNS_OF_BOTH)
    assessment = judge(rules, *criteria)
    assert assessment.verdict == "eligible_if"
    assert assessment.missing == ("Stepove (UA) applies without Brzoza (PL)",)
    two = requires(About.CONSORTIUM, partners=2, countries=2)
    assert judge(rules, *criteria, two).verdict == "not_eligible"


@pytest.mark.parametrize(
    ("types", "verdict"),
    [
        (("any_legal_entity",), "eligible"),
        (("public_body",), "eligible"),
        (("local_authority", "ngo"), "eligible"),
        (("school", "hospital"), "eligible_if"),
        (("ngo", "company"), "not_eligible"),
        (("natural_person",), "not_eligible"),
        (("international_organisation",), "eligible_if"),
    ],
)
def test_kinds_of_applicants(types: tuple[str, ...], verdict: str, rules: Rules) -> None:
    countries = allows(About.COUNTRY, "UA", "PL")
    assert judge(rules, countries, allows(About.APPLICANT, *types)).verdict == verdict


def test_a_town_applies_through_its_school(rules: Rules) -> None:
    criteria = (allows(About.COUNTRY, "UA", "PL"), allows(About.APPLICANT, "school", "ngo"))
    assert judge(rules, *criteria).missing == (
        "Stepove (UA) applies through a school of its own",
        "Brzoza (PL) applies through a school of its own",
    )


def test_an_excluded_kind(rules: Rules) -> None:
    criteria = (*TOWNS_OF_BOTH, excludes(About.APPLICANT, "local_authority"))
    assert judge(rules, *criteria).verdict == "not_eligible"


def test_a_person_is_no_legal_entity(rules: Rules) -> None:
    someone = town("Someone", "UA", None, ApplicantType.NATURAL_PERSON)
    criteria = (allows(About.COUNTRY, "UA", "PL"), allows(About.APPLICANT, "any_legal_entity"))
    assessment = judge(rules, *criteria, towns=partnership(someone, BRZOZA))
    assert assessment.roles["Someone"] == "unclear"


def test_a_required_kind_of_partner(rules: Rules) -> None:
    criteria = (*TOWNS_OF_BOTH, requires(About.APPLICANT, "ngo"))
    assert judge(rules, *criteria).missing == ("an NGO as partner",)
    ngo = town("Friends", "PL", None, ApplicantType.NGO)
    assert judge(rules, *criteria, towns=partnership(STEPOVE, BRZOZA, ngo)).missing == ()


@pytest.mark.parametrize(
    ("region", "verdict"),
    [("UA-46", "eligible"), ("UA-59", "not_eligible"), (None, "eligible_if")],
)
def test_regions(region: str | None, verdict: str, rules: Rules) -> None:
    towns = partnership(town("Stepove", "UA", region), BRZOZA)
    criteria = (*TOWNS_OF_BOTH, allows(About.REGION, "UA-46", "UA-21"))
    assert judge(rules, *criteria, towns=towns).verdict == verdict


def test_a_nuts_region_by_its_prefix(rules: Rules) -> None:
    inside = allows(About.REGION, "PL8")
    assert judge(rules, *TOWNS_OF_BOTH, inside).verdict == "eligible"
    coarse = partnership(STEPOVE, town("Brzoza", "PL", "PL8"))
    assessment = judge(rules, *TOWNS_OF_BOTH, allows(About.REGION, "PL814"), towns=coarse)
    assert assessment.missing == ("Brzoza (PL) must lie in lubelski (PL814)",)


def test_an_excluded_region(rules: Rules) -> None:
    criteria = (*TOWNS_OF_BOTH, excludes(About.REGION, "UA-59", "UA-43"))
    assert judge(rules, *criteria).verdict == "not_eligible"
    unknown = partnership(town("Stepove", "UA"), BRZOZA)
    assert judge(rules, *criteria, towns=unknown).verdict == "eligible_if"


def test_a_required_region(rules: Rules) -> None:
    criteria = (*TOWNS_OF_BOTH, requires(About.REGION, "UA-46"))
    assert judge(rules, *criteria).missing == ("one partner from Lviv Oblast (UA-46)",)
    assert judge(rules, *criteria, towns=partnership(VERBA, BRZOZA)).missing == ()


@pytest.mark.parametrize(
    ("partners", "countries", "missing"),
    [
        (2, 2, ()),
        (1, None, ()),
        (3, 3, ("one partner from another country",)),
        (3, 2, ("one more partner",)),
        (4, 4, ("2 more partners from 2 more countries",)),
        (6, 3, ("4 more partners, one of them from another country",)),
        (None, 3, ("one partner from another country",)),
    ],
)
def test_minima(
    partners: int | None, countries: int | None, missing: tuple[str, ...], rules: Rules
) -> None:
    minimum = requires(About.CONSORTIUM, partners=partners, countries=countries)
    assert judge(rules, *TOWNS_OF_BOTH, minimum).missing == missing


def test_a_minimum_of_certain_countries(rules: Rules) -> None:
    minimum = requires(About.CONSORTIUM, "PL", "CZ", partners=2)
    assessment = judge(rules, *TOWNS_OF_BOTH, minimum)
    assert assessment.missing == ("one partner from Czechia or Poland",)
    three = partnership(STEPOVE, BRZOZA, SVETLO)
    criteria = (allows(About.COUNTRY, "UA", "PL", "CZ"), TOWNS_OF_BOTH[1], minimum)
    assert judge(rules, *criteria, towns=three).verdict == "eligible"


def test_who_may_lead(rules: Rules) -> None:
    lead = requires(About.ROLE, "PL")
    assert judge(rules, *TOWNS_OF_BOTH, lead).roles == {"Stepove": "partner", "Brzoza": "lead"}
    no_lead = excludes(About.ROLE, "UA")
    assert judge(rules, *TOWNS_OF_BOTH, no_lead).roles["Stepove"] == "partner"


def test_nobody_may_lead(rules: Rules) -> None:
    assessment = judge(rules, *TOWNS_OF_BOTH, requires(About.ROLE, "ngo"))
    assert assessment.roles == {"Stepove": "partner", "Brzoza": "partner"}
    assert assessment.missing == ("a partner that may lead",)
    assert assessment.verdict == "eligible_if"


def test_a_role_nobody_understands_is_quoted(rules: Rules) -> None:
    odd = Criterion(About.ROLE, Effect.REQUIRES, ("mentor",), words="A mentor leads.")
    assert judge(rules, *TOWNS_OF_BOTH, odd).missing == ("check in the call: “A mentor leads.”",)


def share(**fields: object) -> Criterion:
    return Criterion(About.COFINANCING, Effect.REQUIRES, words="money", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("criterion", "missing"),
    [
        (share(rate=0.2, share_of="own"), ("20 % own share",)),
        (share(rate_min=0.1, share_of="own"), ("at least 10 % own share",)),
        (share(rate=0.8, share_of="grant"), ("20 % own share",)),
        (share(rate=0.9, rate_min=0.5, share_of="grant"), ("10 to 50 % own share",)),
        (share(rate=0.925, share_of="grant"), ("7.5 % own share",)),
        (share(rate=1.0, share_of="grant"), ()),
        (share(rate=0.8), ("check in the call: “money”",)),
    ],
)
def test_an_own_share_is_missing_and_never_a_no(
    criterion: Criterion, missing: tuple[str, ...], rules: Rules
) -> None:
    assessment = judge(rules, *TOWNS_OF_BOTH, criterion)
    assert assessment.missing == missing
    assert assessment.verdict == ("eligible_if" if missing else "eligible")


def test_the_calls_share_replaces_that_of_the_programme(rules: Rules) -> None:
    opportunity = call(
        "LIFE-2027-SAP-CLIMA-GOV", unread=POINTERS, criteria=[share(rate=0.75, share_of="grant")]
    )
    assessment = assess(opportunity, PAIR, rules, NOW)
    assert assessment.missing == ("25 % own share",)
    assert [f.source for f in about(assessment, About.COFINANCING)] == ["call"]


def test_a_gender_equality_plan_is_missing(rules: Rules) -> None:
    plan = requires(About.GENDER, words="Applicants have a gender equality plan.")
    assert judge(rules, *TOWNS_OF_BOTH, plan).missing == ("a gender equality plan",)
    dimension = requires(About.GENDER, words="Proposals show the gender dimension.")
    assert judge(rules, *TOWNS_OF_BOTH, dimension).missing == (
        "the gender dimension in the project",
    )


def test_another_condition_is_quoted(rules: Rules) -> None:
    assessment = judge(
        rules, *TOWNS_OF_BOTH, requires(About.OTHER, words="Towns have 5,000 inhabitants.")
    )
    assert assessment.verdict == "eligible_if"
    assert assessment.missing == ("check in the call: “Towns have 5,000 inhabitants.”",)
    (finding,) = about(assessment, About.OTHER)
    assert (finding.result, finding.source) == (Result.UNKNOWN, "call")


def test_quoted_words_stay_on_one_visible_line(rules: Rules) -> None:
    odd = requires(About.OTHER, words="Towns\r\nhave \u202ea harbour\u200b.")
    assert judge(rules, *TOWNS_OF_BOTH, odd).missing == (
        "check in the call: “Towns have a harbour.”",
    )
