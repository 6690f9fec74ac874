"""Who is written to, and when: once an address, on the days of its own calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

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
