"""Sites whose sitemap lists the pages of calls."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import ClassVar

from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.utils.gz import gunzip, gzip_magic_number
from scrapy.utils.sitemap import Sitemap

from crawler.errors import NotThePage, Outage
from crawler.sites.checks import insist_on_a_page
from crawler.sites.spider import Entry, SiteSpider

LARGEST = 50 << 20
"""Bytes of an unpacked sitemap, the most the protocol allows."""


class SitemapSource(SiteSpider):
    """A sitemap, and the page of each call in it.

    1. ``address`` is the sitemap, or the index of several; of an index those whose address matches
       ``follow`` are read.
    2. ``pages`` is a pattern of the addresses of calls.
    3. ``newest`` is how many are taken, those changed last first; a sitemap keeps the old ones.
    4. ``detail``, ``labels`` or ``article`` say what to take from each page, its title included.

    For example::

        class Market(SitemapSource):
            name = "market"
            hosts = ("market.example.org",)
            language = "uk"
            address = "https://market.example.org/sitemap.xml"
            pages = r"/opp/[^/]+$"
            newest = 60
            detail = {"title": "h1", "description": "main", "deadlines": ".deadline"}
    """

    pages: ClassVar[str]
    follow: ClassVar[str] = ""
    newest: ClassVar[int | None] = None

    async def entries(self) -> AsyncIterator[Entry]:
        found: dict[str, str] = {}
        waiting = [self.address] if isinstance(self.address, str) else list(self.address)
        asked: set[str] = set()
        while waiting:
            address = waiting.pop(0)
            if address in asked:
                continue
            if len(asked) >= self.most_pages:
                self.degrade(f"the sitemaps go on after {len(asked)} of them")
                break
            asked.add(address)
            try:
                kind, listed = await self.fetch(Request(address, dont_filter=True), _sitemap_of)
            except Outage as outage:
                self.degrade(f"sitemap {address}: {outage}")
                continue
            if kind == "sitemapindex":
                waiting += [one for one, _ in listed if re.search(self.follow, one)]
            else:
                found |= {one: changed for one, changed in listed if re.search(self.pages, one)}
        if not found and not self.may_be_empty:
            self.degrade(f"no address in {', '.join(asked)} looks like a call: {self.pages}")
        ranked = sorted(found, key=lambda one: found[one], reverse=True)
        if self.newest is not None and len(ranked) > self.newest:
            self.report.complete = False  # the older ones are not missed
            ranked = ranked[: self.newest]
        for address in ranked:
            yield Entry({"url": [address]}, address)


def _sitemap_of(response: Response) -> tuple[str, list[tuple[str, str]]]:
    """The kind of a sitemap, and its addresses with the moment each changed last, or ``""``."""
    body = response.body
    if gzip_magic_number(response):
        try:
            body = gunzip(body, max_size=LARGEST)
        except (OSError, EOFError, IgnoreRequest) as error:
            raise NotThePage(f"the packed sitemap cannot be unpacked: {error}") from error
    try:
        sitemap = Sitemap(body)
    except (StopIteration, SyntaxError) as error:  # not one tag in it; lxml's is a SyntaxError
        insist_on_a_page(response)
        raise NotThePage("no sitemap came, but something else") from error
    if sitemap.type not in ("urlset", "sitemapindex"):
        insist_on_a_page(response)
        raise NotThePage("no sitemap came, but something else")
    listed = [(str(one.get("loc") or ""), str(one.get("lastmod") or "")) for one in sitemap]
    return str(sitemap.type), [(loc.strip(), changed) for loc, changed in listed if loc.strip()]
