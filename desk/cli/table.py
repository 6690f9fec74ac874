"""Calls as a table: one line each where the terminal is wide enough, else two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from desk import wording
from desk.cli.terminal import console, grid, text
from desk.text import line, shorten
from storage.domain import Call, Status
from storage.status import status

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

TITLE = 40
"""Columns a title needs for a call to be told on one line."""

MOST = {"Programme": 12, "Grant": 26}
"""Columns that are cut when they say more than this."""

GAP = 3
"""Columns that the grid leaves between two of its cells."""

STYLES = {
    Status.OPEN: "green",
    Status.CLOSING: "bold yellow",
    Status.ROLLING: "green",
    Status.FORTHCOMING: "cyan",
    Status.WITHDRAWN: "red",
    Status.CLOSED: "dim",
    Status.UNKNOWN: "magenta",
}


def show(calls: Sequence[Call], now: datetime) -> None:
    """Print the calls; a name is never cut, because `bridges calls show` needs all of it."""
    if not calls:
        return
    screen = console()
    screen.print(_wide(calls, now, screen.width) or _narrow(calls, now, screen.width))


def _wide(calls: Sequence[Call], now: datetime, width: int) -> Table | None:
    """One line a call; None where that leaves too little for the titles."""
    headers = ("Deadline", "", "Status", "Programme", "Grant", "Name")
    rows = [
        (
            text(" ".join(part for part in (when, clock) if part)),
            text(left),
            _status(call, now),
            text(_programme(call)),
            text(wording.money_at_a_glance(call)),
            text(line(call.id), "dim"),
        )
        for call in calls
        for when, clock, left in (_deadline(call, now),)
    ]
    widths = [
        min(MOST.get(header, width), max(len(header), *(len(row[number]) for row in rows)))
        for number, header in enumerate(headers)
    ]
    room = width - sum(widths) - GAP * len(headers)
    if room < TITLE:
        return None
    table = grid(*headers[:3], "Call", *headers[3:])
    for column, size in zip(table.columns, [*widths[:3], room, *widths[3:]], strict=True):
        column.width, column.no_wrap, column.overflow = size, True, "ellipsis"
    for call, row in zip(calls, rows, strict=True):
        table.add_row(*row[:3], text(shorten(call.title, room)), *row[3:])
    return table


def _narrow(calls: Sequence[Call], now: datetime, width: int) -> Table:
    table = grid("Deadline", "Call")
    table.columns[0].no_wrap = True
    dates = [_date_and_status(call, now) for call in calls]
    room = max(20, width - GAP - max(len(part) for date in dates for part in date))
    for call, (date, stands) in zip(calls, dates, strict=True):
        table.add_row(
            date.append("\n").append_text(stands),
            text(shorten(call.title, room)).append("\n").append(_below(call, room), style="dim"),
        )
    return table


def _date_and_status(call: Call, now: datetime) -> tuple[Text, Text]:
    when, clock, left = _deadline(call, now)
    stands = _status(call, now).append(f", {clock}" if clock else "", style="not bold")
    return text(f"{when}, {left}" if left else when), stands


def _below(call: Call, room: int) -> str:
    """The name of a call and, where there is room, its programme and money."""
    said = line(call.id)
    for more in (_programme(call), wording.money_at_a_glance(call)):
        if more and len(said) + len(more) + 3 <= room:
            said = f"{said} · {more}"
    return said


def _status(call: Call, now: datetime) -> Text:
    found = status(call, now)
    return text(found.value, STYLES[found])


def _programme(call: Call) -> str:
    return line(call.programme.code or call.programme.name) if call.programme else ""


def _deadline(call: Call, now: datetime) -> tuple[str, str, str]:
    """The day, the clock with its place, and how far it is."""
    deadline = wording.leading(call, now)
    if deadline is None:
        return "no date said", "", ""
    if deadline.instant is None:
        return wording.when(deadline), "", ""
    day = wording.said_date(deadline.date)
    clock = f"{deadline.time} {wording.place(deadline.zone)}" if deadline.time else "hour not said"
    return day, clock, wording.left(deadline, now)
