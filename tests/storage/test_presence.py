"""Seen, absent, withdrawn and back: what a harvest proves and what it does not."""

from __future__ import annotations

import sqlalchemy as sa

from storage import calls, harvests
from storage.domain import Cause, Deadline, DeadlineKind
from tests.storage.making import DAY, NOW, call, harvest, keep, single, told


def withdrawn(connection: sa.Connection, name: str = "portal:W-1") -> bool:
    return calls.get(connection, name).withdrawn


def test_absent_twice_with_its_deadline_ahead_is_withdrawn(connection: sa.Connection) -> None:
    harvest(connection, call(), call("W-2"))
    assert harvest(connection, call("W-2"), now=NOW + DAY) == []
    assert not withdrawn(connection)
    assert harvest(connection, call("W-2"), now=NOW + 2 * DAY) == ["portal:W-1"]
    assert withdrawn(connection)
    assert not withdrawn(connection, "portal:W-2")
    (change,) = calls.history(connection, "portal:W-1")
    assert (change.cause, change.field, change.old, change.new, change.version) == (
        Cause.SOURCE,
        "withdrawn",
        False,
        True,
        1,
    )
    assert change.at == NOW + 2 * DAY
    assert len(calls.versions(connection, "portal:W-1")) == 1


def test_a_third_absence_says_nothing_new(connection: sa.Connection) -> None:
    harvest(connection, call())
    for day in (1, 2, 3):
        harvest(connection, now=NOW + day * DAY)
    assert len(calls.history(connection, "portal:W-1")) == 1


def test_absent_after_its_deadline_is_just_closed(connection: sa.Connection) -> None:
    harvest(connection, call(deadlines=(single(1),)))
    assert harvest(connection, now=NOW + 2 * DAY) == []
    assert harvest(connection, now=NOW + 3 * DAY) == []
    assert not withdrawn(connection)


def test_absent_with_an_unknown_or_rolling_deadline_is_withdrawn(
    connection: sa.Connection,
) -> None:
    unknown = call("U", deadlines=())
    rolling = call("R", deadlines=(Deadline(DeadlineKind.ROLLING, None),))
    harvest(connection, unknown, rolling)
    harvest(connection, now=NOW + DAY)
    assert harvest(connection, now=NOW + 2 * DAY) == ["portal:R", "portal:U"]


def test_a_later_stage_keeps_no_call_open_for_newcomers(connection: sa.Connection) -> None:
    stages = (
        Deadline(DeadlineKind.STAGE, "2026-11-23", sequence=1),
        Deadline(DeadlineKind.STAGE, "2027-11-23", sequence=2),
    )
    harvest(connection, call(deadlines=stages))
    harvest(connection, now=NOW + 2 * DAY)
    assert harvest(connection, now=NOW + 3 * DAY) == []


def test_absences_must_be_in_a_row(connection: sa.Connection) -> None:
    harvest(connection, call())
    harvest(connection, now=NOW + DAY)
    harvest(connection, call(), now=NOW + 2 * DAY)
    assert harvest(connection, now=NOW + 3 * DAY) == []
    assert harvest(connection, now=NOW + 4 * DAY) == ["portal:W-1"]


def test_an_incomplete_harvest_proves_no_absence(connection: sa.Connection) -> None:
    harvest(connection, call())
    harvest(connection, now=NOW + DAY, complete=False)
    harvest(connection, now=NOW + 2 * DAY, complete=False)
    harvest(connection, now=NOW + 3 * DAY)
    assert not withdrawn(connection)


def test_other_sources_are_not_concerned(connection: sa.Connection) -> None:
    keep(connection, call(source="other"))
    harvest(connection)
    harvest(connection)
    assert not withdrawn(connection, "other:W-1")


def test_gone_counts_what_is_newly_missing(connection: sa.Connection) -> None:
    first = harvests.start(connection, "portal", NOW)
    for name in ("A", "B", "C"):
        keep(connection, call(name), harvest=first)
    assert calls.absent(connection, "portal", harvest=first, now=NOW) == (0, [])
    second = harvests.start(connection, "portal", NOW + DAY)
    keep(connection, call("A"), harvest=second)
    assert calls.absent(connection, "portal", harvest=second, now=NOW + DAY) == (2, [])
    third = harvests.start(connection, "portal", NOW + 2 * DAY)
    gone, lost = calls.absent(connection, "portal", harvest=third, now=NOW + 2 * DAY)
    assert (gone, lost) == (1, ["portal:B", "portal:C"])


def test_shown_again_it_is_back_and_history_tells(connection: sa.Connection) -> None:
    harvest(connection, call())
    harvest(connection, now=NOW + DAY)
    harvest(connection, now=NOW + 2 * DAY)
    harvest(connection, call(), now=NOW + 3 * DAY)
    assert not withdrawn(connection)
    newest, _ = calls.history(connection, "portal:W-1")
    assert (newest.field, newest.old, newest.new) == ("withdrawn", True, False)
    assert newest.at == NOW + 3 * DAY


def test_back_with_another_deadline_tells_both(connection: sa.Connection) -> None:
    keep(connection, call(withdrawn=True))
    kept = keep(connection, call(deadlines=(single(60),)))
    assert told(kept.changes) == [("source", "withdrawn"), ("source", "deadlines")]
    assert [change.version for change in kept.changes] == [1, 2]


def test_seen_in_bulk_takes_back_only_what_was_withdrawn(connection: sa.Connection) -> None:
    for number in range(620):
        keep(connection, call(f"N-{number}", deadlines=(), withdrawn=number == 600))
    known = calls.known(connection, "portal")
    number = harvests.start(connection, "portal", NOW + DAY)
    calls.seen(connection, [one.call_id for one in known.values()], harvest=number, now=NOW + DAY)
    assert told(calls.history(connection, "portal:N-600")) == [("source", "withdrawn")]
    assert calls.history(connection, "portal:N-601") == []
    assert calls.get(connection, "portal:N-619").last_seen == NOW + DAY
    assert calls.absent(connection, "portal", harvest=number, now=NOW + DAY) == (0, [])


def test_seen_of_nothing_is_nothing(connection: sa.Connection) -> None:
    calls.seen(connection, [], harvest=None, now=NOW)


def test_what_a_newer_harvest_saw_is_not_absent_from_an_older_one(
    connection: sa.Connection,
) -> None:
    harvest(connection, call())
    older = harvests.start(connection, "portal", NOW + DAY)
    newer = harvests.start(connection, "portal", NOW + DAY)
    ids = [one.call_id for one in calls.known(connection, "portal").values()]
    calls.seen(connection, ids, harvest=newer, now=NOW + DAY)
    assert calls.absent(connection, "portal", harvest=older, now=NOW + DAY) == (0, [])
