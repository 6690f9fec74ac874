"""Each town reads a deadline on its own clock, and never more exactly than it is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.tongue import tongue
from alerts.when import labelled, left, said_date, when
from alerts.zones import clocks, zones_of
from storage.domain import BRUSSELS, Deadline, DeadlineKind, Partner

EN, UK = tongue("en"), tongue("uk")
KYIV, WARSAW = "Europe/Kyiv", "Europe/Warsaw"
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)


def on(day: str | None, time: str | None = "17:00", zone: str = BRUSSELS, **said) -> Deadline:
    return Deadline(**{"kind": DeadlineKind.SINGLE, "date": day, "time": time, "zone": zone} | said)


PLAIN = on("2027-01-05")


@pytest.mark.parametrize(
    ("deadline", "english", "ukrainian"),
    [
        (
            PLAIN,
            "Tuesday 5 January 2027, 18:00 (Kyiv) / 17:00 (Warsaw)",
            "вівторок, 5 січня 2027 р., 18:00 (Київ) / 17:00 (Варшава)",
        ),
        (
            on("2027-01-05", "12:00", KYIV),
            "Tuesday 5 January 2027, 12:00 (Kyiv) / 11:00 (Warsaw)",
            "вівторок, 5 січня 2027 р., 12:00 (Київ) / 11:00 (Варшава)",
        ),
        (
            on("2027-01-05", "24:00"),
            "Wednesday 6 January 2027, 01:00 (Kyiv) / Tuesday 5 January 2027, 24:00 (Warsaw)",
            "середа, 6 січня 2027 р., 01:00 (Київ) / вівторок, 5 січня 2027 р., 24:00 (Варшава)",
        ),
        (
            on("2027-01-05", "17:00", "America/New_York"),
            (
                "Wednesday 6 January 2027, 00:00 (Kyiv) / Tuesday 5 January 2027, 23:00 (Warsaw)"
                " / 17:00 (New York)"
            ),
            (
                "середа, 6 січня 2027 р., 00:00 (Київ) / вівторок, 5 січня 2027 р., 23:00 (Варшава)"
                " / 17:00 (Нью-Йорк)"
            ),
        ),
        (
            on("2027-01-05", None),
            "Tuesday 5 January 2027, by the end of the day (Brussels)",
            "вівторок, 5 січня 2027 р., до кінця дня (Брюссель)",
        ),
        (on("2027-05", None), "May 2027 (the day is not said)", "травень 2027 (день не вказано)"),
        (
            on("--05-31", None),
            "31 May (the year is not said)",
            "31 травня (рік не вказано)",
        ),
        (on("--02-01", None, recurs="yearly"), "1 February every year", "1 лютого щороку"),
        (
            on(None, None, kind=DeadlineKind.ROLLING),
            "no fixed date, apply at any time",
            "кінцевої дати немає, заявку можна подати будь-коли",
        ),
        (
            on(None, None, kind=DeadlineKind.TO_BE_ANNOUNCED),
            "to be announced",
            "буде оголошено",
        ),
    ],
)
def test_a_deadline_is_said_in_both_languages(
    deadline: Deadline, english: str, ukrainian: str
) -> None:
    assert plain(when(EN, deadline, (KYIV, WARSAW))) == english
    assert plain(when(UK, deadline, (KYIV, WARSAW))) == ukrainian


def plain(said: str) -> str:
    """Without the spaces at which no line may break."""
    return said.replace("\u00a0", " ")


def test_towns_with_the_same_clock_are_told_once() -> None:
    assert plain(when(EN, PLAIN, (KYIV, "Europe/Bucharest"))) == (
        "Tuesday 5 January 2027, 18:00 (Kyiv) / 17:00 (Brussels)"
    )


def test_the_reader_s_own_clock_comes_first() -> None:
    partners = (Partner("Verbove", "UA"), Partner("Nowa Dolina", "PL"))
    assert zones_of(partners, WARSAW) == (WARSAW, KYIV)
    assert zones_of(partners, KYIV) == (KYIV, WARSAW)
    assert zones_of((*partners, Partner("Somewhere", "ZZ")), KYIV) == (KYIV, WARSAW)


def test_summer_time_counts_on_the_day_of_the_deadline() -> None:
    summer = on("2027-06-15")
    assert [clock.time for clock in clocks(summer, (KYIV, "Europe/Istanbul"))] == ["18:00", "17:00"]
    between = on("2027-03-28", "02:30", "Europe/London")  # clocks change on that morning
    assert [clock.time for clock in clocks(between, (KYIV,))] == ["04:30", "02:30"]


@given(
    day=st.dates(date(2024, 1, 1), date(2035, 12, 31)),
    time=st.times().map(lambda one: one.strftime("%H:%M")),
    zone=st.sampled_from([BRUSSELS, KYIV, "Europe/Lisbon", "America/New_York", "Asia/Tbilisi"]),
)
def test_every_clock_shows_the_same_moment(day: date, time: str, zone: str) -> None:
    deadline = on(day.isoformat(), time, zone)
    for clock in clocks(deadline, (KYIV, WARSAW, "Europe/Lisbon")):
        hour, minute = map(int, clock.time.split(":"))
        shown = datetime(
            clock.day.year,
            clock.day.month,
            clock.day.day,
            hour,
            minute,
            tzinfo=ZoneInfo(clock.zone),
        )
        apart = abs((shown.astimezone(UTC) - deadline.instant).total_seconds())
        assert apart in {0, 3600}  # an hour that happens twice, or not at all
        if apart:
            changing = {shown.replace(fold=fold).utcoffset() for fold in (0, 1)}
            assert len(changing) == 2


@pytest.mark.parametrize(
    ("deadline", "english", "ukrainian"),
    [
        (PLAIN, "43 days left", "залишилося 43 дні"),
        (on("2026-11-24"), "tomorrow", "завтра"),
        (on("2026-11-23"), "today", "сьогодні"),
        (on("2026-11-23", "06:00"), "passed", "термін минув"),
        (on("2026-11-23", "24:00"), "tomorrow", "завтра"),
        (on("2026-11-23", "24:00", KYIV), "today", "сьогодні"),
        (on("2026-11-25"), "2 days left", "залишилося 2 дні"),
        (on("2026-11-28"), "5 days left", "залишилося 5 днів"),
        (on("2026-12-14"), "21 days left", "залишився 21 день"),
        (on("2026-11-23", None), "today", "сьогодні"),
        (on("2026-12", None), "", ""),
    ],
)
def test_days_are_counted_on_the_reader_s_calendar(
    deadline: Deadline, english: str, ukrainian: str
) -> None:
    assert left(EN, deadline, NOW, KYIV) == english
    assert left(UK, deadline, NOW, KYIV) == ukrainian


def test_labels_tell_stages_apart_and_an_assumed_zone_is_said() -> None:
    stages = [
        on("2027-02-04", kind=DeadlineKind.STAGE, sequence=1),
        on("2027-09-16", kind=DeadlineKind.STAGE, sequence=2),
        on("2027-10-01", kind=DeadlineKind.CUT_OFF),
    ]
    said = list(labelled(UK, stages, (KYIV,)))
    assert [one.partition(":")[0] for one in said] == ["етап 1", "етап 2", "проміжний термін"]
    (assumed,) = labelled(EN, [replace(PLAIN, basis="assumed")], (KYIV,))
    assert assumed.endswith("; the time zone is assumed")


@pytest.mark.parametrize(
    ("value", "french"),
    [
        ("2026-12-01", "mardi 1er décembre 2026"),
        ("2026-12-11", "vendredi 11 décembre 2026"),
        ("2026-12-31", "jeudi 31 décembre 2026"),
        ("--02-01", "1er février"),
    ],
)
def test_the_first_of_a_month_in_french(value: str, french: str) -> None:
    assert said_date(tongue("fr"), value) == french
