"""Deadlines of calls as an iCalendar file (RFC 5545): for letters, searches and downloads."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

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
    made = Calendar()
    made.add("prodid", PRODID)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    if name:
        made.add("x-wr-calname", name)
    for call in calls:
        gone = cancelled(call)
        for event in events(call, now, say, after=now if only_ahead else None):
            if gone:
                event.add("status", "CANCELLED")
            made.add_component(event)
    written: bytes = made.to_ical()
    return written


def events(
    call: Call, now: datetime, say: Say, *, after: datetime | None = None
) -> Iterator[Event]:
    """The events of one call, those ``after`` a moment. One without a clock takes the whole day.

    Moments are written in UTC, so that no calendar program needs a time zone it may not know.
    """
    for position, deadline in enumerate(call.deadlines, start=1):
        if deadline.instant is None or deadline.date is None:
            continue
        if after is not None and deadline.instant <= after:
            continue
        words = say(call, deadline)
        event = Event()
        event.add("uid", uid(call, deadline, position))
        event.add("dtstamp", now)
        event.add("sequence", sequence(call, now))
        whole_day = deadline.time is None
        event.add("dtstart", date.fromisoformat(deadline.date) if whole_day else deadline.instant)
        event.add("summary", words.summary)
        event.add("description", words.description)
        event.add("transp", "TRANSPARENT")
        if url := web_address(call.url):
            event.add("url", url)
        if call.programme and call.programme.code:
            event.add("categories", [line(call.programme.code)])
        yield event


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
