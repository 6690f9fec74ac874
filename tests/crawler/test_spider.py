"""The base spiders: one page at a time with ``fetch``, and a listing with a page a call."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from scrapy.http import Request, Response

from crawler.errors import NotThePage, Outage
from crawler.raw import RawCall
from crawler.spider import CallSpider, ListingSpider
from storage.domain import Outcome
from tests.crawler.conftest import Database
from tests.crawler.crawling import PUBLIC, Crawl, Visitor, crawl
from tests.crawler.server import DROP, Answer, Server, Told, page

SITE = f"https://{PUBLIC}"


class Agency(ListingSpider):
    """A funding agency that lists its calls on two pages."""

    name = "agency"
    hosts = (PUBLIC,)
    language = "fr"
    start_urls = [f"{SITE}/calls"]  # noqa: RUF012  (Scrapy reads a list off the class)
    call_links = "a.call::attr(href)"
    next_links = "a.next::attr(href)"

    def parse_call(self, response: Response, **_: Any) -> Iterator[RawCall]:
        yield self.call(
            response,
            reference=response.url.rsplit("/", 1)[-1],
            title=response.css("h1::text").get(""),
            description=response.css("main").get(),
            summary="",
            deadlines=response.css("time::text").getall(),
        )


def listing(*links: str, onward: str | None = None) -> Answer:
    text = "".join(f'<a class="call" href="{link}">call</a>' for link in links)
    return page(text + (f'<a class="next" href="{onward}">more</a>' if onward else ""))


def call_page(title: str, deadline: str = "2027-03-31") -> Answer:
    return page(f"<h1>{title}</h1><main><p>About {title}</p></main><time>{deadline}</time>")


@pytest.fixture
def site(server: Server) -> Server:
    server.tell("/calls", listing("/call/a", "call/b", f"{SITE}/call/c", onward="/calls/2"))
    server.tell("/calls/2", listing("/call/d", "/call/a", onward="/calls/2"))
    for name in "abcd":
        server.tell(f"/call/{name}", call_page(f"Call {name.upper()}"))
    return server


def test_every_call_of_a_listing_is_kept(site: Server, database: Database) -> None:
    crawl(Agency, site.url, keeping=True)
    harvest = database.last("agency")
    assert (harvest.outcome, harvest.complete, harvest.reason) == (Outcome.OK, True, "")
    assert (harvest.items, harvest.new) == (4, 4)
    assert harvest.requests == len(site.asked) == 7
    assert database.references("agency") == ["a", "b", "c", "d"]
    call = database.call("agency:c")
    assert call.title == "Call C"
    assert call.url == f"{SITE}/call/c"
    assert call.language == "fr"
    assert call.description == "About Call C"
    assert [deadline.date for deadline in call.deadlines] == ["2027-03-31"]


def test_a_second_harvest_finds_nothing_new(site: Server, database: Database) -> None:
    crawl(Agency, site.url, keeping=True)
    crawl(Agency, site.url, keeping=True)
    harvest = database.last("agency")
    assert (harvest.new, harvest.changed, harvest.unchanged, harvest.gone) == (0, 0, 4, 0)
    assert database.history("agency:a") == []


def test_a_listing_without_links_is_an_outage_and_never_no_calls_today(
    site: Server, database: Database
) -> None:
    crawl(Agency, site.url, keeping=True)
    site.tell("/calls", page("<h1>We have a new design!</h1>"))
    crawl(Agency, site.url, keeping=True)
    harvest = database.last("agency")
    assert (harvest.outcome, harvest.complete) == (Outcome.FAILED, False)
    assert f"no call links on {SITE}/calls" in harvest.reason
    assert database.references("agency") == ["a", "b", "c", "d"]


def test_a_further_listing_without_links_degrades(site: Server, database: Database) -> None:
    site.tell("/calls/2", page("<h1>Sorry</h1>"))
    crawl(Agency, site.url, keeping=True)
    harvest = database.last("agency")
    assert (harvest.outcome, harvest.complete, harvest.items) == (Outcome.DEGRADED, False, 3)
    assert f"no call links on {SITE}/calls/2" in harvest.reason


def test_a_source_that_may_be_empty_is_believed(server: Server, database: Database) -> None:
    server.tell("/calls", page("<p>No open calls at the moment.</p>"))
    crawl(type("Small", (Agency,), {"may_be_empty": True}), server.url, keeping=True)
    harvest = database.last("agency")
    assert (harvest.outcome, harvest.complete, harvest.items) == (Outcome.OK, True, 0)


BAD_LINKS = [
    "http://169.254.169.254/latest/",
    "http://[::1]:9/",
    "http://0xA9FEA9FE/",
    "file:///etc/passwd",
    "data:text/html,<h1>Call X</h1>",
    "mailto:clerk@example.org",
    "javascript:void(0)",
    "http://[not-an-address/",
    "http://",
]


def test_a_bad_link_costs_only_itself(site: Server, database: Database) -> None:
    site.tell("/calls", listing("/call/a", *BAD_LINKS, "/call/b"))
    done = crawl(Agency, site.url, keeping=True)
    harvest = database.last("agency")
    assert database.references("agency") == ["a", "b"]
    assert (harvest.outcome, harvest.complete) == (Outcome.DEGRADED, False)
    lost = int(done.stats["lost/count"])
    assert f"{len(BAD_LINKS) - lost} links on {SITE}/calls are no addresses" in harvest.reason
    assert "private address: refused" in harvest.reason


def test_a_limit_is_kept_over_all_listings_and_proves_nothing(
    site: Server, database: Database
) -> None:
    site.tell("/calls", listing("/call/a", "/call/a", "/call/b", onward="/calls/2"))
    site.tell("/calls/2", listing("/call/c", "/call/d"))
    crawl(Agency, site.url, keeping=True, arguments={"limit": "3"})
    harvest = database.last("agency")
    assert database.references("agency") == ["a", "b", "c"]
    assert (harvest.outcome, harvest.complete) == (Outcome.OK, False)


def test_one_call_that_does_not_come_leaves_the_others(site: Server, database: Database) -> None:
    site.tell("/call/b", page("gone", 410))
    crawl(Agency, site.url, keeping=True)
    harvest = database.last("agency")
    assert database.references("agency") == ["a", "c", "d"]
    assert harvest.reason == "pages that did not come: 1 (answered 410: 1)"


def test_two_pages_of_one_reference_are_told_and_do_not_take_turns(
    site: Server, database: Database
) -> None:
    site.tell("/calls", listing("/call/a", "/old/a", "/call/b"))
    site.tell("/old/a", call_page("Call A of last year"))
    for _ in range(2):
        crawl(Agency, site.url, keeping=True)
    harvest = database.last("agency")
    assert (harvest.outcome, harvest.complete) == (Outcome.DEGRADED, True)
    assert "1 references came again with other words, and only the first were kept: a" in (
        harvest.reason
    )
    assert (harvest.items, harvest.unchanged, harvest.changed) == (2, 2, 0)
    assert database.history("agency:a") == []


def test_a_listing_spider_must_say_how_a_call_is_read(site: Server, database: Database) -> None:
    class Unfinished(ListingSpider):
        name = "unfinished"
        hosts = (PUBLIC,)
        start_urls = [f"{SITE}/calls"]  # noqa: RUF012
        call_links = "a.call::attr(href)"

    crawl(Unfinished, site.url, keeping=True)
    harvest = database.last("unfinished")
    assert harvest.outcome is Outcome.FAILED
    assert "NotImplementedError" in harvest.reason


def test_a_harvest_is_over_when_its_last_call_is_kept(server: Server, database: Database) -> None:
    class One(Visitor):
        async def harvest(self) -> AsyncIterator[Any]:
            text = await self.fetch(Request(f"{SITE}/call/a"), lambda came: came.text)
            yield RawCall(self.name, "a", "Call A", words={"description": text})

    server.tell("/call/a", call_page("Call A"))
    crawl(One, server.url, keeping=True)  # the first pays for the migration
    began = time.monotonic()
    crawl(One, server.url, keeping=True)
    assert time.monotonic() - began < 3  # who waits for Scrapy to look waits for 5 s
    assert database.last("visitor").unchanged == 1


def test_words_of_a_call_are_kept_as_they_came_and_empty_ones_left_out() -> None:
    spider = Agency()
    response = Response(f"{SITE}/call/a")
    raw = spider.call(response, reference="a", title=" Call  A", description="", lots=["1"])
    assert raw == RawCall("agency", "a", " Call  A", f"{SITE}/call/a", language="fr",
                          words={"lots": ["1"]})  # fmt: skip


class Fetcher(CallSpider):
    """Asks for ``/`` once with ``fetch``."""

    name = "fetcher"
    hosts = (PUBLIC,)
    may_be_empty = True

    async def harvest(self) -> AsyncIterator[Any]:
        try:
            yield {"came": await self.fetch(Request(f"{SITE}/"), self.understand)}
        except Outage as outage:
            yield {"outage": str(outage)}

    def understand(self, response: Response) -> str:
        if "maintenance" in response.text:
            raise NotThePage("an HTML page instead of data (maintenance?)")
        return response.text


def fetch(server: Server, *told: Told, **changed: Any) -> Crawl:
    server.tell("/", *told)
    return crawl(Fetcher, server.url, **changed)


MAINTENANCE = page("<h1>Down for maintenance</h1>")


def test_a_page_that_is_not_the_page_is_asked_for_again(server: Server) -> None:
    assert fetch(server, MAINTENANCE, MAINTENANCE, page("fine")).items == [{"came": "fine"}]
    assert len(server.paths()) == 3


def test_a_page_that_never_becomes_the_page_is_an_outage(server: Server) -> None:
    done = fetch(server, MAINTENANCE)
    assert done.items == [{"outage": f"{PUBLIC}: an HTML page instead of data (maintenance?)"}]
    assert len(server.paths()) == 1 + done.spider.settings.getint("RETRY_TIMES")


def test_all_tries_count_whatever_went_wrong_each_time(server: Server) -> None:
    done = fetch(server, page("", 503), MAINTENANCE, DROP, page("fine"), RETRY_TIMES=2)
    assert list(done.items[0]) == ["outage"]
    assert len(server.paths()) == 3


@pytest.mark.parametrize(
    ("told", "outage"),
    [
        (page("no", 404), "answered 404"),
        (page("no", 500), "answered 500"),
        (DROP, "the connection broke off"),
        (Answer(wait=1.5, then="close"), "no whole answer in time"),
        (Answer(page("x" * 100).data[:-9], then="close"), "the answer broke off"),
        (page(status=302, Location="/"), "it is redirected again and again"),
        (page(status=302, Location="http://10.0.0.1/"), "private address"),
        (page("x" * 3000), "too large"),
    ],
    ids=["404", "500", "dropped", "timeout", "cut", "loop", "private", "large"],
)
def test_an_outage_says_where_and_what(told: Answer, outage: str, server: Server) -> None:
    done = fetch(server, told, RETRY_TIMES=1, DOWNLOAD_TIMEOUT=0.4, DOWNLOAD_MAXSIZE=2000)
    assert done.items[0]["outage"].startswith(f"{PUBLIC}: ")
    assert outage in done.items[0]["outage"]


UNREACHABLE = "robots.txt could not be read (answered 503), so the site is closed to us"


def test_an_outage_under_robots_txt_names_it(server: Server) -> None:
    server.tell("/robots.txt", page("User-agent: *\nDisallow: /"))
    assert fetch(server, page("fine")).items == [{"outage": f"{PUBLIC}: Forbidden by robots.txt"}]
    server.tell("/robots.txt", page(status=503))
    assert fetch(server, page("fine")).items == [{"outage": f"{PUBLIC}: {UNREACHABLE}"}]


def test_a_mistake_in_understanding_is_no_outage(server: Server) -> None:
    class Careless(Fetcher):
        def understand(self, response: Response) -> str:
            raise KeyError(response.url)

    server.tell("/", page("fine"))
    judged = crawl(Careless, server.url).judgement()
    assert judged.outcome is Outcome.FAILED
    assert "KeyError" in judged.reason
    assert len(server.paths()) == 1


class Many(Visitor):
    """Yields calls without end."""

    async def harvest(self) -> AsyncIterator[Any]:
        for number in range(100_000):
            yield RawCall(self.name, str(number), f"Call {number}")


def test_a_crawl_that_is_closed_while_calls_are_kept_ends_soon(database: Database) -> None:
    crawl(Many, None, keeping=True, CLOSESPIDER_ITEMCOUNT=3)
    harvest = database.last("visitor")
    assert harvest.outcome is Outcome.FAILED
    assert harvest.reason.startswith("stopped early")
    assert 3 <= harvest.items < 20
    assert len(database.references("visitor")) == harvest.items


def test_a_crawl_that_is_closed_while_a_page_is_fetched_asks_for_no_other(
    server: Server, database: Database
) -> None:
    class Endless(Visitor):
        async def harvest(self) -> AsyncIterator[Any]:
            for number in range(1000):
                try:
                    text = await self.fetch(Request(f"{SITE}/{number}"), lambda came: came.text)
                except Outage:
                    text = "outage"
                yield RawCall(self.name, str(number), text)

    for number in range(1000):
        server.tell(f"/{number}", page("slow", wait=0.2))
    crawl(Endless, server.url, keeping=True, CLOSESPIDER_TIMEOUT=1)
    harvest = database.last("visitor")
    assert harvest.outcome is Outcome.FAILED
    assert harvest.reason.startswith("stopped early: it took too long")
    assert len(server.paths()) < 9
    assert len(database.references("visitor")) == harvest.items <= len(server.paths())


def test_a_server_that_is_slow_to_come_back_does_not_keep_a_closing_crawl(
    server: Server, database: Database
) -> None:
    server.tell("/", page(status=503, Retry_After="200"))
    began = time.monotonic()
    crawl(Fetcher, server.url, keeping=True, CLOSESPIDER_TIMEOUT=1)
    assert time.monotonic() - began < 10
    assert database.last("fetcher").reason.startswith("stopped early: it took too long")
