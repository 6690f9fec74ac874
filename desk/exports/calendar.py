"""The deadlines of calls as an iCalendar file, in the desk's plain English."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from alerts.calendar import EventWords, calendar
from desk import wording
from desk.text import line
from desk.web_address import web_address
from storage.domain import Call, Deadline


def to_ics(calls: Iterable[Call], now: datetime, name: str) -> bytes:
    """Return one event for each deadline whose day, month and year are all said."""
    return calendar(calls, now, _words, name=name)


def _words(call: Call, deadline: Deadline) -> EventWords:
    label = f" ({wording.label(deadline)})" if wording.label(deadline) else ""
    return EventWords(f"Deadline{label}: {line(call.title)}", _description(call, deadline))


def _description(call: Call, deadline: Deadline) -> str:
    rests_on = wording.rests_on(deadline, line(deadline.words))
    clock = wording.clock(deadline)
    return "\n".join(
        part
        for part in (
            f"{wording.when(deadline)}, {clock} ({rests_on})",
            line(call.programme.name) if call.programme else "",
            wording.money_at_a_glance(call),
            web_address(call.url) or "",
            f"bridges calls show {line(call.id)}",
        )
        if part
    )
