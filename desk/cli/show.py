"""``bridges calls show``: one call as a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from desk import wording
from desk.cli.base import Desk, json_option, pass_desk
from desk.others import conflict, other_lines
from desk.text import line, paragraphs, shorten
from desk.web_address import web_address
from storage.domain import Call, Deadline, Status
from storage.status import status

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from storage.domain import Change

FIRST = 3
"""Unread conditions shown; the rest is counted."""

QUOTE = 300
TEXT = 1500
LISTED = 8

MEANING = {
    Status.FORTHCOMING: "not open yet",
    Status.OPEN: "",
    Status.CLOSING: "14 days or less are left",
    Status.CLOSED: "the last chance to apply has passed",
    Status.ROLLING: "applications are taken as they come",
    Status.WITHDRAWN: "the source took it away before its deadline",
    Status.UNKNOWN: "its dates do not say enough",
}


@click.command(short_help="Show one call in full, and what changed.")
@click.argument("name", metavar="ID")
@click.option("--history", is_flag=True, help="Add what changed, when and why.")
@json_option
@pass_desk
def show(desk: Desk, *, name: str, history: bool, as_json: bool) -> None:
    """Show the call ID in full; ID is source:reference, as `bridges calls find` prints it."""
    from storage import calls
    from storage.linked import others_of

    with desk.reading() as connection:
        call = calls.get(connection, name)
        changes = calls.history(connection, call.id) if history else []
        others = others_of(connection, [call])[call.id]
    if as_json:
        _print_json(call, others, desk.now, changes if history else None)
        return
    from desk.cli.history import show as show_history
    from desk.cli.terminal import console, text

    screen = console()
    show_page(screen, call, desk.now, others)
    if history:
        screen.print(text("\nWhat changed", "bold underline"))
        show_history(screen, changes)


def _print_json(
    call: Call, others: Sequence[Call], now: datetime, changes: Sequence[Change] | None
) -> None:
    from desk.exports.json_lines import call_now, change_json, dumps
    from desk.others import others_json

    told = {} if changes is None else {"history": [change_json(one) for one in changes]}
    click.echo(dumps({**call_now(call, now), "others": others_json(call, others), **told}))


def show_page(screen: Console, call: Call, now: datetime, others: Sequence[Call] = ()) -> None:
    """Print everything a person needs to decide whether to read on at the source."""
    from rich.padding import Padding
    from rich.table import Table

    from desk.cli.table import STYLES
    from desk.cli.terminal import text

    stands = status(call, now)
    screen.print(text(line(call.title), "bold"))
    said = text(line(call.id), "dim").append("  ").append(stands.value, STYLES[stands])
    screen.print(said.append(f", {MEANING[stands]}" if MEANING[stands] else "", "default"))
    facts = Table.grid(padding=(0, 2))
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    for label, lines in _facts(call, now, others):
        for number, one in enumerate(lines):
            facts.add_row(text("" if number else label, "bold"), _styled(one))
    screen.print(Padding(facts, (1, 0, 0, 0)))
    _addresses(screen, call)
    if body := paragraphs(call.description or call.summary):
        screen.print(text("\nWhat it says", "bold"))
        for one in _beginning(body):
            screen.print(Padding(text(one), (0, 0, 0, 2)))


def _styled(said: str) -> Text:
    """Quotations and remarks stand back behind the facts."""
    from desk.cli.terminal import text

    return text(said, "dim" if said.startswith(("“", "(")) else "")


def _facts(call: Call, now: datetime, others: Sequence[Call]) -> Iterator[tuple[str, list[str]]]:
    many = len(call.deadlines) > 1
    deadlines = [said for one in call.deadlines for said in deadline_lines(one, now)]
    yield ("Deadlines" if many else "Deadline"), deadlines or ["none said"]
    if said := conflict(call, others):
        yield "Conflict", [said]
    if others:
        yield "Also in", list(other_lines(call, others))
    if call.opens_on:
        yield "Opens", [wording.said_date(call.opens_on)]
    if call.programme:
        names = (call.programme.code, call.programme.name)
        yield "Programme", [", ".join(line(name) for name in names if name)]
    action = "; ".join(map(line, call.types_of_action))
    kind = wording.KINDS[call.kind]
    yield "Offers", [f"{kind}: {action}" if action else kind]
    money = [said for one in call.funding for said in (wording.money(one), _quoted(one.words))]
    if shown := [said for said in money if said]:
        yield "Money", shown
    yield "Who may apply", list(_criteria(call)) or ["no condition is known"]
    if call.parent:
        yield "Part of", [line(f"{call.source}:{call.parent}")]
    yield "Kept", [", ".join(_kept(call, now))]


def deadline_lines(deadline: Deadline, now: datetime) -> Iterator[str]:
    """A deadline with how far it is, then what it rests on."""
    label = wording.label(deadline)
    parts = (wording.when(deadline), wording.clock(deadline), wording.left(deadline, now))
    said = ", ".join(part for part in parts[1:] if part)
    first = f"{label}: {parts[0]}" if label else parts[0]
    joint = " " if deadline.time else ", "
    yield f"{first}{joint}{said}" if said else first
    yield f"({wording.rests_on(deadline, shorten(deadline.words, QUOTE))})"


def _criteria(call: Call) -> Iterator[str]:
    for one in call.eligibility.criteria:
        yield wording.criterion(one)
        if one.words:
            yield _quoted(one.words)
    if unread := call.eligibility.unread:
        yield f"{wording.count(len(unread), 'condition')} not understood yet, read for yourself:"
        yield from (_quoted(one) for one in unread[:FIRST])
        yield from _more(len(unread) - FIRST)


def _addresses(screen: Console, call: Call) -> None:
    """Print links whole, however long, so that they can be copied and clicked."""
    from desk.cli.terminal import text

    if call.documents:
        screen.print(text("Documents", "bold"))
    for document in call.documents[:LISTED]:
        kind = f" ({line(document.type)})" if document.type else ""
        link = web_address(document.url) or "no link that can be followed"
        screen.print(text(f"  {line(document.title)}{kind}\n  {link}"), soft_wrap=True)
    for more in _more(len(call.documents) - LISTED):
        screen.print(text(f"  {more}"))
    link = web_address(call.url) or "none"
    screen.print(text("Link  ", "bold").append(link, "not bold"), soft_wrap=True)


def _quoted(words: str) -> str:
    return f"“{shorten(words, QUOTE)}”" if words else ""


def _more(number: int) -> list[str]:
    return [f"… and {number:,} more; --json has them all"] if number > 0 else []


def _kept(call: Call, now: datetime) -> Iterator[str]:
    yield f"version {call.version}"
    for label, moment in (("first seen", call.first_seen), ("last seen", call.last_seen)):
        if moment:
            yield f"{label} {wording.day(moment)} ({wording.ago(moment, now)})"
    if call.opportunity and call.opportunity != call.id:
        yield f"opportunity {line(call.opportunity)}"


def _beginning(body: Sequence[str]) -> Iterator[str]:
    """The first paragraphs of a text, as many as are read on a screen."""
    room = TEXT
    for one in body:
        if room <= 0:
            yield "… the rest is behind the link, and in --json"
            return
        yield shorten(one, room) if len(one) > room else one
        room -= len(one)
