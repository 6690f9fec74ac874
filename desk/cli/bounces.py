"""``bridges bounces``: reads the mailbox in which letters come back."""

from __future__ import annotations

from pathlib import Path

import click

from desk.cli.base import FAILED, Desk, Group, finish, json_option, note, pass_desk
from desk.text import line
from desk.wording import count


@click.group(cls=Group, short_help="Letters that come back.")
def bounces() -> None:
    """Letters that come back, and what follows for the addresses they went to."""


@bounces.command(short_help="Read the mailbox in which letters come back.")
@click.argument("path", type=click.Path(path_type=Path))
@json_option
@pass_desk
def read(desk: Desk, *, path: Path, as_json: bool) -> None:
    """Read the mailbox at PATH (a Maildir, an mbox file, a folder of .eml files) and act on it.

    Letters to a mailbox that does not exist stop, and `doctor` tells you; those that could not be
    delivered for now are held back. Requests of mail programs to unsubscribe are carried out. Only
    reports about letters of ours count. Nothing in the mailbox is changed, and reading it again
    does nothing twice: let your mail server keep it, or fetch it with a program such as mbsync.
    """
    from alerts.bounces import read_mailbox
    from storage.settings import secret_keys

    found = read_mailbox(desk.engine, secret_keys(desk.settings), path, desk.now)
    if as_json:
        from desk.exports.json_lines import dumps

        told = {
            "messages": found.messages,
            "stopped": len(found.stopped),
            "held": len(found.held),
            "left": len(found.left),
            "known": found.known,
            "others": found.others,
            "by_hand": found.by_hand,
            "unreadable": [{"message": name, "reason": why} for name, why in found.unreadable],
        }
        click.echo(dumps(told))
    else:
        click.echo(f"{count(found.messages, 'message')} read, {found.known} known before.")
        click.echo(f"Stopped, the mailbox does not exist: {len(found.stopped)}")
        click.echo(f"Held back for a while: {len(found.held)}")
        click.echo(f"Unsubscribed: {len(found.left)}")
    for name in found.by_hand:
        note(f"Asks to unsubscribe, without our link: {line(name)}; look, then")
        note("  bridges recipients unsubscribe ADDRESS")
    for name, why in found.unreadable:
        note(f"Not understood: {line(name)}: {line(why)}")
    if found.unreadable:
        finish(FAILED)
