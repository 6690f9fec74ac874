"""Sites where one page is one call, rewritten when its next round opens."""

from __future__ import annotations

from typing import ClassVar

from parsel import Selector
from scrapy.http import TextResponse

from crawler.sites.fields import is_only_heading
from crawler.sites.html import HtmlListing
from crawler.sites.spider import Entry


class FixedPages(HtmlListing):
    """Pages that each tell one standing programme: its rules, and the day of its next round.

    1. ``address`` names the pages. There is no listing, so a new programme must be added by hand.
    2. ``items`` selects what the page is about, once; where it is missing the page changed.
    3. ``title`` selects the name in it. All of it becomes the description, without what
       ``without`` cuts out (menus, forms and the like, if nothing else is said); the page's
       address names the call.

    For example::

        class Fund(FixedPages):
            name = "fund"
            hosts = ("fund.example.de",)
            language = "de"
            address = ("https://fund.example.de/small.html", "https://fund.example.de/large.html")
            items = "main"
    """

    items = "main"
    without = "nav, aside, form, footer, .breadcrumb"
    title: ClassVar[str] = "h1"

    def items_of(self, page: TextResponse) -> list[Selector]:
        """The one element the page is about, if it says more than what it is called."""
        if self.without:
            page.css(self.without).drop()
        found = list(page.css(self.items))[:1]
        return [one for one in found if not is_only_heading(one.get(), page)]

    def entry(self, page: TextResponse, item: Selector) -> Entry:
        """The call the page tells."""
        fields = {"url": [page.url], "description": [item.get()]}
        if names := [one for one in (self._name(node) for node in item.css(self.title)) if one]:
            fields["title"] = names[:1]
        return Entry(fields, page.url, whole=True)

    @staticmethod
    def _name(node: Selector) -> str:
        return " ".join(" ".join(node.css("::text").getall()).split())
