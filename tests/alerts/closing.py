"""Ends a test's mail server with no connection left open.

What is left open is found by the garbage collector later, as a warning in some other test.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable


async def close(
    servers: Iterable[asyncio.AbstractServer],
    connections: Callable[[], Iterable[asyncio.BaseTransport | None]],
) -> None:
    """Take no more connections, drop those there are, and end every other task of this loop."""
    await _turn(9)  # who waits at the door becomes a connection; a closed server would leak it
    for server in servers:
        server.close()
    for transport in connections():
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()
    while others := [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]:
        for one in others:
            one.cancel()
        await asyncio.wait(others)
    await _turn(2)  # a dropped connection lets go of its socket in the loop's next turn


async def _turn(times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(0)
