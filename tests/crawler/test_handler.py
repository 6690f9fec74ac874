"""How a request leaves the house: never to a private address, never altered, never twice."""

from __future__ import annotations

import asyncio
import errno
import re
import socket
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import connector
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Request, Response
from scrapy.settings import Settings
from scrapy.utils.ssl import _make_ssl_context

from crawler.errors import Outage
from crawler.handler import GuardedHandler, PrivateAddressError, _secure
from tests.certificates import certificate
from tests.crawler.crawling import PUBLIC, Crawl, Visitor, crawl, settings_for
from tests.crawler.server import DROP, RESET, Answer, Server, page


class Asking(Visitor):
    """Asks for each of ``ask`` with ``fetch``; ``came`` and ``failed`` tell what became of it."""

    ask: tuple[Any, ...] = ()

    async def harvest(self) -> AsyncIterator[Any]:
        self.came: dict[str, Response] = {}
        self.failed: dict[str, str] = {}
        for one in self.ask:
            request = one if isinstance(one, Request) else Request(one)
            try:
                self.came[request.url] = await self.fetch(request, lambda response: response)
            except Outage as outage:
                self.failed[request.url] = str(outage)
        return
        yield


def asking(*requests: Any) -> type[Asking]:
    return type("Asks", (Asking,), {"ask": requests})


_NUMERIC = re.compile(r"[\d.]+|[\da-f:.]+|(0x[\da-f]+\.?)+", re.IGNORECASE)


class Watched(GuardedHandler):
    """Records every address a socket was asked for, and lets none but the test's own be opened."""

    asked: list[tuple[str, int]] = []  # noqa: RUF012  (emptied by the fixture)
    refused: list[tuple[str, int]] = []  # noqa: RUF012

    def open_socket(self, addr_info: tuple[Any, ...]) -> socket.socket:
        where = addr_info[4][:2]
        Watched.asked.append(where)
        try:
            opened = super().open_socket(addr_info)
        except PrivateAddressError:
            Watched.refused.append(where)
            raise
        if f"{where[0]}:{where[1]}" not in self._allow:
            opened.close()
            raise AssertionError(f"a socket was opened for {where}")
        return opened


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> type[Watched]:
    """The guarded handler, observed, in a world where only names of ``example`` can be asked."""
    monkeypatch.setattr(Watched, "asked", [])
    monkeypatch.setattr(Watched, "refused", [])
    known = {
        "metadata.example.eu": ["169.254.169.254"],
        "intranet.example.eu": ["10.1.2.3", "fd00::7"],
    }
    real = socket.getaddrinfo

    def lookup(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host in known:
            return [found for ip in known[host] for found in real(ip, port, *rest, **more)]
        if not _NUMERIC.fullmatch(str(host)):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return Watched


def watching(server: Server | None, *requests: Any, **changed: Any) -> Crawl:
    handlers = {"http": Watched, "https": Watched, "file": None, "data": None, "ftp": None}
    changed.setdefault("ROBOTSTXT_OBEY", False)
    return crawl(
        asking(*requests),
        server.url if server else None,
        DOWNLOAD_HANDLERS=handlers | {"s3": None},
        RETRY_BACKOFF=0.01,
        **changed,
    )


PRIVATE = [
    "0.0.0.0",  # noqa: S104  (an address to be refused)
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001:db8::1",
    "2002:a9fe:a9fe::1",
    "2002:7f00:1::",
    "fc00::1",
    "fd00::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
OPEN_TO_ALL = [
    "1.1.1.1",
    "172.15.255.255",
    "172.32.0.1",
    "192.167.255.255",
    "223.255.255.255",
    "2001:4860:4860::8888",
    "2a00:1450:4001::1",
    "::ffff:1.1.1.1",
    "64:ff9b::101:101",
    "2002:101:101::1",
]


def handler_with(allow: list[str]) -> GuardedHandler:
    """A handler as a crawl builds it; it opens no connection by itself."""

    async def build() -> GuardedHandler:
        settings = settings_for(Visitor, None, GUARD_ALLOW=allow)
        crawler = AsyncCrawlerRunner(settings).create_crawler(Visitor)
        crawler._apply_settings()
        handler = GuardedHandler(crawler)
        await handler.close()
        return handler

    return asyncio.run(build())


def address_of(ip: str, port: int = 80) -> tuple[Any, ...]:
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    where = (ip, port, 0, 0) if ":" in ip else (ip, port)
    return (family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", where)


@pytest.fixture(scope="module")
def strict() -> GuardedHandler:
    return handler_with([])


@pytest.mark.parametrize("ip", PRIVATE)
def test_no_socket_is_made_for_an_address_that_is_not_public(
    ip: str, strict: GuardedHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    monkeypatch.setattr(socket, "socket", lambda *kind: made.append(kind))
    with pytest.raises(PrivateAddressError) as refused:
        strict.open_socket(address_of(ip))
    assert made == []
    assert refused.value.errno == errno.EACCES


@pytest.mark.parametrize("ip", OPEN_TO_ALL)
def test_a_public_address_gets_its_socket(
    ip: str, strict: GuardedHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    monkeypatch.setattr(socket, "socket", lambda *kind: made.append(kind))
    strict.open_socket(address_of(ip))
    assert [kind[0] for kind in made] == [socket.AF_INET6 if ":" in ip else socket.AF_INET]


def test_only_the_very_address_and_port_that_were_named_are_allowed() -> None:
    handler = handler_with(["127.0.0.1:9000", "::1:9001"])
    handler.open_socket(address_of("127.0.0.1", 9000)).close()
    handler.open_socket(address_of("::ffff:127.0.0.1", 9000)).close()
    handler.open_socket(address_of("::1", 9001)).close()
    for ip, port in [("127.0.0.1", 9001), ("127.0.0.2", 9000), ("::1", 9000), ("127.0.0.1", 80)]:
        with pytest.raises(PrivateAddressError):
            handler.open_socket(address_of(ip, port))


PRIVATE_LINKS = [
    "http://169.254.169.254/latest/meta-data/",
    "https://169.254.169.254/",
    "http://10.0.0.1/",
    "http://192.168.0.1/",
    "http://100.64.0.1/",
    "http://224.0.0.1/",
    "http://0.0.0.0/",
    "http://127.0.0.1:1/",
    "http://[::1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[fd00::1]/",
    "http://0xA9FEA9FE/",
    "http://0xa9.0xfe.0xa9.0xfe/",
    "http://2852039166/",
    "http://127.1/",
    "http://0251.0376.0251.0376/",
    "http://metadata.example.eu/",
    "https://intranet.example.eu/",
]
NO_ADDRESS = {"http://2852039166/", "http://127.1/", "http://0251.0376.0251.0376/"}
"""What aiohttp itself takes for no address at all."""


def test_a_link_to_a_private_address_is_refused_however_it_is_written(
    watched: type[Watched],
) -> None:
    done = watching(None, *PRIVATE_LINKS)
    assert done.spider.came == {}
    assert set(done.spider.failed) == {Request(url).url for url in PRIVATE_LINKS}
    for url, why in done.spider.failed.items():
        assert ("has a private address: refused" in why) == (url not in NO_ADDRESS)
    assert watched.asked == watched.refused
    assert len(watched.refused) >= len(PRIVATE_LINKS) - len(NO_ADDRESS)
    assert done.stats.get("retry/count", 0) == 0


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:10.0.0.1]/",
        "http://0xA9FEA9FE/",
        "//192.168.0.1/",
        "http://metadata.example.eu/",
        "http://127.0.0.1:1/",
        "http://localhost:1/",
    ],
)
def test_a_redirect_to_a_private_address_is_refused(
    location: str, server: Server, watched: type[Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.tell("/away", page(status=302, Location=location))
    if "localhost" in location:
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda _, port, *__, **___: [address_of("127.0.0.1", port), address_of("::1", port)],
        )
    done = watching(server, f"http://{PUBLIC}/away")
    assert "private address: refused" in done.spider.failed[f"http://{PUBLIC}/away"]
    assert server.paths() == ["/away"]
    assert set(watched.asked) - set(watched.refused) == {("127.0.0.1", server.port)}
    assert watched.refused
    assert done.stats.get("retry/count", 0) == 0


def test_a_meta_refresh_to_a_private_address_is_refused(
    server: Server, watched: type[Watched]
) -> None:
    where = "http://169.254.169.254/"
    server.tell("/", page(f'<meta http-equiv="refresh" content="0; url={where}">'))
    done = watching(server, f"http://{PUBLIC}/")
    assert "private address" in done.spider.failed[f"http://{PUBLIC}/"]
    assert watched.refused == [("169.254.169.254", 80)]


def test_a_robots_txt_that_redirects_to_a_private_address_closes_the_host(
    server: Server, watched: type[Watched]
) -> None:
    server.tell("/robots.txt", page(status=301, Location="http://10.0.0.1/robots.txt"))
    server.tell("/", page("hello"))
    done = watching(server, f"http://{PUBLIC}/", ROBOTSTXT_OBEY=True)
    assert "robots.txt could not be read" in done.spider.failed[f"http://{PUBLIC}/"]
    assert "private address" in done.spider.failed[f"http://{PUBLIC}/"]
    assert watched.refused == [("10.0.0.1", 80)]
    assert server.paths() == []


@pytest.mark.parametrize("host", ["169.254.169.254", "metadata.example.eu", "0xA9FEA9FE"])
def test_a_proxy_is_not_asked_for_a_private_address(
    host: str, server: Server, watched: type[Watched]
) -> None:
    server.tell("/", page("from the inside"))
    request = Request(f"http://{host}/", meta={"proxy": server.url})
    done = watching(None, request, GUARD_ALLOW=[f"127.0.0.1:{server.port}"])
    assert "private address" in next(iter(done.spider.failed.values()))
    assert server.asked == []
    assert watched.asked == []


def test_a_proxy_that_was_allowed_is_used_for_a_name_only_it_can_resolve(
    server: Server, watched: type[Watched]
) -> None:
    server.tell("http://unknown.example.eu/", page("through the proxy"))
    request = Request("http://unknown.example.eu/", meta={"proxy": server.url})
    done = watching(None, request, GUARD_ALLOW=[f"127.0.0.1:{server.port}"])
    assert done.spider.came["http://unknown.example.eu/"].text == "through the proxy"
    assert watched.asked == [("127.0.0.1", server.port)]


def test_a_stand_in_is_asked_directly_even_where_a_proxy_is_set(
    server: Server, watched: type[Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://user:word@10.9.9.9:3128")
    server.tell("/", page("directly"))
    done = watching(server, f"http://{PUBLIC}/")
    assert done.spider.came[f"http://{PUBLIC}/"].text == "directly"
    assert watched.refused == []
    assert "proxy-authorization" not in server.asked[0].headers


@pytest.mark.parametrize(
    "url",
    ["file:///etc/hostname", "data:text/html,<h1>hello</h1>", "ftp://example.eu/", "s3://a/b"],
)
def test_links_that_are_no_web_addresses_are_refused(url: str) -> None:
    done = crawl(asking(Request(url)), None)
    assert done.spider.came == {}
    assert len(done.spider.failed) == 1


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/calls/2026-7",
        "/search?text=***&page=2&x=%2F&y=a%2Cb&z=%41",
        "/a%2Cb/../c/./d//e",
        "/%D0%B2%D0%BE%D0%B4%D0%B0?q=%C3%A9+%20",
        "/?only=query",
    ],
)
def test_path_and_query_reach_the_stand_in_unchanged(target: str, server: Server) -> None:
    path = target.partition("?")[0]
    server.tell(path, page("here"))
    done = crawl(asking(f"http://{PUBLIC}{target}"), server.url)
    assert [one.target for one in server.asked] == ["/robots.txt", target]
    came = done.spider.came[f"http://{PUBLIC}{target}"]
    assert came.url == f"http://{PUBLIC}{target}"


def test_the_spider_sees_public_addresses_only(server: Server) -> None:
    server.tell("/calls", page('<a href="/calls/1">one</a><a href="2">two</a>'))
    came = crawl(asking(f"https://{PUBLIC}/calls"), server.url).spider.came
    response = came[f"https://{PUBLIC}/calls"]
    links = [response.urljoin(link) for link in response.css("a::attr(href)").getall()]
    assert links == [f"https://{PUBLIC}/calls/1", f"https://{PUBLIC}/2"]
    assert response.request.url == f"https://{PUBLIC}/calls"


@pytest.mark.parametrize(
    "location",
    [
        "{here}/there?x=1",
        "https://{public}/there?x=1",
        "/there?x=1",
        "there?x=1",
        "//{public}/there?x=1",
    ],
)
def test_a_redirect_inside_the_stand_in_stays_public(location: str, server: Server) -> None:
    where = location.format(here=server.url, public=PUBLIC)
    server.tell("/here", page(status=302, Location=where))
    server.tell("/there", page("arrived"))
    came = crawl(asking(f"https://{PUBLIC}/here"), server.url).spider.came
    response = came[f"https://{PUBLIC}/here"]
    assert (response.url, response.text) == (f"https://{PUBLIC}/there?x=1", "arrived")
    assert [one.target for one in server.asked] == ["/robots.txt", "/here", "/there?x=1"]


def test_a_stand_in_below_a_folder_keeps_its_folder_to_itself(server: Server) -> None:
    server.tell("/copy/here", page(status=302, Location=f"{server.url}/copy/there"))
    server.tell("/copy/there", page("arrived"))
    came = crawl(asking(f"https://{PUBLIC}/here"), f"{server.url}/copy/").spider.came
    assert came[f"https://{PUBLIC}/here"].url == f"https://{PUBLIC}/there"
    assert server.paths() == ["/copy/robots.txt", "/copy/here", "/copy/there"]


def test_a_stand_in_answers_for_no_host_but_those_of_the_source(
    server: Server, watched: type[Watched]
) -> None:
    done = watching(server, "http://metadata.example.eu/", f"http://{PUBLIC}.evil.example/")
    assert server.asked == []
    assert watched.asked == watched.refused == [("169.254.169.254", 80)]
    assert len(done.spider.failed) == 2


def test_a_get_says_nothing_about_a_body_and_a_post_does(server: Server) -> None:
    server.tell("/", page("fine"))
    post = Request(f"http://{PUBLIC}/?post", method="POST", body=b"{}")
    crawl(asking(f"http://{PUBLIC}/", post), server.url)
    robots, get, sent = server.asked
    assert "content-length" not in robots.headers
    assert "content-length" not in get.headers
    assert (sent.headers["content-length"], sent.body) == ("2", b"{}")


def test_headers_that_are_not_ascii_or_very_long_are_taken(server: Server) -> None:
    name = 'attachment; filename="Оголошення.pdf"'
    long = "x" * 20_000
    many = {f"X_{number}": "1" for number in range(300)}
    text = page("fine", Content_Disposition="NAME", X_Long=long, **many)
    for encoding in ("utf-8", "windows-1251"):
        data = text.data.replace(b"NAME", name.encode(encoding))
        server.tell(f"/{encoding}", Answer(data))
        came = crawl(asking(f"http://{PUBLIC}/{encoding}"), server.url).spider.came
        response = came[f"http://{PUBLIC}/{encoding}"]
        assert response.headers["Content-Disposition"] == name.encode(encoding)
        assert response.headers["X-Long"] == long.encode()
        assert len(response.headers) > 300


def test_a_redirect_to_a_cyrillic_address_is_followed(server: Server) -> None:
    location = b"/\xd0\xb2\xd0\xbe\xd0\xb4\xd0\xb0"
    answer = page(status=302, Location="WHERE")
    server.tell("/", Answer(answer.data.replace(b"WHERE", location)))
    server.tell("/%D0%B2%D0%BE%D0%B4%D0%B0", page("water"))
    came = crawl(asking(f"http://{PUBLIC}/"), server.url).spider.came
    assert came[f"http://{PUBLIC}/"].text == "water"


@pytest.mark.parametrize(
    "broken", [DROP, RESET, Answer(b"HTTP/1.1 200 OK\r\nContent-", then="close")]
)
def test_a_dropped_get_is_not_repeated_behind_our_back(broken: Answer, server: Server) -> None:
    server.tell("/", broken)
    done = crawl(asking(f"http://{PUBLIC}/"), server.url, RETRY_TIMES=2)
    assert server.paths() == ["/"] * 3
    assert done.stats["retry/count"] == 2
    assert done.stats["downloader/request_count"] == 1 + 3


def test_a_dropped_get_on_a_connection_already_used_is_not_repeated_either(server: Server) -> None:
    server.tell("/first", page("fine"))
    server.tell("/second", DROP)
    crawl(asking(f"http://{PUBLIC}/first", f"http://{PUBLIC}/second"), server.url, RETRY_TIMES=0)
    assert server.paths() == ["/first", "/second"]


def test_a_page_that_is_too_large_is_refused_before_and_while_it_comes(server: Server) -> None:
    server.tell("/announced", page("x" * 60_000))
    server.tell("/endless", page("x" * 60_000, length=False, then="close"))
    urls = [f"http://{PUBLIC}/announced", f"http://{PUBLIC}/endless"]
    done = crawl(asking(*urls), server.url, DOWNLOAD_MAXSIZE=50_000)
    assert set(done.spider.failed) == set(urls)
    assert server.paths() == ["/announced", "/endless"]


def believe(authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin anew with this authority as the only one, as a process with SSL_CERT_FILE does."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    anew = connector._make_ssl_context(verified=True)
    monkeypatch.setattr(connector, "_SSL_CONTEXT_VERIFIED", anew)


def test_a_connection_is_as_secure_as_scrapy_makes_it() -> None:
    settings = Settings()
    settings.setmodule("crawler.settings")
    ours, scrapys = _secure(settings), _make_ssl_context(settings)
    assert ours is connector._SSL_CONTEXT_VERIFIED  # no second load of all authorities
    assert ours.get_ciphers() == scrapys.get_ciphers()
    assert ours.cert_store_stats() == scrapys.cert_store_stats()
    for name in ("verify_mode", "verify_flags", "check_hostname", "minimum_version", "options"):
        assert getattr(ours, name) == getattr(scrapys, name), name
    for name, value in (
        ("DOWNLOAD_TLS_MIN_VERSION", "TLSv1.3"),
        ("DOWNLOAD_VERIFY_CERTIFICATES", False),
    ):
        settings.set(name, value)
        assert _secure(settings) is not ours


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ({}, "self-signed certificate"),
        ({"ends": 2021, "known": True}, "certificate has expired"),
        ({"address": "127.0.0.2", "known": True}, "IP address mismatch"),
    ],
)
def test_a_certificate_that_is_not_right_is_refused_and_named(
    made: dict[str, Any], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = made.pop("known", False)
    context, shown = certificate(tmp_path, **made)
    if known:  # so that only the rest can be wrong
        believe(shown, monkeypatch)
    with Server(tls=context) as server:
        done = crawl(asking(f"https://{PUBLIC}/"), server.url, ROBOTSTXT_OBEY=False)
        assert server.asked == []
    (reason,) = map(str, done.spider.failed.values())
    assert "its certificate is refused (" in reason
    assert why in reason
    assert "retry/count" not in done.stats


def test_a_certificate_that_is_right_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, shown = certificate(tmp_path)
    believe(shown, monkeypatch)
    with Server(tls=context) as server:
        server.tell("/", page("fine"))
        done = crawl(asking(f"https://{PUBLIC}/"), server.url)
    assert done.spider.came[f"https://{PUBLIC}/"].text == "fine"


def test_a_server_that_speaks_no_tls_is_named() -> None:
    def greet(door: socket.socket) -> None:
        for _ in range(2):
            connection, _ = door.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connection.recv(9999)

    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=greet, args=(door,))
        thread.start()
        at = f"https://127.0.0.1:{door.getsockname()[1]}"
        done = crawl(asking(f"https://{PUBLIC}/"), at, ROBOTSTXT_OBEY=False, RETRY_TIMES=1)
        thread.join()
    (reason,) = done.spider.failed.values()
    assert reason == f"{PUBLIC}: no secure connection could be made"
    assert done.stats["retry/count"] == 1


@pytest.mark.parametrize("wanted", ["BridgesOfTrust/", "(+mailto:towns@example.org)"])
def test_every_request_says_who_asks_and_how_to_reach_us(wanted: str, server: Server) -> None:
    server.tell("/", page("fine"))
    crawl(asking(f"http://{PUBLIC}/"), server.url)
    assert len(server.asked) == 2
    assert all(wanted in one.headers["user-agent"] for one in server.asked)


def test_without_a_name_for_the_operator_the_mailbox_of_the_settings_is_told(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIDGES_CONTACT", "clerk@example.org")
    server.tell("/", page("fine"))
    crawl(asking(f"http://{PUBLIC}/"), server.url, CONTACT=None)
    assert server.asked[1].headers["user-agent"].endswith("(+mailto:clerk@example.org)")


def together(*paths: str) -> Callable[[Any], AsyncIterator[Any]]:
    """A start that schedules all of ``paths`` at once and asks for two more by itself."""

    async def harvest(self: Any) -> AsyncIterator[Any]:
        for path in paths:
            yield Request(f"http://{PUBLIC}{path}", callback=lambda _: None)
        inline = [Request(f"http://{PUBLIC}/inline-{number}") for number in range(3)]
        await asyncio.gather(*(self.fetch(one, lambda page: page) for one in inline))

    return harvest


def test_one_request_at_a_time_reaches_a_host_and_each_after_the_delay(server: Server) -> None:
    paths = [f"/{number}" for number in range(4)]
    for path in [*paths, *(f"/inline-{number}" for number in range(3))]:
        server.tell(path, page("slowly", wait=0.1))
    spider = type("Hasty", (Visitor,), {"harvest": together(*paths)})
    done = crawl(spider, server.url, DOWNLOAD_DELAY=0.3)
    assert "lost/count" not in done.stats
    assert len(server.paths()) == 7
    assert server.busiest == 1
    assert server.was_asked_every(0.3)


def test_on_loopback_there_is_no_delay_but_still_one_request_at_a_time(server: Server) -> None:
    paths = [f"/{number}" for number in range(12)]
    for path in [*paths, *(f"/inline-{number}" for number in range(3))]:
        server.tell(path, page("quickly", wait=0.02))
    crawl(type("Hasty", (Visitor,), {"harvest": together(*paths)}), server.url)
    assert len(server.paths()) == 15
    assert server.busiest == 1
    assert server.asked[-1].at - server.asked[0].at < 3


def test_no_port_is_opened_by_a_crawl(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    listening: list[Any] = []
    real = socket.socket.listen
    monkeypatch.setattr(socket.socket, "listen", lambda *a: listening.append(a) or real(*a))
    server.tell("/", page("fine"))
    crawl(asking(f"http://{PUBLIC}/"), server.url)
    assert listening == []
    assert threading.active_count() < 20
