"""Deadlines of calls as an iCalendar file (RFC 5545): for letters, searches and downloads."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from icalendar import Calendar, Event

from alerts.plain import line, web_address
from storage.domain import Call, Deadline

PRODID = "-//Bridges of Trust//Deadlines of calls//EN"

_FIRST_DAY = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class EventWords:
    """What an event says: ``summary`` on one line, ``description`` with line breaks."""

    summary: str
    description: str


Say = Callable[[Call, Deadline], EventWords]
"""Words for one deadline of a call, in somebody's language."""


def calendar(  # noqa: PLR0913 - a calendar is these facts
    calls: Iterable[Call],
    now: datetime,
    say: Say,
    *,
    name: str = "",
    cancelled: Callable[[Call], bool] = lambda call: call.withdrawn,
    only_ahead: bool = False,
) -> bytes:
    """Return one event for each deadline whose day, month and year are all said.

    ``name`` is how a calendar program calls the whole; events of calls that are ``cancelled`` take
    back what a calendar may have. ``only_ahead`` leaves out what has passed.
    """
    head, end = _frame(name)
    after = now if only_ahead else None
    parts = (_written(one) for call in calls for one in _events(call, now, say, cancelled, after))
    return b"".join((head, *parts, end))


@lru_cache(maxsize=64)
def _frame(name: str) -> tuple[bytes, bytes]:
    """What stands before and after the events."""
    made = Calendar()
    made.add("prodid", PRODID)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    if name:
        made.add("x-wr-calname", name)
    head, end, rest = made.to_ical().rpartition(b"END:VCALENDAR")
    return head, end + rest


@dataclass(frozen=True, slots=True)
class _Event:
    """What one event is made of; ``start`` is a day for a deadline without a clock."""

    uid: str
    stamp: datetime
    sequence: int
    start: date | datetime
    words: EventWords
    url: str | None
    category: str
    cancelled: bool


def _events(
    call: Call,
    now: datetime,
    say: Say,
    cancelled: Callable[[Call], bool],
    after: datetime | None,
) -> Iterator[_Event]:
    """The events of one call, those ``after`` a moment. One without a clock takes the whole day.

    Moments are written in UTC, so that no calendar program needs a time zone it may not know.
    """
    for position, deadline in enumerate(call.deadlines, start=1):
        instant = deadline.instant
        if instant is None or deadline.date is None or (after is not None and instant <= after):
            continue
        yield _Event(
            uid=uid(call, deadline, position),
            stamp=now,
            sequence=sequence(call, now),
            start=date.fromisoformat(deadline.date) if deadline.time is None else instant,
            words=say(call, deadline),
            url=web_address(call.url),
            category=line(call.programme.code) if call.programme else "",
            cancelled=cancelled(call),
        )


@lru_cache(maxsize=5_000)
def _written(one: _Event) -> bytes:
    """An event as it stands in the file: written once for all letters of a run that hold it."""
    event = Event()
    event.add("uid", one.uid)
    event.add("dtstamp", one.stamp)
    event.add("sequence", one.sequence)
    event.add("dtstart", one.start)
    event.add("summary", one.words.summary)
    event.add("description", one.words.description)
    event.add("transp", "TRANSPARENT")
    if one.cancelled:
        event.add("status", "CANCELLED")
    if one.url:
        event.add("url", one.url)
    if one.category:
        event.add("categories", [one.category])
    written: bytes = event.to_ical()
    return written


def uid(call: Call, deadline: Deadline, position: int) -> str:
    """The same for a deadline that moves: made of the call and the place in it, not of the date."""
    name = f"{call.id}\n{deadline.kind}\n{deadline.sequence or position}"
    return f"{hashlib.sha256(name.encode()).hexdigest()[:32]}@bridges-of-trust"


def sequence(call: Call, now: datetime) -> int:
    """A number that rises with every version, and with every day.

    What changes without a new version, by a better reading of ours or because the call was taken
    down, must win over what a calendar already has, too.
    """
    return max(0, call.version - 1 + (now.date() - _FIRST_DAY).days)
