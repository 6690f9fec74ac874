"""Pages kept beside the database, so that one that has not changed costs its site nothing."""

from __future__ import annotations

import contextlib
import json
import logging
import sqlite3
import time
import zlib
from pathlib import Path
from typing import Any

from isal import isal_zlib
from scrapy import Spider
from scrapy.downloadermiddlewares.httpcache import HttpCacheMiddleware
from scrapy.extensions.httpcache import RFC2616Policy
from scrapy.http import Headers, Request, Response
from scrapy.responsetypes import responsetypes
from scrapy.settings import BaseSettings
from sqlalchemy.engine import make_url

from crawler.bodies import is_whole

log = logging.getLogger(__name__)

OK, NOT_MODIFIED = 200, 304
DAY = 86_400.0


def cache_folder(database_url: str) -> Path:
    """Where pages are kept: beside a SQLite file, else in our own data folder."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        return Path(url.database).parent / "pages"
    from storage.settings import data_folder  # noqa: PLC0415  (it takes 0.15 s)

    return data_folder() / "pages"


class AlwaysAsk(RFC2616Policy):
    """Asks about every page with the validators it came with; guesses nothing, hides no outage.

    Scrapy's own policy takes a page unchanged for months as fresh for weeks, never asks again for
    one under ``no-cache``, and hands out the stored page while the site answers 503.
    """

    def should_cache_request(self, request: Request) -> bool:
        """Whether it is a plain question: not a search sent with POST, nor one with a token."""
        return request.method == "GET" and "Authorization" not in request.headers

    def should_cache_response(self, response: Response, request: Request) -> bool:  # noqa: ARG002
        """Whether the page came whole and can be asked about."""
        has_validator = "ETag" in response.headers or "Last-Modified" in response.headers
        told = b"no-store" in self._parse_cachecontrol(response)
        cut = "partial" in response.flags or "dataloss" in response.flags
        return (
            response.status == OK and has_validator and not told and not cut and is_whole(response)
        )

    def is_cached_response_fresh(self, cachedresponse: Response, request: Request) -> bool:
        """Never; but the question goes out with what the server needs to say "not modified"."""
        self._set_conditional_validators(request, cachedresponse)
        return False

    def is_cached_response_valid(
        self,
        cachedresponse: Response,  # noqa: ARG002
        response: Response,
        request: Request,  # noqa: ARG002
    ) -> bool:
        return response.status == NOT_MODIFIED


class HonestCache(HttpCacheMiddleware):
    """Scrapy's cache of pages, less what it does when a server is dead: that is an error."""

    DOWNLOAD_EXCEPTIONS = ()  # type: ignore[assignment]


class PageStore:
    """Pages of one source in a SQLite file of its own, bounded in size and age.

    A page is written in one transaction: a harvest killed at any moment leaves no half of one, to
    be taken for the whole when the server says "not modified". A page asked about unchanged for
    ``HTTPCACHE_EXPIRATION_SECS`` is fetched whole again, in case its server says so by mistake.
    Nothing that goes wrong here harms a harvest: it fetches the page.
    """

    def __init__(self, settings: BaseSettings) -> None:
        self.folder = Path(settings["HTTPCACHE_DIR"] or _folder_of(settings))
        self.longest = settings.getint("HTTPCACHE_EXPIRATION_SECS")
        self.largest = settings.getint("HTTPCACHE_LARGEST_PAGE")
        self.most = settings.getint("HTTPCACHE_MOST")
        self.stand_in = str(settings.get("SEND_TO") or "")
        self._database: sqlite3.Connection | None = None

    def open_spider(self, spider: Spider) -> None:
        """Open the file; one that is no database any more is put out of the way."""
        assert spider.crawler.request_fingerprinter is not None  # noqa: S101  (made before)
        self._fingerprint = spider.crawler.request_fingerprinter.fingerprint
        path = self.folder / f"{spider.name}.sqlite"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                self._database = _opened(path)
            except sqlite3.DatabaseError:
                path.unlink(missing_ok=True)
                self._database = _opened(path)
        except (OSError, sqlite3.Error) as error:
            log.warning("no pages are kept in %s: %s", path, error)

    def close_spider(self, spider: Spider) -> None:  # noqa: ARG002
        """Let go what is old, and what is too much."""
        if self._database is None:
            return
        try:
            with self._database as database:
                database.execute("DELETE FROM page WHERE used < ?", (time.time() - 60 * DAY,))
                database.execute(
                    "DELETE FROM page WHERE key IN (SELECT key FROM (SELECT key, "
                    "sum(length(body)) OVER (ORDER BY used DESC, key) AS size FROM page) "
                    "WHERE size > ?)",
                    (self.most,),
                )
        except sqlite3.Error as error:
            log.warning("the pages kept could not be tidied: %s", error)
        self._database.close()
        self._database = None

    def retrieve_response(self, spider: Spider, request: Request) -> Response | None:  # noqa: ARG002
        """The page as it came; None if it is not here, or has not come whole for too long."""
        if self._database is None:
            return None
        row = self._database.execute(
            "SELECT url, headers, body FROM page WHERE key = ? AND fetched > ?",
            (self._key(request), time.time() - self.longest),
        ).fetchone()
        if row is None:
            return None
        url, told, packed = row
        headers = Headers(
            {name: [one.encode("latin-1") for one in values] for name, values in json.loads(told)}
        )
        body = zlib.decompress(packed)
        kind: Any = responsetypes.from_args(headers=headers, url=url, body=body)
        response: Response = kind(url=url, status=OK, headers=headers, body=body)
        return response

    def store_response(self, spider: Spider, request: Request, response: Response) -> None:  # noqa: ARG002
        """Keep a page that came, or note that one we have was asked about and still holds."""
        if self._database is None or len(response.body) > self.largest:
            return
        now, key = time.time(), self._key(request)
        told = json.dumps(
            [(name.decode("latin-1"), [one.decode("latin-1") for one in values])
             for name, values in response.headers.items()]
        )  # fmt: skip
        try:
            with self._database as database:
                if "cached" in response.flags:
                    database.execute(
                        "UPDATE page SET used = ?, headers = ? WHERE key = ?", (now, told, key)
                    )
                else:
                    database.execute(
                        "REPLACE INTO page (key, url, headers, body, fetched, used) "
                        "VALUES (?, ?, ?, ?, ?, ?)",
                        (key, response.url, told, isal_zlib.compress(response.body), now, now),
                    )
        except sqlite3.Error as error:
            log.warning("a page could not be kept: %s", error)

    def _key(self, request: Request) -> bytes:
        """A stand-in's pages are never taken for those of the site itself."""
        return self._fingerprint(request) + self.stand_in.encode()


def _folder_of(settings: BaseSettings) -> Path:
    url = settings.get("DATABASE_URL")
    if not url:  # `scrapy crawl`
        from storage.settings import load_settings  # noqa: PLC0415

        url = load_settings().database_url
    return cache_folder(url)


def _opened(path: Path) -> sqlite3.Connection:
    with contextlib.ExitStack() as stack:
        database = sqlite3.connect(path, timeout=5)
        stack.callback(database.close)
        if database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("damaged")
        database.execute("PRAGMA auto_vacuum = FULL")
        database.execute(
            "CREATE TABLE IF NOT EXISTS page (key BLOB PRIMARY KEY, url TEXT NOT NULL, "
            "headers TEXT NOT NULL, body BLOB NOT NULL, fetched REAL NOT NULL, used REAL NOT NULL)"
        )
        stack.pop_all()
    return database
