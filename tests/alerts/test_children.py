"""Children of the scheduler: what they tell is heard, and none outlives its time."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts import children
from alerts.children import Children, Ended, run_child
from alerts.steps import CHECK, Report
from storage.settings import Settings

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
LONG = timedelta(minutes=1)
SHORT = timedelta(seconds=0.5)

TELLS = 'import sys; print(\'{"event": "heard", "order": "%s"}\' % sys.stdin.readline().strip())'
DEAF = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print('{"event": "other", "pid": %d}' % other.pid, flush=True)
time.sleep(60)
"""
OBEDIENT = """
import signal, sys, time
def leave(*_):
    print('{"event": "left"}', flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print('{"event": "ready"}', flush=True)
time.sleep(60)
"""


def run(code: str, limit: timedelta = LONG, stop_after: float | None = None) -> Ended:
    async def go() -> Ended:
        stop = asyncio.Event()
        if stop_after is not None:
            asyncio.get_running_loop().call_later(stop_after, stop.set)
        command = (sys.executable, "-c", code)
        return await run_child(command, "do it\n", limit, stop, os.environ)

    return asyncio.run(go())


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that is dead and not yet fetched does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_it_gets_its_order_and_is_heard() -> None:
    ended = run(TELLS)
    assert ended.code == 0
    assert ended.told["heard"]["order"] == "do it"
    assert not ended.late


def test_one_that_is_late_and_deaf_is_killed_with_all_it_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(children, "GRACE", 0.5)
    ended = run(DEAF, timedelta(seconds=2))
    assert ended.late
    assert ended.code == -9
    deadline = time.monotonic() + 10
    while is_alive(ended.told["other"]["pid"]):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_one_that_is_told_to_stop_may_finish_its_sentence() -> None:
    ended = run(OBEDIENT, stop_after=2.0)
    assert ended.code == 0
    assert "left" in ended.told
    assert not ended.late


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise SystemExit(3)", "ended early (exit code 3)"),
        ("import os; os.kill(os.getpid(), 9)", "killed by SIGKILL: out of memory?"),
        ("import time; time.sleep(60)", "took longer than"),
    ],
)
def test_a_step_whose_child_says_nothing_has_failed(
    code: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "STEP", (sys.executable, "-c", code))
    step = CHECK if "sleep" not in code else children.Step("check", CHECK.is_due, CHECK.run, SHORT)

    async def go() -> Report:
        hands = Children(Settings(database_url="sqlite://"), asyncio.Event(), gated=False)
        return await hands.step(step, NOW)

    report = asyncio.run(go())
    assert not report.ok
    assert said in report.reason
