"""The calendar, read back with the library that officers' calendars are like."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from icalendar import Calendar

from desk.exports.calendar import to_ics
from storage.domain import Call, Deadline, DeadlineKind
from tests.desk.making import NOW, call, single


def events(*calls: Call) -> list[Any]:
    written = to_ics(calls, NOW, "Open calls, by deadline")
    calendar = Calendar.from_ical(written)
    assert str(calendar["X-WR-CALNAME"]) == "Open calls, by deadline"
    return list(calendar.walk("VEVENT"))


def test_a_deadline_is_an_aware_moment() -> None:
    (event,) = events(call(url="https://funding.example.eu/7"))
    assert event["DTSTART"].dt == datetime(2026, 12, 22, 16, 0, tzinfo=UTC)  # 17:00 in Brussels
    assert "DTEND" not in event
    assert str(event["SUMMARY"]) == "Deadline: Water for small towns"
    assert "Tue 22 Dec 2026 17:00, Brussels time (as published)" in str(event["DESCRIPTION"])
    assert str(event["URL"]) == "https://funding.example.eu/7"


def test_a_deadline_without_a_clock_takes_the_whole_day() -> None:
    (event,) = events(call(deadlines=(single(time=None),)))
    assert event["DTSTART"].dt == date(2026, 12, 22)
    assert not isinstance(event["DTSTART"].dt, datetime)


def test_midnight_at_the_end_of_a_day_is_the_next_instant() -> None:
    (event,) = events(call(deadlines=(single(time="24:00", zone="Europe/Kyiv"),)))
    assert event["DTSTART"].dt == datetime(2026, 12, 22, 22, 0, tzinfo=UTC)


def test_partial_dates_are_never_events() -> None:
    partial = (
        Deadline(DeadlineKind.SINGLE, "2027-05"),
        Deadline(DeadlineKind.SINGLE, "--05-31"),
        Deadline(DeadlineKind.CUT_OFF, "--02-01", recurs="yearly"),
        Deadline(DeadlineKind.ROLLING, None),
        Deadline(DeadlineKind.TO_BE_ANNOUNCED, None),
    )
    assert not events(call(deadlines=partial))


def test_every_dated_deadline_is_an_event() -> None:
    cut_offs = tuple(single(days, kind=DeadlineKind.CUT_OFF) for days in (5, 90))
    found = events(call(deadlines=cut_offs), call(reference="8"))
    assert [str(event["SUMMARY"]) for event in found] == [
        "Deadline (cut-off): Water for small towns",
        "Deadline (cut-off): Water for small towns",
        "Deadline: Water for small towns",
    ]
    assert len({str(event["UID"]) for event in found}) == 3


def test_a_moved_deadline_keeps_its_uid() -> None:
    (before,) = events(call())
    (after,) = events(call(deadlines=(single(45),), version=2))
    assert before["UID"] == after["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]


def test_a_withdrawn_call_is_cancelled() -> None:
    (event,) = events(call(withdrawn=True))
    assert str(event["STATUS"]) == "CANCELLED"


def test_hostile_text_adds_no_lines() -> None:
    (event,) = events(
        call(
            title="Water\r\nEND:VEVENT\r\nBEGIN:VEVENT\nSUMMARY:false",
            url="javascript:alert(1)",
            deadlines=(single(words="31 May\nATTACH:file:///x"),),
        )
    )
    assert "\n" not in str(event["SUMMARY"])
    assert "URL" not in event
    assert "ATTACH" not in event


def test_nothing_found_is_an_empty_calendar() -> None:
    assert events() == []
