"""Has a file read by a process of its own, which is ended when it takes too long."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path

from crawler.documents.extracting import Extract, Outcome

log = logging.getLogger(__name__)

HOUSE = str(Path(__file__).resolve().parents[2])
COMMAND = (sys.executable, "-P", "-m", "crawler.documents.extracting")

PATIENCE = 40
"""Seconds by the clock; the child's own limit is of processor time and comes before."""

LONGEST_ANSWER = 4 << 20
"""Bytes; the child keeps a quarter of a million characters, of six bytes at the most."""


async def extract_in_child(data: bytes, patience: float = PATIENCE) -> Extract:
    """What a file says, or how reading it went wrong; never raises for what is in ``data``."""
    child = await asyncio.create_subprocess_exec(
        *COMMAND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        # No more of ours than it needs: passwords are in the environment.
        env={"PYTHONPATH": _path(), "PYTHONUTF8": "1", "PATH": os.environ.get("PATH", "")},
        limit=LONGEST_ANSWER,
    )
    try:
        async with asyncio.timeout(patience):
            answer = await _ask(child, data)
    except TimeoutError:
        log.warning("a file of %d bytes was given up after %s s", len(data), patience)
        return Extract(Outcome.TIME)
    finally:
        if child.returncode is None:
            child.kill()
        # Its pipes are emptied too, or the child would stay as it is.
        await child.communicate()
    if child.returncode == 0 and len(answer) <= LONGEST_ANSWER:
        told = json.loads(answer)
        return Extract(Outcome(told["outcome"]), told["pages"], told["missing"])
    log.warning("a file of %d bytes ended its reader (%s)", len(data), child.returncode)
    late = child.returncode == -signal.SIGXCPU
    return Extract(Outcome.TIME if late else Outcome.CRASHED)


async def _ask(child: asyncio.subprocess.Process, data: bytes) -> bytes:
    assert child.stdin is not None  # noqa: S101  (asked for)
    assert child.stdout is not None  # noqa: S101
    feeding = asyncio.create_task(_feed(child.stdin, data))
    try:
        answer = bytearray()
        while len(answer) <= LONGEST_ANSWER and (some := await child.stdout.read(1 << 16)):
            answer += some
        if len(answer) <= LONGEST_ANSWER:
            await child.wait()
        return bytes(answer)
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)


async def _feed(pipe: asyncio.StreamWriter, data: bytes) -> None:
    try:
        pipe.write(data)
        await pipe.drain()
        pipe.close()
        await pipe.wait_closed()
    except (BrokenPipeError, ConnectionResetError):  # it died, and its exit code says why
        log.debug("the reader of a file ended before it had the whole file")


def _path() -> str:
    return os.pathsep.join(filter(None, [HOUSE, os.environ.get("PYTHONPATH")]))
