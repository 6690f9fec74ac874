"""What a letter says of where was looked, and of what its silence means."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from alerts.digest import KIND
from alerts.receipt import Source
from storage import letters
from storage.domain import Outcome
from storage.letters import Fact, Letter
from storage.opportunities import opportunity_id
from tests.alerts.reading import letter, one_call, sound
from tests.alerts.world import DAY, MARTA, MONDAY, OLENA, TOWNS, WEEK, World, call


def test_nothing_new_is_a_short_honest_letter(world: World) -> None:
    one_call(world)
    with world.engine.begin() as connection:
        told = Fact(TOWNS.id, opportunity_id("eu_portal:WATER-1"), letters.NEW)
        for one in (OLENA, MARTA):
            written = Letter(KIND, one.email, "2026-11-23", "s", "t", "h")
            letters.write(connection, written, [told], message_id="<x@y>", now=MONDAY)
    world.harvest(MONDAY + WEEK)
    world.prove()
    made = letter(world, OLENA, now=MONDAY + WEEK)
    assert made.subject == "Verbove – Nowa Dolina: нічого нового"
    assert "Від часу останнього листа нічого нового для вас немає." in made.text
    assert "Перевірено джерел: 1 із 1." in made.text
    assert len(made.text.splitlines()) < 40
    english = letter(world, MARTA, now=MONDAY + WEEK)
    assert "There is nothing new for you since the last letter." in english.text
    assert "so that silence means silence" in english.text
    assert not sound(english.html).find("h3")


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (("eu_portal", "other"), "We looked at 1 of 2 sources. What the others published may be"),
        (("other",), "But no source counts as checked today, so this does not mean that nothing"),
    ],
)
def test_silence_promises_no_more_than_was_looked_at(
    world: World, known: tuple[str, ...], said: str
) -> None:
    one_call(world)
    world.harvest(source="eu_portal")
    world.prove()
    sources = tuple(Source(name, f"Publisher of {name}") for name in known)
    with world.engine.begin() as connection:
        told = Fact(TOWNS.id, opportunity_id("eu_portal:WATER-1"), letters.NEW)
        written = Letter(KIND, MARTA.email, "2026-11-16", "s", "t", "h")
        letters.write(connection, written, [told], message_id="<x@y>", now=MONDAY - WEEK)
    text = re.sub(r"\s+", " ", letter(world, MARTA, sources=sources).text)
    assert said in text
    assert "silence means silence" not in text


def test_the_receipt_tells_checked_unproven_stale_and_failing_sources_apart(world: World) -> None:
    one_call(world)
    low = call("LOW", "Digital skills of museum staff")
    world.publish(low)
    world.score(TOWNS, low, 48)
    world.match()
    world.harvest(source="good")
    world.prove("good")
    world.harvest(source="gaps", outcome=Outcome.DEGRADED, reason="3 pages could not be read")
    world.prove("gaps")
    world.harvest(source="unproven", items=31)
    world.harvest(MONDAY - 20 * DAY, source="stale")
    world.prove("stale")
    world.harvest(MONDAY - 3 * DAY, source="failing")
    for days in (2, 1):
        world.harvest(
            MONDAY - days * DAY, source="failing", outcome=Outcome.FAILED, complete=False,
            items=0, reason="the site answered <b>503</b> five times",
        )  # fmt: skip
    names = ("good", "gaps", "unproven", "stale", "failing", "never")
    sources = tuple(Source(name, f"Publisher of {name}") for name in names)
    english = letter(world, MARTA, sources=sources)
    sound(english.html)
    text = re.sub(r"\s+", " ", english.text)
    for said in (
        "! Could not be read, so news may be missing: Publisher of failing.",
        "Sources checked: 2 of 6.",
        "Publisher of good (good): checked 23 November 2026, 08:00, 412 calls read.",
        (
            "Publisher of gaps (gaps): read 23 November 2026, 08:00 with gaps, 412 calls read."
            " (3 pages could not be read)"
        ),
        (
            "Read, but not counted as checked, because nobody has compared yet what we read there"
            " with the site itself: Publisher of unproven (unproven) – 31 calls read."
        ),
        "Publisher of stale (stale): not read since 3 November 2026, 08:00.",
        (
            "Publisher of failing (failing): cannot be read since 21 November 2026, 07:56. Read"
            " last on 20 November 2026, 08:00; what it published since is missing here. (the site"
            " answered <b>503</b> five times)"
        ),
        "Not read yet: Publisher of never (never).",
        "2 calls compared, 1 reaches your line of 50 out of 100.",
        "Best below the line, with 48: Digital skills of museum staff",
    ):
        assert said in text, said
    ukrainian = re.sub(r"\s+", " ", letter(world, OLENA, sources=sources).text)
    for said in (
        "Перевірено джерел: 2 із 6.",
        "звірив прочитане із самим сайтом: Publisher of unproven (unproven) – прочитано 31",
        "не вдається прочитати з 21 листопада 2026 р., 08:56",
        "Ще не читали: Publisher of never (never).",
        "Найближчий із тих, що не досягли порога (48): Digital skills of museum staff",
    ):
        assert said in ukrainian, said


def test_who_wants_no_receipt_gets_none(world: World) -> None:
    one_call(world)
    made = letter(world, replace(OLENA, receipt=False))
    assert "Що ми перевірили" not in made.text + made.html
