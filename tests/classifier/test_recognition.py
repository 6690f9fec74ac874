"""Which programme a call belongs to."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.programmes import How, Rules, load_rules, rule_for
from storage.domain import Kind, Programme
from tests.classifier.towns import call

RULES = load_rules()


@pytest.mark.parametrize(
    ("identifier", "rule"),
    [
        ("HORIZON-CL5-2027-02-D3-11", "horizon_europe"),
        ("ERC-2027-POC", "horizon_europe"),
        ("HORIZON-MISS-2027-01-CLIMA-07", "horizon_missions"),
        ("HORIZON-EURATOM-2025-01", "euratom"),
        ("DIGITAL-2027-DATA-11", "digital_europe"),
        ("DIGITAL-ECCC-2027-DEPLOY", "digital_cyber"),
        ("DIGITAL-2022-CYBER-02-NIS", "digital_cyber"),
        ("LIFE-2027-SAP-NAT", "life"),
        ("LIFE-2027-CET-EMPOWER", "life_cet"),
        ("LIFE-2027-STRAT-ENV-SIP", "life_strat"),
        ("CERV-2027-OTHER", "cerv"),
        ("CERV-2027-CITIZENS-TOWN-TT", "cerv_town_twinning"),
        ("CERV-2027-CITIZENS-TOWN-NT", "cerv_networks_of_towns"),
        ("CERV-2027-CHAR-LITI-CIVIC", "cerv_union_values"),
        ("CREA-CULT-2027-COOP-1", "creative_europe_culture"),
        ("CREA-CULT-2027-COOP-UA", "creative_europe_ukraine_cascade"),
        ("ERASMUS-EDU-2027-CB-VET-NE", "erasmus_cb_ne"),
        ("ERASMUS-EDU-2027-CB-VET-WB", "erasmus_not_ua"),
        ("ERASMUS-EDU-2027-EUR-UNIV", "erasmus"),
        ("SMP-COSME-2027-EYE", "smp"),
        ("SMP-FOOD-2027-FW", "smp_other"),
        ("UCPM-2027-KAPP-EX", "ucpm_kapp"),
        ("UCPM-2027-TRACK1", "ucpm_other"),
        ("BMVI-2027-TF1", "home_funds"),
        ("EuropeAid/190001/DD/ACT/UA", "europeaid"),
    ],
)
def test_by_identifier_the_strand_wins(identifier: str, rule: str, rules: Rules) -> None:
    first, *parents = rule_for(call(identifier), rules)
    assert (first.rule.id, first.how, first.hint) == (rule, How.IDENTIFIER, False)
    assert all(rules.depth(parent.rule.id) <= rules.depth(rule) for parent in parents)


@pytest.mark.parametrize(
    ("title", "rule"),
    [
        ("Civil society in action", "europeaid_cso"),
        ("Support to Local Authorities", "europeaid_la"),
        ("Institutional assistance to a ministry", "europeaid_twinning_institutional"),
        ("Roads", "europeaid"),
    ],
)
def test_rules_that_need_a_title_too(title: str, rule: str, rules: Rules) -> None:
    opportunity = call("EuropeAid/190001/DD/ACT/UA", title, kind=Kind.EXTERNAL_ACTION)
    assert rule_for(opportunity, rules)[0].rule.id == rule


def test_a_needed_title_without_its_identifier_is_nothing(rules: Rules) -> None:
    elsewhere = call("EuropeAid/190001/DD/ACT/MA", "Civil society", kind=Kind.EXTERNAL_ACTION)
    assert rule_for(elsewhere, rules)[0].rule.id == "europeaid"
    fund = call("77", "Civil society", fund=Programme("RELEX-PROSPECT"))
    assert rule_for(fund, rules)[0].rule.id == "europeaid"


@pytest.mark.parametrize(
    ("title", "rule"),
    [
        ("Interreg VI-A NEXT Romania – Ukraine: small projects", "interreg_next_roua"),
        ("Hungary - Slovakia - Romania - Ukraine: third call", "interreg_next_huskroua"),
        ("URBACT: transfer networks", "urbact_apn"),
        ("URBACT Accelerator opens", "urbact_accelerator"),
        ("Мери за економічне зростання: конкурс", "m4eg"),
        ("Gemeinsam stark: der Kleinprojektefonds", "skew_small"),
        ("M4EG\u200b grants", "m4eg"),
    ],
)
def test_by_title(title: str, rule: str, rules: Rules) -> None:
    first = rule_for(call("77", title), rules)[0]
    assert (first.rule.id, first.how, first.hint) == (rule, How.TITLE, False)


def test_by_the_name_of_the_programme(rules: Rules) -> None:
    opportunity = call("77", "Third call", fund=Programme(None, "Interreg Danube Region"))
    assert rule_for(opportunity, rules)[0].rule.id == "interreg_danube"


@pytest.mark.parametrize(
    "title",
    ["Riskewness of models", "The polarised town", "Town Twinning", "Grants for deeper water"],
)
def test_words_inside_words_and_titles_without_their_fund_are_nothing(
    title: str, rules: Rules
) -> None:
    assert rule_for(call("77", title), rules) == []


@pytest.mark.parametrize("slug", ["life-after-war", "ep-2027", "cerv-news", "i3-project"])
def test_the_slug_of_a_page_is_no_identifier(slug: str, rules: Rules) -> None:
    assert rule_for(call(slug), rules) == []


def test_an_identifier_decides_whatever_the_title_says(rules: Rules) -> None:
    opportunity = call("LIFE-2027-CET-EUCF", "European City Facility")
    assert rule_for(opportunity, rules)[0].rule.id == "life_cet"


def test_two_programmes_in_one_title_are_hints(rules: Rules) -> None:
    found = rule_for(call("77", "News: URBACT and EUKI open"), rules)
    assert {match.rule.id for match in found} == {"urbact_apn", "euki"}
    assert all(match.hint for match in found)


@pytest.mark.parametrize(
    ("fund", "found"),
    [
        (Programme("CERV"), {"cerv"}),
        (Programme("43251589"), {"cerv"}),
        (Programme(None, "Citizens, Equality, Rights and Values Programme (CERV)"), {"cerv"}),
        (Programme("CREA"), {"creative_europe_culture", "creative_europe_media_cross"}),
        (Programme("ERASMUS+", "Erasmus+ Programme"), {"erasmus"}),
        (Programme("XYZ"), set()),
    ],
)
def test_a_fund_alone_is_a_hint(fund: Programme, found: set[str], rules: Rules) -> None:
    matches = rule_for(call("77", "Grants", fund=fund), rules)
    assert {match.rule.id for match in matches} == found
    assert all(match.hint and match.how is How.PROGRAMME for match in matches)


def test_the_strand_by_its_title_and_its_fund(rules: Rules) -> None:
    first = rule_for(call("77", "Networks of Towns", fund=Programme("CERV")), rules)[0]
    assert (first.rule.id, first.hint) == ("cerv_networks_of_towns", False)


def test_a_sub_grant_has_only_the_hint_of_its_parent(rules: Rules) -> None:
    opportunity = call("cascade-1", kind=Kind.CASCADE, parent="LIFE-2025-CET-OSS")
    first = rule_for(opportunity, rules)[0]
    assert (first.rule.id, first.hint) == ("life_cet", True)
    orphan = call("cascade-2", kind=Kind.CASCADE)
    assert rule_for(orphan, rules) == []


def test_the_name_of_a_sub_grant_is_not_that_of_a_donor(rules: Rules) -> None:
    robots = call("cascade-3", "POLARIS open call", kind=Kind.CASCADE, parent="HORIZON-CL4-2024-01")
    assert {match.rule.id for match in rule_for(robots, rules)} == {"horizon_europe"}
    cities = call("cascade-4", "SUN4Ukraine", kind=Kind.CASCADE, parent="HORIZON-MISS-2023-CIT-02")
    assert rule_for(cities, rules)[0].rule.id == "sun4ukraine"


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(Kind), st.text(max_size=40))
def test_any_text_is_recognised_or_not_without_failing(
    reference: str, title: str, kind: Kind, parent: str
) -> None:
    for match in rule_for(call(reference, title, kind=kind, parent=parent), RULES):
        assert match.rule.id in RULES.programmes


@pytest.mark.parametrize("text", ["A-" * 200_000, "DIGITAL-" + "CYBE" * 100_000, "–" * 300_000])
def test_enormous_references_and_titles_are_quick(text: str, rules: Rules) -> None:
    started = time.process_time()
    rule_for(call(text, text), rules)
    assert time.process_time() - started < 0.5
