"""Stories of calls that turn out to be one: nobody is told twice, and nobody is told wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from alerts.digest import build_digest
from alerts.letter import render
from alerts.linking import link_new
from alerts.nouns import Digest
from alerts.outbox import build_due
from storage import linked
from storage.asking import find_row, history
from storage.domain import Call, Cause, DeadlineKind
from storage.feedback import Feedback, Mark, keep_mark, marks_of, take_back
from storage.letters import told_of
from storage.matches import find_matches
from storage.presence import declare_withdrawn
from storage.settings import Settings
from tests.alerts.world import DAY, MARTA, MONDAY, OLENA, PORTAL, TOWNS, WEEK, World, call, on
from tests.alerts.world import with_recipients as with_people

SETTINGS = Settings(
    base_url="https://bridges.example.org", contact="office@bridges.example.org", mail="outbox"
)
CODE = "CERV-2027-CITIZENS-TOWN-TT"
LIST = "https://calls.example.org/en/calls"


def official(**said: Any) -> Call:
    return call(CODE, "Town twinning for small towns", **said)


def relayed(**said: Any) -> Call:
    """The same call as a list of calls repeats it."""
    given = {"source": "euroaccess", "url": f"{LIST}/77", "description": f"Call number: {CODE}"}
    return call("77", "Town twinning for small towns", **given | said)


@pytest.fixture
def world(engine: sa.Engine) -> Iterator[World]:
    found = World(engine)
    found.partnership(with_people(TOWNS, MARTA))
    return found


def tell(world: World, now: Any = MONDAY) -> list[str]:
    return [s for _, s in build_due(world.engine, SETTINGS, now, known_sources=[PORTAL]).written]


def look(world: World, now: Any) -> Digest:
    with world.engine.begin() as connection:
        towns = with_people(TOWNS, MARTA)
        return build_digest(connection, MARTA, [towns], now, known_sources=[PORTAL])


@pytest.mark.parametrize("first", ["official", "relayed"])
def test_what_was_told_of_one_record_is_not_told_again_of_the_other(
    world: World, first: str
) -> None:
    ours, theirs = (official(), relayed()) if first == "official" else (relayed(), official())
    world.publish(ours)
    world.match()
    link_new(world.engine, MONDAY)
    assert tell(world) == ["Verbove – Nowa Dolina: 1 new call"]
    world.publish(theirs, now=MONDAY + DAY)
    world.match(MONDAY + DAY)
    link_new(world.engine, MONDAY + DAY)
    later = look(world, MONDAY + WEEK)
    assert later.empty
    with world.engine.begin() as connection:
        (stored,) = find_matches(connection, TOWNS.id)
        assert stored.match.call == official().id
        told = told_of(
            connection, TOWNS.id, theirs.id and find_row(connection, theirs.id).opportunity
        )
        assert [one.fact for one in told] == ["new"]


def test_both_were_told_and_then_are_one(world: World) -> None:
    world.publish(official(), relayed())
    world.match()
    assert tell(world) == ["Verbove – Nowa Dolina: 2 new calls"]
    link_new(world.engine, MONDAY + DAY)
    assert look(world, MONDAY + WEEK).empty
    world.publish(official(deadlines=(on(60),)), now=MONDAY + 2 * DAY)
    link_new(world.engine, MONDAY + 2 * DAY)
    (section,) = look(world, MONDAY + WEEK).sections
    (moved,) = section.changed
    assert moved.offer.call.id == official().id


def test_another_record_leads_with_another_deadline_and_that_is_told(world: World) -> None:
    world.publish(relayed(deadlines=(on(50),)))
    world.match()
    link_new(world.engine, MONDAY)
    tell(world)
    world.publish(official(deadlines=(on(40),)), now=MONDAY + DAY)
    link_new(world.engine, MONDAY + DAY)
    digest = look(world, MONDAY + WEEK)
    (disputed,) = digest.sections[0].disputed
    (change,) = disputed.changes
    assert (change.cause, change.field) == (Cause.LINK, "deadlines")
    assert (change.old[0]["date"], change.new[0]["date"]) == ("2027-01-12", "2027-01-02")
    assert digest.sections[0].changed == ()
    text = render(digest, base_url="", contact="a@example.org").text
    assert "sources that disagree" in text.casefold()
    assert tell(world, MONDAY + WEEK) == ["Verbove – Nowa Dolina: 1 in dispute"]
    assert look(world, MONDAY + 2 * WEEK).empty
    world.publish(official(deadlines=(on(45),)), now=MONDAY + 8 * DAY)
    (section,) = look(world, MONDAY + 2 * WEEK).sections
    assert [one.changes[0].cause for one in section.changed] == [Cause.SOURCE]


def test_a_new_call_shows_both_deadlines_and_a_later_conflict_is_told_once(world: World) -> None:
    world.publish(official(), relayed(deadlines=(on(50),)))
    world.match()
    link_new(world.engine, MONDAY)
    text = render(look(world, MONDAY), base_url="", contact="a@example.org").text
    assert "but euroaccess says: Tuesday 12 January 2027" in text
    assert "Tuesday 5 January 2027" in text
    assert tell(world) == ["Verbove – Nowa Dolina: 1 new call"]
    assert look(world, MONDAY + WEEK).empty
    world.publish(relayed(deadlines=(on(55),)), now=MONDAY + DAY)
    (section,) = look(world, MONDAY + WEEK).sections
    (disputed,) = section.disputed
    assert [one.field for one in disputed.changes] == ["conflict"]
    assert tell(world, MONDAY + WEEK) == ["Verbove – Nowa Dolina: 1 in dispute"]
    assert look(world, MONDAY + 2 * WEEK).empty


def test_withdrawn_and_opened_again_is_told_to_those_who_knew_another_record(
    world: World,
) -> None:
    world.publish(relayed())
    world.match()
    link_new(world.engine, MONDAY)
    tell(world)
    world.publish(official(), now=MONDAY + DAY)
    link_new(world.engine, MONDAY + DAY)
    for gone, week in ((True, 1), (False, 2)):
        now = MONDAY + week * WEEK - DAY
        with world.engine.begin() as connection:
            row = find_row(connection, official().id)
            declare_withdrawn(connection, row, withdrawn=gone, cause=Cause.SOURCE, now=now)
        link_new(world.engine, now)
        (section,) = look(world, MONDAY + week * WEEK).sections
        assert [
            (change.field, change.new)
            for one in (section.withdrawn if gone else section.reopened)
            for change in one.changes
        ] == [("withdrawn", gone)]
        tell(world, MONDAY + week * WEEK)
    assert look(world, MONDAY + 3 * WEEK).empty


def test_feedback_follows_and_comes_back(world: World) -> None:
    world.publish(official(), relayed())
    with world.engine.begin() as connection:
        one, two = (find_row(connection, each.id) for each in (official(), relayed()))
        keep_mark(connection, Feedback(TOWNS.id, two.opportunity, Mark.USEFUL, MONDAY))
        linked.merge(connection, one.opportunity, two.opportunity, MONDAY)
        (mark,) = marks_of(connection, TOWNS.id)
        assert (mark.opportunity, mark.mark) == (one.opportunity, Mark.USEFUL)
        linked.split(connection, relayed().id, MONDAY + DAY)
        (mark,) = marks_of(connection, TOWNS.id)
        assert mark.opportunity == two.opportunity
        linked.merge(connection, one.opportunity, two.opportunity, MONDAY)
        keep_mark(connection, Feedback(TOWNS.id, one.opportunity, Mark.NOT_FOR_US, MONDAY + DAY))
        assert [each.mark for each in marks_of(connection, TOWNS.id)] == [Mark.NOT_FOR_US]
        assert take_back(connection, TOWNS.id, one.opportunity)
        assert marks_of(connection, TOWNS.id) == []


def test_a_split_gives_each_its_own_past(world: World) -> None:
    world.publish(official(), relayed())
    world.match()
    with world.engine.begin() as connection:
        linked.merge(connection, official().id, relayed().id, MONDAY)
    tell(world)
    with world.engine.begin() as connection:
        parted = linked.split(connection, official().id, MONDAY + DAY)
        assert parted.call.id == official().id
        causes = {one.cause for one in history(connection, relayed().id)}
        assert causes == {Cause.OFFICER}
    world.match(MONDAY + DAY)
    (section,) = look(world, MONDAY + WEEK).sections
    assert [one.call.id for one in section.new] == [relayed().id]
    assert link_new(world.engine, MONDAY + DAY).together == 0


def test_one_record_without_a_date_disputes_nothing(world: World) -> None:
    world.publish(official(), relayed(deadlines=(on(43, None, kind=DeadlineKind.SINGLE),)))
    world.match()
    link_new(world.engine, MONDAY)
    (section,) = look(world, MONDAY).sections
    assert [one.disputes for one in section.new if one.call.id == official().id] == [()]


def test_olena_is_not_marta(world: World) -> None:
    """What one recipient was told is told to the other all the same."""
    world.publish(official())
    world.match()
    tell(world)
    world.partnership(with_people(TOWNS, MARTA, OLENA))
    world.publish(relayed(), now=MONDAY + DAY)
    link_new(world.engine, MONDAY + DAY)
    assert tell(world, MONDAY + DAY) == ["Verbove – Nowa Dolina: 1 новий конкурс"]
