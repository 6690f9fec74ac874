"""Stories of digests, week by week, on both databases: what is told, and what never twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
import sqlalchemy as sa

from alerts.digest import build_digest
from alerts.nouns import Digest
from alerts.outbox import build_due
from classifier.outcomes import Note
from storage import calls
from storage.asking import find_row
from storage.domain import (
    About,
    Cause,
    Criterion,
    Effect,
    Eligibility,
    Frequency,
    Partnership,
    Recipient,
    Verdict,
)
from storage.letters import Posted, find_letters
from storage.matches import find_matches, replace_matches
from storage.opportunities import move
from storage.settings import Settings
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
    on,
    with_recipients,
)

SETTINGS = Settings(
    base_url="https://bridges.example.org", contact="office@bridges.example.org", mail="outbox"
)


@pytest.fixture
def world(engine: sa.Engine) -> Iterator[World]:
    return World(engine)


def run(world: World, now: datetime = MONDAY) -> list[str]:
    """One run of building what is due; returns the subjects of the letters it wrote."""
    built = build_due(world.engine, SETTINGS, now, known_sources=[PORTAL])
    return [subject for _, subject in built.written]


def look(
    world: World,
    now: datetime = MONDAY,
    recipient: Recipient = OLENA,
    *towns: Partnership,
    limit: int = 15,
) -> Digest:
    with world.engine.begin() as connection:
        return build_digest(
            connection, recipient, towns or (TOWNS,), now, limit=limit, known_sources=[PORTAL]
        )


def new(digest: Digest) -> list[str]:
    return [offer.call.reference for section in digest.sections for offer in section.new]


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
