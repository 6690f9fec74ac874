"""The memory of a harvest: its own counts, not that of the process around it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from scrapy.http import Request, Response

from storage.domain import Outcome
from tests.crawler.crawling import PUBLIC, Visitor, crawl
from tests.crawler.server import Server, page

LIMIT = 64
"""MB."""

MUCH = (2 * LIMIT) << 20


class Greedy(Visitor):
    """Asks for one page, and then holds as much memory as it is told to."""

    takes = 0

    async def harvest(self) -> AsyncIterator[Any]:
        yield Request(f"http://{PUBLIC}/call", callback=self.parse)
        self.held = b"x" * self.takes
        await asyncio.sleep(0.3)

    def parse(self, response: Response, **_: Any) -> Iterator[Any]:
        yield {"url": response.url}


@pytest.fixture
def town(server: Server) -> Server:
    server.tell("/call", page("<h1>Call for towns</h1>"))
    return server


def judged(spider: type[Greedy], town: Server) -> tuple[Outcome, str]:
    limits = {"MEMUSAGE_LIMIT_MB": LIMIT, "MEMUSAGE_CHECK_INTERVAL_SECONDS": 0.05}
    judgement = crawl(spider, town.url, **limits).judgement()
    return judgement.outcome, judgement.reason


def test_what_a_process_held_before_its_harvest_does_not_count(town: Server) -> None:
    held = b"x" * MUCH
    assert judged(Greedy, town) == (Outcome.OK, "")
    del held  # its peak stays, which is what Scrapy would look at
    assert judged(Greedy, town) == (Outcome.OK, "")


def test_a_harvest_that_takes_too_much_is_ended(town: Server) -> None:
    outcome, reason = judged(type("Eater", (Greedy,), {"takes": MUCH}), town)
    assert outcome is Outcome.FAILED
    assert "it used too much memory" in reason
