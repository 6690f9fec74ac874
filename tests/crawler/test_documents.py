"""Attached guidelines from a server to a reading, and whose news it is when they change."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import crawler.documents.gathering
import crawler.reading
from crawler.documents.extracting import Extract
from crawler.raw import RawCall
from crawler.reading.attached import WORD, attached
from crawler.reading.prose import read_prose
from crawler.reread import reread
from crawler.spider import CallSpider
from storage import calls, documents
from storage.database import open_database
from storage.documents import DocumentText
from storage.domain import Call, Cause, Deadline, DeadlineKind, Harvest, Outcome
from tests.crawler.conftest import Database
from tests.crawler.crawling import PUBLIC, crawl
from tests.crawler.files import docx, pdf
from tests.crawler.server import DROP, Answer, Asked, Server, page
from tests.crawler.town import NOW

GUIDE = f"http://{PUBLIC}/guidelines.pdf"
THEIRS = "a word only the publisher knows"
DEADLINE = re.compile(r"submit by (\d{4}-\d{2}-\d{2})")


class Agency(CallSpider):
    """Yields what it was told to; the files are on its own host."""

    name = "agency"
    hosts = (PUBLIC,)
    found: tuple[Any, ...] = ()

    async def harvest(self) -> AsyncIterator[Any]:
        for item in self.found:
            yield item


def raw(reference: str = "a", *files: str, **changed: Any) -> RawCall:
    """A call that says nothing itself but where its guidelines are."""
    links = [{"url": url, "title": "Guidelines for applicants"} for url in files or (GUIDE,)]
    words = {"description": f"<p>About {reference}</p>", "documents": links}
    words |= changed.pop("words", {})
    return replace(RawCall("agency", reference, f"Call {reference}", words=words), **changed)


@pytest.fixture(autouse=True)
def reads_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that takes deadlines from the pages of attached files."""

    def reads(words: RawCall) -> tuple[Call, dict[str, str]]:
        call, unreadable = read_prose(words)
        found = [
            Deadline(DeadlineKind.SINGLE, hit[1], words=f"{hit[0]} ({page.place})")
            for page in attached(words.words)
            for hit in DEADLINE.finditer(page.text)
        ]
        return replace(call, deadlines=tuple(found) or call.deadlines), unreadable

    monkeypatch.setitem(crawler.reading.READERS, "prose", reads)


@pytest.fixture
def extracted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the files whose text was taken out."""
    sizes: list[int] = []
    real = crawler.documents.gathering.extract_in_child

    async def counted(data: bytes) -> Any:
        sizes.append(len(data))
        return await real(data)

    monkeypatch.setattr(crawler.documents.gathering, "extract_in_child", counted)
    return sizes


def guide(date: str, **headers: str) -> Answer:
    data = pdf("Guidelines for applicants", f"Applicants submit by {date} at the latest.")
    return page(data, Content_Type="application/pdf", **headers)


def harvest(
    database: Database, server: Server, *found: Any, days: float = 0, **settings: Any
) -> Harvest:
    told = type("Told", (Agency,), {"found": found})
    at = (NOW + timedelta(days=days)).isoformat()
    crawl(told, server.url, keeping=True, NOW=at, **settings)
    return database.last("agency")


def dates(database: Database, name: str = "agency:a") -> list[str | None]:
    return [deadline.date for deadline in database.call(name).deadlines]


def stored(database: Database) -> dict[str, DocumentText]:
    engine = open_database(database.url)
    with engine.connect() as connection:
        found = documents.known(connection)
    engine.dispose()
    return found


def words(database: Database, reference: str = "a") -> dict[str, Any]:
    engine = open_database(database.url)
    with engine.connect() as connection:
        known = calls.known(connection, "agency")[reference]
        found = calls.words_of(connection, known.call_id)
    engine.dispose()
    assert found is not None
    return dict(found["words"])


# (a) the first harvest


def test_a_first_harvest_reads_the_call_with_its_file(database: Database, server: Server) -> None:
    server.tell("/guidelines.pdf", guide("2027-05-15", ETag='"v1"'))
    found = harvest(database, server, raw())
    assert (found.outcome, found.complete, found.reason) == (Outcome.OK, True, "")
    assert (found.new, found.changed, found.unreadable) == (1, 0, {})
    call = database.call("agency:a")
    (deadline,) = call.deadlines
    assert deadline.words == "submit by 2027-05-15 (guidelines.pdf, p. 2)"
    assert (call.version, database.history("agency:a")) == (1, [])
    (entry,) = words(database)[WORD]
    assert (entry["url"], entry["title"]) == (GUIDE, "Guidelines for applicants")
    assert [one["page"] for one in entry["pages"]] == [1, 2]
    assert words(database)["documents"] == raw().words["documents"]


def test_a_docx_is_read_too(database: Database, server: Server) -> None:
    data = docx("Посібник для заявників", "Applicants submit by 2027-04-01 at the latest.")
    server.tell("/p.docx", page(data, Content_Type="application/octet-stream"))
    harvest(database, server, raw("a", f"http://{PUBLIC}/p.docx"))
    (deadline,) = database.call("agency:a").deadlines
    assert deadline.words == "submit by 2027-04-01 (p.docx)"


def test_one_file_of_many_calls_is_fetched_once(database: Database, server: Server) -> None:
    server.tell("/guidelines.pdf", guide("2027-05-15"))
    harvest(database, server, raw("a"), raw("b"), raw("c"))
    assert server.paths() == ["/guidelines.pdf"]
    assert dates(database, "agency:c") == ["2027-05-15"]


# (b) the second harvest, unchanged


def test_a_file_is_not_asked_for_again_within_days(
    database: Database, server: Server, extracted: list[int]
) -> None:
    server.tell("/guidelines.pdf", guide("2027-05-15"))
    harvest(database, server, raw())
    again = harvest(database, server, raw(), days=1)
    assert (again.unchanged, again.changed) == (1, 0)
    assert (len(server.paths()), len(extracted)) == (1, 1)
    assert dates(database) == ["2027-05-15"]


def test_a_week_later_an_unchanged_file_costs_a_304(
    database: Database, server: Server, extracted: list[int]
) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.headers.get("if-none-match") == '"v1"':
            return page(status=304, ETag='"v1"')
        return guide("2027-05-15", ETag='"v1"')

    server.tell("/guidelines.pdf", answer)
    for days in (0, 7, 14):
        harvest(database, server, raw(), days=days)
    assert len(server.paths()) == 3
    assert len(extracted) == 1
    assert (database.call("agency:a").version, database.history("agency:a")) == (1, [])
    row = stored(database)[GUIDE]
    assert row.read_at is not None
    assert row.read_at > NOW + timedelta(days=14)


def test_the_same_bytes_from_a_server_without_marks_are_not_extracted_again(
    database: Database, server: Server, extracted: list[int]
) -> None:
    server.tell("/guidelines.pdf", guide("2027-05-15"))
    before = harvest(database, server, raw())
    assert before.new == 1
    assert harvest(database, server, raw(), days=7).unchanged == 1
    assert (len(server.paths()), len(extracted)) == (2, 1)


# (c) changed at the source


def test_a_file_that_changed_is_the_source_s_news(database: Database, server: Server) -> None:
    server.tell("/guidelines.pdf", guide("2027-05-15", ETag='"v1"'))
    harvest(database, server, raw())
    server.tell("/guidelines.pdf", guide("2027-06-30", ETag='"v2"'))
    found = harvest(database, server, raw(), days=7)
    assert (found.changed, found.unchanged) == (1, 0)
    (change,) = database.history("agency:a")
    assert (change.cause, change.field, change.version) == (Cause.SOURCE, "deadlines", 2)
    assert dates(database) == ["2027-06-30"]
    assert harvest(database, server, raw(), days=8).unchanged == 1


def test_a_file_that_says_the_same_in_other_bytes_makes_no_version(
    database: Database, server: Server
) -> None:
    server.tell("/guidelines.pdf", guide("2027-05-15"))
    harvest(database, server, raw())
    data = pdf("Guide for applicants", "Applicants submit by 2027-05-15 at the latest.", "Contact")
    server.tell("/guidelines.pdf", page(data))
    assert harvest(database, server, raw(), days=7).changed == 0
    assert (database.call("agency:a").version, database.history("agency:a")) == (1, [])
    assert len(words(database)[WORD][0]["pages"]) == 3


def test_a_call_whose_words_changed_has_its_file_asked_for_at_once(
    database: Database, server: Server
) -> None:
    server.tell("/guidelines.pdf", guide("2027-05-15"))
    harvest(database, server, raw())
    server.tell("/guidelines.pdf", guide("2027-06-30"))
    news = raw(words={"description": "<p>Extended!</p>"})
    harvest(database, server, news, days=1)
    assert dates(database) == ["2027-06-30"]
    assert {change.cause for change in database.history("agency:a")} == {Cause.SOURCE}


def test_what_a_better_extractor_finds_is_our_correction(
    database: Database, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.tell("/guidelines.pdf", guide("2027-05-15", ETag='"v1"'))
    gathering = crawler.documents.gathering
    real = gathering.extract_in_child

    async def misread(data: bytes) -> Extract:
        return replace(await real(data), pages=[{"page": 1, "text": "Garbled text, no dates."}])

    with monkeypatch.context() as worse:
        worse.setattr(gathering, "extractor", lambda: "a worse one")
        worse.setattr(gathering, "extract_in_child", misread)
        harvest(database, server, raw())
    assert dates(database) == []
    harvest(database, server, raw(), days=7)
    assert "if-none-match" not in server.asked[-1].headers
    assert dates(database) == ["2027-05-15"]
    assert [change.cause for change in database.history("agency:a")] == [Cause.READER]


# (d) unreachable


@pytest.mark.parametrize(
    "answer",
    [
        page(status=404),
        page(status=503),
        DROP,
        page("<!doctype html><title>Maintenance</title>"),
        page(
            pdf("Guidelines", "submit by 2027-09-09", owner_password=THEIRS, user_password=THEIRS)
        ),
        page(pdf("Guidelines for applicants", "submit by 2027-09-09")[:400]),
        page(status=301, Location="http://elsewhere.example.eu/guidelines.pdf"),
        page(status=302, Location="/guidelines.pdf"),
    ],
    ids=["404", "503", "dropped", "web page", "encrypted", "cut short", "elsewhere", "a circle"],
)
def test_what_was_known_stays_when_a_file_cannot_be_had(
    answer: Answer, database: Database, server: Server
) -> None:
    server.tell("/guidelines.pdf", guide("2027-05-15", ETag='"v1"'))
    harvest(database, server, raw())
    before = words(database)
    server.tell("/guidelines.pdf", answer)
    for days in (7, 8, 20):
        found = harvest(database, server, raw(), days=days)
        assert (found.outcome, found.complete, found.unchanged) == (Outcome.OK, True, 1)
        assert found.unreadable == {"documents": 1}
    assert (dates(database), database.history("agency:a")) == (["2027-05-15"], [])
    assert words(database) == before
    row = stored(database)[GUIDE]
    assert row.failures > 1
    assert row.reason
    server.tell("/guidelines.pdf", guide("2027-06-30", ETag='"v2"'))
    assert harvest(database, server, raw(), days=40).unreadable == {}
    assert dates(database) == ["2027-06-30"]
    assert [change.cause for change in database.history("agency:a")] == [Cause.SOURCE]


def test_a_file_that_never_came_leaves_the_call_as_it_is(
    database: Database, server: Server
) -> None:
    found = harvest(database, server, raw("a"), raw("b", f"http://{PUBLIC}/other.pdf"))
    assert (found.outcome, found.complete, found.new) == (Outcome.OK, True, 2)
    assert found.unreadable == {"documents": 2}
    assert stored(database)[GUIDE].reason == "answered 404"
    assert WORD not in words(database)


# (e) fetched for the first time for a call stored earlier


def test_a_file_first_read_later_is_our_correction(database: Database, server: Server) -> None:
    harvest(database, server, raw(), DOCUMENTS=False)
    assert server.asked == []
    server.tell("/guidelines.pdf", guide("2027-05-15"))
    found = harvest(database, server, raw(), days=1)
    assert (found.new, found.changed, found.unchanged) == (0, 0, 1)
    (change,) = database.history("agency:a")
    assert (change.cause, change.field, change.version) == (Cause.READER, "deadlines", 1)
    assert (database.call("agency:a").version, dates(database)) == (1, ["2027-05-15"])
    assert harvest(database, server, raw(), days=2).unchanged == 1
    assert len(database.history("agency:a")) == 1


def test_a_file_that_came_after_failures_is_our_correction_and_new_words_are_news(
    database: Database, server: Server
) -> None:
    harvest(database, server, raw())
    server.tell("/guidelines.pdf", guide("2027-05-15"))
    harvest(database, server, raw(title="Call a, renamed"), days=1)
    causes = {change.field: change.cause for change in database.history("agency:a")}
    assert causes == {"title": Cause.SOURCE, "deadlines": Cause.READER}


def test_a_second_file_that_came_late_is_our_correction(database: Database, server: Server) -> None:
    other = f"http://{PUBLIC}/conditions.pdf"
    server.tell("/guidelines.pdf", guide("2027-05-15"))
    harvest(database, server, raw("a", GUIDE, other))
    server.tell("/conditions.pdf", guide("2027-08-01"))
    harvest(database, server, raw("a", GUIDE, other), days=1)
    assert dates(database) == ["2027-05-15", "2027-08-01"]
    assert [change.cause for change in database.history("agency:a")] == [Cause.READER]


# a file in the place of another

NEW = f"http://{PUBLIC}/guidelines-v2.pdf"


def test_a_file_in_place_of_one_that_was_read_is_the_source_s_news(
    database: Database, server: Server
) -> None:
    server.tell("/guidelines.pdf", guide("2027-05-15"))
    harvest(database, server, raw())
    server.tell("/guidelines-v2.pdf", guide("2027-06-30"))
    found = harvest(database, server, raw("a", NEW), days=1)
    assert (found.changed, found.unchanged) == (1, 0)
    assert dates(database) == ["2027-06-30"]
    history = database.history("agency:a")
    assert {(one.field, one.cause, one.version) for one in history} == {
        ("deadlines", Cause.SOURCE, 2),
        ("documents", Cause.SOURCE, 2),
    }


def test_the_call_stays_as_it_was_until_the_new_file_is_read_or_given_up(
    database: Database, server: Server
) -> None:
    server.tell("/guidelines.pdf", guide("2027-05-15"))
    harvest(database, server, raw())
    for days in (1, 2):
        found = harvest(database, server, raw("a", NEW), days=days)
        assert (found.unchanged, found.unreadable) == (1, {"documents": 1})
        assert (dates(database), database.history("agency:a")) == (["2027-05-15"], [])
    harvest(database, server, raw("a", NEW), days=5)
    assert dates(database) == []
    assert not database.call("agency:a").withdrawn


# manners and limits


def test_robots_txt_is_obeyed(database: Database, server: Server) -> None:
    server.tell(
        "/robots.txt", page("User-agent: *\nDisallow: /guidelines", Content_Type="text/plain")
    )
    server.tell("/guidelines.pdf", guide("2027-05-15"))
    found = harvest(database, server, raw())
    assert server.paths() == []
    assert found.unreadable == {"documents": 1}
    assert "robots.txt" in stored(database)[GUIDE].reason


def test_files_elsewhere_are_left_alone_where_a_stand_in_answers(
    database: Database, server: Server
) -> None:
    found = harvest(database, server, raw("a", "http://other.example.eu/guidelines.pdf"))
    assert (server.asked, stored(database), found.unreadable) == ([], {}, {})


def test_the_stand_in_s_own_address_is_no_elsewhere(database: Database, server: Server) -> None:
    server.tell("/guidelines.pdf", guide("2027-05-15"))
    harvest(database, server, raw("a", f"{server.url}/guidelines.pdf"))
    assert dates(database) == ["2027-05-15"]


def test_a_private_address_is_refused(database: Database, server: Server) -> None:
    told = type("Told", (Agency,), {"found": (raw("a", f"{server.url}/guidelines.pdf"),)})
    quick = {"DOWNLOAD_DELAY": 0.001, "AUTOTHROTTLE_ENABLED": False}
    crawl(told, None, keeping=True, NOW=NOW.isoformat(), **quick)
    assert server.asked == []
    (row,) = stored(database).values()
    assert "private address" in row.reason


def test_a_large_file_is_not_taken(database: Database, server: Server) -> None:
    server.tell("/guidelines.pdf", page(bytes(3000), Content_Type="application/pdf"))
    harvest(database, server, raw(), DOCUMENTS_MAXSIZE=2000)
    assert stored(database)[GUIDE].reason == "the answer is too large"


def test_a_harvest_asks_for_so_many_and_the_next_goes_on(
    database: Database, server: Server
) -> None:
    found = [raw(name, f"http://{PUBLIC}/guidelines-{name}.pdf") for name in "abc"]
    for name in "abc":
        server.tell(f"/guidelines-{name}.pdf", guide(f"2027-05-0{ord(name) - 96}"))
    harvest(database, server, *found, DOCUMENTS_PER_HARVEST=2)
    assert server.paths() == ["/guidelines-a.pdf", "/guidelines-b.pdf"]
    harvest(database, server, *found, days=1, DOCUMENTS_PER_HARVEST=2)
    assert server.paths()[2:] == ["/guidelines-c.pdf"]
    assert dates(database, "agency:c") == ["2027-05-03"]


def test_the_bytes_of_a_harvest_are_bounded(database: Database, server: Server) -> None:
    found = [raw(name, f"http://{PUBLIC}/guidelines-{name}.pdf") for name in "abc"]
    for name in "abc":
        server.tell(f"/guidelines-{name}.pdf", guide("2027-05-01"))
    harvest(database, server, *found, DOCUMENTS_BYTES_PER_HARVEST=10)
    assert len(server.paths()) == 1


def test_a_host_that_fails_is_tried_twice_and_then_left_alone(
    database: Database, server: Server
) -> None:
    found = [raw(name, f"http://{PUBLIC}/guidelines-{name}.pdf") for name in "abc"]
    for name in "abc":
        server.tell(f"/guidelines-{name}.pdf", page(status=503))
    assert harvest(database, server, *found).new == 3
    assert server.paths() == ["/guidelines-a.pdf"] * 2  # twice within one visit


def test_a_host_that_asks_for_patience_is_not_asked_again(
    database: Database, server: Server
) -> None:
    server.tell("/guidelines.pdf", page(status=429, Retry_After="90"))
    found = [raw("a"), raw("b", f"http://{PUBLIC}/guidelines-b.pdf")]
    assert harvest(database, server, *found).new == 2
    assert server.paths() == ["/guidelines.pdf"]


def test_files_are_asked_for_one_at_a_time_after_the_calls_are_kept(
    database: Database, server: Server
) -> None:
    kept: list[int] = []

    def answer(_: Asked) -> Answer:
        kept.append(len(database.references("agency")))
        return replace(guide("2027-05-15"), wait=0.1)

    found = [raw(name, f"http://{PUBLIC}/guidelines-{name}.pdf") for name in "abc"]
    for name in "abc":
        server.tell(f"/guidelines-{name}.pdf", answer)
    harvest(database, server, *found)
    assert kept == [3, 3, 3]
    assert server.busiest == 1


def test_no_file_is_asked_for_when_the_harvest_is_nearly_out_of_time(
    database: Database, server: Server
) -> None:
    server.tell("/guidelines.pdf", guide("2027-05-15"))
    found = harvest(database, server, raw(), CLOSESPIDER_TIMEOUT=300)
    assert (found.outcome, server.paths()) == (Outcome.OK, [])


def test_a_reader_that_trips_over_a_file_loses_no_call(
    database: Database, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trips(found: RawCall) -> Any:
        if found.reference == "a" and list(attached(found.words)):
            raise RecursionError
        return read_prose(found)

    monkeypatch.setitem(crawler.reading.READERS, "prose", trips)
    server.tell("/guidelines.pdf", guide("2027-05-15"))
    found = harvest(database, server, raw("a"), raw("b"))
    assert (found.outcome, found.complete, found.new) == (Outcome.DEGRADED, True, 2)
    assert "1 calls could not be read with their files: a" in found.reason
    assert WORD in words(database, "b")


def test_a_call_that_could_not_be_kept_is_not_looked_for_afterwards(
    database: Database, server: Server
) -> None:
    server.tell("/guidelines.pdf", guide("2027-05-15"))
    found = harvest(database, server, raw("a"), raw("b", kind="present"), raw("c", partial=True))
    assert found.reason == "calls that could not be kept: 1 (ValueError: 1)"
    assert dates(database) == ["2027-05-15"]


def test_a_harvest_ended_while_it_waits_for_a_file_keeps_its_calls(
    database: Database, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawler.documents.gathering, "RESERVE", 0)
    server.tell("/guidelines.pdf", replace(guide("2027-05-15"), wait=4))
    found = harvest(database, server, raw("a"), raw("b"), CLOSESPIDER_TIMEOUT=2)
    assert (found.outcome, found.new) == (Outcome.FAILED, 2)
    assert found.reason == "stopped early: it took too long"
    assert harvest(database, server, raw("a"), raw("b"), days=1).unchanged == 2


def test_rereading_needs_no_visit(database: Database, server: Server) -> None:
    server.tell("/guidelines.pdf", guide("2027-05-15"))
    harvest(database, server, raw())
    asked = len(server.asked)
    engine = open_database(database.url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE calls SET fingerprint = 'older'")
    done = reread(engine, NOW)
    engine.dispose()
    assert (done.total, done.changes, done.failed) == (1, {}, {})
    assert (dates(database), len(server.asked)) == (["2027-05-15"], asked)
