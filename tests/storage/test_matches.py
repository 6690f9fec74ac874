"""Matches come back whole, best first, and one comparison takes the place of the one before."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from storage import calls
from storage.database import open_database
from storage.domain import (
    About,
    Assessment,
    Finding,
    Match,
    Partner,
    Partnership,
    Result,
    Role,
    Verdict,
)
from storage.matches import MatchRun, find_matches, keep_run, last_run, replace_matches
from storage.opportunities import move
from storage.partnerships import keep_partnership
from storage.schema import matches
from tests.storage.making import HOUR, NOW, call, keep

ASSESSMENT = Assessment(
    Verdict.ELIGIBLE_IF,
    {"Verba": Role.PARTNER, "Brzoza": Role.LEAD},
    ("a partner that may lead",),
    (
        Finding(About.COUNTRY, Result.MET, "Ukraine is named.", "«Україна»", "call", "stated"),
        Finding(About.CONSORTIUM, Result.UNKNOWN, "Nobody knows.", source="rule:life"),
    ),
)


@pytest.fixture
def towns(connection: sa.Connection) -> sa.Connection:
    partners = (Partner("Verba", "UA"), Partner("Brzoza", "PL"))
    keep_partnership(connection, Partnership("verba-brzoza", "Verba – Brzoza", partners), NOW)
    for reference in ("W-1", "W-2"):
        keep(connection, call(reference))
    return connection


def match(towns: sa.Connection, reference: str, score: float) -> Match:
    stored = calls.get(towns, f"portal:{reference}")
    assert stored.opportunity is not None
    reasons = ("“Вода” для громад.", "Pipes & pumps.")
    return Match("verba-brzoza", stored.opportunity, stored.id, score, ASSESSMENT, reasons)


def test_matches_come_back_whole_and_best_first(towns: sa.Connection) -> None:
    weaker, better = match(towns, "W-1", 51.5), match(towns, "W-2", 88.25)
    details = {better.opportunity: {"parts": {"meaning": 0.5}, "words": ["вода"]}}
    number = replace_matches(
        towns, "verba-brzoza", [weaker, better], fingerprint="f1", now=NOW, details=details
    )
    found = find_matches(towns, "verba-brzoza")
    assert number == 2
    assert [one.match for one in found] == [better, weaker]
    assert [one.details for one in found] == [details[better.opportunity], {}]
    assert {(one.fingerprint, one.at) for one in found} == {("f1", NOW)}
    assert find_matches(towns, "verba-brzoza", limit=1) == found[:1]
    assert find_matches(towns, "verba-brzoza", opportunity=weaker.opportunity) == found[1:]


def test_a_new_comparison_takes_the_place_of_the_old(towns: sa.Connection) -> None:
    one, other = match(towns, "W-1", 51.5), match(towns, "W-2", 88.25)
    replace_matches(towns, "verba-brzoza", [one], fingerprint="f1", now=NOW, details={})
    replace_matches(towns, "verba-brzoza", [other], fingerprint="f2", now=NOW + HOUR, details={})
    assert [stored.match for stored in find_matches(towns, "verba-brzoza")] == [other]
    assert replace_matches(towns, "verba-brzoza", [], fingerprint="f2", now=NOW, details={}) == 0
    assert find_matches(towns, "verba-brzoza") == []


def test_a_merged_opportunity_leads_to_the_match(towns: sa.Connection) -> None:
    kept = match(towns, "W-1", 70)
    gone = calls.find_row(towns, "portal:W-2")
    move(towns, gone.id, gone.opportunity, kept.opportunity)
    replace_matches(towns, "verba-brzoza", [kept], fingerprint="f1", now=NOW, details={})
    found = find_matches(towns, "verba-brzoza", opportunity=gone.opportunity)
    assert [one.match for one in found] == [kept]


def test_a_match_of_before_there_were_details_can_be_read(towns: sa.Connection) -> None:
    replace_matches(
        towns, "verba-brzoza", [match(towns, "W-1", 70)], fingerprint="f", now=NOW, details={}
    )
    towns.execute(sa.update(matches).values(details=sa.null()))
    assert [one.details for one in find_matches(towns, "verba-brzoza")] == [{}]


def test_the_last_comparison_is_remembered(towns: sa.Connection) -> None:
    assert last_run(towns, "verba-brzoza") is None
    below = {"call": "portal:W-1", "title": "Water", "score": 44.0}
    first = MatchRun("verba-brzoza", NOW, "f1", 50, 12, 3, below, {"closed": 4}, ("One word.",))
    keep_run(towns, first)
    assert last_run(towns, "verba-brzoza") == first
    second = MatchRun("verba-brzoza", NOW + HOUR, "f2", 50, 0, 0)
    keep_run(towns, second)
    assert last_run(towns, "verba-brzoza") == second


def test_an_older_database_gains_the_new_tables(blank_url: str) -> None:
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    engine = open_database(blank_url, migrate=False)
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    engine = open_database(blank_url)
    with engine.begin() as connection:
        assert find_matches(connection, "nobody") == []
        assert last_run(connection, "nobody") is None
    engine.dispose()
