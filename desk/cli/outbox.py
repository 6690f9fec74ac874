"""``bridges digest outbox`` and ``resume``: what waits and why, and letting it go again."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from types import FrameType
from typing import TYPE_CHECKING

import click

from desk.cli.base import Desk, json_option, note, pass_desk
from desk.text import line
from desk.wording import count, day

if TYPE_CHECKING:
    from storage.holds import Hold
    from storage.letters import Posted

_STATES = ("pending", "sending", "retry", "unconfirmed", "failed", "sent")
_SHOWN = ("pending", "sending", "retry", "unconfirmed", "failed")


@click.command(short_help="The letters that wait or failed, and why.")
@click.option(
    "--state",
    "states",
    type=click.Choice(_STATES),
    multiple=True,
    help="Only letters in this state; may be repeated. Default: all but those that were sent.",
)
@json_option
@pass_desk
def outbox(desk: Desk, *, states: tuple[str, ...], as_json: bool) -> None:
    """Show the letters that are not with their readers yet, and what holds them.

    pending: never tried. sending: a program is at it. retry: tried again at the time shown.
    unconfirmed: it may have arrived; tried again at the time shown, a few times. failed: refused
    for good, with the server's words.
    """
    from storage.holds import active_holds
    from storage.letters import LetterState, list_letters

    with desk.reading() as connection:
        found = list_letters(connection, [LetterState(one) for one in states or _SHOWN])
        holds = list(active_holds(connection).values())
    for one in found:
        if as_json:
            from desk.exports.json_lines import dumps

            click.echo(dumps(_record(one)))
        else:
            due = f"  {_at(one.due)}" if _comes(one) else ""
            letter = one.letter
            click.echo(f"{one.state}  {line(letter.address)}  {line(letter.subject)}{due}")
            if one.reason:
                click.echo(f"      {line(one.reason)}")
    if not found and not as_json:
        click.echo("No letter waits, and none failed.")
    for hold in holds:
        _tell_hold(hold)


@click.command(short_help="Let letters leave again after the outbox stopped.")
@json_option
@pass_desk
def resume(desk: Desk, *, as_json: bool) -> None:
    """Let letters leave again: the emergency brake is released, a server is tried at once.

    What left before is not counted for the brake any more.
    """
    from desk.exports.json_lines import dumps
    from storage.holds import HoldName, active_holds, release
    from storage.sending import try_at_once

    with desk.writing() as connection:
        holds = active_holds(connection)
        for name in HoldName:
            release(connection, name, desk.now)
        if server := holds.get(HoldName.SERVER):
            try_at_once(connection, desk.now, server.since)
    if as_json:
        click.echo(dumps({"released": [hold.reason for hold in holds.values()]}))
        return
    for hold in holds.values():
        click.echo(f"Released: {line(hold.reason)}")
    click.echo("Send what waits: bridges digest send" if holds else "Nothing held the outbox.")


@contextlib.contextmanager
def told_to_end() -> Iterator[Callable[[], bool]]:
    """Give a function that says whether the program was told to end (SIGTERM, Ctrl-C).

    So the letter in hand is given back or finished. Who says it twice ends the program at once.
    """
    told = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def note_it(number: int, _: FrameType | None) -> None:
        told.set()
        signal.signal(number, before[signal.Signals(number)])

    try:
        for number in before:
            signal.signal(number, note_it)
        yield told.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def tell_waiting(desk: Desk) -> bool:
    """Say what did not leave and why; returns whether something needs a person."""
    from storage import sending
    from storage.holds import active_holds
    from storage.letters import LetterState, count_letters

    settings = desk.settings
    only_to = settings.mailable if "://" in settings.mail else None
    with desk.reading() as connection:
        counts = count_letters(connection)
        every = active_holds(connection).values()
        holds = [one for one in every if one.bars(desk.now)]
        barred = 0
        if only_to is not None:
            due = sending.count_waiting(connection, desk.now)
            barred = due - sending.count_waiting(connection, desk.now, only_to=only_to)
        coming = sending.next_due(connection)
    waiting = counts[LetterState.PENDING] + counts[LetterState.RETRY] - barred
    if barred:
        tell_barred(barred)
    for hold in holds:
        _tell_hold(hold)
    if waiting > 0:
        when = f" at {_at(coming)}" if coming and coming > desk.now else ""
        note(f"{count(waiting, 'letter')} will be tried again{when}: bridges digest send")
    if sent := counts[LetterState.SENDING]:
        minutes = round(sending.LEASE.total_seconds() / 60)
        note(
            f"{count(sent, 'letter')} being sent by another program. If that was ended,"
            f" {minutes} minutes after it began: bridges digest send"
        )
    if doubtful := counts[LetterState.UNCONFIRMED]:
        note(f"{count(doubtful, 'letter')} unconfirmed: it is not known whether they arrived.")
        note("  They are sent again by themselves; at once: bridges digest send --again")
    return bool(barred or holds)


def tell_barred(number: int) -> None:
    """Say that letters wait because nobody said that their recipients may get mail."""
    note(f"{count(number, 'letter')} held: BRIDGES_MAIL_TO does not name their recipients.")
    note("  In production: BRIDGES_MAIL_TO=everybody. To try things out, name who may get mail:")
    note("  BRIDGES_MAIL_TO=officer@example.org,@example.net")


def _tell_hold(hold: Hold) -> None:
    note(f"The outbox stands still since {_at(hold.since)}: {line(hold.reason)}")
    if hold.due is None:
        note("  Nothing leaves until you say so: bridges digest resume")
    else:
        note(f"  It is tried again at {_at(hold.due)}; at once: bridges digest resume")


def _at(moment: datetime) -> str:
    return f"{day(moment)} {moment:%H:%M} UTC"


def _comes(one: Posted) -> bool:
    from storage.letters import LetterState
    from storage.sending import RESENDS

    doubtful = one.state is LetterState.UNCONFIRMED and one.doubts <= RESENDS
    return doubtful or one.state is LetterState.RETRY


def _record(one: Posted) -> dict[str, object]:
    return {
        "letter": one.key,
        "recipient": one.letter.address,
        "subject": one.letter.subject,
        "state": one.state.value,
        "since": one.state_at.isoformat(),
        "due": one.due.isoformat() if _comes(one) else None,
        "tries": one.tries,
        "reply": one.reply,
        "reason": one.reason,
        "message_id": one.message_id,
    }
