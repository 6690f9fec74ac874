"""What towns mean to do about a call: one answer each, taken back, merged, never lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
import sqlalchemy as sa

from storage.answers import (
    Answer,
    TownAnswer,
    answers_of,
    dismissed,
    keep_answer,
    marked,
    take_back_dismissal,
)
from storage.domain import Partner, Partnership
from storage.feedback import Feedback, Mark, keep_mark
from storage.partnerships import keep_partnership
from storage.recipients import State, put, suppressed
from storage.schema import opportunities
from tests.storage.making import DAY, NOW

TOWNS = Partnership("a-b", "A – B", (Partner("A", "UA"), Partner("B", "PL")), {"en": "roads"})


@pytest.fixture
def towns(connection: sa.Connection) -> sa.Connection:
    keep_partnership(connection, TOWNS, NOW)
    rows = [{"id": "o-1"}, {"id": "o-2"}, {"id": "o-3"}]
    connection.execute(sa.insert(opportunities), rows)
    return connection


def say(
    connection: sa.Connection,
    answer: Answer,
    town: str = "A",
    opportunity: str = "o-1",
    at: datetime = NOW,
) -> bool:
    given = TownAnswer(TOWNS.id, opportunity, town, answer, "ab" * 32, at)
    return keep_answer(connection, given)


def said(connection: sa.Connection, opportunity: str | None = None) -> list[tuple[str, str]]:
    return [(one.town, one.answer) for one in answers_of(connection, TOWNS.id, opportunity)]


def test_two_who_say_the_same_at_once_say_it_once(engine: sa.Engine) -> None:
    """A double click, or a mail program beside a person: on PostgreSQL neither waits first."""
    with engine.begin() as connection:
        keep_partnership(connection, TOWNS, NOW)
        connection.execute(sa.insert(opportunities), {"id": "o-1"})

    def click() -> None:
        with engine.begin() as connection:
            say(connection, Answer.LEAD)
            put(connection, "ab" * 32, State.UNSUBSCRIBED, NOW)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(click) for _ in range(8)]:
            done.result()
    with engine.begin() as connection:
        assert said(connection) == [("A", Answer.LEAD)]
        assert suppressed(connection, "ab" * 32) is State.UNSUBSCRIBED


def test_each_town_has_one_answer_and_may_change_it(towns: sa.Connection) -> None:
    assert say(towns, Answer.LEAD)
    assert not say(towns, Answer.LEAD, at=NOW + DAY), "said already"
    assert say(towns, Answer.JOIN, "B", at=NOW + DAY)
    assert said(towns) == [("A", Answer.LEAD), ("B", Answer.JOIN)]
    assert answers_of(towns, TOWNS.id)[0].at == NOW
    assert say(towns, Answer.JOIN, at=NOW + 2 * DAY)
    assert said(towns) == [("B", Answer.JOIN), ("A", Answer.JOIN)]
    assert say(towns, Answer.TAKEN_BACK, at=NOW + 3 * DAY)
    assert not say(towns, Answer.TAKEN_BACK, at=NOW + 4 * DAY)
    assert said(towns, "o-1") == [("B", Answer.JOIN), ("A", Answer.TAKEN_BACK)]
    assert said(towns, "o-2") == []


def test_what_was_never_said_cannot_be_taken_back(towns: sa.Connection) -> None:
    assert not say(towns, Answer.TAKEN_BACK)
    assert said(towns) == []


def test_one_town_dismisses_for_all_and_any_may_undo_it(towns: sa.Connection) -> None:
    say(towns, Answer.LEAD, "B")
    say(towns, Answer.DISMISS)
    assert dismissed(towns, TOWNS.id) == {"o-1"}
    assert take_back_dismissal(towns, TOWNS.id, "o-1", "cd" * 32, NOW + DAY)
    assert not take_back_dismissal(towns, TOWNS.id, "o-1", "cd" * 32, NOW + DAY)
    assert dismissed(towns, TOWNS.id) == frozenset()
    assert said(towns) == [("B", Answer.LEAD), ("A", Answer.TAKEN_BACK)]


def test_marked_is_useful_or_meant_and_not_dismissed(towns: sa.Connection) -> None:
    keep_mark(towns, Feedback(TOWNS.id, "o-1", Mark.USEFUL, NOW))
    keep_mark(towns, Feedback(TOWNS.id, "o-2", Mark.NOT_FOR_US, NOW))
    say(towns, Answer.JOIN, opportunity="o-3")
    assert marked(towns, TOWNS.id) == {"o-1", "o-3"}
    say(towns, Answer.DISMISS, "B", "o-1")
    say(towns, Answer.TAKEN_BACK, opportunity="o-3")
    assert marked(towns, TOWNS.id) == frozenset()


def test_answers_follow_an_opportunity_that_was_merged(towns: sa.Connection) -> None:
    say(towns, Answer.LEAD, at=NOW)
    say(towns, Answer.JOIN, opportunity="o-2", at=NOW + DAY)
    towns.execute(
        sa.update(opportunities).where(opportunities.c.id == "o-1").values(merged_into="o-2")
    )
    assert said(towns, "o-1") == said(towns, "o-2") == [("A", Answer.JOIN)]
    assert marked(towns, TOWNS.id) == {"o-2"}
