"""PostgreSQL as SQLAlchemy speaks to it, with fewer ways to the server and back.

A command that asks one question opens one connection, and every way to the server and back is
waited for; where the server is in another town, that is most of the time it takes.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry


class Dialect(PGDialect_psycopg):
    """Knows from the server's greeting, or from us, what SQLAlchemy asks a first connection for."""

    supports_statement_cache = True

    def _get_server_version_info(self, connection: sa.Connection) -> tuple[int, ...]:
        major, minor = divmod(_greeting(connection).server_version, 10_000)
        return (major, minor)

    def _set_backslash_escapes(self, connection: sa.Connection) -> None:
        said = _greeting(connection).parameter_status("standard_conforming_strings")
        self._backslash_escapes = said == "off"

    def _get_default_schema_name(self, connection: sa.Connection) -> str:  # noqa: ARG002
        return "public"  # needed only to look at foreign keys, which no program of ours does

    def get_default_isolation_level(self, dbapi_conn: DBAPIConnection) -> Any:  # noqa: ARG002
        return "READ COMMITTED"  # what our statements are written for, whatever the server's is


def _greeting(connection: sa.Connection) -> Any:
    """What the server said of itself when it was connected to."""
    driver: Any = connection.connection.driver_connection
    return driver.info


def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Make a new connection ready for our statements."""
    connection.autocommit = True  # no BEGIN, no COMMIT: each is a way to the server and back
    cursor = connection.cursor()
    # 4 is for turning disks: it avoids good indexes
    cursor.execute("SET TIME ZONE 'UTC'; SET random_page_cost = 1.1")
    cursor.close()
    connection.autocommit = False


registry.register("postgresql.psycopg", __name__, Dialect.__name__)
