"""Adding rows by statements that are compiled once: a new call takes one for each of its tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa


class _Prepared(NamedTuple):
    text: str
    columns: list[tuple[str, Callable[[Any], Any] | None]]
    positional: bool


class Adding:
    """An INSERT into ``table`` that runs without what SQLAlchemy does anew for each statement.

    That takes longer than to write the row. Each value goes through the type of its column, and
    errors come out as everywhere. ``returning`` is the column the database answers with.
    """

    def __init__(self, table: sa.Table, returning: sa.Column[Any] | None = None) -> None:
        self._table = table
        self._returning = returning
        self._prepared: dict[str, _Prepared] = {}

    def run(self, connection: sa.Connection, row: Mapping[str, Any]) -> sa.CursorResult[Any]:
        """Add a row; every one has values for the same columns (else KeyError, ValueError)."""
        dialect = connection.dialect
        prepared = self._prepared.get(dialect.name)
        if prepared is None:
            prepared = self._prepared[dialect.name] = self._prepare(dialect, row)
        if len(row) != len(prepared.columns):
            raise ValueError(f"not the columns of other rows of {self._table}: {sorted(row)}")
        values = [bind(row[name]) if bind else row[name] for name, bind in prepared.columns]
        if prepared.positional:
            return connection.exec_driver_sql(prepared.text, tuple(values))
        named = {name: value for (name, _), value in zip(prepared.columns, values, strict=True)}
        return connection.exec_driver_sql(prepared.text, named)

    def _prepare(self, dialect: sa.Dialect, row: Mapping[str, Any]) -> _Prepared:
        statement: Any = sa.insert(self._table)
        added = (
            statement.inline() if self._returning is None else statement.returning(self._returning)
        )
        compiled = added.compile(dialect=dialect, column_keys=list(row))
        types = {name: self._table.c[name].type.dialect_impl(dialect) for name in row}
        return _Prepared(
            str(compiled),
            [(name, types[name].bind_processor(dialect)) for name in compiled.positiontup or row],
            bool(compiled.positiontup),
        )
