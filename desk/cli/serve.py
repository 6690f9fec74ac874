"""``bridges serve``: the pages that links in letters lead to."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime

import click

from desk.cli.base import FAILED, Desk, finish, json_option, note, pass_desk

MOST_AT_ONCE = 100
"""Requests answered at the same time; more are told to come again."""

PATIENCE = 5
"""Seconds given to requests in hand when the program is ended."""


@click.command(short_help="Serve the pages that links in letters lead to.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@json_option
@pass_desk
def serve(desk: Desk, *, host: str, port: int, as_json: bool) -> None:
    """Serve the pages that links in letters lead to, until it is ended (Ctrl+C).

    Put a web server that speaks HTTPS in front of it, and name its address in BRIDGES_BASE_URL.
    Port 0 takes any free one; --json says which on stdout. No visit is written down: the addresses
    of pages are keys to them.
    """
    import uvicorn

    from desk.web.app import create_app

    app = create_app(desk.engine, desk.settings, lambda: desk.stated_now or datetime.now(UTC))
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        server_header=False,
        lifespan="off",
        limit_concurrency=MOST_AT_ONCE,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=PATIENCE,
        h11_max_incomplete_event_size=16_384,
        http="h11",
        ws="none",
    )
    door = _listen(host, port)
    name = f"[{host}]" if ":" in host else host
    url = f"http://{name}:{door.getsockname()[1]}"
    if as_json:
        from desk.exports.json_lines import dumps

        click.echo(dumps({"serving": url}))
    note(f"Serving on {url} (Ctrl+C ends it)")
    if not desk.settings.base_url:
        note("Note: BRIDGES_BASE_URL is not set, so letters hold no links to these pages.")
    with door:
        uvicorn.Server(config).run(sockets=[door])


def _listen(host: str, port: int) -> socket.socket:
    """Take the port now, so that a port in use is told in one line."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error
        note(f"Error: {host}:{port} cannot be listened on: {why}; try --port")
        finish(FAILED)
