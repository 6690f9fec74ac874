"""Three hands on one call: the source, a better reader, an officer."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from storage import calls
from storage.domain import Call, Cause, Reading
from storage.errors import NotFound
from storage.schema import readings
from tests.storage.making import (
    DAY,
    NOW,
    call,
    correct_as_officer,
    harvest,
    keep,
    single,
    told,
)


def stored(connection: sa.Connection) -> Call:
    return calls.get(connection, "portal:W-1")


def reread(connection: sa.Connection, one: Call, reader: str = "reader-2") -> list[tuple[str, str]]:
    return told(calls.correct(connection, Reading(one, reader), now=NOW + DAY))


def test_an_officer_makes_a_version_that_is_no_news(connection: sa.Connection) -> None:
    keep(connection, call())
    kept = correct_as_officer(connection, call(title="Better"), now=NOW + DAY)
    assert (kept.outcome, kept.version) == ("changed", 2)
    assert told(kept.changes) == [("officer", "title")]
    assert [cause for _, _, cause in calls.versions(connection, "portal:W-1")] == [
        Cause.SOURCE,
        Cause.OFFICER,
    ]
    assert stored(connection).last_seen == NOW


def test_an_officers_words_stay_while_the_source_says_the_same(connection: sa.Connection) -> None:
    keep(connection, call())
    correct_as_officer(connection, call(title="Better"))
    again = keep(connection, call(), digest="new", now=NOW + DAY)
    assert (again.outcome, again.version) == ("unchanged", 2)
    assert stored(connection).title == "Better"
    assert stored(connection).last_seen == NOW + DAY


def test_what_the_source_changes_elsewhere_leaves_an_officers_words(
    connection: sa.Connection,
) -> None:
    keep(connection, call())
    correct_as_officer(connection, call(title="Better"))
    moved = keep(connection, call(deadlines=(single(60),)))
    assert told(moved.changes) == [("source", "deadlines")]
    assert stored(connection).title == "Better"
    assert stored(connection).deadlines == (single(60),)
    again = keep(connection, call(deadlines=(single(60),)), digest="again")
    assert again.outcome == "unchanged"
    assert stored(connection).title == "Better"


def test_what_the_source_changes_itself_wins(connection: sa.Connection) -> None:
    keep(connection, call())
    correct_as_officer(connection, call(deadlines=(single(40),)))
    moved = keep(connection, call(deadlines=(single(60),)))
    assert told(moved.changes) == [("source", "deadlines")]
    assert moved.changes[0].old[0]["date"] == "2027-01-01"  # type: ignore[index]
    assert stored(connection).deadlines == (single(60),)


def test_the_source_may_come_to_say_what_the_officer_said(connection: sa.Connection) -> None:
    keep(connection, call())
    correct_as_officer(connection, call(deadlines=(single(60),)))
    caught_up = keep(connection, call(deadlines=(single(60),)))
    assert (caught_up.outcome, caught_up.version, caught_up.changes) == ("changed", 3, ())
    correct_as_officer(connection, call(deadlines=(single(70),)))
    same = keep(connection, call(deadlines=(single(60),)), digest="same")
    assert same.outcome == "unchanged"
    assert stored(connection).deadlines == (single(70),)


def test_a_correction_that_says_nothing_new_is_none(connection: sa.Connection) -> None:
    keep(connection, call())
    kept = correct_as_officer(connection, call(title="Water  for small towns"))
    assert (kept.outcome, kept.version) == ("unchanged", 1)


def test_a_correction_does_not_hide_the_next_harvest(connection: sa.Connection) -> None:
    keep(connection, call(), digest="page 1")
    correct_as_officer(connection, call(title="Better"))
    assert calls.known(connection, "portal")["W-1"].digest == "page 1"


def test_a_better_reader_corrects_the_same_version(connection: sa.Connection) -> None:
    keep(connection, call())
    assert reread(connection, call(opens_on="2026-11-01")) == [("reader", "opens_on")]
    assert stored(connection).opens_on == "2026-11-01"
    assert stored(connection).version == 1
    assert stored(connection).last_seen == NOW
    assert calls.known(connection, "portal")["W-1"].fingerprint == "reader-2"
    assert len(calls.versions(connection, "portal:W-1")) == 1
    found = connection.execute(sa.select(readings).order_by(readings.c.id)).all()
    assert [(row.version, row.fingerprint) for row in found] == [(1, "reader-1"), (1, "reader-2")]


def test_a_reader_that_finds_nothing_new_still_leaves_its_name(connection: sa.Connection) -> None:
    keep(connection, call())
    assert reread(connection, call()) == []
    assert calls.known(connection, "portal")["W-1"].fingerprint == "reader-2"


def test_after_a_better_reading_the_same_page_is_no_news(connection: sa.Connection) -> None:
    keep(connection, call())
    reread(connection, call(opens_on="2026-11-01"))
    again = keep(connection, call(opens_on="2026-11-01"), reader="reader-2", digest="new")
    assert (again.outcome, again.version) == ("unchanged", 1)


def test_a_better_reader_leaves_what_an_officer_put_right(connection: sa.Connection) -> None:
    keep(connection, call())
    correct_as_officer(connection, call(deadlines=(single(40),)))
    better = call(deadlines=(single(50),), opens_on="2026-11-01")
    assert reread(connection, better) == [("reader", "opens_on")]
    assert stored(connection).deadlines == (single(40),)
    assert stored(connection).version == 2
    # What the reader understood is the new basis: the same reading again is no news of the source.
    again = keep(connection, better, reader="reader-2", digest="new")
    assert again.outcome == "unchanged"
    assert stored(connection).deadlines == (single(40),)


def test_a_better_reader_takes_better_words_without_telling(connection: sa.Connection) -> None:
    keep(connection, call(description="One\n\n\ntwo"))
    better = call(description="One two", deadlines=(single(words="by 22 December"),))
    assert reread(connection, better) == []
    assert stored(connection).description == "One two"
    assert stored(connection).deadlines[0].words == "by 22 December"


def test_a_reading_of_an_unknown_call_is_refused(connection: sa.Connection) -> None:
    with pytest.raises(NotFound):
        reread(connection, call("nowhere"))


def test_a_harvest_over_an_imported_call_takes_it_over(connection: sa.Connection) -> None:
    keep(connection, call(description="typed by hand"), raw=None, digest="")
    harvest(connection, call(description="as published"))
    assert told(calls.history(connection, "portal:W-1")) == [("source", "description")]
    assert len(list(calls.stored_words(connection))) == 1


def test_history_shows_every_hand(connection: sa.Connection) -> None:
    keep(connection, call())
    keep(connection, call(deadlines=(single(60),)))
    correct_as_officer(connection, replace(stored(connection), summary="S"))
    reread(connection, call(deadlines=(single(60),), language="en"))
    harvest(connection)
    harvest(connection)
    assert told(calls.history(connection, "portal:W-1")) == [
        ("source", "withdrawn"),
        ("reader", "language"),
        ("officer", "summary"),
        ("source", "deadlines"),
    ]
    assert stored(connection).version == 3
