"""A server on 127.0.0.1 that misbehaves as told, byte by byte, and remembers what it was asked."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from itertools import pairwise
from typing import Self

PATIENCE = 10.0
"""Seconds after which a connection nobody uses is given up, so that no test hangs."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came in: ``target`` is path and query, names of headers are lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    raw: bytes
    body: bytes
    at: float

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass(slots=True)
class Answer:
    """The bytes to send after ``wait`` seconds, and what then becomes of the connection.

    ``then``: ``close`` it, ``reset`` it (as a crashed server does), or ``keep`` it open.
    """

    data: bytes = b""
    wait: float = 0.0
    then: str = "keep"


Told = Answer | Callable[[Asked], Answer]


def page(
    body: str | bytes = b"",
    status: int = 200,
    *,
    wait: float = 0.0,
    length: bool = True,
    then: str = "keep",
    **headers: str,
) -> Answer:
    """An answer with a body; header names are written with underscores (``Retry_After``)."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Whatever"]
    headers.setdefault("Content_Type", "text/html; charset=utf-8")
    if length:
        headers.setdefault("Content_Length", str(len(content)))
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return Answer("\r\n".join([*lines, "", ""]).encode() + content, wait, then)


NOT_FOUND = page("<h1>no such page</h1>", 404)
DROP = Answer(then="close")
RESET = Answer(then="reset")


@dataclass(slots=True)
class Server:
    """Answers each path with its next answer; the last one of a path is given again and again.

    Without an answer for ``/robots.txt`` that page does not exist; nor, unless ``otherwise`` says
    what to answer, does any other. ``tls`` makes it a server of https.
    """

    answers: dict[str, list[Told]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    otherwise: Told = field(default_factory=lambda: NOT_FOUND)
    tls: ssl.SSLContext | None = None
    busiest: int = 0
    port: int = 0
    _busy: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _door: socket.socket | None = None
    _open: set[socket.socket] = field(default_factory=set)
    _threads: list[threading.Thread] = field(default_factory=list)

    def tell(self, path: str, *answers: Told) -> None:
        """From now on, answer ``path`` like this."""
        with self._lock:
            self.answers[path] = list(answers)

    def paths(self) -> list[str]:
        """The path of every request but those for robots.txt, in order."""
        return [one.path for one in self.asked if one.path != "/robots.txt"]

    def pauses(self) -> list[float]:
        """The seconds between the arrivals of one request and the next."""
        return [later - earlier for earlier, later in pairwise(one.at for one in self.asked)]

    def was_asked_every(self, seconds: float) -> bool:
        """Whether the crawler left at least so long between its requests.

        They leave it on time but arrive late on a busy machine, the first most of all.
        """
        first, *others = self.pauses()
        enough = sum(others) > 0.9 * seconds * len(others)
        return enough and first > seconds / 2 and min(others) > seconds / 2

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        door, self._door = self._door, None
        assert door is not None
        with self._lock:
            for connection in self._open:
                _hang_up(connection)
        _hang_up(door)
        door.close()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        door = self._door
        while door is not None and self._door is not None:
            try:
                connection, _ = door.accept()
            except OSError:  # hung up by __exit__
                return
            with self._lock:
                self._open.add(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as stream:
                while request := _read(stream):
                    if not self._answer(connection, request):
                        return
        except OSError:  # the crawler, or the end of the test, hung up
            return
        finally:
            with self._lock:
                self._open.discard(connection)

    def _answer(self, connection: socket.socket, asked: Asked) -> bool:
        """Answer one request; whether the connection stays open."""
        with self._lock:
            self.asked.append(asked)
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
            beyond = NOT_FOUND if asked.path == "/robots.txt" else self.otherwise
            told = self.answers.get(asked.path, [beyond])
            answer = told.pop(0) if len(told) > 1 else told[0]
        try:
            if callable(answer):
                answer = answer(asked)
            time.sleep(answer.wait)
        finally:
            with self._lock:
                self._busy -= 1
        if answer.data:
            connection.sendall(answer.data)
        if answer.then == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return answer.then == "keep"


def http_date(seconds_from_now: float) -> str:
    """A moment as a server's clock would write it in a header."""
    return formatdate(time.time() + seconds_from_now, usegmt=True)


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # the other side was faster
        return


def _read(stream: object) -> Asked | None:
    readline, read = stream.readline, stream.read  # type: ignore[attr-defined]
    raw = b""
    while not raw.endswith(b"\r\n\r\n"):
        line: bytes = readline()
        if not line:
            return None
        raw += line
    first, *rest = raw.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {}
    for name, colon, value in (line.partition(":") for line in rest):
        if colon:
            headers[name.strip().lower()] = value.strip()
    body: bytes = read(int(headers.get("content-length", 0)))
    return Asked(method, target, headers, raw, body, time.monotonic())
