"""Sites made with WordPress, read through the JSON answers it gives by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode

from scrapy.http import Request, Response

from crawler.errors import NotThePage
from crawler.sites.fields import Fields, OddShapeError, dig, first
from crawler.sites.json_answers import json_of
from crawler.sites.spider import Entry, SiteSpider


@dataclass(frozen=True, slots=True)
class _Posts:
    posts: list[dict[str, Any]]
    pages: int
    total: int | None


class WordPress(SiteSpider):
    r"""A WordPress site's own JSON (``wp-json``): title, text and date of each post.

    1. ``site`` is the address of the site, and ``posts`` the type of post (``posts``, or one of
       the site's own); ``query`` narrows it, as ``{"tags": "638"}``.
    2. Pages of ``per_page`` posts, newest first, are asked for until the ``X-WP-TotalPages`` of
       the answer, or ``depth`` of them: most sites keep every post they ever wrote.
    3. ``listed`` says where in a post each field is; it is filled in for plain posts. A post is
       named by its number.
    4. Without ``detail`` the text of the post is all there is, and no page is asked for.

    For example::

        class Board(WordPress):
            name = "board"
            hosts = ("board.example.org",)
            language = "uk"
            site = "https://board.example.org"
            query = {"categories": "12"}
            depth = 2
            drop_if = {"title": r"\b(ваканс|тренінг)"}
    """

    site: ClassVar[str]
    posts: ClassVar[str] = "posts"
    query: ClassVar[Mapping[str, str]] = {}
    per_page: ClassVar[int] = 50
    listed: ClassVar[Mapping[str, str]] = {
        "reference": "id",
        "url": "link",
        "title": "title.rendered",
        "published": "date",
        "summary": "excerpt.rendered",
        "description": "content.rendered",
    }
    optional = frozenset({"summary"})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.narrowed: dict[str, str] = {}
        """What ``prepare`` found to narrow the query by, beside ``query``."""

    async def entries(self) -> AsyncIterator[Entry]:
        number, announced, seen = 1, 1, set[str]()
        while number <= min(announced, self.depth or self.most_pages):
            answer = await self.fetch(self.posts_request(number), self._posts_of)
            announced = answer.pages
            if number == 1 and not answer.posts and not self.may_be_empty:
                self.degrade(f"{self.site}: no posts at all, where there always are some")
            fresh = {str(post.get("id")) for post in answer.posts} - seen
            if answer.posts and not fresh:
                self.degrade(f"page {number} of the posts repeats what came before")
                return
            seen |= fresh
            for post in answer.posts:
                yield self._entry(post)
            last = number == announced
            if last and self.depth is None and answer.total not in (None, len(seen)):
                self.degrade(f"{len(seen)} posts came of {answer.total} announced")
            number += 1
        if self.depth is None and number <= announced:
            self.degrade(f"{self.site}: only {number - 1} of {announced} pages were asked for")

    def posts_request(self, number: int) -> Request:
        """The request for one page of posts."""
        wanted = {path.partition(".")[0] for path in self.listed.values()}
        query = {
            **self.query,
            **self.narrowed,
            "per_page": self.per_page,
            "page": number,
            "_fields": ",".join(sorted(wanted | {"id"})),
        }
        url = f"{self.site}/wp-json/wp/v2/{self.posts}?{urlencode(query, safe=',')}"
        return Request(url, headers={"Accept": "application/json"}, dont_filter=True)

    def _posts_of(self, response: Response) -> _Posts:
        data = json_of(response)
        if not isinstance(data, list) or not all(isinstance(one, dict) for one in data):
            message = data.get("message") if isinstance(data, dict) else None
            raise NotThePage(f"no list of posts in the answer ({message or 'unknown shape'})")
        pages = (response.headers.get("X-WP-TotalPages") or b"").decode("latin-1")
        total = (response.headers.get("X-WP-Total") or b"").decode("latin-1")
        if not pages.isdecimal():
            raise NotThePage("the answer does not say how many pages there are (X-WP-TotalPages)")
        return _Posts(data, int(pages), int(total) if total.isdecimal() else None)

    def _entry(self, post: dict[str, Any]) -> Entry:
        fields: Fields = {}
        for name, path in self.listed.items():
            try:
                values = dig(post, path)
            except OddShapeError:
                self.tally.odd[name] += 1
                continue
            if values:
                fields[name] = values
        return Entry(fields, first(fields, "url"))
