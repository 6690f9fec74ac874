"""``bridges new-source``: the files of a new source, ready to be filled in."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click

from desk.cli.base import FAILED, Desk, finish, json_option, note, pass_desk
from desk.new_source import KINDS, files
from storage.errors import BridgesError


@click.command("new-source", short_help="Write the files of a new source, ready to be filled in.")
@click.argument("name")
@click.option("--kind", type=click.Choice(list(KINDS)), required=True, help="What kind of site.")
@click.option(
    "--site", metavar="URL", help="The address of the site, as https://funding.example.eu."
)
@click.option("--language", default="en", show_default=True, metavar="CODE", help="ISO 639-1.")
@json_option
@pass_desk
def new_source(
    _desk: Desk, *, name: str, kind: str, site: str | None, language: str, as_json: bool
) -> None:
    """Write the spider of a new source, sample pages for it and its test, and record them.

    Run it in the project's own folder. What it writes runs as it is; docs/new-source.md says how
    to go on from there. Nothing that exists is overwritten.
    """
    here = Path.cwd()
    if not (here / "spiders").is_dir() or not (here / "tests/spiders/record.py").is_file():
        raise BridgesError(
            "this is not the project's folder: go where README.md and spiders/ are, and try again"
        )

    def say(place: str) -> None:
        click.echo(json.dumps({"written": place}) if as_json else place)

    written = files(name, kind, site=site, language=language)
    for place in written:
        if (here / place).exists():
            raise BridgesError(f"{place} is there already; nothing was written")
    for place, words in written.items():
        (here / place).parent.mkdir(parents=True, exist_ok=True)
        (here / place).write_text(words, encoding="utf-8")
        say(place)
    done = subprocess.run(  # noqa: S603  (the project's own module)
        [sys.executable, "-m", "tests.spiders.record", name],
        cwd=here,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        note(done.stderr.strip().rpartition("\n")[2])
        note(f"The files are written, but could not be recorded. Mend that, then run "
             f"`python -m tests.spiders.record {name}`.")  # fmt: skip
        finish(FAILED)
    say(f"tests/cassettes/{name}.yaml")
    say(f"tests/golden/{name}.json")
    note("It runs as it is. Now fill in the form, as docs/new-source.md tells.")
