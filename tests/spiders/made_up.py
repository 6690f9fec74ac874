"""Calls made up from those in a source's samples: listings that are long, doubled or endless."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import lxml.html
from parsel import Selector

from crawler.sites import FixedPages, HtmlListing, JsonApi, SitemapSource, WordPress
from crawler.sites.fields import _chosen
from desk.demo.serving import Incoming
from tests.crawler.server import NOT_FOUND, Answer, Asked, page
from tests.spiders.replay import portal_site
from tests.spiders.samples import FOLDER, Route, routes

MARK = re.compile(r"(?:-x)?77\d\d(?=[/?&]|$)")
"""What a made-up name has at its end, so that its page is found: that of the call it copies."""

_NAMES = ("url", "title", "label", "reference", "summary")

ENOUGH = 24
"""Copies of the calls of a listing with which shares of them say something."""


def body_of(answer: Answer) -> bytes:
    return answer.data.partition(b"\r\n\r\n")[2]


def kind_of(answer: Answer) -> str:
    head = answer.data.partition(b"\r\n\r\n")[0].lower()
    found = re.search(rb"content-type: [a-z]+/(?:[a-z]+\+)?([a-z]+)", head)
    return found[1].decode() if found else "html"


def with_body(answer: Answer, body: bytes, **headers: str) -> Answer:
    """The same answer with another body; of ``headers``, those it has are set to what is said."""
    first, *lines = answer.data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    said = {"Content-Length": str(len(body)), **headers}
    told = [line.partition(": ") for line in lines]
    lines = [f"{name}: {said.get(name, value)}" for name, _, value in told]
    head = "\r\n".join([first, *lines, "", ""])
    return Answer(head.encode("latin-1") + body, answer.wait, answer.then)


@dataclass
class Site:
    """A source and its sample pages, while they are served: ``turn`` counts listings given."""

    name: str
    spider: Any
    routes: list[Route] = field(default_factory=list)
    turn: int = 0
    seen: dict[str, None] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, spider: Any) -> Site:
        # Requests for every host come to one server here, and do not say for which.
        return cls(name, spider, [replace(one, host="") for one in routes(FOLDER / name)])

    def honest(self, asked: Asked) -> Answer:
        """What the site answers when nothing is wrong; a made-up page is that of its model."""
        for target in (asked.target, MARK.sub("", asked.target)):
            plain = replace(asked, target=target)
            for one in self.routes:
                if one.answers(plain):
                    return one.answer
        return NOT_FOUND

    def listing(self, asked: Asked) -> bool:
        """Whether a request is for a listing, not for a page of one call, a key or a token."""
        if any(one.answers(asked) for one in self.routes):
            return any(self.lists(one) and one.answers(asked) for one in self.routes)
        paths = {_unnumbered(one.path) for one in self.routes if self.lists(one)}
        return _unnumbered(asked.path) in paths

    def lists(self, route: Route) -> bool:
        return re.match(r"list|posts|hits|search|feed|sitemap|aids", route.file) is not None

    def opens(self, asked: Asked) -> bool:
        """Whether a request is for what the listing needs first: a key, a token."""
        return any(
            one.answers(asked) and re.match(r"page\.html|token|categories", one.file)
            for one in self.routes
        )

    def first(self) -> str:
        """The address of the first page of the listing."""
        if issubclass(self.spider, WordPress):
            return f"{self.spider.site}/wp-json/wp/v2/{self.spider.posts}?page=1"
        address = self.spider.address
        start = address if isinstance(address, str) else (address or ("",))[0]
        return start.replace("{page}", str(getattr(self.spider, "first_page", 1)))

    @property
    def copied(self) -> bool:
        """Whether calls can be made up for it: it has a listing that tells of them."""
        return not issubclass(self.spider, FixedPages | SitemapSource)

    @property
    def has_pages(self) -> bool:
        """Whether pages of calls are asked for."""
        return bool(self.copied and self.spider()._has_pages)

    @property
    def paged(self) -> bool:
        """Whether it has a second page that could be spoiled."""
        spider = self.spider
        if spider.depth == 1 or not self.copied:
            return False
        if issubclass(spider, HtmlListing):
            return "{page}" in spider.address or spider.next_page is not None
        return issubclass(spider, WordPress | JsonApi)


class Portal(Site):
    """The EU portal, whose stand-in is a program; faults of its rows have tests of their own."""

    copied = False  # type: ignore[assignment]
    paged = False  # type: ignore[assignment]

    def __init__(self, name: str, spider: Any) -> None:
        super().__init__(name, spider)
        self.portal = portal_site()

    def honest(self, asked: Asked) -> Answer:
        incoming = Incoming(asked.method, asked.target, asked.headers, asked.body)
        reply = self.portal.reply(incoming)
        return page(reply.body, reply.status, Content_Type=reply.content_type)

    def listing(self, asked: Asked) -> bool:
        return asked.method == "POST"

    has_pages = False  # type: ignore[assignment]


@dataclass
class Copies:
    """Makes calls up for a site."""

    site: Site

    def first(self) -> Answer:
        """The honest first page of the listing."""
        parts = urlsplit(self.site.first())
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        for one in self.site.routes:
            if self.site.lists(one):
                asked = Asked(one.method, target or one.path, {}, b"", b"", 0.0)
                if one.answers(asked) or not self.site.spider.address:
                    return one.answer
        raise LookupError(f"no first page among the samples of {self.site.name}")

    def next_page(self, *, renamed: bool) -> Answer:
        """The first page for ever, its calls under new names each time if ``renamed``."""
        turn, self.site.turn = self.site.turn, self.site.turn + 1
        answer = self.first()
        if kind_of(answer) == "json":
            data = json.loads(body_of(answer))
            if renamed and turn:
                self._each_record(data, lambda one: [self._copy(one, turn)])
            self._more(data, turn)
            headers = {"X-WP-TotalPages": "999", "X-WP-Total": "9999"}
            return with_body(answer, json.dumps(data).encode(), **headers)
        text = body_of(answer).decode()
        if renamed and turn:
            text = self._renamed(text, turn)
        link = f'<a rel="next" href="?page={turn + 2}">next</a>'
        return with_body(answer, text.replace("</body>", f"{link}</body>").encode())

    def many(self, answer: Answer, copies: int = ENOUGH) -> Answer:
        """A listing with so many copies of its calls (at most 99)."""
        return self._repeated(answer, range(copies), self._renamed, names=True)

    def doubled(self, answer: Answer) -> Answer:
        """Each call of the listing once more, under the same name and with other words."""

        def other(text: str, turn: int) -> str:
            later = re.sub(
                r"(?<![-/\w])(20[23])(\d)\b",
                lambda year: f"{year[1]}{(int(year[2]) + 1) % 10}",
                text,
            )
            return later if turn else text

        return self._repeated(answer, range(2), other, names=False)

    def _repeated(
        self, answer: Answer, turns: range, change: Callable[[str, int], str], *, names: bool
    ) -> Answer:
        """The calls of a listing in turns, each changed; ``names``: so that there are more."""
        if kind_of(answer) == "json":
            data = json.loads(body_of(answer))

            def copies(record: Any) -> list[Any]:
                if names:
                    return [record, *(self._copy(record, turn) for turn in turns[1:])]
                return [json.loads(change(json.dumps(record), turn)) for turn in turns]

            many = self._each_record(data, copies, count=names)
            headers = {"X-WP-Total": str(many)} if names else {}
            return with_body(answer, json.dumps(data).encode(), **headers)
        text = body_of(answer).decode()
        feed = kind_of(answer) == "xml"
        around = (
            r"(?s)(.*?)(<item>.*)(</channel>.*)" if feed else r"(?s)(.*?<body[^>]*>)(.*)(</body>.*)"
        )
        found = re.fullmatch(around, text)
        assert found is not None, self.site.name
        inner = "".join(change(found[2], turn) for turn in turns)
        return with_body(answer, (found[1] + inner + found[3]).encode())

    def _renamed(self, text: str, turn: int) -> str:
        """A listing whose calls have other addresses; that of turn 0 is left as it is."""
        if not turn:
            return text
        text = re.sub(
            r"<(link|guid[^>]*)>([^<]+)<", lambda at: f"<{at[1]}>{self._name(at[2], turn)}<", text
        )
        return re.sub(r'href="([^"]+)"', lambda at: f'href="{self._name(at[1], turn)}"', text)

    def _name(self, address: str, turn: int) -> str:
        """Another call's address, made of one; menus, pagers and mail are left alone."""
        own = urlsplit(self.site.first())
        parts = urlsplit(address)
        path = parts.path.rstrip("/")
        menu = "=" not in parts.query and path in ("", own.path.rstrip("/"))
        if menu or address.startswith(("?", "#", "mailto")):
            return address
        if pattern := self.site.spider.reference:
            found = re.search(pattern, address)
            if found is None:
                return address
            return address[: found.end(1)] + _mark(found[1], turn) + address[found.end(1) :]
        slash = parts.path[len(path) :]
        return parts._replace(path=path + _mark(path, turn) + slash).geturl()

    def _copy(self, record: Any, turn: int) -> Any:
        listed = self.site.spider.listed
        named = {listed.get("reference"), listed.get("url"), "id", "slug", "link"}
        copy = json.loads(json.dumps(record))
        for key in named & copy.keys():
            value = copy[key]
            if isinstance(value, int):
                copy[key] = int(f"{value}77{turn:02d}")
            elif "/" in value:
                copy[key] = self._name(value, turn)
            else:
                copy[key] = value + _mark(value, turn)
        return copy

    def _each_record(
        self, data: Any, change: Callable[[Any], list[Any]], *, count: bool = True
    ) -> int:
        """Put in the place of each record what is made of it; how many there are then."""
        found: Any = data
        for key in filter(None, getattr(self.site.spider, "records", "").split(".")):
            found = found[int(key)] if isinstance(found, list) else found[key]
        found[:] = [copy for record in found for copy in change(record)]
        if count:
            self._set(data, getattr(self.site.spider, "total", None), len(found))
        return len(found)

    def _more(self, data: Any, turn: int) -> None:
        spider = self.site.spider
        self._set(data, getattr(spider, "total", None), 99999)
        if path := getattr(spider, "next_path", None):
            address = re.sub(r"\bpage=\d+", f"page={turn + 2}", self.site.first())
            self._set(data, path, address)

    @staticmethod
    def _set(data: Any, path: str | None, value: Any) -> None:
        if not path or not isinstance(data, dict):
            return
        *way, last = path.split(".")
        for key in way:
            data = data[int(key)] if isinstance(data, list) else data[key]
        data[last] = value

    def withheld(self, answer: Answer, asked: Asked, *, left: int) -> Answer:
        """The answer without one of the fields of its calls, but for the first ``left``."""
        spider = self.site.spider
        listed, detail = getattr(spider, "listed", {}), spider.detail
        kept = {*_NAMES, *getattr(spider, "labels", {}).values()}  # its page says it once more
        names = [one for one in (*listed, *detail) if one not in kept]
        name = "deadlines" if "deadlines" in names else (names or ["description"])[-1]
        if self.site.listing(asked):
            many = self.many(answer)
            return self._without(many, listed[name], left) if name in listed else many
        if self.site.opens(asked) or not self.site.has_pages:
            return answer
        self.site.seen[asked.target] = None
        if list(self.site.seen).index(asked.target) < left:
            return answer
        if kind_of(answer) == "json":
            data = json.loads(body_of(answer))
            self._set(data, detail.get(name), None)
            return with_body(answer, json.dumps(data).encode())
        if name != "description":
            return self._cleared(answer, "html", detail.get(name, "none"), 0)
        title = Selector(body_of(answer).decode()).css("h1").get("<h1>A call</h1>")
        return with_body(answer, f"<!DOCTYPE html><html><body>{title}</body></html>".encode())

    def _without(self, answer: Answer, selector: str, left: int) -> Answer:
        """The listing without what ``selector`` finds in its records, but for the first."""
        if kind_of(answer) != "json":
            return self._cleared(answer, self.site.spider.items, selector, left)
        data, number = json.loads(body_of(answer)), iter(range(9999))

        def poorer(record: Any) -> list[Any]:
            if next(number) >= left:
                self._set(record, selector, None)
            return [record]

        self._each_record(data, poorer)
        return with_body(answer, json.dumps(data).encode())

    @staticmethod
    def _cleared(answer: Answer, items: str, selector: str, left: int) -> Answer:
        here = Selector(body_of(answer).decode())
        for item in here.css(items)[left:]:
            for node in _chosen(item, re.sub(r"::?(text|attr\([\w-]+\))|/text\(\)", "", selector)):
                node.root.clear()
        return with_body(answer, lxml.html.tostring(here.root, encoding="utf-8"))


def _unnumbered(path: str) -> str:
    return re.sub(r"\d+", "0", path)


def _mark(name: str, turn: int) -> str:
    return f"77{turn:02d}" if name[-1:].isdigit() else f"-x77{turn:02d}"
