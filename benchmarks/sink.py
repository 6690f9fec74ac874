"""A mail server that takes everything and keeps nothing, as fast as Python allows, in a process."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator


class _Sink(asyncio.Protocol):
    """Reads lines and letters without looking at them."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._buffer = bytearray()
        self._letter = False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            mark = b"\r\n.\r\n" if self._letter else b"\r\n"
            end = self._buffer.find(mark)
            if end < 0:
                return
            verb = bytes(self._buffer[:4]).upper()
            del self._buffer[: end + len(mark)]
            if self._letter or verb != b"DATA":
                self._transport.write(b"250 ok\r\n" if verb != b"QUIT" else b"221 bye\r\n")
                self._letter = False
            else:
                self._transport.write(b"354 go\r\n")
                self._letter = True
                self._buffer[:0] = b"\r\n"


@contextlib.contextmanager
def sink() -> Iterator[int]:
    """The port of a sink that runs as long as this lasts."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.sink"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
