"""Goes round and round, or once, for ``bridges run``.

APScheduler only wakes it: what is due, our tables say (``alerts.due``, ``alerts.rounds``).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]
from apscheduler.triggers.interval import IntervalTrigger  # type: ignore[import-untyped]

from alerts.rounds import Rounds, Summary
from storage.settings import Settings

log = logging.getLogger(__name__)

WAKE = timedelta(minutes=1)
"""How often our tables are asked what is due."""

DATABASE_WAITS = (5.0, 15.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds until a database that cannot be used is asked again."""

LEAVING = 8.5
"""Seconds everything in hand may take to end when we are told to stop."""

JUMP = 90.0
"""Seconds a clock may differ from the time that went by before it counts as moved."""


class Scheduler:
    """Repeats rounds until ``stop`` is set, or does one."""

    def __init__(self, rounds: Rounds, stop: asyncio.Event) -> None:
        self._rounds = rounds
        self._stop = stop
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        self._in_vain = 0
        self._quiet_until = 0.0

    async def run(self) -> None:
        """Go round and round until told to stop; then end or hand back what is in hand."""
        scheduler = AsyncIOScheduler(timezone=UTC)
        at_once = {"misfire_grace_time": None, "coalesce": True, "next_run_time": datetime.now(UTC)}
        every = IntervalTrigger(seconds=int(WAKE.total_seconds()), timezone=UTC)
        for name, job in (("round", self._go_round), ("post", self._post)):
            scheduler.add_job(self._start, every, (name, job), id=name, **at_once)
        scheduler.start()
        watch = asyncio.create_task(self._watch_clock(scheduler))
        log.info("started")
        try:
            await self._stop.wait()
        finally:
            watch.cancel()
            scheduler.shutdown(wait=False)
            await self._leave()
            log.info("stopped")

    async def _start(self, name: str, job: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin a job of ours unless its last turn still runs; APScheduler's own could not end."""
        before = self._tasks.get(name)
        if before is None or before.done():
            self._tasks[name] = asyncio.create_task(job())

    async def once(self) -> Summary:
        """One round; where the database cannot be used some more, with longer and longer waits."""
        for wait in (*DATABASE_WAITS, None):
            summary = await self._rounds.round()
            if not summary.database_gone or wait is None or self._stop.is_set():
                break
            log.warning("trying again in %.0f s", wait)
            await wait_or_stop(self._stop, wait)
        # Another one may have been sending when a letter of ours was written.
        summary.reports += (await self._rounds.post()).reports
        await self._leave()
        return summary

    async def _go_round(self) -> None:
        """One round, unless the database could not be used a moment ago."""
        if time.monotonic() < self._quiet_until:
            return
        summary = await self._rounds.round()
        if not summary.database_gone:
            self._in_vain = 0
            return
        wait = DATABASE_WAITS[min(self._in_vain, len(DATABASE_WAITS) - 1)]
        self._in_vain += 1
        self._quiet_until = time.monotonic() + wait
        log.warning("trying again in %.0f s or a little later", wait)

    async def _post(self) -> None:
        """Send what waits, unless the database could not be used a moment ago."""
        if time.monotonic() >= self._quiet_until:
            await self._rounds.post()

    async def _leave(self) -> None:
        """Wait for everything in hand; children are told by the same event to end."""
        tasks = [*self._rounds.in_hand(), *(one for one in self._tasks.values() if not one.done())]
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=LEAVING)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _watch_clock(self, scheduler: AsyncIOScheduler) -> None:
        """Wake up at once when the clock was moved: APScheduler sleeps by it, maybe for a year."""
        offset = time.time() - time.monotonic()
        while True:
            await asyncio.sleep(15)
            moved = time.time() - time.monotonic() - offset
            if abs(moved) > JUMP:
                log.warning("the clock was moved by %+.0f s, or we slept; asking anew", moved)
                offset += moved
                for job in scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))


async def wait_or_stop(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but no longer than until we are told to stop."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


def unknown_sources(settings: Settings, known: Iterable[str]) -> list[str]:
    """Return the names in the setting HARVEST_EVERY that no source has."""
    return sorted(set(settings.harvest_every) - {""} - set(known))
