"""A mail server that fails at every stage of the protocol, and kills who talks to it."""

from __future__ import annotations

import asyncio
import contextlib
import email
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.policy import default

from tests.alerts.closing import close

GONE = "gone"
"""Local parts that begin so are refused for good."""


_ANSWERED = ("no", "no", "drops", "resets", "hangs", "garbage", "kill")
_FAILED = ("drops", "resets", "hangs", "garbage", "kill")
_TOLD = ("drops", "kill")
_WHERE = ("in the letter", "letter kept", "letter not kept", "no", "250")


class _Away(Exception):  # noqa: N818 - it says what happened
    """Ends a connection."""


@dataclass(frozen=True)
class Kept:
    """A letter the server took, in which round; it may have kept it and not said so."""

    number: str
    content: bytes
    round: int


@dataclass
class Faulty:
    """Listens on a port for each sender; ``kill`` ends the sender of a port at once.

    ``rate`` is the share of stages that go wrong. ``happened`` counts what was done, by kind.
    Chance says when and how, but evenly, as cards are dealt: how often and in how many ways the
    server fails hangs neither on luck nor on which of two senders is faster.
    """

    seed: int
    rate: float
    kill: Callable[[int], None]
    hang: float = 0.5
    kept: list[Kept] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)
    ports: list[int] = field(default_factory=list)
    round: int = 0

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - faults, not secrets
        self._owed: Counter[float] = Counter()
        self._cards: dict[tuple[str, ...], list[str]] = {}
        self.loop = asyncio.new_event_loop()
        self._servers: list[asyncio.Server] = []
        self._writers: list[asyncio.StreamWriter] = []
        self._talks: list[asyncio.Task[None]] = []

    @contextlib.contextmanager
    def listening(self, senders: int) -> Iterator[Faulty]:
        thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        thread.start()
        try:
            for slot in range(senders):
                coming = asyncio.run_coroutine_threadsafe(self._listen(slot), self.loop)
                self.ports.append(coming.result(10))
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(self._stop(), self.loop).result(10)
            self.loop.call_soon_threadsafe(self.loop.stop)
            thread.join(10)
            self.loop.close()

    async def _listen(self, slot: int) -> int:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(_Away, OSError, asyncio.IncompleteReadError):
                await self._talk(slot, reader, writer)
            writer.close()

        def come(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._writers.append(writer)
            self._talks.append(asyncio.create_task(talk(reader, writer)))

        server = await asyncio.start_server(come, "127.0.0.1", 0, limit=1 << 20)
        self._servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def _stop(self) -> None:
        await close(self._servers, lambda: [one.transport for one in self._writers])
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _talk(
        self, slot: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await self._answer(slot, writer, "connecting", "220 ready", "421 busy", "554 not you")
        while line := (await reader.readline()).decode().strip():
            verb = line[:4].upper()
            if verb == "EHLO":
                await self._answer(slot, writer, "EHLO", "250 hello", "421 busy")
            elif verb == "MAIL":
                await self._answer(slot, writer, "MAIL", "250 ok", "451 later", "421 enough")
            elif verb == "RCPT" and f"<{GONE}" in line:
                await self._say(writer, "550 5.1.1 no such mailbox")
            elif verb == "RCPT":
                await self._answer(slot, writer, "RCPT", "250 ok", "450 4.7.1 greylisted")
            elif verb == "DATA":
                if await self._answer(slot, writer, "DATA", "354 go", "451 later"):
                    await self._take(slot, reader, writer)
            elif verb == "QUIT":
                await self._say(writer, "221 bye")
                raise _Away
            else:
                await self._say(writer, "250 ok")

    async def _answer(
        self, slot: int, writer: asyncio.StreamWriter, stage: str, well: str, *noes: str
    ) -> bool:
        """Answer ``well``, or do something else; returns whether it went well."""
        if not self._wrong(self.rate):
            await self._say(writer, well)
            return True
        what = self._deal(_ANSWERED)
        answer = self._chance.choice(noes)
        self.happened[f"{stage}: {answer if what == 'no' else what}"] += 1
        if what == "no":
            await self._say(writer, answer)
            return False
        await self._fail(slot, writer, what)
        return False

    async def _fail(self, slot: int, writer: asyncio.StreamWriter, what: str) -> None:
        if what == "kill":
            self.kill(slot)
        elif what == "hangs":
            await asyncio.sleep(self.hang)
        elif what == "garbage":
            await self._say(writer, "HTTP/1.1 200 OK")
        elif what == "resets":
            raw: socket.socket = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise _Away

    async def _take(
        self, slot: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Read a letter and keep it, or fail in the middle, before or after it was kept."""
        where = self._deal(_WHERE) if self._wrong(2 * self.rate) else ""
        if where == "in the letter":
            await reader.readline()
            await self._fail_in_letter(slot, writer, where)
        content = (await reader.readuntil(b"\r\n.\r\n"))[:-3]
        if where == "letter not kept":
            await self._fail_in_letter(slot, writer, where)
        if where == "no":
            answer = self._chance.choice(["451 later", "421 too many"])
            self.happened[f"after the letter: {answer}"] += 1
            await self._say(writer, answer)
            return
        number = str(email.message_from_bytes(content, policy=default)["Message-ID"])
        self.kept.append(Kept(number, content, self.round))
        if where == "letter kept":
            await self._fail_in_letter(slot, writer, where)
        await self._say(writer, "250 kept")
        if where == "250":
            what = self._deal(_TOLD)
            self.happened[f"after 250: {what}"] += 1
            await self._fail(slot, writer, what)

    async def _fail_in_letter(self, slot: int, writer: asyncio.StreamWriter, where: str) -> None:
        what = self._deal(_FAILED)
        self.happened[f"{where}: {what}"] += 1
        await self._fail(slot, writer, what)

    def _wrong(self, rate: float) -> bool:
        """Whether to fail now; over time that is as often as ``rate`` says."""
        self._owed[rate] += 2 * rate * self._chance.random()
        if self._owed[rate] < 1:
            return False
        self._owed[rate] -= 1
        return True

    def _deal(self, cards: tuple[str, ...]) -> str:
        """Return one of ``cards``; none comes again before all have come."""
        left = self._cards.setdefault(cards, [])
        if not left:
            left += self._chance.sample(cards, len(cards))
        return left.pop()

    async def _say(self, writer: asyncio.StreamWriter, answer: str) -> None:
        writer.write(answer.encode() + b"\r\n")
        await writer.drain()
