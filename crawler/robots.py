"""robots.txt as RFC 9309 means it: read first, and its Crawl-delay kept."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached

from crawler.errors import in_words

CLIENT_ERROR = 400
TOO_MANY = 429
SERVER_ERROR = 500


class Robots(RobotsTxtMiddleware):
    """Waits for robots.txt, and takes one that cannot be reached for a closed door.

    Scrapy's own lets requests pass while robots.txt is on its way, and when it does not come.
    """

    LONGEST = 60
    """Seconds; a longer Crawl-delay would make a harvest last for days."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._locks: dict[str, asyncio.Lock] = {}
        self._closed: dict[str, str] = {}
        crawler.signals.connect(self.keep_delay, signals.robots_parsed)

    async def process_request(  # type: ignore[override]  # Scrapy's second argument is deprecated
        self, request: Request
    ) -> None:
        _change_queue(request)
        await super().process_request(request)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        async with self._locks.setdefault(urlparse_cached(request).netloc, asyncio.Lock()):
            return await super().robot_parser(request)

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Raise IgnoreRequest for a page that robots.txt forbids, or might have forbidden."""
        if why := self._closed.get(urlparse_cached(request).netloc):
            self._stats.inc_value("robotstxt/forbidden")
            raise IgnoreRequest(
                f"robots.txt could not be read ({why}), so the site is closed to us"
            )
        super().process_request_2(rp, request)

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= SERVER_ERROR or response.status == TOO_MANY:
            # RFC 9309, 2.3.1.4: unreachable means everything is disallowed.
            self._closed[netloc] = f"answered {response.status}"
        if response.status >= CLIENT_ERROR:
            # 2.3.1.3: unavailable means everything is allowed; an error page holds no rules.
            response = response.replace(body=b"")
        await super()._parse_robots(response, netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        self._closed[netloc] = in_words(exc)
        super()._robots_error(exc, netloc)

    def keep_delay(self, robotparser: Any, request: Request) -> None:
        """Slow the host down to its Crawl-delay, never below our own delay."""
        agent = self._robotstxt_useragent or self._default_useragent
        if delay := robotparser.crawl_delay(agent):
            downloader = self.crawler.engine.downloader
            key, slot = downloader._get_slot(request)  # noqa: SLF001
            slot.delay = max(slot.delay, min(delay, self.LONGEST))
            # A slot idle for a minute is thrown away and made anew from these.
            downloader.per_slot_settings.setdefault(key, {})["delay"] = slot.delay


def _change_queue(request: Request) -> None:
    """Let a request redirected to another host wait in that host's queue.

    Scrapy leaves it in the queue of the host it came from, beside the other host's own.
    """
    came_from = {urlsplit(url).hostname for url in request.meta.get("redirect_urls", ())}
    queue = request.meta.get("download_slot")
    if queue in came_from and queue != urlparse_cached(request).hostname:
        del request.meta["download_slot"]
