"""What happens to every call of a harvest: kept by itself, counted, corrected, missed."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from scrapy.settings import Settings

import crawler.pipelines
import crawler.reading
import crawler.reread
from crawler.errors import HarvestFailed
from crawler.raw import RawCall
from crawler.reading.prose import read_prose
from storage.domain import Call, Cause, Deadline, DeadlineKind, Outcome
from storage.errors import NotFound
from storage.status import Status, status
from tests.crawler.conftest import Database
from tests.crawler.crawling import crawl
from tests.crawler.town import AHEAD, NOW, Town, harvest, raw

OVER = "2026-11-30"


def ten(*left_out: str, deadline: str = AHEAD) -> list[RawCall]:
    return [raw(name, deadline) for name in "abcdefghij" if name not in left_out]


def test_new_changed_and_unchanged_calls_are_counted(database: Database) -> None:
    first = harvest(database, raw("a"), raw("b"), raw("c"))
    assert (first.new, first.changed, first.unchanged, first.items) == (3, 0, 0, 3)
    assert (first.outcome, first.complete, first.reason) == (Outcome.OK, True, "")
    assert first.started == NOW
    assert first.finished is not None
    assert NOW <= first.finished < NOW + timedelta(minutes=1)
    second = harvest(database, raw("a"), raw("b", "2027-04-15"), raw("d"), raw("c"), days=1)
    assert (second.new, second.changed, second.unchanged, second.items) == (1, 1, 2, 4)
    assert database.history("town:a") == []
    (change,) = database.history("town:b")
    assert (change.cause, change.field, change.version) == (Cause.SOURCE, "deadlines", 2)
    assert NOW + timedelta(days=1) <= change.at < NOW + timedelta(days=1, minutes=1)
    call = database.call("town:a")
    assert call.first_seen is not None
    assert call.last_seen is not None
    assert call.last_seen - call.first_seen >= timedelta(hours=23)


def test_words_that_say_the_same_make_no_version(database: Database) -> None:
    harvest(database, raw("a", words={"description": "<p>Water  for towns</p>"}))
    again = raw("a", words={"description": "<div><p>Water for\u200b towns</p></div>"})
    assert harvest(database, again, days=1).unchanged == 1
    assert harvest(database, again, days=2).unchanged == 1
    assert database.call("town:a").version == 1


def test_unchanged_words_are_not_read_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    harvest(database, raw("a"), raw("b"))
    reads: list[str] = []

    def counted(words: RawCall) -> Any:
        reads.append(words.reference)
        return crawler.reading.read(words)

    monkeypatch.setattr(crawler.pipelines, "read", counted)
    harvest(database, raw("a"), raw("b", "2027-05-01"), raw("c"), days=1)
    assert reads == ["b", "c"]


def test_what_could_not_be_read_is_counted_and_degrades_nothing(database: Database) -> None:
    found = harvest(database, raw("a"), raw("b", "in spring"), raw("c", "some day"), raw("d", None))
    assert found.unreadable == {"deadlines": 2}
    assert (found.outcome, found.complete) == (Outcome.OK, True)
    assert found.coverage["deadlines"] == 0.25
    assert found.coverage["description"] == 1.0
    assert found.coverage["documents"] == 0.0


def test_coverage_is_of_all_calls_of_the_harvest_changed_or_not(database: Database) -> None:
    harvest(database, raw("a"), raw("b", None))
    assert harvest(database, raw("a"), raw("b", None), days=1).coverage["deadlines"] == 0.5


def test_what_a_source_gives_is_kept_by_part_and_kind(database: Database) -> None:
    found = harvest(database, raw("a"), parts={"type 1": 1, "type 2": 0}, given={"budget": 0.5})
    assert found.parts == {"type 1": 1, "type 2": 0}
    assert found.coverage["words.budget"] == 0.5


@pytest.mark.parametrize(
    "bad",
    [
        raw("b", reader="of tea leaves"),
        raw("b", kind="present"),
        raw("", title="nameless"),
        {"reference": "b"},
        "b",
    ],
    ids=["no such reader", "no such kind", "no reference", "a dict", "a string"],
)
def test_one_call_that_cannot_be_kept_leaves_the_others(bad: Any, database: Database) -> None:
    found = harvest(database, raw("a"), bad, raw("c"))
    assert (found.outcome, found.complete, found.items) == (Outcome.DEGRADED, False, 2)
    assert "calls that could not be kept: 1" in found.reason
    assert database.references("town") == ["a", "c"]


def test_a_known_call_that_cannot_be_kept_is_not_missed(database: Database) -> None:
    harvest(database, raw("a"), raw("b"))
    for day in (1, 2, 3):
        harvest(database, raw("a"), raw("b", reader="of tea leaves"), days=day)
    assert not database.call("town:b").withdrawn
    assert database.call("town:b").version == 1


def test_a_stub_proves_that_a_call_is_there_and_says_nothing_else(database: Database) -> None:
    harvest(database, raw("a"), raw("b"))
    stub = raw("b", None, partial=True, title="b")
    for day in (1, 2):
        found = harvest(database, raw("a"), stub, raw("x", partial=True), days=day)
        assert (found.items, found.unchanged, found.new, found.gone) == (2, 2, 0, 0)
    call = database.call("town:b")
    assert (call.title, call.version, call.withdrawn) == ("Call b", 1, False)
    assert call.last_seen is not None
    assert call.last_seen >= NOW + timedelta(days=2)
    assert database.references("town") == ["a", "b"]


def test_a_record_counts_once_however_often_it_comes(database: Database) -> None:
    stub = raw("a", None, partial=True)
    for day in (0, 1):
        found = harvest(database, stub, raw("a"), stub, raw("a"), raw("b"), days=day)
        assert found.items == 2
        assert (found.outcome, found.reason) == (Outcome.OK, "")
    other = raw("a", "2027-09-09")
    found = harvest(database, raw("a"), other, raw("b"), days=2)
    assert (found.items, found.unchanged) == (2, 2)
    assert found.outcome is Outcome.DEGRADED
    assert "came again with other words" in found.reason


Reader = Callable[[RawCall], tuple[Call, dict[str, str]]]


@pytest.fixture
def new_reader(monkeypatch: pytest.MonkeyPatch) -> Callable[[Reader, str], None]:
    """Put another reader of prose into the program, under another fingerprint."""

    def install(reader: Reader, name: str) -> None:
        monkeypatch.setitem(crawler.reading.READERS, "prose", reader)
        for module in (crawler.reading, crawler.pipelines, crawler.reread):
            monkeypatch.setattr(module, "fingerprint", lambda: name)

    return install


def reads_spring(words: RawCall) -> tuple[Call, dict[str, str]]:
    """A reader that understands "in spring", as the one before did not."""
    call, unreadable = read_prose(words)
    if unreadable.pop("deadlines", None):
        day = "2027-05-31" if "late" in words.words["deadlines"][0] else "2027-03-20"
        call = replace(call, deadlines=(Deadline(DeadlineKind.SINGLE, day),))
    return call, unreadable


def test_our_correction_is_told_apart_from_the_news_of_the_source(
    database: Database, new_reader: Callable[[Reader, str], None]
) -> None:
    harvest(database, raw("a", "in spring"), raw("b", "in spring"), raw("c"))
    assert database.call("town:a").deadlines == ()
    new_reader(reads_spring, "better")
    found = harvest(database, raw("a", "in late spring"), raw("b", "in spring"), raw("c"), days=1)
    assert (found.changed, found.unchanged) == (1, 2)

    news, correction = database.history("town:a")
    assert (correction.cause, correction.version, correction.old) == (Cause.READER, 1, [])
    assert (news.cause, news.version) == (Cause.SOURCE, 2)
    assert [one["date"] for one in news.old] == ["2027-03-20"]
    assert [one["date"] for one in news.new] == ["2027-05-31"]

    (only,) = database.history("town:b")
    assert (only.cause, only.version, only.field) == (Cause.READER, 1, "deadlines")
    assert database.call("town:b").version == 1
    assert database.history("town:c") == []

    again = harvest(database, raw("a", "in late spring"), raw("b", "in spring"), raw("c"), days=2)
    assert (again.changed, again.unchanged) == (0, 3)
    assert len(database.history("town:a")) == 2


def test_a_new_reader_that_trips_over_old_words_loses_nothing(
    database: Database, new_reader: Callable[[Reader, str], None]
) -> None:
    harvest(database, raw("a"), raw("b"))

    def trips(words: RawCall) -> tuple[Call, dict[str, str]]:
        if words.reference == "a":
            raise RecursionError
        return read_prose(words)

    new_reader(trips, "worse")
    found = harvest(database, raw("a"), raw("b"), days=1)
    assert (found.outcome, found.complete, found.unchanged) == (Outcome.DEGRADED, False, 1)
    assert "RecursionError" in found.reason
    assert database.call("town:a").deadlines


def test_a_call_absent_from_two_whole_harvests_is_withdrawn(database: Database) -> None:
    harvest(database, *ten())
    once = harvest(database, *ten("a"), days=1)
    assert (once.gone, once.complete) == (1, True)
    assert not database.call("town:a").withdrawn
    assert harvest(database, *ten("a"), days=2).gone == 0
    call = database.call("town:a")
    assert call.withdrawn
    assert status(call, NOW) is Status.WITHDRAWN
    (change,) = database.history("town:a")
    assert (change.cause, change.field, change.new) == (Cause.SOURCE, "withdrawn", True)
    harvest(database, *ten(), days=3)
    assert not database.call("town:a").withdrawn
    harvest(database, *ten("a"), days=4)
    assert not database.call("town:a").withdrawn


def test_a_call_absent_after_its_deadline_is_only_closed(database: Database) -> None:
    harvest(database, *ten(deadline=OVER))
    for day in (10, 11, 12):
        harvest(database, *ten("a", deadline=OVER), days=day)
    call = database.call("town:a")
    assert not call.withdrawn
    assert status(call, NOW + timedelta(days=12)) is Status.CLOSED
    assert database.history("town:a") == []


def test_a_call_absent_once_before_and_once_after_its_deadline_is_only_closed(
    database: Database,
) -> None:
    harvest(database, *ten(deadline=OVER))
    harvest(database, *ten("a", deadline=OVER), days=7)
    harvest(database, *ten("a", deadline=OVER), days=10)
    assert not database.call("town:a").withdrawn


def test_a_call_without_a_deadline_is_withdrawn_like_one_ahead(database: Database) -> None:
    harvest(database, *ten("a"), raw("a", None))
    for day in (1, 2):
        harvest(database, *ten("a"), days=day)
    assert database.call("town:a").withdrawn


def test_absence_between_two_appearances_counts_from_the_start(database: Database) -> None:
    for day, left_out in enumerate(["", "a", "", "a", "", "a"]):
        harvest(database, *ten(left_out), days=day)
    assert not database.call("town:a").withdrawn


@pytest.mark.parametrize(
    ("spider", "outcome"),
    [
        ({"wrong": "a page was missing"}, Outcome.DEGRADED),
        ({"arguments": {"limit": 9}}, Outcome.OK),
        ({"found": (*ten("a"), "no call")}, Outcome.DEGRADED),
        ({"found": tuple(ten(*"abcdef"))}, Outcome.DEGRADED),
        ({"found": (raw("b"),), "parts": {"one": 1}}, Outcome.DEGRADED),
        ({"found": ()}, Outcome.FAILED),
    ],
    ids=["degraded", "limited", "one unreadable", "under half", "a part under half", "empty"],
)
def test_a_harvest_that_is_not_whole_proves_no_absence(
    spider: dict[str, Any], outcome: Outcome, database: Database
) -> None:
    harvest(database, *ten(), parts={"one": 5, "two": 5} if "parts" in spider else {})
    for day in (1, 2, 3):
        found = spider.get("found", tuple(ten("a")))
        rest = {name: value for name, value in spider.items() if name != "found"}
        less = harvest(database, *found, days=day, **rest)
        assert (less.outcome, less.complete, less.gone) == (outcome, False, 0)
        assert less.reason or outcome is Outcome.OK
    assert not database.call("town:a").withdrawn
    assert database.history("town:a") == []
    assert len(database.references("town")) == 10


def test_a_failed_harvest_between_two_whole_ones_does_not_count(database: Database) -> None:
    harvest(database, *ten())
    harvest(database, *ten("a"), days=1)
    harvest(database, days=2)
    harvest(database, *ten("a"), days=3, wrong="odd")
    assert not database.call("town:a").withdrawn
    harvest(database, *ten("a"), days=4)
    assert database.call("town:a").withdrawn


def test_a_harvest_is_held_against_the_last_whole_one_not_the_last(database: Database) -> None:
    harvest(database, *ten())
    for day in (1, 2):
        small = harvest(database, *ten(*"abcdefg"), days=day)
        assert small.reason == "only 3 calls, 10 in the last complete harvest"


def test_a_harvest_that_failed_keeps_nothing_and_says_why(database: Database) -> None:
    harvest(database, *ten())
    before = [line for line in database.dump() if "harvests" not in line]

    async def fails(_: Any) -> AsyncIterator[Any]:
        raise HarvestFailed("the filter was ignored")
        yield

    found = harvest(database, days=1, harvest=fails)
    assert (found.outcome, found.reason, found.items) == (
        Outcome.FAILED, "the filter was ignored", 0
    )  # fmt: skip
    assert [line for line in database.dump() if "harvests" not in line] == before


def test_words_suddenly_withheld_are_not_forgotten(database: Database) -> None:
    full = [raw(str(number), words={"conditions": "Only towns"}) for number in range(25)]
    harvest(database, *full, parts={"all": 25}, given={"conditions": 1.0})
    bare = [raw(str(number), "2027-06-01") for number in range(25)]
    found = harvest(database, *bare, days=1, parts={"all": 25}, given={"conditions": 0.0})
    assert (found.outcome, found.complete, found.changed) == (Outcome.DEGRADED, False, 25)
    assert "conditions" in found.reason
    call = database.call("town:3")
    assert [one.words for one in call.eligibility.criteria] == ["Only towns"]
    assert [deadline.date for deadline in call.deadlines] == ["2027-06-01"]


def test_a_harvest_that_was_killed_is_named_by_the_next(database: Database) -> None:
    harvest(database, raw("a"))
    with sqlite3.connect(database.path) as connection:
        connection.execute("UPDATE harvests SET finished = NULL, outcome = NULL")
    connection.close()
    harvest(database, raw("a"), days=1)
    last, killed = database.recent("town")
    assert (last.outcome, last.unchanged) == (Outcome.OK, 1)
    assert (killed.outcome, killed.reason) == (Outcome.FAILED, "interrupted")
    assert not killed.complete


def test_calls_of_another_source_are_none_of_its_business(database: Database) -> None:
    for day in range(4):
        harvest(database, *ten(), days=day)
        crawl(
            type("Village", (Town,), {"name": "village", "found": (raw("v", source="village"),)}),
            None,
            keeping=True,
            NOW=(NOW + timedelta(days=day)).isoformat(),
        )
    assert database.last("village").items == 1
    assert database.last("town").unchanged == 10
    assert not database.call("town:a").withdrawn


def test_a_database_that_is_gone_ends_the_harvest_in_one_line(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    harvest(database, raw("a"))
    monkeypatch.setenv("BRIDGES_DATABASE_URL", f"{database.url}?timeout=0.05")
    lock = sqlite3.connect(database.path, isolation_level=None)

    async def locks(_: Any) -> AsyncIterator[Any]:
        yield raw("b")
        lock.execute("BEGIN IMMEDIATE")
        for item in ten():
            yield item

    told = type("Locked", (Town,), {"harvest": locks})
    done = crawl(told, None, keeping=True)
    lock.execute("ROLLBACK")
    lock.close()
    assert "locked by another program" in done.spider.report.failure
    assert not any(record.exc_info for record in caplog.records)
    assert database.is_sound()
    assert set(database.references("town")) <= {"a", "b"}
    found = harvest(database, *ten(), days=1)
    assert (found.outcome, found.items) == (Outcome.OK, 10)


def test_a_spider_without_a_report_is_refused(database: Database) -> None:
    import scrapy  # noqa: PLC0415

    class Plain(scrapy.Spider):
        name = "plain"
        hosts = ()

        async def start(self) -> AsyncIterator[Any]:
            yield raw("a")

    with pytest.raises(TypeError, match="is not a CallSpider"):
        crawl(Plain, None, keeping=True)  # type: ignore[type-var]
    with pytest.raises(NotFound):
        database.call("town:a")


def test_the_settings_of_the_project_are_those_of_a_guest() -> None:
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    assert settings.getbool("ROBOTSTXT_OBEY")
    assert settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") == 1
    assert settings.getfloat("DOWNLOAD_DELAY") >= 2
    assert settings.getint("DOWNLOAD_MAXSIZE") <= 20 << 20
    assert settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES")
    assert not settings.getbool("REMOTE_CONTROL_ENABLED")
    assert not settings.getbool("TELNETCONSOLE_ENABLED")
    assert not settings.getbool("TWISTED_REACTOR_ENABLED")
