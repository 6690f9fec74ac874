"""Calls as a table: one line each where the terminal is wide enough, else two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from desk import wording
from desk.cli.terminal import GAP, Cell, console, draw, fitted, folded
from desk.others import beside_name
from desk.text import line, shorten
from storage.domain import Call, Glance, Status
from storage.status import Span, span_at

if TYPE_CHECKING:
    from rich.console import Console

TITLE = 40
"""Columns a title needs for a call to be told on one line."""

MOST = {"Programme": 12, "Grant": 26}
"""Columns that are cut when they say more than this."""

STYLES = {
    Status.OPEN: "green",
    Status.CLOSING: "bold yellow",
    Status.ROLLING: "green",
    Status.FORTHCOMING: "cyan",
    Status.WITHDRAWN: "red",
    Status.CLOSED: "dim",
    Status.UNKNOWN: "magenta",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a table says of one call."""

    title: str
    day: str
    clock: str
    left: str
    stands: Status
    programme: str
    money: str
    name: str

    @classmethod
    def of(cls, call: Call | Glance, now: datetime, others: Sequence[Glance] = ()) -> Told:
        span = span_at(call, now)
        day, clock, left = _deadline(call, now, span)
        programme = call.programme
        return cls(
            title=call.title,
            day=day,
            clock=clock,
            left=left,
            stands=Status.WITHDRAWN if call.withdrawn else span.status,
            programme=line(programme.code or programme.name) if programme else "",
            money=wording.money_at_a_glance(call),
            name=line(call.id) + beside_name(call, others),
        )


def show(
    calls: Sequence[Call | Glance],
    now: datetime,
    others: Mapping[str, Sequence[Glance]] | None = None,
) -> None:
    """Print the calls; a name is never cut, because `bridges calls show` needs all of it.

    ``others`` are, by id, the other records of the same opportunity.
    """
    if not calls:
        return
    told = [Told.of(call, now, (others or {}).get(call.id, ())) for call in calls]
    screen = console()
    if not _wide(screen, told):
        _narrow(screen, told)


def _wide(screen: Console, calls: Sequence[Told]) -> bool:
    """One line a call; nothing, and False, where that leaves too little for the titles."""
    headers = ["Deadline", "", "Status", "Programme", "Grant", "Name"]
    whole = screen.width  # asked once: it looks at the terminal
    rows = [
        [
            (f"{one.day} {one.clock}".rstrip(), ""),
            (one.left, ""),
            (one.stands.value, STYLES[one.stands]),
            (one.programme, ""),
            (one.money, ""),
            (one.name, "dim"),
        ]
        for one in calls
    ]
    widths = [
        min(MOST.get(header, whole), max(len(header), *(len(row[number][0]) for row in rows)))
        for number, header in enumerate(headers)
    ]
    room = whole - sum(widths) - GAP * len(headers)
    if room < TITLE:
        return False
    for one, row in zip(calls, rows, strict=True):
        row.insert(3, (shorten(one.title, room), ""))
    headers.insert(3, "Call")
    widths.insert(3, room)
    cells = [
        [
            [[(fitted(words, width), style)]]
            for (words, style), width in zip(row, widths, strict=True)
        ]
        for row in rows
    ]
    draw(screen, headers, widths, cells)
    return True


def _narrow(screen: Console, calls: Sequence[Told]) -> None:
    """Two lines a call, and more only where its name does not fit."""
    dates: list[Cell] = [
        [
            [(f"{one.day}, {one.left}" if one.left else one.day, "")],
            [
                (one.stands.value, STYLES[one.stands]),
                (f", {one.clock}" if one.clock else "", STYLES[one.stands].replace("bold ", "")),
            ],
        ]
        for one in calls
    ]
    first = max(
        len("Deadline"), *(sum(len(w) for w, _ in words) for cell in dates for words in cell)
    )
    left = max(1, screen.width - GAP - first)
    room = max(20, left)
    texts: list[Cell] = [
        [
            *([(words, "")] for words in folded(screen, shorten(one.title, room), left)),
            *([(words, "dim")] for words in folded(screen, _below(one, room), left)),
        ]
        for one in calls
    ]
    second = max(len("Call"), *(len(words) for cell in texts for [(words, _)] in cell))
    rows = [list(pair) for pair in zip(dates, texts, strict=True)]
    draw(screen, ["Deadline", "Call"], [first, second], rows)


def _below(call: Told, room: int) -> str:
    """The name of a call and, where there is room, its programme and money."""
    said = call.name
    for more in (call.programme, call.money):
        if more and len(said) + len(more) + 3 <= room:
            said = f"{said} · {more}"
    return said


def _deadline(call: Call | Glance, now: datetime, span: Span) -> tuple[str, str, str]:
    """The day, the clock with its place, and how far it is."""
    deadline = wording.leading(call, now, span)
    if deadline is None:
        return "no date said", "", ""
    if deadline.instant is None:
        return wording.when(deadline), "", ""
    day = wording.said_date(deadline.date)
    clock = f"{deadline.time} {wording.place(deadline.zone)}" if deadline.time else "hour not said"
    return day, clock, wording.left(deadline, now)
