"""How a rereading of stored calls is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from desk.cli.base import note
from desk.text import line
from desk.wording import count

if TYPE_CHECKING:
    from crawler.reread import Reread

MOST = 20


def tell(done: Reread, *, dry_run: bool, as_json: bool) -> None:
    """Say what was read again and what that changed, or would."""
    if as_json:
        from desk.exports.json_lines import change_json, dumps

        for name, changes in done.changes.items():
            click.echo(dumps({"call": name, "changes": [change_json(one) for one in changes]}))
        for name, why in done.failed.items():
            click.echo(dumps({"call": name, "error": why}))
        return
    for name, why in done.failed.items():
        note(f"{line(name)} could not be read again and stays as it is: {line(why)}")
    would = "would be" if dry_run else "were"
    if not done.total:
        click.echo("Every call was already read by today's readers; nothing to do.")
        return
    click.echo(f"{count(done.total, 'call')} read again; {len(done.changes):,} {would} corrected.")
    from desk.cli.history import change_table
    from desk.cli.terminal import console, text

    screen = console()
    for name, changes in list(done.changes.items())[:MOST]:
        screen.print(text(line(name), "bold"))
        screen.print(change_table(changes))
    if len(done.changes) > MOST:
        click.echo(f"… and {len(done.changes) - MOST:,} more; --json lists them all")
