"""``bridges calls``: find, show, import, export, reread and link them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from desk.cli.base import FAILED, Desk, Group, finish, json_option, note, pass_desk
from desk.cli.find import find
from desk.cli.link import link, merge, split
from desk.cli.show import show
from desk.cli.terminal import progress
from desk.text import line
from desk.wording import count, size

if TYPE_CHECKING:
    from storage.files import ImportReport

MANY = 20
"""Problems told one by one; a file that is wrong throughout need not be told a thousand times."""


@click.group(cls=Group, short_help="Find, show, import, export, reread and link them.")
def calls() -> None:
    """Find, show, import and export calls; read their words again; say which are one."""


calls.add_command(find)
calls.add_command(show)


@calls.command("import", short_help="Take in calls, one JSON object a line.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@json_option
@pass_desk
def import_(desk: Desk, *, files: Sequence[Path], as_json: bool) -> None:
    """Take in calls from FILE…, one JSON object a line.

    An absent field leaves the stored value, null clears it. Deadlines, conditions and money that
    no line has mentioned are read from the text of the call. Good lines are kept; bad ones are
    named by file, line and field, and the exit code is 1.
    """
    from crawler.imported import RecordReader
    from storage.exchange import import_calls

    with progress("Importing calls") as advance:
        report = import_calls(
            desk.engine,
            [Path("/dev/stdin") if str(file) == "-" else file for file in files],
            desk.now,
            lambda done, total: advance(done, total, f"{size(done)} of {size(total)}"),
            RecordReader(),
        )
    if report.read:
        report.notes.append(
            f"{count(report.read, 'call')}: what the file does not mention (deadlines, conditions, "
            "money) was read from the text"
        )
    tell_import(report, "call", as_json=as_json)


def tell_import(report: ImportReport, noun: str, *, as_json: bool) -> None:
    """Say what an import did; ends with 1 if anything was left out."""
    left_out = len(report.problems)
    counts = {"new": report.new, "changed": report.changed, "unchanged": report.unchanged}
    if as_json:
        from dataclasses import asdict

        from desk.exports.json_lines import dumps

        problems = [asdict(one) for one in report.problems]
        click.echo(dumps({**counts, "notes": report.notes, "problems": problems}))
    else:
        told = ", ".join(f"{number:,} {name}" for name, number in counts.items())
        kept = count(sum(counts.values()), noun)
        click.echo(f"{kept}: {told}" + (f"; {left_out:,} left out" if left_out else ""))
    for one in report.notes:
        note(one)
    tell_problems(report.problems)
    if report.problems:
        finish(FAILED)


def tell_problems(problems: Sequence[object]) -> None:
    """List what is wrong in a file on stderr, one a line."""
    for problem in problems[:MANY]:
        note(str(problem))
    if len(problems) > MANY:
        note(f"… and {count(len(problems) - MANY, 'more problem')}; --json lists them all")


@calls.command(short_help="Write every call to a file.")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_desk
def export(desk: Desk, *, file: Path, as_json: bool) -> None:
    """Write every call of every status to FILE, one JSON object a line (- for stdout).

    Imported elsewhere, the file gives the same calls again.
    """
    from storage.exchange import export_calls, exported_lines

    with desk.reading() as connection:
        if str(file) == "-":
            for one in exported_lines(connection):
                sys.stdout.write(one)
            return
        number = export_calls(connection, file)
    if as_json:
        from desk.exports.json_lines import dumps

        click.echo(dumps({"file": str(file), "calls": number}))
    else:
        click.echo(f"{count(number, 'call')} written to {line(str(file))}")


@calls.command(short_help="Read the stored words again, without a visit.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@json_option
@pass_desk
def reread(desk: Desk, *, dry_run: bool, as_json: bool) -> None:
    """Read the stored words of every call again with today's readers, without any visit.

    What is then understood better is kept as our correction, never as news from the source.
    """
    from crawler.reread import reread as read_again
    from desk.cli.reread import tell

    with progress("Reading again") as advance:
        done = read_again(
            desk.engine,
            desk.now,
            dry_run=dry_run,
            progress=lambda number: advance(number, None, count(number, "call")),
        )
    tell(done, dry_run=dry_run, as_json=as_json)
    if done.failed:
        finish(FAILED)


calls.add_command(link)
calls.add_command(merge)
calls.add_command(split)
