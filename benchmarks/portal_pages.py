"""From response body to kept record: how many calls of the EU portal a second of CPU takes.

The spider reads recorded answers of 100 rows (its own checks, merging, naming), the reader
understands them and the pipeline keeps each call in a fresh database. Beside it: bare
``json.loads`` of the same answers.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from scrapy import Request
from scrapy.http import Response
from scrapy.settings import Settings

from benchmarks import NOW, Board, alternate, arguments, cpu
from crawler.pipelines import KeepCalls
from crawler.raw import RawCall
from crawler.reading import read
from desk.demo.portal import PortalSite
from desk.demo.serving import Incoming
from desk.demo.synthetic import synthetic
from spiders.eu_portal import EuPortal
from storage.database import open_database
from storage.schema import calls

CALLS = 1300
TARGET = 100


class Answered(EuPortal):
    """The real spider, its answers given by ``answer`` instead of the network."""

    answer: Callable[[Request], bytes]

    async def fetch(self, request: Request, understand: Callable[[Response], Any]) -> Any:
        return understand(Response(request.url, body=self.answer(request)))


def recorded(calls: int) -> dict[bytes, bytes]:
    """The answers to everything the spider asks of a portal with so many records."""
    site = PortalSite(synthetic(calls, NOW))
    answers: dict[bytes, bytes] = {}

    def answer(request: Request) -> bytes:
        headers = {
            name.decode().lower(): values[0].decode() for name, values in request.headers.items()
        }
        asked = Incoming("POST", request.url.partition("europa.eu")[2], headers, request.body)
        answers[_key(request)] = body = site.reply(asked).body
        return body

    asyncio.run(_collected(answer))
    return answers


async def _collected(answer: Callable[[Request], bytes]) -> list[RawCall]:
    spider = Answered()
    spider.answer = answer  # type: ignore[method-assign]
    return [raw async for raw in spider.harvest()]


def _key(request: Request) -> bytes:
    return request.url.encode() + request.body


def spider_alone(answers: dict[bytes, bytes]) -> list[RawCall]:
    """What the spider yields, not yet read."""
    return asyncio.run(_collected(lambda request: answers[_key(request)]))


def keeping(answers: dict[bytes, bytes], folder: Path) -> float:
    """CPU seconds from the answers to kept records in a database with tables and no rows."""
    for old in folder.iterdir():
        old.unlink()
    engine = open_database(f"sqlite:///{folder}/calls.db")
    spider = Answered()
    spider.answer = lambda request: answers[_key(request)]  # type: ignore[method-assign]
    crawler = SimpleNamespace(spider=spider, settings=Settings())
    pipeline = KeepCalls(crawler, engine, NOW)  # type: ignore[arg-type]

    async def harvest() -> None:
        pipeline.open_spider()
        async for raw in spider.harvest():
            pipeline.process_item(raw)

    seconds = cpu(lambda: asyncio.run(harvest()))
    with engine.connect() as connection:
        kept = connection.scalar(sa.select(sa.func.count()).select_from(calls))
    engine.dispose()
    assert kept == len(spider_alone(answers)), kept
    return seconds


def main() -> int:
    options = arguments(__doc__ or "")
    count = 26 if options.quick else CALLS
    rounds = options.rounds or (1 if options.quick else 5)
    answers = recorded(count)
    raws = spider_alone(answers)
    size = sum(map(len, answers.values()))
    board = Board(
        f"{len(raws)} calls in {len(answers)} answers, {size / len(raws) / 1000:.1f} kB a call",
        quick=options.quick,
    )
    with tempfile.TemporaryDirectory() as folder:
        took = alternate(
            rounds,
            {
                "kept": lambda: keeping(answers, Path(folder)),
                "json": lambda: cpu(lambda: [json.loads(body) for body in answers.values()]),
                "spider": lambda: cpu(lambda: spider_alone(answers)),
                "read": lambda: cpu(lambda: [read(raw) for raw in raws]),
            },
        )
    rate = took["kept"].per(len(raws))
    board.row(
        "calls a second, from response body to kept record",
        rate,
        f"at least {TARGET}",
        met=rate.median >= TARGET,
    )
    board.row("calls a second, bare json.loads of the same", took["json"].per(len(raws)))
    board.row("times the CPU of bare json.loads", took["kept"] / took["json"])
    board.row("  of all: the spider (parse, check, merge, name)", took["spider"])
    board.row("  of all: the reader", took["read"])
    board.row("  all, with keeping", took["kept"])
    return board.end()


if __name__ == "__main__":
    sys.exit(main())
