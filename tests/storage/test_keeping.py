"""Keeping calls: versions, changes, re-formatting, bookkeeping, what must be refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from storage import calls
from storage.domain import Call, Cause, Deadline, DeadlineKind, Eligibility, Funding, Reading
from storage.errors import BadField, BadInput, NotFound
from storage.opportunities import opportunity_id
from storage.schema import readings, versions
from tests.storage.making import DAY, HOUR, NOW, call, full_call, keep, single, told


def test_a_new_call_is_version_one_with_an_opportunity_of_its_own(
    connection: sa.Connection,
) -> None:
    kept = keep(connection, full_call())
    stored = calls.get(connection, "portal:F-1")
    assert (kept.outcome, kept.version, kept.changes) == ("new", 1, ())
    assert stored == replace(
        full_call(),
        first_seen=NOW,
        last_seen=NOW,
        opportunity=opportunity_id("portal:F-1"),
    )
    assert calls.history(connection, "portal:F-1") == []


def test_opportunity_ids_follow_from_the_first_call_alone() -> None:
    assert opportunity_id("portal:F-1") == opportunity_id("portal:F-1")
    assert opportunity_id("portal:F-1") != opportunity_id("portal:F-2")
    assert opportunity_id("officer:2026-7").startswith("o-")
    assert len(opportunity_id("officer:2026-7")) == 14


def test_a_moved_deadline_is_one_version_and_its_difference(connection: sa.Connection) -> None:
    keep(connection, call())
    later = keep(connection, call(deadlines=(single(60),)), now=NOW + DAY)
    assert (later.outcome, later.version) == ("changed", 2)
    (change,) = calls.history(connection, "portal:W-1")
    assert (change,) == later.changes
    assert (change.cause, change.version, change.at) == (Cause.SOURCE, 2, NOW + DAY)
    assert change.field == "deadlines"
    assert [one["date"] for one in change.old] == ["2026-12-22"]  # type: ignore[attr-defined]
    assert [one["date"] for one in change.new] == ["2027-01-21"]  # type: ignore[attr-defined]
    stored = calls.get(connection, "portal:W-1")
    assert stored.deadlines == (single(60),)
    assert (stored.first_seen, stored.last_seen) == (NOW, NOW + DAY)
    assert calls.versions(connection, "portal:W-1") == [
        (1, NOW, Cause.SOURCE),
        (2, NOW + DAY, Cause.SOURCE),
    ]


def test_every_field_has_its_own_change_in_order(connection: sa.Connection) -> None:
    keep(connection, call("F-1"))
    changed = keep(connection, full_call(), now=NOW + HOUR)
    assert [change.field for change in changed.changes] == [
        "parent",
        "url",
        "title",
        "summary",
        "description",
        "language",
        "kind",
        "programme",
        "types_of_action",
        "opens_on",
        "deadlines",
        "eligibility",
        "funding",
        "documents",
    ]


def test_the_same_again_is_only_seen(connection: sa.Connection) -> None:
    keep(connection, full_call())
    again = keep(connection, full_call(), now=NOW + DAY)
    assert (again.outcome, again.version, again.changes) == ("unchanged", 1, ())
    assert calls.get(connection, "portal:F-1").last_seen == NOW + DAY
    assert connection.scalar(sa.select(sa.func.count()).select_from(versions)) == 1


def test_mere_re_formatting_leaves_the_stored_words(connection: sa.Connection) -> None:
    first = call(title="Water for  small towns", description="One\n\ntwo")
    keep(connection, first)
    again = keep(
        connection, call(title="Water\u200b for small towns\n", description="One two"), digest="x"
    )
    assert again.outcome == "unchanged"
    assert calls.get(connection, "portal:W-1").title == "Water for  small towns"
    assert calls.known(connection, "portal")["W-1"].digest == "x"


def test_the_newest_words_of_the_source_stay_with_the_version(connection: sa.Connection) -> None:
    kept = keep(connection, call(), raw={"deadline": "22 December"}, digest="1")
    keep(connection, call(), raw={"deadline": "22. December"}, digest="2")
    assert calls.words_of(connection, kept.call_id) == {"deadline": "22. December"}
    keep(connection, call(deadlines=(single(60),)), raw={"deadline": "21 January"}, digest="3")
    rows = connection.execute(sa.select(versions.c.raw).order_by(versions.c.number))
    assert [row.raw for row in rows] == [{"deadline": "22. December"}, {"deadline": "21 January"}]


def test_known_tells_what_a_harvest_needs_in_one_question(connection: sa.Connection) -> None:
    first = keep(connection, call("A"), digest="a", reader="r7")
    second = keep(connection, call("B"), digest="b")
    keep(connection, call("C", source="other"))
    assert calls.known(connection, "portal") == {
        "A": calls.Known(first.call_id, "A", "a", "r7"),
        "B": calls.Known(second.call_id, "B", "b", "reader-1"),
    }
    assert calls.known(connection, "nobody") == {}


def test_a_reading_keeps_what_could_not_be_read(connection: sa.Connection) -> None:
    reading = Reading(call(deadlines=()), "r", {"deadlines": "in due time"})
    calls.keep(connection, reading, raw={}, digest="", now=NOW, harvest=None)
    (row,) = connection.execute(sa.select(readings)).all()
    assert row.result["unreadable"] == {"deadlines": "in due time"}
    assert (row.fingerprint, row.version, row.read_at) == ("r", 1, NOW)


@pytest.mark.parametrize("given", ["portal:W-1", opportunity_id("portal:W-1")])
def test_a_call_is_found_by_its_name_and_by_its_opportunity(
    connection: sa.Connection, given: str
) -> None:
    keep(connection, call())
    assert calls.get(connection, given).id == "portal:W-1"


def test_a_colon_in_a_reference_is_part_of_it(connection: sa.Connection) -> None:
    keep(connection, call("EU:1:2"))
    assert calls.get(connection, "portal:EU:1:2").reference == "EU:1:2"


def test_an_unknown_call_names_the_nearest(connection: sa.Connection) -> None:
    keep(connection, call("HORIZON-2027-TOWNS-01"))
    keep(connection, call("LIFE-2027-WATER"))
    with pytest.raises(NotFound) as caught:
        calls.get(connection, "portal:HORIZON-2027-TOWN-01")
    assert caught.value.nearest[0] == "portal:HORIZON-2027-TOWNS-01"
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("asked", ["LIFE-2027-WATER", "eu_portal:LIFE-2027-WATER"])
def test_a_reference_with_the_wrong_source_is_recognised(
    connection: sa.Connection, asked: str
) -> None:
    keep(connection, call("LIFE-2027-WATER"))
    with pytest.raises(NotFound) as caught:
        calls.get(connection, asked)
    assert caught.value.nearest == ["portal:LIFE-2027-WATER"]


@pytest.mark.parametrize(
    "asked", ["portal:\udcff", "a\0b", "", ":", "o-\0", "portal:" + "x" * 9999]
)
def test_any_name_may_be_asked_for(connection: sa.Connection, asked: str) -> None:
    keep(connection, call())
    with pytest.raises(NotFound) as caught:
        calls.get(connection, asked)
    assert len(str(caught.value)) < 200


def test_what_no_database_can_keep_is_taken_out_of_scraped_text(
    connection: sa.Connection,
) -> None:
    hostile = call(title="Wa\0ter \ud83d", description="\0", deadlines=(single(words="\udc00 x"),))
    keep(connection, hostile)
    stored = calls.get(connection, "portal:W-1")
    assert (stored.title, stored.description) == ("Water ?", "")
    assert stored.deadlines[0].words == "? x"
    assert keep(connection, hostile).outcome == "unchanged"


@pytest.mark.parametrize(
    "wrong",
    [
        call(title="  "),
        call(""),
        call("two\nlines"),
        call(source="has space"),
        call(source="a:b"),
        call(funding=(Funding(total=-1.0),)),
        call(opens_on="soon"),
    ],
)
def test_a_call_that_could_not_be_read_back_is_refused(
    connection: sa.Connection, wrong: Call
) -> None:
    with pytest.raises(BadField):
        keep(connection, wrong)


def test_a_number_without_end_is_refused(connection: sa.Connection) -> None:
    with pytest.raises(BadInput, match="not finite"):
        keep(connection, call(funding=(Funding(total=float("inf")),)))


def test_a_record_too_large_to_exchange_is_refused(connection: sa.Connection) -> None:
    with pytest.raises(BadInput, match="more than"):
        keep(connection, call(description="x" * 4_000_001))


def test_a_large_record_just_below_the_limit_is_kept(connection: sa.Connection) -> None:
    words = " ".join(f"word{number}" for number in range(300_000))
    keep(connection, call(description=words))
    assert calls.get(connection, "portal:W-1").description == words


def test_a_naive_time_is_refused(connection: sa.Connection) -> None:
    with pytest.raises((ValueError, sa.exc.StatementError), match="no time zone"):
        keep(connection, call(), now=NOW.replace(tzinfo=None))


def test_times_come_back_in_utc_to_the_microsecond(connection: sa.Connection) -> None:
    odd = NOW.astimezone(ZoneInfo("Europe/Kyiv")) + timedelta(microseconds=7)
    keep(connection, call(), now=odd)
    seen = calls.get(connection, "portal:W-1").first_seen
    assert seen == odd
    assert str(seen) == "2026-11-22 10:00:00.000007+00:00"


def test_stored_words_come_with_what_is_understood_now(connection: sa.Connection) -> None:
    keep(connection, call("A"), raw={"a": 1}, reader="old")
    keep(connection, call("B"), raw={"b": 1}, reader="new")
    keep(connection, call("C"), raw=None, reader="old")
    keep(connection, call("D", source="other"), raw={"d": 1}, reader="old")
    found = list(calls.stored_words(connection, "portal", not_fingerprint="new"))
    assert [(one.reference, one.raw, one.version, one.fingerprint) for one in found] == [
        ("A", {"a": 1}, 1, "old")
    ]
    assert found[0].call == calls.get(connection, "portal:A")
    assert len(list(calls.stored_words(connection))) == 3


def test_stored_words_may_be_corrected_on_the_way(connection: sa.Connection) -> None:
    for number in range(450):
        keep(connection, call(f"N-{number}"), reader="old")
    done = 0
    for words in calls.stored_words(connection, not_fingerprint="new"):
        calls.correct(connection, Reading(words.call, "new"), now=NOW)
        done += 1
    assert done == 450
    assert not list(calls.stored_words(connection, not_fingerprint="new"))


def test_a_deadline_keeps_every_precision(connection: sa.Connection) -> None:
    deadlines = (
        Deadline(DeadlineKind.SINGLE, "2026-05"),
        Deadline(DeadlineKind.CUT_OFF, "--05-31", recurs="yearly"),
        Deadline(DeadlineKind.TO_BE_ANNOUNCED, None),
        Deadline(DeadlineKind.SINGLE, "2026-05-31", "24:00", "Europe/Kyiv", "rule:x", "до 31"),
    )
    keep(connection, call(deadlines=deadlines, eligibility=Eligibility((), ("unread",))))
    assert calls.get(connection, "portal:W-1").deadlines == deadlines


def test_history_is_newest_first(connection: sa.Connection) -> None:
    for day in (30, 40, 50):
        keep(connection, call(deadlines=(single(day),)), now=NOW + day * HOUR)
    changes = calls.history(connection, "portal:W-1")
    assert [change.version for change in changes] == [3, 2]
    assert told(changes) == [("source", "deadlines")] * 2
