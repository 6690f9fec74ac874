"""The deadlines of calls as an iCalendar file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from icalendar import Calendar, Event

from desk import wording
from desk.text import line
from desk.web_address import web_address
from storage.domain import Call, Deadline


def to_ics(calls: Iterable[Call], now: datetime, name: str) -> bytes:
    """Return one event for each deadline whose day, month and year are all said."""
    calendar = Calendar()
    calendar.add("prodid", "-//Bridges of Trust//Deadlines of calls//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    for call in calls:
        for event in events(call, now):
            calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def events(call: Call, now: datetime) -> Iterator[Event]:
    """The events of one call. A deadline without a clock takes the whole day."""
    for position, deadline in enumerate(call.deadlines, start=1):
        if deadline.instant is None or deadline.date is None:
            continue
        event = Event()
        event.add("uid", _uid(call, deadline, position))
        event.add("dtstamp", now)
        # A version in which only this changed must win over the one a calendar already has.
        event.add("sequence", call.version - 1)
        whole_day = deadline.time is None
        event.add("dtstart", date.fromisoformat(deadline.date) if whole_day else deadline.instant)
        label = f" ({wording.label(deadline)})" if wording.label(deadline) else ""
        event.add("summary", f"Deadline{label}: {line(call.title)}")
        event.add("description", _description(call, deadline))
        event.add("transp", "TRANSPARENT")
        if call.withdrawn:
            event.add("status", "CANCELLED")
        if url := web_address(call.url):
            event.add("url", url)
        if call.programme and call.programme.code:
            event.add("categories", [line(call.programme.code)])
        yield event


def _uid(call: Call, deadline: Deadline, position: int) -> str:
    """The same for a deadline that moves: made of the call and the place in it, not of the date."""
    name = f"{call.id}\n{deadline.kind}\n{deadline.sequence or position}"
    return f"{hashlib.sha256(name.encode()).hexdigest()[:32]}@bridges-of-trust"


def _description(call: Call, deadline: Deadline) -> str:
    published = f", published as “{line(deadline.words)}”" if deadline.words else ""
    clock = wording.clock(deadline)
    return "\n".join(
        part
        for part in (
            f"{wording.when(deadline)}, {clock} ({wording.basis(deadline)}{published})",
            line(call.programme.name) if call.programme else "",
            wording.money_at_a_glance(call),
            web_address(call.url) or "",
            f"bridges calls show {line(call.id)}",
        )
        if part
    )
