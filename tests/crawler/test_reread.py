"""Better readers, the same words: what is corrected, and that a dry run says exactly that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import crawler.pipelines
import crawler.reading
import crawler.reread
from crawler.raw import RawCall
from crawler.reading.prose import read_prose
from crawler.reread import Reread, reread
from storage import calls
from storage.database import open_database
from storage.domain import Call, Cause, Deadline, DeadlineKind, Reading
from tests.crawler.conftest import Database
from tests.crawler.town import NOW, harvest, raw

LATER = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def stored(database: Database) -> Database:
    """Three harvested calls, two of them not understood, and one that has no words."""
    harvest(database, raw("a", "in spring"), raw("b"), raw("c", "in spring"))
    engine = open_database(database.url)
    with engine.begin() as connection:
        calls.keep(
            connection,
            Reading(Call("officer", "2026-7", "From a letter"), ""),
            raw=None,
            digest="",
            now=NOW,
            harvest=None,
        )
    engine.dispose()
    return database


@pytest.fixture
def better(stored: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A reader that knows what spring is, after the harvest; ``better(NAME)`` trips over NAME."""
    assert stored.last("town").unreadable == {"deadlines": 2}
    tripping = ""

    def reads(words: RawCall) -> tuple[Call, dict[str, str]]:
        if words.reference == tripping:
            raise RecursionError
        call, unreadable = read_prose(words)
        if unreadable.pop("deadlines", None):
            call = replace(call, deadlines=(Deadline(DeadlineKind.SINGLE, "2027-03-20"),))
        return call, unreadable

    def trip(reference: str) -> None:
        nonlocal tripping
        tripping = reference

    monkeypatch.setitem(crawler.reading.READERS, "prose", reads)
    for module in (crawler.reading, crawler.pipelines, crawler.reread):
        monkeypatch.setattr(module, "fingerprint", lambda: "better")
    return trip


def again(database: Database, **more: Any) -> Reread:
    engine = open_database(database.url)
    try:
        return reread(engine, LATER, **more)
    finally:
        engine.dispose()


def test_the_same_reader_has_nothing_to_read_again(stored: Database) -> None:
    before = stored.dump()
    assert again(stored) == Reread()
    assert stored.dump() == before


@pytest.mark.usefixtures("better")
def test_a_better_reader_corrects_and_makes_no_version(stored: Database) -> None:
    seen: list[int] = []
    done = again(stored, progress=seen.append)
    assert (done.total, seen) == (3, [1, 2, 3])
    assert sorted(done.changes) == ["town:a", "town:c"]
    for name in ("town:a", "town:c"):
        call = stored.call(name)
        assert [deadline.date for deadline in call.deadlines] == ["2027-03-20"]
        assert call.version == 1
        (change,) = stored.history(name)
        assert (change.cause, change.at, change.field) == (Cause.READER, LATER, "deadlines")
        assert done.changes[name] == (change,)
    assert stored.history("town:b") == stored.history("officer:2026-7") == []
    assert again(stored) == Reread()


@pytest.mark.usefixtures("better")
def test_a_dry_run_changes_nothing_and_says_exactly_what_would_change(stored: Database) -> None:
    before = stored.dump()
    promised = again(stored, dry_run=True)
    assert stored.dump() == before
    assert stored.is_sound()
    assert again(stored, dry_run=True) == promised
    assert again(stored) == promised
    assert promised.total == 3


@pytest.mark.usefixtures("better")
def test_an_officer_keeps_what_he_put_right(stored: Database) -> None:
    mine = (Deadline(DeadlineKind.SINGLE, "2027-04-01"),)
    engine = open_database(stored.url)
    with engine.begin() as connection:
        corrected = replace(calls.get(connection, "town:a"), deadlines=mine)
        calls.keep(
            connection, Reading(corrected, "officer"), raw=None, digest="", now=NOW, harvest=None,
            cause=Cause.OFFICER,
        )  # fmt: skip
    engine.dispose()
    assert sorted(again(stored).changes) == ["town:c"]
    assert stored.call("town:a").deadlines == mine


@pytest.mark.usefixtures("better")
def test_after_a_reread_the_source_has_no_news(stored: Database) -> None:
    again(stored)
    found = harvest(stored, raw("a", "in spring"), raw("b"), raw("c", "in spring"), days=20)
    assert (found.unchanged, found.changed) == (3, 0)
    call = stored.call("town:a")
    assert call.last_seen is not None
    assert call.last_seen >= NOW + timedelta(days=20)


def test_words_the_new_reader_trips_over_stop_no_other(
    stored: Database, better: Callable[[str], None]
) -> None:
    better("a")
    before = stored.call("town:a")
    done = again(stored)
    assert sorted(done.changes) == ["town:c"]
    assert sorted(done.failed) == ["town:a"]
    assert "RecursionError" in done.failed["town:a"]
    assert stored.call("town:a") == before
    assert again(stored).total == 1  # it is tried again each time, until the reader is mended
