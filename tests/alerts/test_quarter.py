"""A season of ``bridges run --once``: cuts of power, summer time, weeks off, a source down."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.parser import BytesHeaderParser
from pathlib import Path

import pytest
import sqlalchemy as sa

from classifier.loading import load_rules
from storage import partnerships, recipients, schema
from storage.database import open_database
from storage.domain import Frequency, Partner, Partnership, Recipient
from storage.letters import LetterState, find_letters
from storage.recipients import State, address_key, set_state
from tests.alerts.quarter import Published, Season, season
from tests.alerts.quarter_model import (
    Reader,
    check_turns,
    is_open,
    known_since,
    told_by,
)
from tests.classifier.fakes import Fakes
from tests.empty import empty_database

BEGINS = datetime(2027, 1, 25, 8, tzinfo=UTC)
DAYS = 96
WATER = (
    "The call supports the treatment of drinking water in small towns. Pumps and pipes of the water"
    " network are renewed. Engineers of the water utilities of two countries learn from each other"
    " how leaks are found and water is saved."
)
FILMS = (
    "The call supports cinemas that show films of other countries. Distributors and festivals may"
    " apply for the costs of subtitles and of travelling guests. Young audiences are welcome, and"
    " so are documentary works."
)
PARTNERS = (Partner("Stepove", "UA", region="UA-59"), Partner("Brzoza", "PL", region="PL814"))
OFF = (BEGINS + timedelta(days=14), BEGINS + timedelta(days=25))
DOWN = (BEGINS + timedelta(days=45, hours=3), BEGINS + timedelta(days=55, hours=3))
CLOCKS_CHANGE = ("2027-03-14", "2027-03-28", "2027-04-03", "2027-04-04")  # New York, Kyiv, Sydney


def say(what: object) -> None:
    """The counts, for whoever runs this with ``-s``."""
    print(what)  # noqa: T201


def reader(name: str, frequency: str, zone: str, *topics: str, **said: object) -> Reader:
    receipt, days = bool(said.get("receipt", True)), said.get("after", 0)
    assert isinstance(days, int)
    address = f"{name}@towns.example.org"
    one = Recipient(address, "en", zone, Frequency(frequency), receipt, consent="by letter")
    return Reader(one, topics, BEGINS + timedelta(days=days))


def readers() -> list[Reader]:
    return [
        reader("daily-kyiv", "daily", "Europe/Kyiv", "water"),
        reader("daily-sydney", "daily", "Australia/Sydney", "water"),
        reader("weekly-both", "weekly", "Europe/Warsaw", "water", "films"),
        reader("weekly-quiet", "weekly", "Europe/Kyiv", "films", receipt=False),
        reader("weekly-leaves", "weekly", "Europe/Kyiv", "films"),
        reader("monthly-last-day", "monthly", "Europe/Kyiv", "water", after=6),
        reader("monthly-ny", "monthly", "America/New_York", "films"),
        reader("instant", "instant", "Europe/Kyiv", "water"),
    ]


def published(chance: random.Random) -> list[Published]:
    """Calls that come and go, some with a deadline that moves, forward or back."""
    made = []
    for number in range(64):
        topic, text = ("Drinking water", WATER) if number % 3 else ("Films", FILMS)
        since = BEGINS - timedelta(days=5) + timedelta(hours=37 * number + chance.randrange(30))
        closes = since + timedelta(days=chance.choice((4, 12, 20, 30, 45)))
        one = Published(f"C{number:02}", f"{topic} {number:02}", text, f"{closes:%Y-%m-%d}", since)
        if chance.random() < 0.35 and (length := (closes - since).days) > 10:
            moved = since + timedelta(days=length // 2)
            later = closes + timedelta(days=chance.choice((-3, 8, 15)))
            one.moved.append((moved, f"{later:%Y-%m-%d}"))
        made.append(one)
    return made


def moments(chance: random.Random) -> Iterator[datetime]:
    """When somebody or something starts the program: at odd hours, not every day, not for weeks."""
    for number in range(DAYS):
        day = (BEGINS + timedelta(days=number)).replace(hour=0)
        if OFF[0] <= day < OFF[1] or (chance.random() < 0.1 and number > 6):
            continue
        minutes = sorted(chance.sample(range(5 * 60, 24 * 60), chance.choice((1, 1, 2, 3))))
        if f"{day:%Y-%m-%d}" in CLOCKS_CHANGE:
            minutes = sorted({*minutes, *range(15, 24 * 60, 190)})
        yield from (day + timedelta(minutes=minute) for minute in minutes)


@pytest.fixture(scope="module")
def lived(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Season, list[Reader]]]:
    """The season, lived through once for all tests of it."""
    folder = tmp_path_factory.mktemp("season")
    url = f"sqlite:///{empty_database(folder / 'bridges.db')}"
    engine = open_database(url)
    means = Fakes().means(load_rules())
    told = season(engine, url, folder / "outbox", means, BEGINS, 20270125)
    told.published = published(told.chance)
    told.down = DOWN
    people = readers()
    with told.serving():
        _live(told, people)
    for one in people:
        with engine.connect() as connection:
            query = sa.select(schema.letters.c.created).where(
                schema.letters.c.recipient == address_key(one.recipient.email),
                schema.letters.c.kind == "digest",
            )
            one.letters = sorted(connection.scalars(query))
    yield told, people
    engine.dispose()


def _live(told: Season, people: list[Reader]) -> None:
    leaves = next(one for one in people if "leaves" in one.recipient.email)
    here: list[Reader] = []
    for moment in moments(told.chance):
        told.now = moment
        if come := [one for one in people if one.since.date() <= moment.date() and one not in here]:
            here += come
            for one in come:
                one.since = moment
            _write_down(told.engine, here, moment)
        if leaves.until is None and moment > BEGINS + timedelta(days=40):
            leaves.until = moment
            with told.engine.begin() as connection:
                set_state(connection, leaves.recipient.email, State.UNSUBSCRIBED, moment)
        fate = told.chance.random()
        cut = told.chance.randrange(5, 500) if fate < 0.2 else None
        if not told.run(cut_after=cut, twice=fate > 0.85):
            told.now = moment + timedelta(minutes=told.chance.randrange(3, 200))
            if told.chance.random() < 0.6:
                told.run()


def _write_down(engine: sa.Engine, here: list[Reader], now: datetime) -> None:
    with engine.begin() as connection:
        for topic, interest in (
            ("water", "Treatment of drinking water, pumps and pipes of the water network."),
            ("films", "Cinemas that show films of other countries, festivals and subtitles."),
        ):
            towns = Partnership(topic, f"Towns of {topic}", PARTNERS, interests={"en": interest})
            partnerships.keep_partnership(connection, towns, now)
            given = [one.recipient for one in here if topic in one.topics]
            recipients.replace(connection, topic, given, now)


def facts(told: Season, one: Reader) -> list[sa.Row[tuple[str, str, datetime, int]]]:
    """What somebody was told: of which call, what, when, by which letter."""
    query = (
        sa.select(
            schema.calls.c.reference, schema.told.c.fact, schema.told.c.at, schema.told.c.letter
        )
        .join(schema.calls, schema.calls.c.opportunity == schema.told.c.opportunity)
        .where(schema.told.c.recipient == address_key(one.recipient.email))
    )
    with told.engine.connect() as connection:
        return list(connection.execute(query))


def whole(told: Season) -> list[datetime]:
    return [moment for moment, ended in told.rounds if ended]


def test_the_season_was_rough(lived: tuple[Season, list[Reader]]) -> None:
    told, _ = lived
    assert told.cuts > 10
    assert told.half_harvests > 1
    assert len(told.rounds) > 150


def test_every_turn_has_one_letter(lived: tuple[Season, list[Reader]]) -> None:
    told, people = lived
    every = [moment for moment, _ in told.rounds]
    say(f"rounds {len(every)}, cut {told.cuts}, harvests cut {told.half_harvests}")
    for one in people:
        if one.recipient.frequency is not Frequency.INSTANT:
            check_turns(one, whole(told), every)
        say(f"{one.recipient.email}: {len(one.letters)} letters")


def test_what_was_written_was_handed_over_once(lived: tuple[Season, list[Reader]]) -> None:
    told, people = lived
    with told.engine.connect() as connection:
        every = find_letters(connection)
    files = list(Path(told.settings.mail).glob("*.eml"))
    mails = [BytesHeaderParser().parsebytes(path.read_bytes()) for path in files]
    assert {one.state for one in every} == {LetterState.SENT}
    assert Counter(str(one["Message-ID"]) for one in mails) == Counter(
        one.message_id for one in every
    )
    assert len({one.message_id for one in every}) == len(every)
    known = {one.recipient.email for one in people} | {told.settings.operator}
    assert {str(one["To"]) for one in mails} == known
    say(Counter(one.letter.kind for one in every))


def test_every_open_call_is_told_in_time_and_no_closed_one(
    lived: tuple[Season, list[Reader]],
) -> None:
    told, people = lived
    counted = Counter[str]()
    with told.engine.connect() as connection:
        texts = {one.id: one.letter.text for one in find_letters(connection)}
    for one in people:
        new = {row.reference: row for row in facts(told, one) if row.fact == "new"}
        for call in told.published:
            where = f"{one.recipient.email}: {call.title} (since {call.since})"
            row = new.get(call.reference)
            suits = any(topic in call.title.casefold() for topic in one.topics)
            known = known_since(call, call.since, told.read)
            by = told_by(one, max(known, one.since), whole(told)) if known and suits else None
            if by is not None and is_open(call, by):
                assert row is not None, f"{where} was not told, known {known}, by {by}"
                assert row.at <= by, where
            if row is not None:
                assert suits, where
                assert is_open(call, row.at), f"{where} was over when it was told as new"
                assert call.title in texts[row.letter], where
            counted["told" if row else "over before a letter" if suits else "not theirs"] += 1
    say(dict(counted))
    assert counted["told"] > 100


def test_every_moved_deadline_is_told_once_to_those_who_knew(
    lived: tuple[Season, list[Reader]],
) -> None:
    told, people = lived
    counted = Counter[str]()
    for one in people:
        rows = facts(told, one)
        for call in told.published:
            if not call.moved:
                continue
            ((moved, day),) = call.moved
            mine = [row for row in rows if row.reference == call.reference]
            news = [row for row in mine if row.fact.startswith("source:deadlines")]
            first = next((row for row in mine if row.fact == "new"), None)
            known = known_since(call, moved, told.read)
            where = f"{one.recipient.email}: {call.title} to {day} at {moved}, known {known}"
            assert len(news) <= 1, where
            if first is None or known is None or first.at >= known:
                assert not news, where
                continue
            by = told_by(one, known, whole(told))
            if by is not None and is_open(call, by):
                assert news, where
                assert first.at < news[0].at <= by, where
                counted["told"] += 1
    say(dict(counted))
    assert counted["told"] > 10


def test_the_operator_hears_of_the_source_that_is_down_and_of_nothing_else(
    lived: tuple[Season, list[Reader]],
) -> None:
    told, _ = lived
    with told.engine.connect() as connection:
        letters = [one for one in find_letters(connection) if one.letter.kind == "operator"]
    begins, ends = (one.letter.text for one in letters)
    assert "The source bulletin was not read since" in begins
    assert "Mended" in ends
    first, second = (one.created for one in letters)
    assert DOWN[0] < first < DOWN[0] + timedelta(days=5)
    assert DOWN[1] < second < DOWN[1] + timedelta(days=3)
