"""The talk with a mail server, every stage of it within a time that is counted as a whole."""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from alerts.plain import shorten

_LONGEST_LINE = 2000
_LONGEST_REPLY = 20_000
_LOOK = 0.5
"""Seconds between two looks at whether the program is to end."""

_REPLY = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds that each stage may take; ``taken`` is the wait for the yes to a whole letter.

    RFC 5321 (4.5.3.2) would wait five minutes for a command. A relay answers in seconds, and
    nothing is lost by asking again; only after the letter itself is patience worth its ten
    minutes, because whoever gives up too early sends it twice.
    """

    connect: float = 30.0
    command: float = 60.0
    letter: float = 180.0
    taken: float = 600.0
    ending: float = 5.0
    """After the program was told to end, for the yes to a letter that is already out."""

    stored: float = 180.0
    """To go on trying to write down what became of a letter; far less than its lease."""


class Silence(smtplib.SMTPServerDisconnected, TimeoutError):  # noqa: N818 - it says what happened
    """Raised when a stage took longer than it may; the connection is closed."""


class Garbage(smtplib.SMTPServerDisconnected):
    """Raised when an answer is none that SMTP knows; the connection is closed."""


class Ending(smtplib.SMTPServerDisconnected):
    """Raised when the program is to end and nothing is lost by it; the connection is closed."""


class Plain(smtplib.SMTP):
    """A connection that is not encrypted from the start."""

    def __init__(
        self, host: str, port: int, name: str, limits: Limits, ending: Callable[[], bool]
    ) -> None:
        self.limits = limits
        self.limit = limits.connect
        self.patient = False
        self._ending = ending
        self._buffer = b""
        super().__init__(host, port, local_hostname=name, timeout=limits.connect)
        self.limit = limits.command
        if self.sock is not None:  # else every second small packet waits for an answer
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @contextlib.contextmanager
    def within(self, seconds: float, *, patient: bool = False) -> Iterator[None]:
        """Give a stage its own limit; a ``patient`` one is not left at once when we are to end."""
        before = self.limit, self.patient
        self.limit, self.patient = seconds, patient
        try:
            yield
        finally:
            self.limit, self.patient = before

    def send(self, s: object) -> None:
        if self.sock is not None:
            self.sock.settimeout(self.limit)  # of the whole, not of each piece
        super().send(s)  # type: ignore[arg-type]  # bytes or str, as smtplib itself hands it on

    def getreply(self) -> tuple[int, bytes]:
        """Return code and words of the next answer. Raises Silence, Garbage and Ending."""
        until = time.monotonic() + self.limit
        said: list[bytes] = []
        length = 0
        while True:
            line = self._line(until)
            length += len(line)
            found = _REPLY.fullmatch(line)
            if found is None or length > _LONGEST_REPLY:
                self.close()
                shown = shorten(line.decode("utf-8", "replace"), _SHOWN)
                raise Garbage(f"answered what is no SMTP: {shown!r}")
            said.append((found[3] or b"").strip())
            if found[2] != b"-":
                return int(found[1]), b"\n".join(said)

    def _line(self, until: float) -> bytes:
        while b"\n" not in self._buffer:
            if len(self._buffer) > _LONGEST_LINE:
                break
            self._buffer += self._more(until)
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.rstrip(b"\r")

    def _more(self, until: float) -> bytes:
        """Wait for more bytes, and look now and then whether the program is to end."""
        noticed = False
        while True:
            left = until - time.monotonic()
            if left <= 0 or self.sock is None:
                self.close()
                raise Silence("timed out" if left <= 0 else "not connected")
            if self._ending() and not noticed:
                noticed = True
                if not self.patient:
                    self.close()
                    raise Ending("the program was told to end")
                until = min(until, time.monotonic() + self.limits.ending)
            self.sock.settimeout(min(max(left, 0.001), _LOOK))
            try:
                data = self.sock.recv(4096)
            except (TimeoutError, ssl.SSLWantReadError):
                continue
            except OSError as error:
                self.close()
                raise smtplib.SMTPServerDisconnected(f"hung up: {error}") from error
            if not data:
                self.close()
                raise smtplib.SMTPServerDisconnected("hung up")
            return data

    def encrypt(self, context: ssl.SSLContext) -> None:
        """Ask for encryption (STARTTLS) and begin it, within the limit of a command.

        What came unencrypted after the server's go-ahead was said by somebody else: Garbage.
        """
        if self.sock is not None:
            self.sock.settimeout(self.limit)
        self.starttls(context=context)
        if self._buffer:
            self.close()
            raise Garbage("said something unencrypted after the encryption began")


class Encrypted(Plain):
    """A connection that is encrypted from the first byte."""

    def __init__(  # noqa: PLR0913, PLR0917 - those of a plain one, and how to encrypt
        self,
        host: str,
        port: int,
        name: str,
        limits: Limits,
        ending: Callable[[], bool],
        context: ssl.SSLContext,
    ) -> None:
        self._context = context
        super().__init__(host, port, name, limits, ending)

    def _get_socket(self, host: str, port: int, timeout: float) -> ssl.SSLSocket:
        bare = socket.create_connection((host, port), timeout)
        try:
            return self._context.wrap_socket(bare, server_hostname=host)
        except OSError:
            bare.close()
            raise
