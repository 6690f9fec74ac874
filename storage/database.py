"""Opening the database: its URL, its connections, its errors in plain words."""

from __future__ import annotations

import contextlib
import errno
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from storage.errors import BridgesError, DatabaseUnavailable, NewerDatabase
from storage.read_only import connect_as_it_lies, seen_whole
from storage.schema import REVISION, metadata

APPLICATION_ID = 0x42544F54
"""SQLite files carry this mark, by which a backup and a foreign file are told apart."""

WAIT = 20.0
"""Seconds to wait for another program's write; ``?timeout=`` in the URL of a SQLite file wins."""

_READ_ONLY = "bridges_read_only"
_LASTING = "bridges_lasting"
_REVISION = "SELECT version_num FROM alembic_version"


def open_database(url: str, *, migrate: bool = True) -> sa.Engine:
    """Return an engine for ``url``, its tables ready for use.

    A new or older database is migrated first, under a lock, so that programs starting together
    do not collide; a newer one is refused (NewerDatabase). ``migrate=False`` leaves it as it is.

    ``engine.begin()`` is for writing: on SQLite it waits for its turn at the start, so that it
    cannot lose it half way. Use ``reading(engine)`` where nothing is written.
    """
    engine = _engine(address_of(url))
    with _in_use(engine):
        if migrate and revision(engine) != REVISION:
            _migrate(engine)
    return engine


@contextlib.contextmanager
def opened(url: str) -> Iterator[sa.Connection]:
    """Open a database as ``open_database`` does and return a connection that can only read.

    For whoever comes with one question: the connection that tells the revision also answers it.
    Its ``engine`` is to be disposed of.
    """
    engine = _engine(address_of(url))
    with contextlib.ExitStack() as stack:
        with _in_use(engine):
            connection = stack.enter_context(reading(engine))
            if _revision(connection) != REVISION:
                stack.close()
                _migrate(engine)
                connection = stack.enter_context(reading(engine))
        yield connection


@contextlib.contextmanager
def _in_use(engine: sa.Engine) -> Iterator[None]:
    """Let go of an engine whose database cannot be opened, and say why in one line."""
    try:
        with storage_errors(name_of(engine)):
            yield
    except BaseException:
        engine.dispose()
        raise


@contextlib.contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Return a connection that can only read: it neither waits for writers nor holds them up.

    A SQLite file that we may not write is read as it lies; DatabaseUnavailable when another program
    wrote to it meanwhile.
    """
    options = {_READ_ONLY: True}
    if engine.dialect.name == "postgresql":
        options["postgresql_readonly"] = True
    with (
        engine.connect().execution_options(**options) as connection,
        seen_whole(connection),
    ):
        yield connection


@contextlib.contextmanager
def lasting(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Return a transaction that is on the disk when it is over, and with it all before it.

    Others may be lost to a power cut that follows within seconds; that is no harm where the work
    is then simply done again. What must not be done again is written this way.
    """
    with engine.connect().execution_options(**{_LASTING: True}) as connection, connection.begin():
        yield connection


def revision(engine: sa.Engine) -> str | None:
    """Return the revision of the database by one query; None when it has no tables of ours."""
    with reading(engine) as connection:
        return _revision(connection)


def _revision(connection: sa.Connection) -> str | None:
    try:
        found: str | None = connection.exec_driver_sql(_REVISION).scalar()
    except (sa.exc.OperationalError, sa.exc.ProgrammingError):
        return None  # no such table
    return found


@contextlib.contextmanager
def storage_errors(name: str = "the database") -> Iterator[None]:
    """Turn what a database or a disk may do to us into DatabaseUnavailable, in one line."""
    try:
        yield
    except BridgesError:
        raise
    except (sa.exc.DBAPIError, sqlite3.Error, OSError) as error:
        if plain := _plain(error, name):
            raise DatabaseUnavailable(plain) from error
        raise


def name_of(engine: sa.Engine) -> str:
    """Return how the database is called in messages: its file, or its URL without the password."""
    if engine.dialect.name == "sqlite":
        return f"the database {engine.url.database or 'in memory'}"
    return f"the database {engine.url.render_as_string(hide_password=True)}"


def address_of(url: str) -> sa.URL:
    """Return the parts of a database's URL; DatabaseUnavailable for one that we do not serve."""
    try:
        address = sa.make_url(re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url))
    except sa.exc.ArgumentError as error:
        raise DatabaseUnavailable(f"{url!r} is not the address of a database") from error
    if address.get_backend_name() not in {"sqlite", "postgresql"}:
        raise DatabaseUnavailable(f"{address.drivername} is not served; use sqlite or postgresql")
    return address


def _engine(address: sa.URL) -> sa.Engine:
    # hide_parameters: what a statement held, as an address, stays out of errors and logs
    if address.get_backend_name() == "postgresql":
        from storage import postgresql  # noqa: PLC0415 - its driver takes long to import

        engine = sa.create_engine(
            address, pool_pre_ping=True, hide_parameters=True, use_native_hstore=False
        )
        event.listen(engine, "connect", postgresql.prepare)
    else:
        if address.database and not re.match(":memory:|file:", address.database):
            with storage_errors(f"the database {address.database}"):
                Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        arguments = {} if "timeout" in address.query else {"timeout": WAIT}
        engine = sa.create_engine(address, connect_args=arguments, hide_parameters=True)
        event.listen(engine, "do_connect", connect_as_it_lies)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", _translate)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # BEGIN is ours (_begin_sqlite)
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA cache_size = -16000")  # kB: the columns of ten thousand calls fit in
    cursor.execute("PRAGMA busy_timeout")
    (milliseconds,) = cursor.fetchone() or (0,)
    _use_wal(cursor, time.monotonic() + milliseconds / 1000)
    cursor.close()


def _use_wal(cursor: Any, give_up: float) -> None:
    """Switch to write-ahead logging; SQLite does not wait for its turn there, so we do."""
    while True:
        try:
            if cursor.execute("PRAGMA journal_mode").fetchone()[0] not in {"wal", "memory"}:
                cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "readonly" in str(error):
                return  # a file that can only be read is read as it is
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    sqlite: Any = connection.connection  # without SQLAlchemy's ceremony, which takes longer
    with storage_errors(name_of(connection.engine)):
        if options.get(_READ_ONLY, False):
            sqlite.execute("BEGIN")
            return
        synchronous = "FULL" if options.get(_LASTING, False) else "NORMAL"
        if connection.info.get("synchronous") != synchronous:
            sqlite.execute(f"PRAGMA synchronous = {synchronous}")
            connection.info["synchronous"] = synchronous  # of this connection until it is closed
        sqlite.execute("BEGIN IMMEDIATE")


def _translate(context: sa.engine.ExceptionContext) -> None:
    engine = context.engine
    name = name_of(engine) if engine is not None else "the database"
    if plain := _plain(context.sqlalchemy_exception or context.original_exception, name):
        raise DatabaseUnavailable(plain) from context.original_exception


def _plain(error: BaseException, name: str) -> str | None:
    """Return what happened and what to do in one line; None for what is a mistake of ours."""
    original = getattr(error, "orig", None) or error
    text = " ".join(str(original).split())
    if isinstance(original, OSError):
        if original.errno in {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}:
            return f"the disk is full; what {name} holds is safe; free some space and try again"
        return f"{name} cannot be used: {original.strerror or text}"
    for cue, plain in _SAID.items():
        if cue in text:
            return plain.format(name=name, text=text)
    if isinstance(original, sqlite3.OperationalError | sqlite3.DatabaseError):
        ours = isinstance(original, sqlite3.IntegrityError | sqlite3.ProgrammingError)
        return None if ours or _MISTAKE.search(text) else f"{name} cannot be used: {text}"
    state = getattr(original, "sqlstate", None)
    if isinstance(error, sa.exc.OperationalError) and (state is None or state[:2] in _OUTSIDE):
        return f"{name} cannot be used: {text}"
    return None


_SAID = {
    "database is locked": "{name} is locked by another program; wait until it is done and try"
    " again",
    "database or disk is full": "the disk is full; what {name} holds is safe; free some space and"
    " try again",
    "disk I/O error": "the disk refused to write; what {name} held is safe; check its space and"
    " health and try again",
    "readonly database": "{name} can only be read; give write permission to the file and its"
    " folder",
    "unable to open database file": "{name} cannot be opened; check that the folder exists and the"
    " permissions of the file",
    "file is not a database": "{name} is not a database; move the file away or name another one",
    "database disk image is malformed": "{name} is damaged; restore a backup with bridges restore",
    "No space left on device": "the disk is full; what {name} holds is safe; free some space and"
    " try again",
    "read-only transaction": "{name} was asked to write where only reading was announced",
}

_MISTAKE = re.compile(r"no such (table|column)|syntax error|already exists|has no column")
_OUTSIDE = {"08", "28", "3D", "40", "53", "55", "57", "58"}
"""Classes of PostgreSQL's error codes that are about the server and others who use it.

The rest is about our statement. 40 is a transaction given up in favour of another one.
"""


def _migrate(engine: sa.Engine) -> None:
    """Bring the tables to ``REVISION``, one program at a time."""
    from alembic import command  # noqa: PLC0415 - slow to import, needed once in a release
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(APPLICATION_ID)))
        tables = set(sa.inspect(connection).get_table_names())
        found = None
        if "alembic_version" in tables:
            found = connection.exec_driver_sql(_REVISION).scalar()
        known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
        if found is not None and found not in known:
            raise NewerDatabase(
                f"{name_of(engine)} is at revision {found}, this program knows {REVISION} at most;"
                " install the newer program, or restore a backup made before the update"
            )
        foreign = tables if engine.dialect.name == "sqlite" else tables & set(metadata.tables)
        if found is None and foreign - {"alembic_version"}:
            raise DatabaseUnavailable(
                f"{name_of(engine)} belongs to another program (it has a table"
                f" {min(foreign)}); name another one in BRIDGES_DATABASE_URL"
            )
        if found != REVISION:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
