"""Spiders that misbehave in every way a harvest must survive; see ``child.py``."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import sqlalchemy
from scrapy import Request

from crawler import pipelines
from crawler.raw import RawCall
from crawler.spider import CallSpider
from tests.crawler.crawling import PUBLIC

COUNT = 30


def say_who() -> None:
    """Tell the test which process this is."""
    if place := os.environ.get("TEST_PID"):
        Path(place).write_text(str(os.getpid()), encoding="ascii")


class Good(CallSpider):
    """Yields calls, and between them does what ``mischief`` says."""

    name = "good"
    after = 10
    note = "As published"

    async def harvest(self) -> AsyncIterator[Any]:
        say_who()
        for number in range(COUNT):
            if number == self.after:
                await self.mischief()
            yield RawCall(self.name, f"{number:02}", self.note, words={"deadlines": ["2027-03-31"]})

    async def mischief(self) -> None:
        """Do nothing wrong."""


class Asks(CallSpider):
    """Asks its own host for one page a call."""

    name = "asks"
    hosts = (PUBLIC,)

    async def harvest(self) -> AsyncIterator[Any]:
        for number in range(self.limit or 3):
            url = f"https://{PUBLIC}/{number}"
            yield RawCall(self.name, str(number), await self.fetch(Request(url), lambda p: p.text))


class Direct(CallSpider):
    """Asks the server of the test by its own address, with whatever handler there is."""

    name = "direct"

    async def harvest(self) -> AsyncIterator[Any]:
        for number in range(3):
            request = Request(f"{os.environ['TEST_URL']}/{number}")
            yield RawCall(self.name, str(number), await self.fetch(request, lambda p: p.text))


class Crashes(Good):
    name = "crashes"

    async def mischief(self) -> None:
        os._exit(7)


class CrashesLate(Good):
    """Dies when everything is written and nothing told."""

    name = "crashes_late"

    async def mischief(self) -> None:
        pipelines.tell = lambda _: os._exit(9)


class Miscounts(Good):
    """Reports what cannot be written into the books."""

    name = "miscounts"

    async def mischief(self) -> None:
        self.report.parts = {"type 1": {1, 2}}  # type: ignore[dict-item]


class Hangs(Good):
    name = "hangs"

    async def mischief(self) -> None:
        time.sleep(600)  # noqa: ASYNC251  (the very mischief)


class Hungry(Good):
    name = "hungry"

    async def mischief(self) -> None:
        hoard = [bytearray(256 << 20) for _ in range(64)]
        raise AssertionError(f"{len(hoard)} pieces of memory were had")


class Crowded(Good):
    """Meets a disk that is full: no file may grow any more."""

    name = "crowded"

    async def mischief(self) -> None:
        database = os.environ["BRIDGES_DATABASE_URL"].removeprefix("sqlite:///")
        size = Path(f"{database}-wal").stat().st_size  # noqa: ASYNC240
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


class Unborn(Good):
    name = "unborn"

    def __init__(self, *_: Any, **__: Any) -> None:
        raise LookupError("no such page")


class Chatty(Good):
    """Prints to where only messages to the parent belong."""

    name = "chatty"

    async def mischief(self) -> None:
        print("just looking")  # noqa: T201
        print('{"event": "done"}')  # noqa: T201
        command = [sys.executable, "-c", "print('from below'); print('[1, 2]'); print('{}')"]
        await asyncio.to_thread(subprocess.run, command, check=True)


class Killed(Good):
    """Killed just before the database is sent a statement, told as ``INSERT INTO versions:5``."""

    name = "killed"

    @classmethod
    def from_crawler(cls, *arguments: Any, **more: Any) -> Any:
        words, _, count = os.environ.get("TEST_STATEMENT", "nothing:0").partition(":")
        left = int(count)

        def look(_: Any, __: Any, statement: str, *___: Any) -> None:
            nonlocal left
            left -= statement.lstrip().startswith(words)
            if left == 0 and statement.lstrip().startswith(words):
                os.kill(os.getpid(), signal.SIGKILL)

        sqlalchemy.event.listen(sqlalchemy.Engine, "before_cursor_execute", look)
        return super().from_crawler(*arguments, **more)


class Endless(Good):
    """Yields a call from time to time, for ever."""

    name = "endless"

    async def harvest(self) -> AsyncIterator[Any]:
        say_who()
        for number in range(100_000):
            await asyncio.sleep(0.002)
            yield RawCall(self.name, f"{number:05}", "Call")
