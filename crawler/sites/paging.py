"""Listings of several pages: which comes next, when they end, and when they never would."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

from scrapy.http import Request, Response

from crawler.errors import Outage
from crawler.sites.spider import GONE, SiteSpider

T = TypeVar("T")


class PagedSpider(SiteSpider):
    """A listing whose pages are numbered, or each name the next."""

    first_page: ClassVar[int] = 1
    """What ``{page}`` in an address begins with."""

    ends_by_repeating: ClassVar[bool] = False
    """Whether the site answers a page after the last with one it gave before."""

    async def pages(
        self,
        start: str,
        request: Callable[[str], Request],
        understand: Callable[[Response], T],
        marks: Callable[[T], Iterable[Any]],
        onward: Callable[[T], str | None] | None = None,
    ) -> AsyncIterator[T]:
        """Yield each page of the listing at ``address`` that holds anything new.

        ``{page}`` in ``address`` is replaced by the number of the page, until a page is empty or
        does not exist; else ``onward`` gives the address of the next. ``marks`` names what a page
        holds: a page that holds nothing new ends the listing, and is named unless the site is
        known to end so. A page that does not come ends the listing and is named.
        """
        numbered = "{page}" in start
        seen: set[Any] = set()
        asked: set[str] = set()
        url: str | None = start.replace("{page}", str(self.first_page))
        while url is not None and self._may_go_on(url, asked):
            try:
                page = await self.fetch(request(url), understand)
            except Outage as outage:
                if not (numbered and asked and outage.status in GONE):
                    self.degrade(f"page {len(asked) + 1} of the listing: {outage}")
                return
            asked.add(url)
            held = set(marks(page))
            if len(asked) > 1 and held <= seen:
                if held and not self.ends_by_repeating:
                    self.degrade(
                        f"page {len(asked)} of the listing repeats what came before: {_path(url)}"
                    )
                return
            seen |= held
            yield page  # even an empty first one: its kind of site knows what to say of that
            if numbered:
                url = start.replace("{page}", str(self.first_page + len(asked))) if held else None
            else:
                url = onward(page) if onward else None

    def _may_go_on(self, url: str, asked: Collection[str]) -> bool:
        """Whether another page of the listing is to be asked for; a limit of ours is named."""
        if url in asked:
            self.degrade(f"page {len(asked)} of the listing leads back to {_path(url)}")
            return False
        if self.depth is not None:
            return len(asked) < self.depth
        if len(asked) >= self.most_pages:
            self.degrade(f"{_host(url)}: the listing goes on after {len(asked)} pages")
            return False
        return True


def _host(url: str) -> str:
    return str(urlsplit(url).hostname)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
