"""What must hold for every programme, every partnership and every text: the promises of DESIGN."""

from __future__ import annotations

import time
from dataclasses import fields, is_dataclass, replace
from types import MappingProxyType
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.assessment import assess, confidence, weakest_finding
from classifier.certainty import Certainty
from classifier.programmes import Rules, load_rules
from classifier.rulebook import ProgrammeRule, Proof
from storage.domain import (
    About,
    ApplicantType,
    Assessment,
    Call,
    Criterion,
    Effect,
    Kind,
    Partner,
    Partnership,
    Result,
    Role,
    Verdict,
)
from tests.classifier.towns import BRZOZA, NOW, PAIR, POINTERS, STEPOVE, call, partnership

RULES = load_rules()
BESIDE = (About.ROLE, About.COFINANCING)
FIRM = {"stated", "sure", "likely"}
RANK = [Verdict.ELIGIBLE, Verdict.ELIGIBLE_IF, Verdict.UNCLEAR, Verdict.NOT_ELIGIBLE]
T = TypeVar("T")


def from_memory(thing: T) -> T:
    """The same rule with every certainty turned to memory."""
    if isinstance(thing, Proof):
        return replace(thing, cert=Certainty.MEMORY)
    if isinstance(thing, Certainty):
        return Certainty.MEMORY  # type: ignore[return-value]
    if is_dataclass(thing) and not isinstance(thing, type):
        changed: dict[str, Any] = {
            f.name: from_memory(getattr(thing, f.name)) for f in fields(thing)
        }
        return replace(thing, **changed)
    if isinstance(thing, tuple):
        return tuple(from_memory(item) for item in thing)  # type: ignore[return-value]
    return thing


def forgetful(rules: Rules) -> Rules:
    """Everything known from memory only, but how programmes are recognised."""
    programmes = {
        name: replace(from_memory(rule), match=rule.match)
        for name, rule in rules.programmes.items()
    }
    return replace(rules, programmes=MappingProxyType(programmes))


FORGETFUL = forgetful(RULES)

PLACES = {
    "UA": (None, "UA-46", "UA-59", "UA-51", "UA-21", "UA-43"),
    "PL": (None, "PL814", "PL911", "PL8"),
    "RO": (None, "RO115", "RO223"),
    "DE": (None, "DE212", "DE731"),
    "HU": (None, "HU323"),
    "SK": ("SK042", "SK010"),
    "SE": (None,),
    "FR": ("FRK26",),
    "GR": ("EL514", "GR30"),
    "XK": (None,),
    "MD": (None,),
    "NO": (None,),
    "GB": (None,),
    "GE": (None,),
    "IL": (None,),
    "US": (None,),
}


@st.composite
def partners(draw: st.DrawFn, number: int) -> Partner:
    country = draw(st.sampled_from(sorted(PLACES)))
    region = draw(st.sampled_from(PLACES[country]))
    local = st.just(ApplicantType.LOCAL_AUTHORITY)
    kind = draw(st.one_of(local, local, st.sampled_from(ApplicantType)))
    return Partner(f"Town {number}", country, kind, region)


@st.composite
def partnerships(draw: st.DrawFn) -> Partnership:
    count = draw(st.integers(2, 4))
    return partnership(*(draw(partners(number)) for number in range(count)))


@st.composite
def calls_of(draw: st.DrawFn, rule: ProgrammeRule) -> Call:
    """A call that the rule recognises, within the days for which it holds."""
    title = draw(st.sampled_from(TITLES[rule.id])) if rule.id in TITLES else "A call"
    reference = draw(REFERENCES[rule.id]) if rule.id in REFERENCES else "77"
    action = draw(
        st.sampled_from([None, "HORIZON Innovation Actions", "Coordination and Support Actions"])
    )
    closes = rule.valid.end or NOW.date()
    return call(reference, title, action=action, closes=closes.isoformat())


def spoken(pattern: str) -> str:
    """The words a title pattern was made of."""
    inner = pattern.removeprefix(r"(?<!\w)").removesuffix(r"s?(?!\w)")
    return inner.replace("\\", "")


TITLES = {
    rule.id: [spoken(pattern.pattern) for pattern in rule.match.titles]
    for rule in RULES.programmes.values()
    if rule.match.titles
}
REFERENCES = {
    rule.id: st.from_regex(rule.match.identifier).filter(lambda text: len(text) < 100)
    for rule in RULES.programmes.values()
    if rule.match.identifier
}


def check(assessment: Assessment, towns: Partnership) -> None:
    """The promises that hold for every assessment."""
    assert set(assessment.roles) == {partner.name for partner in towns.partners}
    assert len(set(assessment.missing)) == len(assessment.missing)
    assert all(text and text == text.strip() for text in assessment.missing)
    assert all(finding.explanation.endswith((".", "”", "…")) for finding in assessment.findings)
    assert all(f.source == "call" or f.source.startswith("rule:") for f in assessment.findings)
    assert confidence(assessment)
    deciding = [finding for finding in assessment.findings if finding.about not in BESIDE]
    match assessment.verdict:
        case Verdict.ELIGIBLE:
            assert assessment.missing == ()
            assert {finding.result for finding in deciding} == {Result.MET}
            assert {finding.certainty for finding in deciding} <= FIRM
            assert set(assessment.roles.values()) & {Role.LEAD, Role.UNCLEAR}
        case Verdict.ELIGIBLE_IF | Verdict.UNCLEAR:
            assert assessment.missing
            assert set(assessment.roles.values()) != {Role.NONE}
        case Verdict.NOT_ELIGIBLE:
            against = [finding for finding in deciding if finding.result is Result.NOT_MET]
            assert {finding.certainty for finding in against} & FIRM
            weakest = weakest_finding(assessment)
            assert weakest is not None
            assert weakest.result is Result.NOT_MET


@pytest.mark.parametrize("rule", RULES.programmes.values(), ids=lambda rule: rule.id)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_every_programme_keeps_the_promises(rule: ProgrammeRule, data: st.DataObject) -> None:
    """Also when all is known from memory only: then no answer is plain."""
    opportunity, towns = data.draw(calls_of(rule)), data.draw(partnerships())
    check(assess(opportunity, towns, RULES, NOW), towns)
    from_memory_only = assess(opportunity, towns, FORGETFUL, NOW)
    assert from_memory_only.verdict in (Verdict.UNCLEAR, Verdict.ELIGIBLE_IF)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_sub_grant_is_settled_by_its_own_words_only(data: st.DataObject) -> None:
    rule = data.draw(st.sampled_from([r for r in RULES.programmes.values() if r.id in REFERENCES]))
    parent = data.draw(calls_of(rule))
    opportunity = replace(parent, reference="c", parent=parent.reference, kind=Kind.CASCADE)
    towns = data.draw(partnerships())
    assert assess(opportunity, towns, RULES, NOW).verdict is Verdict.UNCLEAR


SENTENCES = st.one_of(
    st.text(max_size=200),
    st.sampled_from(
        [
            *POINTERS,
            "Only bodies from islands may apply.",
            "Ukraine is excluded.",
            "Participation is restricted to legal entities established in Member States.",
            "One of the 112 cities takes part.",
        ]
    ),
)


@settings(max_examples=100, deadline=None)
@given(data=st.data(), unread=st.lists(SENTENCES, max_size=4))
def test_unread_text_never_improves_a_verdict_and_never_makes_a_no(
    data: st.DataObject, unread: list[str]
) -> None:
    rule = data.draw(st.sampled_from(sorted(RULES.programmes)))
    opportunity, towns = data.draw(calls_of(RULES.programmes[rule])), data.draw(partnerships())
    before = assess(opportunity, towns, RULES, NOW).verdict
    read = replace(opportunity.eligibility, unread=tuple(unread))
    after = assess(replace(opportunity, eligibility=read), towns, RULES, NOW)
    check(after, towns)
    if before is Verdict.NOT_ELIGIBLE:
        assert after.verdict in (Verdict.NOT_ELIGIBLE, Verdict.UNCLEAR)
    else:
        assert after.verdict is not Verdict.NOT_ELIGIBLE
        assert RANK.index(after.verdict) >= RANK.index(before)


VALUES = st.sampled_from(
    [
        "UA",
        "PL",
        "DE",
        "IL",
        "EL",
        "ua",
        "UA-46",
        "PL814",
        "local_authority",
        "ngo",
        "odd",
        "school",
    ]
)
KNOWN_OR_NOT = st.sampled_from(["CERV-2027-CITIZENS-TOWN-TT", "DIGITAL-ECCC-2027", "77"])
RATES = st.one_of(st.none(), st.floats(0, 1))
CRITERIA = st.builds(
    Criterion,
    about=st.sampled_from(About),
    effect=st.sampled_from(Effect),
    values=st.lists(VALUES, max_size=4).map(tuple),
    min_partners=st.one_of(st.none(), st.integers(0, 9)),
    min_countries=st.one_of(st.none(), st.integers(0, 9)),
    rate=RATES,
    rate_min=RATES,
    share_of=st.sampled_from([None, "own", "grant"]),
    words=st.text(max_size=40),
)


@settings(max_examples=200, deadline=None)
@given(towns=partnerships(), criteria=st.lists(CRITERIA, max_size=6), reference=KNOWN_OR_NOT)
def test_any_criteria_keep_the_promises(
    towns: Partnership, criteria: list[Criterion], reference: str
) -> None:
    check(assess(call(reference, criteria=criteria), towns, RULES, NOW), towns)


@settings(max_examples=50, deadline=None)
@given(towns=partnerships())
def test_the_order_of_partners_changes_nothing(towns: Partnership) -> None:
    opportunity = call("CERV-2027-CITIZENS-TOWN-NT")
    turned = replace(towns, partners=towns.partners[::-1])
    one, other = (assess(opportunity, each, RULES, NOW) for each in (towns, turned))
    assert (one.verdict, dict(one.roles)) == (other.verdict, dict(other.roles))
    assert set(one.missing) == set(other.missing) or len(one.missing) == len(other.missing)


def test_many_pairs_take_little_work() -> None:
    opportunities = [
        call(f"HORIZON-CL5-2027-{number}", f"Call {number}", unread=POINTERS)
        for number in range(400)
    ]
    started = time.process_time()
    for opportunity in opportunities:
        assess(opportunity, PAIR, RULES, NOW)
    each = (time.process_time() - started) / len(opportunities)
    assert each < 0.005  # measured: under 0.0005; to read the rules anew takes longer


def test_the_pair_is_as_it_was(rules: Rules) -> None:
    towns = partnership(STEPOVE, BRZOZA)
    assert assess(call("CERV-2027-CITIZENS-TOWN-TT"), towns, rules, NOW) == assess(
        call("CERV-2027-CITIZENS-TOWN-TT"), PAIR, rules, NOW
    )
