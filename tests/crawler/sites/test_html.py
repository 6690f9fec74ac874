"""Listings in HTML: what is collected, when they end, and everything that may be wrong with one."""

from __future__ import annotations

import pytest

from crawler.sites import DrupalView, HtmlListing
from storage.domain import Outcome
from tests.crawler.conftest import Database
from tests.crawler.crawling import PUBLIC, Crawl, crawl
from tests.crawler.server import Answer, Asked, Server, page

SITE = f"https://{PUBLIC}"


class Agency(HtmlListing):
    """An agency that lists its calls on pages with a number."""

    name = "agency"
    hosts = (PUBLIC,)
    language = "en"
    zone = "Europe/Warsaw"
    address = f"{SITE}/calls?page={{page}}"
    items = "article"
    listed = {"url": "h3 a", "title": "h3 a", "deadlines": ".until", "label": ".sort"}  # noqa: RUF012
    detail = {  # noqa: RUF012
        "title": "h1",
        "description": ".text",
        "published": "time",
        "documents": "li.file a",
    }
    rows = ("dl > div", "dt", "dd")
    labels = {"Who may apply": "applicants", "Where": "countries", "Deadline": "deadlines"}  # noqa: RUF012
    ignored = ("Contact",)
    noise = ("page",)
    drop_if = {"label": "job", "title": r"\bcourse\b"}  # noqa: RUF012


LISTING_ALONE = {"detail": {}, "labels": {}, "article": False}


def item(name: str, *, sort: str = "Grant", until: str = "30.06.2027") -> str:
    return (
        f'<article><h3><a href="/call/{name}?utm_source=list&page=1#top">Call {name}</a></h3>'
        f'<p class="until">{until}</p><p class="sort">{sort}</p></article>'
    )


def call_page(name: str, deadline: str = "31.03.2027 15:00") -> Answer:
    return page(
        f"<h1>Call {name} for towns</h1><time>02.11.2026</time><div class=text><p>About {name}.</p>"
        f"</div><dl><div><dt>Deadline:</dt><dd><b>{deadline}</b></dd></div>"
        "<div><dt>Where</dt><dd>Poland<br>Ukraine</dd></div>"
        "<div><dt>Who may apply:</dt><dd><ul><li>Local authorities<li>NGOs</ul></dd></div>"
        "<div><dt>Duration</dt><dd>12 months</dd></div>"
        "<div><dt>Contact</dt><dd>Ms A</dd></div></dl>"
        '<ul><li class=file><a href="files/guide.pdf">The guide</a><li class=file>'
        '<a href="http://[bad">x</a></ul>'
    )


def numbered(*pages: str) -> dict[str, Answer]:
    return {str(number): page(text) for number, text in enumerate(pages, start=1)}


def by_number(pages: dict[str, Answer], beyond: Answer) -> object:
    def answer(asked: Asked) -> Answer:
        return pages.get(asked.target.rpartition("page=")[2], beyond)

    return answer


@pytest.fixture
def site(server: Server) -> Server:
    pages = numbered(item("a") + item("b"), item("b") + item("c") + item("d", sort="Job offer"))
    server.tell("/calls", by_number(pages, page("<p>no more</p>")))  # type: ignore[arg-type]
    for name in "abcd":
        server.tell(f"/call/{name}", call_page(name))
    return server


def reason(done: Crawl) -> str:
    return done.judgement().reason


def test_every_call_is_collected_with_its_words(site: Server) -> None:
    done = crawl(Agency, site.url)
    judged = done.judgement()
    assert (judged.outcome, judged.reason, judged.complete) == (Outcome.OK, "", True)
    assert [one.reference for one in done.items] == ["call/a", "call/b", "call/c"]
    call = done.items[0]
    assert call.url == f"{SITE}/call/a"
    assert call.title == "Call a for towns"
    assert call.words["deadlines"] == ["31.03.2027 15:00"]
    assert call.words["published"] == "02.11.2026"
    assert call.words["zone"] == "Europe/Warsaw"
    assert call.words["documents"] == [
        {"url": f"{SITE}/call/files/guide.pdf", "title": "The guide"}
    ]
    assert "<p>Duration: 12 months</p>" in call.words["description"]
    assert "Ms A" not in str(call.words)
    assert done.spider.report.given["countries"] == 1.0


def test_labelled_words_reach_the_readers(site: Server, database: Database) -> None:
    site.tell("/call/b", call_page("b", "until 5 March"))
    site.tell("/call/c", call_page("c", "see the guide"))
    crawl(Agency, site.url, keeping=True)
    (exact,) = database.call("agency:call/a").deadlines
    assert (exact.date, exact.time, exact.zone) == ("2027-03-31", "15:00", "Europe/Warsaw")
    (yearless,) = database.call("agency:call/b").deadlines
    assert yearless.date == "2027-03-05"  # the first after the day the page was published
    (listed,) = database.call("agency:call/c").deadlines
    assert listed.date == "2027-06-30"  # its page names no day, and the listing does
    criteria = database.call("agency:call/a").eligibility.criteria
    assert [(str(one.about), one.values) for one in criteria] == [
        ("country", ("PL", "UA")),
        ("applicant", ("local_authority", "ngo")),
    ]


def test_a_call_whose_page_does_not_come_is_kept_from_the_listing(
    site: Server, database: Database
) -> None:
    site.tell("/call/b", page("<title>Just a moment...</title><p>Checking"))
    crawl(Agency, site.url, keeping=True)
    harvest = database.last("agency")
    assert harvest.outcome is Outcome.DEGRADED
    assert "1 of 3 calls are kept from the listing alone" in harvest.reason
    assert "Cloudflare challenge" in harvest.reason
    assert "call/b" in harvest.reason
    assert harvest.complete
    assert [one.date for one in database.call("agency:call/b").deadlines] == ["2027-06-30"]


def test_a_page_that_does_not_come_takes_nothing_from_what_is_known(
    site: Server, database: Database
) -> None:
    crawl(Agency, site.url, keeping=True)
    site.tell("/call/b", page("<h1>Oops</h1>", 500))
    crawl(Agency, site.url, keeping=True)
    harvest = database.last("agency")
    assert (harvest.outcome, harvest.changed, harvest.unchanged) == (Outcome.DEGRADED, 0, 3)
    assert [one.date for one in database.call("agency:call/b").deadlines] == ["2027-03-31"]
    site.tell("/call/b", call_page("b", "1.4.2027"))
    crawl(Agency, site.url, keeping=True)
    assert database.last("agency").changed == 1


def test_a_page_that_holds_nothing_of_the_call_takes_nothing_from_it(
    site: Server, database: Database
) -> None:
    crawl(Agency, site.url, keeping=True)
    site.tell("/call/b", page("<h2>Welcome to our new site</h2>"))  # a call that went, softly
    crawl(Agency, site.url, keeping=True)
    harvest = database.last("agency")
    assert (harvest.outcome, harvest.changed) == (Outcome.DEGRADED, 0)
    assert "nothing that is looked for is on the page" in harvest.reason


def test_a_source_that_moved_to_another_site_is_named(site: Server, database: Database) -> None:
    crawl(Agency, site.url, keeping=True)
    moved = item("a").replace('href="', 'href="https://new.example.eu')
    moved += item("b").replace('href="', 'href="https://new.example.eu')
    site.tell("/calls", by_number(numbered(moved + item("c")), page("x")))  # type: ignore[arg-type]
    crawl(Agency, site.url, keeping=True)
    harvest = database.last("agency")
    assert (harvest.outcome, harvest.changed, harvest.complete) == (Outcome.DEGRADED, 0, False)
    assert "2 of 3 calls have their page on another site, most on new.example.eu" in harvest.reason
    # what is there may be other calls under the same paths
    assert "new.example.eu/call/a" in database.references("agency")


def test_pages_with_another_markup_take_nothing_from_what_is_known(
    server: Server, database: Database
) -> None:
    names = [f"n{number}" for number in range(21)]
    server.tell("/calls", by_number(numbered("".join(map(item, names))), page("x")))  # type: ignore[arg-type]
    for name in names:
        server.tell(f"/call/{name}", call_page(name))
    crawl(Agency, server.url, keeping=True)
    for name in names[1:]:
        half = call_page(name).data.replace(b"<dt>Where</dt>", b"<dt>Place</dt>")
        server.tell(f"/call/{name}", Answer(half))
    crawl(Agency, server.url, keeping=True)
    harvest = database.last("agency")
    assert harvest.outcome is Outcome.DEGRADED
    assert "countries: in 5% of the records, 100% in the last good harvest" in harvest.reason
    known = database.call("agency:call/n7")
    assert [str(one.about) for one in known.eligibility.criteria] == ["country", "applicant"]
    for name in names:
        server.tell(f"/call/{name}", page(f"<h1>Call {name} for towns</h1><p>A new look."))
    crawl(Agency, server.url, keeping=True)
    harvest = database.last("agency")
    assert (harvest.outcome, harvest.unchanged) == (Outcome.DEGRADED, 21)
    assert "countries, deadlines, description" in harvest.reason
    assert "its selector matches on none of 21 pages" in harvest.reason
    # not the day of the listing, which is another
    assert [one.date for one in database.call("agency:call/n7").deadlines] == ["2027-03-31"]


def test_what_only_the_page_says_can_decide_whether_a_call_is_wanted(site: Server) -> None:
    site.tell("/call/b", call_page("b").__class__(call_page("b").data.replace(b"About", b"XXXXX")))
    wanted = type("Wanted", (Agency,), {"keep_if": {"description": "about"}})
    done = crawl(wanted, site.url)
    assert [one.reference for one in done.items] == ["call/a", "call/c"]
    site.tell("/call/b", page("down", 503))
    done = crawl(wanted, site.url, RETRY_TIMES=0)
    assert [one.reference for one in done.items] == ["call/a", "call/b", "call/c"]  # nobody knows


def test_an_error_page_says_what_kind_of_refusal_it_is(server: Server) -> None:
    server.tell("/calls", page("<title>Just a moment...</title>", 403))
    said = reason(crawl(Agency, server.url))
    assert "funding.example.eu: answered 403 (a Cloudflare challenge)" in said


def test_pages_are_no_longer_asked_for_when_several_in_a_row_do_not_come(server: Server) -> None:
    names = [f"n{number}" for number in range(9)]
    server.tell("/calls", by_number(numbered("".join(map(item, names))), page("x")))  # type: ignore[arg-type]
    done = crawl(Agency, server.url, RETRY_TIMES=0)
    assert len(done.items) == 9
    assert "9 of 9 calls are kept from the listing alone" in reason(done)
    assert len([path for path in server.paths() if path.startswith("/call/")]) == 9  # all gone
    server.asked.clear()
    for name in names:
        server.tell(f"/call/{name}", page("down", 503))
    crawl(Agency, server.url, RETRY_TIMES=0)
    assert len([path for path in server.paths() if path.startswith("/call/")]) == Agency.in_a_row


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("<html><title>Just a moment...</title><body><script>", "Cloudflare challenge"),
        ("<title>Attention Required! | Cloudflare</title>", "Cloudflare challenge"),
        ("<body><script src='/_Incapsula_Resource?x'></script>", "bot check"),
        ("<title>Agency</title><h1>We are under maintenance</h1>", "maintenance page"),
        ("<body><p>Ведуться технічні роботи, зайдіть пізніше</p>", "maintenance page"),
        ("<title>Sign in</title><form><input type=password></form>", "log-in page"),
        ("   ", "an empty page"),
        ("<body><h1>Calls</h1><p>New look!</p></body>", "no calls on"),
        ("<body><article><h3>Call a</h3>", "a page that stops in the middle"),
        ("<p>Výzvy obcím a krajům, česky</p>".encode("cp1250"), "letters cannot be read"),
    ],
)
def test_a_listing_that_is_not_the_listing_is_never_no_calls(
    server: Server, body: str | bytes, what: str
) -> None:
    server.tell("/calls", page(body))
    done = crawl(Agency, server.url, RETRY_TIMES=1)
    judged = done.judgement()
    assert judged.outcome is Outcome.FAILED
    assert not judged.complete
    assert what in judged.reason


def test_a_page_that_speaks_of_maintenance_is_a_page(site: Server) -> None:
    text = (
        "<h1>Road maintenance for towns</h1><p>Grants for maintenance works.</p>" + "<p>More.</p>"
    )
    site.tell("/call/a", page(text + "<div class=text>Maintenance of roads</div>"))
    assert "call/a" not in reason(crawl(Agency, site.url))


def test_a_listing_that_repeats_itself_ends_and_is_named(site: Server) -> None:
    pages = numbered(item("a") + item("b"))
    site.tell("/calls", by_number(pages, pages["1"]))  # type: ignore[arg-type]
    done = crawl(Agency, site.url)
    assert "page 2 of the listing repeats what came before" in reason(done)
    assert len(done.items) == 2
    quiet = crawl(type("Quiet", (Agency,), {"ends_by_repeating": True}), site.url)
    assert reason(quiet) == ""


def test_a_listing_without_end_is_bounded_and_named(server: Server) -> None:
    def endless(asked: Asked) -> Answer:
        return page(item(f"n{asked.target.rpartition('=')[2]}"))

    server.tell("/calls", endless)
    short = type("Short", (Agency,), {"most_pages": 4} | LISTING_ALONE)
    done = crawl(short, server.url)
    assert "the listing goes on after 4 pages" in reason(done)
    assert len(done.items) == 4
    archive = crawl(type("Archive", (short,), {"depth": 2}), server.url)
    assert (reason(archive), archive.judgement().complete) == ("", False)
    assert len(archive.items) == 2


def test_an_archive_is_held_against_its_last_good_harvest(
    server: Server, database: Database
) -> None:
    # How many of its news are calls changes from day to day; how many news there are does not.
    news = "".join(item(f"n{one}", sort="News") for one in range(8)) + item("a")
    server.tell("/calls", by_number(numbered(news), page("gone", 404)))  # type: ignore[arg-type]
    changed = {"depth": 2, "drop_if": {"label": "news"}, "may_be_empty": True} | LISTING_ALONE
    archive = type("Archive", (Agency,), changed)
    crawl(archive, server.url, keeping=True)
    assert database.last("agency").parts == {"entries of the listing": 9}
    quiet = numbered(news.replace("Grant", "News"))
    server.tell("/calls", by_number(quiet, page("gone", 404)))  # type: ignore[arg-type]
    crawl(archive, server.url, keeping=True)
    assert database.last("agency").reason == ""
    server.tell("/calls", by_number(numbered(item("a")), page("gone", 404)))  # type: ignore[arg-type]
    for _ in range(2):
        crawl(archive, server.url, keeping=True)
        said = "only 1 of entries of the listing, 9 in the last good harvest"
        assert database.last("agency").reason == said


def test_calls_whose_pages_mostly_do_not_come_prove_no_absence(
    site: Server, database: Database
) -> None:
    crawl(Agency, site.url, keeping=True)
    moved = (item("a") + item("b")).replace('href="/', 'href="/new/')  # as without its base
    site.tell("/calls", by_number(numbered(moved), page("x")))  # type: ignore[arg-type]
    for _ in range(3):
        crawl(Agency, site.url, keeping=True)
    harvest = database.last("agency")
    assert (harvest.outcome, harvest.complete, harvest.gone) == (Outcome.DEGRADED, False, 0)
    assert not database.call("agency:call/c").withdrawn


def test_a_missing_page_after_the_last_is_the_end(site: Server) -> None:
    site.tell("/calls", by_number(numbered(item("a")), page("gone", 404)))  # type: ignore[arg-type]
    assert reason(crawl(Agency, site.url)) == ""
    site.tell("/calls", by_number(numbered(item("a")), page("gone", 403)))  # type: ignore[arg-type]
    assert "page 2 of the listing: funding.example.eu: answered 403" in reason(
        crawl(Agency, site.url)
    )


def test_a_selector_that_matches_nothing_is_named(site: Server) -> None:
    listed = Agency.listed | {"programme": ".fund"}
    many = numbered("".join(item(name) for name in "abcde"))
    site.tell("/calls", by_number(many, page("x")))  # type: ignore[arg-type]
    site.tell("/call/e", call_page("e"))
    detail = Agency.detail | {"opens": ".opens"}
    done = crawl(type("Other", (Agency,), {"listed": listed, "detail": detail}), site.url)
    assert "programme: its selector matches on none of 5 entries" in reason(done)
    assert "opens: its selector matches on none of 5 pages" in reason(done)
    assert done.judgement().outcome is Outcome.DEGRADED
    known = type("Known", (Agency,), {"detail": detail, "optional": frozenset({"opens"})})
    assert reason(crawl(known, site.url)) == ""


class Links(HtmlListing):
    """The least a source can say: where its links are."""

    name = "links"
    hosts = (PUBLIC,)
    address = f"{SITE}/calls"
    items = "main a"
    may_be_empty = True


def test_a_list_of_links_needs_no_more_than_where_they_are(server: Server) -> None:
    back = '<a href="/calls/#top">All calls</a>'
    server.tell("/calls", page(f'<main>{back}<a href="/call/a">Call a</a></main>'))
    server.tell("/call/a", page(f"<h1>A</h1><article><p>{'Towns may apply. ' * 20}</p></article>"))
    done = crawl(Links, server.url)
    assert (reason(done), [one.reference for one in done.items]) == ("", ["call/a"])
    assert done.items[0].title == "Call a"
    assert "Towns may apply." in done.items[0].words["description"]
    server.tell("/calls", page(f"<main>{back}<p class=none>No calls</p></main>"))
    assert "no calls on" in reason(crawl(Links, server.url))  # nobody said where it would say so
    assert reason(crawl(type("Said", (Links,), {"empty": ".none"}), server.url)) == ""


def test_a_call_that_comes_twice_with_another_deadline_is_named(site: Server) -> None:
    again = item("a") + item("b") + item("a", until="1.7.2027") + item("b")
    site.tell("/calls", by_number(numbered(again), page("x")))  # type: ignore[arg-type]
    done = crawl(Agency, site.url)
    assert "1 entries came again with other words, and only the first were taken: call/a" in (
        reason(done)
    )


def test_words_that_cannot_be_meant_take_nothing_from_what_is_known(
    site: Server, database: Database
) -> None:
    crawl(Agency, site.url, keeping=True)
    site.tell("/call/a", call_page("a", "01.01.1970 00:00"))
    smudged = call_page("b", "1.7.2027").data.replace(b"<p>About", b"<p>Str\xdfe")
    site.tell("/call/b", Answer(smudged))
    crawl(Agency, site.url, keeping=True)
    harvest = database.last("agency")
    assert (harvest.outcome, harvest.complete, harvest.unchanged) == (Outcome.DEGRADED, True, 3)
    assert "1 calls name 1 January 1970" in harvest.reason
    assert "1 calls have letters that cannot be read: call/b" in harvest.reason
    assert [one.date for one in database.call("agency:call/a").deadlines] == ["2027-03-31"]


def test_entries_that_cannot_be_named_are_counted(site: Server) -> None:
    odd = "<article><h3>No link</h3><p class=until>1.1.2027</p></article>"
    odd += '<article><h3><a href="mailto:x@example.org">Mail</a></h3></article>'
    site.tell("/calls", by_number(numbered(item("a") + odd), page("x")))  # type: ignore[arg-type]
    done = crawl(Agency, site.url)
    assert "1 of 3 entries have no address or name of their own" in reason(done)
    assert "1 of 3 entries have an address that is none" in reason(done)
    assert [one.reference for one in done.items] == ["call/a"]


def test_far_fewer_calls_than_usual_are_named(site: Server) -> None:
    done = crawl(type("Big", (Agency,), {"usual": 40}), site.url)
    assert "only 3 calls, where there usually are about 40" in reason(done)


def test_a_form_with_an_unknown_field_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Wrong names fields that do not exist: .'dead_line'"):
        type("Wrong", (HtmlListing,), {"detail": {"dead_line": "p"}})


class Delegation(DrupalView):
    """A view with a facet and a pager that counts from 0."""

    name = "delegation"
    hosts = (PUBLIC,)
    language = "en"
    address = f"{SITE}/grants?f%5B0%5D=site%3AUkraine"
    article = False
    days_only = True
    listed = {  # noqa: RUF012
        "url": "h2 a",
        "title": "h2 a",
        "deadlines": "time::attr(datetime)",
    }


def row(name: str) -> str:
    return (
        f'<div class="views-row"><h2><a href="/grant/{name}?s=232">Grant {name}</a></h2>'
        '<time datetime="2027-02-10T12:00:00Z">10.02.2027</time></div>'
    )


def test_a_view_of_drupal_is_followed_through_its_pager(server: Server, database: Database) -> None:
    def view(asked: Asked) -> Answer:
        assert "f%5B0%5D=site%3AUkraine" in asked.target
        rows = (
            f'<div class="view-content">{row("a" if "page=1" not in asked.target else "b")}</div>'
        )
        more = '<li class="pager__item--next"><a href="?f%5B0%5D=site%3AUkraine&page=1">›</a></li>'
        return page(rows + ("" if "page=1" in asked.target else more))

    server.tell("/grants", view)
    spider = type("Delegation", (Delegation,), {"noise": ("s",)})
    crawl(spider, server.url, keeping=True)
    assert database.last("delegation").reason == ""
    assert database.references("delegation") == ["grant/a", "grant/b"]
    (deadline,) = database.call("delegation:grant/b").deadlines
    assert (deadline.date, deadline.time) == ("2027-02-10", None)


def test_an_empty_view_is_believed_only_when_it_says_so(server: Server) -> None:
    may = type("May", (Delegation,), {"may_be_empty": True})
    server.tell("/grants", page("<div class='view-empty'>No grants now.</div>"))
    assert crawl(may, server.url).judgement().outcome is Outcome.OK
    assert crawl(Delegation, server.url).judgement().outcome is Outcome.FAILED
    server.tell("/grants", page("<h1>Welcome to our new site</h1>"))
    assert crawl(may, server.url).judgement().outcome is Outcome.DEGRADED
