"""Opening a database: new, old, newer, foreign, locked, full, broken, by two at once."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage import calls, harvests
from storage.database import open_database, reading, revision, storage_errors
from storage.errors import BridgesError, DatabaseUnavailable, NewerDatabase
from storage.schema import REVISION, metadata
from tests.empty import empty_database
from tests.storage.making import NOW, call, keep

HOUSE = Path(__file__).resolve().parents[2]


@pytest.fixture
def blank(blank_url: str) -> Iterator[sa.Engine]:
    engine = open_database(blank_url, migrate=False)
    yield engine
    engine.dispose()


def run(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=HOUSE,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def one_line(error: BridgesError) -> str:
    assert "\n" not in str(error)
    assert len(str(error)) < 400
    return str(error)


def test_a_new_database_gets_todays_tables(blank: sa.Engine, blank_url: str) -> None:
    assert revision(blank) is None
    engine = open_database(blank_url)
    assert revision(engine) == REVISION
    with engine.begin() as connection:
        keep(connection, call())
    engine.dispose()


def test_the_migrations_end_where_the_program_begins() -> None:
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [REVISION]


def test_the_migrations_make_the_tables_that_the_program_knows(engine: sa.Engine) -> None:
    def ours(_: object, name: str | None, kind: str, *__: object) -> bool:
        # made for one database only, or for each in its own way
        own = {"call_texts_search_words", "search_words", "facets_alike"}
        return not (name in own or (kind == "table" and str(name).startswith("calls_fts")))

    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, metadata) == []


def test_a_current_database_opens_without_alembic(url: str) -> None:
    open_database(url).dispose()
    code = (
        "import sys; from storage.database import open_database; open_database(sys.argv[1]);"
        "sys.exit(any(name.startswith('alembic') for name in sys.modules))"
    )
    child = run(code, url)
    assert (child.wait(), child.communicate()) == (0, ("", ""))


def test_opening_again_changes_nothing(url: str) -> None:
    engine = open_database(url)
    with engine.begin() as connection:
        keep(connection, call())
    engine.dispose()
    engine = open_database(url)
    with engine.begin() as connection:
        assert len(calls.known(connection, "portal")) == 1
    engine.dispose()


def test_a_newer_database_is_refused(blank: sa.Engine, blank_url: str) -> None:
    with blank.begin() as connection:
        connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(sa.text("INSERT INTO alembic_version VALUES ('9999')"))
    with pytest.raises(NewerDatabase) as caught:
        open_database(blank_url)
    said = one_line(caught.value)
    assert "9999" in said
    assert REVISION in said
    assert "install the newer program" in said
    assert revision(blank) == "9999"


def test_tables_of_another_program_are_left_alone(blank: sa.Engine, blank_url: str) -> None:
    with blank.begin() as connection:
        connection.execute(sa.text("CREATE TABLE calls (caller TEXT)"))
    with pytest.raises(DatabaseUnavailable, match="belongs to another program"):
        open_database(blank_url)
    with blank.begin() as connection:
        assert sa.inspect(connection).get_table_names() == ["calls"]


def test_a_file_of_another_program_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "photos.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE photos (name)")
    connection.close()
    with pytest.raises(DatabaseUnavailable, match="has a table photos"):
        open_database(f"sqlite:///{file}")


def test_programs_that_start_together_do_not_collide(blank_url: str) -> None:
    code = (
        "import sys; from storage.database import *; e = open_database(sys.argv[1]);"
        "sys.stdout.write(revision(e))"
    )
    children = [run(code, blank_url) for _ in range(3)]
    found = [(child.communicate(), child.returncode) for child in children]
    assert found == [((REVISION, ""), 0)] * 3


def test_a_failed_migration_leaves_nothing_behind(
    blank: sa.Engine, blank_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patched:
        patched.setattr("alembic.op.create_index", broken)
        patched.setattr("alembic.operations.Operations.create_index", broken)
        with pytest.raises(RuntimeError, match="power cut"):
            open_database(blank_url)
    with blank.begin() as connection:
        assert sa.inspect(connection).get_table_names() == []
    open_database(blank_url).dispose()


def test_the_folder_of_a_file_is_made(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "bridges.db"
    open_database(f"sqlite:///{file}").dispose()
    assert file.exists()


def test_sqlite_is_set_up_for_many_programs(sqlite_url: str) -> None:
    engine = open_database(sqlite_url)
    with engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }
    engine.dispose()
    assert pragmas == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": 1,
        "busy_timeout": 20_000,
    }


def test_readers_neither_wait_nor_see_half(engine: sa.Engine) -> None:
    with engine.begin() as writing:
        keep(writing, call())
        with reading(engine) as connection:
            assert calls.known(connection, "portal") == {}
    with reading(engine) as connection:
        assert len(calls.known(connection, "portal")) == 1


def test_two_writers_take_turns_even_after_reading(engine: sa.Engine) -> None:
    with engine.begin() as first:
        assert calls.known(first, "portal") == {}
        keep(first, call("A"))
    with engine.begin() as second:
        assert set(calls.known(second, "portal")) == {"A"}
        keep(second, call("B"))


def test_a_locked_database_is_said_in_one_line(sqlite_url: str) -> None:
    engine = open_database(sqlite_url)
    waiting = open_database(f"{sqlite_url}?timeout=0.1")
    with engine.begin() as connection:
        keep(connection, call())
        began = time.monotonic()
        with pytest.raises(DatabaseUnavailable) as caught, waiting.begin():
            pass
        assert time.monotonic() - began < 10
    assert "is locked by another program" in one_line(caught.value)
    engine.dispose()
    waiting.dispose()


@pytest.mark.parametrize("content", [b"hello, this is no database\n" * 100, b"SQLite format 3\0x"])
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes(content)
    with pytest.raises(DatabaseUnavailable, match=r"not a database|damaged") as caught:
        open_database(f"sqlite:///{file}")
    assert str(file) in one_line(caught.value)
    assert file.read_bytes() == content


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="cannot be opened"):
        open_database(f"sqlite:///{tmp_path}")


def test_a_file_in_the_way_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(DatabaseUnavailable, match="cannot be used"):
        open_database(f"sqlite:///{tmp_path}/file/bridges.db")


def test_a_damaged_database_is_said_in_one_line(sqlite_url: str) -> None:
    engine = open_database(sqlite_url)
    with engine.begin() as connection:
        for number in range(200):
            keep(connection, call(f"{number}"))
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    file = Path(engine.url.database or "")
    content = bytearray(file.read_bytes())
    content[8192:] = b"\xa5" * (len(content) - 8192)
    file.write_bytes(content)
    with pytest.raises(DatabaseUnavailable) as caught:
        _use(sqlite_url)
    assert "damaged" in one_line(caught.value)


def _use(url: str) -> None:
    engine = open_database(url)
    try:
        with engine.begin() as connection:
            calls.known(connection, "portal")
            keep(connection, call())
    finally:
        engine.dispose()


READ_ONLY = """
import os, sys
import sqlalchemy as sa
from storage import calls
from storage.database import open_database, reading
from storage.errors import DatabaseUnavailable
open_database("sqlite://").dispose()  # imports all it needs while it may
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
engine = open_database(sys.argv[1])
with reading(engine) as connection:
    print(len(calls.known(connection, "portal")), flush=True)
try:
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM changes"))
except DatabaseUnavailable as error:
    print(error, flush=True)
try:
    with reading(engine) as connection:
        print("asked", flush=True)
        sys.stdin.readline()  # meanwhile, its owner writes
        calls.known(connection, "portal")
except DatabaseUnavailable as error:
    print(error, flush=True)
with reading(engine) as connection:
    print(len(calls.known(connection, "portal")))
"""


def test_who_may_only_read_a_file_can_ask_and_never_gets_half_an_answer() -> None:
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "bridges.db"
        empty_database(file)
        owner = open_database(f"sqlite:///{file}")
        with owner.begin() as connection:
            keep(connection, call("1"))
        owner.dispose()
        file.chmod(0o444)
        file.parent.chmod(0o555)
        reader = run(READ_ONLY, f"sqlite:///{file}")
        assert reader.stdin is not None
        assert reader.stdout is not None
        lines = [reader.stdout.readline() for _ in range(3)]
        assert (lines[0], lines[2]) == ("1\n", "asked\n")
        assert "give write permission to the file and its folder" in lines[1]
        assert [left.name for left in file.parent.iterdir()] == ["bridges.db"]
        file.parent.chmod(0o755)
        file.chmod(0o644)
        with owner.begin() as connection:
            keep(connection, call("2"))
        owner.dispose()
        out, err = reader.communicate("go on\n")
        assert "while it was read; ask again" in out.splitlines()[0]
        assert (out.splitlines()[1], err) == ("2", "")


def test_a_database_opened_for_reading_alone_can_be_read(sqlite_url: str) -> None:
    engine = open_database(sqlite_url)
    with engine.begin() as connection:
        keep(connection, call())
    alone = open_database(f"sqlite:///file:{engine.url.database}?mode=ro&uri=true")
    with reading(alone) as connection:
        assert len(calls.known(connection, "portal")) == 1
    with pytest.raises(DatabaseUnavailable, match="can only be read"), alone.begin() as connection:
        connection.execute(sa.text("DELETE FROM changes"))
    alone.dispose()
    engine.dispose()


FULL_DISK = """
import resource, signal, sys
from datetime import datetime, UTC
from storage import calls
from storage.database import open_database, reading
from storage.domain import Call, Reading
from storage.errors import DatabaseUnavailable
engine = open_database(sys.argv[1])
size = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
now = datetime(2026, 11, 22, tzinfo=UTC)
kept = 0
try:
    for number in range(100000):
        with engine.begin() as connection:
            for part in range(20):
                one = Call("portal", f"{number}-{part}", "title", description="word " * 200)
                reading_of = Reading(one, "r")
                calls.keep(
                    connection, reading_of, raw=None, digest="", now=now, harvest=None
                )
        kept += 20
except DatabaseUnavailable as error:
    print(error)
with reading(engine) as connection:
    print(kept, len(calls.known(connection, "portal")))
"""


def test_a_full_disk_is_said_and_loses_nothing_kept(sqlite_url: str) -> None:
    open_database(sqlite_url).dispose()
    limit = 1_500_000
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] in {resource.RLIM_INFINITY, -1}
    child = run(FULL_DISK, sqlite_url, str(limit))
    out, err = child.communicate()
    assert err == ""
    said, counts = out.splitlines()
    assert "the disk" in said
    assert "is safe" in said
    kept, found = map(int, counts.split())
    assert kept == found > 0
    engine = open_database(sqlite_url)  # with room again, the work goes on
    with engine.begin() as connection:
        assert len(calls.known(connection, "portal")) == found
        keep(connection, call())
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    engine.dispose()


KILLED = """
import sys
from datetime import datetime, UTC
from storage import calls, harvests
from storage.database import open_database
from storage.domain import Call, Deadline, DeadlineKind, Reading
engine = open_database(sys.argv[1])
now = datetime(2026, 11, 22, tzinfo=UTC)
deadline = Deadline(DeadlineKind.SINGLE, "2026-12-22")
with engine.begin() as connection:
    harvest = harvests.start(connection, "portal", now)
print("begun", flush=True)
for number in range(100000):
    with engine.begin() as connection:
        one = Call("portal", f"{number}", f"title {number}", deadlines=(deadline,))
        calls.keep(
            connection, Reading(one, "r"), raw={"n": number}, digest="", now=now, harvest=harvest
        )
"""


@pytest.mark.parametrize("after", [0.0, 0.05, 0.3])
def test_killed_in_the_middle_the_database_is_sound(url: str, after: float) -> None:
    open_database(url).dispose()
    child = run(KILLED, url)
    assert child.stdout is not None
    assert child.stdout.readline() == "begun\n"
    time.sleep(after)
    child.kill()
    child.communicate()
    engine = open_database(url)
    with engine.begin() as connection:
        assert harvests.interrupted(connection, "portal", NOW) == 1
        known = calls.known(connection, "portal")
        assert set(known) == {f"{number}" for number in range(len(known))}
        for name in known:  # whole, with its words, its spans and its place in the search
            assert calls.get(connection, f"portal:{name}").title == f"title {name}"
        assert len(list(calls.stored_words(connection))) == len(known)
        for table in ("call_texts", "versions", "readings"):
            count = sa.select(sa.func.count()).select_from(metadata.tables[table])
            assert connection.scalar(count) == len(known)
        keep(connection, call("afterwards"))
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            connection.exec_driver_sql("INSERT INTO calls_fts(calls_fts) VALUES('integrity-check')")
    engine.dispose()


def test_postgresql_that_does_not_answer_is_said_in_one_line() -> None:
    url = "postgresql://nobody:hunter2@127.0.0.1:9/bridges?connect_timeout=3"
    with pytest.raises(DatabaseUnavailable) as caught:
        open_database(url)
    assert "hunter2" not in one_line(caught.value)
    assert "cannot be used" in str(caught.value)


def test_no_such_database_on_postgresql(postgresql_server: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="does not exist"):
        open_database(postgresql_server.format("nowhere"))


def test_two_programs_in_each_others_way_are_said_in_one_line(postgresql_url: str) -> None:
    engine = open_database(postgresql_url)
    both = threading.Barrier(2, timeout=10)
    lock = sa.text("SELECT pg_advisory_xact_lock(:key)")

    def take(*keys: int) -> None:
        with engine.begin() as connection:
            connection.execute(sa.text("SET LOCAL deadlock_timeout = '200ms'"))
            connection.execute(lock, {"key": keys[0]})
            both.wait()
            connection.execute(lock, {"key": keys[1]})

    with ThreadPoolExecutor() as pool:
        ends = [pool.submit(take, 1, 2), pool.submit(take, 2, 1)]
    (error,) = [found for one in ends if (found := one.exception()) is not None]
    assert isinstance(error, DatabaseUnavailable)
    assert "deadlock detected" in one_line(error)
    engine.dispose()


@pytest.mark.parametrize("url", ["mysql://host/x", "not a url", "", "oracle+x://"])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(DatabaseUnavailable):
        open_database(url)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_name_of_postgresql_is_understood(postgresql_url: str, scheme: str) -> None:
    address = postgresql_url.replace("postgresql+psycopg", scheme, 1)
    engine = open_database(address)
    assert revision(engine) == REVISION
    engine.dispose()


def test_postgresql_answers_in_utc_wherever_it_stands(postgresql_url: str) -> None:
    engine = open_database(f"{postgresql_url}&options=-c%20timezone%3DAsia/Tokyo")
    with engine.begin() as connection:
        ancient = datetime(1900, 1, 1, tzinfo=UTC)
        keep(connection, call(first_seen=ancient))
        assert calls.get(connection, "portal:W-1").first_seen == ancient
        assert connection.scalar(sa.text("SHOW timezone")) == "UTC"
    engine.dispose()


def test_a_mistake_of_ours_is_not_dressed_up_as_the_disks(engine: sa.Engine) -> None:
    with pytest.raises(sa.exc.DBAPIError), engine.begin() as connection:
        connection.execute(sa.text("SELECT nothing FROM nowhere"))
    with engine.begin() as connection:
        keep(connection, call())
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        connection.execute(sa.text("UPDATE calls SET opportunity = 'o-nowhere'"))


def test_files_that_fail_are_said_in_one_line(tmp_path: Path) -> None:
    said = "the outbox cannot be used: No such file"
    with pytest.raises(DatabaseUnavailable, match=said), storage_errors("the outbox"):
        (tmp_path / "nowhere").read_bytes()
