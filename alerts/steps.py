"""The work between a harvest and a delivered letter, step by step; and the child that does one.

Each step asks our tables whether it is due, under a claim, so that two schedulers do it once.
``python -m alerts.steps`` carries out one step from stdin (``alerts.children`` starts it).
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import FrameType

import sqlalchemy as sa

from alerts import due
from alerts.audience import Addressee, audience
from alerts.digest import KIND
from alerts.journal import log_to_stderr
from alerts.outbox import BEING_WRITTEN, CLOCK_ERROR, build_due, deliver
from alerts.receipt import Source
from alerts.selfcheck import check
from classifier.matching import USUAL, Means, run_matching
from storage import figures, work
from storage.claim import claimed
from storage.database import open_database, reading
from storage.errors import BridgesError, Busy
from storage.letters import LetterState, first_and_last
from storage.settings import Settings
from storage.work import Work

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
    means: Means = USUAL
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


def _to_match(tools: Tools, connection: sa.Connection) -> dict[str, str]:
    marks = {
        name: f"{mark} {tools.settings.model}"
        for name, mark in work.partnership_marks(connection).items()
    }
    known = work.all_work(connection)
    return due.to_match(marks, work.calls_mark(connection), known, tools.clock())


def _match(tools: Tools) -> Report:
    with reading(tools.engine) as connection:
        wanted = _to_match(tools, connection)
        every = work.partnership_marks(connection)
    only = None if len(wanted) == len(every) else sorted(wanted)
    outcomes = run_matching(tools.engine, tools.clock(), only, means=tools.means)
    with tools.engine.begin() as connection:
        for name, mark in wanted.items():
            work.done(connection, due.match_name(name), tools.clock(), mark=mark)
    found = sum(one.run.matched for one in outcomes)
    return Report(did={"partnerships": len(outcomes), "matches": found})


@dataclass(frozen=True, slots=True)
class _Turns:
    """Whose digest is to be looked at now, by address key, each with the mark to note then.

    ``mark`` is that of the whole: letters that are no digests may be due when it changes.
    """

    digests: Mapping[str, tuple[Addressee, str]]
    mark: str

    def any(self, before: Work) -> bool:
        return bool(self.digests) or self.mark != before.mark


def _turns(tools: Tools, connection: sa.Connection) -> _Turns:
    now = tools.clock()
    known, calls = work.all_work(connection), work.calls_mark(connection)
    morning = tools.settings.letters_from if tools.gated else None
    everybody, others = audience(connection)
    found: dict[str, tuple[Addressee, str]] = {}
    for one in everybody:
        written = first_and_last(connection, one.key, KIND, until=now + CLOCK_ERROR)
        if not due.wants_letter(one, written, now, morning):
            continue
        mark = due.letters_mark(one, known, calls, now)
        if known.get(due.letters_name(one.key), Work("")).mark != mark:
            found[one.key] = one, mark
    return _Turns(found, due.round_mark(everybody, others, known, calls, now, morning))


def _are_letters_due(tools: Tools, connection: sa.Connection) -> bool:
    before = work.all_work(connection).get(LETTERS.name, Work(LETTERS.name))
    return _turns(tools, connection).any(before)


def _letters(tools: Tools) -> Report:
    now = tools.clock()
    with reading(tools.engine) as connection:
        turns = _turns(tools, connection)
    built = build_due(
        tools.engine,
        tools.settings,
        now,
        known_sources=tools.sources,
        turn=lambda one, _written, _now: one.key in turns.digests,
    )
    again = {one.address for one in built.failed}
    again |= {one.address for one in built.skipped if one.why == BEING_WRITTEN}
    with tools.engine.begin() as connection:
        for key, (one, mark) in turns.digests.items():
            if one.recipient.email not in again:
                work.done(connection, due.letters_name(key), now, mark=mark)
        _forget(connection)
    did = {"letters": len(built.written)}
    if built.failed:
        reason = f"{len(built.failed)} letters could not be written: {built.failed[0].why}"
        return Report(ok=False, reason=reason, did=did)
    return Report(did=did, mark=turns.mark)


def _forget(connection: sa.Connection) -> None:
    """Remove the marks of partnerships and addresses that are gone."""
    known = work.all_work(connection)
    partnerships = work.partnership_marks(connection)
    keys = [one.key for one in audience(connection)[0]]
    work.forget(connection, due.stale_names(known, partnerships, keys))


def _has_letters_to_send(tools: Tools, connection: sa.Connection) -> bool:
    return figures.has_letters_to_send(connection, tools.clock())


def _send(tools: Tools) -> Report:
    with tools.engine.begin() as connection:
        if mended := figures.mend_times(connection, tools.clock()):
            log.warning("%s letters were put off by a clock that was wrong; they go now", mended)
    tried = deliver(tools.engine, tools.settings, tools.clock(), ending=tools.stop)
    sent = sum(one.fate.state is LetterState.SENT for one in tried)
    for one in tried:
        if one.fate.state is not LetterState.SENT:
            reason = one.fate.reason.replace(one.posted.letter.address, "the address")
            log.warning("letter %s: %s: %s", one.posted.id, one.fate.state.value, reason)
    return Report(did={"sent": sent, "not_sent": len(tried) - sent})


def _is_check_due(tools: Tools, connection: sa.Connection) -> bool:
    before = work.all_work(connection).get("check", Work(""))
    return due.is_daily_due(before.done, tools.clock())


def _check(tools: Tools) -> Report:
    checked = check(tools.engine, tools.settings, tools.clock(), known_sources=tools.sources)
    return Report(did={"found": checked.found, "mended": checked.mended, "open": checked.open})


_SHORT = timedelta(minutes=15)

MATCH = Step("match", lambda tools, asked: bool(_to_match(tools, asked)), _match, None, heavy=True)
LETTERS = Step("letters", _are_letters_due, _letters, _SHORT)
SEND = Step("send", _has_letters_to_send, _send, timedelta(hours=2))
CHECK = Step("check", _is_check_due, _check, _SHORT)

STEPS: tuple[Step, ...] = (MATCH, LETTERS, SEND, CHECK, SEND)
"""What follows the harvests, in this order; each is done only when it is due.

It is sent before it is checked, so that nothing is reported that is on its way; what the check
writes is sent after it.
"""

BY_NAME: Mapping[str, Step] = {step.name: step for step in STEPS}


def main() -> int:
    """Carry out one step from stdin; tell on stdout how it went, log on stderr."""
    order = json.loads(sys.stdin.readline())
    told, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no message to the parent
    settings = Settings(**order["settings"])
    log_to_stderr(settings.log)
    stop = threading.Event()

    def leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        if order["step"] != "send" or stop.is_set():
            raise SystemExit(128 + signal.SIGTERM)
        stop.set()  # the letter in hand is finished first

    signal.signal(signal.SIGTERM, leave)
    threading.Thread(target=_stop_when_alone, daemon=True).start()
    _limit_memory(settings.match_memory)
    began, now = time.monotonic(), datetime.fromisoformat(order["now"])

    def clock() -> datetime:
        return now + timedelta(seconds=time.monotonic() - began)

    try:
        engine = open_database(settings.database_url)
        tools = Tools(engine, settings, clock, stop.is_set, gated=order["gated"])
        report = carry_out(BY_NAME[order["step"]], tools)
    except BridgesError as error:
        report = Report(ok=False, reason=str(error))
    event = {"ok": report.ok, "idle": report.idle, "reason": report.reason, "did": report.did}
    told.write(json.dumps({"event": "report"} | event) + "\n")
    told.flush()
    return 0 if report.ok else 1


def _stop_when_alone() -> None:
    """End when the parent is gone: whoever starts it anew must not find us at the same work."""
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _limit_memory(megabytes: int) -> None:
    """Let this process fail for want of memory before the machine does."""
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = megabytes << 20
    allowed = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    with contextlib.suppress(OSError, ValueError):  # a system that knows no such limit
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, most))


if __name__ == "__main__":
    sys.exit(main())
