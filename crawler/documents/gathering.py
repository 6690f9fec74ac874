"""The attached files of a harvest: what is known of them, which are asked for, and how it went."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings
from sqlalchemy.engine import Connection, Engine

from crawler.documents.child import extract_in_child
from crawler.documents.choosing import choose
from crawler.documents.extracting import Outcome, extractor
from crawler.documents.fetching import File, NotFetched, fetch
from crawler.patience import is_closing
from crawler.raw import RawCall
from crawler.reading.attached import WORD
from storage import documents
from storage.documents import DocumentText

log = logging.getLogger(__name__)

FRESH = timedelta(days=6, hours=12)
"""How long a text is believed: about a week, of harvests that do not keep to the minute."""

AGAIN = timedelta(hours=20)
"""How long after a visit in vain the next one is due; each further one doubles it, up to FRESH."""

ENOUGH_TRIES = 3
"""Visits in vain, a day or more apart, after which a file is not waited for any more."""

RESERVE = 360
"""Seconds before the end of a harvest in which no file is asked for any more: one on a host that
does not answer can take as long, with its robots.txt."""


class Documents:
    """Knows the texts of files, puts them beside the words of calls, and gathers those due.

    Files are gathered after the last call was kept, within limits of number, bytes and time
    (``crawler.settings``): whatever happens to them, no call is lost. A file that cannot be had
    leaves the text known before; it is noted, and tried again in another harvest.
    """

    def __init__(self, crawler: Crawler, engine: Engine, now: Callable[[], datetime]) -> None:
        self.crawler = crawler
        self.engine = engine
        self.now = now
        self.on = False
        self._began = time.monotonic()
        self._stand_in = ""
        self._hosts: frozenset[str] = frozenset()
        self._known: dict[str, DocumentText] = {}
        self._linked: dict[str, tuple[str, ...]] = {}
        self._wanted: dict[str, tuple[str, ...]] = {}
        self._changed: dict[str, bool] = {}
        self._left_alone: set[str] = set()

    def allow(self, settings: BaseSettings) -> None:
        """Let files be asked for, of the hosts that these settings of a crawl leave open."""
        self.on = True
        self._stand_in = urlsplit(settings.get("SEND_TO") or "").netloc
        self._hosts = frozenset(settings.getlist("SEND_TO_HOSTS"))

    def open(self, connection: Connection) -> None:
        """Learn what is known of every file."""
        self._known = documents.known(connection)

    def attach(self, item: RawCall) -> None:
        """Note beside a call's words which files it links, with the marks of their texts."""
        chosen = choose(item.words, item.url)
        item.words.pop(WORD, None)
        if not chosen:
            return
        self._linked[item.reference] = tuple(one.url for one in chosen)
        entries = [
            {"url": one.url, "title": one.title, "mark": row.mark}
            | {"sha256": row.sha256, "extractor": row.extractor}
            | ({"missing": row.missing} if row.missing else {})
            for one in chosen
            if (row := self._known.get(one.url)) and row.mark
        ]
        if entries:
            item.words[WORD] = entries

    def filled(self, item: RawCall) -> RawCall:
        """The call with the pages of its files; a copy, for a harvest may hold all its calls."""
        entries: list[dict[str, Any]] = item.words.get(WORD) or []
        if not entries:
            return item
        with self.engine.connect() as connection:
            pages = documents.pages(connection, [entry["url"] for entry in entries])
        whole = [{**entry, "pages": pages.get(entry["url"], [])} for entry in entries]
        return replace(item, words={**item.words, WORD: whole})

    def want(self, reference: str, *, changed: bool) -> None:
        """Note that a call was kept in this harvest, so that its files are asked for when due."""
        own = self._linked.get(reference, ())
        if own:
            self._wanted[reference] = own
        for url in own:
            if self.may_visit(url):
                self._changed[url] = self._changed.get(url, False) or changed

    def awaits(self, reference: str) -> bool:
        """Whether a call links a file that has no text yet and may have one soon."""
        rows = [
            self._known.get(url) for url in self._linked.get(reference, ()) if self.may_visit(url)
        ]
        return self.on and any(
            not row or not (row.mark or row.failures >= ENOUGH_TRIES) for row in rows
        )

    def may_visit(self, url: str) -> bool:
        """Whether a file may be asked for at all.

        Where a stand-in answers for the source's hosts (``--at``), only those and the stand-in are
        visited: a test or a demonstration must not reach out into the world.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return False
        if not self._stand_in:
            return True
        return parts.hostname in self._hosts or parts.netloc == self._stand_in

    def due(self) -> list[str]:
        """The files to ask for now, those never asked for first, then the longest not asked."""
        if not self.on:
            return []
        now = self.now()
        waiting = [
            (row is not None, not changed, row.asked_at if row else now, place, url)
            for place, (url, changed) in enumerate(self._changed.items())
            if is_due(row := self._known.get(url), now, changed=changed)
        ]
        return [url for *_, url in sorted(waiting)]

    def linking(self, urls: set[str]) -> list[str]:
        """The calls kept in this harvest that link any of these files."""
        return [reference for reference, own in self._wanted.items() if not urls.isdisjoint(own)]

    def unread(self) -> int:
        """How many calls of this harvest link a file that could not be had the last time."""
        failing = {url for url in self._changed if (row := self._known.get(url)) and row.failures}
        return len(self.linking(failing)) if self.on else 0

    async def gather(self) -> set[str]:
        """Ask for what is due, within the limits; the addresses whose texts are other than before.

        Each text is stored as soon as it is there.
        """
        settings = self.crawler.settings
        wanted = self.due()
        most = settings.getint("DOCUMENTS_PER_HARVEST")
        left = settings.getint("DOCUMENTS_BYTES_PER_HARVEST")
        over = time.monotonic() + settings.getint("DOCUMENTS_SECONDS")
        if ends := settings.getint("CLOSESPIDER_TIMEOUT"):
            over = min(over, self._began + ends - RESERVE)
        found: set[str] = set()
        asked = 0
        for url in wanted:
            if asked >= most or left <= 0 or time.monotonic() > over or is_closing(self.crawler):
                break
            if urlsplit(url).hostname in self._left_alone:
                continue
            asked += 1
            before = self._known.get(url)
            row, size = await self._visit(url, settings.getint("DOCUMENTS_MAXSIZE"))
            left -= size
            if row.mark != (before.mark if before else ""):
                found.add(url)
        log.info("files: %d asked for, %d left for later", asked, len(wanted) - asked)
        return found

    async def _visit(self, url: str, most: int) -> tuple[DocumentText, int]:
        """Ask for one file and keep what came of it; how many bytes it had."""
        before = self._known.get(url) or DocumentText(url, self.now())
        same_tool = before.extractor == extractor()
        pages: list[dict[str, Any]] | None = None
        size = 0
        try:
            file = await fetch(
                self.crawler,
                url,
                etag=before.etag if same_tool else "",
                last_modified=before.last_modified if same_tool else "",
                may_visit=self.may_visit,
                most=most,
            )
        except NotFetched as error:
            after, size = self._in_vain(before, str(error)), error.size
            if error.leave_alone:
                self._left_alone.add(str(urlsplit(url).hostname))
        else:
            size = len(file.body) if file else 0
            if file is None or (same_tool and _sha256(file) == before.sha256):
                after = self._as_before(before, file)
            else:
                after, pages = await self._extracted(before, file)
        if after.failures:
            log.warning("%s %s", url, after.reason)
        self._known[url] = after
        with self.engine.begin() as connection:
            documents.put(connection, after, pages)
        return after, size

    def _in_vain(self, before: DocumentText, reason: str) -> DocumentText:
        return replace(
            before, asked_at=self.now(), failures=before.failures + 1, reason=reason[:500]
        )

    def _as_before(self, before: DocumentText, file: File | None) -> DocumentText:
        """The file has not changed; one without a text still has none, for the same reason."""
        now = self.now()
        after = replace(before, asked_at=now)
        if file is not None:
            after = replace(after, etag=file.etag, last_modified=file.last_modified)
        if before.mark:
            return replace(after, read_at=now, failures=0, reason="")
        return replace(after, failures=before.failures + 1)

    async def _extracted(
        self, before: DocumentText, file: File
    ) -> tuple[DocumentText, list[dict[str, Any]] | None]:
        """What a new file says. One that cannot be read leaves the text of the one before."""
        extract = await extract_in_child(file.body)
        if extract.outcome is not Outcome.READ and before.mark:
            return self._in_vain(before, extract.outcome.value), None
        now = self.now()
        after = DocumentText(
            url=before.url,
            asked_at=now,
            etag=file.etag,
            last_modified=file.last_modified,
            sha256=_sha256(file),
            extractor=extractor(),
        )
        if extract.outcome is not Outcome.READ:
            failures = before.failures + 1
            return replace(after, failures=failures, reason=extract.outcome.value), None
        text = json.dumps(extract.pages, ensure_ascii=True).encode()
        mark = hashlib.blake2b(text, digest_size=16).hexdigest()
        return replace(after, read_at=now, mark=mark, missing=extract.missing), extract.pages


def is_due(row: DocumentText | None, now: datetime, *, changed: bool) -> bool:
    """Whether to ask for a file: weekly, and daily while its call's own words change.

    After visits in vain the pauses grow, for most files that are gone stay gone.
    """
    if row is None:
        return True
    pause = FRESH
    if row.failures:
        pause = min(AGAIN * 2 ** min(row.failures - 1, 6), FRESH)
    elif changed:
        pause = AGAIN
    return now - row.asked_at >= pause


def _sha256(file: File) -> str:
    return hashlib.sha256(file.body).hexdigest()
