"""Dates, money and ages in plain English."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from desk import wording
from storage.domain import About, Criterion, Deadline, DeadlineKind, Effect, Funding, Kind
from tests.desk.making import NOW, call, single


@pytest.mark.parametrize(
    ("deadline", "said"),
    [
        (single(44), "Tue 5 Jan 2027 17:00"),
        (single(44, None), "Tue 5 Jan 2027"),
        (Deadline(DeadlineKind.SINGLE, "2027-05"), "May 2027"),
        (Deadline(DeadlineKind.SINGLE, "--05-31"), "31 May, year not said"),
        (Deadline(DeadlineKind.CUT_OFF, "--02-01", recurs="yearly"), "1 February every year"),
        (Deadline(DeadlineKind.ROLLING, None), "no fixed date"),
        (Deadline(DeadlineKind.TO_BE_ANNOUNCED, None), "to be announced"),
        (Deadline(DeadlineKind.SINGLE, None), "not said"),
    ],
)
def test_a_deadline_says_no_more_than_it_knows(deadline: Deadline, said: str) -> None:
    assert wording.when(deadline) == said


@pytest.mark.parametrize(
    ("days", "now", "said"),
    [
        (44, NOW, "in 44 days"),
        (1, NOW, "tomorrow"),
        (0, NOW, "today"),
        (0, datetime(2026, 11, 22, 16, 30, tzinfo=UTC), "passed today"),
        (-1, NOW, "yesterday"),
        (-3, NOW, "3 days ago"),
        # 23:30 UTC is already the next day in Brussels: the deadline is that day.
        (1, datetime(2026, 11, 22, 23, 30, tzinfo=UTC), "today"),
    ],
)
def test_days_are_counted_on_the_calendar_of_the_deadline(
    days: int, now: datetime, said: str
) -> None:
    assert wording.left(single(days), now) == said


def test_a_date_without_a_year_has_no_days_left() -> None:
    assert wording.left(Deadline(DeadlineKind.SINGLE, "--05-31"), NOW) == ""


def test_the_clock_and_what_it_rests_on() -> None:
    portal = single(basis="rule:eu-portal-17h-brussels")
    assert wording.clock(portal) == "Brussels time"
    assert "17:00 Brussels time" in wording.basis(portal)
    assert wording.basis(single(basis="assumed", zone="Europe/Kyiv")) == "Kyiv time is assumed"
    assert wording.basis(single(basis="rule:other")) == "by the rule other"
    assert wording.clock(single(time=None)) == "end of the day, Brussels time"


def test_the_deadline_named_is_the_next_then_the_last() -> None:
    early, late = single(5, kind=DeadlineKind.CUT_OFF), single(90, kind=DeadlineKind.CUT_OFF)
    both = call(deadlines=(early, late))
    assert wording.leading(both, NOW) is early
    assert wording.leading(both, NOW + timedelta(days=6)) is late
    assert wording.leading(both, NOW + timedelta(days=400)) is late
    assert wording.leading(call(deadlines=()), NOW) is None
    month = Deadline(DeadlineKind.SINGLE, "2027-05")
    assert wording.leading(call(deadlines=(month,)), NOW) is month


@pytest.mark.parametrize(
    ("funding", "said"),
    [
        (Funding(min_grant=8455, max_grant=53625), "EUR 8,455 to 53,625"),
        (Funding(min_grant=1_500_000, max_grant=2_000_000), "EUR 1.5 to 2 million"),
        (Funding(min_grant=500_000, max_grant=2_000_000), "EUR 500,000 to 2 million"),
        (Funding(max_grant=60_000, currency="UAH"), "up to UAH 60,000"),
        (Funding(min_grant=100, max_grant=100), "EUR 100"),
        (Funding(min_grant=1e5), "from EUR 100,000"),
        (Funding(total=4_200_000), ""),
    ],
)
def test_the_size_of_a_grant(funding: Funding, said: str) -> None:
    assert wording.grant(funding) == said


def test_money_in_full_and_at_a_glance() -> None:
    full = Funding(min_grant=8455, max_grant=53625, total=4.2e6, expected_grants=90)
    assert wording.money(full) == (
        "EUR 8,455 to 53,625 a grant, EUR 4.2 million in all, about 90 grants expected"
    )
    lots = call(funding=(full, Funding(total=1e6), Funding(total=1e6)))
    assert wording.money_at_a_glance(lots) == "EUR 8,455 to 53,625 (+1 more)"
    assert wording.money_at_a_glance(call()) == ""
    assert wording.amount(12.5) == "EUR 12.50"


def test_a_criterion() -> None:
    said = Criterion(
        About.CONSORTIUM, Effect.REQUIRES, min_partners=3, min_countries=1, words="three towns"
    )
    assert wording.criterion(said) == (
        "consortium requires at least 3 partners from at least 1 country"
    )
    group = Criterion(About.COUNTRY, Effect.ALLOWS, ("AT", "BE"), group="eu27")
    assert wording.criterion(group) == "country allows eu27"
    share = Criterion(About.COFINANCING, Effect.REQUIRES, rate=0.2, rate_min=0.1, share_of="own")
    assert wording.criterion(share) == "cofinancing requires 10% to 20% from own money"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (3, "just now"),
        (61, "1 minute ago"),
        (7300, "2 hours ago"),
        (86400 * 3, "3 days ago"),
        (-90, "in the future"),
    ],
)
def test_ages(seconds: int, said: str) -> None:
    assert wording.ago(NOW - timedelta(seconds=seconds), NOW) == said


def test_small_words() -> None:
    assert wording.count(1187, "call") == "1,187 calls"
    assert wording.count(1, "country", "countries") == "1 country"
    assert wording.listed(["a", "b", "c"]) == "a, b and c"
    assert wording.listed(["a"]) == "a"
    assert wording.took(timedelta(seconds=0.44)) == "0.4 s"
    assert wording.took(timedelta(seconds=84)) == "84 s"
    assert wording.took(timedelta(seconds=725)) == "12 min 5 s"
    assert wording.size(812) == "812 bytes"
    assert wording.size(4_100_000) == "4.1 MB"


def test_every_kind_of_call_has_its_words() -> None:
    assert set(wording.KINDS) == set(Kind)
    assert not any("_" in said for said in wording.KINDS.values())
