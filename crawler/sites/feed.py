"""Feeds: RSS and Atom, with a page for each entry or without."""

from __future__ import annotations

import calendar
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, ClassVar

from scrapy.http import Request, Response, TextResponse

from crawler.errors import NotThePage
from crawler.sites.checks import illegible, insist_on_a_page
from crawler.sites.paging import PagedSpider
from crawler.sites.spider import Entry

_END = re.compile(rb"</(?:\w+:)?(?:rss|feed|RDF)\s*>", re.IGNORECASE)


class FeedSource(PagedSpider):
    r"""An RSS or Atom feed.

    1. ``address`` is the feed. With ``{page}`` in it (WordPress: ``…/feed/?paged={page}``) older
       pages are asked for too, ``depth`` of them.
    2. Title, link, date, summary and text of each entry become the fields of those names, its
       categories the field ``label``, its enclosures ``documents``.
    3. ``detail``, ``labels`` or ``article`` say what to take from the page of the entry.
    4. A feed holds only the newest entries: that one is not in it any more proves nothing, and
       no harvest of a feed is complete.

    For example::

        class Programme(FeedSource):
            name = "programme"
            hosts = ("programme.example.eu",)
            language = "en"
            address = "https://programme.example.eu/feed/"
            keep_if = {"title": r"\bcall\b"}
            article = True
    """

    depth: ClassVar[int | None] = 1

    async def entries(self) -> AsyncIterator[Entry]:
        starts = (self.address,) if isinstance(self.address, str) else self.address
        for start in starts:
            pages = self.pages(start, self.feed_request, _feed_of, lambda feed: map(_link, feed))
            async for feed in pages:
                if not feed and not self.may_be_empty:
                    self.degrade(f"no entries in {start}")
                for entry in feed:
                    yield self.entry(entry)

    def feed_request(self, url: str) -> Request:
        """The request for a page of the feed."""
        accept = "application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.8"
        return Request(url, headers={"Accept": accept}, dont_filter=True)

    def entry(self, one: Any) -> Entry:
        """What the feed says of one entry."""
        texts = [part.get("value") or "" for part in one.get("content") or ()]
        moment = one.get("published_parsed") or one.get("updated_parsed")
        fields: dict[str, list[Any]] = {
            "title": [one.get("title") or ""],
            "published": [_day(moment)] if moment else [],
            "summary": [one.get("summary") or ""] if texts else [],
            "description": texts or [one.get("summary") or ""],
            "label": [tag.get("term") or "" for tag in one.get("tags") or ()],
            "documents": [
                {"url": file["href"], "title": ""}
                for file in one.get("enclosures") or ()
                if str(file.get("href")).startswith(("http://", "https://"))
                and not str(file.get("type")).startswith(("image/", "audio/", "video/"))
            ],
        }
        kept = {
            name: found for name, values in fields.items() if (found := [*filter(None, values)])
        }
        return Entry(kept, _link(one) or None)


def _feed_of(response: Response) -> list[Any]:
    """The entries of the feed in ``response``. Raises NotThePage if it is no feed."""
    import feedparser  # type: ignore[import-untyped]  # noqa: PLC0415  (few sources need it)

    if isinstance(response, TextResponse) and (what := illegible(response)):
        raise NotThePage(f"{what} came instead of the feed")  # feedparser would guess a charset
    # The charset of the header is passed on; sanitising is left to our own readers.
    kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
    feed = feedparser.parse(
        response.body,
        response_headers={"content-type": kind, "content-location": response.url},
        sanitize_html=False,
    )
    if not feed.version:
        insist_on_a_page(response)
        raise NotThePage("no feed came, but something else")
    if feed.bozo and not feed.entries:
        raise NotThePage(f"the feed is broken: {feed.get('bozo_exception')}")
    if feed.bozo and not _END.search(response.body):
        raise NotThePage("the feed is cut short")
    return list(feed.entries)


def _link(one: Any) -> str:
    return str(one.get("link") or one.get("id") or "")


def _day(moment: Any) -> str:
    """The day (UTC) of a moment as feedparser gives it."""
    return datetime.fromtimestamp(calendar.timegm(moment), UTC).date().isoformat()
