"""Child processes of the scheduler: started, listened to, and ended when over their time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from alerts.steps import Report, Step
from crawler import harvest
from crawler.harvest import HOUSE, Order, event_of
from storage.domain import Harvest
from storage.settings import Settings

STEP = (sys.executable, "-P", "-m", "alerts.one_step")
"""What a child for a step runs; without -P, a folder ``alerts`` where we are would be ours."""

OWN_LIMIT = 0.75
"""Part of its time after which a harvest ends by itself, with what it has in order."""

HURRY = 7.0
"""Seconds a child may take to leave when we are told to stop: we have ten, and write after it."""

GRACE = 60.0
"""The same when its time is over; longer than a page may take, so that it can finish one."""

_LINE = 1 << 20
"""Bytes of the longest line a child may tell."""


@dataclass(slots=True)
class Ended:
    """How a child ended: its exit code, the last event of each kind, and whether it was late."""

    code: int
    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    late: bool = False


class Children:
    """Carries out harvests and steps in child processes; ``stop`` ends all of them."""

    def __init__(
        self,
        settings: Settings,
        stop: asyncio.Event,
        *,
        elsewhere: Mapping[str, str] | None = None,
        gated: bool,
    ) -> None:
        self._settings = settings
        self._stop = stop
        self._elsewhere = elsewhere or {}
        self._gated = gated

    async def harvest(self, source: str, now: datetime) -> Harvest:
        """Harvest a source and return what was stored of it."""
        settings = self._settings
        order = Order(
            source,
            database_url=settings.database_url,
            now=now,
            contact=settings.contact,
            at=self._elsewhere.get(source),
            documents=settings.documents,
            memory=settings.harvest_memory << 20,
            seconds=int(settings.harvest_limit.total_seconds() * OWN_LIMIT),
        )
        ended = await run_child(
            harvest.CHILD, order.line(), settings.harvest_limit, self._stop, order.environment()
        )
        return await asyncio.to_thread(order.settle, ended.told, ended.code)

    async def step(self, step: Step, now: datetime) -> Report:
        """Carry out one step."""
        settings = self._settings
        said = {
            "step": step.name,
            "settings": settings.model_dump(mode="json"),
            "now": now.isoformat(),
            "gated": self._gated,
        }
        limit = step.limit or settings.match_limit
        path = os.pathsep.join(filter(None, [HOUSE, os.environ.get("PYTHONPATH")]))
        ended = await run_child(
            STEP, json.dumps(said) + "\n", limit, self._stop, {**os.environ, "PYTHONPATH": path}
        )
        report = ended.told.get("report")
        if report is None and self._stop.is_set():
            return Report(idle=True, reason="told to stop; it goes on from there next time")
        if report is None:
            return Report(ok=False, reason=_how(step, ended, limit))
        return Report(report["ok"], report["idle"], report["reason"], report["did"])


async def run_child(
    command: Sequence[str],
    order: str,
    limit: timedelta,
    stop: asyncio.Event,
    environment: Mapping[str, str],
) -> Ended:
    """Start a child, hand it its order and listen until it has ended.

    It is asked to end when ``limit`` is over or ``stop`` is set, and killed when it does not; so
    is everything it started in its own process group.
    """
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment,
        start_new_session=True,
        limit=_LINE,
    )
    ended = Ended(0)
    listening = asyncio.create_task(_listen(child, order, ended.told))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait(
            {listening, stopping},
            timeout=limit.total_seconds(),
            return_when=asyncio.FIRST_COMPLETED,
        )
        if not listening.done():
            ended.late = not stop.is_set()
            _signal(child, signal.SIGTERM)
            grace = GRACE if ended.late else HURRY
            await _first(listening, stopping if ended.late else None, grace)
            if not listening.done() and ended.late and stop.is_set():
                await _first(listening, None, HURRY)
    finally:
        stopping.cancel()
        _signal(child, signal.SIGKILL)  # also when whoever waits for us is cancelled
        ended.code = await child.wait()
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
    return ended


async def _first(
    listening: asyncio.Task[None], stopping: asyncio.Task[Any] | None, wait: float
) -> None:
    tasks: set[asyncio.Task[Any]] = {listening}
    if stopping is not None:
        tasks.add(stopping)
    await asyncio.wait(tasks, timeout=wait, return_when=asyncio.FIRST_COMPLETED)


async def _listen(
    child: asyncio.subprocess.Process, order: str, told: dict[str, dict[str, Any]]
) -> None:
    """Take in what the child tells until it has ended."""
    assert child.stdin is not None  # noqa: S101  (asked for)
    assert child.stdout is not None  # noqa: S101
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # its exit code says why
        child.stdin.write(order.encode())
        await child.stdin.drain()  # left open: when it ends, the child knows that it is alone
    while line := await child.stdout.readline():
        if (event := event_of(line.decode("utf-8", "replace"))) is not None:
            told[event["event"]] = event
    await child.wait()


def _signal(child: asyncio.subprocess.Process, sign: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # it ended just now
        if child.returncode is None:
            os.killpg(child.pid, sign)


def _how(step: Step, ended: Ended, limit: timedelta) -> str:
    if ended.late:
        return f"the step {step.name} took longer than {limit} and was ended"
    if ended.code < 0:
        how = f"killed by {signal.Signals(-ended.code).name}"
        if ended.code == -signal.SIGKILL:
            how += ": out of memory?"
    else:
        how = f"exit code {ended.code}"
    return f"the step {step.name} ended early ({how})"
