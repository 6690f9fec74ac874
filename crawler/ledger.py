"""Nothing a spider asked for is lost without a trace: the ledger of a crawl."""

from __future__ import annotations

import logging
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Request
from scrapy.statscollectors import StatsCollector
from twisted.python.failure import Failure

from crawler.errors import in_words

log = logging.getLogger(__name__)


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
        error: Any = failure.value
        response = getattr(error, "response", None)
        reason = in_words(error) if response is None else f"answered {response.status}"
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
