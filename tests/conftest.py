"""Both databases for every test that asks for one: each is empty, with today's tables."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import ssl
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings

from storage.database import open_database
from storage.schema import metadata
from tests.empty import empty_database

# How long an example takes tells of the machine, not of the program.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

_NUMBERS = itertools.count(1)

LONG = (
    "tests/alerts/test_quarter.py",
    "tests/spiders/test_eu_portal_faults.py",
    "tests/test_benchmarks.py",
    "tests/crawler/test_harvest.py",
    "tests/desk/test_run.py",
    "tests/desk/test_demo.py",
    "tests/classifier/test_encoders.py",
    "tests/crawler/test_documents.py",
    "tests/portal/test_standin.py",
    "tests/spiders/test_drill.py",
    "tests/classifier/test_bad_interests.py",
    "tests/desk/test_new_source.py",
    "tests/alerts/test_drill.py",
)
"""Files that take longest, most of a minute and less: they come first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first, so that no worker is left with one while the others rest."""
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(LONG)))


@pytest.fixture(scope="session", autouse=True)
def data_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A data folder for the tests: the secret that signs links is not that of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session", autouse=True)
def no_roots() -> Iterator[None]:
    """No authority vouches for a server of a test but one that the test itself names.

    To load what this machine trusts takes 50 ms for every harvest and every mail server.
    """
    load = ssl.SSLContext.set_default_verify_paths

    def load_named(context: ssl.SSLContext) -> None:
        if "SSL_CERT_FILE" in os.environ:
            load(context)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl.SSLContext, "set_default_verify_paths", load_named)
        yield


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C ends this process and what it starts, as at a terminal.

    A shell that starts the tests in the background has them ignore it, and they pass that on.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL, without a database, of a real PostgreSQL that runs as long as the tests do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it complains about an unset XDG_RUNTIME_DIR
        pgserver = pytest.importorskip("pgserver", reason="no PostgreSQL for this Python")
        place = Path(tempfile.mkdtemp(prefix="bridges-pg-"))  # short: a socket is made in it
        server = pgserver.get_server(place / "data", cleanup_mode="stop")
    try:
        root = f"postgresql+psycopg://postgres@/{{}}?host={place / 'data'}"
        _ask(root, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield root
    finally:
        server.cleanup()
        shutil.rmtree(place)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{empty_database(tmp_path / 'bridges.db')}"


@pytest.fixture(scope="session")
def postgresql_engine(postgresql_server: str) -> Iterator[sa.Engine]:
    """One database for all tests: to empty it takes a hundredth of the time to make another."""
    _ask(postgresql_server, "CREATE DATABASE bridges")
    engine = open_database(postgresql_server.format("bridges"))
    yield engine
    engine.dispose()


@pytest.fixture
def postgresql_url(postgresql_engine: sa.Engine) -> str:
    with postgresql_engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL lock_timeout = '10s'"))  # a test left one open
        for table in reversed(metadata.sorted_tables):
            connection.execute(sa.delete(table))
    return postgresql_engine.url.render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of a database with today's tables and nothing in them."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'blank.db'}"
        return
    server: str = request.getfixturevalue("postgresql_server")
    name = f"blank_{next(_NUMBERS)}"
    _ask(server, f"CREATE DATABASE {name}")
    yield server.format(name)
    _ask(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    opened = open_database(url)
    yield opened
    opened.dispose()


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One transaction on an empty database."""
    with engine.begin() as opened:
        yield opened


def _ask(server: str, *statements: str) -> None:
    """Run statements that no transaction may hold."""
    engine = sa.create_engine(server.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()
