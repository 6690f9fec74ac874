"""What the tests of this room share: a server that misbehaves as told, and a real database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage import calls, harvests
from storage.database import open_database
from storage.domain import Call, Change, Harvest
from tests.crawler.server import Server
from tests.empty import empty_database


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


class Database:
    """A real SQLite file, and questions about it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path}"

    def last(self, source: str) -> Harvest:
        """The newest harvest of a source."""
        harvest = self.recent(source)[0]
        assert harvest.finished is not None
        return harvest

    def recent(self, source: str) -> list[Harvest]:
        """Its harvests, newest first."""
        return list(self._ask(harvests.recent, source, 99))

    def call(self, name: str) -> Call:
        found: Call = self._ask(calls.get, name)
        return found

    def history(self, name: str) -> list[Change]:
        """The changes of a call, newest first."""
        return list(self._ask(calls.history, name))

    def references(self, source: str) -> list[str]:
        return sorted(self._ask(calls.known, source))

    def dump(self) -> list[str]:
        """Everything that is stored, as SQL."""
        with sqlite3.connect(self.path) as connection:
            lines = list(connection.iterdump())
        connection.close()
        return lines

    def is_sound(self) -> bool:
        with sqlite3.connect(self.path) as connection:
            found = connection.execute("PRAGMA integrity_check").fetchall()
            found += connection.execute("PRAGMA foreign_key_check").fetchall()
        connection.close()
        return found == [("ok",)]

    def _ask(self, question: Any, *arguments: Any) -> Any:
        engine = open_database(self.url)
        try:
            with engine.begin() as connection:
                return question(connection, *arguments)
        finally:
            engine.dispose()


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database of the test's own, which is also the one of the settings."""
    database = Database(empty_database(tmp_path / "bridges.db"))
    monkeypatch.setenv("BRIDGES_DATABASE_URL", database.url)
    return database
