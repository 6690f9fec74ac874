"""What monitoring is told, over real HTTP, by the server that ``bridges run`` has in it."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from desk.web.monitor import monitored
from storage import findings, work
from storage.database import open_database
from storage.domain import Outcome
from storage.findings import Finding
from storage.letters import Letter, LetterState, write
from storage.sending import claim, settle
from tests.alerts.mailbox import free_port
from tests.alerts.world import DAY, MONDAY, OLENA, TOWNS, World, call

HOUR = timedelta(hours=1)


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    engine = open_database(sqlite_url)
    yield World(engine)
    engine.dispose()


def ask(
    engine: sa.Engine, now: datetime, *paths: str, meanwhile: Callable[[], None] | None = None
) -> list[tuple[int, str]]:
    """The answers to ``paths``, each with its status."""
    port = free_port()

    def answers() -> list[tuple[int, str]]:
        if meanwhile:
            meanwhile()
        return [_get(f"http://127.0.0.1:{port}{path}") for path in paths]

    async def go() -> list[tuple[int, str]]:
        async with monitored(engine, lambda: now, port):
            while True:
                await asyncio.sleep(0.02)
                with socket.socket() as probe:
                    if not probe.connect_ex(("127.0.0.1", port)):
                        break
            return await asyncio.to_thread(answers)

    return asyncio.run(go())


def _get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def figures(engine: sa.Engine, now: datetime) -> dict[str, float]:
    """Every figure, by its name with its labels."""
    ((status, text),) = ask(engine, now, "/metrics")
    assert status == 200
    assert "@" not in text
    return {
        sample.name + "".join(f" {value}" for _, value in sorted(sample.labels.items())): (
            sample.value
        )
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_figures_are_those_of_the_tables(world: World) -> None:
    world.partnership()
    world.publish(call())
    world.match()
    world.harvest(MONDAY - DAY)
    world.harvest(MONDAY - 2 * HOUR, outcome=Outcome.FAILED, reason="answered 500")
    world.harvest(MONDAY - HOUR, outcome=Outcome.FAILED, reason="answered 500")
    with world.engine.begin() as connection:
        for number in range(3):
            letter = Letter("digest", OLENA.email, f"{number}", "s", "t", "<p>h</p>")
            write(connection, letter, (), message_id=f"<{number}@x.example>", now=MONDAY)
        posted = claim(connection, MONDAY)
        assert posted is not None
        settle(connection, posted, LetterState.SENT, MONDAY + HOUR, reply="250 kept")
        work.begin(connection, "match", MONDAY)
        work.begin(connection, "match", MONDAY)
        work.done(connection, "letters", MONDAY)
        work.done(connection, "letters/abcdef", MONDAY)
        findings.note(connection, [Finding("a", "b")], MONDAY)
    found = figures(world.engine, MONDAY + 3 * HOUR)
    assert found == {
        "bridges_database_up": 1,
        "bridges_harvests_total failed eu_portal": 2,
        "bridges_harvests_total ok eu_portal": 1,
        "bridges_source_last_success_timestamp_seconds eu_portal": (MONDAY - DAY).timestamp(),
        "bridges_letters digest pending": 2,
        "bridges_letters digest sent": 1,
        "bridges_oldest_pending_letter_age_seconds": 3 * 3600,
        "bridges_letter_last_handed_over_timestamp_seconds": (MONDAY + HOUR).timestamp(),
        "bridges_step_failures letters": 0,
        "bridges_step_failures match": 2,
        "bridges_step_last_success_timestamp_seconds letters": MONDAY.timestamp(),
        f"bridges_matches {TOWNS.id}": 1,
        "bridges_findings": 1,
    }


@pytest.mark.parametrize(
    ("mark", "age", "status", "said"),
    [
        (None, HOUR, 503, "no scheduler has run yet: bridges run"),
        ("run", timedelta(minutes=5), 200, None),
        ("run", HOUR, 503, "no scheduler has given a sign since 2026-11-23 07:00 UTC"),
        ("once", HOUR, 200, None),
        ("once", 2 * DAY, 503, "no scheduler has given a sign since 2026-11-23 07:00 UTC"),
    ],
)
def test_health_is_a_scheduler_that_lives(
    world: World, mark: str | None, age: timedelta, status: int, said: str | None
) -> None:
    if mark:
        with world.engine.begin() as connection:
            work.done(connection, "scheduler", MONDAY, mark=mark)
    ((code, body),) = ask(world.engine, MONDAY + age, "/healthz")
    assert code == status
    assert json.loads(body) == {"well": status == 200, "said": [said] if said else []}


def test_a_database_that_is_gone_is_told(world: World, tmp_path: Path) -> None:
    path = Path(str(world.engine.url.database))

    def spoil() -> None:
        world.engine.dispose()
        for part in tmp_path.glob("bridges.db*"):
            part.unlink()
        path.mkdir()

    (code, body), (metrics_code, text) = ask(
        world.engine, MONDAY, "/healthz", "/metrics", meanwhile=spoil
    )
    assert code == 503
    assert "cannot be opened" in json.loads(body)["said"][0]
    assert metrics_code == 200
    assert "bridges_database_up 0.0" in text


def test_a_database_that_is_locked_for_writing_is_no_illness(world: World) -> None:
    with world.engine.begin() as connection:
        work.done(connection, "scheduler", MONDAY, mark="run")
    with sqlite3.connect(str(world.engine.url.database), isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        ((code, _),) = ask(world.engine, MONDAY, "/healthz")
        other.execute("ROLLBACK")
    assert code == 200


def test_a_port_that_is_taken_ends_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    async def go(port: int) -> bool:
        async with monitored(world.engine, lambda: MONDAY, port):
            await asyncio.sleep(0.2)
            return True

    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert asyncio.run(go(taken.getsockname()[1]))
    assert "another program has it" in caplog.text
    assert asyncio.run(go(0))
