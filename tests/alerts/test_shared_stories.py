"""Stories of digests, on both databases: each of several partnerships and people has its due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from alerts.outbox import build_due
from classifier.outcomes import Note
from storage.asking import find_row
from storage.domain import Frequency
from storage.letters import Posted, find_letters
from storage.matches import find_matches, replace_matches
from storage.opportunities import move
from tests.alerts.weeks import SETTINGS, look, run
from tests.alerts.world import (
    DAY,
    MARTA,
    MONDAY,
    OLENA,
    PORTAL,
    TOWNS,
    WEEK,
    World,
    call,
    instantly,
    many_calls,
    with_recipients,
)


@pytest.fixture
def world(engine: sa.Engine) -> Iterator[World]:
    return World(engine)


def test_one_letter_has_a_section_for_each_partnership(world: World) -> None:
    other = with_recipients(replace(TOWNS, id="zelene-kosice", name="Zelene – Košice"), OLENA)
    world.partnership()
    world.partnership(other)
    world.publish(call("BOTH"), call("ONE"))
    world.score(other, call("ONE"), 10)
    world.match()
    assert run(world) == ["Мости довіри: 2 нові конкурси"]
    digest = look(world, MONDAY, MARTA, TOWNS, other)
    first, second = digest.sections
    assert [(one.call.reference, one.again) for one in first.new] == [
        ("BOTH", False),
        ("ONE", False),
    ]
    assert [(one.call.reference, one.again) for one in second.new] == [("BOTH", True)]
    assert digest.count()["new"] == 2


def test_two_partnerships_share_the_room_fairly(world: World) -> None:
    other = with_recipients(replace(TOWNS, id="zelene-kosice", name="Zelene – Košice"), OLENA)
    world.partnership()
    world.partnership(other)
    for one in many_calls(6):
        world.publish(one)
        world.score(other, one, 10)
    mine = call("MINE")
    world.publish(mine)
    world.score(TOWNS, mine, 10)
    world.score(other, mine, 60)
    world.match()
    first, second = look(world, MONDAY, OLENA, TOWNS, other, limit=3).sections
    assert len(first.new) == 2
    assert [one.call.reference for one in second.new] == ["MINE"]


def test_a_partnership_that_joins_later_is_told_its_calls_as_new(world: World) -> None:
    world.partnership()
    world.publish(call())
    world.match()
    run(world)
    other = with_recipients(replace(TOWNS, id="zelene-kosice", name="Zelene – Košice"), OLENA)
    world.partnership(other)
    world.match(MONDAY + DAY)
    first, second = look(world, MONDAY + WEEK, OLENA, TOWNS, other).sections
    assert first.empty
    assert [one.call.reference for one in second.new] == ["WATER-1"]


def test_each_recipient_is_told_for_himself(world: World) -> None:
    world.partnership(with_recipients(TOWNS, OLENA))
    world.publish(call())
    world.match()
    run(world)
    world.partnership(with_recipients(TOWNS, OLENA, MARTA))
    assert run(world, MONDAY + DAY) == ["Verbove – Nowa Dolina: 1 new call"]


def test_without_consent_there_is_no_letter_and_it_is_said(world: World) -> None:
    shy = replace(MARTA, consent=None)
    world.partnership(with_recipients(TOWNS, OLENA, shy))
    world.publish(call())
    world.match()
    built = build_due(world.engine, SETTINGS, MONDAY, known_sources=[PORTAL])
    assert [address for address, _ in built.written] == [OLENA.email]
    ((address, why),) = [(one.address, one.why) for one in built.skipped]
    assert address == shy.email
    assert "has not agreed" in why


def test_a_partnership_that_was_never_compared_gets_no_letter_and_it_is_said(world: World) -> None:
    world.partnership()
    world.publish(call())
    built = build_due(world.engine, SETTINGS, MONDAY, known_sources=[PORTAL])
    assert not built.written
    (said,) = built.notes
    assert said == "verbove-nowa-dolina was not compared with any call yet: bridges match"


def test_a_partnership_without_interests_is_not_told_that_nothing_is_new(world: World) -> None:
    other = with_recipients(replace(TOWNS, id="zelene-kosice", name="Zelene – Košice"), OLENA)
    world.partnership(other)
    world.match(notes=[Note.NO_INTERESTS])
    built = build_due(world.engine, SETTINGS, MONDAY, known_sources=[PORTAL])
    assert not built.written
    assert [one.address for one in built.skipped] == [OLENA.email]
    assert "add interests" in built.notes[0]
    world.towns = []
    world.partnership()
    world.publish(call())
    world.match()
    built = build_due(world.engine, SETTINGS, MONDAY, known_sources=[PORTAL])
    assert [subject for _, subject in built.written] == ["Verbove – Nowa Dolina: 1 новий конкурс"]
    assert "add interests" in built.notes[0]


def test_nothing_new_is_said_in_a_short_letter(world: World) -> None:
    world.partnership()
    world.publish(call())
    world.match()
    run(world)
    assert run(world, MONDAY + WEEK) == ["Verbove – Nowa Dolina: нічого нового"]
    assert run(world, MONDAY + WEEK) == []


def test_who_wants_no_receipt_hears_only_news(world: World) -> None:
    world.partnership(with_recipients(TOWNS, replace(OLENA, receipt=False)))
    world.publish(call())
    world.match()
    run(world)
    assert run(world, MONDAY + WEEK) == []
    world.publish(call("NEWS"), now=MONDAY + WEEK + DAY)
    world.match(MONDAY + WEEK + DAY)
    assert run(world, MONDAY + WEEK + DAY) == ["Verbove – Nowa Dolina: 1 новий конкурс"]


def test_instant_letters_come_with_each_news_and_never_empty(world: World) -> None:
    world.partnership(with_recipients(TOWNS, instantly(OLENA)))
    world.publish(call())
    world.match()
    assert len(run(world)) == 1
    assert run(world) == []
    world.publish(call("NEWS"))
    world.match()
    assert len(run(world)) == 1
    assert len({posted.key for posted in letters_in(world)}) == 2


def letters_in(world: World) -> list[Posted]:
    with world.engine.begin() as connection:
        return find_letters(connection)


def test_an_address_in_two_partnerships_with_two_settings_takes_the_first(world: World) -> None:
    other = with_recipients(
        replace(TOWNS, id="zelene-kosice", name="Zelene – Košice"),
        replace(OLENA, language="en", frequency=Frequency.DAILY),
    )
    world.partnership()
    world.partnership(other)
    world.publish(call())
    world.match()
    built = build_due(world.engine, SETTINGS, MONDAY, known_sources=[PORTAL])
    ((_, subject),) = built.written
    assert subject.startswith("Мости довіри")
    (said,) = built.notes
    assert "those of verbove-nowa-dolina count, not those of zelene-kosice" in said


def test_a_merged_opportunity_stays_told(world: World) -> None:
    world.partnership()
    first, second = call("ONE"), call("TWO")
    world.publish(first, second)
    world.score(TOWNS, second, 10)
    world.match()
    run(world)
    with world.engine.begin() as connection:
        one, two = (find_row(connection, name.id) for name in (first, second))
        move(connection, one.id, one.opportunity, two.opportunity)
        (stored,) = find_matches(connection, TOWNS.id)
        merged = replace(stored.match, opportunity=two.opportunity)
        replace_matches(connection, TOWNS.id, [merged], fingerprint="t", now=MONDAY, details={})
    assert look(world, MONDAY + WEEK).empty
