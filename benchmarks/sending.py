"""The sending half of the benchmark of letters, as a process that knows nothing of digests."""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path

from alerts.delivery import deliver
from benchmarks import NOW, megabytes
from storage.database import open_database
from storage.letters import LetterState
from storage.settings import Settings

CONTACT = "office@bridges.example.org"
LATER = NOW + timedelta(days=7)
"""After every letter of the benchmark was written."""


def settings(port: int) -> Settings:
    return Settings(
        base_url="https://bridges.example.org",
        contact=CONTACT,
        mail=f"smtp://127.0.0.1:{port}",
        mail_to="everybody",
        letters_per_hour=1_000_000,
        letters_per_minute=1_000_000,
    )


def send(url: str, port: int, count: int) -> None:
    """Hand letters over until ``count`` are; tells how many, and in how many busy seconds."""
    engine = open_database(url)
    sent, busy = 0, 0.0
    while sent < count:
        began = time.perf_counter()
        tried = deliver(engine, settings(port), LATER)
        assert {one.fate.state for one in tried} <= {LetterState.SENT}
        sent += len(tried)
        if tried:
            busy += time.perf_counter() - began
        else:
            time.sleep(0.1)
    print(json.dumps([sent, busy, peak()]))
    engine.dispose()


def peak() -> float:
    """The most memory this process has used, in MB; on Linux without what its parent had."""
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"VmHWM:\s*(\d+) kB", status.read_text())):
        return int(found[1]) / 1024
    return megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    send(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
