"""A year with the portal: what is a change, what is not, and who has gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desk.demo.portal_records import records
from spiders.eu_portal import EuPortal
from storage.domain import Cause, Outcome, Status
from storage.status import status
from tests.portal.rows import Record, moved, sample, taken_in_again, without
from tests.portal.standin import FaultyPortal
from tests.portal.truth import differences, expected_opportunities
from tests.spiders.harvesting import harvest, kept, told

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TWINNING = "CERV-2027-CITIZENS-TOWN-TT-UA"  # one deadline, 5 January 2027
RESCUE = "UCPM-2027-PP-RESCUE"  # closes four days after NOW
COUNCILS = "21503"  # a cascade call: its deadline has a clock and seconds


class Portal:
    """The portal and a database, harvested day by day."""

    def __init__(self, database: Path) -> None:
        self.database = database
        self.site = FaultyPortal(records(NOW))

    def harvest(self, day: int, now: list[Record] | None = None) -> None:
        if now is not None:
            self.site.records = now
        found = harvest(self.database, self.url, NOW + timedelta(days=day))
        assert (found.outcome, found.complete) == (Outcome.OK, True), found.reason
        self.last = found

    url = ""


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    portal = Portal(tmp_path / "bridges.db")
    with portal.site.serve() as portal.url:
        portal.harvest(0)
        yield portal


def test_a_second_harvest_of_the_same_makes_no_version(portal: Portal) -> None:
    before = kept(portal.database)
    portal.harvest(1)
    assert (portal.last.new, portal.last.changed) == (0, 0)
    assert portal.last.unchanged == len(before)
    assert kept(portal.database) == before
    assert not any(told(portal.database).values())


def test_another_night_of_ingestion_changes_nothing(portal: Portal) -> None:
    before = kept(portal.database)
    portal.harvest(1, taken_in_again(records(NOW)))
    assert kept(portal.database) == before
    assert not any(told(portal.database).values())
    portal.harvest(2)
    assert portal.last.changed == 0


def test_a_moved_deadline_is_one_version_and_says_from_when_to_when(portal: Portal) -> None:
    portal.harvest(1, moved(records(NOW), TWINNING, 14))
    assert (portal.last.new, portal.last.changed) == (0, 1)
    (change,) = told(portal.database)[TWINNING]
    assert (change.cause, change.field, change.version) == (Cause.SOURCE, "deadlines", 2)
    old, new = change.old, change.new
    assert isinstance(old, list)
    assert isinstance(new, list)
    assert (old[0]["date"], new[0]["date"]) == ("2027-01-05", "2027-01-19")
    assert kept(portal.database)[TWINNING].version == 2
    assert sum(map(len, told(portal.database).values())) == 1
    portal.harvest(2)
    assert sum(map(len, told(portal.database).values())) == 1


def test_absent_twice_with_its_deadline_ahead_is_withdrawn_and_may_come_back(
    portal: Portal,
) -> None:
    gone = without(records(NOW), TWINNING)
    portal.harvest(1, gone)
    assert portal.last.gone == 1
    assert not kept(portal.database)[TWINNING].withdrawn
    portal.harvest(2)
    assert kept(portal.database)[TWINNING].withdrawn
    assert status(kept(portal.database)[TWINNING], NOW) is Status.WITHDRAWN
    (change,) = told(portal.database)[TWINNING]
    assert (change.cause, change.field, change.new) == (Cause.SOURCE, "withdrawn", True)
    portal.harvest(3, records(NOW))
    assert not kept(portal.database)[TWINNING].withdrawn
    assert kept(portal.database)[TWINNING].version == 1


def test_absent_after_its_deadline_is_just_closed(portal: Portal) -> None:
    gone = without(records(NOW), RESCUE)
    for day in (5, 6, 7):
        portal.harvest(day, gone)
    call = kept(portal.database)[RESCUE]
    assert not call.withdrawn
    assert status(call, NOW + timedelta(days=7)) is Status.CLOSED
    assert told(portal.database)[RESCUE] == []


def test_absence_from_an_incomplete_harvest_proves_nothing(portal: Portal) -> None:
    portal.site.records = without(records(NOW), TWINNING)
    for day in (1, 2, 3):
        limited = harvest(portal.database, portal.url, NOW + timedelta(days=day), Limited)
        assert (limited.complete, limited.items) == (False, 5)
    assert not any(call.withdrawn for call in kept(portal.database).values())


class Limited(EuPortal):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, limit=5)
        del kwargs


def test_hundreds_of_records_on_pages_of_a_hundred(tmp_path: Path) -> None:
    many = sample(NOW, 500)
    expected = expected_opportunities(many)
    with FaultyPortal(many).serve() as url:
        found = harvest(tmp_path / "bridges.db", url, NOW, EuPortal)
    days = {
        name: [deadline.date or "" for deadline in call.deadlines]
        for name, call in kept(tmp_path / "bridges.db").items()
    }
    assert differences(expected, days) == []
    assert (found.outcome, found.items) == (Outcome.OK, len(expected))
    instants = {
        name: tuple(deadline.instant for deadline in call.deadlines)
        for name, call in kept(tmp_path / "bridges.db").items()
        if call.kind == "grant"
    }
    assert instants == {name: one.instants for name, one in expected.items() if one.kind == "1"}


def test_a_cascade_call_keeps_its_own_name_and_its_parent(portal: Portal) -> None:
    call = kept(portal.database)[f"cascade-{COUNCILS}"]
    assert call.title == "GreenSeat: small grants for youth councils"
    assert call.parent == "ERASMUS-YOUTH-2025-CIVIL"
    assert call.url
    assert call.url.endswith(f"competitive-calls-cs/{COUNCILS}")
