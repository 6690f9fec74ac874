"""Serves how ``bridges run`` is, from within it, on this computer only."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime

import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI

from desk.web.operator import operator_router

log = logging.getLogger(__name__)

HERE = "127.0.0.1"
LEAVING = 1
"""Seconds an answer under way may take when we are told to stop."""


class _Server(uvicorn.Server):
    """A server that leaves signals to the program it is part of."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def monitored(
    engine: sa.Engine, clock: Callable[[], datetime], port: int
) -> AsyncIterator[None]:
    """Serve while the block lasts; without a ``port`` (0), or one that is taken, do nothing.

    A scheduler whose figures nobody can read still works: that is said, and is no reason to end.
    """
    if not port:
        yield
        return
    app = FastAPI(title="Bridges of Trust", openapi_url=None)
    app.include_router(operator_router(engine, clock))
    config = uvicorn.Config(
        app,
        host=HERE,
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=LEAVING,
        lifespan="off",
    )
    server = _Server(config)
    serving = asyncio.create_task(_serve(server, port))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


async def _serve(server: _Server, port: int) -> None:
    try:
        await server.serve()
    except SystemExit:  # uvicorn's answer to a port that is taken
        log.error("nothing is served on port %s: another program has it", port)  # noqa: TRY400
