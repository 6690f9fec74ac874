"""The command line: ``bridges`` and all its commands."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path

import click

from desk.cli.base import Desk, Program
from desk.cli.bounces import bounces
from desk.cli.calls import calls
from desk.cli.crawl import crawl
from desk.cli.demo import demo
from desk.cli.digest import digest
from desk.cli.doctor import doctor
from desk.cli.explain import explain
from desk.cli.match import match
from desk.cli.new_source import new_source
from desk.cli.options import Moment
from desk.cli.partnerships import partnerships
from desk.cli.read import read
from desk.cli.recipients import recipients
from desk.cli.run import run
from desk.cli.safekeeping import backup, restore
from desk.cli.serve import serve
from desk.cli.sources import sources


def _say_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001
    if not wanted or ctx.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        number = version("bridges-of-trust")
    except PackageNotFoundError:
        number = "(run from its source folder)"
    click.echo(f"bridges {number}")
    ctx.exit()


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--now",
    type=Moment(),
    metavar="MOMENT",
    help="Answer as if it were this moment, as in 2026-12-01T09:00+02:00.",
)
@click.option("--debug", is_flag=True, help="Show the traceback when something fails.")
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_say_version,
    help="Say which version this is.",
)
@click.pass_context
def program(ctx: click.Context, *, now: datetime | None, debug: bool) -> None:
    """Find calls that Ukrainian towns and their EU partner towns can apply to together.

    Answers go to standard output, progress and notes to standard error. Exit code 0: all is well;
    1: something failed or is degraded, and what could be done was done and kept; 2: wrong usage.

    New here? Type `bridges demo`: it needs no network and no set-up.
    """
    ctx.obj = Desk(stated_now=now, debug=debug)


for _command in (
    demo, crawl, sources, calls, read, partnerships, match, explain, digest, recipients,
    bounces, serve, run, doctor, backup, restore, new_source,
):  # fmt: skip
    program.add_command(_command)


def main() -> None:
    """Run the program; what stdout cannot write in its encoding is escaped, never an error."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    program(prog_name="bridges")
