"""Trying again: with growing pauses, as long as a server asks, and never for ever."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from scrapy.http import Headers, Request, Response

from crawler import patience
from crawler.errors import NotThePage, Outage
from crawler.patience import retry_after
from storage.domain import Outcome
from tests.crawler.crawling import PUBLIC, Crawl, Visitor, crawl
from tests.crawler.server import DROP, Answer, Server, Told, http_date, page

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
FINE = page("fine")


class Queue(Visitor):
    """Schedules all its ``paths`` at once; every page that comes is an item."""

    paths: tuple[str, ...] = ()

    async def harvest(self) -> AsyncIterator[Any]:
        for path in self.paths:
            yield Request(f"http://{PUBLIC}{path}", callback=self.parse)

    def parse(self, response: Response, **_: Any) -> Iterator[Any]:
        yield {"path": response.url.removeprefix(f"http://{PUBLIC}")}


def queue(server: Server, *paths: str, **changed: Any) -> Crawl:
    changed.setdefault("ROBOTSTXT_OBEY", False)
    return crawl(type("Queued", (Queue,), {"paths": paths}), server.url, **changed)


class Fetcher(Visitor):
    """Asks for ``/`` with ``fetch`` and understands it unless it says "wait"."""

    async def harvest(self) -> AsyncIterator[Any]:
        try:
            yield {"text": await self.fetch(Request(f"http://{PUBLIC}/"), understand)}
        except Outage as outage:
            yield {"outage": str(outage)}


def understand(response: Response) -> str:
    if "wait" in response.text:
        raise NotThePage("an HTML page instead of data")
    return response.text


def fetch(server: Server, *told: Told, **changed: Any) -> dict[str, str]:
    server.tell("/", *told)
    changed.setdefault("ROBOTSTXT_OBEY", False)
    found: dict[str, str] = crawl(Fetcher, server.url, **changed).items[0]
    return found


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2", 2),
        (" 120 ", 120),
        ("0", 0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        ("Sun, 22 Nov 2026 11:00:30 +0200", 30),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0),
        ("Sun, 22 Nov 2026 09:01:00", 0),
        ("Thu, 99 Foo 2026 09:00:00 GMT", 0),
        ("Sun, 22 Nov 99999 09:00:00 GMT", 0),
        ("-5", 0),
        ("1.5", 0),
        ("²", 0),
        ("soon", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_what_a_server_asks_for(value: str | None, seconds: float) -> None:
    headers = Headers({"Retry-After": value.encode()} if value is not None else {})
    assert retry_after(Response("http://example.eu", headers=headers), NOW) == seconds


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_the_whole_host_waits_as_long_as_it_asks(status: int, form: str, server: Server) -> None:
    def busy(_: Any) -> Answer:
        # A slow answer: Scrapy would send the next of the queue before a middleware sees it.
        asked = "1" if form == "seconds" else http_date(2)
        return page(status=status, Retry_After=asked, wait=0.1)

    server.tell("/0", busy, FINE)
    server.tell("/1", FINE)
    server.tell("/2", FINE)
    done = queue(server, "/0", "/1", "/2")
    assert sorted(item["path"] for item in done.items) == ["/0", "/1", "/2"]
    assert len(server.asked) == 4
    first, *others = (one.at for one in server.asked)
    assert all(later - first > 0.9 for later in others)


def test_a_host_that_asks_for_too_long_is_not_asked_again(server: Server) -> None:
    server.tell("/0", page(status=503, Retry_After="86400"))
    server.tell("/1", FINE)
    server.tell("/2", FINE)
    done = queue(server, "/0", "/1", "/2")
    assert [one.path for one in server.asked] == ["/0"]
    assert done.items == []
    judged = done.judgement()
    assert judged.outcome is Outcome.FAILED  # not one page came, so that nothing is known
    assert not judged.complete
    assert "asked not to be visited for 86400 s: 2" in judged.reason


def test_a_long_wait_is_one_that_outlasts_a_harvest(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "LONGEST", 1)
    assert "answered 429" in fetch(server, page(status=429, Retry_After="2"), FINE)["outage"]
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [200, 404])
def test_a_server_that_answers_is_not_waited_for(status: int, server: Server) -> None:
    fetch(server, page("fine", status, Retry_After="86400"))
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_trouble_is_tried_again(status: int, server: Server) -> None:
    assert fetch(server, page(status=status), page(status=status), FINE) == {"text": "fine"}
    assert len(server.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501])
def test_a_plain_no_is_taken_for_an_answer(status: int, server: Server) -> None:
    found = fetch(server, page("no", status))
    assert found == {"outage": f"{PUBLIC}: answered {status}"}
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "told",
    [
        page("oops", 500),
        DROP,
        Answer(page("x" * 100).data[:-50], then="close"),
        page("please wait"),
    ],
    ids=["500", "dropped", "cut", "not the page"],
)
def test_each_try_waits_twice_as_long_as_the_one_before(told: Answer, server: Server) -> None:
    found = fetch(server, told, RETRY_BACKOFF=0.15, RETRY_TIMES=3)
    assert list(found) == ["outage"]
    waited = server.pauses()
    assert len(waited) == 3
    for gap, wanted in zip(waited, (0.15, 0.3, 0.6), strict=True):
        assert gap > wanted * 0.8


def test_while_one_page_is_waited_for_no_other_is_asked(server: Server) -> None:
    server.tell("/0", page(status=500), FINE)
    server.tell("/1", FINE)
    queue(server, "/0", "/1", RETRY_BACKOFF=0.4)
    assert len(server.asked) == 3
    # The first try of /1 may slip out before Scrapy tells us that /0 failed; nothing after it.
    assert sum(server.pauses()) > 0.35


def test_a_request_that_says_so_is_not_tried_again(server: Server) -> None:
    class Once(Visitor):
        async def harvest(self) -> AsyncIterator[Any]:
            yield Request(f"http://{PUBLIC}/", meta={"dont_retry": True}, callback=self.parse)

    server.tell("/", page(status=500))
    crawl(Once, server.url, ROBOTSTXT_OBEY=False)
    assert len(server.asked) == 1


def test_on_loopback_the_pauses_are_short(server: Server) -> None:
    assert list(fetch(server, page(status=503))) == ["outage"]
    assert len(server.asked) == 5
    assert server.asked[-1].at - server.asked[0].at < 2


def test_in_public_the_pauses_are_long() -> None:
    settings = crawl(Queue, None).spider.settings
    assert settings.getfloat("RETRY_BACKOFF") >= 1
    assert settings.getint("RETRY_TIMES") >= 3


def test_a_server_that_takes_long_is_asked_more_seldom(server: Server) -> None:
    for path, wait in (("/a", 0.6), ("/b", 0.0), ("/c", 0.0)):
        server.tell(path, page("fine", wait=wait))
    throttled = {"AUTOTHROTTLE_ENABLED": True, "AUTOTHROTTLE_START_DELAY": 0.01}
    done = queue(server, "/a", "/b", "/c", **throttled)
    assert len(done.items) == 3
    assert server.pauses()[1] > 0.25  # half of what the slow page took, though /b was quick
