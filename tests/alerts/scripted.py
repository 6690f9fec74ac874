"""A mail server of a few lines, for what no real one would ever say."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass
class Line:
    """One connection: ``say`` sends, ``hear`` returns the next line without its end."""

    socket: socket.socket
    _rest: bytes = b""

    def say(self, words: str) -> None:
        self.socket.sendall(words.encode() + b"\r\n")

    def hear(self) -> str:
        while b"\r\n" not in self._rest:
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError("they hung up")
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\r\n")
        return line.decode()

    def until_data(self) -> None:
        """Say yes to everything up to DATA."""
        self.say("220 ready")
        while not self.hear().upper().startswith("DATA"):
            self.say("250 fine")
        self.say("354 go ahead")

    def whole_letter(self) -> None:
        while self.hear() != ".":
            pass


@dataclass
class Scripted:
    """Where it is, and how often it was called."""

    url: str
    calls: list[int] = field(default_factory=list)


@contextlib.contextmanager
def scripted(talk: Callable[[Line], None]) -> Iterator[Scripted]:
    """A server that does ``talk`` with everybody who calls, one after the other."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        found = Scripted(f"smtp://127.0.0.1:{listening.getsockname()[1]}")
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    client, peer = listening.accept()
                except OSError:
                    return
                found.calls.append(peer[1])
                with client, contextlib.suppress(OSError):
                    talk(Line(client))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield found
        over.set()
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(10)
