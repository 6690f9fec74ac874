"""From RawCalls to kept calls: what happens to every item of a harvest."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from sqlalchemy.engine import Engine

from crawler.health import WORDS, Report, judge, withheld
from crawler.progress import tell
from crawler.raw import RawCall
from crawler.reading import fingerprint, read
from crawler.reread import read_again
from crawler.spider import CallSpider
from storage import calls, harvests
from storage.claim import claimed
from storage.coverage import coverage, unreadable
from storage.database import open_database
from storage.domain import Harvest, Outcome
from storage.errors import DatabaseUnavailable

log = logging.getLogger(__name__)


class KeepCalls:
    """Reads and keeps each call by itself, and keeps the books of the harvest.

    One transaction a call: a harvest killed at any moment leaves every call whole. A call whose
    words and reader are those already stored is not read again.
    """

    SEEN_AT_ONCE = 250

    PATIENCE = 90
    """Seconds to wait for another harvest of the same source, as one that was told to stop.

    Two at once would visit the source twice as fast, and each would take the other's calls for
    absent.
    """

    def __init__(self, crawler: Crawler, engine: Engine, now: datetime) -> None:
        self.crawler = crawler
        self.engine = engine
        self.began = now
        self._clock = time.monotonic()
        self.outcomes: dict[str, str] = {}
        self.digests: dict[str, str] = {}
        self.repeated: dict[str, None] = {}
        self.seen: list[int] = []
        self.harvest = 0
        self.known: dict[str, calls.Known] = {}
        self.last: Harvest | None = None
        self.broken = ""
        self._closing: asyncio.Task[None] | None = None
        self.withheld: list[str] | None = None
        self._claim = contextlib.ExitStack()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> KeepCalls:
        settings = crawler.settings
        stated = settings.get("NOW")
        now = datetime.fromisoformat(stated) if stated else datetime.now(UTC)
        url = settings.get("DATABASE_URL")
        if not url:  # `scrapy crawl`
            from storage.settings import load_settings  # noqa: PLC0415  (it takes 0.15 s)

            url = load_settings().database_url
        pipeline = cls(crawler, open_database(url), now.astimezone(UTC))
        crawler.signals.connect(pipeline.spider_closed, signals.spider_closed)
        return pipeline

    @property
    def now(self) -> datetime:
        """The moment the harvest was told it began, and the time it has taken since (UTC)."""
        return self.began + timedelta(seconds=time.monotonic() - self._clock)

    def open_spider(self) -> None:
        name = self.spider.name
        refusal = f"{name} is being harvested by another program; wait until it is done"
        claim = claimed(self.engine, f"harvest-{name}", patience=self.PATIENCE, refusal=refusal)
        self._claim.enter_context(claim)
        with self.engine.begin() as connection:
            harvests.interrupted(connection, name, self.began)
            self.harvest = harvests.start(connection, name, self.began)
            self.known = calls.known(connection, name)
            self.last = harvests.last_complete(connection, name)
        self._tell({"event": "begun", "harvest": self.harvest})

    @property
    def spider(self) -> CallSpider:
        """The spider of this crawl. Raises TypeError for one that cannot report on itself."""
        spider = self.crawler.spider
        if not isinstance(spider, CallSpider):
            raise TypeError(f"{spider} is not a CallSpider")
        return spider

    def process_item(self, item: Any) -> Any:
        """Keep one RawCall. Raises TypeError for anything else a spider yields by mistake.

        A database that cannot be used ends the harvest: the next call would fare no better.
        """
        if not isinstance(item, RawCall):
            raise TypeError(f"a spider must yield RawCalls, not {type(item).__name__}")
        try:
            if not self.broken:
                self._process(item)
        except DatabaseUnavailable as error:
            self.broken = self.spider.report.failure = str(error)
            engine = self.crawler.engine
            self._closing = asyncio.create_task(engine.close_spider_async(reason="database"))
        if self.broken:
            raise DropItem(self.broken)
        return item

    def _process(self, item: RawCall) -> None:
        known = self.known.get(item.reference)
        if known and (missing := self._withheld(item)):
            self._complete(item, known, missing)
        digest = item.digest()
        if item.reference in self.digests:
            # The first is kept: two of one name would overwrite each other in every harvest.
            if not item.partial and digest != self.digests[item.reference]:
                self.repeated[item.reference] = None
            return
        if item.partial:
            # A trace of the call proves that it is still there, and nothing else.
            outcome = "unchanged" if known else "left out"
        elif known and known.digest == digest and known.fingerprint == fingerprint():
            outcome = "unchanged"
        else:
            outcome = self._keep(item, digest, known)
            known = None
        self.outcomes[item.reference] = outcome
        if not item.partial:
            self.digests[item.reference] = digest
        if known:
            self._see(known.call_id)

    def _withheld(self, item: RawCall) -> list[str]:
        """What this record lacks because the source suddenly gives it for hardly any."""
        if self.withheld is None:
            report = self.spider.report
            self.withheld = withheld(report.given, sum(report.parts.values()), self.last)
            for name in self.withheld:
                before = (self.last.coverage if self.last else {}).get(WORDS + name, 0)
                self.spider.degrade(
                    f"{name}: in {report.given.get(name, 0):.0%} of the records, {before:.0%} in "
                    "the last complete harvest; what was known before is kept"
                )
        return [name for name in self.withheld if name not in item.words]

    def _complete(self, item: RawCall, known: calls.Known, missing: list[str]) -> None:
        with self.engine.connect() as connection:
            stored = calls.words_of(connection, known.call_id) or {}
        words = stored.get("words", {})
        item.words |= {name: words[name] for name in missing if name in words}

    def _keep(self, item: RawCall, digest: str, known: calls.Known | None) -> str:
        reading = read(item)
        with self.engine.begin() as connection:
            if known and known.fingerprint != fingerprint():
                # First what this reader makes of the words already stored: that difference is our
                # correction, and must not be told as the source's news.
                read_again(connection, known.call_id, self.now)
            kept = calls.keep(
                connection,
                reading,
                raw=item.to_json(),
                digest=digest,
                now=self.now,
                harvest=self.harvest,
            )
        return kept.outcome

    def _see(self, call_id: int) -> None:
        self.seen.append(call_id)
        if len(self.seen) >= self.SEEN_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        with self.engine.begin() as connection:
            calls.seen(connection, self.seen, harvest=self.harvest, now=self.now)
        self.seen.clear()

    def spider_closed(self, reason: str) -> None:
        """Judge the harvest, count who was absent from it, and write its books."""
        if not self.harvest:  # it never began, and whatever kept it from that is told already
            self._claim.close()
            self.engine.dispose()
            return
        try:
            event = {"event": "done", "outcome": self._close(reason)}
        except DatabaseUnavailable as error:
            event = {"event": "failed", "reason": str(error)}
            log.error("%s", error)  # noqa: TRY400  (one line for people)
        except Exception as error:  # a mistake of ours: Scrapy would only log it
            event = {"event": "failed", "reason": f"its books could not be written: {error!r}"}
            log.exception("the books of the harvest could not be written")
        finally:
            self._claim.close()
            self.engine.dispose()
        self._tell(event)

    def _tell(self, event: dict[str, Any]) -> None:
        if self.crawler.settings.getbool("PROGRESS"):
            tell(event)

    def _close(self, reason: str) -> Outcome:
        self._flush()
        stats = self.crawler.stats.get_stats()
        report: Report = self.spider.report
        if self.repeated:
            names = ", ".join(list(self.repeated)[:3])
            self.spider.degrade(
                f"{len(self.repeated)} references came again with other words, and only the first "
                f"were kept: {names}",
                complete=True,
            )
        counts = Counter(self.outcomes.values())
        kept = counts["new"] + counts["changed"] + counts["unchanged"]
        with self.engine.begin() as connection:
            judged = judge(report, stats, reason, kept, self.last)
            gone = 0
            if judged.complete:
                gone, _ = calls.absent(
                    connection, self.spider.name, harvest=self.harvest, now=self.now
                )
            harvest = Harvest(
                source=self.spider.name,
                started=self.began,
                finished=self.now,
                requests=stats.get("downloader/request_count", 0),
                items=kept,
                new=counts["new"],
                changed=counts["changed"],
                unchanged=counts["unchanged"],
                gone=gone,
                unreadable=unreadable(connection, self.harvest),
                coverage=coverage(connection, self.harvest)
                | {WORDS + name: share for name, share in report.given.items()},
                parts=report.parts,
                complete=judged.complete,
                outcome=judged.outcome,
                reason=judged.reason,
            )
            harvests.finish(connection, self.harvest, harvest)
        return judged.outcome
