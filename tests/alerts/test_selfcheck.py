"""What the operator is told of, once, and once more when it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.outbox import build_due, deliver
from alerts.receipt import Source
from alerts.selfcheck import Checked, check_ourselves
from storage import work
from storage.database import open_database
from storage.domain import Frequency, Outcome
from storage.letters import Letter, LetterState, Posted, find_letters, write
from storage.recipients import State, set_state
from storage.sending import claim, settle
from storage.settings import Settings
from tests.alerts.world import DAY, MONDAY, OLENA, PORTAL, TOWNS, WEEK, World, call, with_recipients

SETTINGS = Settings(
    contact="office@bridges.example.org", operator="night@bridges.example.org", mail="outbox"
)
OTHER = Source("agency", "An Agency")


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    engine = open_database(sqlite_url)
    made = World(engine)
    made.partnership()
    made.publish(call())
    made.harvest()
    made.match()
    with engine.begin() as connection:
        work.done(connection, f"match/{TOWNS.id}", MONDAY, mark="m")
    yield made
    engine.dispose()


def check(world: World, after: timedelta, settings: Settings = SETTINGS) -> Checked:
    return check_ourselves(world.engine, settings, MONDAY + after, known_sources=[PORTAL, OTHER])


def told(world: World) -> list[Posted]:
    with world.engine.connect() as connection:
        return [one for one in find_letters(connection) if one.letter.kind == "operator"]


def send_all(world: World, tmp: str, after: timedelta) -> None:
    build_due(world.engine, SETTINGS, MONDAY + after, known_sources=[PORTAL])
    deliver(world.engine, SETTINGS.model_copy(update={"mail": tmp}), MONDAY + after)


def test_all_is_well(world: World, tmp_path: object) -> None:
    send_all(world, str(tmp_path), timedelta())
    assert check(world, DAY) == Checked(0, 0, 0)
    assert told(world) == []


def test_a_digest_that_was_not_written_is_told_once_and_when_it_was(
    world: World, tmp_path: object
) -> None:
    send_all(world, str(tmp_path), timedelta())
    assert check(world, WEEK) == Checked(0, 0, 0)  # due for some hours: it may still come
    assert check(world, WEEK + DAY) == Checked(1, 0, 1)
    assert check(world, WEEK + 2 * DAY) == Checked(0, 0, 1)
    send_all(world, str(tmp_path), WEEK + 2 * DAY)
    assert check(world, WEEK + 3 * DAY) == Checked(0, 1, 0)
    assert check(world, WEEK + 4 * DAY) == Checked(0, 0, 0)
    first, second = told(world)
    assert first.letter.address == "night@bridges.example.org"
    assert first.letter.subject == "Bridges of Trust: 1 to look at"
    assert "The weekly digest to olena@verbove.example.org (Verbove – Nowa Dolina) was due" in (
        first.letter.text
    )
    assert second.letter.subject == "Bridges of Trust: 1 mended"


def test_a_first_digest_has_a_day_from_when_its_reader_is_known(world: World) -> None:
    assert check(world, 9 * DAY) == Checked(0, 0, 0)
    assert check(world, 9 * DAY + timedelta(hours=23)) == Checked(0, 0, 0)
    assert check(world, 10 * DAY) == Checked(1, 0, 1)


def test_who_gets_letters_only_with_news_misses_none_without(
    world: World, tmp_path: object
) -> None:
    quiet = replace(OLENA, receipt=False, frequency=Frequency.DAILY)
    world.partnership(with_recipients(TOWNS, quiet))
    send_all(world, str(tmp_path), timedelta())
    assert check(world, WEEK) == Checked(0, 0, 0)
    world.publish(call("NEW", "Warm schools"), now=MONDAY + WEEK)
    world.match(MONDAY + WEEK)
    assert check(world, WEEK + DAY) == Checked(0, 0, 0)
    assert check(world, WEEK + 3 * DAY) == Checked(1, 0, 1)


def test_who_has_left_is_missed_by_nobody(world: World, tmp_path: object) -> None:
    send_all(world, str(tmp_path), timedelta())
    with world.engine.begin() as connection:
        set_state(connection, OLENA.email, State.UNSUBSCRIBED, MONDAY + DAY)
    assert check(world, 2 * WEEK) == Checked(0, 0, 0)


def test_a_letter_that_nobody_takes_is_told_and_that_it_is_given_up(world: World) -> None:
    letter = Letter("digest", OLENA.email, "2026-11-23", "s", "t", "<p>h</p>")
    with world.engine.begin() as connection:
        write(connection, letter, (), message_id="<a@b.example>", now=MONDAY)
        posted = claim(connection, MONDAY)
        assert posted is not None
        settle(
            connection,
            posted,
            LetterState.RETRY,
            MONDAY,
            reason="the server said: 451 later\nplease",
            due=MONDAY + timedelta(hours=1),
        )
    assert check(world, timedelta(hours=20)) == Checked(0, 0, 0)
    assert check(world, DAY) == Checked(1, 0, 1)
    assert "is retry: the server said: 451 later please" in told(world)[0].letter.text
    with world.engine.begin() as connection:
        posted = claim(connection, MONDAY + DAY)
        assert posted is not None
        settle(connection, posted, LetterState.FAILED, MONDAY + DAY, reason="550 no such user")
    assert check(world, 2 * DAY) == Checked(1, 0, 1)  # another finding, and no good news
    assert "is failed: 550 no such user" in told(world)[1].letter.text
    assert check(world, 40 * DAY).mended == 0


def test_a_source_is_told_when_it_fails_for_longer_than_its_cadence_allows(world: World) -> None:
    for hours in (30, 40, 50, 80):
        world.harvest(
            MONDAY + timedelta(hours=hours), outcome=Outcome.FAILED, reason="answered 500"
        )
        world.match(MONDAY + timedelta(hours=hours))
        found = check_ourselves(
            world.engine,
            SETTINGS,
            MONDAY + timedelta(hours=hours + 1),
            known_sources=[Source("eu_portal", "x")],
        )
        source = [one for one in told(world) if "eu_portal" in one.letter.text]
        assert bool(source) is (hours == 80), found
    assert "was not read since 2026-11-24 12:56 UTC: answered 500" in source[0].letter.text
    weekly = SETTINGS.model_copy(update={"harvest_every": {"": timedelta(days=7)}})
    assert check(world, timedelta(hours=82), weekly).mended == 1


def test_a_step_that_fails_for_a_day_is_told(world: World) -> None:
    with world.engine.begin() as connection:
        for minutes in range(7):
            work.begin(connection, "match", MONDAY + timedelta(minutes=minutes))
        work.failed(connection, "match", "the encoder cannot be loaded")
    check(world, timedelta(hours=1))
    (letter,) = told(world)
    assert "The step match failed 7 times in a row: the encoder cannot be loaded" in (
        letter.letter.text
    )
    with world.engine.begin() as connection:
        work.done(connection, "match", MONDAY + timedelta(hours=2))
    assert check(world, timedelta(hours=3)).mended == 1


def test_what_hostile_words_say_stays_words(world: World) -> None:
    with world.engine.begin() as connection:
        for _ in range(7):
            work.begin(connection, "send", MONDAY)
        work.failed(connection, "send", "<script>alert(1)</script>\r\nBcc: x@y.example")
    check(world, timedelta(hours=1))
    (letter,) = told(world)
    assert "<script>" not in letter.letter.html
    assert "\nBcc" not in letter.letter.text


def test_without_anybody_to_tell_it_is_logged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    nobody = Settings(mail="outbox")
    assert check(world, DAY, nobody).open == 0
    assert check(world, 2 * DAY, nobody).open == 1
    assert told(world) == []
    assert "nobody is named in BRIDGES_OPERATOR" in caplog.text
