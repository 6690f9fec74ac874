"""A season in the life of ``bridges run --once``: a clock, a site, and power that may go."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from scrapy import Request
from scrapy.crawler import AsyncCrawlerRunner

from alerts.receipt import Source
from alerts.rounds import Rounds
from alerts.scheduler import Scheduler
from alerts.steps import STEPS, Report, Step, Tools, carry_out
from classifier.matching import Means
from crawler.raw import RawCall
from crawler.spider import CallSpider
from desk.demo.serving import Incoming, Reply, serving
from storage import harvests
from storage.domain import Harvest
from storage.settings import Settings
from tests.crawler.crawling import PUBLIC, settings_for

BULLETIN = Source("bulletin", "Invented Bulletin")


class Bulletin(CallSpider):
    """A source whose every call stands in one file."""

    name = "bulletin"
    hosts = (PUBLIC,)
    language = "en"

    async def harvest(self) -> AsyncIterator[RawCall]:
        request = Request(f"https://{PUBLIC}/calls.json")
        for one in await self.fetch(request, lambda response: json.loads(response.text)):
            words = {"description": one["text"], "deadlines": [one["closes"]]}
            url = f"https://{PUBLIC}/{one['reference']}"
            yield RawCall(self.name, one["reference"], one["title"], url, words=words)


@dataclass
class Published:
    """A call as its publisher has it; it is over at the end of its day ``closes`` in Brussels."""

    reference: str
    title: str
    text: str
    closes: str
    since: datetime
    moved: list[tuple[datetime, str]] = field(default_factory=list)

    def closes_at(self, now: datetime) -> str:
        """The day it closes on, as published at ``now``."""
        return [self.closes, *(day for at, day in self.moved if at <= now)][-1]


class Site:
    """Serves what is published at the moment of the clock; may be down."""

    def __init__(self, season: Season) -> None:
        self.season = season

    def reply(self, incoming: Incoming) -> Reply:
        if self.season.is_down():
            return Reply(503, b"{}", headers={"Retry-After": "0"})
        if incoming.target == "/robots.txt":
            return Reply(200, b"User-agent: *\nDisallow:\n", "text/plain")
        now = self.season.now
        told = [
            {"reference": x.reference, "title": x.title, "text": x.text, "closes": x.closes_at(now)}
            for x in self.season.published
            if x.since <= now and datetime.fromisoformat(x.closes_at(now) + "T23:59Z") > now
        ]
        return Reply(200, json.dumps(told).encode())


class PowerCut(BaseException):
    """The power has gone: nothing that was not kept is there afterwards."""


@dataclass
class Season:
    """What is true in the world, and the program that runs in it."""

    engine: sa.Engine
    settings: Settings
    means: Means
    now: datetime
    seed: int
    published: list[Published] = field(default_factory=list)
    down: tuple[datetime, datetime] | None = None
    at: str = ""
    cuts: int = 0
    half_harvests: int = 0
    rounds: list[tuple[datetime, bool]] = field(default_factory=list)
    """When the program ran, and whether it came to its end."""

    read: list[datetime] = field(default_factory=list)
    """When the source was read to its end."""

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311  (a story, not a secret)
        self._left: int | None = None
        sa.event.listen(self.engine, "before_cursor_execute", self._statement)

    def is_down(self) -> bool:
        return self.down is not None and self.down[0] <= self.now < self.down[1]

    @contextlib.contextmanager
    def serving(self) -> Iterator[None]:
        with serving(Site(self)) as server:
            self.at = server.url
            yield

    def run(self, *, cut_after: int | None = None, twice: bool = False) -> bool:
        """Run once; the power goes after so many statements. Returns whether it came to its end."""
        self._left = cut_after
        try:
            asyncio.run(self._both() if twice else self._once())
        except PowerCut:
            self.cuts += 1
        whole = self._left is None or self._left > 0
        self._left = None
        self.rounds.append((self.now, whole))
        return whole

    async def _once(self) -> None:
        stop = asyncio.Event()
        rounds = Rounds(
            self.engine,
            self.settings,
            lambda: self.now,
            self,
            ["bulletin"],
            stop=stop,
            steps=STEPS,
            once=True,
        )
        await Scheduler(rounds, stop).once()

    async def _both(self) -> None:
        await asyncio.gather(self._once(), self._once())

    async def step(self, step: Step, now: datetime) -> Report:  # noqa: ARG002
        tools = Tools(
            self.engine, self.settings, lambda: self.now, means=self.means, sources=[BULLETIN]
        )
        return await asyncio.to_thread(carry_out, step, tools)

    async def harvest(self, source: str, now: datetime) -> Harvest:
        """Harvest in this process; where the power is about to go, it goes half way."""
        half = self._left is not None and self.chance.random() < 0.5
        settings = settings_for(
            Bulletin,
            self.at,
            NOW=now.isoformat(),
            DATABASE_URL=self.settings.database_url,
            CLOSESPIDER_TIMEOUT=60,
            DOCUMENTS=False,
            RETRY_TIMES=0,
        )
        arguments = {"limit": 3} if half else {}
        await AsyncCrawlerRunner(settings).crawl(Bulletin, **arguments)
        with self.engine.begin() as connection:
            found = harvests.last(connection, source)
            assert found is not None
            if half:
                self._half(connection)
        if half:
            self.half_harvests += 1
            self._left = 0
            raise PowerCut
        if found.outcome == "ok":
            self.read.append(self.now)
        return found

    @staticmethod
    def _half(connection: sa.Connection) -> None:
        """What a harvest leaves that never came to its end."""
        table = sa.table("harvests", sa.column("id"), sa.column("finished"), sa.column("outcome"))
        newest = sa.select(sa.func.max(table.c.id)).scalar_subquery()
        connection.execute(
            sa.update(table).where(table.c.id == newest).values(finished=None, outcome=None)
        )

    def _statement(self, *_: Any) -> None:
        if self._left is None:
            return
        self._left -= 1
        if self._left <= 0:
            raise PowerCut


def season(  # noqa: PLR0913, PLR0917 - what a season is made of
    engine: sa.Engine, url: str, mail: Path, means: Means, begins: datetime, seed: int
) -> Season:
    settings = Settings(
        database_url=url,
        mail=str(mail),
        contact="office@bridges.example.org",
        operator="night@bridges.example.org",
        harvest_every={"": timedelta(hours=36)},
    )
    return Season(engine, settings, means, begins.astimezone(UTC), seed)
