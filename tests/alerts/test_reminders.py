"""Stories of what a letter tells besides news: reminders, near misses, what came and went."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from alerts.digest import build_digest, build_reminder
from alerts.letter import render
from alerts.nouns import REMINDER, Digest, Section
from alerts.outbox import build_due
from alerts.receipt import Source
from storage import calls
from storage.domain import (
    About,
    Criterion,
    Effect,
    Eligibility,
    Frequency,
    Outcome,
    Recipient,
)
from storage.feedback import Feedback, Mark, keep_mark
from storage.letters import find_letters
from storage.opportunities import opportunity_id
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
    on,
    with_recipients,
)

SETTINGS = Settings(
    base_url="https://bridges.example.org", contact="office@bridges.example.org", mail="outbox"
)
MONTHLY = replace(OLENA, frequency=Frequency.MONTHLY)


def run(world: World, now: datetime) -> list[str]:
    return [subject for _, subject in build_due(world.engine, SETTINGS, now,
                                                known_sources=[PORTAL]).written]  # fmt: skip


def look(world: World, now: datetime = MONDAY, recipient: Recipient = OLENA) -> Digest:
    with world.engine.begin() as connection:
        return build_digest(connection, recipient, (TOWNS,), now, known_sources=[PORTAL])


def section(world: World, now: datetime = MONDAY, recipient: Recipient = OLENA) -> Section:
    return look(world, now, recipient).sections[0]


def mark(world: World, reference: str = "WATER-1", what: Mark = Mark.USEFUL) -> None:
    given = Feedback(TOWNS.id, opportunity_id(f"eu_portal:{reference}"), what, MONDAY)
    with world.engine.begin() as connection:
        keep_mark(connection, given)


def told_and_marked(world: World, days: int, recipient: Recipient = MONTHLY) -> None:
    """A call that closes in so many days was told on Monday, then marked as useful."""
    world.partnership(with_recipients(TOWNS, recipient))
    world.publish(call(deadlines=(on(days),)))
    world.match()
    run(world, MONDAY)
    mark(world)


def test_a_marked_call_is_reminded_of_30_14_and_3_days_before(world: World) -> None:
    told_and_marked(world, 60, replace(OLENA, frequency=Frequency.MONTHLY, receipt=False))
    sent = {day: run(world, MONDAY + day * DAY) for day in range(1, 62)}
    assert {day: said for day, said in sent.items() if said} == {
        day: ["Verbove – Nowa Dolina: 1 скоро завершується"] for day in (30, 46, 57)
    }
    with world.engine.begin() as connection:
        kinds = [posted.letter.kind for posted in find_letters(connection)]
    # The 30 days are over on 23 December, when a digest is due: there it is one and the same.
    assert kinds == ["digest", "digest", REMINDER, REMINDER]


def test_a_missed_stage_is_not_made_up(world: World) -> None:
    told_and_marked(world, 60)
    assert len(run(world, MONDAY + 58 * DAY)) == 1  # two months of power cuts: a digest was due
    assert run(world, MONDAY + 59 * DAY) == []


def test_a_reminder_says_what_it_is_and_holds_nothing_else(world: World) -> None:
    told_and_marked(world, 40)
    world.publish(call("NEWS"), now=MONDAY + DAY)
    world.match(MONDAY + DAY)
    now = MONDAY + 12 * DAY
    with world.engine.begin() as connection:
        made = build_reminder(connection, MARTA, (TOWNS,), now)
    assert made is not None
    rendered = render(made, base_url="", contact="office@bridges.example.org")
    assert rendered.subject == "Verbove – Nowa Dolina: 1 closing soon"
    assert "You marked these calls as useful; their time is running out." in rendered.text
    assert "What we looked at".upper() not in rendered.text
    assert "NEWS" not in rendered.text
    assert rendered.calendar.count("BEGIN:VEVENT") == 1


def test_nobody_is_reminded_of_what_a_letter_has_just_told(world: World) -> None:
    world.partnership(with_recipients(TOWNS, MONTHLY))
    world.publish(call(deadlines=(on(20),)))
    world.match()
    run(world, MONDAY)  # new, with 20 days left
    mark(world)
    assert run(world, MONDAY + DAY) == []
    assert len(run(world, MONDAY + 7 * DAY)) == 1  # 13 days left


def test_a_moved_deadline_has_its_own_reminders(world: World) -> None:
    told_and_marked(world, 40)
    assert len(run(world, MONDAY + 12 * DAY)) == 1
    world.publish(call(deadlines=(on(80),)), now=MONDAY + 13 * DAY)
    assert run(world, MONDAY + 14 * DAY) == []
    assert run(world, MONDAY + 31 * DAY) == ["Verbove – Nowa Dolina: 1 зміна"]
    assert len(run(world, MONDAY + 51 * DAY)) == 1


@pytest.mark.parametrize("what", [Mark.NOT_FOR_US, Mark.KNOWN])
def test_who_did_not_ask_is_not_reminded(world: World, what: Mark) -> None:
    told_and_marked(world, 40)
    mark(world, what=what)
    assert run(world, MONDAY + 12 * DAY) == []
    assert len(section(world, MONDAY + 4 * WEEK).closing) == (what is Mark.KNOWN)


def test_what_they_do_not_want_is_not_told_as_new(world: World) -> None:
    world.partnership()
    world.publish(call())
    world.match()
    mark(world, what=Mark.NOT_FOR_US)
    assert look(world).empty


def test_a_withdrawn_call_is_not_reminded_of(world: World) -> None:
    told_and_marked(world, 40)
    withdraw(world, MONDAY + DAY)
    assert run(world, MONDAY + 12 * DAY) == []


def withdraw(world: World, now: datetime) -> None:
    with world.engine.begin() as connection:
        for harvest in (1, 2):
            calls.absent(connection, "eu_portal", harvest=harvest, now=now)


def test_a_call_that_opens_again_is_told_to_who_knew_it_even_if_it_no_longer_matches(
    world: World,
) -> None:
    world.partnership()
    world.publish(call(deadlines=(on(20),)))
    world.match()
    run(world, MONDAY)
    world.publish(call(deadlines=(on(90),)), now=MONDAY + 4 * WEEK)
    world.score(TOWNS, call(), 10)
    world.match(MONDAY + 4 * WEEK)
    (again,) = section(world, MONDAY + 4 * WEEK).reopened
    assert again.offer.match is None
    assert section(world, MONDAY + 4 * WEEK, MARTA).empty  # who was never told of it


@pytest.mark.parametrize(
    "said",
    [
        {"title": "CANCELLED: Water for small towns"},
        {"title": "Water for small towns (annulé)"},
        {"title": "[Скасовано] Water for small towns"},
        {"summary": "This call has been cancelled by the funder."},
        {"description": "Informujemy, że nabór został odwołany."},
    ],
)
def test_a_cancelled_call_is_told_as_that_and_never_as_new(
    world: World, said: dict[str, str]
) -> None:
    world.partnership()
    world.publish(call())
    world.match()
    run(world, MONDAY)
    world.publish(call(**said), now=MONDAY + DAY)
    world.match(MONDAY + DAY)
    (told,) = section(world, MONDAY + WEEK).cancelled
    assert [one.field for one in told.changes] == ["cancelled"]
    assert look(world, MONDAY + WEEK, MARTA).empty
    assert run(world, MONDAY + WEEK) == ["Verbove – Nowa Dolina: 1 скасовано"]
    assert look(world, MONDAY + 2 * WEEK).empty
    world.publish(call(), now=MONDAY + 15 * DAY)
    assert len(section(world, MONDAY + 3 * WEEK).reopened) == 1


@pytest.mark.parametrize(
    "title",
    [
        "Cancelled debts of hospitals",
        "Support for events cancelled in 2026",
        "Water, cancelled out",
    ],
)
def test_a_title_that_only_speaks_of_cancelling_is_no_cancelled_call(
    world: World, title: str
) -> None:
    world.partnership()
    world.publish(call(title=title))
    world.match()
    assert len(section(world).new) == 1


def test_what_lacks_a_partner_stands_apart_from_what_fits(world: World) -> None:
    world.partnership()
    third = Criterion(About.CONSORTIUM, Effect.REQUIRES, min_partners=3, min_countries=3)
    share = Criterion(About.COFINANCING, Effect.REQUIRES, rate=0.2, share_of="own", words="20 %")
    plan = Criterion(About.GENDER, Effect.REQUIRES, words="A gender equality plan.")
    world.publish(
        call("CERV-2027-CITIZENS-TOWN-TT", "Meetings", eligibility=Eligibility((share, plan))),
        call("CERV-2027-CITIZENS-TOWN-TT-2", "Networks", eligibility=Eligibility((third, share))),
    )
    world.match()
    found = section(world, recipient=MARTA)
    assert [one.call.title for one in found.new] == ["Meetings"]
    assert [one.call.title for one in found.near] == ["Networks"]
    made = render(look(world, recipient=MARTA), base_url="", contact="office@bridges.example.org")
    assert made.subject.endswith("1 new call, 1 that nearly fits")
    assert "You may apply together, on the conditions named below." in made.text
    assert made.text.count("Own share: 20 % of the costs") == 2
    assert "Equality of women and men: a gender equality plan" in made.text
    assert "Still missing: one partner from another country" in made.text
    polish = render(
        look(world, recipient=replace(MARTA, language="pl")), base_url="", contact="a@example.org"
    )
    assert "Wkład własny: 20% kosztów" in polish.text
    assert "Brakuje: jeden partner z innego kraju" in polish.text


def receipts(world: World, now: datetime) -> str:
    with world.engine.begin() as connection:
        sources = [Source("eu_portal", "Commission"), Source("nefco", "Nefco")]
        digest = build_digest(connection, MARTA, (TOWNS,), now, known_sources=sources)
    text = render(digest, base_url="", contact="office@bridges.example.org").text
    return " ".join(text.split())


def test_a_source_that_fails_is_told_in_full_once_and_again_when_it_is_mended(world: World) -> None:
    world.partnership(with_recipients(TOWNS, MARTA))
    world.publish(call())
    world.match()
    for name in ("eu_portal", "nefco"):
        world.harvest(source=name)
        world.prove(name)
    run(world, MONDAY)

    def fails(now: datetime) -> None:
        world.harvest(now, source="nefco", outcome=Outcome.FAILED, complete=False, items=0,
                      reason="the site answered 503")  # fmt: skip

    for week in (1, 2, 3):
        now = MONDAY + week * WEEK
        world.harvest(now, source="eu_portal")
        if week < 3:
            fails(now - DAY)
            fails(now)
        else:
            world.harvest(now, source="nefco")
        said = receipts(world, now)
        full = "Nefco (nefco): cannot be read since 29 November 2026, 07:56. Read last on"
        assert (full in said) is (week == 1)
        assert ("the site answered 503" in said) is (week == 1)
        assert ("! Could not be read, so news may be missing: Nefco." in said) is (week == 1)
        still = "Nefco (nefco): still cannot be read, since 29 November 2026, 07:56."
        assert (still in said) is (week == 2)
        assert ("! Can be read again: Nefco." in said) is (week == 3)
        mended = "can be read again; before, it could not since 29 November 2026, 07:56."
        assert (mended in said) is (week == 3)
        run(world, now)
    after = MONDAY + 4 * WEEK
    for name in ("eu_portal", "nefco"):
        world.harvest(after, source=name)
    assert "again" not in receipts(world, after)
    assert "Sources checked: 2 of 2." in receipts(world, after)


def test_gaps_are_explained_once_and_their_end_is_told(world: World) -> None:
    world.partnership(with_recipients(TOWNS, MARTA))
    world.publish(call())
    world.match()
    world.prove("nefco")
    world.harvest(source="nefco")
    run(world, MONDAY)
    for week, outcome in enumerate((Outcome.DEGRADED, Outcome.DEGRADED, Outcome.OK), start=1):
        now = MONDAY + week * WEEK
        reason = "" if outcome is Outcome.OK else "3 pages could not be read"
        world.harvest(now, source="nefco", outcome=outcome, reason=reason)
        said = receipts(world, now)
        assert ("with gaps, 412 calls read." in said) is (week < 3)
        assert ("3 pages could not be read" in said) is (week == 1)
        assert ("Nefco (nefco): read without gaps again." in said) is (week == 3)
        run(world, now)
