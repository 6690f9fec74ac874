"""Calls as a table: one line each where the terminal is wide, two where it is not."""

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

WIDE = 150
"""Columns from which a call fits on one line with its whole name."""

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
    wide = screen.width >= WIDE
    screen.print(_wide(calls, now) if wide else _narrow(calls, now, screen.width))


def _wide(calls: Sequence[Call], now: datetime) -> Table:
    table = grid("Deadline", "", "Status", "Call", "Programme", "Grant", "Name")
    for number in (0, 1, 2):
        table.columns[number].no_wrap = True
    for number in (3, 4, 5):
        table.columns[number].no_wrap = True
        table.columns[number].overflow = "ellipsis"
    table.columns[3].ratio = 1
    table.columns[6].no_wrap = True
    table.columns[6].min_width = max(len(line(call.id)) for call in calls)
    table.columns[4].max_width = 12
    table.columns[5].max_width = 26
    for call in calls:
        when, clock, left = _deadline(call, now)
        table.add_row(
            text(f"{when} {clock}".rstrip()),
            text(left),
            _status(call, now),
            text(line(call.title)),
            text(_programme(call)),
            text(wording.money_at_a_glance(call)),
            text(line(call.id), "dim"),
        )
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
    clock = f"{deadline.time} {wording.place(deadline.zone)}" if deadline.time else ""
    return day, clock, wording.left(deadline, now)
