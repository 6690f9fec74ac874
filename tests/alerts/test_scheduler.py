"""The scheduler when things go wrong: what fails stops nothing else, and is not done in a hurry."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from alerts import delivery, outbox
from alerts import scheduler as module
from alerts.conversation import Limits
from alerts.rounds import FRESH_TRIES, Rounds, Summary
from alerts.scheduler import Scheduler, unknown_sources
from alerts.steps import CHECK, LETTERS, MATCH, SEND, Report, Step, Tools, carry_out
from storage import harvests, work
from storage.database import open_database
from storage.domain import Frequency, Harvest, Outcome
from storage.letters import Letter, LetterState, find_letters, write
from storage.settings import Settings
from tests.alerts.world import MARTA, MONDAY, OLENA, PORTAL, TOWNS, World, call, with_recipients

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


class Shift:
    """A scheduler over an invented world: harvests are noted, steps are done in this process.

    ``broken`` sources and steps fail. Matching is the world's own.
    """

    def __init__(self, engine: sa.Engine, folder: Path) -> None:
        self.engine = engine
        self.world = World(engine)
        self.now = MONDAY
        self.broken: set[str] = set()
        self.visits: list[tuple[str, datetime]] = []
        self.settings = Settings(
            database_url="sqlite://",
            mail=str(folder / "outbox"),
            contact="office@bridges.example.org",
        )
        self.sources = ["eu_portal"]
        match = Step("match", self._is_match_due, self._match, None, heavy=True)
        self.steps: Sequence[Step] = (match, LETTERS, SEND, CHECK, SEND)

    def _is_match_due(self, tools: Tools, connection: sa.Connection) -> bool:
        return MATCH.is_due(tools, connection)

    def _match(self, tools: Tools) -> Report:
        if "match" in self.broken:
            raise RuntimeError("the encoder melts")
        self.world.match(self.now)
        with self.engine.begin() as connection:
            calls = work.calls_mark(connection)
            for name, own in work.partnership_marks(connection).items():
                mark = work.digest(f"{calls} {own} {tools.settings.model}")
                work.done(connection, f"match/{name}", self.now, mark=mark)
        return Report(did={"partnerships": len(self.world.towns)})

    async def harvest(self, source: str, now: datetime) -> Harvest:
        self.visits.append((source, now))
        bad = source in self.broken
        outcome = Outcome.FAILED if bad else Outcome.OK
        said = "answered 500" if bad else ""
        self.world.harvest(now, source, outcome=outcome, reason=said)
        with self.engine.connect() as connection:
            found = harvests.last(connection, source)
        assert found is not None
        return found

    async def step(self, step: Step, now: datetime) -> Report:  # noqa: ARG002
        tools = Tools(self.engine, self.settings, lambda: self.now, sources=[PORTAL])
        return await asyncio.to_thread(carry_out, step, tools)

    def rounds(self, *, once: bool = True) -> Rounds:
        return Rounds(
            self.engine,
            self.settings,
            lambda: self.now,
            self,
            self.sources,
            stop=asyncio.Event(),
            steps=self.steps,
            once=once,
        )

    def round(self, *, once: bool = True) -> Summary:
        async def go() -> Summary:
            return await self.rounds(once=once).round()

        return asyncio.run(go())

    def letters(self, kind: str = "digest") -> list[LetterState]:
        with self.engine.connect() as connection:
            return [one.state for one in find_letters(connection) if one.letter.kind == kind]


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[sa.Engine]:
    opened = open_database(f"{sqlite_url}?timeout=0.1")
    yield opened
    opened.dispose()


@pytest.fixture
def shift(engine: sa.Engine, tmp_path: Path) -> Shift:
    made = Shift(engine, tmp_path)
    made.world.partnership()
    made.world.publish(call())
    return made


def test_a_source_that_fails_stops_nothing_and_is_visited_less_and_less(shift: Shift) -> None:
    shift.sources = ["broken", "eu_portal"]
    shift.broken = {"broken"}
    summary = shift.round()
    assert not summary.ok
    assert shift.letters() == [LetterState.SENT]
    for wait in (10, 30, 60, 180, 360):
        for early, number in ((MINUTE, 0), (timedelta(), 1)):
            before = len(shift.visits)
            shift.now = shift.visits[-1][1] + timedelta(minutes=wait) - early
            shift.round()
            assert len(shift.visits) == before + number, wait
    assert len([source for source, _ in shift.visits if source == "eu_portal"]) == 1


def test_a_step_that_fails_stops_no_other_and_letters_wait_for_it_a_little(shift: Shift) -> None:
    shift.world.match()
    shift.broken = {"match"}
    first = shift.round(once=False)
    assert [name for name, report in first.reports if not report.ok] == ["match"]
    assert shift.letters() == []
    with shift.engine.begin() as connection:  # what is there already is sent all the same
        waiting = Letter("instant", MARTA.email, "waiting", "s", "t", "<p>h</p>")
        write(connection, waiting, (), message_id="<waiting@example.org>", now=shift.now)
    shift.round(once=False)
    assert shift.letters("instant") == [LetterState.SENT]
    while not shift.letters():
        shift.now += MINUTE
        shift.round(once=False)
    # 1, 5 and 15 minutes after each other it was tried again; then letters went as they could.
    assert timedelta(minutes=21) <= shift.now - MONDAY <= timedelta(minutes=60)
    with shift.engine.connect() as connection:
        known = work.all_work(connection)["match"]
    assert known.failures == FRESH_TRIES + 1
    assert "the encoder melts" in known.reason


def test_by_cron_letters_go_although_the_comparison_fails(shift: Shift) -> None:
    shift.world.match()
    shift.broken = {"match"}
    assert not shift.round().ok
    assert shift.letters() == [LetterState.SENT]


def test_one_recipient_s_letter_that_cannot_be_written_keeps_no_other_from_being(
    shift: Shift, monkeypatch: pytest.MonkeyPatch
) -> None:
    shift.world.partnership(with_recipients(TOWNS, OLENA, MARTA))
    real = outbox.letter_of

    def letter_of(digest: object, settings: Settings) -> Letter:
        if getattr(digest, "recipient").email == OLENA.email:  # noqa: B009
            raise KeyError("a variable of the template")
        made: Letter = real(digest, settings)
        return made

    monkeypatch.setattr("alerts.outbox.letter_of", letter_of)
    summary = shift.round()
    assert not summary.ok
    assert shift.letters() == [LetterState.SENT]
    monkeypatch.undo()
    shift.now += 2 * MINUTE
    assert shift.round().ok
    assert shift.letters() == [LetterState.SENT] * 2


def test_a_locked_database_is_told_and_nothing_is_lost(shift: Shift) -> None:
    with sqlite3.connect(str(shift.engine.url.database), isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        summary = shift.round()
        assert summary.database_gone
        assert not summary.ok
        assert "is locked by another program" in summary.errors[0]
        other.execute("ROLLBACK")
    shift.now += MINUTE
    assert shift.round().ok
    assert shift.letters() == [LetterState.SENT]


def test_once_waits_for_a_database_that_comes_back(
    shift: Shift, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sqlite3.connect(str(shift.engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waited: list[float] = []

    async def wait(stop: asyncio.Event, seconds: float) -> None:  # noqa: ARG001
        waited.append(seconds)
        if len(waited) == 2:
            other.execute("ROLLBACK")

    monkeypatch.setattr(module, "wait_or_stop", wait)

    async def go() -> Summary:
        return await Scheduler(shift.rounds(), asyncio.Event()).once()

    assert asyncio.run(go()).ok
    assert waited == [5.0, 15.0]
    other.close()
    assert shift.letters() == [LetterState.SENT]


def test_a_full_disk_in_the_middle_loses_nothing(
    shift: Shift, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "Limits", partial(Limits, stored=0.5))
    with shift.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def no_more(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    shift.engine.dispose()
    sa.event.listen(shift.engine, "connect", no_more)
    summary = shift.round()
    assert not summary.ok
    said = [*summary.errors, *(report.reason for _, report in summary.reports)]
    assert any("the disk is full" in one for one in said), said
    sa.event.remove(shift.engine, "connect", no_more)
    shift.engine.dispose()
    shift.now += 2 * MINUTE
    assert shift.round().ok
    assert shift.letters() == [LetterState.SENT]


def test_a_clock_that_cannot_be_is_not_worked_by(shift: Shift) -> None:
    shift.now = datetime(1970, 1, 1, 0, 3, tzinfo=UTC)
    summary = shift.round()
    assert not summary.ok
    assert "the clock says 1970-01-01" in summary.errors[0]
    assert shift.visits == []
    assert shift.letters() == []


def test_a_clock_far_ahead_for_a_while_blocks_nothing_afterwards(shift: Shift) -> None:
    assert shift.round().ok
    shift.now = MONDAY + 2000 * DAY
    shift.round()
    with shift.engine.begin() as connection:  # and a letter that could not leave then
        stuck = Letter("digest", MARTA.email, "stuck", "s", "t", "<p>h</p>")
        write(connection, stuck, (), message_id="<stuck@example.org>", now=shift.now)
    assert len(shift.visits) == 2
    shift.now = MONDAY + DAY
    shift.world.publish(call("NEW", "Warm schools"), now=shift.now)
    assert shift.round().ok
    assert len(shift.visits) == 3
    assert set(shift.letters()) == {LetterState.SENT}
    before = len(shift.letters())
    shift.now = MONDAY + 7 * DAY
    assert shift.round().ok
    assert len(shift.letters()) == before + 1
    shift.now += DAY
    shift.round()
    assert len(shift.letters()) == before + 1


def test_with_nothing_to_do_nothing_is_done(shift: Shift) -> None:
    assert shift.round().ok
    shift.now += MINUTE
    done = shift.round()
    assert done.ok
    assert (done.harvests, done.reports) == ([], [])


def test_an_instant_letter_comes_with_the_news_and_only_then(shift: Shift) -> None:
    shift.world.partnership(
        with_recipients(TOWNS, replace(OLENA, frequency=Frequency.INSTANT)), shift.now
    )
    shift.round()
    for _ in range(3):
        shift.now += 10 * MINUTE
        shift.round()
    assert len(shift.letters()) == 1
    shift.world.publish(call("NEW", "Warm schools"), now=shift.now)
    shift.now += MINUTE
    shift.round()
    assert len(shift.letters()) == 2


def test_two_harvests_at_once_and_no_more(shift: Shift) -> None:
    at_once, most = set[str](), 0
    harvest = shift.harvest

    async def slowly(source: str, now: datetime) -> Harvest:
        nonlocal most
        at_once.add(source)
        most = max(most, len(at_once))
        await asyncio.sleep(0.05)
        at_once.discard(source)
        return await harvest(source, now)

    shift.harvest = slowly  # type: ignore[method-assign]
    shift.sources = ["a", "b", "c", "d", "e"]
    assert len(shift.round().harvests) == 5
    assert most == 2


def test_two_schedulers_at_once_visit_once_and_write_each_letter_once(
    url: str, tmp_path: Path
) -> None:
    engine = open_database(url)
    made = Shift(engine, tmp_path)
    made.world.partnership(with_recipients(TOWNS, OLENA, MARTA))
    made.world.publish(call())

    async def both() -> list[Summary]:
        return await asyncio.gather(*(made.rounds().round() for _ in range(2)))

    for day in range(3):
        made.now = MONDAY + 7 * day * DAY
        asyncio.run(both())
        assert len(made.visits) == day + 1
        assert made.letters() == [LetterState.SENT] * 2 * (day + 1)
    engine.dispose()
    assert len(list((tmp_path / "outbox").glob("*.eml"))) == 6


def test_sources_in_the_settings_that_are_none_are_named() -> None:
    settings = Settings(harvest_every={"": DAY, "eu_portl": DAY, "eu_portal": DAY})
    assert unknown_sources(settings, ["eu_portal"]) == ["eu_portl"]
