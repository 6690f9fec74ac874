"""Whole harvests against a stand-in, in this process: the real spider, pipelines and storage."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from scrapy.crawler import Crawler
from scrapy.settings import Settings

from crawler.harvest import crawl_settings
from crawler.spider import CallSpider
from spiders.eu_portal import EuPortal
from storage import calls, harvests
from storage.database import open_database
from storage.domain import Call, Change, Harvest
from tests.empty import empty_database


class SmallPages(EuPortal):
    """The portal's spider with pages so small that few records fill several."""

    page_size = 12


def harvest(
    database: Path, url: str, now: datetime, spider: type[CallSpider] = SmallPages, **changed: Any
) -> Harvest:
    """Harvest once and return what was stored of it."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    order = {"at": url, "now": now.isoformat(), "contact": "towns@example.org"}
    settings.setdict(crawl_settings(order, spider.hosts), "cmdline")
    quiet = {"PROGRESS": False, "LOG_ENABLED": False}
    settings.setdict(quiet | changed, priority="cmdline")
    settings.set("SPIDER_MODULES", [], "cmdline")  # it is at hand: no need to look through all
    if not database.exists():
        empty_database(database)
    address = f"sqlite:///{database}"
    before = os.environ.get("BRIDGES_DATABASE_URL")
    os.environ["BRIDGES_DATABASE_URL"] = address
    try:
        asyncio.run(_crawl(spider, settings))
    finally:
        if before is None:
            del os.environ["BRIDGES_DATABASE_URL"]
        else:
            os.environ["BRIDGES_DATABASE_URL"] = before
    engine = open_database(address)
    with engine.begin() as connection:
        last = harvests.last(connection, spider.name)
    engine.dispose()
    assert last is not None
    return last


async def _crawl(spider: type[CallSpider], settings: Settings) -> None:
    await Crawler(spider, settings).crawl_async()


def kept(database: Path, source: str = EuPortal.name) -> dict[str, Call]:
    """What is stored of each call, apart from when it was last seen."""
    engine = open_database(f"sqlite:///{database}")
    with engine.connect() as connection:
        found = {
            reference: replace(calls.get(connection, f"{source}:{reference}"), last_seen=None)
            for reference in calls.known(connection, source)
        }
    engine.dispose()
    return found


def told(database: Path) -> dict[str, list[Change]]:
    """The history of each call."""
    engine = open_database(f"sqlite:///{database}")
    with engine.connect() as connection:
        found = {
            reference: calls.history(connection, f"eu_portal:{reference}")
            for reference in calls.known(connection, "eu_portal")
        }
    engine.dispose()
    return found
