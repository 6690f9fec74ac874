"""Trying again with growing pauses, and waiting as long as a server asks."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Request, Response


def retry_after(response: Response, now: datetime) -> float:
    """Seconds the server asks us to wait (Retry-After as a number or a date); 0 if it does not."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())
    except (TypeError, ValueError):  # absent, nonsense, or a date without a zone
        return 0.0


class PatientRetry(RetryMiddleware):
    """Holds the whole host, not only the request that failed, before it tries again."""

    LONGEST = 300
    """Seconds; a server that asks for more has said "not today"."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler.settings)
        self.crawler = crawler
        self.first_wait = crawler.settings.getfloat("RETRY_BACKOFF")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PatientRetry:
        return cls(crawler)

    def process_response(  # type: ignore[override]  # Scrapy's third argument is deprecated
        self, request: Request, response: Response
    ) -> Request | Response:
        asked = 0.0
        if response.status in self.retry_http_codes:
            asked = retry_after(response, datetime.now(UTC))
        if asked > self.LONGEST:
            return response
        result = super().process_response(request, response)
        if isinstance(result, Request):
            self._hold(request, asked)
        return result

    def process_exception(  # type: ignore[override]
        self, request: Request, exception: Exception
    ) -> Request | Response | None:
        result = super().process_exception(request, exception)
        if isinstance(result, Request):
            self._hold(request, 0)
        return result

    def _hold(self, request: Request, asked: float) -> None:
        """Keep the host's slot from sending anything for the longer of the two waits."""
        backoff = self.first_wait * 2 ** int(request.meta.get("retry_times", 0))
        wait = min(max(asked, backoff), self.LONGEST)
        key = str(request.meta.get("download_slot"))
        slot = self.crawler.engine.downloader.slots.get(key)
        if slot and wait:
            slot.lastseen = max(slot.lastseen, time.monotonic() + wait)
