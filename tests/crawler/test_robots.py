"""robots.txt: read before any page, obeyed, and its absence told apart from its silence."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from scrapy.http import Request, Response

from storage.domain import Outcome
from tests.crawler.crawling import PUBLIC, Visitor, crawl, settings_for
from tests.crawler.server import DROP, Answer, Server, Told, page

PAGES = [f"/page/{number}" for number in range(8)]


class Reader(Visitor):
    """Schedules all its ``paths`` at once; every page that comes is an item."""

    may_be_empty = False
    paths: tuple[str, ...] = tuple(PAGES)

    async def harvest(self) -> AsyncIterator[Any]:
        for path in self.paths:
            yield Request(f"http://{PUBLIC}{path}", callback=self.parse)

    def parse(self, response: Response, **_: Any) -> Iterator[Any]:
        yield {"url": response.url}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        for path in PAGES:
            server.tell(path, page("fine"))
        yield server


def test_no_page_is_asked_for_before_robots_txt_has_come(server: Server) -> None:
    server.tell("/robots.txt", page("User-agent: *\nDisallow: /page/\nAllow: /page/7", wait=0.5))
    done = crawl(Reader, server.url)
    assert [one.path for one in server.asked] == ["/robots.txt", "/page/7"]
    assert len(done.items) == 1


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        ("User-agent: *\nDisallow: /", 0),
        ("User-agent: *\nDisallow:", 8),
        ("User-agent: *\nDisallow: /\nUser-agent: BridgesOfTrust\nDisallow: /page/1", 7),
        ("User-agent: bridgesoftrust\nDisallow: /", 0),
        ("User-agent: *\nAllow: /\nUser-agent: SomeBot\nDisallow: /", 8),
        # words of our user agent that are not our name
        ("User-agent: municipal\nDisallow: /", 8),
        ("User-agent: towns\nDisallow: /", 8),
        ("<html><body>Welcome</body></html>", 8),
        ("", 8),
    ],
)
def test_rules_meant_for_us_are_obeyed(rules: str, allowed: int, server: Server) -> None:
    server.tell("/robots.txt", page(rules, Content_Type="text/plain"))
    done = crawl(Reader, server.url)
    assert len(done.items) == len(server.paths()) == allowed


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_no_robots_txt_is_leave_to_come_in(status: int, server: Server) -> None:
    rules_of_an_error_page = "User-agent: *\nDisallow: /"
    server.tell("/robots.txt", page(rules_of_an_error_page, status))
    assert len(crawl(Reader, server.url).items) == 8


def closed(told: Told, server: Server, reason: str) -> None:
    server.tell("/robots.txt", told)
    done = crawl(Reader, server.url, RETRY_TIMES=1, DOWNLOAD_TIMEOUT=0.4)
    assert server.paths() == []
    assert len(server.asked) == 2  # tried again, once for all eight pages
    judged = done.judgement()
    assert judged.outcome is Outcome.FAILED
    assert "pages that did not come: 8" in judged.reason
    assert "robots.txt could not be read" in judged.reason
    assert reason in judged.reason


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_robots_txt_that_is_refused_for_now_closes_the_host(status: int, server: Server) -> None:
    closed(page("User-agent: *\nAllow: /", status), server, f"answered {status}")


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (DROP, "the connection broke off"),
        (Answer(wait=2, then="close"), "no whole answer in time"),
        (Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nUser", then="close"), "broke off"),
    ],
)
def test_a_robots_txt_that_does_not_come_closes_the_host(
    told: Answer, reason: str, server: Server
) -> None:
    closed(told, server, reason)


def test_a_robots_txt_that_comes_after_all_opens_the_host(server: Server) -> None:
    server.tell("/robots.txt", page(status=503), page("User-agent: *\nDisallow: /page/0"))
    done = crawl(Reader, server.url)
    assert len(done.items) == 7


def test_a_harvest_that_robots_txt_forbids_says_so(server: Server) -> None:
    server.tell("/robots.txt", page("User-agent: *\nDisallow: /"))
    judged = crawl(Reader, server.url).judgement()
    assert judged.outcome is Outcome.FAILED
    assert "Forbidden by robots.txt" in judged.reason
    assert "could not be read" not in judged.reason


def test_the_crawl_delay_of_the_site_is_kept(server: Server) -> None:
    server.tell("/robots.txt", page("User-agent: *\nCrawl-delay: 0.5"))
    few = type("Few", (Reader,), {"paths": tuple(PAGES[:4])})
    crawl(few, server.url, AUTOTHROTTLE_ENABLED=True, AUTOTHROTTLE_START_DELAY=0.01)
    assert len(server.asked) == 5
    assert server.was_asked_every(0.5)


def test_a_crawl_delay_shorter_than_our_own_changes_nothing(server: Server) -> None:
    server.tell("/robots.txt", page("User-agent: *\nCrawl-delay: 0.01"))
    crawl(type("Few", (Reader,), {"paths": tuple(PAGES[:3])}), server.url, DOWNLOAD_DELAY=0.3)
    assert len(server.asked) == 4
    assert server.was_asked_every(0.3)


def test_our_delays_are_never_cut_at_random() -> None:
    settings = settings_for(Reader, None)
    assert settings.getfloat("DOWNLOAD_DELAY_JITTER") == 0
    assert settings.getfloat("DOWNLOAD_DELAY") >= 2
    assert settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") == 1


def test_a_redirect_to_another_host_waits_in_the_queue_of_that_host(server: Server) -> None:
    other = "www.example.eu"
    server.tell("/away", page(status=302, Location=f"http://{other}/page/1"))

    class Travels(Reader):
        hosts = (PUBLIC, other)

        async def harvest(self) -> AsyncIterator[Any]:
            yield Request(f"http://{PUBLIC}/away", callback=self.parse)

        def parse(self, response: Response, **_: Any) -> Iterator[Any]:
            yield {"queue": response.request.meta["download_slot"], "url": response.url}

    done = crawl(Travels, server.url)
    assert done.items == [{"queue": other, "url": f"http://{other}/page/1"}]
    assert [one.path for one in server.asked] == ["/robots.txt", "/away", "/robots.txt", "/page/1"]
