"""The child process that carries out one step: its order comes on stdin, its report on stdout."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
import threading
import time
from datetime import datetime, timedelta
from types import FrameType

from alerts.journal import log_to_stderr
from alerts.steps import BY_NAME, Report, Tools, carry_out
from storage.database import open_database
from storage.errors import BridgesError
from storage.settings import Settings


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
