"""Cookies go back where they came from, and nobody else hears of them."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from scrapy.http import Request, Response

from crawler.cookies import OwnCookies
from tests.crawler.crawling import PUBLIC, Visitor, crawl
from tests.crawler.server import Server, page


@pytest.mark.parametrize(
    ("set_by", "cookie", "asked", "sent"),
    [
        ("https://town.gov.ua/", "a=1", "https://town.gov.ua/next", b"a=1"),
        ("https://town.gov.ua/", "a=1", "https://other.gov.ua/", None),
        ("https://town.eu/", "a=1", "https://calls.town.eu/", None),
        ("https://www.town.eu/", "a=1; Domain=town.eu", "https://calls.town.eu/", b"a=1"),
        ("https://www.town.eu/", "a=1; Domain=.town.eu", "https://calls.town.eu/", b"a=1"),
        ("https://town.gov.ua/", "a=1; Domain=gov.ua", "https://other.gov.ua/", None),
        ("https://town.gov.ua/", "a=1; Domain=gov.ua", "https://town.gov.ua/", None),
        ("https://gov.ua/", "a=1; Domain=gov.ua", "https://gov.ua/", b"a=1"),
        ("https://gov.ua/", "a=1; Domain=gov.ua", "https://town.gov.ua/", None),
        ("https://one.github.io/", "a=1; Domain=github.io", "https://two.github.io/", None),
        ("https://town.eu/", "a=1; Domain=city.eu", "https://city.eu/", None),
        ("https://town.eu/", "a=1; Path=/calls", "https://town.eu/news", None),
        ("https://town.eu/", "a=1; Secure", "http://town.eu/", None),
        ("https://town.eu/", "a=1; Max-Age=0", "https://town.eu/", None),
        ("https://town.eu/", "", "https://town.eu/", None),
        ("https://town.eu/", "=; ;;Domain", "https://town.eu/", None),
        ("https://xn--80a0b.xn--j1amh/", "a=1; Domain=xn--j1amh", "https://b.xn--j1amh/", None),
    ],
)
def test_who_is_sent_a_cookie(set_by: str, cookie: str, asked: str, sent: bytes | None) -> None:
    cookies = OwnCookies()
    first, then = Request(set_by), Request(asked, headers={"Cookie": "of=somebody"})
    answer = Response(set_by, headers={"Set-Cookie": cookie})
    assert cookies.process_response(first, answer) is answer
    cookies.process_request(then)
    assert then.headers.get("Cookie") == sent


def test_a_cookie_wall_is_passed_and_no_third_party_asked(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[Any] = set()
    real = socket.getaddrinfo

    def lookup(host: Any, *others: Any, **more: Any) -> Any:
        asked.add(host)
        return real(host, *others, **more)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    wall = page(status=302, Set_Cookie=f"seen=yes; Domain={PUBLIC}", Location="/calls")
    server.tell("/", wall)
    server.tell("/calls", page("the calls"))
    done = crawl(type("Walled", (Visitor,), {"start_urls": [f"http://{PUBLIC}/"]}), server.url)
    assert done.stats["downloader/response_status_count/200"] >= 1
    (calls,) = [one for one in server.asked if one.path == "/calls"]
    assert calls.headers["cookie"] == "seen=yes"
    assert asked <= {"127.0.0.1"}
