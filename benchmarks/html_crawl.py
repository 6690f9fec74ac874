"""One crawl of the invented agency in a process of its own: by us, or by a bare Scrapy spider.

``python -m benchmarks.html_crawl ours|bare URL`` prints CPU and wall seconds of the crawl, from
the first request to the last call kept; imports and an empty database's tables come before.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.settings import Settings

import crawler.bodies
import crawler.handler
import crawler.ledger
import crawler.patience
import crawler.pipelines
import crawler.progress
import crawler.robots  # noqa: F401  (all that Scrapy would import while it is measured)
from benchmarks import NOW
from crawler.harvest import crawl_settings
from crawler.spider import ListingSpider

CONCURRENT = {"CONCURRENT_REQUESTS": 4, "CONCURRENT_REQUESTS_PER_DOMAIN": 1}


class Ours(ListingSpider):
    """A spider as this project's are, with every part that a harvest has."""

    name = "agency"
    hosts = ("127.0.0.1",)
    language = "en"
    call_links = "a.call::attr(href)"

    def parse_call(self, response: Response, **_: Any) -> Iterator[Any]:
        yield self.call(
            response,
            reference=response.url.rsplit("/", 1)[-1],
            title=response.css("h1::text").get(""),
            summary=response.css("p.lead::text").get(),
            description=response.css("section.about").get(),
            conditions=response.css("section.who").get(),
            deadlines=response.css("time::text").getall(),
            documents=[
                {"url": response.urljoin(link.attrib["href"]), "title": link.css("::text").get("")}
                for link in response.css("li.file a")
            ],
        )


class Bare(scrapy.Spider):
    """Fetches every page and drops it."""

    name = "bare"
    fetched = 0

    def parse(self, response: Response, **_: Any) -> Iterator[Any]:
        for link in response.css("a.call::attr(href)").getall():
            yield response.follow(link, callback=self.drop)

    def drop(self, _response: Response) -> None:
        Bare.fetched += 1


def settings_of(side: str, url: str) -> Settings:
    """The settings a harvest of a local copy has; or Scrapy's own, with the same handler."""
    settings = Settings()
    if side == "ours":
        settings.setmodule("crawler.settings", priority="project")
        settings.setdict(crawl_settings({"at": url, "now": NOW.isoformat()}, ()), "cmdline")
        assert {name: settings.getint(name) for name in CONCURRENT} == CONCURRENT
    else:
        handler = "scrapy.core.downloader.handlers._aiohttp.AiohttpDownloadHandler"
        settings.setdict(CONCURRENT, "cmdline")
        settings.set("DOWNLOAD_HANDLERS", {"http": handler, "https": handler}, "cmdline")
        settings.set("TWISTED_REACTOR_ENABLED", value=False, priority="cmdline")
        settings.set("REMOTE_CONTROL_ENABLED", value=False, priority="cmdline")
        settings.set("TELNETCONSOLE_ENABLED", value=False, priority="cmdline")
    settings.set("PROGRESS", value=False, priority="cmdline")
    settings.set("LOG_LEVEL", "ERROR", "cmdline")
    return settings


def main() -> None:
    side, url = sys.argv[1:]
    began = time.process_time(), time.perf_counter()
    process = AsyncCrawlerProcess(settings_of(side, url))
    spider: type[scrapy.Spider] = Ours if side == "ours" else Bare
    process.crawl(spider, start_urls=[f"{url}/calls"])
    process.start()
    took = time.process_time() - began[0], time.perf_counter() - began[1]
    print(json.dumps({"cpu": took[0], "wall": took[1], "fetched": Bare.fetched}))


if __name__ == "__main__":
    main()
