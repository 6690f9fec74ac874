"""Nothing is lost in silence: each way a crawl can go wrong, and what the harvest is judged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from scrapy.exceptions import CloseSpider
from scrapy.http import Request, Response

from crawler.errors import HarvestFailed
from storage.domain import Outcome
from tests.crawler.crawling import PUBLIC, Visitor, crawl
from tests.crawler.server import DROP, Answer, Server, page

Parse = Callable[[Any, Response], Iterator[Any]]
PATHS = ("/0", "/1", "/2")


class Three(Visitor):
    """Schedules three pages; each that comes is an item."""

    may_be_empty = False

    async def harvest(self) -> AsyncIterator[Any]:
        for path in PATHS:
            yield Request(f"http://{PUBLIC}{path}", callback=self.parse)

    def parse(self, response: Response, **_: Any) -> Iterator[Any]:
        yield {"url": response.url}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        for path in PATHS:
            server.tell(path, page("fine"))
        yield server


def with_parse(parse: Parse) -> type[Three]:
    return type("Changed", (Three,), {"parse": parse})


def test_a_harvest_that_lost_nothing_is_whole(server: Server) -> None:
    done = crawl(Three, server.url)
    judged = done.judgement()
    assert (judged.outcome, judged.complete, judged.reason) == (Outcome.OK, True, "")
    assert len(done.items) == 3
    assert not any(key.startswith(("lost/", "item_error/")) for key in done.stats)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (page("no", 404), "answered 404: 1"),
        (page("no", 403), "answered 403: 1"),
        (page("no", 500), "answered 500: 1"),
        (page("no", 520), "answered 520: 1"),
        (page(status=302, Location="/1"), "redirected to a page already seen: 1"),
        (page(status=302, Location="file:///etc/passwd"), "answered 302: 1"),
        (DROP, "the connection broke off: 1"),
        (Answer(wait=1.5, then="close"), "no whole answer in time: 1"),
        (Answer(page("x" * 100).data[:-9], then="close"), "the answer broke off: 1"),
        (page("x" * 3000), "the answer is too large: 1"),
        (Answer(b"nonsense\r\n\r\n", then="close"), "the connection broke off: 1"),
    ],
    ids=[
        "404", "403", "500", "520", "cookie wall", "to a file", "dropped", "timeout", "cut",
        "large", "nonsense",
    ],
)  # fmt: skip
def test_one_page_that_did_not_come_degrades_and_is_named(
    answer: Answer, reason: str, server: Server
) -> None:
    server.tell("/2", answer)
    done = crawl(
        Three, server.url, RETRY_TIMES=1, DOWNLOAD_TIMEOUT=0.4, DOWNLOAD_MAXSIZE=2000,
        CONCURRENT_REQUESTS=1,
    )  # fmt: skip
    judged = done.judgement()
    assert len(done.items) == 2
    assert judged.outcome is Outcome.DEGRADED
    assert not judged.complete
    assert judged.reason == f"pages that did not come: 1 ({reason})"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:1/", "127.0.0.1 has a private address: refused: 1"),
        ("file:///etc/hostname", "not a web address: 1"),
        ("data:text/plain,hello", "not a web address: 1"),
        ("http://2852039166/", "not a web address: 1"),
    ],
)
def test_a_link_that_may_not_be_followed_is_counted(url: str, reason: str, server: Server) -> None:
    def parse(self: Three, response: Response, **_: Any) -> Iterator[Any]:
        yield {"url": response.url}
        if response.url.endswith("/0"):
            yield Request(url, callback=self.parse)

    judged = crawl(with_parse(parse), server.url, ROBOTSTXT_OBEY=False).judgement()
    assert judged.outcome is Outcome.DEGRADED
    assert judged.reason == f"pages that did not come: 1 ({reason})"


def test_endless_redirects_are_counted(server: Server) -> None:
    for number in range(10):
        server.tell(f"/{number}", page(status=302, Location=f"/{number + 1}"))
    done = crawl(Three, server.url)
    assert done.judgement().outcome is Outcome.FAILED
    assert done.stats["lost/count"] == 3


def test_a_source_that_is_gone_has_failed_and_says_how(server: Server) -> None:
    at = server.url
    server.__exit__()
    try:
        judged = crawl(Three, at, RETRY_TIMES=1, ROBOTSTXT_OBEY=False).judgement()
    finally:
        server.__enter__()
    assert judged.outcome is Outcome.FAILED
    assert judged.reason == "pages that did not come: 3 (nobody answers there: 3)"


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_source_that_only_says_no_has_failed(status: int, server: Server) -> None:
    for path in PATHS:
        server.tell(path, page("no", status))
    judged = crawl(Three, server.url).judgement()
    assert judged.outcome is Outcome.FAILED
    assert judged.reason == f"pages that did not come: 3 (answered {status}: 3)"


def test_pages_the_spider_trips_over_degrade_and_the_others_are_kept(server: Server) -> None:
    def parse(_: Three, response: Response, **__: Any) -> Iterator[Any]:
        if response.url.endswith("/1"):
            raise KeyError("title")
        yield {"url": response.url}

    done = crawl(with_parse(parse), server.url)
    judged = done.judgement()
    assert len(done.items) == 2
    assert (judged.outcome, judged.complete) == (Outcome.DEGRADED, False)
    assert judged.reason == "pages the spider could not read: 1 (KeyError: 1)"


def test_pages_without_any_call_are_an_outage(server: Server) -> None:
    def parse(*_: Any, **__: Any) -> Iterator[Any]:
        yield from ()

    judged = crawl(with_parse(parse), server.url).judgement()
    assert judged.outcome is Outcome.FAILED
    assert "no calls at all" in judged.reason


def test_a_spider_that_cannot_begin_has_failed(server: Server) -> None:
    class Stumbles(Three):
        async def harvest(self) -> AsyncIterator[Any]:
            yield {"url": "before"}
            raise ValueError("no such year")

    judged = crawl(Stumbles, server.url).judgement()
    assert judged.outcome is Outcome.FAILED
    assert judged.reason == (
        "stopped early: the spider failed; pages the spider could not read: 1 (ValueError: 1)"
    )


def test_a_spider_that_gives_up_says_why_from_anywhere(server: Server) -> None:
    class AtOnce(Three):
        async def harvest(self) -> AsyncIterator[Any]:
            raise HarvestFailed("the filter was ignored")
            yield

    def later(_: Three, response: Response, **__: Any) -> Iterator[Any]:
        if response.url.endswith("/0"):
            raise HarvestFailed("the filter was ignored")
        yield {"url": response.url}

    at_once = crawl(AtOnce, server.url).judgement()
    assert (at_once.outcome, at_once.reason) == (Outcome.FAILED, "the filter was ignored")
    assert server.asked == []
    afterwards = crawl(with_parse(later), server.url).judgement()
    assert afterwards.outcome is Outcome.FAILED
    assert afterwards.reason == "stopped early: the filter was ignored"


def test_a_crawl_that_is_closed_is_no_whole_harvest(server: Server) -> None:
    def parse(_: Three, response: Response, **__: Any) -> Iterator[Any]:
        yield {"url": response.url}
        raise CloseSpider("enough for today")

    judged = crawl(with_parse(parse), server.url).judgement()
    assert (judged.outcome, judged.complete) == (Outcome.FAILED, False)
    assert judged.reason.startswith("stopped early: enough for today")


def test_a_crawl_that_takes_too_long_is_ended_and_has_failed(server: Server) -> None:
    server.tell("/1", page("late", wait=1.2))
    judged = crawl(Three, server.url, CLOSESPIDER_TIMEOUT=0.5).judgement()
    assert judged.outcome is Outcome.FAILED
    assert judged.reason.startswith("stopped early: it took too long")


class Refuses:
    """A pipeline that cannot keep one of the items."""

    def process_item(self, item: Any) -> Any:
        if item["url"].endswith("/1"):
            raise OverflowError("a number too large")
        return item


def test_a_call_that_cannot_be_kept_is_counted(server: Server) -> None:
    done = crawl(Three, server.url, ITEM_PIPELINES={Refuses: 1})
    judged = done.judgement()
    assert len(done.items) == 2
    assert (judged.outcome, judged.complete) == (Outcome.DEGRADED, False)
    assert judged.reason == "calls that could not be kept: 1 (OverflowError: 1)"


def test_a_page_met_twice_is_no_loss(server: Server) -> None:
    def parse(self: Three, response: Response, **_: Any) -> Iterator[Any]:
        yield {"url": response.url}
        yield response.follow("/1", callback=self.parse)

    done = crawl(with_parse(parse), server.url)
    assert done.judgement().outcome is Outcome.OK
    assert len(done.items) == 3
    assert done.stats["dupefilter/filtered"] == 3


def test_a_spider_that_minds_its_own_losses_is_left_to_it(server: Server) -> None:
    class Minds(Three):
        async def harvest(self) -> AsyncIterator[Any]:
            yield Request(f"http://{PUBLIC}/0", callback=self.parse)
            yield Request(f"http://{PUBLIC}/gone", callback=self.parse, errback=self.note)

        def note(self, _: Any) -> None:
            self.degrade("the list of last year is gone", complete=True)

    judged = crawl(Minds, server.url).judgement()
    assert (judged.outcome, judged.complete) == (Outcome.DEGRADED, True)
    assert judged.reason == "the list of last year is gone"
