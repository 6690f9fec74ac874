"""Two towns, two calls, two recipients, and somebody who follows their links."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage.database import open_database
from tests.alerts.world import MARTA, OLENA, TOWNS, World, call, with_recipients
from tests.desk.web.pages import Visitor


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """That both databases keep alike what is done here, tests/storage proves."""
    made = World(open_database(sqlite_url))
    made.partnership(with_recipients(TOWNS, OLENA, MARTA))
    made.publish(call(), call("SCHOOLS", "Warm <b>schools</b>"))
    made.match()
    yield made
    made.engine.dispose()


@pytest.fixture
def visitor(world: World) -> Visitor:
    return Visitor(world.engine)
