"""The portal commits every fault in turn; a harvest is exact or says that it is not."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desk.demo.portal_records import records
from storage.domain import Call, Change, Outcome
from tests.portal.standin import FAULTS, Expect, FaultyPortal
from tests.portal.truth import differences, expected_opportunities
from tests.spiders.harvesting import harvest, kept, told

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
RECORDS = records(NOW)
EXPECTED = expected_opportunities(RECORDS)
SLOW = ("stalled", "slow", "huge", "bomb", "redirected", "too_many")
NEWS = {
    # The newer of two documents may be news; what is the same in both must stay.
    "two_dates": {call for call, one in EXPECTED.items() if not one.contradictory},
}


def quick(name: str) -> dict[str, float]:
    """Fewer tries where each one waits, and less to wait for where nothing ever comes."""
    patience = 0.5 if name == "stalled" else 2
    return {"DOWNLOAD_TIMEOUT": patience, "RETRY_TIMES": 0 if name in SLOW else 3}


@dataclass(frozen=True)
class Honest:
    """A database with one complete harvest of the honest portal, a day before; what it holds."""

    database: Path
    calls: dict[str, Call]
    changes: dict[str, list[Change]]


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Honest:
    database = tmp_path_factory.mktemp("honest") / "bridges.db"
    with FaultyPortal(RECORDS).serve() as url:
        first = harvest(database, url, NOW - timedelta(days=1))
    assert (first.outcome, first.complete, first.items) == (Outcome.OK, True, len(EXPECTED))
    return Honest(database, kept(database), told(database))


def days(database: Path) -> dict[str, list[str]]:
    return {name: [d.date or "" for d in call.deadlines] for name, call in kept(database).items()}


def judged(name: str, outcome: Outcome | None, exact: bool) -> None:  # noqa: FBT001
    match FAULTS[name].expect:
        case Expect.EXACT:
            assert outcome is Outcome.OK
        case Expect.LOUD:
            assert outcome in (Outcome.DEGRADED, Outcome.FAILED)
        case Expect.FAILED:
            assert outcome is Outcome.FAILED
        case Expect.EITHER:
            pass
    assert exact or outcome is not Outcome.OK


@pytest.mark.parametrize("name", FAULTS)
def test_a_first_harvest_under_a_fault_keeps_only_what_is_true(name: str, tmp_path: Path) -> None:
    database = tmp_path / "bridges.db"
    with FaultyPortal(RECORDS, name).serve() as url:
        found = harvest(database, url, NOW, **quick(name))
    wrong = differences(EXPECTED, days(database))
    assert [line for line in wrong if not line.startswith("missing")] == []
    judged(name, found.outcome, exact=not wrong)
    if FAULTS[name].expect is Expect.FAILED:
        assert days(database) == {}
    if found.outcome is not Outcome.OK:
        assert found.reason


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_loses_changes_and_withdraws_nothing_kept_before(
    name: str, tmp_path: Path, honest: Honest
) -> None:
    database = Path(shutil.copy(honest.database, tmp_path / "bridges.db"))
    before = honest.calls
    with FaultyPortal(RECORDS, name).serve() as url:
        for day in range(1, 2 if name in SLOW else 3):
            found = harvest(database, url, NOW + timedelta(days=day), **quick(name))
            judged(name, found.outcome, exact=True)
    if name in NEWS:
        before = {call: row for call, row in before.items() if call in NEWS[name]}
    assert kept(database).items() >= before.items()
    if name not in NEWS:
        assert told(database) == honest.changes
