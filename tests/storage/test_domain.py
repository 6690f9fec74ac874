"""Deadlines as nouns: what they refuse, and the moments they mean."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from storage.domain import (
    CONTENT_FIELDS,
    Call,
    Deadline,
    DeadlineKind,
    check_date,
    check_time,
    check_zone,
    moment,
)

SINGLE = DeadlineKind.SINGLE


@pytest.mark.parametrize(
    ("day", "clock", "zone", "instant"),
    [
        ("2026-05-31", "17:00", "Europe/Brussels", "2026-05-31T15:00:00"),  # summer time
        ("2026-11-30", "17:00", "Europe/Brussels", "2026-11-30T16:00:00"),  # winter time
        ("2026-05-31", None, "Europe/Brussels", "2026-05-31T21:59:59"),  # the end of the day
        ("2026-05-31", None, "Europe/Kyiv", "2026-05-31T20:59:59"),
        ("2026-05-31", "24:00", "Europe/Brussels", "2026-05-31T22:00:00"),
        ("2026-12-31", "24:00", "Europe/Kyiv", "2026-12-31T22:00:00"),  # into the next year
        ("2026-05-31", "00:00", "Europe/Brussels", "2026-05-30T22:00:00"),
        ("2026-03-29", "02:30", "Europe/Brussels", "2026-03-29T01:30:00"),  # a clock that is not
        ("2026-10-25", "02:30", "Europe/Brussels", "2026-10-25T00:30:00"),  # twice: the first
        ("2026-03-29", "24:00", "Europe/Brussels", "2026-03-29T22:00:00"),  # a day of 23 hours
        ("2026-10-24", "24:00", "Europe/Kyiv", "2026-10-24T21:00:00"),
        ("2026-05-31", "12:00", "UTC", "2026-05-31T12:00:00"),
        ("2026-05-31", "12:00", "America/New_York", "2026-05-31T16:00:00"),
        ("2028-02-29", "17:00", "Europe/Brussels", "2028-02-29T16:00:00"),
    ],
)
def test_a_day_with_its_clock_and_zone_is_a_moment(
    day: str, clock: str | None, zone: str, instant: str
) -> None:
    expected = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert Deadline(SINGLE, day, clock, zone).instant == expected


@pytest.mark.parametrize("said", [None, "2026-05", "--05-31"])
def test_less_than_a_day_of_a_year_has_no_moment(said: str | None) -> None:
    assert Deadline(SINGLE, said).instant is None


@pytest.mark.parametrize(
    ("said", "zone", "end"),
    [
        ("2026-05", "Europe/Brussels", datetime(2026, 5, 31, 22, tzinfo=UTC)),
        ("2026-12", "Europe/Kyiv", datetime(2026, 12, 31, 22, tzinfo=UTC)),
        ("2028-02", "UTC", datetime(2028, 3, 1, tzinfo=UTC)),
        ("2026-05-31", "UTC", None),
        ("--05-31", "UTC", None),
        (None, "UTC", None),
    ],
)
def test_a_month_is_over_at_its_last_midnight(
    said: str | None, zone: str, end: datetime | None
) -> None:
    assert Deadline(SINGLE, said, zone=zone).month_end == end


@pytest.mark.parametrize("good", [None, "2026-05-31", "2028-02-29", "2026-05", "--02-29"])
def test_dates_as_the_words_say_them(good: str | None) -> None:
    check_date(good)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "2026",
        "2026-13",
        "2026-00",
        "2026-02-29",
        "2026-5-31",
        "31.05.2026",
        "--02-30",
        "--13-01",
        "-05-31",
        "2026-05-31T17:00",
        " 2026-05-31",
        "2026-05-31 ",
        "2026-W22",
        "0001-01-01",
        "1899-12-31",
        "3000-01",
        "9999-12-31",
        "٢٠٢٦-٠٥-٣١x",
    ],
)
def test_no_such_date(bad: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the calendar words it in many ways
        check_date(bad)


@pytest.mark.parametrize("good", [None, "00:00", "17:00", "23:59", "24:00"])
def test_clocks(good: str | None) -> None:
    check_time(good)


@pytest.mark.parametrize("bad", ["", "7:00", "24:01", "17:60", "17:00:00", "5 pm", "17.00"])
def test_no_such_clock(bad: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        check_time(bad)


@pytest.mark.parametrize(
    "bad", ["", "CET-ish", "Europe", "../etc/passwd", "/etc", "a\0b", "GMT+2x"]
)
def test_no_such_zone(bad: str) -> None:
    with pytest.raises(ValueError, match="time zone"):
        check_zone(bad)


def test_a_deadline_is_checked_when_made() -> None:
    with pytest.raises(ValueError, match="not a date"):
        Deadline(SINGLE, "soon")
    with pytest.raises(ValueError, match="not a time"):
        Deadline(SINGLE, "2026-05-31", "5 pm")
    with pytest.raises(ValueError, match="not a time zone"):
        Deadline(SINGLE, "2026-05-31", zone="Brussels")


def test_seconds_may_be_given_to_moment() -> None:
    assert moment(date(2026, 5, 31), "23:59:59", "UTC") == datetime(
        2026, 5, 31, 23, 59, 59, tzinfo=UTC
    )


def test_content_fields_are_fields_of_a_call_and_none_is_bookkeeping() -> None:
    names = set(Call.__dataclass_fields__)
    kept = {"first_seen", "last_seen", "version", "withdrawn", "opportunity"}
    assert set(CONTENT_FIELDS) == names - kept - {"source", "reference"}


def test_a_call_is_known_by_source_and_reference() -> None:
    assert Call("eu_portal", "EuropeAid/1/DD:2", "t").id == "eu_portal:EuropeAid/1/DD:2"
