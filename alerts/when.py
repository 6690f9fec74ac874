"""How dates and deadlines are said in a letter: weekday, date, each town's clock, days left."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, get_timezone_location

from alerts.tongue import ENGLISH, LANGUAGES, Tongue, later
from alerts.zones import KYIV, Clock, clocks, days_left
from storage.domain import Call, Deadline, DeadlineKind
from storage.status import is_over

_MONTH = re.compile(r"\d{4}-\d{2}")
_KYIV = {"uk": "Київ", "pl": "Kijów", "de": "Kyjiw"}
"""Its name where it is not Kyiv; Babel knows it by another one."""

NOT_KNOWN = later("not known to us; look at the call's page")
"""Said where a call has no deadline that could be read."""

_ROLLING = later("no fixed date, apply at any time")
_NOT_YET = later("to be announced")
_YEARLY = later("{date} every year")
_YEARLESS = later("{date} (the year is not said)")
_LABELS = {
    DeadlineKind.STAGE: later("stage {number}"),
    DeadlineKind.CUT_OFF: later("cut-off"),
    DeadlineKind.CONCEPT_NOTE: later("concept note"),
    DeadlineKind.FULL_PROPOSAL: later("full proposal"),
}


def day(t: Tongue, value: date) -> str:
    """``Tuesday 5 January 2027``."""
    return _day(value, "full", t.code)


def short_day(t: Tongue, value: date) -> str:
    """``5 January 2027``."""
    return _day(value, "long", t.code)


@cache
def _day(value: date, form: Literal["full", "long"], code: str) -> str:
    """Without the comma after the weekday that English does not need; spaces may not break."""
    said = _first(format_date(value, form, LANGUAGES[code]).replace("\u202f", "\u00a0"), code)
    return re.sub(r"^([A-Za-z]+), ", r"\1 ", said) if code == ENGLISH else said


def _first(said: str, code: str) -> str:
    """The first of a month as French says it, ``1er décembre``; Babel's data have no such form."""
    return re.sub(r"\b1(?= \D)", "1er", said, count=1) if code == "fr" else said


def moment(t: Tongue, value: datetime, zone: str) -> str:
    """``22 November 2026, 10:04``, on the clock of ``zone``."""
    there = value.astimezone(ZoneInfo(zone))
    return f"{short_day(t, there.date())}, {there:%H:%M}"


def city(t: Tongue, zone: str) -> str:
    """``Brussels`` for ``Europe/Brussels``, in the reader's language."""
    if zone == KYIV:
        return _KYIV.get(t.code, "Kyiv")
    return _city(zone, t.code)


@cache
def _city(zone: str, code: str) -> str:
    return get_timezone_location(ZoneInfo(zone), locale=LANGUAGES[code], return_city=True)


def when(t: Tongue, deadline: Deadline, zones: Sequence[str]) -> str:
    """Say a deadline, no more precisely than it is known.

    ``Tuesday 5 January 2027, 18:00 (Kyiv) / 17:00 (Warsaw)``; ``May 2027 (the day is not said)``.
    """
    if deadline.date is None:
        rolling = deadline.kind is DeadlineKind.ROLLING
        return t.say(_ROLLING if rolling else _NOT_YET)
    if deadline.date.startswith("--"):
        return t.say(_YEARLY if deadline.recurs else _YEARLESS, date=_yearless(t, deadline.date))
    if _MONTH.fullmatch(deadline.date):
        return t.say("{month} (the day is not said)", month=_month(t, deadline.date))
    told = clocks(deadline, zones)
    if told:
        return _clocks(t, told)
    whole = day(t, date.fromisoformat(deadline.date))
    return t.say("{date}, by the end of the day ({city})", date=whole, city=city(t, deadline.zone))


def _clocks(t: Tongue, told: Sequence[Clock]) -> str:
    """The clocks one after the other; the date again only where a town already has another."""
    said = ""
    before: date | None = None
    for clock in told:
        here = f"{clock.time}\u00a0({city(t, clock.zone)})"
        if clock.day != before:
            here = f"{day(t, clock.day)}, {here}"
        said += f"{' / ' if said else ''}{here}"
        before = clock.day
    return said


def label(t: Tongue, deadline: Deadline) -> str:
    """``stage 1``, ``cut-off``, ``concept note``; nothing for a plain deadline."""
    message = _LABELS.get(deadline.kind)
    if message is None:
        return ""
    return t.say(message, number=deadline.sequence or "").strip()


def left(t: Tongue, deadline: Deadline, now: datetime, reader: str) -> str:
    """``44 days left``, ``tomorrow``, ``today``, ``passed``; nothing without a moment."""
    days = days_left(deadline, now, reader)
    if days is None or deadline.instant is None:
        return ""
    if deadline.instant <= now:
        return t.say("passed")
    if days <= 0:
        return t.say("today")
    if days == 1:
        return t.say("tomorrow")
    return t.many("{n} day left", "{n} days left", days)


def coming(call: Call, now: datetime) -> list[Deadline]:
    """The deadlines still ahead or without a moment, the next first; the last one when over."""
    dated = sorted(
        (one for one in call.deadlines if one.instant is not None),
        key=lambda one: (one.instant, one.sequence or 0),
    )
    ahead = [one for one in dated if one.instant and one.instant > now]
    undated = [one for one in call.deadlines if one.instant is None]
    if is_over(call, now) and not ahead:
        return dated[-1:] or undated
    return [*ahead, *undated]


def labelled(t: Tongue, deadlines: Sequence[Deadline], zones: Sequence[str]) -> Iterator[str]:
    """Each deadline with its label: ``stage 1: Tuesday 5 January 2027, 18:00 (Kyiv)``."""
    for one in deadlines:
        named = label(t, one)
        said = when(t, one, zones)
        if one.basis == "assumed" and one.time:
            said = t.say("{deadline}; the time zone is assumed", deadline=said)
        yield f"{named}{t.colon} {said}" if named else said


def said_date(t: Tongue, value: str | None) -> str:
    """Say a date of a record, no more precisely than it is; nothing for none."""
    if value is None:
        return ""
    if value.startswith("--"):
        return _yearless(t, value)
    if _MONTH.fullmatch(value):
        return _month(t, value)
    return day(t, date.fromisoformat(value))


def _month(t: Tongue, value: str) -> str:
    """``May 2027`` for ``2027-05``."""
    return format_date(date.fromisoformat(f"{value}-01"), "LLLL y", t.locale)


def _yearless(t: Tongue, value: str) -> str:
    """``5 January`` for ``--01-05``."""
    there = date.fromisoformat(f"2000{value[1:]}")
    return _first(format_skeleton("MMMMd", there, locale=t.locale), t.code)
