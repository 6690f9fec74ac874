"""The whole memory in one file, and back: a SQLite file, whichever database it came from."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from storage.columns import Json, Packed
from storage.database import APPLICATION_ID, address_of, name_of, open_database, storage_errors
from storage.errors import BadInput, DatabaseUnavailable
from storage.files import replaced
from storage.schema import metadata, opportunities

_HEADER = b"SQLite format 3\0"
_AT_ONCE = 500
_WAIT = 20.0


def backup(url: str, path: Path | str) -> None:
    """Write everything to ``path``, which only its owner can read; it appears whole or not at all.

    Other programs may go on writing meanwhile. An older backup of that name is replaced, any other
    file is refused (BadInput).
    """
    path = Path(path)
    if path.exists() and _why_no_backup(path):
        raise BadInput(f"{path} is there and is not a backup; choose another name")
    address = address_of(url)
    if address.get_backend_name() == "sqlite":
        source = Path(address.database or "")
        if not source.is_file():
            raise DatabaseUnavailable(f"there is no database {source} to make a backup of")
        if path.exists() and path.samefile(source):
            raise BadInput(f"{path} is the database itself; choose another name")
        with storage_errors(f"the database {source}"), replaced(path, private=True) as draft:
            _copy_pages(source, draft)
    else:
        with (
            _opened(url) as engine,
            storage_errors(name_of(engine)),
            replaced(path, private=True) as draft,
        ):
            _write_file(engine, draft)


def restore(url: str, path: Path | str, *, force: bool = False) -> None:
    """Put a backup in the place of the database; without ``force`` only of an empty one.

    The backup is checked and brought to today's tables first; then it takes its place in one
    step, so that a failure on the way leaves what was there.
    """
    path = Path(path)
    if why := _why_no_backup(path):
        raise BadInput(f"{path} is not a backup: {why}")
    address = address_of(url)
    if address.get_backend_name() == "sqlite":
        _restore_file(Path(address.database or "").resolve(), path, force=force)
        return
    with (
        _checked_copy(path, None) as draft,
        _opened(f"sqlite:///{draft}") as source,
        _opened(url) as engine,
        storage_errors(name_of(engine)),
        source.connect() as rows,
        engine.begin() as connection,
    ):
        if not force and not _is_empty(connection):
            raise _not_empty(name_of(engine))
        tables = ", ".join(table.name for table in metadata.sorted_tables)
        connection.execute(sa.text(f"TRUNCATE {tables}"))
        _copy_rows(rows, connection)
        _restart_counters(connection)


@contextlib.contextmanager
def _opened(url: str, *, migrate: bool = True) -> Iterator[sa.Engine]:
    engine = open_database(url, migrate=migrate)
    try:
        yield engine
    finally:
        engine.dispose()


def _restore_file(target: Path, path: Path, *, force: bool) -> None:
    name = f"the database {target}"
    with storage_errors(name), _checked_copy(path, target) as draft:
        if not target.exists():
            draft.replace(target)
            return
        if _is_foreign(target):
            raise BadInput(f"{name} belongs to another program; choose another place")
        if not force and not _is_empty_file(target):
            raise _not_empty(name)
        try:
            _overwrite(target, draft)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            _set_aside(target)  # it is no database any more: the reason to restore one
            draft.replace(target)


def _not_empty(name: str) -> BadInput:
    return BadInput(f"{name} is not empty; --force puts the backup in its place")


def _why_no_backup(path: Path) -> str | None:
    """Return why a file is no backup of ours; None when it is one."""
    try:
        with path.open("rb") as file:
            if file.read(len(_HEADER)) != _HEADER:
                return "it has another format"
        with contextlib.closing(_open_file(path, read_only=True)) as connection:
            (mark,) = connection.execute("PRAGMA application_id").fetchone()
            if mark != APPLICATION_ID:
                return "another program has written it"
            (state,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            return None if state == "ok" else f"it is damaged ({state})"
    except OSError as error:
        return error.strerror or str(error)
    except sqlite3.Error as error:
        return f"it is damaged ({error})"


def _open_file(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    mode = "?mode=ro" if read_only else ""
    return sqlite3.connect(f"{path.resolve().as_uri()}{mode}", uri=True, timeout=_WAIT)


def _copy_pages(source: Path, target: Path) -> None:
    """Copy a SQLite file as it is at one moment, into a single file without a log beside it."""
    with (
        contextlib.closing(_open_file(source, read_only=True)) as rows,
        contextlib.closing(_open_file(target)) as copy,
    ):
        rows.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        (state,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if state != "ok":
            raise DatabaseUnavailable(f"the database {source} is damaged ({state})")


def _overwrite(target: Path, draft: Path) -> None:
    """Copy ``draft`` over a live database in one transaction: other programs see it whole."""
    with (
        contextlib.closing(_open_file(draft, read_only=True)) as rows,
        contextlib.closing(_open_file(target)) as copy,
    ):
        copy.execute("BEGIN EXCLUSIVE")  # waits for others, for a while; backup() would for ever
        copy.execute("COMMIT")
        rows.backup(copy)


def _set_aside(target: Path) -> None:
    """Move a broken database out of the way, together with its log: it fits no other file."""
    for suffix in ("-wal", "-shm", ""):
        part = target.with_name(target.name + suffix)
        if part.exists():
            part.replace(target.with_name(f"{target.name}.broken{suffix}"))


@contextlib.contextmanager
def _checked_copy(path: Path, target: Path | None) -> Iterator[Path]:
    """Give a copy of the backup with today's tables, beside ``target`` when there is one."""
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
    folder = None if target is None else target.parent
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=folder) as place:
        draft = Path(place) / "backup.db"
        _copy_pages(path, draft)
        open_database(f"sqlite:///{draft}").dispose()
        with contextlib.closing(_open_file(draft)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")
        yield draft


def _write_file(engine: sa.Engine, draft: Path) -> None:
    """Copy every row, as of one moment, into a new SQLite file."""
    with (
        _opened(f"sqlite:///{draft}") as copy,
        engine.connect().execution_options(isolation_level="REPEATABLE READ") as rows,
        copy.begin() as connection,
    ):
        _copy_rows(rows, connection)
    with contextlib.closing(_open_file(draft)) as connection_to_file:
        connection_to_file.execute("PRAGMA journal_mode = DELETE")


def _copy_rows(source: sa.Connection, target: sa.Connection) -> None:
    for table in metadata.sorted_tables:
        if table.info.get("derived"):
            continue  # the target's own triggers fill it
        plain = _as_kept(table)
        query = sa.select(plain).order_by(*plain.primary_key.columns)
        result = source.execution_options(yield_per=_AT_ONCE).execute(query)
        for rows in result.mappings().partitions(_AT_ONCE):
            given = [dict(row) for row in rows]
            if table is opportunities:  # they lead to each other: first all, then where they lead
                given = [row | {"merged_into": None} for row in given]
            target.execute(sa.insert(plain), given)
    lead = sa.select(opportunities).where(opportunities.c.merged_into.is_not(None))
    for one in source.execute(lead).all():
        target.execute(
            sa.update(opportunities)
            .where(opportunities.c.id == one.id)
            .values(merged_into=one.merged_into)
        )


def _as_kept(table: sa.Table) -> sa.Table:
    """Return the table with JSON as the text or bytes it is kept as, to be copied unread."""
    columns = []
    for column in table.columns:
        kind: sa.types.TypeEngine[Any] = column.type
        if isinstance(column.type, Packed):
            kind = sa.LargeBinary()
        elif isinstance(column.type, Json):
            kind = sa.Text()
        columns.append(sa.Column(column.name, kind, primary_key=column.primary_key))
    return sa.Table(table.name, sa.MetaData(), *columns)


def _restart_counters(connection: sa.Connection) -> None:
    """Let PostgreSQL number new rows after the restored ones."""
    for table in metadata.sorted_tables:
        if "id" in table.columns and isinstance(table.columns["id"].type, sa.Integer):
            column = table.columns["id"]
            sequence = sa.func.pg_get_serial_sequence(table.name, "id")
            newest = sa.select(sa.func.coalesce(sa.func.max(column), 0) + 1).scalar_subquery()
            connection.execute(sa.select(sa.func.setval(sequence, newest, sa.false())))


def _is_empty(connection: sa.Connection) -> bool:
    return not any(
        connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first()
        for table in metadata.sorted_tables
    )


def _is_foreign(path: Path) -> bool:
    """Whether a file is a sound SQLite database of another program."""
    try:
        with contextlib.closing(_open_file(path, read_only=True)) as connection:
            (mark,) = connection.execute("PRAGMA application_id").fetchone()
            tables = connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    except sqlite3.DatabaseError:
        return False
    return mark != APPLICATION_ID and tables is not None


def _is_empty_file(path: Path) -> bool:
    """Whether a SQLite file has no rows of ours; one that cannot be read is not empty."""
    if path.stat().st_size == 0:
        return True
    if _why_no_backup(path):
        return False
    with _opened(f"sqlite:///{path}", migrate=False) as engine, engine.connect() as connection:
        names = set(sa.inspect(connection).get_table_names()) & set(metadata.tables)
        return not any(
            connection.execute(sa.text(f"SELECT 1 FROM {name} LIMIT 1")).first()  # noqa: S608
            for name in sorted(names)
        )
