"""Asks for one file through the harvest's own engine: its guards, robots.txt, delay and name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.http import Request, Response
from w3lib.url import safe_url_string

from crawler.errors import in_words
from crawler.patience import is_closing

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 4
OK, NOT_MODIFIED, TOO_MANY, SERVER_ERROR = 200, 304, 429, 500
TIMEOUT = 30
"""Seconds for one answer: less than for a page, for nothing waits for it."""

_META = {
    "handle_httpstatus_all": True,  # redirects are looked at before they are followed
    "dont_redirect": True,
    "dont_cache": True,  # what is known of a file is in the database
    "allow_offsite": True,  # files may be anywhere; may_visit says where not
    "dont_retry": True,  # and tries again are ours, so that a host's patience is not ours too
    "max_retry_times": 1,  # of crawler.bodies, for a compressed body cut short
    "download_timeout": TIMEOUT,
}
_ACCEPT = (
    "application/pdf,application/vnd.openxmlformats-officedocument.wordprocessingml.document,"
    "*/*;q=0.5"
)


@dataclass(frozen=True, slots=True)
class File:
    """A file as it came, and the server's marks for it (empty where it gives none)."""

    body: bytes
    etag: str
    last_modified: str


class NotFetched(Exception):  # noqa: N818
    """Raised by ``fetch``: its text says why.

    ``leave_alone``: not to ask that host again in this harvest; ``size``: bytes that may have come.
    """

    def __init__(self, reason: str, *, leave_alone: bool = False, size: int = 0) -> None:
        super().__init__(reason)
        self.leave_alone = leave_alone
        self.size = size


async def fetch(  # noqa: PLR0913  (the facts of one visit, each named at the call)
    crawler: Crawler,
    url: str,
    *,
    etag: str,
    last_modified: str,
    may_visit: Callable[[str], bool],
    most: int,
) -> File | None:
    """Return the file at ``url``, at most ``most`` bytes; None if it is as ``etag`` knows it.

    A failure that may pass is tried once more, unless the server asked for patience. Redirects
    are followed to where ``may_visit`` allows. Raises NotFetched.
    """
    headers = {"Accept": _ACCEPT}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    for _ in range(MOST_REDIRECTS + 1):
        meta = {**_META, "download_maxsize": most, "download_warnsize": 0}
        request = Request(url, headers=headers, meta=meta, dont_filter=True)
        response = await _patiently(crawler, request)
        if response.status not in REDIRECTS:
            return _file(response)
        url = _next(url, response)
        if not may_visit(url):
            raise NotFetched(f"leads to {urlsplit(url).hostname or 'no address'}: not followed")
    raise NotFetched("leads from one address to the next without end")


async def _patiently(crawler: Crawler, request: Request) -> Response:
    """The answer to the first try or, where that may help, to a second."""
    try:
        return await _ask(crawler, request)
    except NotFetched as error:
        if not error.leave_alone or is_closing(crawler) or isinstance(error, _AskedForPatience):
            raise
    await asyncio.sleep(crawler.settings.getfloat("RETRY_BACKOFF"))
    return await _ask(crawler, request.copy())


class _AskedForPatience(NotFetched):
    """Raised where the server said when to come back."""


async def _ask(crawler: Crawler, request: Request) -> Response:
    assert crawler.engine is not None  # noqa: S101  (files are asked for while a crawl runs)
    try:
        response = await crawler.engine.download_async(request)
    except DownloadCancelledError as error:
        raise NotFetched(in_words(error), size=request.meta["download_maxsize"]) from error
    except IgnoreRequest as error:  # forbidden by robots.txt, at a private address
        raise NotFetched(in_words(error)) from error
    except Exception as error:  # whatever Scrapy or the network raises, this file did not come
        raise NotFetched(in_words(error), leave_alone=True) from error
    if response.status == TOO_MANY or response.status >= SERVER_ERROR:
        kind = _AskedForPatience if "Retry-After" in response.headers else NotFetched
        raise kind(f"answered {response.status}", leave_alone=True)
    return response


def _file(response: Response) -> File | None:
    if response.status == NOT_MODIFIED:
        return None
    if response.status != OK:
        raise NotFetched(f"answered {response.status}")
    etag, changed = (
        (response.headers.get(name) or b"").decode("latin-1").strip()[:300]
        for name in ("ETag", "Last-Modified")
    )
    return File(response.body, etag, changed)


def _next(url: str, response: Response) -> str:
    """Where a redirect leads, as a full address; empty for none."""
    location = (response.headers.get("Location") or b"").decode("latin-1").strip()
    try:
        return urljoin(url, safe_url_string(location)).partition("#")[0] if location else ""
    except ValueError:
        return ""
