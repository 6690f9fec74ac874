"""A spider as this project's are, for the invented agency, with every part that a harvest has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from scrapy.http import Response
from scrapy.settings import Settings

# What Scrapy would import as it goes, so that it is not counted as part of the crawl.
import crawler.bodies
import crawler.handler
import crawler.ledger
import crawler.patience
import crawler.pipelines
import crawler.progress
import crawler.robots  # noqa: F401
from benchmarks import NOW
from benchmarks.html_crawl import CONCURRENT
from crawler.harvest import crawl_settings
from crawler.spider import ListingSpider


class Ours(ListingSpider):
    """The agency's calls, with their words, deadline and documents."""

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


def our_settings(url: str) -> Settings:
    """The settings of a harvest from a local copy."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    order = {
        "database_url": os.environ["BRIDGES_DATABASE_URL"],
        "now": NOW.isoformat(),
        "contact": "benchmark@example.org",
        "at": url,
    }
    settings.setdict(crawl_settings(order, ()), "cmdline")
    settings.set("PROGRESS", value=False, priority="cmdline")
    assert {name: settings.getint(name) for name in CONCURRENT} == CONCURRENT
    return settings
