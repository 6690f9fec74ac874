"""Writes a row in the place of the one there was, also when two programs do so at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite


def insert_of(dialect: str) -> Callable[..., Any]:
    """Return the INSERT of a database that can say what to do where the row is there already."""
    if dialect == "sqlite":
        return sqlite.insert
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - 40 ms that SQLite does without

    return postgresql.insert


def put_row(connection: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> None:
    """Insert ``row`` (a value for every column), or update the one with its primary key."""
    keys = [column.name for column in table.primary_key]
    new = insert_of(connection.dialect.name)(table).values(**row)
    rest = {name: new.excluded[name] for name in row if name not in keys}
    connection.execute(new.on_conflict_do_update(index_elements=keys, set_=rest))
