"""Stories of digests, week by week, on both databases: what is told, and what never twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from storage import calls
from storage.domain import About, Cause, Criterion, Effect, Eligibility, Verdict
from tests.alerts.weeks import look, new, run
from tests.alerts.world import DAY, MONDAY, TOWNS, WEEK, World, call, many_calls, on


@pytest.fixture
def world(engine: sa.Engine) -> Iterator[World]:
    return World(engine)


def test_a_new_call_is_told_once(world: World) -> None:
    world.partnership()
    world.publish(call())
    world.match()
    assert run(world) == ["Verbove – Nowa Dolina: 1 новий конкурс"]
    assert run(world) == []
    assert new(look(world, MONDAY + WEEK)) == []


def test_the_second_run_at_once_sends_nothing_even_when_something_is_new(world: World) -> None:
    world.partnership()
    world.publish(call())
    world.match()
    run(world)
    world.publish(call("LATER", "Warm schools"))
    world.match()
    assert run(world) == []
    assert run(world, MONDAY + 6 * DAY) == []
    assert run(world, MONDAY + WEEK) == ["Verbove – Nowa Dolina: 1 новий конкурс"]


def test_a_call_matched_weeks_after_its_harvest_is_new(world: World) -> None:
    world.partnership()
    early, late = call("EARLY"), call("LATE", "Found useful much later")
    world.publish(early, late, now=MONDAY - 5 * WEEK)
    world.score(TOWNS, late, 10)
    world.match()
    run(world)
    world.score(TOWNS, late, 75)
    world.match(MONDAY + WEEK)
    assert new(look(world, MONDAY + WEEK)) == ["LATE"]


def test_the_first_letter_shows_the_best_fifteen_and_the_rest_is_not_lost(world: World) -> None:
    world.partnership()
    for place, one in enumerate(many_calls(20)):
        world.publish(one)
        world.score(TOWNS, one, 99 - place)
    world.match()
    first = look(world)
    assert new(first) == [f"CALL-{place:02}" for place in range(1, 16)]
    assert first.sections[0].more == 5
    run(world)
    second = look(world, MONDAY + WEEK)
    assert new(second) == [f"CALL-{place:02}" for place in range(16, 21)]
    assert second.sections[0].more == 0


def test_the_first_letter_puts_open_calls_before_forthcoming_ones(world: World) -> None:
    world.partnership()
    soon = call("SOON", "Opens in spring", opens_on="2027-02-01", deadlines=(on(150),))
    plain = call("NOW", "Open now")
    world.publish(soon, plain)
    world.score(TOWNS, soon, 95)
    world.score(TOWNS, plain, 60)
    world.match()
    assert new(look(world, limit=1)) == ["NOW"]
    assert new(look(world)) == ["NOW", "SOON"]


def test_a_call_that_closed_since_it_was_matched_is_not_told(world: World) -> None:
    world.partnership()
    world.publish(call("SHORT", deadlines=(on(1),)), call("LONG"))
    world.match()
    assert new(look(world, MONDAY + 3 * DAY)) == ["LONG"]


def test_a_moved_deadline_is_told_once_with_old_and_new(world: World) -> None:
    world.partnership()
    world.publish(call())
    world.match()
    run(world)
    world.publish(call(deadlines=(on(56),)), now=MONDAY + DAY)
    world.match(MONDAY + DAY)
    digest = look(world, MONDAY + WEEK)
    ((changed,), section) = digest.sections[0].changed, digest.sections[0]
    (change,) = changed.changes
    assert (change.field, change.cause) == ("deadlines", Cause.SOURCE)
    assert change.old[0]["date"] == "2027-01-05"
    assert change.new[0]["date"] == "2027-01-18"
    assert not section.new
    assert not section.corrected
    assert run(world, MONDAY + WEEK) == ["Verbove – Nowa Dolina: 1 зміна"]
    assert look(world, MONDAY + 2 * WEEK).empty


def test_several_moves_between_two_letters_are_one(world: World) -> None:
    world.partnership()
    world.publish(call())
    world.match()
    run(world)
    for day in (50, 56, 63):
        world.publish(call(deadlines=(on(day),)), now=MONDAY + DAY)
    digest = look(world, MONDAY + WEEK)
    ((change,),) = [one.changes for one in digest.sections[0].changed]
    assert change.old[0]["date"] == "2027-01-05"
    assert change.new[0]["date"] == "2027-01-25"


def test_what_moved_and_moved_back_is_not_told(world: World) -> None:
    world.partnership()
    world.publish(call())
    world.match()
    run(world)
    world.publish(call(deadlines=(on(50),)), now=MONDAY + DAY)
    world.publish(call(), now=MONDAY + 2 * DAY)
    assert look(world, MONDAY + WEEK).empty


def test_a_deadline_that_moves_back_a_week_later_is_told_again(world: World) -> None:
    world.partnership()
    world.publish(call())
    world.match()
    run(world)
    for week, day in ((1, 56), (2, 43), (3, 56)):
        now = MONDAY + week * WEEK
        world.publish(call(deadlines=(on(day),)), now=now)
        world.match(now)
        assert run(world, now) == ["Verbove – Nowa Dolina: 1 зміна"], week


def test_a_change_before_the_first_telling_is_no_news(world: World) -> None:
    world.partnership()
    world.publish(call(), now=MONDAY - 3 * WEEK)
    world.publish(call(deadlines=(on(56),)), now=MONDAY - 2 * WEEK)
    world.match()
    digest = look(world)
    assert new(digest) == ["WATER-1"]
    assert not digest.sections[0].changed


def test_a_better_reading_is_our_correction_and_never_news(world: World) -> None:
    world.partnership()
    world.publish(call())
    world.match()
    run(world)
    world.read_better(call(deadlines=(on(44),)), now=MONDAY + DAY)
    section = look(world, MONDAY + WEEK).sections[0]
    assert not section.changed
    (corrected,) = section.corrected
    assert [one.cause for one in corrected.changes] == [Cause.READER]
    assert run(world, MONDAY + WEEK) == ["Verbove – Nowa Dolina: 1 виправлення"]
    assert look(world, MONDAY + 2 * WEEK).empty


def test_an_officers_hand_is_our_correction_too(world: World) -> None:
    world.partnership()
    world.publish(call())
    world.match()
    run(world)
    world.publish(call(deadlines=(on(45),)), now=MONDAY + DAY, cause=Cause.OFFICER)
    (corrected,) = look(world, MONDAY + WEEK).sections[0].corrected
    assert [one.cause for one in corrected.changes] == [Cause.OFFICER]


def test_a_correction_and_a_move_stand_each_in_its_place(world: World) -> None:
    world.partnership()
    world.publish(call())
    world.match()
    run(world)
    world.read_better(call(deadlines=(on(44),)), now=MONDAY + DAY)
    world.publish(call(deadlines=(on(60),)), now=MONDAY + 2 * DAY)
    section = look(world, MONDAY + WEEK).sections[0]
    (ours,), (theirs,) = (one[0].changes for one in (section.corrected, section.changed))
    assert (ours.old[0]["date"], ours.new[0]["date"]) == ("2027-01-05", "2027-01-06")
    assert (theirs.old[0]["date"], theirs.new[0]["date"]) == ("2027-01-06", "2027-01-22")


def test_another_wording_of_the_description_is_no_news(world: World) -> None:
    world.partnership()
    world.publish(call(description="Pipes."))
    world.match()
    run(world)
    world.publish(call(description="Pipes and pumps."), now=MONDAY + DAY)
    assert look(world, MONDAY + WEEK).empty


def test_a_change_of_a_call_nobody_was_told_of_is_not_told(world: World) -> None:
    world.partnership()
    other = call("OTHER")
    world.publish(call(), other)
    world.score(TOWNS, other, 10)
    world.match()
    run(world)
    world.publish(replace(other, deadlines=(on(60),)), now=MONDAY + DAY)
    assert look(world, MONDAY + WEEK).empty


def test_a_withdrawn_call_is_told_and_so_is_its_return(world: World) -> None:
    world.partnership()
    gone = call("GONE")
    world.publish(gone)
    world.match()
    run(world)
    now = MONDAY + WEEK
    with world.engine.begin() as connection:
        for harvest in (1, 2):  # two harvests without it
            calls.absent(connection, "eu_portal", harvest=harvest, now=now)
    ((change,),) = [one.changes for one in look(world, now).sections[0].withdrawn]
    assert (change.field, change.new) == ("withdrawn", True)
    run(world, now)
    world.publish(gone, now=now + DAY)
    ((change,),) = [one.changes for one in look(world, now + WEEK).sections[0].reopened]
    assert (change.field, change.new) == ("withdrawn", False)


def test_a_change_of_conditions_says_what_it_means_for_these_towns(world: World) -> None:
    world.partnership()
    twinning = call("CERV-2027-CITIZENS-TOWN-TT")
    world.publish(twinning)
    world.match()
    run(world)
    closed = Criterion(About.COUNTRY, Effect.EXCLUDES, ("UA",), words="Not for Ukraine.")
    world.publish(replace(twinning, eligibility=Eligibility((closed,))), now=MONDAY + DAY)
    ((change,),) = [one.changes for one in look(world, MONDAY + WEEK).sections[0].changed]
    assert change.verdicts == (Verdict.ELIGIBLE, Verdict.NOT_ELIGIBLE)


def test_a_change_of_a_call_that_is_over_is_not_told_but_a_late_extension_is(world: World) -> None:
    world.partnership()
    world.publish(call(deadlines=(on(20),)))
    world.match()
    run(world)
    over = MONDAY + 4 * WEEK
    world.publish(call(deadlines=(on(20), on(19, sequence=2))), now=over)
    assert look(world, over).empty
    world.publish(call(deadlines=(on(60),)), now=over + DAY)
    section = look(world, over + WEEK).sections[0]
    assert (len(section.changed), len(section.reopened)) == (0, 1)


def test_what_closes_within_two_weeks_is_told_once(world: World) -> None:
    world.partnership()
    world.publish(call(deadlines=(on(30),)))
    world.match()
    run(world)
    assert look(world, MONDAY + 2 * WEEK).empty
    now = MONDAY + 3 * WEEK
    assert [one.call.reference for one in look(world, now).sections[0].closing] == ["WATER-1"]
    assert run(world, now) == ["Verbove – Nowa Dolina: 1 скоро завершується"]
    assert look(world, now + DAY).empty


def test_a_new_call_that_closes_soon_is_not_told_a_second_time_as_closing(world: World) -> None:
    world.partnership()
    world.publish(call(deadlines=(on(12),)))
    world.match()
    run(world)
    assert look(world, MONDAY + WEEK).empty


def test_urgent_things_come_before_new_ones_and_what_finds_no_room_waits(world: World) -> None:
    world.partnership()
    old = list(many_calls(3))
    world.publish(*old)
    world.match()
    run(world)
    world.publish(*(replace(one, deadlines=(on(50),)) for one in old), now=MONDAY + DAY)
    world.publish(call("FRESH-1"), call("FRESH-2"), now=MONDAY + DAY)
    world.match(MONDAY + DAY)
    tight = look(world, MONDAY + WEEK, limit=4)
    assert len(tight.sections[0].changed) == 3
    assert len(tight.sections[0].new) == 1
    assert tight.sections[0].more == 1
    tighter = look(world, MONDAY + WEEK, limit=2)
    assert (tighter.sections[0].more_urgent, tighter.sections[0].more) == (1, 2)
