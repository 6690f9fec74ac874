"""Recordings of sources: made once from a stand-in, replayed without any network.

The recordings are synthetic: the pages come from stand-ins written for this project, under the
public addresses of the sources: the folder ``tests/samples/NAME`` (see ``tests.spiders.samples``),
unless ``SITES`` names something else. ``python -m tests.spiders.record NAME`` writes them and what
we read in them; a person then reads the difference before it is committed. Replay never writes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import vcr
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.settings import Settings

from crawler.handler import GuardedHandler
from crawler.harvest import crawl_settings, load_spider
from crawler.raw import RawCall
from desk.demo.portal import PortalSite
from desk.demo.portal_records import records
from tests.spiders.samples import samples

TESTS = Path(__file__).parent.parent
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PER_KIND = 4
PUBLIC = "X-Public"
"""The header by which a stand-in, and the recording, know for which host a request is."""


def portal_site() -> PortalSite:
    """A portal with a few records of every shape the sample portal has."""
    chosen: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for record in records(NOW):
        metadata = record["metadata"]
        shape = tuple(
            "|".join(map(str, metadata.get(name) or ()))
            for name in ("type", "DATASOURCE", "status", "language", "deadlineModel")
        )
        chosen.setdefault(shape, []).append(record)
    return PortalSite([one for group in chosen.values() for one in group[:PER_KIND]])


SITES: dict[str, Callable[[], AbstractContextManager[str]]] = {
    "eu_portal": lambda: portal_site().serve()
}
"""What stands in for a source while its recording is made, where that is no folder of samples."""


class ReplayHandler(GuardedHandler):
    """The production handler, except that a replayed response has no socket.

    While a recording is made, each request tells which public host it is really for.
    """

    def _as_sent(self, request: Any) -> Any:
        sent = super()._as_sent(request)
        if urlsplit(sent.url).netloc != urlsplit(request.url).netloc:
            sent.headers[PUBLIC] = "{0.scheme}://{0.netloc}".format(urlsplit(request.url))
        return sent

    @staticmethod
    def _build_base_response_args(response: Any, request: Any, headers: Any) -> Any:
        if hasattr(response, "_peername"):  # live, while recording
            return GuardedHandler._build_base_response_args(response, request, headers)
        return {"status": response.status, "url": request.url, "headers": headers, "protocol": None}


def crawl(spider: type[Any], **changed: Any) -> list[RawCall]:
    """Everything the spider yields. Raises AssertionError for any error Scrapy only logs."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    quiet = {
        "DOWNLOAD_HANDLERS": {"http": ReplayHandler, "https": ReplayHandler},
        "ITEM_PIPELINES": {},
        "RETRY_TIMES": 0,
        "DOWNLOAD_DELAY": 0.001,
        "AUTOTHROTTLE_ENABLED": False,
        "HTTPCACHE_ENABLED": False,
        "LOG_ENABLED": False,
    }
    settings.setdict(quiet | changed, priority="cmdline")
    found: list[RawCall] = []
    # A sample is smaller than the source, and no fault for that; nor does it need a real key.
    changes = {
        "usual": None,
        "key": staticmethod(lambda: "invented-key"),
        "__doc__": spider.__doc__,
    }
    spider = type(spider.__name__, (spider,), changes)

    def keep(item: RawCall) -> None:
        found.append(item)

    async def run() -> Any:
        crawler = Crawler(spider, settings)
        crawler.signals.connect(keep, signals.item_scraped)
        await crawler.crawl_async()
        return crawler

    crawler = asyncio.run(run())
    assert crawler.stats.get_value("log_count/ERROR", 0) == 0, crawler.stats.get_stats()
    assert crawler.spider.report.failure is None
    assert crawler.spider.report.degradations == []
    return found


def recorder(name: str, mode: str, stand_in: str = "") -> Any:
    """A vcrpy cassette of the source; a stand-in's address is written as the public one."""

    def as_public(request: Any) -> Any:
        if stand_in and (public := request.headers.pop(PUBLIC, None)):
            said = public.decode() if isinstance(public, bytes) else str(public)
            request.uri = request.uri.replace(stand_in, said)
        return request

    return vcr.VCR(
        record_mode=mode,
        match_on=["method", "uri", "body"],
        decode_compressed_response=True,
        filter_headers=["user-agent", "cookie"],
        before_record_request=as_public,
        before_record_response=_calm,
    ).use_cassette(str(TESTS / "cassettes" / f"{name}.yaml"))


def _calm(response: Any) -> Any:
    """Leave out of a recording what changes each time it is made."""
    for name in list(response["headers"]):
        if name.lower() in ("date", "server", "set-cookie"):
            del response["headers"][name]
    response["headers"]["X-Recording"] = ["synthetic: from a stand-in written for this project"]
    return response


@contextlib.contextmanager
def recording(name: str) -> Iterator[dict[str, Any]]:
    """While the block lasts, the source's hosts are answered by its stand-in and recorded."""
    hosts = load_spider(name).hosts
    with (
        SITES[name]() if name in SITES else samples(name) as address,
        recorder(name, "once", address),
    ):
        settings = crawl_settings({"at": address}, hosts)
        settings.pop("PROGRESS")
        settings.pop("NOW")
        yield settings
