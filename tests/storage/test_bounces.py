"""Letters that came back: counted once, soft ones hold letters back, hard ones stop them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from storage.bounces import (
    Bounce,
    SentLetter,
    forget_bounces,
    held,
    keep_bounce,
    letters_by_message_id,
    recent,
)
from storage.letters import Letter, write
from storage.recipients import State, address_key, suppressed
from tests.storage.making import DAY, NOW

ANNA = "anna@example.org"
KEY = address_key(ANNA)


def post(connection: sa.Connection, subject_key: str = "1") -> int:
    letter = Letter("digest", ANNA, subject_key, "A letter", "text", "<p>text")
    number = write(connection, letter, (), message_id=f"<{subject_key}@example.org>", now=NOW)
    assert number is not None
    return number


def back(number: int, notice: str, at: datetime = NOW, *, hard: bool = False) -> Bounce:
    return Bounce(number, notice, KEY, at, hard, "5.1.1" if hard else "4.2.2", "words")


def test_a_letter_is_known_by_its_message_id(connection: sa.Connection) -> None:
    number = post(connection)
    found = letters_by_message_id(connection, ["<1@example.org>"])
    assert found == [SentLetter(number, KEY, NOW)]
    assert letters_by_message_id(connection, ["<2@example.org>"]) == []


def test_a_hard_one_stops_all_letters(connection: sa.Connection) -> None:
    number = post(connection)
    assert keep_bounce(connection, back(number, "n1", hard=True))
    assert suppressed(connection, KEY) is State.BOUNCED


def test_a_notice_that_is_read_twice_counts_once(connection: sa.Connection) -> None:
    number = post(connection)
    assert keep_bounce(connection, back(number, "n1"))
    assert not keep_bounce(connection, back(number, "n1", NOW + DAY))
    assert [one.at for one in recent(connection, NOW + DAY)] == [NOW]
    assert recent(connection, NOW + timedelta(days=61)) == []


@pytest.mark.parametrize(("days", "stopped"), [(3, False), (4, True)])
def test_soft_ones_for_weeks_are_as_good_as_hard(
    connection: sa.Connection, days: int, *, stopped: bool
) -> None:
    for number in range(5):
        one = back(post(connection, str(number)), f"n{number}", NOW + number * days * DAY)
        assert keep_bounce(connection, one)
    assert (suppressed(connection, KEY) is State.BOUNCED) is stopped
    forget_bounces(connection, KEY)
    assert recent(connection, NOW) == []


def test_each_soft_one_holds_letters_back_twice_as_long() -> None:
    some = [back(one, str(one), NOW + one * DAY) for one in range(7)]
    waits = [held(some[: one + 1])[KEY] - some[one].at for one in range(7)]
    assert [wait.days for wait in waits] == [1, 2, 4, 8, 16, 16, 16]
    assert held([]) == {}
