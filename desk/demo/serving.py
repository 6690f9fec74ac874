"""A small HTTP server on 127.0.0.1 that sends exactly the bytes it is told to send."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

MOST_BYTES = 1 << 20
"""The longest body a request may have."""


@dataclass(frozen=True)
class Incoming:
    """A request as it came: ``target`` is path and query, ``headers`` have lower-case names."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Reply:
    """An answer. The last three let a site misbehave; an honest one leaves them alone.

    ``length``: the Content-Length to declare instead of the true one; ``drop``: close the
    connection without a word; ``pause``: seconds to wait after every ``drip`` bytes.
    """

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    drop: bool = False
    drip: int = 0
    pause: float = 0.0


class Site(Protocol):
    """What can be served."""

    def reply(self, incoming: Incoming) -> Reply: ...


class Server(ThreadingHTTPServer):
    """Serves one site; closing it ends every connection still open."""

    daemon_threads = False  # server_close waits for every thread, so none outlives the server

    def __init__(self, site: Site, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.site = site
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when a client left early: that is its right. Other errors are ours."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def server_close(self) -> None:
        self.closing.set()
        for request in list(self._open):
            with contextlib.suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)
        super().server_close()


@contextlib.contextmanager
def serving(site: Site, port: int = 0) -> Iterator[Server]:
    """The site on 127.0.0.1, at ``port`` or any free one, until the block ends."""
    server = Server(site, port)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "BridgesDemo"
    sys_version = ""
    wbufsize = -1  # head and body leave together
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the library's name)
        """Stay silent: the terminal belongs to whoever runs the demo."""

    def _answer(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MOST_BYTES:
            self.send_error(413)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(length))
        reply = self.server.site.reply(Incoming(self.command, self.path, headers, body))
        if reply.drop:
            self.close_connection = True
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        declared = len(reply.body) if reply.length is None else reply.length
        self.send_header("Content-Length", str(declared))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self._send(reply)
        if declared != len(reply.body):
            self.close_connection = True  # what was promised will not come

    def _send(self, reply: Reply) -> None:
        if not reply.pause:
            self.wfile.write(reply.body)
            return
        for start in range(0, len(reply.body), reply.drip):
            self.wfile.write(reply.body[start : start + reply.drip])
            self.wfile.flush()
            if self.server.closing.wait(reply.pause):
                return
