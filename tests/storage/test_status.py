"""Where a call stands, case by case, at the moment before and after each turn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from storage.domain import Deadline, DeadlineKind, Status
from storage.status import BEGINNING, END, is_over, next_deadline, status, timeline
from tests.storage.making import NOW, call

K = DeadlineKind
SECOND = timedelta(seconds=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def dated(kind: DeadlineKind, day: str | None, **said: object) -> Deadline:
    return Deadline(kind, day, **{"time": "17:00"} | said)  # type: ignore[arg-type]


CASES: dict[str, tuple[Sequence[Deadline], str | None, list[tuple[str, str]]]] = {
    "one deadline": (
        [dated(K.SINGLE, "2026-12-22")],
        None,
        [
            ("2020-01-01", "open"),
            ("2026-12-08T15:59:59", "open"),
            ("2026-12-08T16:00:00", "closing"),
            ("2026-12-22T15:59:59", "closing"),
            ("2026-12-22T16:00:00", "closed"),
            ("2999-01-01", "closed"),
        ],
    ),
    "not open yet": (
        [dated(K.SINGLE, "2026-12-22")],
        "2026-11-25",
        [
            ("2026-11-24T22:59:59", "forthcoming"),
            ("2026-11-24T23:00:00", "open"),
            ("2026-12-10", "closing"),
        ],
    ),
    "opens within the last fortnight": (
        [dated(K.SINGLE, "2026-12-22")],
        "2026-12-20",
        [("2026-12-19", "forthcoming"), ("2026-12-20", "closing")],
    ),
    "the opening month alone says no day": (
        [dated(K.SINGLE, "2026-12-22")],
        "2026-11",
        [("2026-10-01", "open")],
    ),
    "no deadline at all": ([], None, [("2026-11-22", "unknown"), ("2999-01-01", "unknown")]),
    "no deadline, opening known": (
        [],
        "2026-12-01",
        [("2026-11-22", "forthcoming"), ("2026-12-02", "unknown")],
    ),
    "to be announced": ([Deadline(K.TO_BE_ANNOUNCED, None)], None, [("2026-11-22", "unknown")]),
    "only a month": (
        [Deadline(K.SINGLE, "2026-12")],
        None,
        [
            ("2026-11-22", "unknown"),
            ("2026-12-31T22:59:59", "unknown"),
            ("2026-12-31T23:00:00", "closed"),
        ],
    ),
    "no year": ([Deadline(K.SINGLE, "--12-22")], None, [("2026-11-22", "unknown")]),
    "every year": (
        [Deadline(K.CUT_OFF, "--02-01", recurs="yearly")],
        None,
        [("2026-11-22", "unknown")],
    ),
    "a day and then a month": (
        [dated(K.CUT_OFF, "2026-12-01"), Deadline(K.CUT_OFF, "2027-03")],
        None,
        [
            ("2026-11-22", "closing"),
            ("2026-12-02", "unknown"),
            ("2027-03-31T21:59:59", "unknown"),
            ("2027-03-31T22:00:00", "closed"),
        ],
    ),
    "two stages": (
        [
            dated(K.STAGE, "2026-12-22", sequence=1),
            dated(K.STAGE, "2027-06-22", sequence=2),
        ],
        None,
        [("2026-11-22", "open"), ("2026-12-21", "closing"), ("2026-12-23", "closed")],
    ),
    "two stages, the first said last": (
        [
            dated(K.STAGE, "2027-06-22", sequence=2),
            dated(K.STAGE, "2026-12-22", sequence=1),
        ],
        None,
        [("2026-12-23", "closed")],
    ),
    "a concept note and then the proposal": (
        [dated(K.CONCEPT_NOTE, "2026-12-22"), dated(K.FULL_PROPOSAL, "2027-06-22")],
        None,
        [("2026-12-21", "closing"), ("2026-12-23", "closed")],
    ),
    "a full proposal alone is open to newcomers": (
        [dated(K.FULL_PROPOSAL, "2027-06-22")],
        None,
        [("2026-12-23", "open")],
    ),
    "cut-offs": (
        [dated(K.CUT_OFF, "2027-03-01"), dated(K.CUT_OFF, "2026-12-01")],
        None,
        [
            ("2026-11-22", "closing"),
            ("2026-12-01T16:00:00", "open"),
            ("2027-02-20", "closing"),
            ("2027-03-02", "closed"),
        ],
    ),
    "two cut-offs within a fortnight": (
        [dated(K.CUT_OFF, "2026-12-01"), dated(K.CUT_OFF, "2026-12-05")],
        None,
        [("2026-11-30", "closing"), ("2026-12-02", "closing"), ("2026-12-06", "closed")],
    ),
    "rolling": ([Deadline(K.ROLLING, None)], None, [("2026-11-22", "rolling")]),
    "rolling until a date": (
        [Deadline(K.ROLLING, "2026-12-31")],
        None,
        [("2026-12-31T22:59:58", "rolling"), ("2026-12-31T22:59:59", "closed")],
    ),
    "rolling until a month": (
        [Deadline(K.ROLLING, "2026-12")],
        None,
        [("2026-11-22", "rolling")],
    ),
    "rolling, later": (
        [Deadline(K.ROLLING, None)],
        "2026-12-01",
        [("2026-11-22", "forthcoming"), ("2026-12-02", "rolling")],
    ),
}


@pytest.mark.parametrize(
    ("deadlines", "opens_on", "moment", "expected"),
    [
        pytest.param(deadlines, opens_on, moment, expected, id=f"{name}: {moment}")
        for name, (deadlines, opens_on, moments) in CASES.items()
        for moment, expected in moments
    ],
)
def test_status(
    deadlines: Sequence[Deadline], opens_on: str | None, moment: str, expected: str
) -> None:
    one = call(deadlines=tuple(deadlines), opens_on=opens_on)
    assert status(one, at(moment)) == expected
    assert is_over(one, at(moment)) == (expected == "closed")
    assert status(one, at(moment).astimezone(ZoneInfo("Pacific/Auckland"))) == expected


@pytest.mark.parametrize(
    ("deadlines", "opens_on", "moment", "expected"),
    [
        ([dated(K.SINGLE, "2026-12-22")], None, "2026-11-22", "2026-12-22T16:00:00"),
        ([dated(K.SINGLE, "2026-12-22")], None, "2026-12-23", None),
        ([dated(K.SINGLE, "2026-12-22")], "2026-12-01", "2026-11-22", "2026-12-22T16:00:00"),
        (
            [dated(K.CUT_OFF, "2026-12-01"), dated(K.CUT_OFF, "2027-03-01")],
            None,
            "2026-12-02",
            "2027-03-01T16:00:00",
        ),
        (
            [dated(K.STAGE, "2026-12-01", sequence=1), dated(K.STAGE, "2027-03-01", sequence=2)],
            None,
            "2026-12-02",
            None,
        ),
        ([Deadline(K.ROLLING, None)], None, "2026-11-22", None),
        ([Deadline(K.SINGLE, "2026-12")], None, "2026-11-22", None),
        ([], None, "2026-11-22", None),
    ],
)
def test_the_next_deadline_is_a_newcomers(
    deadlines: Sequence[Deadline], opens_on: str | None, moment: str, expected: str | None
) -> None:
    one = call(deadlines=tuple(deadlines), opens_on=opens_on)
    assert next_deadline(one, at(moment)) == (expected and at(expected))


def test_withdrawn_overrides_dates_and_is_not_over() -> None:
    one = call(withdrawn=True)
    assert status(one, NOW) is Status.WITHDRAWN
    assert not is_over(one, NOW)


def test_status_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        status(call(), NOW.replace(tzinfo=None))


@pytest.mark.parametrize("name", CASES)
def test_spans_leave_no_gap(name: str) -> None:
    deadlines, opens_on, _ = CASES[name]
    spans = timeline(call(deadlines=tuple(deadlines), opens_on=opens_on))
    assert spans[0].starts == BEGINNING
    assert spans[-1].ends == END
    for before, after in pairwise(spans):
        assert before.ends == after.starts
    assert all(span.starts < span.ends for span in spans)
