"""What is written of work, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from storage import findings, work
from storage.findings import Finding
from storage.partnerships import keep_partnership
from storage.work import Work
from tests.alerts.world import MONDAY, TOWNS, World, call

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_work_that_is_killed_counts_as_failed_until_it_goes_well(
    connection: sa.Connection,
) -> None:
    work.begin(connection, "match", NOW)
    work.begin(connection, "match", NOW + HOUR)
    assert work.all_work(connection)["match"] == Work(
        "match", "", NOW + HOUR, None, 2, "it was cut short"
    )
    work.failed(connection, "match", "the encoder is gone " * 99)
    assert work.all_work(connection)["match"].reason.startswith("the encoder is gone")
    assert len(work.all_work(connection)["match"].reason) == work.REASON
    work.done(connection, "match", NOW + 2 * HOUR, mark="all of it")
    done = NOW + 2 * HOUR
    assert work.all_work(connection) == {"match": Work("match", "all of it", done, done, 0, "")}
    work.begin(connection, "match", NOW + 3 * HOUR)
    assert work.all_work(connection)["match"].mark == "all of it"
    work.forget(connection, ["match"])
    assert work.all_work(connection) == {}


def test_the_mark_of_calls_changes_with_every_call_and_with_nothing_else(
    engine: sa.Engine,
) -> None:
    world = World(engine)

    def mark() -> str:
        with engine.connect() as connection:
            return work.calls_mark(connection)

    seen = [mark()]
    world.publish(call())
    seen.append(mark())
    world.publish(call("LATER"), now=MONDAY - timedelta(days=400))  # whatever the clock says
    seen.append(mark())
    world.publish(call(title="Water for small towns and villages"))
    seen.append(mark())
    world.read_better(call(title="Water for small towns and villages", kind="tender"), MONDAY)
    seen.append(mark())
    assert len(set(seen)) == len(seen)
    world.partnership()
    world.match()
    assert mark() == seen[-1]


def test_the_mark_of_a_partnership_changes_with_it(connection: sa.Connection) -> None:
    keep_partnership(connection, TOWNS, NOW)
    before = work.partnership_marks(connection)
    assert set(before) == {TOWNS.id}
    keep_partnership(connection, TOWNS, NOW + HOUR)  # the same again
    assert work.partnership_marks(connection) == before


def test_findings_stay_until_they_are_mended(connection: sa.Connection) -> None:
    one, other = Finding("source/a", "a is down"), Finding("source/b", "b is down")
    findings.note(connection, [one, other], NOW)
    findings.forget(connection, ["source/a", "never/there"])
    assert findings.told(connection) == {"source/b": other}
