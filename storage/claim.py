"""A piece of work that only one program may be at: claimed while it lives, free when it dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from storage.database import APPLICATION_ID, name_of, storage_errors
from storage.errors import Busy, DatabaseUnavailable

_AGAIN = 0.1
"""Seconds between two tries."""


@contextlib.contextmanager
def claimed(engine: sa.Engine, work: str, *, patience: float, refusal: str) -> Iterator[None]:
    """Hold ``work`` (letters, digits, ``_`` and ``-``) for this program, on this database.

    The system lets go of it whenever the program ends, however that happens, so nothing is left
    to be cleared away by hand. Waits ``patience`` seconds for another program that holds it, then
    raises Busy with the words of ``refusal``. A database in memory has one program only, and
    nothing is held there.
    """
    how = _on_server if engine.dialect.name == "postgresql" else _on_file
    with contextlib.ExitStack() as held:
        give_up = time.monotonic() + patience
        while not held.enter_context(how(engine, work)):
            held.close()
            if time.monotonic() >= give_up:
                raise Busy(refusal)
            time.sleep(_AGAIN)
        yield


@contextlib.contextmanager
def _on_server(engine: sa.Engine, work: str) -> Iterator[bool]:
    """Hold an advisory lock of the server; yields whether it was free."""
    numbers = {"ours": APPLICATION_ID, "work": zlib.crc32(work.encode()) - (1 << 31)}
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(_TRY, numbers):
            yield False
            return
        try:
            yield True
        finally:
            with contextlib.suppress(DatabaseUnavailable):  # a lost connection holds nothing
                connection.execute(_LET_GO, numbers)


@contextlib.contextmanager
def _on_file(engine: sa.Engine, work: str) -> Iterator[bool]:
    """Lock a file beside the database, as SQLite's own would be lost; yields whether it was free.

    Whoever lets go takes the file away, so it only counts if it is still there once it is locked.
    """
    database = engine.url.database
    if not database or database.startswith((":memory:", "file:")):
        yield True
        return
    place = Path(f"{database}.{work}.lock")
    with storage_errors(name_of(engine)):
        handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            free = os.path.samestat(os.fstat(handle), place.stat())
        except (BlockingIOError, FileNotFoundError):
            free = False
        try:
            yield free
        finally:
            if free:
                place.unlink(missing_ok=True)
    finally:
        os.close(handle)


_TRY = sa.text("SELECT pg_try_advisory_lock(:ours, :work)")
_LET_GO = sa.text("SELECT pg_advisory_unlock(:ours, :work)")
