"""The portal's dates, money and conditions, read from words written in its shapes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.raw import RawCall
from crawler.reading import fingerprint, read
from storage.domain import About, Call, DeadlineKind, Effect, Programme

BRUSSELS = ZoneInfo("Europe/Brussels")


def raw(kind: str = "grant", reference: str = "CERV-2027-TOWNS-01", **words: Any) -> RawCall:
    return RawCall(
        source="eu_portal",
        reference=reference,
        title="Towns together",
        language="en",
        kind=kind,
        reader="portal",
        words={"type": {"grant": "1", "external_action": "2", "cascade": "8"}[kind], **words},
    )


def dated(kind: str, *stamps: str, model: str = "") -> list[tuple[str, str | None, str]]:
    call = read(raw(kind, deadlines=list(stamps), deadline_model=model)).call
    return [(d.date or "", d.time, d.basis) for d in call.deadlines]


RULE = "rule:eu-portal-17h-brussels"


@pytest.mark.parametrize(
    ("stamp", "day"),
    [
        ("2026-04-21T00:00:00.000+0000", "2026-04-21"),  # a day without a clock
        ("2022-09-20T17:00:00.000+0000", "2022-09-20"),  # Brussels clock written as UTC
        ("2021-09-21T22:00:00.000+0000", "2021-09-22"),  # Brussels midnight in true UTC, summer
        ("2026-01-12T23:00:00.000+0000", "2026-01-13"),  # and winter
        ("2026-01-12T22:00:00.000+0000", "2026-01-12"),  # not midnight in winter
        ("2026-07-12T23:00:00.000+0000", "2026-07-12"),  # not midnight in summer
        ("2026-12-31T23:00:00.000+0000", "2027-01-01"),
        ("2026-04-21", "2026-04-21"),
    ],
)
def test_grants_close_at_17_brussels_on_the_day_that_is_meant(stamp: str, day: str) -> None:
    assert dated("grant", stamp) == [(day, "17:00", RULE)]


@given(st.dates(date(2021, 1, 1), date(2034, 12, 31)))
def test_the_instant_of_a_grant_is_17_brussels_whatever_way_its_day_is_written(day: date) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=BRUSSELS).astimezone(UTC)
    ways = [f"{day}T00:00:00.000+0000", f"{day}T17:00:00.000+0000"]
    ways.append(midnight.strftime("%Y-%m-%dT%H:%M:%S.000+0000"))
    expected = datetime(day.year, day.month, day.day, 17, tzinfo=BRUSSELS)
    for way in ways:
        (deadline,) = read(raw(deadlines=[way])).call.deadlines
        assert deadline.instant == expected
        assert deadline.words == way


@pytest.mark.parametrize("kind", ["external_action", "cascade"])
def test_other_clocks_are_taken_as_brussels_and_say_so(kind: str) -> None:
    assert dated(kind, "2026-09-25T10:00:54.000+0000") == [("2026-09-25", "10:00", "assumed")]
    assert dated(kind, "2026-07-01T22:00:00.000+0000") == [("2026-07-01", "22:00", "assumed")]
    assert dated(kind, "2026-07-01T00:00:00.000+0000") == [("2026-07-01", None, "assumed")]


def test_stages_and_cut_offs_are_told_apart_and_two_dates_without_a_model_stay_two() -> None:
    stamps = ["2027-04-21T00:00:00.000+0000", "2026-10-08T00:00:00.000+0000"]
    two_stage = read(raw(deadlines=stamps, deadline_model="two-stage")).call.deadlines
    assert [(d.kind, d.sequence, d.date) for d in two_stage] == [
        (DeadlineKind.STAGE, 1, "2026-10-08"),
        (DeadlineKind.STAGE, 2, "2027-04-21"),
    ]
    cut_offs = read(raw(deadlines=stamps, deadline_model="multiple cut-off")).call.deadlines
    assert [d.kind for d in cut_offs] == [DeadlineKind.CUT_OFF] * 2
    unsaid = read(raw(deadlines=stamps)).call.deadlines
    assert [(d.kind, d.date) for d in unsaid] == [
        (DeadlineKind.SINGLE, "2026-10-08"),
        (DeadlineKind.SINGLE, "2027-04-21"),
    ]


def test_the_same_day_published_twice_is_one_deadline() -> None:
    assert len(dated("grant", "2021-09-22T17:00:00.000+0000", "2021-09-21T22:00:00.000+0000")) == 1


def test_a_date_that_cannot_be_read_is_reported_and_the_others_kept() -> None:
    reading = read(raw(deadlines=["soon", "2026-13-01T00:00:00.000+0000", "2026-05-05"]))
    assert [d.date for d in reading.call.deadlines] == ["2026-05-05"]
    assert "deadlines" in reading.unreadable
    reading = read(raw(deadlines=["2026-05-05T25:00:00.000+0000"], deadline_model="lottery"))
    assert reading.call.deadlines == ()
    assert reading.unreadable["deadline_model"] == "lottery"


@pytest.mark.parametrize("kind", ["grant", "cascade"])
def test_a_date_that_means_never_is_no_deadline(kind: str) -> None:
    never = ["9999-12-31T23:00:00.000+0000", "0001-01-01T00:00:00.000+0000"]
    reading = read(raw(kind, deadlines=[*never, "2027-05-05"], opens=never[0]))
    assert [d.date for d in reading.call.deadlines] == ["2027-05-05"]
    assert reading.unreadable == {"deadlines": "; ".join(never), "opens_on": never[0]}


def test_planned_dates_stand_in_where_the_index_has_no_others() -> None:
    actions = json.dumps([{"plannedOpeningDate": "2026-12-01", "deadlineDates": ["2027-03-03"]}])
    call = read(raw(actions=actions)).call
    assert (call.opens_on, [d.date for d in call.deadlines]) == ("2026-12-01", ["2027-03-03"])
    assert read(raw(opens="2026-06-30T22:00:00.000+0000")).call.opens_on == "2026-07-01"
    assert read(raw(actions="{broken")).call.deadlines == ()


def line(topic: str, amount: str, expected: int = 0, least: int = 0, most: int = 0) -> dict:
    return {
        "action": f"{topic} - CERV-LS CERV Lump Sum Grants",
        "expectedGrants": expected,
        "minContribution": least,
        "maxContribution": most,
        "budgetYearMap": {"2027": amount},
    }


def funded(*lines: dict[str, Any]) -> Call:
    overview = {"budgetTopicActionMap": {str(at): [one] for at, one in enumerate(lines)}}
    return read(raw(budget_overview=json.dumps(overview))).call


def test_the_budget_is_this_topics_not_its_siblings() -> None:
    call = funded(
        line("CERV-2027-TOWNS-01", "4000000", 20, 100_000, 200_000),
        line("CERV-2027-TOWNS-010", "9000000"),
        line("CERV-2027-OTHER", "7000000"),
    )
    (funding,) = call.funding
    assert (funding.total, funding.min_grant, funding.max_grant, funding.expected_grants) == (
        4_000_000, 100_000, 200_000, 20,
    )  # fmt: skip
    assert funding.currency == "EUR"
    assert "2027: 4000000" in funding.words


def test_an_amount_repeated_on_all_topics_is_the_shared_pot() -> None:
    call = funded(*(line(f"CERV-2027-TOWNS-0{n}", "422000000") for n in (1, 2, 3)))
    (funding,) = call.funding
    assert funding.total is None
    assert "one pot for 3 topics" in funding.words
    assert "422000000" in funding.words


def test_equal_amounts_that_their_grants_explain_are_no_pot() -> None:
    call = funded(
        line("CERV-2027-TOWNS-01", "2000000", 1, 2_000_000, 2_000_000),
        line("CERV-2027-OTHER", "2000000", 2, 1_000_000, 1_000_000),
    )
    assert call.funding[0].total == 2_000_000


def test_zero_means_not_stated_and_lots_stay_apart() -> None:
    call = funded(line("CERV-2027-TOWNS-01", "1000000"), line("CERV-2027-TOWNS-01", "500000"))
    assert [f.total for f in call.funding] == [1_000_000, 500_000]
    assert call.funding[0].expected_grants is None
    assert call.funding[0].min_grant is None


def test_a_cascade_budget_is_a_plain_amount() -> None:
    (funding,) = read(raw("cascade", budget="2400000")).call.funding
    assert (funding.total, funding.currency) == (2_400_000, "EUR")
    reading = read(raw("cascade", budget="about two million"))
    assert reading.call.funding == ()
    assert reading.unreadable["funding"] == "about two million"


def test_conditions_about_who_are_read_or_stay_unread_under_their_headings() -> None:
    conditions = (
        '<div class="eui-u-mt-l>"><h4>General conditions</h4><div>'
        "<h4>1. Admissibility Conditions: Proposal page limit and layout</h4><p>40 pages.</p>"
        "<h4>2. Eligible Countries</h4><p>described in Annex B.</p>"
        "<h4>3. Other Eligible Conditions</h4><p>At least two partners[[or more]] must apply. "
        "The moon must shine.</p>"
        "<h4>5a. Evaluation and award: Award criteria</h4><p>see Annex D</p></div></div>"
        '<p><a href="https://example.org/call.pdf">call document</a></p>'
    )
    call = read(raw(conditions=conditions)).call
    assert call.eligibility.unread == (
        "2. Eligible Countries: described in Annex B.",
        "3. Other Eligible Conditions: The moon must shine.",
        "3. Other Eligible Conditions: [1] or more",
    )
    (criterion,) = call.eligibility.criteria
    assert (criterion.about, criterion.min_partners) == (About.CONSORTIUM, 2)
    assert criterion.words == "At least two partners [1] must apply."
    assert [(d.url, d.title, d.type) for d in call.documents] == [
        ("https://example.org/call.pdf", "call document", "pdf")
    ]


def test_a_topic_is_not_limited_to_places_its_description_speaks_of() -> None:
    said = (
        "Pilots take place in at least three Member States. Cities in Poland share it. "
        "Proposals must be submitted by at least three applicants from three different eligible "
        "countries. Only bodies named by a ministry are eligible to apply."
    )
    eligibility = read(raw(description=said)).call.eligibility
    (criterion,) = eligibility.criteria
    assert (criterion.about, criterion.min_partners, criterion.min_countries) == (
        About.CONSORTIUM, 3, 3,
    )  # fmt: skip
    assert eligibility.unread in ((), ("Only bodies named by a ministry are eligible to apply.",))


def test_a_topic_says_that_towns_stay_outside_and_that_one_applicant_is_enough() -> None:
    outside = "Towns are the target group: they are not expected to take part directly."
    said = f"{outside} Proposals may be submitted by a single applicant. Cities matter."
    eligibility = read(raw(description=said)).call.eligibility
    (criterion,) = eligibility.criteria
    assert (criterion.effect, criterion.min_partners) == (Effect.ALLOWS, 1)
    assert eligibility.unread == (outside,)


def test_a_cascade_call_is_read_from_its_rules() -> None:
    rules = "<p>Municipalities from Poland and Ukraine can apply.</p><p>Up to 60 000 EUR each.</p>"
    call = read(raw("cascade", conditions=rules)).call
    countries = {c.values for c in call.eligibility.criteria if c.about is About.COUNTRY}
    assert countries == {("PL", "UA")}
    assert {c.effect for c in call.eligibility.criteria} == {Effect.ALLOWS}


def test_the_texts_state_a_deadline_where_the_index_has_none() -> None:
    text = "<p>Applications are accepted until 15 May 2027 at 16:00. Results by 1 July 2027.</p>"
    (deadline,) = read(raw("external_action", description=text)).call.deadlines
    assert (deadline.date, deadline.time, deadline.zone) == (
        "2027-05-15",
        "16:00",
        "Europe/Brussels",
    )
    (kept,) = read(raw("cascade", description=text, deadlines=["2027-05-14"])).call.deadlines
    assert kept.date == "2027-05-14"


def test_programmes_are_named_and_unknown_numbers_reported() -> None:
    named = read(raw(programme="43251589")).call.programme
    assert named == Programme("CERV", "Citizens, Equality, Rights and Values Programme")
    reading = read(raw(programme="99"))
    assert reading.call.programme == Programme("99", None)
    assert reading.unreadable == {"programme": "99"}


def test_reading_is_pure_and_names_its_reader() -> None:
    words = raw(description="<p>Hello</p>", deadlines=["2026-05-05"])
    assert read(words) == read(RawCall.from_json(json.loads(json.dumps(words.to_json()))))
    assert read(words).fingerprint == fingerprint()
    assert words.digest() == RawCall.from_json(words.to_json()).digest()
    assert words.digest() != raw(description="<p>Hello!</p>").digest()


def test_hostile_words_do_not_hurt() -> None:
    reading = read(
        raw(
            description="<img src=x onerror=alert(1)>" * 10,
            budget_overview='{"budgetTopicActionMap": {"1": [null, {"action": 5}]}}',
            actions="[[[1]]]",
            deadlines=["9" * 5000],
            documents=[{"url": "https://example.org/a.exe", "title": "<b>x</b>"}],
        )
    )
    assert reading.call.documents[0].title == "x"
    for overview in ('{"budgetTopicActionMap": {"1": null, "2": 5}}', "[" * 100_000):
        assert read(raw(budget_overview=overview, actions=overview)).unreadable["funding"]
    assert "deadlines" in reading.unreadable
