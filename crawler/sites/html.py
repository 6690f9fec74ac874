"""Listings in HTML, with a page for each call or without."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import ClassVar

from parsel import Selector
from scrapy.http import Request, Response, TextResponse

from crawler.sites.addresses import canonical
from crawler.sites.checks import broken_letters, insist_on_a_page
from crawler.sites.fields import select
from crawler.sites.paging import PagedSpider
from crawler.sites.spider import Entry


class HtmlListing(PagedSpider):
    """A listing in HTML: an element for each call, and usually a page for each call.

    1. ``address`` is the address of the listing. With ``{page}`` in it, pages are counted from
       ``first_page`` until one is empty or does not exist; else ``next_page`` selects the link to
       the next, if the listing has several.
    2. ``items`` selects the element of each call, or its link; where it finds none, the listing or
       its markup changed, unless the source ``may_be_empty`` and ``empty`` selects the words that
       say so. A link back to the listing, as in the site's menu, is no call.
    3. ``listed`` says what to take from each element; ``url`` is the link to the call's page.
       A listing without pages of calls gives each a ``reference`` instead.
    4. ``detail`` says what to take from that page, and ``labels`` what its labelled rows are;
       where neither does, its main text is looked for (``article = False``: it is not asked for).

    For example::

        class Agency(HtmlListing):
            name = "agency"
            hosts = ("funding.example.eu",)
            language = "fr"
            zone = "Europe/Paris"
            address = "https://funding.example.eu/calls?page={page}"
            items = "article.call"
            listed = {"url": "h3 a", "title": "h3 a", "deadlines": ".deadline"}
            detail = {"description": "main .text", "documents": "li.file a"}
            labels = {"Who may apply": "conditions", "Budget": "conditions"}
            rows = ("dl > div", "dt", "dd")
            noise = ("page",)
    """

    items: ClassVar[str]
    listed: ClassVar[Mapping[str, str]] = {
        "url": "./descendant-or-self::a",
        "title": "./descendant-or-self::a",
    }
    next_page: ClassVar[str | None] = None
    empty: ClassVar[str | None] = None

    @property
    def _seeks_text(self) -> bool:
        return not (self.detail or self.labels) if self.article is None else self.article

    async def entries(self) -> AsyncIterator[Entry]:
        starts = (self.address,) if isinstance(self.address, str) else self.address
        for start in starts:
            pages = self.pages(
                start, self.listing_request, self.understand_listing, self._marks, self._onward
            )
            async for page in pages:
                entries = [self.entry(page, item) for item in self.items_of(page)]
                entries = [one for one in entries if not self._leads_back(one, page)]
                if not entries:
                    self._say_empty(page)
                smudged = broken_letters(page) > 0
                for entry in entries:
                    entry.smudged = smudged
                    yield entry

    def listing_request(self, url: str) -> Request:
        """The request for a page of the listing."""
        return Request(url, dont_filter=True)

    def understand_listing(self, response: Response) -> TextResponse:
        """The response, if it is a page of the listing. Raises NotThePage if it is not."""
        return insist_on_a_page(response)

    def items_of(self, page: TextResponse) -> list[Selector]:
        """The element of each call."""
        return list(page.css(self.items))

    def entry(self, page: TextResponse, item: Selector) -> Entry:
        """What the listing says of one call."""
        fields = select(item, self.listed, base=page.url)
        for one in fields.get("documents", ()):
            one["url"] = page.urljoin(one["url"])
        links = fields.pop("url", [])
        entry = Entry(fields)
        if links:
            try:
                entry.url = page.urljoin(links[0])
            except ValueError:
                entry.url = links[0]
            fields["url"] = links
        return entry

    def _leads_back(self, entry: Entry, page: TextResponse) -> bool:
        """Whether an entry is only a link to the listing itself."""
        if entry.whole or entry.url is None:
            return False
        try:
            return _plain(entry.url, self.noise) == _plain(page.url, self.noise)
        except ValueError:
            return False

    def _marks(self, page: TextResponse) -> Iterable[str]:
        """What names each call of a page: its address, or its words where it has none."""
        for item in self.items_of(page):
            url = self.entry(page, item).url
            try:
                yield canonical(url, self.noise) if url else item.get()
            except ValueError:
                yield item.get()

    def _onward(self, page: TextResponse) -> str | None:
        link = page.css(self.next_page) if self.next_page else None
        if not link:
            return None
        address = link[0].attrib.get("href") if hasattr(link[0].root, "tag") else link[0].get()
        try:
            return page.urljoin(address) if address else None
        except ValueError:
            self.degrade(f"the link to the next page is no address: {address!r:.60}")
            return None

    def _say_empty(self, page: TextResponse) -> None:
        if self.may_be_empty and self.empty and page.css(self.empty):
            return
        self.show(page)
        self.degrade(f"no calls on {page.url}: the listing is empty, or its markup changed")


def _plain(url: str, noise: Iterable[str]) -> str:
    return canonical(url, noise).rstrip("/")
