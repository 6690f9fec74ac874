"""robots.txt as RFC 9309 means it: read first, and its Crawl-delay kept."""

from __future__ import annotations

import asyncio
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.http import Request, Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached

SERVER_ERROR = 500
TOO_MANY = 429


class Robots(RobotsTxtMiddleware):
    """Scrapy's middleware lets requests pass while robots.txt is on its way; this one waits."""

    LONGEST = 60
    """Seconds; a longer Crawl-delay would make a harvest last for days."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._locks: dict[str, asyncio.Lock] = {}
        crawler.signals.connect(self.keep_delay, signals.robots_parsed)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        async with self._locks.setdefault(urlparse_cached(request).netloc, asyncio.Lock()):
            return await super().robot_parser(request)

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= SERVER_ERROR or response.status == TOO_MANY:
            # RFC 9309, 2.3.1.4: unreachable means everything is disallowed.
            response = response.replace(body=b"User-agent: *\nDisallow: /")
        await super()._parse_robots(response, netloc, request)

    def keep_delay(self, robotparser: Any, request: Request) -> None:
        """Slow the host down to its Crawl-delay, never below our own delay."""
        agent = self._robotstxt_useragent or self._default_useragent
        if delay := robotparser.crawl_delay(agent):
            downloader = self.crawler.engine.downloader
            key, slot = downloader._get_slot(request)  # noqa: SLF001
            slot.delay = max(slot.delay, min(delay, self.LONGEST))
            # A slot idle for a minute is thrown away and made anew from these.
            downloader.per_slot_settings.setdefault(key, {})["delay"] = slot.delay
