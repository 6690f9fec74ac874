"""Makes calls, databases and answers of the command line for the tests of the desk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from desk.cli import program
from storage import calls as kept
from storage.database import open_database
from storage.domain import BRUSSELS, Call, Deadline, DeadlineKind, Programme, Reading
from tests.empty import empty_database

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
STATED = "2026-11-22T10:00:00+00:00"


def single(days: int = 30, time: str | None = "17:00", **said: Any) -> Deadline:
    """A plain deadline so many days from NOW."""
    day = date(2026, 11, 22) + timedelta(days=days)
    return Deadline(
        **{"kind": DeadlineKind.SINGLE, "date": day.isoformat(), "time": time, "zone": BRUSSELS}
        | said
    )


def call(reference: str = "2026-7", title: str = "Water for small towns", **said: Any) -> Call:
    """A call of the source ``officer``, open until 22 December unless said otherwise."""
    given: dict[str, Any] = {
        "source": "officer",
        "deadlines": (single(),),
        "programme": Programme("CERV", "Citizens, Equality, Rights and Values Programme"),
    }
    return Call(reference=reference, title=title, **given | said)


class House:
    """A database of its own and the command line that uses it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder / 'bridges.db'}"
        self.environment = {
            "BRIDGES_DATABASE_URL": self.url,
            "BRIDGES_CONFIG": None,
            "BRIDGES_MAIL": str(folder / "outbox"),
            "COLUMNS": "100",
        }

    def keep(self, *calls: Call, now: datetime = NOW) -> None:
        """Keep calls as a harvest would."""
        if not (file := self.folder / "bridges.db").exists():
            empty_database(file)
        engine = open_database(self.url)
        with engine.begin() as connection:
            for one in calls:
                reading = Reading(one, "test")
                kept.keep(connection, reading, raw=None, digest="", now=now, harvest=None)
        engine.dispose()

    def ask(self, *words: str, now: str | None = STATED, columns: int = 100) -> Result:
        """Run ``bridges`` with these words, at NOW."""
        clock = ["--now", now] if now else []
        environment = {**self.environment, "COLUMNS": str(columns)}
        return CliRunner().invoke(program, [*clock, *words], env=environment)

    def answer(self, *words: str, columns: int = 100) -> str:
        """Return what ``bridges`` answers on stdout; it must end well."""
        result = self.ask(*words, columns=columns)
        assert result.exit_code == 0, result.output
        return result.stdout

    def lines(self, *words: str) -> list[dict[str, Any]]:
        """Return the JSON lines ``bridges`` answers."""
        return [json.loads(line) for line in self.answer(*words).splitlines()]


def written(path: Path, records: Sequence[object]) -> Path:
    """Write records as JSON lines."""
    text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records)
    path.write_text(text, encoding="utf-8")
    return path
