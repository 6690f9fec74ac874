"""One crawl of the invented agency in a process of its own, here by a bare Scrapy spider.

``python -m benchmarks.html_crawl URL`` prints the CPU seconds of the crawl alone, from its settings
to the last page, when all is imported. Nothing of ours is; ``benchmarks.html_harvest`` is our side.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import scrapy
import scrapy.core.downloader.handlers._aiohttp  # as it would be while the crawl is measured
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.settings import Settings

CONCURRENT = {"CONCURRENT_REQUESTS": 4, "CONCURRENT_REQUESTS_PER_DOMAIN": 1}


class Bare(scrapy.Spider):
    """Fetches every page and drops it."""

    name = "bare"
    fetched = 0

    def parse(self, response: Response, **_: Any) -> Iterator[Any]:
        for link in response.css("a.call::attr(href)").getall():
            yield response.follow(link, callback=self.drop)

    def drop(self, _response: Response) -> None:
        Bare.fetched += 1


def bare_settings(_url: str) -> Settings:
    """Scrapy's own settings, with the same handler and no port open to the outside."""
    handler = "scrapy.core.downloader.handlers._aiohttp.AiohttpDownloadHandler"
    return Settings(
        CONCURRENT
        | {
            "DOWNLOAD_HANDLERS": {"http": handler, "https": handler},
            "TWISTED_REACTOR_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,
            "TELNETCONSOLE_ENABLED": False,
        }
    )


def crawl(
    spider: type[scrapy.Spider],
    settings_of: Callable[[str], Settings],
    url: str,
    made: Callable[[], None] = lambda: None,
) -> None:
    """Crawl the agency, print what it took; ``made`` is called when the crawl is made."""
    began = time.process_time()
    settings = settings_of(url)
    settings.set("LOG_LEVEL", "ERROR", "cmdline")
    process = AsyncCrawlerProcess(settings)
    process.crawl(spider, start_urls=[f"{url}/calls"])
    made()
    process.start()
    told = {"cpu": time.process_time() - began, "fetched": Bare.fetched}
    print(json.dumps(told))


if __name__ == "__main__":
    crawl(Bare, bare_settings, sys.argv[1])
