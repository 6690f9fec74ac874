"""``bridges serve`` as it runs: a real server, a real browser without scripts, a real provider."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx2
import pytest

from alerts.cards import page_of
from alerts.links import Do, Links
from storage.answers import Answer, answers_of
from storage.opportunities import opportunity_id
from storage.recipients import State, address_key, suppressed
from tests.alerts.mailbox import free_port
from tests.alerts.world import MARTA, MONDAY, TOWNS, World
from tests.desk.making import House
from tests.desk.web.browser import CHROMIUM, browser
from tests.desk.web.pages import SECRET

WATER = opportunity_id("eu_portal:WATER-1")


@contextlib.contextmanager
def served(database: str, port: int) -> Iterator[subprocess.Popen[str]]:
    """The program in a process of its own, ready; it must end within a second when told to."""
    environment = {
        **os.environ,
        "BRIDGES_DATABASE_URL": database,
        "BRIDGES_SECRET": SECRET,
        "BRIDGES_BASE_URL": f"http://127.0.0.1:{port}",
    }
    program = [sys.executable, "-m", "desk", "--now", MONDAY.isoformat()]
    process = subprocess.Popen(
        [*program, "serve", "--port", str(port)], env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        assert f"Serving on http://127.0.0.1:{port}" in process.stderr.readline()
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        _, said = process.communicate(timeout=30)
        assert time.monotonic() - began < 5
    assert said == "", "no visit and no address is written down"


@pytest.fixture
def port() -> int:
    return free_port()


def test_a_mail_provider_and_a_browser_use_the_links(
    world: World, sqlite_url: str, port: int
) -> None:
    links = Links(f"http://127.0.0.1:{port}", (SECRET,), address_key(MARTA.email), MONDAY)
    with served(sqlite_url, port):
        if CHROMIUM is not None:
            asyncio.run(answer(links))
            with world.engine.begin() as connection:
                said = [(one.town, one.answer) for one in answers_of(connection, TOWNS.id)]
            assert said == [("Nowa Dolina", Answer.LEAD)]
        notes = httpx2.get(page_of(links.base_url, "eu_portal:WATER-1"))
        assert (notes.status_code, "Water for small towns" in notes.text) == (200, True)
        head = httpx2.head(links.unsubscribe())
        assert (head.status_code, "server" in head.headers) == (200, False)
        with world.engine.begin() as connection:
            assert suppressed(connection, address_key(MARTA.email)) is None
        done = httpx2.post(links.unsubscribe(), data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
    with world.engine.begin() as connection:
        assert suppressed(connection, address_key(MARTA.email)) is State.UNSUBSCRIBED


async def answer(links: Links) -> None:
    """Follow the link "We would lead", choose the town, and press the button."""
    async with browser() as tab:
        page = await tab.open(links.answer(TOWNS.id, WATER, Do.LEAD))
        assert "Water for small towns" in page
        await tab.click("input[value='Nowa Dolina']")
        page = await tab.press("button[value='lead']")
        assert "Nowa Dolina would lead." in page
        forged = await tab.open(links.answer(TOWNS.id, WATER)[:-3])
        assert "This link is not complete" in forged


def test_a_port_in_use_is_told_in_one_line(house: House, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        told = house.ask("serve", "--port", str(port))
    assert told.exit_code == 1
    assert told.stderr == (
        f"Error: 127.0.0.1:{port} cannot be listened on: Address already in use; try --port\n"
    )
