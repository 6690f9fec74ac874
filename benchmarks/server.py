"""CPU time of this process and of PostgreSQL's processes that work for it.

Linux counts in nanoseconds how long a process was on a processor. A command's connection has a
process of its own on the server: it is counted from its birth until the connection is closed, which
is as long as the command waits for it, and the postmaster, which bears it, is counted all the time.
What neither does, as writing to the disk in the background, nobody waits for.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import event
from sqlalchemy.pool import Pool

Processor: TypeAlias = Callable[[], float]
"""Tells the CPU seconds used so far."""


@contextlib.contextmanager
def processor_with(postmaster: int) -> Iterator[Processor]:
    """Count our CPU time together with that of the server with this process, and of its children.

    By the clock where the system does not tell it; connections made before are not counted.
    """
    if not _told(postmaster).exists():
        yield time.perf_counter
        return
    at_work, ended = set[int](), 0.0

    def connected(connection: Any, _: object) -> None:
        at_work.add(connection.info.backend_pid)

    def closing(connection: Any, _: object) -> None:
        nonlocal ended
        process = connection.info.backend_pid
        if process in at_work:
            at_work.remove(process)
            ended += _used(process)

    event.listen(Pool, "connect", connected)
    event.listen(Pool, "close", closing)
    try:
        yield (
            lambda: (
                time.process_time() + _used(postmaster) + ended + sum(_used(one) for one in at_work)
            )
        )
    finally:
        event.remove(Pool, "connect", connected)
        event.remove(Pool, "close", closing)


def _told(process: int) -> Path:
    return Path(f"/proc/{process}/schedstat")


def _used(process: int) -> float:
    return int(_told(process).read_text().split()[0]) / 1e9
