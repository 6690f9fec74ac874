"""Nothing a spider asked for is lost without a trace: the ledger of a crawl."""

from __future__ import annotations

import logging
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request
from scrapy.statscollectors import StatsCollector
from twisted.python.failure import Failure

log = logging.getLogger(__name__)

_PLAINLY = {
    "CannotResolveHostError": "no such host",
    "DownloadCancelledError": "too large",
    "DownloadConnectionRefusedError": "connection refused",
    "DownloadFailedError": "connection broken",
    "DownloadTimeoutError": "timed out",
    "NotSupported": "not a web address",
    "ResponseDataLossError": "cut short",
    "UnsupportedURLSchemeError": "not a web address",
}


class Ledger:
    """Every request ends as a page its callback saw or as a count under ``lost/``.

    By default Scrapy ends ``finished`` even when every request failed.
    """

    def __init__(self, stats: StatsCollector) -> None:
        self.stats = stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Ledger:
        assert crawler.stats is not None  # noqa: S101  (extensions are built after the stats)
        ledger = cls(crawler.stats)
        crawler.signals.connect(ledger.scheduled, signals.request_scheduled)
        crawler.signals.connect(ledger.dropped, signals.request_dropped)
        crawler.signals.connect(ledger.item_error, signals.item_error)
        return ledger

    def scheduled(self, request: Request) -> None:
        """Give a request without an errback ours."""
        if request.errback is None:
            request.errback = self.lost

    def lost(self, failure: Failure) -> None:
        """Count and name a request that brought no page."""
        error = failure.value
        response = getattr(error, "response", None)
        if response is not None:
            reason = f"answered {response.status}"
        elif isinstance(error, IgnoreRequest):
            reason = str(error) or type(error).__name__
        else:
            reason = _PLAINLY.get(type(error).__name__, type(error).__name__)
        self._count("lost", reason)
        request: Any = getattr(failure, "request", None)
        log.warning("lost %s: %s (%s)", getattr(request, "url", "?"), reason, error)

    def dropped(self, request: Request) -> None:
        """Count a redirect to a page already seen (a cookie wall); other duplicates are ours."""
        if request.meta.get("redirect_urls"):
            self._count("lost", "redirected to a page already seen")

    def item_error(self, failure: Failure) -> None:
        """Count an item whose pipeline failed, which Scrapy does not."""
        self._count("item_error", type(failure.value).__name__)

    def _count(self, what: str, reason: str) -> None:
        self.stats.inc_value(f"{what}/count")
        self.stats.inc_value(f"{what}/{reason}")
