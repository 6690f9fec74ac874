"""The invented world of the letters, for every test that does not make another one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage.database import open_database
from tests.alerts.world import World


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    engine = open_database(sqlite_url)
    yield World(engine)
    engine.dispose()
