"""What is due: from what the tables say, whatever the clock does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from alerts.audience import Addressee
from alerts.digest import KIND
from alerts.due import (
    DIGEST,
    harvest_from,
    is_daily_due,
    letters_mark,
    match_name,
    may_send,
    step_from,
    to_match,
    wants_letter,
)
from storage.domain import Frequency, Harvest, Outcome
from storage.work import Work
from tests.alerts.world import OLENA, TOWNS

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def harvest(ago: timedelta, outcome: Outcome | None = Outcome.OK) -> Harvest:
    started = NOW - ago
    finished = None if outcome is None else started + 5 * MINUTE
    return Harvest("town", started, finished, outcome=outcome)


def failed(ago: timedelta) -> Harvest:
    return harvest(ago, Outcome.FAILED)


@pytest.mark.parametrize(
    ("history", "wait"),
    [
        ([], timedelta()),
        ([harvest(HOUR)], 22 * HOUR),
        ([harvest(23 * HOUR)], timedelta()),  # a daily start is now and then a little early
        ([harvest(HOUR, Outcome.DEGRADED)], 22 * HOUR),
        ([failed(6 * MINUTE)], 9 * MINUTE),  # ended a minute ago
        ([failed(16 * MINUTE)], -MINUTE),
        ([failed(6 * MINUTE), failed(HOUR), harvest(DAY)], 29 * MINUTE),
        ([failed(6 * MINUTE)] + [failed(n * HOUR) for n in range(1, 9)], 359 * MINUTE),
        ([harvest(4 * MINUTE, None)], 6 * MINUTE),  # cut short: counted from its beginning
        ([harvest(3 * DAY, None)], 10 * MINUTE - 3 * DAY),
    ],
)
def test_when_a_source_is_harvested(history: list[Harvest], wait: timedelta) -> None:
    found = harvest_from(history, NOW, DAY)
    if history == [] or wait == timedelta():
        assert found <= NOW
    else:
        assert found - NOW == wait


def test_a_failing_source_is_visited_no_less_often_than_a_good_one() -> None:
    history = [failed(5 * HOUR + n * 6 * HOUR) for n in range(9)]
    assert harvest_from(history, NOW, 4 * HOUR) <= NOW


def test_a_harvest_of_a_wrong_clock_blocks_nothing() -> None:
    years_ahead = harvest(-900 * DAY)
    assert harvest_from([years_ahead], NOW, DAY) <= NOW
    assert harvest_from([harvest(HOUR), years_ahead], NOW, DAY) == NOW + 22 * HOUR
    set_back_an_hour = harvest(-HOUR)
    assert NOW < harvest_from([set_back_an_hour], NOW, DAY) <= NOW + DAY


def test_a_step_that_failed_waits_longer_and_longer() -> None:
    waits = [
        step_from(Work("match", tried=NOW, failures=failures), NOW) - NOW for failures in range(7)
    ]
    assert waits[0] == timedelta()
    assert waits[1:] == sorted(waits[1:])
    assert waits[6] == waits[5] == HOUR
    ahead = Work("match", tried=NOW + 400 * DAY, failures=3)
    assert step_from(ahead, NOW) <= NOW


def test_the_kind_of_letters_whose_turns_are_counted() -> None:
    assert DIGEST == KIND


def test_once_a_day() -> None:
    assert is_daily_due(None, NOW)
    assert not is_daily_due(NOW - HOUR, NOW)
    assert is_daily_due(NOW - DAY, NOW)
    assert is_daily_due(NOW + 400 * DAY, NOW)


def test_at_five_a_new_day_begins() -> None:
    midnight = NOW.replace(hour=0)
    assert not is_daily_due(midnight - HOUR, midnight + 4 * HOUR)
    assert is_daily_due(midnight - HOUR, midnight + 5 * HOUR)


def test_sending_in_vain_is_not_repeated_at_once_unless_a_letter_is_new() -> None:
    in_vain = Work("send", "7", NOW, NOW)
    assert not may_send(in_vain, "7", NOW + MINUTE)
    assert may_send(in_vain, "8", NOW + MINUTE)
    assert may_send(in_vain, "7", NOW + 10 * MINUTE)
    assert may_send(in_vain, "7", NOW - DAY)
    assert may_send(Work("send", "", NOW, NOW), "7", NOW + MINUTE)


def test_what_changed_is_compared_and_everything_once_a_day() -> None:
    marks = {"a": "1", "b": "1"}
    first = to_match(marks, "calls 1", {}, NOW)
    assert set(first) == {"a", "b"}
    known = {match_name(name): Work("", mark, NOW, NOW) for name, mark in first.items()}
    assert to_match(marks, "calls 1", known, NOW + HOUR) == {}
    assert set(to_match(marks | {"b": "2"}, "calls 1", known, NOW + HOUR)) == {"b"}
    assert set(to_match(marks, "calls 2", known, NOW + HOUR)) == {"a", "b"}
    assert set(to_match(marks, "calls 1", known, NOW + DAY)) == {"a", "b"}
    assert set(to_match(marks, "calls 1", known, NOW - 30 * DAY)) == {"a", "b"}


MORNING = time(7)


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        ("2026-11-30T04:59", False),  # 06:59 in Kyiv, on the day
        ("2026-11-30T05:00", True),
        ("2026-11-30T21:59", True),
        ("2026-12-01T00:30", True),  # it was due yesterday: it waits for no other morning
        ("2026-11-29T12:00", False),
    ],
)
def test_a_digest_waits_for_the_morning_of_its_day_only(now: str, *, wanted: bool) -> None:
    addressee = Addressee(OLENA, (TOWNS,))
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert wants_letter(addressee, (NOW, NOW), moment, MORNING) is wanted


def test_a_first_digest_and_an_instant_one_wait_for_no_morning() -> None:
    night = NOW.replace(hour=1)
    assert wants_letter(Addressee(OLENA, (TOWNS,)), (None, None), night, MORNING)
    instant = replace(OLENA, frequency=Frequency.INSTANT)
    assert wants_letter(Addressee(instant, (TOWNS,)), (NOW - DAY, NOW - DAY), night, MORNING)


def test_without_anything_new_nobody_looks_again_the_same_day() -> None:
    addressee = Addressee(OLENA, (TOWNS,))
    known = {match_name(TOWNS.id): Work("", "m", NOW, NOW)}
    mark = letters_mark(addressee, known, "calls", NOW)
    assert letters_mark(addressee, known, "calls", NOW + 2 * HOUR) == mark
    assert letters_mark(addressee, known, "more calls", NOW) != mark
    assert letters_mark(addressee, known, "calls", NOW + DAY) != mark
    again = {match_name(TOWNS.id): Work("", "m", NOW, NOW + HOUR)}
    assert letters_mark(addressee, again, "calls", NOW) != mark
