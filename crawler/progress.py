"""Tells the process that started a harvest how far it is: one JSON object a line on stdout."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.statscollectors import StatsCollector


class Progress:
    """Reports after every answer and every 25 items; on only when ``PROGRESS`` is set."""

    EVERY = 25

    def __init__(self, stats: StatsCollector) -> None:
        self.stats = stats
        self.items = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Progress:
        if not crawler.settings.getbool("PROGRESS"):
            raise NotConfigured
        assert crawler.stats is not None  # noqa: S101  (extensions are built after the stats)
        progress = cls(crawler.stats)
        crawler.signals.connect(progress.answered, signals.response_received)
        crawler.signals.connect(progress.kept, signals.item_scraped)
        return progress

    def answered(self) -> None:
        """Report a page that came."""
        self._tell()

    def kept(self) -> None:
        """Report kept items, a few at a time."""
        self.items += 1
        if self.items % self.EVERY == 0:
            self._tell()

    def _tell(self) -> None:
        requests = self.stats.get_value("downloader/request_count", 0)
        tell({"event": "progress", "requests": requests, "items": self.items})


def tell(event: dict[str, Any]) -> None:
    """Write one event for the parent process, past what a spider may print by mistake.

    To a parent that was killed nothing is told: this process is about to end, and no failure.
    """
    stream = sys.__stdout__
    assert stream is not None  # noqa: S101  (a child of ours always has one)
    try:
        stream.write(json.dumps(event, default=str) + "\n")
        stream.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # what is left in it is written when the process ends
        os.close(nowhere)
