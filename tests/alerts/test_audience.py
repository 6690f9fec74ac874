"""Who is written to, and when: once an address, on the days of its own calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from alerts.audience import addressees_of, audience, is_due
from storage.domain import Frequency
from storage.recipients import State, set_state
from tests.alerts.world import MARTA, MONDAY, OLENA, TOWNS, World, with_recipients

OTHER = replace(TOWNS, id="zelene-kosice", name="Zelene – Košice")


def at(day: str, clock: str = "09:00") -> datetime:
    return datetime.fromisoformat(f"2026-{day}T{clock}:00+02:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("frequency", "last", "now", "due"),
    [
        (Frequency.WEEKLY, None, at("11-23"), True),
        (Frequency.WEEKLY, at("11-23"), at("11-23", "10:00"), False),
        (Frequency.WEEKLY, at("11-23"), at("11-29", "23:59"), False),
        (Frequency.WEEKLY, at("11-23", "18:00"), at("11-30", "06:00"), True),
        (Frequency.WEEKLY, at("11-23"), at("12-20"), True),
        (Frequency.DAILY, at("11-23", "23:30"), at("11-24", "00:10"), True),
        (Frequency.DAILY, at("11-23", "00:10"), at("11-23", "23:30"), False),
        (Frequency.MONTHLY, at("10-31"), at("11-29"), False),
        (Frequency.MONTHLY, at("10-31"), at("11-30"), True),
        (Frequency.MONTHLY, at("11-05"), at("12-04"), False),
        (Frequency.MONTHLY, at("11-05"), at("12-05"), True),
        (Frequency.INSTANT, at("11-23"), at("11-23"), True),
    ],
)
def test_due_by_the_recipient_s_calendar(
    frequency: Frequency,
    last: datetime | None,
    now: datetime,
    due: bool,  # noqa: FBT001
) -> None:
    assert is_due(replace(OLENA, frequency=frequency), last, now) is due


@pytest.mark.parametrize(
    ("frequency", "first", "last", "now", "due"),
    [
        # Late because the power was off: the week after, it is Monday again.
        (Frequency.WEEKLY, "11-23", "12-02", "12-06", False),
        (Frequency.WEEKLY, "11-23", "12-02", "12-07", True),
        # The 31st, the last of shorter months, and the 31st again.
        (Frequency.MONTHLY, "01-31", "02-28", "03-30", False),
        (Frequency.MONTHLY, "01-31", "02-28", "03-31", True),
        (Frequency.MONTHLY, "01-31", "03-31", "04-30", True),
        (Frequency.MONTHLY, "01-31", "04-29", "04-30", True),
        # Half a year off: one letter, and then the usual day.
        (Frequency.MONTHLY, "01-15", "02-15", "08-02", True),
        (Frequency.MONTHLY, "01-15", "08-02", "08-14", False),
        (Frequency.MONTHLY, "01-15", "08-02", "08-15", True),
        (Frequency.DAILY, "01-15", "08-02", "08-03", True),
    ],
)
def test_a_late_letter_or_a_short_month_moves_no_other(
    frequency: Frequency,
    first: str,
    last: str,
    now: str,
    due: bool,  # noqa: FBT001
) -> None:
    recipient = replace(OLENA, frequency=frequency)
    assert is_due(recipient, at(last), at(now), at(first)) is due


@pytest.mark.parametrize("zone", ["Europe/Kyiv", "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize("frequency", [Frequency.DAILY, Frequency.WEEKLY])
def test_days_of_23_and_25_hours_are_days(zone: str, frequency: Frequency) -> None:
    """Asked every hour for a year: one letter at the beginning of each turn's day."""
    recipient = replace(OLENA, frequency=frequency, zone=zone)
    moment = first = datetime(2026, 6, 1, 12, tzinfo=UTC)
    letters = [first]
    while moment < datetime(2027, 6, 1, tzinfo=UTC):
        moment += timedelta(hours=1)
        if is_due(recipient, letters[-1], moment, first):
            letters.append(moment)
    days = [one.astimezone(ZoneInfo(zone)).date() for one in letters]
    length = 1 if frequency is Frequency.DAILY else 7
    assert [b - a for a, b in pairwise(days)] == [timedelta(days=length)] * (len(days) - 1)
    assert days[-1] > moment.date() - timedelta(days=length + 1)


def test_the_calendar_is_the_recipient_s_own() -> None:
    last, now = at("11-23", "23:30"), at("11-24", "00:30")  # 22:30 and 23:30 in Warsaw
    assert is_due(replace(OLENA, frequency=Frequency.DAILY), last, now)
    assert not is_due(replace(MARTA, frequency=Frequency.DAILY), last, now)


def test_an_address_is_written_to_once_with_all_its_partnerships(engine: sa.Engine) -> None:
    world = World(engine)
    shouting = replace(OLENA, email=OLENA.email.upper())
    world.partnership(with_recipients(TOWNS, OLENA, MARTA))
    world.partnership(with_recipients(OTHER, shouting))
    with engine.begin() as connection:
        found, skipped = audience(connection)
    assert {one.recipient.email: [p.id for p in one.partnerships] for one in found} == {
        OLENA.email: [TOWNS.id, OTHER.id],
        MARTA.email: [TOWNS.id],
    }
    assert not skipped
    assert not [one.notes for one in found if one.notes]


def test_consent_counts_for_each_partnership(engine: sa.Engine) -> None:
    world = World(engine)
    world.partnership(with_recipients(TOWNS, OLENA))
    world.partnership(with_recipients(OTHER, replace(OLENA, consent=None)))
    with engine.begin() as connection:
        (found,), (skipped,) = audience(connection)
        (shown,) = addressees_of(connection, with_recipients(OTHER, replace(OLENA, consent=None)))
    assert [one.id for one in found.partnerships] == [TOWNS.id]
    assert OTHER.id in skipped.why
    assert [one.id for one in shown.partnerships] == [OTHER.id]


def test_who_unsubscribed_is_not_written_to(engine: sa.Engine) -> None:
    World(engine).partnership(with_recipients(TOWNS, OLENA, MARTA))
    with engine.begin() as connection:
        set_state(connection, OLENA.email, State.UNSUBSCRIBED, MONDAY, partnership=TOWNS.id)
        found, _ = audience(connection)
    assert [one.recipient.email for one in found] == [MARTA.email]
