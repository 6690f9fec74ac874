"""From RawCalls to kept calls: what happens to every item of a harvest."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from sqlalchemy.engine import Engine

from crawler.raw import RawCall
from crawler.reading import fingerprint, read
from storage import calls, harvests
from storage.database import open_database
from storage.settings import load_settings


class KeepCalls:
    """Reads and keeps each call by itself, and keeps the books of the harvest.

    One transaction a call: a harvest killed at any moment leaves every call whole. A call whose
    words and reader are those already stored is not read again.
    """

    SEEN_AT_ONCE = 250

    def __init__(self, crawler: Crawler, engine: Engine, now: datetime) -> None:
        self.crawler = crawler
        self.engine = engine
        self._now = now
        self._began = time.monotonic()
        self.counts: Counter[str] = Counter()
        self.unreadable: Counter[str] = Counter()
        self.filled: Counter[str] = Counter()
        self._seen: list[int] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> KeepCalls:
        settings = crawler.settings
        engine = open_database(settings.get("DATABASE_URL") or load_settings().database_url)
        stated = settings.get("NOW")
        now = datetime.fromisoformat(stated) if stated else datetime.now(UTC)
        pipeline = cls(crawler, engine, now.astimezone(UTC))
        crawler.signals.connect(pipeline.spider_closed, signals.spider_closed)
        return pipeline

    @property
    def now(self) -> datetime:
        """The moment the harvest was told it starts at, plus the time it has taken since."""
        return self._now + timedelta(seconds=time.monotonic() - self._began)

    def open_spider(self) -> None:
        name = self._spider().name
        with self.engine.begin() as connection:
            harvests.interrupted(connection, name, self._now)
            self.harvest = harvests.start(connection, name, self._now)
            self.known = calls.known(connection, name)
        self.started = self._now

    def process_item(self, item: Any) -> Any:
        """Keep one RawCall. Raises TypeError for anything else a spider yields by mistake."""
        if not isinstance(item, RawCall):
            raise TypeError(f"a spider must yield RawCalls, not {type(item).__name__}")
        self.counts["items"] += 1
        known = self.known.get(item.reference)
        if item.partial:
            self._keep_partial(item, known)
        elif known and known.digest == item.digest() and known.fingerprint == fingerprint():
            self._see(known.call_id)
            self._fill(known.filled)
        else:
            self._keep(item, known)
        return item

    def _keep(self, item: RawCall, known: calls.Known | None) -> None:
        reading = read(item)
        self.unreadable.update(reading.unreadable.keys())
        self._fill(filled_fields(reading.call))
        with self.engine.begin() as connection:
            if known and known.fingerprint != fingerprint():
                # First what the new reader makes of the old words: that is our correction, and
                # must not be told as the source's news.
                for old in calls.stored_words(connection, item.source, reference=item.reference):
                    calls.correct(connection, read(RawCall.from_json(old.raw)), now=self.now)
            kept = calls.keep(
                connection,
                reading,
                raw=item.to_json(),
                digest=item.digest(),
                now=self.now,
                harvest=self.harvest,
            )
        self.counts[kept.outcome] += 1
