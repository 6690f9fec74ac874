"""``bridges calls show``: the page of a call and its history."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from storage.domain import (
    About,
    Criterion,
    DeadlineKind,
    Document,
    Effect,
    Eligibility,
    Funding,
)
from tests.desk.making import NOW, House, call, single

FULL = call(
    title="Water [bold]for[/bold] \x1b[31msmall towns",
    url="https://funding.example.eu/calls/7",
    description="First paragraph.\n\n" + "\n".join("long " * 40 for _ in range(20)),
    deadlines=(
        single(10, kind=DeadlineKind.STAGE, sequence=1, basis="rule:eu-portal-17h-brussels"),
        single(200, None, kind=DeadlineKind.STAGE, sequence=2, words="by 10 June 2027"),
    ),
    funding=(Funding(min_grant=8455, max_grant=53625, total=4.2e6, words="4.2 million euros"),),
    eligibility=Eligibility(
        (Criterion(About.COUNTRY, Effect.ALLOWS, ("UA",), words="based in Ukraine"),),
        tuple(f"Condition {number}" for number in range(1, 8)),
    ),
    documents=(Document("https://funding.example.eu/guide.pdf", "Guide", "pdf"),
               Document("javascript:alert(1)", "Trap")),
)  # fmt: skip


def test_the_page_of_a_call(house: House) -> None:
    house.keep(FULL)
    page = house.answer("calls", "show", "officer:2026-7", columns=120)
    for said in (
        "Water [bold]for[/bold] small towns",
        "officer:2026-7",
        "closing, 14 days or less are left",
        "stage 1: Wed 2 Dec 2026 17:00 Brussels time, in 10 days",
        "the portal names the day",
        "stage 2: Thu 10 Jun 2027, end of the day, Brussels time, in 200 days",
        "(as published: “by 10 June 2027”)",
        "EUR 8,455 to 53,625 a grant, EUR 4.2 million in all",
        "“4.2 million euros”",
        "country allows UA",
        "“based in Ukraine”",
        "7 conditions not understood yet",
        "“Condition 3”",
        "… and 4 more",
        "Guide (pdf)",
        "https://funding.example.eu/guide.pdf",
        "no link that can be followed",
        "Link  https://funding.example.eu/calls/7",
        "first seen Sun 22 Nov 2026",
        "First paragraph.",
        "… the rest is behind the link",
    ):
        assert said in page, said
    assert "Condition 4" not in page
    assert "\x1b" not in page
    assert "javascript" not in page


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_page_fits(house: House, columns: int) -> None:
    house.keep(FULL)
    page = house.answer("calls", "show", "officer:2026-7", columns=columns)
    assert max(len(one) for one in page.splitlines() if "https://" not in one) <= columns
    assert "https://funding.example.eu/guide.pdf" in page


def test_a_bare_call_says_what_is_not_known(house: House) -> None:
    house.keep(call(deadlines=(), programme=None))
    page = house.answer("calls", "show", "officer:2026-7")
    assert "unknown, its dates do not say enough" in page
    assert "Deadline       none said" in page
    assert "Link  none" in page


def test_a_call_is_found_by_its_opportunity(house: House) -> None:
    house.keep(call())
    (record,) = house.lines("calls", "show", "officer:2026-7", "--json")
    assert house.lines("calls", "show", record["opportunity"], "--json") == [record]


def test_history_says_what_moved_and_on_whose_account(house: House) -> None:
    house.keep(call(description="a " * 100 + "three towns " + "b " * 100))
    house.keep(
        call(deadlines=(single(45),), description="a " * 100 + "two towns " + "b " * 100),
        now=NOW + timedelta(days=2),
    )
    page = house.answer("calls", "show", "officer:2026-7", "--history", columns=120)
    history = page.partition("What changed")[2]
    assert "Tue 24 Nov 2026 10:00 UTC, version 2: the source changed it" in history
    assert "Tue 22 Dec 2026 17:00 Brussels → Wed 6 Jan 2027 17:00 Brussels" in history
    assert "[-three-] {+two+}" in history
    (record,) = house.lines("calls", "show", "officer:2026-7", "--history", "--json")
    assert {one["field"] for one in record["history"]} == {"deadlines", "description"}
    assert {one["cause"] for one in record["history"]} == {"source"}


def test_no_history_is_said(house: House) -> None:
    house.keep(call())
    assert "No change since it was first seen." in house.answer(
        "calls", "show", "officer:2026-7", "--history"
    )
    result = house.ask("calls", "show", "officer:2026-7", "--json")
    assert "history" not in json.loads(result.stdout)
