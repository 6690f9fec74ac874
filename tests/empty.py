"""An empty database as a file: its tables are made once, and every test gets a copy."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from storage.database import open_database


def empty_database(path: Path) -> Path:
    """Put a SQLite file with today's tables at ``path``; to make the tables there takes 80 ms."""
    path.write_bytes(_made())
    return path


@cache
def _made() -> bytes:
    folder = Path(tempfile.mkdtemp(prefix="bridges-empty-"))
    try:
        file = folder / "empty.db"
        engine = open_database(f"sqlite:///{file}")
        with engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA journal_mode = DELETE")
        engine.dispose()
        return file.read_bytes()
    finally:
        shutil.rmtree(folder)
