"""A SQLite file that may only be read: opened as it lies there, and seen not to move meanwhile."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import ConnectionPoolEntry

from storage.errors import DatabaseUnavailable

_FORMAT = slice(18, 20)
_WRITE_AHEAD = b"\2\2"
"""What a database that logs ahead has there (https://sqlite.org/fileformat2.html)."""

_LEFT_ALONE = "bridges_left_alone"


def connect_as_it_lies(
    _dialect: sa.Dialect, entry: ConnectionPoolEntry, arguments: Any, options: dict[str, Any]
) -> sqlite3.Connection | None:
    """Open a file that we may not write; None for any other, which SQLAlchemy then opens.

    A database that logs ahead needs two files beside it, and SQLite makes them even to read: where
    it may not, nobody can ask anything, and where only the file is read-only, what a reader makes
    there may keep its owner out. Without the log (``-wal``) all is in the file itself, so that it
    is read without them (``immutable``). SQLite then notices no writer, so we do: ``seen_whole``.
    """
    file = Path(str(arguments[0]))
    if not _only_read(file):
        return None
    entry.info[_LEFT_ALONE] = (file, _stamp(file))
    address = f"{file.resolve().as_uri()}?immutable=1&mode=ro"
    connection: sqlite3.Connection = sqlite3.connect(address, uri=True, **options)
    return connection


@contextlib.contextmanager
def seen_whole(connection: sa.Connection) -> Iterator[None]:
    """Raise DatabaseUnavailable when the file was written while it was read as it lies.

    What was read may then be half old and half new, and may even look damaged.
    """
    file, stamp = connection.info.get(_LEFT_ALONE, (None, None))
    try:
        yield
    finally:
        if file is not None and _stamp(file) != stamp:
            connection.invalidate()  # whoever asks next opens the file anew
            raise DatabaseUnavailable(
                f"another program wrote to the database {file} while it was read; ask again"
            )


def _only_read(file: Path) -> bool:
    try:
        if os.access(file, os.W_OK) and os.access(file.parent, os.W_OK):
            return False
        with file.open("rb") as opened:
            ahead = opened.read(_FORMAT.stop)[_FORMAT] == _WRITE_AHEAD
    except OSError:
        return False  # SQLite says what is wrong with it
    log = file.with_name(f"{file.name}-wal")
    return ahead and not (log.exists() and log.stat().st_size)


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
