"""Whether two calls are one opportunity: the labelled set, and what must never count."""

from __future__ import annotations

from itertools import combinations

import pytest

from classifier.identifiers import (
    canonical,
    code_of_address,
    code_of_reference,
    codes_in,
    links_in,
)
from classifier.likeness import Rule, compare
from classifier.place_codes import places_in
from classifier.traits import Traits, keys_of, traits_of
from tests.classifier.linked_calls import ALONE, PORTAL, SAME, TORN, every_call, one

RULES = (
    (0, 1, Rule.IDENTIFIER),
    (5, 1, Rule.LINKED),
    (7, 1, Rule.TITLE),
    (11, 1, Rule.TITLE),
    (13, 1, Rule.ABROAD),
)


@pytest.mark.parametrize(("group", "other", "rule"), RULES)
def test_the_rule_by_which_two_are_one(group: int, other: int, rule: Rule) -> None:
    first, second = (traits_of(SAME[group][place]) for place in (0, other))
    assert compare(first, second).rule is rule


def test_the_order_of_two_does_not_matter_and_both_share_a_key() -> None:
    made = [traits_of(call) for call in every_call()]
    for first, second in combinations(made, 2):
        like = compare(first, second)
        assert like == compare(second, first)
        if like.same:
            assert {*keys_of(first)}.intersection(keys_of(second))


def test_traits_are_kept_whole() -> None:
    for call in every_call():
        traits = traits_of(call)
        assert Traits.from_json({k: list(v) if isinstance(v, tuple) else v
                                 for k, v in traits.to_json().items()}) == traits  # fmt: skip


def test_what_is_alone_is_like_nothing_but_what_nobody_can_tell_apart() -> None:
    made = {call.id: traits_of(call) for call in ALONE}
    alike = {
        (first, second)
        for first, second in combinations(made, 2)
        if compare(made[first], made[second]).same
    }
    assert all(TORN.intersection(pair) for pair in alike), alike


def test_two_pages_of_one_site_are_two_calls() -> None:
    first = one("eeas", "a", "Support to village libraries of Polissia", "2027-05-12")
    second = one("eeas", "b", "Support to village libraries of Polissia", "2027-05-12")
    assert compare(traits_of(first), traits_of(second)).apart


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("see HORIZON-CL5-2027-01-D2-04.", ["horizon-cl5-2027-01-d2-04"]),
        ("EU4H-2027-HERA-PJ-1-c and EuropeAid/185059/DD/ACT/ME",
         ["eu4h-2027-hera-pj-1-c", "europeaid/185059"]),
        ("HORIZON-JU-CBE-2027-03-IAFlag, HORIZON-JU-IHI-2027-13-two-stage-03",
         ["horizon-ju-cbe-2027-03-iaflag", "horizon-ju-ihi-2027-13-two-stage-03"]),
        ("a state-of-the-art-2027 plan, EU-wide-2026, COVID-19, ISO-9001", []),
    ],
)  # fmt: skip
def test_identifiers_in_a_text(text: str, codes: list[str]) -> None:
    assert codes_in(text) == codes


def test_identifiers_of_references_and_addresses() -> None:
    assert not code_of_address("http://[broken")
    assert links_in(["http://[broken and https://towns.example.org/calls/7"]) == [
        "towns.example.org/calls/7"
    ]
    assert code_of_reference("185059PROSPECTSEN") == "europeaid/185059"
    assert code_of_reference("10304COMPETITIVE_CALLen") == ""
    assert code_of_reference("2026-7") == ""
    page = "https://ec.europa.eu/info/funding-tenders/opportunities/data/topicDetails"
    assert (
        code_of_address(f"{page}/CERV-2027-CITIZENS-TOWN-TT.json") == "cerv-2027-citizens-town-tt"
    )
    assert code_of_address(f"{page}/170893EN") == "europeaid/170893"
    assert code_of_address(f"{PORTAL}/calls-for-proposals") == ""


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://WWW.calls.example.org/en/calls/7/?css=white&utm_source=x#top",
         "calls.example.org/calls/7"),
        ("http://calls.example.org/calls/7", "calls.example.org/calls/7"),
        ("https://calls.example.org/?grants=seven&fbclid=1", "calls.example.org/?grants=seven"),
        ("https://calls.example.org/en/", ""),
        ("https://calls.example.org/en/calls-for-proposals?page=2", ""),
        ("https://calls.example.org:99999/x", ""),
        ("javascript:alert(1)", ""),
        (None, ""),
    ],
)  # fmt: skip
def test_addresses_without_noise(url: str | None, page: str) -> None:
    assert canonical(url) == page


def test_countries_by_code_and_name() -> None:
    four = {"hungary", "slovakia", "romania", "ukraine"}
    for said in ("HUSKROUA", "HU-SK-RO-UA", "Hungary – Slovakia – Romania – Ukraine"):
        assert places_in(said) == four
    assert places_in("OPEN CALL FOR IT AND DE") == frozenset()
