"""``bridges run``: harvest, compare, write and send, each when it is due."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from desk.cli.base import FAILED, Desk, finish, json_option, note, pass_desk
from desk.cli.crawl import at_option, elsewhere_of
from desk.text import line
from desk.wording import count
from storage.errors import BadSetting, DatabaseUnavailable, nearest

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from alerts.rounds import Summary
    from storage.settings import Settings


@click.command(short_help="Harvest, compare, write and send, each when it is due.")
@click.option("--once", is_flag=True, help="Do what is due now, once, and end; for cron.")
@at_option
@json_option
@pass_desk
def run(desk: Desk, *, once: bool, elsewhere: Sequence[str], as_json: bool) -> None:
    """Harvest sources, find matches, write digests and send them, each when it is due.

    It goes on until it is told to stop (Ctrl-C, or SIGTERM), and then ends within ten seconds.
    What is due is read from the database: after a cut of power it goes on where it was, and two
    at once do nothing twice. With --once it does what is due now and ends: with 1 if something
    failed or is degraded, and what could be done was done and kept.
    """
    from alerts.journal import log_to_stderr
    from alerts.scheduler import unknown_sources
    from crawler.harvest import spider_names

    known = spider_names()
    if unknown := unknown_sources(desk.settings, known):
        near = nearest(unknown[0], known) or known
        raise BadSetting(
            f"BRIDGES_HARVEST_EVERY names {line(unknown[0])}, which is no source;"
            f" nearest: {', '.join(near)}"
        )
    addresses = elsewhere_of(elsewhere, known)
    log_to_stderr(desk.settings.log)
    usable = spider_names(usable=True)
    summary = asyncio.run(_run(desk.settings, _clock(desk), usable, addresses, once=once))
    if summary is not None:
        _tell(summary, as_json=as_json)
        if not summary.ok:
            finish(FAILED)


def _clock(desk: Desk) -> Callable[[], datetime]:
    """The clock, or a stated moment from which time goes by."""
    if desk.stated_now is None:
        return lambda: datetime.now(UTC)
    stated, began = desk.now, time.monotonic()
    return lambda: stated + timedelta(seconds=time.monotonic() - began)


async def _run(
    settings: Settings,
    clock: Callable[[], datetime],
    sources: Sequence[str],
    elsewhere: Mapping[str, str],
    *,
    once: bool,
) -> Summary | None:
    from alerts.children import Children
    from alerts.rounds import Rounds
    from alerts.scheduler import Scheduler
    from desk.web.monitor import monitored

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    engine = await _opened(settings, stop)
    if engine is None:
        return None
    try:
        hands = Children(settings, stop, elsewhere=elsewhere, gated=not once)
        rounds = Rounds(engine, settings, clock, hands, sources, stop=stop, once=once)
        scheduler = Scheduler(rounds, stop)
        if once:
            return await scheduler.once()
        async with monitored(engine, clock, settings.operator_port):
            await scheduler.run()
    finally:
        engine.dispose()
    return None


async def _opened(settings: Settings, stop: asyncio.Event) -> Engine | None:
    """The database; after a cut of power its server may come up later than we do."""
    from alerts.scheduler import DATABASE_WAITS, wait_or_stop
    from storage.database import open_database

    for wait in (*DATABASE_WAITS, None):
        try:
            return await asyncio.to_thread(open_database, settings.database_url)
        except DatabaseUnavailable as error:
            if wait is None:
                raise
            note(f"{error}; trying again in {wait:.0f} s")
        await wait_or_stop(stop, wait)
        if stop.is_set():
            break
    return None


def _tell(summary: Summary, *, as_json: bool) -> None:
    """Say what was done, on stdout; the log has the rest."""
    from desk.exports.json_lines import dumps
    from desk.harvest_words import harvest_json, sentence

    if as_json:
        for harvest in summary.harvests:
            click.echo(dumps(harvest_json(harvest)))
        for name, report in summary.reports:
            step = {"step": name, "ok": report.ok, "did": report.did, "reason": report.reason}
            click.echo(dumps(step))
        for error in summary.errors:
            click.echo(dumps({"error": error}))
        return

    for harvest in summary.harvests:
        click.echo(f"{harvest.source}  {sentence(harvest)}")
    for name, report in summary.reports:
        did = ", ".join(f"{number} {what.replace('_', ' ')}" for what, number in report.did.items())
        click.echo(f"{name}  {did or 'done'}" if report.ok else f"{name}  failed: {report.reason}")
    for error in summary.errors:
        click.echo(line(error))
    if not (summary.harvests or summary.reports or summary.errors):
        click.echo("Nothing is due.")
    if summary.harvests and not summary.ok:
        note(f"{count(len(summary.harvests), 'harvest')}; look with: bridges sources")
