"""Faults in how an answer travels: its status, its bytes, its connection."""

# ruff: noqa: ARG002  (every fault is given the same, and most need little of it)

from __future__ import annotations

import email.utils
import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from desk.demo.search import Ask
from desk.demo.serving import Reply
from tests.portal.fault import Expect, Fault

MAINTENANCE = b"""<!DOCTYPE html>
<html lang="en"><head><title>Scheduled maintenance</title></head>
<body><h1>We will be back soon</h1><p>The service is being updated.</p></body></html>
"""


class NoResults(Fault):
    """The answer has a count and no ``results``."""

    expect = Expect.FAILED

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        said = json.loads(reply.body)
        del said["results"]
        return replace(reply, body=json.dumps(said).encode())


class NullResults(Fault):
    """The ``results`` are null."""

    expect = Expect.FAILED

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        said = json.loads(reply.body) | {"results": None}
        return replace(reply, body=json.dumps(said).encode())


class OddResults(Fault):
    """Among the results are a null, a word and a row without metadata."""

    expect = Expect.LOUD

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        said = json.loads(reply.body)
        said["results"] = [None, "row", {"reference": "1"}, *said["results"][3:]]
        return replace(reply, body=json.dumps(said).encode())


class ErrorObject(Fault):
    """An error with status 200."""

    expect = Expect.FAILED

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        return Reply(200, b'{"type":"throwable","message":"An internal error occurred"}')


class ServerError(Fault):
    """HTTP 500."""

    expect = Expect.FAILED

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        return Reply(500, b'{"type":"throwable","message":"An internal error occurred"}')


class BadGateway(Fault):
    """HTTP 502 from something in front of the portal, in HTML."""

    expect = Expect.FAILED

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        return Reply(502, b"<html><body>Bad Gateway</body></html>", "text/html")


class Forbidden(Fault):
    """HTTP 403: somebody does not want us."""

    expect = Expect.FAILED

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        return Reply(403, b"<html><body>Request blocked</body></html>", "text/html")


class TooMany(Fault):
    """HTTP 429 with Retry-After in seconds."""

    expect = Expect.FAILED
    after = "1"

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        return Reply(429, b"{}", headers={"Retry-After": self.wait()})

    def wait(self) -> str:
        return self.after


class TooManyUntil(TooMany):
    """HTTP 429 with Retry-After as a date, a second or two ahead."""

    def wait(self) -> str:
        return email.utils.format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)


class TooManyToday(TooMany):
    """HTTP 429 with a Retry-After of a whole day."""

    after = "86400"


class CutShort(Fault):
    """The connection closes in the middle of the body that was announced."""

    expect = Expect.FAILED

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        return replace(reply, body=reply.body[: len(reply.body) // 2], length=len(reply.body))


class CutJson(Fault):
    """A complete HTTP answer with half of its JSON."""

    expect = Expect.FAILED

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        return replace(reply, body=reply.body[: len(reply.body) // 2])


class NoBody(Fault):
    """Status 200 and nothing else."""

    expect = Expect.FAILED

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        return replace(reply, body=b"")


class Compressed(Fault):
    """The answer is compressed, as it should be: no fault at all."""

    expect = Expect.EXACT

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        body = gzip.compress(reply.body, compresslevel=1)
        return replace(reply, body=body, headers={"Content-Encoding": "gzip"})


class CutCompressed(Compressed):
    """Half of a compressed answer, announced as the whole."""

    expect = Expect.FAILED

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        whole = super().reply(ask, reply)
        return replace(whole, body=whole.body[: len(whole.body) // 2])


class Bomb(Fault):
    """A quarter of a megabyte that unpacks to 256."""

    expect = Expect.FAILED

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        return replace(reply, body=_bomb(), headers={"Content-Encoding": "gzip"})


class Huge(Fault):
    """Four gigabytes are announced."""

    expect = Expect.FAILED

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        return replace(reply, length=4 << 30)


class Dropped(Fault):
    """The connection closes without an answer."""

    expect = Expect.FAILED

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        return replace(reply, drop=True)


class Dead(Fault):
    """Nothing listens at the address."""

    expect = Expect.FAILED
    dead = True


class Maintenance(Fault):
    """A page for people, with status 200."""

    expect = Expect.FAILED

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        return Reply(200, MAINTENANCE, "text/html; charset=utf-8")


class MaintenanceAsJson(Fault):
    """The same page, announced as JSON."""

    expect = Expect.FAILED

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        return Reply(200, MAINTENANCE)


class Slow(Fault):
    """The body comes in small pieces, and comes to an end."""

    expect = Expect.EXACT

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        return replace(reply, drip=max(len(reply.body) // 20, 1), pause=0.005)


class Stalled(Fault):
    """Half of the body comes, the rest never does."""

    expect = Expect.FAILED

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        return replace(reply, drip=max(len(reply.body) // 2, 1), pause=3600.0)


class Redirected(Fault):
    """Every search is sent on to an address inside somebody's network."""

    expect = Expect.FAILED
    to = "http://169.254.169.254/latest/meta-data/"

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        return Reply(302, b"", headers={"Location": self.to})


class ByteOrderMark(Fault):
    """The JSON begins with a byte-order mark."""

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        return replace(reply, body=b"\xef\xbb\xbf" + reply.body)


class RobotsForbid(Fault):
    """robots.txt forbids everything to everybody."""

    expect = Expect.FAILED

    def robots(self, reply: Reply) -> Reply:
        return replace(reply, body=b"User-agent: *\nDisallow: /\n")


class RobotsError(Fault):
    """robots.txt answers HTTP 500."""

    def robots(self, reply: Reply) -> Reply:
        return Reply(500, b"error", "text/plain")


class RobotsMissing(Fault):
    """There is no robots.txt."""

    expect = Expect.EXACT

    def robots(self, reply: Reply) -> Reply:
        return Reply(404, b"not found", "text/plain")


class RobotsPage(Fault):
    """robots.txt answers with an HTML page."""

    def robots(self, reply: Reply) -> Reply:
        return Reply(200, MAINTENANCE, "text/html; charset=utf-8")


@cache
def _bomb() -> bytes:
    def pieces() -> Iterator[bytes]:
        packer = zlib.compressobj(9, wbits=31)
        yield packer.compress(b'{"totalResults":1,"results":[')
        for _ in range(256):
            yield packer.compress(b" " * (1 << 20))
        yield packer.compress(b"]}") + packer.flush()

    return b"".join(pieces())
