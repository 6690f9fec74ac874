"""Bodies that are not what their headers say, over real HTTP."""

from __future__ import annotations

import bz2
import gzip
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from scrapy.http import Request, Response

from crawler.bodies import is_whole
from crawler.errors import Outage
from tests.crawler.crawling import PUBLIC, Crawl, Visitor, crawl
from tests.crawler.server import Answer, Server, Told, page

WORDS = "<h1>Call for towns</h1>" + "".join(f"<p>lot {number}</p>" for number in range(2000))
PACKED = gzip.compress(WORDS.encode())
UKRAINIAN = "<p>Конкурс для громад</p>"
POLISH = "<p>Nabór wniosków dla gmin, świętokrzyskie</p>"


class Fetcher(Visitor):
    async def harvest(self) -> AsyncIterator[Any]:
        try:
            yield {"text": await self.fetch(Request(f"http://{PUBLIC}/"), lambda came: came.text)}
        except Outage as outage:
            yield {"outage": str(outage)}


def fetch(server: Server, *told: Told, **changed: Any) -> Crawl:
    server.tell("/", *told)
    return crawl(Fetcher, server.url, ROBOTSTXT_OBEY=False, **changed)


def packed(body: bytes, encoding: str = "gzip") -> Answer:
    return page(body, Content_Encoding=encoding)


def response(body: bytes, encoding: str | None = "gzip") -> Response:
    headers = {"Content-Encoding": encoding} if encoding else {}
    return Response("http://example.eu", headers=headers, body=body)


@pytest.mark.parametrize("cut", [1, 8, 9, 100, len(PACKED) - 1])
def test_every_cut_of_a_gzip_body_is_seen(cut: int) -> None:
    assert is_whole(response(PACKED))
    assert not is_whole(response(PACKED[:-cut]))


def test_what_is_no_gzip_is_not_judged_and_a_bomb_is_not_unpacked() -> None:
    assert is_whole(response(b"plain", None))
    assert is_whole(response(zlib.compress(b"x")[:-1], "deflate"))
    assert is_whole(response(b""))
    assert not is_whole(response(b"plain"))
    assert not is_whole(response(bz2.compress(b"x")))
    bomb = gzip.compress(bytes(5 << 20))
    assert is_whole(response(bomb[:-8]), limit=1 << 20)


def test_only_what_can_be_checked_is_asked_for(server: Server) -> None:
    fetch(server, packed(PACKED))
    assert server.asked[0].headers["accept-encoding"] == "gzip"


def test_a_whole_gzip_body_is_read(server: Server) -> None:
    assert fetch(server, packed(PACKED)).items == [{"text": WORDS}]
    assert fetch(server, packed(PACKED, "x-gzip")).items == [{"text": WORDS}]


def test_a_gzip_body_that_stops_short_is_asked_for_again(server: Server) -> None:
    done = fetch(server, packed(PACKED[:-20]), packed(PACKED[:200]), packed(PACKED))
    assert done.items == [{"text": WORDS}]
    assert len(server.asked) == 3


@pytest.mark.parametrize("body", [PACKED[:-20], b"<h1>not packed at all</h1>"])
def test_a_gzip_body_that_never_comes_whole_is_an_outage(body: bytes, server: Server) -> None:
    done = fetch(server, packed(body), RETRY_TIMES=2, RETRY_BACKOFF=0.2)
    assert done.items == [{"outage": f"{PUBLIC}: compressed body cut short"}]
    first, second = server.pauses()
    assert first > 0.15
    assert second > 0.35


@pytest.mark.parametrize(
    "told",
    [
        Answer(page(WORDS).data[:-20], then="close"),
        Answer(page(WORDS).data[:-20], then="reset"),
        Answer(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<h1>C\r\n", then="close"
        ),
        Answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<h1", then="close"),
    ],
    ids=["short", "reset", "last chunk missing", "inside a chunk"],
)
def test_a_body_cut_on_the_wire_never_reaches_a_spider(told: Answer, server: Server) -> None:
    assert fetch(server, told, page(WORDS)).items == [{"text": WORDS}]
    failed = fetch(server, told, RETRY_TIMES=1)
    assert list(failed.items[0]) == ["outage"]
    assert len(server.asked) == 4


def test_a_bomb_is_refused(server: Server) -> None:
    bomb = gzip.compress(bytes(8 << 20))
    done = fetch(server, packed(bomb), DOWNLOAD_MAXSIZE=1 << 20)
    assert list(done.items[0]) == ["outage"]
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("text", "written_in", "declared", "in_page"),
    [
        (UKRAINIAN, "utf-8", "utf-8", ""),
        (UKRAINIAN, "utf-8", "windows-1251", ""),
        (UKRAINIAN, "utf-8", "iso-8859-1", ""),
        (UKRAINIAN, "utf-8", "", ""),
        (UKRAINIAN, "windows-1251", "windows-1251", ""),
        (UKRAINIAN, "windows-1251", "", "windows-1251"),
        (UKRAINIAN, "windows-1251", "utf-8", "windows-1251"),
        (UKRAINIAN, "koi8-u", "", "koi8-u"),
        (UKRAINIAN, "utf-16", "", ""),
        ("<main><p>Plain words</p></main>", "utf-16-le", "utf-8", ""),
        ("<main><p>Mosty důvěry</p></main>", "utf-16-be", "utf-8", ""),
        (POLISH, "iso-8859-2", "iso-8859-2", ""),
        (POLISH, "iso-8859-2", "utf-8", "iso-8859-2"),
        ("<p>plain</p>", "ascii", "windows-1251", ""),
    ],
)
def test_letters_are_read_right(
    text: str, written_in: str, declared: str, in_page: str, server: Server
) -> None:
    meta = f'<meta charset="{in_page}">' if in_page else ""
    kind = f"text/html; charset={declared}" if declared else "text/html"
    done = fetch(server, page((meta + text).encode(written_in), Content_Type=kind))
    assert done.items == [{"text": meta + text}]
    assert "charset/unreadable" not in done.stats


def test_letters_that_nothing_explains_are_counted(server: Server) -> None:
    broken = UKRAINIAN.encode("windows-1251")
    done = fetch(server, page(broken, Content_Type="text/html; charset=utf-8"))
    assert "\ufffd" in done.items[0]["text"]
    assert done.stats["charset/unreadable"] == 1


def test_bytes_that_are_no_text_are_left_alone(server: Server) -> None:
    class Bytes(Visitor):
        async def harvest(self) -> AsyncIterator[Any]:
            yield {"body": await self.fetch(Request(f"http://{PUBLIC}/"), lambda came: came.body)}

    pdf = b"%PDF-1.7\n\xd0\xff\x00\x01"
    server.tell("/", page(pdf, Content_Type="application/pdf"))
    assert crawl(Bytes, server.url, ROBOTSTXT_OBEY=False).items == [{"body": pdf}]
