"""Real crawls in this process: the project's settings, a small spider, a server on 127.0.0.1."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.settings import Settings

from crawler.harvest import crawl_settings
from crawler.health import Judgement, judge
from crawler.spider import CallSpider

PUBLIC = "funding.example.eu"
"""The public host whose requests the server of the test answers."""


class Visitor(CallSpider):
    """Asks for the paths in ``asks`` on the public host, and keeps what came of each."""

    name = "visitor"
    hosts = (PUBLIC,)
    may_be_empty = True


@dataclass(slots=True)
class Crawl:
    """What a crawl left behind."""

    stats: dict[str, Any]
    spider: Any
    items: list[Any] = field(default_factory=list)

    def judgement(self) -> Judgement:
        """What the harvest would be judged as."""
        ended = str(self.stats.get("finish_reason"))
        return judge(self.spider.report, self.stats, ended, len(self.items), None)


def settings_for(spider: type[CallSpider], at: str | None, **changed: Any) -> Settings:
    """The project's settings for a harvest of ``spider`` at ``at``, quiet."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    order = {"at": at, "now": "2026-11-22T09:00:00+00:00", "contact": "towns@example.org"}
    settings.setdict(crawl_settings(order, spider.hosts), priority="cmdline")
    quiet = {"PROGRESS": False, "LOG_ENABLED": False, "HTTPCACHE_ENABLED": False}
    settings.setdict(quiet, priority="cmdline")
    settings.set("SPIDER_MODULES", [], "cmdline")  # it is at hand: no need to look through all
    settings.setdict(changed, priority="cmdline")
    return settings


def crawl(
    spider: type[CallSpider],
    at: str | None = None,
    *,
    keeping: bool = False,
    arguments: dict[str, Any] | None = None,
    **changed: Any,
) -> Crawl:
    """Crawl to the end; ``keeping`` puts the calls into the database of the settings."""
    if not keeping:
        changed.setdefault("ITEM_PIPELINES", {})
    settings = settings_for(spider, at, **changed)
    found: list[Any] = []

    def keep(item: Any) -> None:
        found.append(item)

    async def run() -> Crawler:
        crawler = Crawler(spider, settings)
        crawler.signals.connect(keep, signals.item_scraped)
        await crawler.crawl_async(**(arguments or {}))
        return crawler

    crawler = asyncio.run(run())
    assert crawler.stats is not None
    return Crawl(crawler.stats.get_stats(), crawler.spider, found)
