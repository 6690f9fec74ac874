"""``bridges doctor``: is everything well, and what to do if not."""

from __future__ import annotations

import click

from desk.cli.base import FAILED, Desk, finish, json_option, pass_desk
from desk.text import line

STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


@click.command(short_help="Is everything well, and what to do if not.")
@json_option
@pass_desk
def doctor(desk: Desk, *, as_json: bool) -> None:
    """Look at settings, database, disk, sources, encoder and mail; say what to do.

    Ends with 1 if anything fails; a warning alone does not.
    """
    from desk.check import State
    from desk.checks import everything

    checks = []
    for check in everything(desk.now):
        checks.append(check)
        if as_json:
            from desk.exports.json_lines import dumps

            told = {"check": check.about, "state": check.state.value}
            click.echo(dumps({**told, "said": check.said, "do": check.do}))
    if not as_json:
        from desk.cli.terminal import console, grid, text

        table = grid("", "About", "How it is")
        table.show_header = False
        table.columns[0].no_wrap = table.columns[1].no_wrap = True
        for check in checks:
            said = text(line(check.said))
            if check.do:
                said.append(f"\n→ {line(check.do)}", "italic")
            state = text(check.state.value, STYLES[check.state])
            table.add_row(state, text(check.about), said)
        console().print(table)
    if any(check.state is State.FAIL for check in checks):
        finish(FAILED)
