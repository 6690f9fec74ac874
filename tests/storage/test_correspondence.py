"""What is kept of somebody: shown to them, erased for good, forgotten in time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage.correspondence import (
    STOPPED,
    clear_log,
    erase,
    export,
    letters_to,
    prune,
    release_letters,
    stop_letters,
)
from storage.database import open_database
from storage.domain import Frequency, Partner, Partnership, Recipient
from storage.letters import Fact, Letter, LetterState, find_letters, told_to, write
from storage.partnerships import get_partnership, keep_partnership
from storage.preferences import Preferences, keep_preferences
from storage.recipients import State, address_key, replace, suppressed
from storage.schema import opportunities
from storage.sending import claim, settle
from tests.storage.making import DAY, NOW

ANNA = "anna@example.org"
KEY = address_key(ANNA)
TOWNS = Partnership("a-b", "A – B", (Partner("A", "UA"), Partner("B", "PL")), {"en": "roads"})


@pytest.fixture
def known(connection: sa.Connection) -> sa.Connection:
    """A recipient with a wish, one letter sent, one waiting."""
    keep_partnership(connection, TOWNS, NOW)
    replace(connection, TOWNS.id, [Recipient(ANNA, consent="signed form")], NOW)
    keep_preferences(connection, KEY, Preferences(frequency=Frequency.DAILY), NOW)
    connection.execute(sa.insert(opportunities), {"id": "o-1"})
    post(connection, "1", Fact(TOWNS.id, "o-1", "new"))
    taken = claim(connection, NOW)
    assert taken is not None
    settle(connection, taken, LetterState.SENT, NOW, reply=f"250 kept for {ANNA}")
    post(connection, "2")
    return connection


def post(connection: sa.Connection, subject_key: str, *facts: Fact) -> None:
    letter = Letter("digest", ANNA, subject_key, "A letter", "to Anna", "<p>Anna", {"X": "y"})
    assert write(connection, letter, facts, message_id=f"<{subject_key}@a>", now=NOW)


def test_all_that_is_kept_is_shown(known: sa.Connection) -> None:
    found = export(known, " Anna@Example.ORG")
    assert set(found) == {"listed", "chosen", "letters", "told"}
    assert found["listed"][0]["record"]["email"] == ANNA
    assert [one["text"] for one in found["letters"]] == ["to Anna", "to Anna"]
    assert found["letters"][0]["created"] == "2026-11-22T10:00:00Z"
    assert export(known, "other@example.org") == {}


def test_the_erased_leave_a_hash_and_what_was_told(known: sa.Connection) -> None:
    assert [one.letter.address for one in letters_to(known, KEY)] == [ANNA, ANNA]
    assert erase(known, ANNA, NOW + DAY)
    left = export(known, ANNA)
    assert set(left) == {"listed", "left", "letters", "told"}
    assert "anna" not in str(left).casefold()
    assert [one.letter.text for one in find_letters(known)] == ["", ""]
    assert [one.state for one in find_letters(known)] == [LetterState.SENT, LetterState.FAILED]
    assert claim(known, NOW + DAY) is None
    assert told_to(known, KEY, TOWNS.id)["o-1"].facts == {"new"}
    assert suppressed(known, ANNA) is None
    assert suppressed(known, KEY) is State.ERASED
    assert letters_to(known, KEY) == []
    assert replace(known, "a-b", [Recipient(ANNA)], NOW + DAY) == [(ANNA, State.ERASED)]


def test_somebody_unknown_can_be_erased_before_an_import_brings_them(
    known: sa.Connection,
) -> None:
    assert not erase(known, "boris@example.org", NOW)
    refused = replace(known, TOWNS.id, [Recipient("boris@example.org")], NOW)
    assert refused == [("boris@example.org", State.ERASED)]


def test_a_letter_that_waits_is_stopped_and_let_go_again(known: sa.Connection) -> None:
    assert stop_letters(known, KEY, NOW) == 1
    assert claim(known, NOW + DAY) is None
    assert [one.reason for one in find_letters(known, [LetterState.FAILED])] == [STOPPED]
    assert release_letters(known, KEY, NOW + 4 * DAY) == 0, "too old to be news"
    assert release_letters(known, KEY, NOW + DAY) == 1
    assert claim(known, NOW + DAY) is not None


def test_texts_are_forgotten_in_time_and_what_was_told_is_not(known: sa.Connection) -> None:
    keep = timedelta(days=30)
    assert prune(known, NOW + 29 * DAY, keep) == 0
    assert prune(known, NOW + 31 * DAY, keep) == 1
    assert prune(known, NOW + 31 * DAY, keep) == 0
    sent, waiting = find_letters(known)
    assert (sent.letter.address, sent.letter.text, sent.reply) == ("", "", "")
    assert waiting.letter.text == "to Anna", "what waits is not touched"
    assert told_to(known, KEY, TOWNS.id)["o-1"].facts == {"new"}


def test_choices_hold_whatever_is_imported(known: sa.Connection) -> None:
    replace(known, TOWNS.id, [Recipient(ANNA, "uk", frequency=Frequency.MONTHLY)], NOW + DAY)
    (one,) = get_partnership(known, TOWNS.id).recipients
    assert (one.language, one.frequency) == ("uk", Frequency.DAILY)


def test_nothing_of_the_erased_is_left_in_the_file(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_database(sqlite_url)
    with engine.begin() as connection:
        keep_partnership(connection, TOWNS, NOW)
        replace(connection, TOWNS.id, [Recipient(ANNA)], NOW)
        post(connection, "1")
    held = b"".join(path.read_bytes() for path in tmp_path.glob("bridges.db*"))
    assert ANNA.encode() in held
    with engine.begin() as connection:
        erase(connection, ANNA, NOW)
    clear_log(engine)
    engine.dispose()
    held = b"".join(path.read_bytes() for path in tmp_path.glob("bridges.db*"))
    assert ANNA.encode() not in held
