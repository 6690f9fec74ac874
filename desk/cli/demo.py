"""``bridges demo``: the whole way of a call on this computer, with an invented site."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from desk.cli.base import FAILED, Desk, finish, json_option, pass_desk
from storage.domain import Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from classifier.outcomes import Outcome as Matched
    from storage.domain import Harvest

SOURCE = "eu_portal"
DATABASE = "bridges.db"


@click.command(short_help="Try it all on an invented site; no network, no set-up.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo-out"),
    show_default=True,
    help="The folder for the database and the files of the demonstration.",
)
@json_option
@pass_desk
def demo(desk: Desk, *, out: Path, as_json: bool) -> None:
    """Harvest the bundled sample site and show what was read; needs no network and no set-up.

    Every call in it is invented. Your own database is left alone.
    """
    from storage.database import open_database

    out.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{(out / DATABASE).resolve()}"
    harvest = _harvest(desk, url)
    engine = open_database(url)
    try:
        _import_partnerships(engine, desk)
        outcomes = _match(engine, desk)
        written = _write_letters(engine, desk, out) | _write_files(engine, desk, out)
        if as_json:
            _as_json(harvest, url, written)
        else:
            from desk.cli.demo_story import tell

            tell(engine, harvest, desk, outcomes, url=url, written=written)
    finally:
        engine.dispose()
    if harvest.outcome is not Outcome.OK:
        finish(FAILED)


def _harvest(desk: Desk, url: str) -> Harvest:
    """Serve the sample site on this computer and harvest it as any other."""
    from crawler.harvest import run
    from desk.cli.terminal import progress
    from desk.demo.guidelines import guidelines
    from desk.demo.portal import PortalSite
    from desk.demo.portal_records import records

    site = PortalSite(records(desk.now), files=guidelines(desk.now))
    with progress("Harvesting the sample site"), site.serve() as address:
        return run(
            SOURCE,
            database_url=url,
            contact="demonstration@example.org",
            now=desk.now,
            at=address,
        )


def _import_partnerships(engine: Engine, desk: Desk) -> None:
    from storage.partnerships import import_partnerships

    with as_file(files("desk.demo").joinpath("partnerships.yaml")) as sample:
        report = import_partnerships(engine, [sample], desk.now)
    if report.problems:
        raise RuntimeError(str(report.problems[0]))


def _match(engine: Engine, desk: Desk) -> Sequence[Matched]:
    """Compare the sample partnerships with every call, by the bundled language models."""
    from classifier.matching import run_matching
    from desk.cli.means import reading_means
    from desk.cli.terminal import progress

    with progress("Comparing the calls with three partnerships") as advance:
        return run_matching(engine, desk.now, means=reading_means(desk, advance))


def _write_letters(engine: Engine, desk: Desk, out: Path) -> dict[str, Path]:
    """Write the digests that are due and deliver them into a folder, as files to open."""
    from alerts.outbox import build_due, deliver
    from alerts.receipt import sources

    folder = out / "letters"
    settings = desk.settings.model_copy(update={"mail": str(folder.resolve())})
    visited = [one for one in sources() if one.name == SOURCE]
    build_due(engine, settings, desk.now, known_sources=visited)
    deliver(engine, settings, desk.now)
    return {f"the letter to {_to(path)}": path for path in sorted(folder.glob("*.eml"))}


def _to(letter: Path) -> str:
    from email import message_from_bytes
    from email.policy import default

    return str(message_from_bytes(letter.read_bytes(), policy=default)["To"])


def _write_files(engine: Engine, desk: Desk, out: Path) -> dict[str, Path]:
    """Write the open calls in the forms that officers take away; returns them by what they are."""
    from desk.exports.calendar import to_ics
    from desk.exports.spreadsheet import to_xlsx
    from storage.database import reading
    from storage.exchange import export_calls
    from storage.query import CallQuery

    query = CallQuery(status=(Status.OPEN,), limit=0)
    written = {
        "the open calls for Excel": out / "open-calls.xlsx",
        "their deadlines for your calendar": out / "deadlines.ics",
        "everything, for another program": out / "calls.ndjson",
    }
    workbook, calendar, exchange = written.values()
    with reading(engine) as connection:
        calls = query.find(connection, desk.now)
        workbook.write_bytes(to_xlsx(calls, desk.now))
        calendar.write_bytes(to_ics(calls, desk.now, query.sentence()))
        export_calls(connection, exchange)
    return written


def _as_json(harvest: Harvest, url: str, written: dict[str, Path]) -> None:
    from desk.exports.json_lines import dumps
    from desk.harvest_words import harvest_json

    told: dict[str, Any] = {
        "harvest": harvest_json(harvest),
        "database_url": url,
        "files": [str(path) for path in written.values()],
    }
    click.echo(dumps(told))
