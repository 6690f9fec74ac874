"""Whose clocks a deadline is told on: the reader's, Kyiv's, the partners' and the funder's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from storage.domain import Deadline, Partner

KYIV = "Europe/Kyiv"

# The clock most town halls of a country go by; distant islands have their own.
_CLOCKS = {
    "AL": "Europe/Tirane", "AM": "Asia/Yerevan", "AT": "Europe/Vienna", "AZ": "Asia/Baku",
    "BA": "Europe/Sarajevo", "BE": "Europe/Brussels", "BG": "Europe/Sofia", "CH": "Europe/Zurich",
    "CY": "Asia/Nicosia", "CZ": "Europe/Prague", "DE": "Europe/Berlin", "DK": "Europe/Copenhagen",
    "EE": "Europe/Tallinn", "ES": "Europe/Madrid", "FI": "Europe/Helsinki", "FR": "Europe/Paris",
    "GB": "Europe/London", "GE": "Asia/Tbilisi", "GR": "Europe/Athens", "HR": "Europe/Zagreb",
    "HU": "Europe/Budapest", "IE": "Europe/Dublin", "IS": "Atlantic/Reykjavik",
    "IT": "Europe/Rome", "LI": "Europe/Vaduz", "LT": "Europe/Vilnius", "LU": "Europe/Luxembourg",
    "LV": "Europe/Riga", "MD": "Europe/Chisinau", "ME": "Europe/Podgorica", "MK": "Europe/Skopje",
    "MT": "Europe/Malta", "NL": "Europe/Amsterdam", "NO": "Europe/Oslo", "PL": "Europe/Warsaw",
    "PT": "Europe/Lisbon", "RO": "Europe/Bucharest", "RS": "Europe/Belgrade",
    "SE": "Europe/Stockholm", "SI": "Europe/Ljubljana", "SK": "Europe/Bratislava",
    "TR": "Europe/Istanbul", "UA": KYIV, "XK": "Europe/Belgrade",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clock:
    """What one town's calendar and clock show at a deadline; ``time`` may be ``24:00``."""

    day: date
    time: str
    zone: str


def zones_of(partners: Iterable[Partner], reader: str) -> tuple[str, ...]:
    """Return the zones to tell a deadline in: the reader's first, then Kyiv, then the partners'."""
    theirs = [_CLOCKS[one.country] for one in partners if one.country in _CLOCKS]
    return tuple(dict.fromkeys([reader, KYIV, *theirs]))


def clocks(deadline: Deadline, zones: Iterable[str]) -> list[Clock]:
    """Return what the clocks of ``zones`` show at ``deadline``, each different clock once.

    The funder's own clock, as published, comes last unless a town shares it. Empty for a deadline
    without a stated hour: "the end of that day" is not made to sound more precise than it is.
    """
    instant = deadline.instant
    if instant is None or deadline.time is None or deadline.date is None:
        return []
    own = _offset(instant, deadline.zone)
    found: dict[timedelta, Clock] = {}
    for zone in (*zones, deadline.zone):
        offset = _offset(instant, zone)
        if offset in found:
            continue
        if offset == own:  # as published: 24:00 stays 24:00 of that day
            found[offset] = Clock(date.fromisoformat(deadline.date), deadline.time, zone)
        else:
            there = instant.astimezone(ZoneInfo(zone))
            found[offset] = Clock(there.date(), there.strftime("%H:%M"), zone)
    return list(found.values())


def days_left(deadline: Deadline, now: datetime, reader: str) -> int | None:
    """Return the days from today to a deadline on the reader's calendar; None without a moment.

    A deadline at midnight counts for the day that ends with it.
    """
    instant = deadline.instant
    if instant is None or deadline.date is None:
        return None
    if deadline.time is None:
        today = now.astimezone(ZoneInfo(deadline.zone)).date()
        return (date.fromisoformat(deadline.date) - today).days
    reading = ZoneInfo(reader)
    last = (instant - timedelta(seconds=1)).astimezone(reading).date()
    return (last - now.astimezone(reading).date()).days


def _offset(instant: datetime, zone: str) -> timedelta:
    return instant.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
