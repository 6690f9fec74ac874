"""One round: asks what is due, has it done, and goes on when any of it fails.

Nothing is worked at here: tables are asked in a thread, harvests and steps are child processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa

from alerts import due
from alerts.steps import (
    CHECK,
    LETTERS,
    MATCH,
    SEND,
    STEPS,
    Report,
    Step,
    Tools,
    claimed_soon,
    is_step_due,
)
from storage import harvests, work
from storage.database import reading
from storage.domain import Harvest, Outcome
from storage.errors import BridgesError, Busy, DatabaseUnavailable
from storage.settings import Settings
from storage.work import Work

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Harvests and comparisons that run at the same time."""

PATIENCE = timedelta(minutes=30)
"""How long letters wait for harvests under way; a source that hangs must not hold them for more."""

FRESH_TRIES = 3
"""How often a comparison is tried again before letters go out with the one before."""

EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
"""A clock before this is plainly wrong: computers without a battery begin in 1970."""

HEARTBEAT = "scheduler"
"""The work that says that a scheduler lives."""

T = TypeVar("T")


class Hands(Protocol):
    """Whoever carries out what is due: child processes, in tests this process."""

    async def harvest(self, source: str, now: datetime) -> Harvest: ...

    async def step(self, step: Step, now: datetime) -> Report: ...


@dataclass
class Summary:
    """What one round did: harvests, and the steps that were not idle, by name."""

    harvests: list[Harvest] = field(default_factory=list)
    reports: list[tuple[str, Report]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    database_gone: bool = False

    @property
    def ok(self) -> bool:
        """Whether everything that was due went well."""
        return (
            not self.errors
            and all(one.outcome is Outcome.OK for one in self.harvests)
            and all(one.ok and not one.did.get("not_sent") for _, one in self.reports)
        )


class Rounds:
    """Asks what is due, has it done, and goes on when any of it fails.

    ``clock`` gives the time (aware). ``sources`` are the names of those to harvest. ``steps`` are
    what follows. ``once``: nobody comes back in a minute, so nothing waits for a better moment.
    ``stop`` is set when we are told to stop.
    """

    def __init__(  # noqa: PLR0913 - what it is given is all it has
        self,
        engine: sa.Engine,
        settings: Settings,
        clock: Callable[[], datetime],
        hands: Hands,
        sources: Sequence[str],
        *,
        stop: asyncio.Event,
        steps: Sequence[Step] = STEPS,
        once: bool = False,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._hands = hands
        self._sources = sources
        self._steps = steps
        self._once = once
        self._stop = stop
        self._tools = Tools(engine, settings, clock, gated=not once)
        self._engine = engine
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._at_work: dict[str, asyncio.Task[Harvest | None]] = {}
        self._steps_at_work: set[str] = set()

    async def round(self) -> Summary:
        """Do everything that is due now, once; a failure of one thing stops no other."""
        summary = Summary()
        if self._clock() < EARLIEST:
            summary.errors.append(
                f"the clock says {self._clock():%Y-%m-%d}, which cannot be; set it, or wait until"
                " the network has"
            )
            log.error(summary.errors[0])
            return summary
        await self._guarded("heartbeat", summary, self._beat())
        await self._harvest_due(summary)
        held: bool | None = False
        for step in self._steps:
            if self._stop.is_set():
                break
            if step is LETTERS:
                held = await self._guarded("step letters", summary, self._hold_letters(summary))
            elif step is CHECK and not held:
                # What another one is just writing or sending is not amiss.
                names = [f"step-{LETTERS.name}", f"step-{SEND.name}"]
                others = asyncio.to_thread(self._are_claimed, names)
                held = await self._guarded("step check", summary, others)
            if not (held and step in {LETTERS, CHECK}):
                await self._step(step, summary)
        return summary

    async def post(self) -> Summary:
        """Send what is due although a round takes long, and show that we live."""
        summary = Summary()
        if self._clock() >= EARLIEST:
            await self._guarded("heartbeat", summary, self._beat())
            await self._step(SEND, summary)
        return summary

    def in_hand(self) -> list[asyncio.Task[Harvest | None]]:
        """The harvests that a round did not wait for."""
        return [one for one in self._at_work.values() if not one.done()]

    async def _beat(self) -> None:
        now = self._clock()

        def beat() -> None:
            with self._engine.begin() as connection:
                work.done(connection, HEARTBEAT, now, mark="once" if self._once else "run")

        await asyncio.to_thread(beat)

    async def _harvest_due(self, summary: Summary) -> None:
        """Start the harvests that are due and wait for them, but not for ever."""
        for source in self._sources:
            if source not in self._at_work and not self._stop.is_set():
                self._at_work[source] = asyncio.create_task(self._harvest(source))
        if not self._at_work:
            return
        wait = None if self._once else PATIENCE.total_seconds()
        await asyncio.wait(self._at_work.values(), timeout=wait)
        for source, task in list(self._at_work.items()):
            if task.done():
                del self._at_work[source]
                found = await self._guarded(f"harvest of {source}", summary, task)
                if found is not None:
                    summary.harvests.append(found)

    async def _harvest(self, source: str) -> Harvest | None:
        """Harvest one source if it is due and nobody else is at it."""
        if not await asyncio.to_thread(self._is_harvest_due, source):
            return None
        async with self._slots:
            claim = await asyncio.to_thread(self._claim, f"schedule-{source}")
            if claim is None:
                return None
            try:
                # It may have been harvested while we waited for our turn.
                due_still = await asyncio.to_thread(self._is_harvest_due, source)
                if self._stop.is_set() or not due_still:
                    return None
                log.info("harvest begins", extra={"source": source})
                found = await self._hands.harvest(source, self._clock())
            finally:
                await asyncio.to_thread(claim.close)
        _log_harvest(found)
        return found

    def _claim(self, name: str) -> contextlib.ExitStack | None:
        """Take a piece of work for this program; None when another one has it."""
        held = contextlib.ExitStack()
        try:
            held.enter_context(claimed_soon(self._engine, name, f"another scheduler is at {name}"))
        except Busy:
            return None
        return held

    def _is_harvest_due(self, source: str) -> bool:
        now = self._clock()
        with reading(self._engine) as connection:
            history = harvests.recent(connection, source, 60)
        if due.harvest_from(history, now, due.cadence(self._settings, source)) > now:
            return False
        return not self._are_claimed([f"harvest-{source}"])

    async def _hold_letters(self, summary: Summary) -> bool:
        """Whether letters wait for news that is about to come.

        Another scheduler that harvests or compares now will write them when it has done so; a
        comparison that failed just now is soon tried again, where somebody comes back to do so.
        """
        others = [f"schedule-{one}" for one in self._sources if one not in self._at_work]
        if await asyncio.to_thread(self._are_claimed, others):
            return True
        for step in self._steps:
            if step.name == MATCH.name:
                # What another one has harvested since we compared is to be in the letters.
                await self._step(step, summary)
        if await asyncio.to_thread(self._are_claimed, [f"step-{MATCH.name}"]):
            return True
        if self._once:
            return False
        known = await asyncio.to_thread(self._known_work)
        return 0 < known.get(MATCH.name, Work(MATCH.name)).failures <= FRESH_TRIES

    def _are_claimed(self, names: Iterable[str]) -> bool:
        """Whether another program is at any of these."""
        for name in names:
            claim = self._claim(name)
            if claim is None:
                return True
            claim.close()
        return False

    def _known_work(self) -> Mapping[str, Work]:
        with reading(self._engine) as connection:
            return work.all_work(connection)

    async def _step(self, step: Step, summary: Summary) -> None:
        report = await self._guarded(f"step {step.name}", summary, self._do(step))
        if report is None or report.idle:
            return
        summary.reports.append((step.name, report))
        level = logging.INFO if report.ok else logging.ERROR
        said = f"step {step.name}: {'done' if report.ok else report.reason}"
        log.log(level, said, extra=dict(report.did))

    async def _do(self, step: Step) -> Report | None:
        if step.name in self._steps_at_work:
            return None
        self._steps_at_work.add(step.name)
        try:
            return await self._do_if_due(step)
        finally:
            self._steps_at_work.discard(step.name)

    async def _do_if_due(self, step: Step) -> Report | None:
        if not await asyncio.to_thread(is_step_due, step, self._tools):
            return None
        if not step.heavy:
            return await self._hands.step(step, self._clock())
        async with self._slots:
            if self._stop.is_set():
                return None
            return await self._hands.step(step, self._clock())

    async def _guarded(
        self, about: str, summary: Summary, doing: Coroutine[Any, Any, T] | asyncio.Task[T]
    ) -> T | None:
        """Do something whose failure is told and stops nothing else."""
        try:
            return await doing
        except BridgesError as error:
            log.error("%s: %s", about, error)  # noqa: TRY400  (one line says it)
            summary.errors.append(f"{about}: {error}")
            summary.database_gone |= isinstance(error, DatabaseUnavailable)
        except Exception as error:
            log.exception("%s failed", about)
            summary.errors.append(f"{about}: {error!r}")
        return None


def _log_harvest(one: Harvest) -> None:
    level = logging.INFO if one.outcome is Outcome.OK else logging.WARNING
    figures = {name: getattr(one, name) for name in ("items", "new", "changed", "gone")}
    said = f"harvest {one.outcome}: {one.reason}" if one.reason else f"harvest {one.outcome}"
    log.log(level, said, extra={"source": one.source, **figures})
