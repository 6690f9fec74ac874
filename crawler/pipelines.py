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
from scrapy.exceptions import DontCloseSpider, DropItem
from sqlalchemy.engine import Connection, Engine

from crawler.documents.causes import corrected, lost
from crawler.documents.gathering import Documents
from crawler.exhibit import drop_exhibit, keep_exhibit
from crawler.health import WORDS, Judgement, Report, collapsed, judge, withheld
from crawler.patience import is_closing
from crawler.progress import tell
from crawler.raw import RawCall
from crawler.reading import fingerprint, read
from crawler.reading.attached import WORD
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
    words and reader are those already stored is not read again. When the last call is kept, the
    files that are due are gathered, and the calls that link them read once more with their texts.
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
        self.documents = Documents(crawler, engine, lambda: self.now)
        self._waiting: dict[str, RawCall] = {}
        self._gathering: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> KeepCalls:
        settings = crawler.settings
        stated = settings.get("NOW")
        now = datetime.fromisoformat(stated) if stated else datetime.now(UTC)
        url, documents = settings.get("DATABASE_URL"), settings.getbool("DOCUMENTS")
        if not url:  # `scrapy crawl`
            from storage.settings import load_settings  # noqa: PLC0415  (it takes 0.15 s)

            ours = load_settings()
            url, documents = ours.database_url, documents and ours.documents
        pipeline = cls(crawler, open_database(url), now.astimezone(UTC))
        if documents:
            pipeline.documents.allow(settings)
        crawler.signals.connect(pipeline.spider_idle, signals.spider_idle)
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
            self.last = harvests.last_good(connection, name)
            self.documents.open(connection)
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
        if not item.partial and item.reference not in self.digests:
            self.documents.attach(item)
        digest = item.digest()
        if item.reference in self.digests:
            # The first is kept: two of one name would overwrite each other in every harvest.
            if not item.partial and digest != self.digests[item.reference]:
                self.repeated[item.reference] = None
            return
        if item.partial:
            # A trace of the call proves that it is still there, and nothing else.
            outcome = "unchanged" if known else "left out"
        elif known and self._says_nothing_new(item, digest, known):
            outcome = "unchanged"
        elif known and self._replaced(item, known):
            # To read it now would take from it what the old file said, as if the source had.
            self._waiting[item.reference] = item
            outcome = "unchanged"
        else:
            outcome = self._keep(item, digest, known)
            known = None
        self.outcomes[item.reference] = outcome
        if not item.partial:
            self.digests[item.reference] = digest
            changed = outcome == "changed" or item.reference in self._waiting
            self.documents.want(item.reference, changed=changed)
        if known:
            self._see(known.call_id)

    def _withheld(self, item: RawCall) -> list[str]:
        """What this record lacks because the source suddenly gives it for hardly any."""
        if self.withheld is None:
            report = self.spider.report
            records = report.records or sum(report.parts.values())
            self.withheld = withheld(report.given, records, self.last)
            for name in self.withheld:
                before = (self.last.coverage if self.last else {}).get(WORDS + name, 0)
                self.spider.degrade(
                    f"{name}: in {report.given.get(name, 0):.0%} of the records, {before:.0%} in "
                    "the last good harvest; what was known before is kept"
                )
        return [name for name in self.withheld if name not in item.words]

    def _complete(self, item: RawCall, known: calls.Known, missing: list[str]) -> None:
        with self.engine.connect() as connection:
            stored = calls.words_of(connection, known.call_id) or {}
        words = stored.get("words", {})
        item.words |= {name: words[name] for name in missing if name in words}

    def _replaced(self, item: RawCall, known: calls.Known) -> bool:
        """Whether a file we had read has gone, and one in its place is yet to be read."""
        if not self.documents.awaits(item.reference):
            return False
        with self.engine.connect() as connection:
            stored = calls.words_of(connection, known.call_id)
        return stored is not None and lost(RawCall.from_json(stored), item)

    def _says_nothing_new(self, item: RawCall, digest: str, known: calls.Known) -> bool:
        """Whether the call stays as it is: the same words, or too few to replace those we have."""
        if known.digest == digest and known.fingerprint == fingerprint():
            return True
        if not item.provisional:
            return False
        with self.engine.connect() as connection:
            stored = calls.words_of(connection, known.call_id) or {}
        return not stored.get("provisional")

    def _keep(self, item: RawCall, digest: str, known: calls.Known | None) -> str:
        whole = self.documents.filled(item)
        reading = read(whole)
        with self.engine.begin() as connection:
            if known:
                # First what this reader makes of the words already stored, and of the files we
                # have only now come to read: that difference is our correction, and must not be
                # told as the source's news.
                ours = self._ours(connection, whole, known.call_id)
                if ours or known.fingerprint != fingerprint():
                    first = self.outcomes.get(item.reference) == "new"
                    read_again(connection, known.call_id, self.now, words=ours, first=first)
            kept = calls.keep(
                connection,
                reading,
                raw=whole.to_json(),
                digest=digest,
                now=self.now,
                harvest=self.harvest,
            )
        return kept.outcome

    @staticmethod
    def _ours(connection: Connection, item: RawCall, call_id: int) -> RawCall | None:
        if WORD not in item.words:
            return None
        stored = calls.words_of(connection, call_id)
        return corrected(RawCall.from_json(stored), item) if stored is not None else None

    def spider_idle(self) -> None:
        """Gather files once all calls are kept; Scrapy asks again, and is then let go."""
        if self.broken or self.spider.report.failure:
            return
        if self._gathering is None and self.documents.due():
            self._gathering = asyncio.create_task(self._with_documents())
        if self._gathering and not self._gathering.done():
            raise DontCloseSpider

    async def close_spider(self) -> None:
        """Wait for no file when the harvest has to end."""
        if self._gathering:
            self._gathering.cancel()
            await asyncio.gather(self._gathering, return_exceptions=True)

    async def _with_documents(self) -> None:
        """Gather the files that are due, and read the calls again that link a new text."""
        try:
            await self._gather()
        except DatabaseUnavailable as error:
            self.broken = self.spider.report.failure = str(error)
        except Exception as error:  # a mistake of ours: every call is kept all the same
            log.exception("the files of the calls could not be looked at")
            self.spider.degrade(f"attached files: {error!r}", complete=True)
        finally:
            slot = self.crawler.engine._slot  # noqa: SLF001
            if slot is not None:  # else Scrapy would look only after 5 s whether it is done
                asyncio.get_running_loop().call_soon(slot.nextcall.schedule)

    async def _gather(self) -> None:
        found = await self.documents.gather()
        self._flush()
        failed = []
        with self.engine.connect() as connection:
            known = calls.known(connection, self.spider.name)
        for reference in dict.fromkeys([*self._waiting, *self.documents.linking(found)]):
            if is_closing(self.crawler):
                break
            try:
                self._keep_with_documents(reference, known[reference])
            except DatabaseUnavailable:
                raise
            except Exception:  # whatever a reader trips over, the other calls wait
                log.exception("%s could not be read with its files", reference)
                failed.append(reference)
            await asyncio.sleep(0)
        if failed:
            names = ", ".join(failed[:3])
            self.spider.degrade(
                f"{len(failed)} calls could not be read with their files: {names}", complete=True
            )

    def _keep_with_documents(self, reference: str, known: calls.Known) -> None:
        item = self._waiting.get(reference)
        if item is None:
            with self.engine.connect() as connection:
                stored = calls.words_of(connection, known.call_id)
            if stored is None:
                return
            item = RawCall.from_json(stored)
        self.documents.attach(item)
        if reference in self._waiting and self._replaced(item, known):
            return  # still unread: the call stays as it is until another harvest
        digest = item.digest()
        if digest == known.digest and known.fingerprint == fingerprint():
            return
        outcome = self._keep(item, digest, known)
        if self.outcomes[reference] == "unchanged":
            self.outcomes[reference] = outcome

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
            read_now = coverage(connection, self.harvest)
            for said in collapsed(read_now, kept, self.last):
                self.spider.degrade(said)
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
                unreadable=unreadable(connection, self.harvest) | self._unread_files(),
                coverage=read_now | {WORDS + name: share for name, share in report.given.items()},
                parts=report.parts,
                complete=judged.complete,
                outcome=judged.outcome,
                reason=judged.reason,
            )
            harvests.finish(connection, self.harvest, harvest)
        self._exhibit(judged)
        return judged.outcome

    def _exhibit(self, judged: Judgement) -> None:
        """Keep the page that failed, or forget an earlier one when all is well."""
        url = self.engine.url.render_as_string(hide_password=False)
        if judged.outcome is Outcome.OK:
            drop_exhibit(url, self.spider.name)
        elif shown := self.spider.report.exhibit:
            keep_exhibit(url, self.spider.name, *shown, judged.reason, self.now)

    def _unread_files(self) -> dict[str, int]:
        count = self.documents.unread()
        return {"documents": count} if count else {}
