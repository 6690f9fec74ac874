"""Letters are written once, with what they tell, and belong to one sender at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from storage import calls
from storage.asking import find_row
from storage.domain import Call, Reading
from storage.letters import (
    NEW,
    Fact,
    Letter,
    LetterState,
    changes_since,
    count_letters,
    find_letters,
    last_created,
    last_sent,
    newest_changes,
    told_of,
    told_to,
    write,
)
from storage.opportunities import move, opportunity_id
from storage.recipients import address_key

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
LETTER = Letter("digest", "olena@example.org", "2026-11-23", "Three calls", "text", "<p>html</p>")
OLENA = address_key("olena@example.org")
WATER, SCHOOLS = (opportunity_id(f"portal:{name}") for name in ("WATER", "SCHOOLS"))


@pytest.fixture
def kept(engine: sa.Engine) -> sa.Engine:
    with engine.begin() as connection:
        for name in ("WATER", "SCHOOLS"):
            keep(connection, Call("portal", name, f"{name} for towns"))
    return engine


def keep(connection: sa.Connection, call: Call, now: datetime = NOW) -> None:
    calls.keep(connection, Reading(call, "r"), raw=None, digest="", now=now, harvest=None)


def post(connection: sa.Connection, letter: Letter = LETTER, *facts: Fact, now=NOW) -> int | None:
    return write(connection, letter, facts, message_id=f"<{letter.subject_key}@x>", now=now)


def fact(opportunity: str = WATER, said: str = NEW, seen: int = 0) -> Fact:
    return Fact("towns", opportunity, said, seen)


def test_a_letter_is_read_back_as_it_was_written(kept: sa.Engine) -> None:
    letter = replace(LETTER, headers={"Content-Language": "uk"}, text="Добрий день ✓ " * 1000)
    with kept.begin() as connection:
        post(connection, letter)
        (found,) = find_letters(connection)
    assert found.letter == letter
    assert (found.state, found.created, found.tries) == (LetterState.PENDING, NOW, 0)
    assert found.key == f"digest/{OLENA[:20]}/2026-11-23"


def test_the_same_letter_is_written_once(kept: sa.Engine) -> None:
    with kept.begin() as connection:
        assert post(connection, LETTER, fact()) is not None
        assert post(connection, replace(LETTER, text="another text"), fact(SCHOOLS)) is None
        assert set(told_to(connection, OLENA, "towns")) == {WATER}
        assert len(find_letters(connection)) == 1


def test_what_was_told_already_keeps_the_whole_letter_from_being_written(kept: sa.Engine) -> None:
    with kept.begin() as connection:
        post(connection, LETTER, fact())
    second = replace(LETTER, subject_key="later")
    with pytest.raises(sa.exc.IntegrityError), kept.begin() as connection:
        post(connection, second, fact(SCHOOLS), fact())
    with kept.begin() as connection:
        assert [one.letter.subject_key for one in find_letters(connection)] == ["2026-11-23"]
        assert set(told_to(connection, OLENA, "towns")) == {WATER}


def test_two_writers_at_once_leave_one_letter(kept: sa.Engine) -> None:
    def work(_: int) -> bool:
        with kept.begin() as connection:
            return post(connection, LETTER, fact()) is not None

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(work, range(4))) == [False, False, False, True]


def test_told_to_gathers_facts_and_the_newest_change_seen(kept: sa.Engine) -> None:
    with kept.begin() as connection:
        post(connection, LETTER, fact(seen=3), fact(said="source:deadlines:9", seen=9))
        found = told_to(connection, OLENA, "towns")
        assert found[WATER].facts == {NEW, "source:deadlines:9"}
        assert found[WATER].seen == 9
        assert told_to(connection, OLENA, "others") == {}
        assert told_to(connection, address_key("marta@example.org"), "towns") == {}


def test_told_of_names_the_letter_by_partnership_address_or_hash(kept: sa.Engine) -> None:
    with kept.begin() as connection:
        post(connection, LETTER, fact())
        for who in ("towns", "Olena@Example.org", OLENA):
            (telling,) = told_of(connection, who, WATER)
            assert (telling.fact, telling.at, telling.subject) == (NEW, NOW, "Three calls")
            assert telling.state is LetterState.PENDING
        assert told_of(connection, "towns", SCHOOLS) == []
        assert told_of(connection, "nobody@example.org", WATER) == []


def test_a_merged_opportunity_is_still_told(kept: sa.Engine) -> None:
    with kept.begin() as connection:
        post(connection, LETTER, fact(seen=2))
        row = find_row(connection, "portal:WATER")
        move(connection, row.id, WATER, SCHOOLS)
        assert set(told_to(connection, OLENA, "towns")) == {SCHOOLS}
        assert [one.fact for one in told_of(connection, "towns", SCHOOLS)] == [NEW]
        assert [one.fact for one in told_of(connection, "towns", WATER)] == [NEW]


def test_changes_since_are_those_after_what_was_seen(kept: sa.Engine) -> None:
    with kept.begin() as connection:
        assert newest_changes(connection, [WATER, SCHOOLS]) == {WATER: 0, SCHOOLS: 0}
        for title in ("One", "Two"):
            keep(connection, Call("portal", "WATER", title))
        newest = newest_changes(connection, [WATER, SCHOOLS])
        every = changes_since(connection, {WATER: 0, SCHOOLS: 0})
        assert [one.change.new for one in every[WATER]] == ["One", "Two"]
        assert every[WATER][-1].number == newest[WATER]
        assert every[WATER][0].call == "portal:WATER"
        assert SCHOOLS not in every
        first = every[WATER][0].number
        later = changes_since(connection, {WATER: first, SCHOOLS: 0})
        assert [one.change.new for one in later[WATER]] == ["Two"]
        assert changes_since(connection, newest) == {}


def test_the_newest_letter_of_a_kind_is_remembered(kept: sa.Engine) -> None:
    with kept.begin() as connection:
        assert last_created(connection, OLENA, "digest") is None
        post(connection)
        post(connection, replace(LETTER, subject_key="next"), now=NOW + HOUR)
        post(connection, replace(LETTER, kind="operator"), now=NOW + 5 * HOUR)
        assert last_created(connection, OLENA, "digest") == NOW + HOUR


def test_letters_are_counted_by_state(kept: sa.Engine) -> None:
    with kept.begin() as connection:
        post(connection)
        post(connection, replace(LETTER, subject_key="next"))
        found = count_letters(connection)
        assert found.pop(LetterState.PENDING) == 2
        assert set(found.values()) == {0}
        assert set(found) | {LetterState.PENDING} == set(LetterState)
        assert last_sent(connection) is None
