"""Pages that have not changed: asked about each time, never handed out for a dead server."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from scrapy.http import Request

from crawler.cache import cache_folder
from tests.crawler.conftest import Database
from tests.crawler.crawling import PUBLIC, Crawl, crawl
from tests.crawler.server import RESET, Answer, Asked, Server, page
from tests.crawler.test_handler import Asking

URL = f"https://{PUBLIC}/page"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pages"


def ask(server: Server, folder: Path, *requests: Any, **changed: Any) -> Crawl:
    spider = type("Asking", (Asking,), {"ask": requests or (URL,)})
    on = {"HTTPCACHE_ENABLED": True, "HTTPCACHE_DIR": str(folder), "RETRY_TIMES": 0}
    return crawl(spider, server.url, **(on | changed))


def text(done: Crawl) -> str:
    (response,) = done.spider.came.values()
    found: str = response.text
    return found


def tagged(body: str, tag: str = '"one"', **headers: str) -> Any:
    """A page with an ETag, which the server knows again."""

    def answer(asked: Asked) -> Answer:
        if asked.headers.get("if-none-match") == tag:
            return page("", 304, ETag=tag)
        return page(body, ETag=tag, **headers)

    return answer


def asked_for(server: Server) -> list[str | None]:
    pages = [one for one in server.asked if one.path == "/page"]
    return [one.headers.get("if-none-match") for one in pages]


@pytest.mark.parametrize("control", ["", "no-cache", "max-age=99999", "private"])
def test_a_page_that_has_not_changed_is_not_sent_again(
    server: Server, folder: Path, control: str
) -> None:
    told = {"Cache_Control": control} if control else {}
    server.tell("/page", tagged("<p>Заявки</p>", **told))
    for _ in range(3):
        assert text(ask(server, folder)) == "<p>Заявки</p>"
    assert asked_for(server) == [None, '"one"', '"one"']
    server.tell("/page", tagged("<p>New</p>", '"two"'))
    assert text(ask(server, folder)) == "<p>New</p>"


def test_a_page_is_asked_about_by_its_last_change(server: Server, folder: Path) -> None:
    day = "Tue, 01 Jan 2019 10:00:00 GMT"
    server.tell("/page", page("old", Last_Modified=day))
    ask(server, folder)
    assert text(ask(server, folder)) == "old"  # a server that pays no heed sends it all again
    assert server.asked[-1].headers["if-modified-since"] == day


@pytest.mark.parametrize("answer", [page("down", 503), page("no", 404), RESET])
def test_a_dead_server_is_an_outage_and_not_the_page_of_yesterday(
    server: Server, folder: Path, answer: Answer
) -> None:
    server.tell("/page", tagged("yesterday"))
    ask(server, folder)
    server.tell("/page", answer)
    done = ask(server, folder)
    assert not done.spider.came
    assert list(done.spider.failed) == [URL]
    server.tell("/page", tagged("yesterday"))
    assert text(ask(server, folder)) == "yesterday"
    assert asked_for(server)[-1] == '"one"'


def test_what_must_not_be_kept_is_not(server: Server, folder: Path) -> None:
    server.tell("/page", page("fine", ETag='"x"'))
    post = Request(URL, method="POST", body=b"{}")
    token = Request(URL, headers={"Authorization": "Bearer x"})
    for request in (post, token):
        ask(server, folder, request)
        ask(server, folder, request)
    for told in ({"Cache_Control": "no-store", "ETag": '"x"'}, {}):
        server.tell("/page", page("fine", **told))
        ask(server, folder)
        ask(server, folder)
    ask(server, folder, HTTPCACHE_LARGEST_PAGE=3)
    assert asked_for(server) == [None] * 9


def test_a_stand_in_is_not_taken_for_the_site(server: Server, folder: Path) -> None:
    server.tell("/page", tagged("stand-in"))
    ask(server, folder)
    with Server() as other:
        other.tell("/page", tagged("the site"))
        assert text(ask(other, folder)) == "the site"
        assert asked_for(other) == [None]


def test_a_page_is_fetched_whole_again_after_a_while(server: Server, folder: Path) -> None:
    server.tell("/page", tagged("stuck"))
    ask(server, folder)
    with closing(sqlite3.connect(folder / "visitor.sqlite")) as database, database:
        database.execute("UPDATE page SET fetched = fetched - 8 * 86400")
    ask(server, folder)
    ask(server, folder)
    assert asked_for(server) == [None, None, '"one"']


def test_what_is_kept_is_bounded(server: Server, folder: Path) -> None:
    urls = [f"https://{PUBLIC}/{number}" for number in range(5)]
    for number in range(5):
        server.tell(f"/{number}", page(bytes((7 * n * n) % 251 for n in range(9000)), ETag='"e"'))
    ask(server, folder, *urls)
    with closing(sqlite3.connect(folder / "visitor.sqlite")) as database:
        (size,) = database.execute("SELECT max(length(body)) FROM page").fetchone()
    ask(server, folder, urls[2], HTTPCACHE_MOST=2 * size)
    with closing(sqlite3.connect(folder / "visitor.sqlite")) as database:
        left = [url for (url,) in database.execute("SELECT url FROM page ORDER BY used")]
    assert len(left) == 2
    assert left[-1] == urls[2]


@pytest.mark.parametrize("spoiled", [b"no database at all" * 99, b""])
def test_a_damaged_file_costs_only_itself(server: Server, folder: Path, spoiled: bytes) -> None:
    folder.mkdir()
    (folder / "visitor.sqlite").write_bytes(spoiled)
    server.tell("/page", tagged("fine"))
    assert text(ask(server, folder)) == "fine"
    ask(server, folder)
    assert asked_for(server) == [None, '"one"']


def test_a_folder_that_cannot_be_made_costs_only_the_cache(server: Server, folder: Path) -> None:
    folder.write_text("a file is in the way")
    server.tell("/page", tagged("fine"))
    assert text(ask(server, folder)) == "fine"


def test_pages_are_kept_beside_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.settings.data_folder", lambda: tmp_path / "own")
    assert cache_folder(f"sqlite:///{tmp_path}/bridges.db") == tmp_path / "pages"
    assert cache_folder("postgresql://me@host/bridges") == tmp_path / "own" / "pages"
    assert cache_folder("sqlite://") == tmp_path / "own" / "pages"


def test_pages_are_kept_where_the_settings_put_the_database(
    server: Server, database: Database
) -> None:
    server.tell("/page", tagged("fine"))
    for _ in range(2):
        crawl(type("Asking", (Asking,), {"ask": (URL,)}), server.url, HTTPCACHE_ENABLED=True)
    assert asked_for(server) == [None, '"one"']
    assert (database.path.parent / "pages" / "visitor.sqlite").is_file()
