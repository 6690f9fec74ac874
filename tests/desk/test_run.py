"""``bridges run`` as people start it: real processes, killed, told to stop and started again."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from desk.demo.portal import PortalSite
from desk.demo.portal_records import records
from storage import harvests, work
from storage.database import open_database, reading
from storage.domain import Harvest, Outcome
from storage.letters import LetterState, find_letters
from tests.alerts.mailbox import Mailbox, free_port, serving
from tests.alerts.world import MONDAY, World, call
from tests.desk.making import House
from tests.desk.test_program import BRIDGES, environment

MINUTE = timedelta(minutes=1)


class Running:
    """A database, and schedulers that are started on it at stated moments."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.port = free_port()
        self.log = house.folder / "run.log"
        house.environment |= {
            "BRIDGES_CONTACT": "office@bridges.example.org",
            "BRIDGES_OPERATOR_PORT": str(self.port),
            "BRIDGES_LOG": "json",
            "BRIDGES_MAIL_TO": "everybody",
            "BRIDGES_HARVEST_EVERY": "never,eu_portal=1d",
        }
        self.engine = open_database(house.url)

    def start(self, now: datetime, *words: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*BRIDGES, "--now", now.isoformat(), "run", *words],
                env=environment(self.house),
                cwd=self.house.folder,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def harvests(self) -> list[Harvest]:
        with reading(self.engine) as connection:
            return harvests.recent(connection, "eu_portal", 9)

    def answers(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            body: bytes = answer.read()
            return body.decode()


@pytest.fixture
def running(house: House) -> Iterator[Running]:
    made = Running(house)
    yield made
    made.engine.dispose()


def stop(child: subprocess.Popen[bytes]) -> int:
    """Tell it to stop: it has ten seconds."""
    child.send_signal(signal.SIGTERM)
    code = child.wait(timeout=10)
    assert child.stdout is not None
    child.stdout.close()
    return code


def until_closed(visit: socket.socket) -> None:
    """Wait until whoever visits is gone."""
    visit.settimeout(60)
    with contextlib.suppress(ConnectionResetError):
        while visit.recv(65536):
            pass
    visit.close()


def test_killed_and_told_to_stop_in_the_middle_of_harvests_and_started_again(
    running: Running,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        at = f"eu_portal=http://127.0.0.1:{silent.getsockname()[1]}"
        first = running.start(MONDAY, "--at", at)
        visit, _ = silent.accept()  # the harvest waits for an answer now
        first.kill()
        first.communicate()
        until_closed(visit)  # the harvest has noticed that it is alone

        second = running.start(MONDAY + 20 * MINUTE, "--at", at)
        visit, _ = silent.accept()
        assert json.loads(running.answers("/healthz"))["well"]  # it does not wait with its child
        assert "bridges_database_up 1.0" in running.answers("/metrics")
        assert stop(second) == 0
        until_closed(visit)
    told = [json.loads(line) for line in running.log.read_text().splitlines()]
    assert [one["said"] for one in told if one["from"] == "alerts.scheduler"][-1] == "stopped"

    with PortalSite(records(MONDAY)).serve() as url:
        third = running.start(MONDAY + 90 * MINUTE, "--once", "--at", f"eu_portal={url}")
        said, _ = third.communicate(timeout=120)
    assert third.returncode == 0, running.log.read_text()
    assert said.decode().startswith("eu_portal  ok  ")
    assert [one.outcome for one in running.harvests()] == [
        Outcome.OK,
        Outcome.FAILED,
        Outcome.FAILED,
    ]


def test_once_writes_and_sends_and_has_nothing_left_to_do(running: Running) -> None:
    world = World(running.engine)
    world.partnership()
    world.publish(call())
    world.harvest(MONDAY)
    world.match()
    with running.engine.begin() as connection:  # as if it had been compared by the scheduler
        calls = work.calls_mark(connection)
        for name, own in work.partnership_marks(connection).items():
            work.done(connection, f"match/{name}", MONDAY, mark=work.digest(f"{calls} {own} "))
    mailbox = Mailbox()
    with serving(mailbox):
        running.house.environment["BRIDGES_MAIL"] = mailbox.url
        child = running.start(MONDAY + MINUTE, "--once")
        told, _ = child.communicate(timeout=120)
    assert child.returncode == 0, running.log.read_text()
    assert told.decode().splitlines() == [
        "link  0 together, 0 apart",
        "letters  1 letters",
        "send  1 sent, 0 not sent",
        "check  0 found, 0 mended, 0 open",
    ]
    assert [str(one["To"]) for one in mailbox.taken] == ["olena@verbove.example.org"]
    with reading(running.engine) as connection:
        assert [one.state for one in find_letters(connection)] == [LetterState.SENT]
    assert "olena" not in running.log.read_text()


def test_a_source_in_the_settings_that_is_none_is_refused(house: House) -> None:
    house.environment["BRIDGES_HARVEST_EVERY"] = "1d,eu_portl=6h"
    result = house.ask("run", "--once")
    assert result.exit_code == 2
    assert "BRIDGES_HARVEST_EVERY names eu_portl, which is no source; nearest: eu_portal" in (
        result.stderr
    )
    assert not Path(house.folder / "bridges.db").exists()
