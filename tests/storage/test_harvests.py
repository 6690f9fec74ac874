"""Harvests: begun, ended, interrupted, remembered; and which sources are proven."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from storage import harvests
from storage.coverage import coverage
from storage.domain import Harvest, Outcome
from tests.storage.making import DAY, HOUR, NOW, call, full_call, keep

ENDED = Harvest(
    source="portal",
    started=NOW,
    finished=NOW + HOUR,
    requests=14,
    items=1322,
    new=3,
    changed=2,
    unchanged=1317,
    gone=1,
    unreadable={"deadlines": 4},
    coverage={"description": 0.75},
    parts={"type 1": 812, "type 8": 510},
    complete=True,
    outcome=Outcome.DEGRADED,
    reason="4 deadlines not understood",
)


def test_a_harvest_comes_back_as_it_ended(connection: sa.Connection) -> None:
    number = harvests.start(connection, "portal", NOW)
    assert harvests.last(connection, "portal") == Harvest("portal", NOW)
    harvests.finish(connection, number, ENDED)
    assert harvests.last(connection, "portal") == ENDED
    assert harvests.last_complete(connection, "portal") == ENDED


def test_only_a_complete_one_counts_as_complete(connection: sa.Connection) -> None:
    first = harvests.start(connection, "portal", NOW)
    harvests.finish(connection, first, ENDED)
    second = harvests.start(connection, "portal", NOW + DAY)
    later = replace(ENDED, started=NOW + DAY, complete=False)
    harvests.finish(connection, second, later)
    harvests.start(connection, "portal", NOW + 2 * DAY)
    assert harvests.last_complete(connection, "portal") == ENDED
    newest = harvests.last(connection, "portal")
    assert newest is not None
    assert newest.finished is None
    assert [one.started for one in harvests.recent(connection, "portal", 2)] == [
        NOW + 2 * DAY,
        NOW + DAY,
    ]


def test_a_source_never_harvested_has_no_harvest(connection: sa.Connection) -> None:
    assert harvests.last(connection, "portal") is None
    assert harvests.last_complete(connection, "portal") is None
    assert harvests.recent(connection, "portal", 5) == []


def test_an_end_needs_a_time_and_an_outcome(connection: sa.Connection) -> None:
    number = harvests.start(connection, "portal", NOW)
    with pytest.raises(ValueError, match="outcome"):
        harvests.finish(connection, number, replace(ENDED, outcome=None))
    with pytest.raises(ValueError, match="time"):
        harvests.finish(connection, number, replace(ENDED, finished=None))


def test_what_was_killed_is_marked_as_interrupted(connection: sa.Connection) -> None:
    first = harvests.start(connection, "portal", NOW)
    harvests.start(connection, "other", NOW)
    harvests.start(connection, "portal", NOW + HOUR)
    assert harvests.interrupted(connection, "portal", NOW + HOUR, only=first) == 1
    killed = harvests.by_number(connection, first)
    assert (killed.outcome, killed.reason) == (Outcome.FAILED, "interrupted")
    assert killed.finished == NOW + HOUR
    assert harvests.interrupted(connection, "portal", NOW + DAY) == 1
    assert harvests.interrupted(connection, "portal", NOW + DAY) == 0
    other = harvests.last(connection, "other")
    assert other is not None
    assert other.finished is None


def test_a_source_is_proven_by_an_operator_or_a_test(connection: sa.Connection) -> None:
    assert harvests.proven(connection, "portal") == (None, None)
    harvests.confirm(connection, "portal", NOW, by="test")
    assert harvests.proven(connection, "portal") == ("test", NOW)
    harvests.confirm(connection, "portal", NOW + DAY)
    assert harvests.proven(connection, "portal") == ("operator", NOW + DAY)


def test_coverage_is_of_what_the_harvest_showed(connection: sa.Connection) -> None:
    number = harvests.start(connection, "portal", NOW)
    keep(connection, full_call(), harvest=number)
    keep(connection, call("A"), harvest=number)
    keep(connection, full_call("B"))
    found = coverage(connection, number)
    assert (found["deadlines"], found["description"]) == (1, 0.5)


def test_a_confirmed_harvest_is_the_size_to_expect(connection: sa.Connection) -> None:
    for day, items in ((0, 1300), (1, 400)):
        number = harvests.start(connection, "portal", NOW + day * DAY)
        shrunk = replace(ENDED, started=NOW + day * DAY, items=items, complete=day == 0)
        harvests.finish(connection, number, shrunk)
    harvests.confirm(connection, "portal", NOW + DAY, by="test")
    last = harvests.last_complete(connection, "portal")
    assert last is not None
    assert last.items == 1300
    harvests.confirm(connection, "portal", NOW + DAY)
    last = harvests.last_complete(connection, "portal")
    assert last is not None
    assert last.items == 400
