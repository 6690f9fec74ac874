"""Trying again with growing pauses, and waiting as long as a server asks."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from scrapy import signals
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Request, Response
from scrapy.spiders import Spider

LONGEST = 300
"""Seconds; a server that asks for more has said "not today"."""


def retry_after(response: Response, now: datetime) -> float:
    """Seconds the server asks us to wait (Retry-After as a number or a date); 0 if it does not."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())
    except (TypeError, ValueError, OverflowError):  # absent, nonsense, or a date without a zone
        return 0.0


def back_off(crawler: Crawler, failed: Request) -> None:
    """Hold the host of a request that failed: twice as long after each try."""
    first = crawler.settings.getfloat("RETRY_BACKOFF")
    hold(crawler, failed, min(first * 2 ** int(failed.meta.get("retry_times", 0)), LONGEST))


def hold(crawler: Crawler, request: Request, seconds: float) -> None:
    """Let nothing out to the host of ``request`` for so long, not only ``request``."""
    _, slot = _queue(crawler, request)
    if slot is not None:
        slot.lastseen = max(slot.lastseen, time.monotonic() + seconds)
        _heed_closing(crawler, slot)


def is_closing(crawler: Crawler) -> bool:
    """Whether the crawl has been asked to end, or has ended."""
    slot = crawler.engine._slot  # noqa: SLF001
    return slot is None or slot.closing is not None


def _heed_closing(crawler: Crawler, slot: Slot) -> None:
    """Look each second, while a host is held, whether the crawl is to end: it would wait too."""
    if is_closing(crawler):
        _refuse(slot, "the harvest was told to stop")
    elif slot.lastseen > time.monotonic():
        asyncio.get_running_loop().call_later(1, _heed_closing, crawler, slot)


def _refuse(slot: Slot, why: str) -> None:
    """Give up what waits in a queue."""
    while slot.queue:
        _, answer = slot.queue.popleft()
        answer.errback(IgnoreRequest(why))


class Throttle(AutoThrottle):
    """Asks a slow server as much more seldom, and no server more often than its robots.txt allows.

    Scrapy's own would sink below a Crawl-delay, down to our own delay.
    """

    def _response_downloaded(self, response: Response, request: Request, spider: Spider) -> None:
        super()._response_downloaded(response, request, spider)
        name, slot = _queue(self.crawler, request)
        if slot is not None:
            stated = self.crawler.engine.downloader.per_slot_settings.get(name, {})
            slot.delay = max(slot.delay, float(stated.get("delay", 0.0)))


class PatientRetry(RetryMiddleware):
    """Holds the whole host before it tries again, and leaves alone one that asks for long."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler.settings)
        self.crawler = crawler
        self._left_alone: dict[str, str] = {}
        crawler.signals.connect(self.answered, signals.response_downloaded)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PatientRetry:
        return cls(crawler)

    def answered(self, response: Response, request: Request) -> None:
        """Hold the host for as long as it asks.

        As a signal, because Scrapy sends the next request of the queue before a middleware sees
        this answer.
        """
        asked = self._asked(response)
        if asked > LONGEST:
            self._leave_alone(request, f"asked not to be visited for {asked:.0f} s")
        elif asked:
            hold(self.crawler, request, asked)

    def process_request(self, request: Request) -> None:
        """Raise IgnoreRequest for a host that asked for more patience than a harvest has."""
        if why := self._left_alone.get(_queue(self.crawler, request)[0]):
            raise IgnoreRequest(why)

    def process_response(  # type: ignore[override]  # Scrapy's third argument is deprecated
        self, request: Request, response: Response
    ) -> Request | Response:
        if self._asked(response) > LONGEST:
            return response
        result = super().process_response(request, response)
        if isinstance(result, Request):
            back_off(self.crawler, request)
        return result

    def process_exception(  # type: ignore[override]
        self, request: Request, exception: Exception
    ) -> Request | Response | None:
        result = super().process_exception(request, exception)
        if isinstance(result, Request):
            back_off(self.crawler, request)
        return result

    def _asked(self, response: Response) -> float:
        if response.status not in self.retry_http_codes:
            return 0.0
        return retry_after(response, datetime.now(UTC))

    def _leave_alone(self, request: Request, why: str) -> None:
        """Refuse what is asked of this host from now on, and what waits in its queue already."""
        name, slot = _queue(self.crawler, request)
        self._left_alone[name] = why
        if slot is not None:
            _refuse(slot, why)


def _queue(crawler: Crawler, request: Request) -> tuple[str, Slot | None]:
    """The name of the queue a request waits in, and the queue if it was ever used."""
    assert crawler.engine is not None  # noqa: S101  (a request only comes from an engine)
    downloader = crawler.engine.downloader
    name = downloader.get_slot_key(request)
    return name, downloader.slots.get(name)
