"""WordPress, feeds, JSON interfaces and sitemaps: what is collected, and what is no answer."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from crawler.sites import FeedSource, JsonApi, SitemapSource, WordPress
from crawler.sites.json_answers import parsed
from storage.domain import Outcome
from tests.crawler.conftest import Database
from tests.crawler.crawling import PUBLIC, Crawl, crawl
from tests.crawler.server import Answer, Asked, Server, page

SITE = f"https://{PUBLIC}"


def data(value: Any, status: int = 200, **headers: str) -> Answer:
    return page(json.dumps(value), status, Content_Type="application/json", **headers)


def reason(done: Crawl) -> str:
    return done.judgement().reason


class Board(WordPress):
    """A board of posts."""

    name = "board"
    hosts = (PUBLIC,)
    site = SITE
    languages = {"/uk/": "uk", "": "en"}  # noqa: RUF012
    query = {"tags": "638"}  # noqa: RUF012
    per_page = 2


def post(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "id": number,
        "date": "2026-11-02T08:00:00",
        "link": f"{SITE}/uk/post-{number}/?utm_medium=rss",
        "title": {"rendered": f"Конкурс &#8220;{number}&#8221;"},
        "content": {"rendered": "<p>Заявки приймаються до 5 березня.</p>"},
        "excerpt": {"rendered": ""},
    } | changed


def posts(pages: int, total: int, **changed: Any) -> Any:
    def answer(asked: Asked) -> Answer:
        assert "tags=638" in asked.target
        number = int(asked.target.partition("&page=")[2].partition("&")[0])
        if number > pages:
            return data({"code": "rest_post_invalid_page_number"}, 400)
        found = [post(10 * number + n, **changed) for n in range(2)]
        return data(found, X_WP_TotalPages=str(pages), X_WP_Total=str(total))

    return answer


def test_posts_are_read_to_the_last_page(server: Server, database: Database) -> None:
    server.tell("/wp-json/wp/v2/posts", posts(2, 4))
    crawl(Board, server.url, keeping=True)
    assert (database.last("board").reason, database.last("board").complete) == ("", True)
    assert database.references("board") == ["10", "11", "20", "21"]
    call = database.call("board:10")
    assert (call.title, call.language) == ("Конкурс “10”", "uk")
    assert call.url == f"{SITE}/uk/post-10/"
    assert [one.date for one in call.deadlines] == ["2027-03-05"]


def test_posts_that_are_missing_or_repeat_are_named(server: Server) -> None:
    server.tell("/wp-json/wp/v2/posts", posts(2, 7))
    assert "4 posts came of 7 announced" in reason(crawl(Board, server.url))
    server.tell("/wp-json/wp/v2/posts", data([post(1)], X_WP_TotalPages="3", X_WP_Total="3"))
    assert "page 2 of the posts repeats" in reason(crawl(Board, server.url))
    server.tell(
        "/wp-json/wp/v2/posts", posts(1, 2, title=["a", {"b": "c"}], content={"rendered": 5})
    )
    done = crawl(Board, server.url)
    assert "title: its selector matches on none of 2 entries" in reason(done)


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (page("<title>Just a moment...</title>"), "Cloudflare challenge"),
        (page("<h1>Welcome</h1>"), "an HTML page instead of data"),
        (page('[{"id": 1, "li', Content_Type="application/json"), "cut short"),
        (data({"code": "rest_disabled", "message": "REST is off"}), "REST is off"),
        (data([post(1)]), "X-WP-TotalPages"),
        (data([], X_WP_TotalPages="0", X_WP_Total="0"), "no posts at all"),
    ],
)
def test_an_answer_that_is_none_fails_the_harvest(
    server: Server, answer: Answer, what: str
) -> None:
    server.tell("/wp-json/wp/v2/posts", answer)
    done = crawl(Board, server.url, RETRY_TIMES=1)
    assert done.judgement().outcome is Outcome.FAILED
    assert what in reason(done)


class Programme(FeedSource):
    """A feed with a page for each entry that has no known markup."""

    name = "programme"
    hosts = (PUBLIC,)
    language = "en"
    address = f"{SITE}/feed/"
    keep_if = {"title": r"\bcall\b"}  # noqa: RUF012
    article = True
    optional = frozenset({"description"})


FEED = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>News</title>
<item><title>Second call &amp; first results</title><link>https://{host}/call-2/?utm_source=rss</link>
<pubDate>Mon, 16 Nov 2026 23:30:00 +0200</pubDate><category>Calls</category>
<description><![CDATA[<p>Open now.</p>]]></description>
<enclosure url="https://{host}/guide.pdf" type="application/pdf" length="1"/></item>
<item><title>A walk in the park</title><link>https://{host}/walk/</link></item>
</channel></rss>""".replace("{host}", PUBLIC)


def test_a_feed_gives_entries_and_their_pages_the_text(server: Server) -> None:
    text = "".join(
        f"<p>Paragraph {n} tells towns how to apply for the grant.</p>" for n in range(9)
    )
    server.tell("/feed/", page(FEED, Content_Type="application/rss+xml"))
    server.tell("/call-2/", page(f"<nav>Home</nav><article><h1>Second</h1>{text}</article>"))
    done = crawl(Programme, server.url)
    assert (reason(done), done.judgement().complete) == ("", False)
    (call,) = done.items
    assert (call.reference, call.url) == ("call-2", f"{SITE}/call-2/")
    assert call.title == "Second call & first results"
    assert call.words["published"] == "2026-11-16"
    assert "Paragraph 8" in call.words["description"]
    assert call.words["documents"] == [{"url": f"{SITE}/guide.pdf", "title": ""}]


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (FEED[:300], "feed is"),
        ("<html><h1>Not found</h1></html>", "no feed came"),
        ('<rss version="2.0"><channel><title>x</title></channel></rss>', "no entries"),
        (FEED.replace("call", "конкурс").encode("cp1251", "replace"), "letters cannot be read"),
    ],
)
def test_a_feed_that_is_none_fails_the_harvest(
    server: Server, body: str | bytes, what: str
) -> None:
    server.tell("/feed/", page(body, Content_Type="application/rss+xml; charset=utf-8"))
    done = crawl(Programme, server.url, RETRY_TIMES=0)
    assert done.judgement().outcome is Outcome.FAILED
    assert what in reason(done)


class Register(JsonApi):
    """A register asked with GET, with an answer for each record."""

    name = "register"
    hosts = (PUBLIC,)
    language = "es"
    address = f"{SITE}/api?page={{page}}&size=2"
    first_page = 0
    records = "content"
    total = "count"
    listed = {"reference": "code", "title": "names.text"}  # noqa: RUF012
    detail_address = f"{SITE}/api/one?code={{reference}}"
    detail = {"deadlines": "ends", "description": "about", "applicants": "who.name"}  # noqa: RUF012
    phrases = {"money.all": "Presupuesto total: {} EUR"}  # noqa: RUF012
    page_of = f"{SITE}/call/{{reference}}"
    days_only = True


def records(asked: Asked) -> Answer:
    number = int(asked.target.partition("page=")[2].partition("&")[0])
    found = [{"code": 10 * number + n, "names": [{"text": f"Llamada {n}"}]} for n in range(2)]
    return data({"content": found[: 1 + (number == 0)], "count": 3})


def test_records_are_counted_and_each_is_asked_for(server: Server, database: Database) -> None:
    server.tell("/api", records)
    server.tell(
        "/api/one",
        data(
            {
                "ends": "2027-05-01T00:00:00",
                "about": "Agua",
                "who": [{"name": "Municipios"}],
                "money": {"all": 75000},
            }
        ),
    )
    crawl(Register, server.url, keeping=True)
    assert (database.last("register").reason, database.last("register").complete) == ("", True)
    assert database.references("register") == ["0", "1", "10"]
    call = database.call("register:10")
    assert (call.url, call.title) == (f"{SITE}/call/10", "Llamada 0")
    assert [(one.date, one.time) for one in call.deadlines] == [("2027-05-01", None)]
    assert [one.values for one in call.eligibility.criteria] == [("local_authority",)]
    assert [(one.currency, one.total) for one in call.funding] == [("EUR", 75000)]


def test_a_field_that_changed_its_type_is_named(server: Server) -> None:
    server.tell("/api", records)
    odd = {"ends": {"day": 1}, "about": "Agua", "who": [], "money": {"all": {"EUR": 5}}}
    server.tell("/api/one", data(odd))
    said = reason(crawl(Register, server.url))
    assert "deadlines, money.all: of another shape than ever before in 3 records" in said
    server.tell("/api", data({"content": [{"code": 1, "names": []}], "count": 9}))
    said = reason(crawl(Register, server.url))
    assert "page 2 of the listing repeats" in said
    assert "1 records came of 9 announced" in said
    server.tell("/api", data({"content": {"1": {}}, "count": 1}))
    done = crawl(Register, server.url, RETRY_TIMES=0)
    assert done.judgement().outcome is Outcome.FAILED
    assert "no list at 'content'" in reason(done)


def test_half_a_sign_is_shown_as_one_that_cannot_be_read() -> None:
    body = rb'{"a\u0000": ["cut \ud83d", {"whole": "\ud83d\ude00"}], "n": 1}'
    assert parsed(body) == {"a\ufffd": ["cut \ufffd", {"whole": "\U0001f600"}], "n": 1}


class Search(JsonApi):
    """A search asked with POST, by offset."""

    name = "search"
    hosts = (PUBLIC,)
    language = "en"
    zone = "Europe/Kyiv"
    address = f"{SITE}/query"
    per_page = 2
    body = {"q": "call", "from": "{offset}", "size": 2}  # noqa: RUF012
    records = "hits.hits"
    listed = {  # noqa: RUF012
        "url": "link",
        "title": "title",
        "deadlines": "closes",
        "documents": "files",
    }


def test_a_search_is_asked_with_post_and_an_offset(server: Server, database: Database) -> None:
    asked_for = []

    def hits(asked: Asked) -> Answer:
        question = json.loads(asked.body)
        asked_for.append(question["from"])
        found = [
            {"link": f"{SITE}/{n}", "title": f"T{n}", "closes": "2027-05-01T21:59:00Z",
             "files": [f"{SITE}/{n}.pdf"]}
            for n in range(question["from"], min(question["from"] + 2, 3))
        ]  # fmt: skip
        return data({"hits": {"hits": found}})

    server.tell("/query", hits)
    crawl(Search, server.url, keeping=True)
    assert asked_for == [0, 2, 4]
    assert database.last("search").reason == ""
    assert database.references("search") == ["0", "1", "2"]
    (deadline,) = database.call("search:1").deadlines
    assert (deadline.date, deadline.time, deadline.zone) == ("2027-05-02", "00:59", "Europe/Kyiv")
    assert deadline.basis == "stated"


def test_an_interface_that_names_its_next_page_is_followed(server: Server) -> None:
    first = {"results": [{"link": f"{SITE}/1", "title": "One"}], "next": "/list?after=1"}
    last = {"results": [{"link": f"{SITE}/2", "title": "Two"}], "next": None}
    server.tell("/list", lambda asked: data(last if "after" in asked.target else first))
    form = {"body": None, "address": f"{SITE}/list", "records": "results", "next_path": "next"}
    spider = type("Follow", (Search,), form | {"listed": {"url": "link", "title": "title"}})
    done = crawl(spider, server.url)
    assert (reason(done), [one.title for one in done.items]) == ("", ["One", "Two"])


class Market(SitemapSource):
    """A site whose sitemap lists its calls."""

    name = "market"
    hosts = (PUBLIC,)
    language = "uk"
    address = f"{SITE}/sitemap.xml"
    follow = "opp"
    pages = r"/opp/[^/]+$"
    newest = 2
    detail = {"title": "h1", "published": "ld:datePublished", "description": "main"}  # noqa: RUF012


def test_a_sitemap_gives_the_newest_pages(server: Server) -> None:
    ns = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    maps = "".join(
        f"<sitemap><loc>{SITE}/{name}</loc></sitemap>" for name in ("opp.gz", "blog.xml")
    )
    urls = "".join(
        f"<url><loc>{SITE}/opp/{n}</loc><lastmod>2026-11-0{n}</lastmod></url>" for n in (1, 3, 2)
    )
    urls += f"<url><loc>{SITE}/about</loc></url>"
    packed = gzip.compress(f"<urlset {ns}>{urls}</urlset>".encode())
    server.tell("/sitemap.xml", page(f"<sitemapindex {ns}>{maps}</sitemapindex>"))
    server.tell("/opp.gz", page(packed, Content_Type="application/gzip"))
    linked = '{"@type": "Article", "datePublished": "2026-11-05"}'
    for number in (2, 3):
        server.tell(
            f"/opp/{number}",
            page(
                f"<script type='application/ld+json'>{linked}</script>"
                f"<h1>N{number}</h1><main>T</main>"
            ),
        )
    done = crawl(Market, server.url)
    assert (reason(done), done.judgement().complete) == ("", False)
    assert [(one.reference, one.title) for one in done.items] == [("opp/3", "N3"), ("opp/2", "N2")]
    assert done.items[0].words["published"] == "2026-11-05"


@pytest.mark.parametrize("body", ["<html><h1>Welcome</h1></html>", "Nothing but words.", ""])
def test_a_sitemap_that_lists_no_call_fails_the_harvest(server: Server, body: str) -> None:
    server.tell("/sitemap.xml", page(body))
    done = crawl(Market, server.url, RETRY_TIMES=0)
    assert done.judgement().outcome is Outcome.FAILED
    assert "no sitemap came" in reason(done) or not body
    assert "Error" not in reason(done)
