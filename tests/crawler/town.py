"""A source that yields what it is told to, and harvests of it into a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.raw import RawCall
from crawler.spider import CallSpider
from storage.domain import Harvest
from tests.crawler.conftest import Database
from tests.crawler.crawling import crawl

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
AHEAD = "2027-03-31"


def raw(reference: str, deadline: str | None = AHEAD, **changed: Any) -> RawCall:
    """A call as a page might say it."""
    words: dict[str, Any] = {"description": f"<p>About {reference}</p>"}
    if deadline:
        words["deadlines"] = [deadline]
    words |= changed.pop("words", {})
    return replace(RawCall("town", reference, f"Call {reference}", words=words), **changed)


class Town(CallSpider):
    """Yields what it was told to, without asking anybody."""

    name = "town"
    found: tuple[Any, ...] = ()
    parts: Mapping[str, int] = {}
    given: Mapping[str, float] = {}
    wrong: str | None = None

    async def harvest(self) -> AsyncIterator[Any]:
        self.report.parts |= self.parts
        self.report.given |= self.given
        if self.wrong:
            self.degrade(self.wrong)
        for item in self.found:
            yield item


def harvest(
    database: Database,
    *found: Any,
    days: float = 0,
    arguments: dict[str, Any] | None = None,
    **spider: Any,
) -> Harvest:
    """Harvest once, ``days`` from now, and return what was stored of it."""
    told = type("Told", (Town,), {"found": found} | spider)
    at = (NOW + timedelta(days=days)).isoformat()
    crawl(told, None, keeping=True, arguments=arguments, NOW=at)
    return database.last("town")
