"""A database opened for one question: on one connection, and asked no more than is needed."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from storage import calls
from storage.database import open_database, opened
from storage.errors import NewerDatabase


def test_one_question_needs_one_connection(blank_url: str) -> None:
    made: list[int] = []
    for _ in ("new, and migrated first", "as it is kept"):
        with opened(blank_url) as connection:
            assert calls.known(connection, "portal") == {}
            pool: Any = connection.engine.pool
            made.append(pool.checkedout() + pool.checkedin())
        connection.engine.dispose()
    assert made == [1, 1]


def test_a_newer_database_is_not_read(blank_url: str) -> None:
    blank = open_database(blank_url, migrate=False)
    with blank.begin() as connection:
        connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(sa.text("INSERT INTO alembic_version VALUES ('9999')"))
    blank.dispose()
    with pytest.raises(NewerDatabase), opened(blank_url):
        pass


def test_what_postgresql_is_not_asked_is_what_it_would_say(postgresql_url: str) -> None:
    with opened(postgresql_url) as connection:

        def said(asked: str) -> str:
            return str(connection.exec_driver_sql(asked).scalar())

        dialect: Any = connection.dialect
        assert dialect.server_version_info == divmod(int(said("SHOW server_version_num")), 10_000)
        assert dialect._backslash_escapes == (said("SHOW standard_conforming_strings") == "off")
        assert dialect.default_schema_name == said("SELECT current_schema()")
        assert dialect.default_isolation_level == said("SHOW transaction_isolation").upper()
    connection.engine.dispose()
