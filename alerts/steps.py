"""The work between a harvest and a delivered letter, step by step: what is due, and who does it.

Each step asks our tables whether it is due, under a claim, so that two schedulers do it once.
``alerts.deeds`` has the work itself, ``alerts.one_step`` is the child process that does it.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from alerts import due
from alerts.audience import CLOCK_ERROR, Addressee, audience
from storage import figures, work
from storage.claim import claimed
from storage.database import reading
from storage.errors import BridgesError, Busy
from storage.letters import first_and_last
from storage.settings import Settings
from storage.work import Work

if TYPE_CHECKING:
    from alerts.receipt import Source
    from classifier.matching import Means

log = logging.getLogger(__name__)

CLAIM_PATIENCE = 0.5
"""Seconds to wait for work that another program holds."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a step works with.

    ``clock`` gives the time (aware). ``stop`` says whether to leave what can be left. ``gated``:
    digests wait for the morning of their recipients. ``sources`` and ``means`` are the usual ones
    unless a test brings its own.
    """

    engine: sa.Engine
    settings: Settings
    clock: Callable[[], datetime]
    stop: Callable[[], bool] = lambda: False
    gated: bool = False
    means: Means | None = None
    sources: Sequence[Source] | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """How a step went; ``idle`` when it was not due or another program is at it.

    ``mark`` is noted with the work that went well: what it was done on.
    """

    ok: bool = True
    idle: bool = False
    reason: str = ""
    did: Mapping[str, int] = field(default_factory=dict)
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: whether it is due, how it is done, and how long it may take (None: the setting).

    ``heavy`` ones count among the children of which only two run at once.
    """

    name: str
    is_due: Callable[[Tools, sa.Connection], bool]
    run: Callable[[Tools], Report]
    limit: timedelta | None
    heavy: bool = False


def carry_out(step: Step, tools: Tools) -> Report:
    """Do a step if it is due and nobody else is at it, and write down how it went.

    Raises DatabaseUnavailable when not even that can be written.
    """
    refusal = f"another program is at the step {step.name}"
    try:
        with claimed_soon(tools.engine, f"step-{step.name}", refusal):
            return _carry_out(step, tools)
    except Busy:
        return Report(idle=True, reason=refusal)


def _carry_out(step: Step, tools: Tools) -> Report:
    if not is_step_due(step, tools):
        return Report(idle=True)
    now = tools.clock()
    with tools.engine.begin() as connection:
        work.begin(connection, step.name, now)
    try:
        report = step.run(tools)
    except Exception as error:
        plain = str(error) if isinstance(error, BridgesError) else repr(error)
        if not isinstance(error, BridgesError):
            log.exception("the step %s failed", step.name)
        report = Report(ok=False, reason=plain)
    with tools.engine.begin() as connection:
        if report.ok:
            work.done(connection, step.name, tools.clock(), mark=report.mark)
        else:
            work.failed(connection, step.name, report.reason)
    return report


def is_step_due(step: Step, tools: Tools) -> bool:
    """Whether there is anything to do, and it did not fail just now."""
    now = tools.clock()
    with reading(tools.engine) as connection:
        before = work.all_work(connection).get(step.name, Work(step.name))
        return due.step_from(before, now) <= now and step.is_due(tools, connection)


@contextlib.contextmanager
def claimed_soon(engine: sa.Engine, name: str, refusal: str) -> Iterator[None]:
    """Hold a piece of work, or raise Busy.

    It is waited for a moment: another program may hold it only to see whether it is free.
    """
    with claimed(engine, name, patience=CLAIM_PATIENCE, refusal=refusal):
        yield


def _are_calls_new(tools: Tools, connection: sa.Connection) -> bool:  # noqa: ARG001
    """Whether a call has changed since calls were last linked."""
    before = work.all_work(connection).get(LINK.name, Work(LINK.name))
    return before.mark != work.calls_mark(connection)


def to_match(tools: Tools, connection: sa.Connection) -> dict[str, str]:
    marks = {
        name: f"{mark} {tools.settings.model}"
        for name, mark in work.partnership_marks(connection).items()
    }
    known = work.all_work(connection)
    return due.to_match(marks, work.calls_mark(connection), known, tools.clock())


@dataclass(frozen=True, slots=True)
class Turns:
    """Whose digest is to be looked at now, by address key, each with the mark to note then.

    ``mark`` is that of the whole: letters that are no digests may be due when it changes.
    """

    digests: Mapping[str, tuple[Addressee, str]]
    mark: str

    def any(self, before: Work) -> bool:
        return bool(self.digests) or self.mark != before.mark


def turns_now(tools: Tools, connection: sa.Connection) -> Turns:
    now = tools.clock()
    known, calls = work.all_work(connection), work.calls_mark(connection)
    morning = tools.settings.letters_from if tools.gated else None
    everybody, others = audience(connection)
    found: dict[str, tuple[Addressee, str]] = {}
    for one in everybody:
        written = first_and_last(connection, one.key, due.DIGEST, until=now + CLOCK_ERROR)
        if not due.wants_letter(one, written, now, morning):
            continue
        mark = due.letters_mark(one, known, calls, now)
        if known.get(due.letters_name(one.key), Work("")).mark != mark:
            found[one.key] = one, mark
    return Turns(found, due.round_mark(everybody, others, known, calls, now, morning))


def _are_letters_due(tools: Tools, connection: sa.Connection) -> bool:
    before = work.all_work(connection).get(LETTERS.name, Work(LETTERS.name))
    return turns_now(tools, connection).any(before)


def _has_letters_to_send(tools: Tools, connection: sa.Connection) -> bool:
    from alerts.delivery import something_to_send  # noqa: PLC0415  (it loads what writes mail)

    now = tools.clock()
    if not (
        something_to_send(connection, tools.settings, now)
        or figures.has_times_to_mend(connection, now)
    ):
        return False
    before = work.all_work(connection).get(SEND.name, Work(SEND.name))
    return due.may_send(before, figures.newest_letter(connection), now)


def _is_check_due(tools: Tools, connection: sa.Connection) -> bool:
    before = work.all_work(connection).get("check", Work(""))
    return due.is_daily_due(before.done, tools.clock())


def _deed(name: str) -> Callable[[Tools], Report]:
    """The work itself, loaded by whoever does it."""

    def do(tools: Tools) -> Report:
        from alerts import deeds  # noqa: PLC0415

        report: Report = getattr(deeds, name)(tools)
        return report

    return do


_SHORT = timedelta(minutes=15)

LINK = Step("link", _are_calls_new, _deed("link"), timedelta(hours=1), heavy=True)
MATCH = Step("match", lambda *asked: bool(to_match(*asked)), _deed("match"), None, heavy=True)
LETTERS = Step("letters", _are_letters_due, _deed("write_letters"), _SHORT)
SEND = Step("send", _has_letters_to_send, _deed("send"), timedelta(hours=2))
CHECK = Step("check", _is_check_due, _deed("check"), _SHORT)

STEPS: tuple[Step, ...] = (LINK, MATCH, LETTERS, SEND, CHECK, SEND)
"""What follows the harvests, in this order; each is done only when it is due.

It is sent before it is checked, so that nothing is reported that is on its way; what the check
writes is sent after it.
"""

BY_NAME: Mapping[str, Step] = {step.name: step for step in STEPS}
