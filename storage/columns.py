"""The column types that make SQLite and PostgreSQL keep and return the same values."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import sqlalchemy as sa
from isal import isal_zlib
from sqlalchemy.types import TypeDecorator

Row: TypeAlias = sa.Row[*tuple[Any, ...]]
"""A row of any columns."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_LEVEL = 1
"""Of ISA-L: smaller than zlib's own level 1, in a third of its time; any zlib reads it."""


class Moment(TypeDecorator[datetime]):
    """An aware time: refused when naive, stored in UTC, returned as UTC by both databases."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(
        self,
        value: datetime | None,
        dialect: sa.Dialect,  # noqa: ARG002
    ) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Seconds(TypeDecorator[datetime]):
    """An aware time as whole seconds since 1970, where many are compared: twice as fast."""

    impl = sa.BigInteger
    cache_ok = True

    def coerce_compared_value(self, op: Any, value: Any) -> Any:  # noqa: ARG002
        return self

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:  # noqa: ARG002
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return None if value is None else (value - _EPOCH) // timedelta(seconds=1)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else _EPOCH + timedelta(seconds=value)


class Json(TypeDecorator[Any]):
    """A JSON value as text: PostgreSQL's own JSON type would reorder keys and lose digits."""

    impl = sa.Text
    cache_ok = True

    def coerce_compared_value(self, op: Any, value: Any) -> Any:  # noqa: ARG002
        return self

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str:  # noqa: ARG002
        return dumps(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:  # noqa: ARG002
        return None if value is None else json.loads(value)


class Written(str):
    """A value that is written as JSON already, so that ``Packed`` need not do it again."""

    __slots__ = ()


class Packed(TypeDecorator[Any]):
    """A JSON value compressed with zlib, for what is kept but never searched; None stays NULL."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> bytes | None:  # noqa: ARG002
        return value if value is None or isinstance(value, bytes) else packed(value)

    def process_result_value(self, value: bytes | None, dialect: sa.Dialect) -> Any:  # noqa: ARG002
        return None if value is None else unpacked(value)


def packed(value: Any) -> bytes:
    """Return the bytes as which ``Packed`` keeps a value; it keeps such bytes as they are."""
    text = value if isinstance(value, Written) else json.dumps(value)
    return isal_zlib.compress(text.encode(), _LEVEL)


def unpacked(value: bytes) -> Any:
    """Return what ``Packed`` keeps as these bytes."""
    return json.loads(zlib.decompress(value))


_COMPACT = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def dumps(value: object) -> str:
    """Return ``value`` as compact JSON that both databases can keep (ValueError for NaN)."""
    return _COMPACT.encode(value)


def joined(written: Mapping[str, str]) -> Written:
    """Return an object as compact JSON from its fields, each of them written already."""
    return Written("{" + ",".join([f'"{name}":{text}' for name, text in written.items()]) + "}")


AMONG = {
    "sqlite": "IN (SELECT value FROM json_each(:some))",
    "postgresql": "= ANY(:some)",
}
"""Whether a column is one of several values, in one statement for any number of them."""


def among(connection: sa.Connection, values: Sequence[Any]) -> dict[str, Any]:
    """Return the values as ``AMONG`` takes them."""
    return {"some": list(values) if connection.dialect.name == "postgresql" else dumps(values)}


def key() -> sa.types.TypeEngine[str]:
    """Text that sorts by code point on both databases, whatever PostgreSQL's locale."""
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
