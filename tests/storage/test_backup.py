"""Everything in one file and back, on both databases and between them."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage import calls, harvests
from storage.backup import backup, restore
from storage.database import open_database
from storage.domain import Cause, Reading
from storage.errors import BadInput, CannotWrite, DatabaseUnavailable, NewerDatabase
from storage.exchange import export_calls
from storage.partnerships import import_partnerships
from storage.query import CallQuery
from storage.schema import metadata
from tests.storage.making import (
    DAY,
    NOW,
    call,
    correct_as_officer,
    full_call,
    harvest,
    keep,
    single,
)

HOUSE = Path(__file__).resolve().parents[2]
PARTNERSHIP = """\
- id: a-b
  name: A – B
  partners: [{name: A, country: UA}, {name: B, country: PL}]
  interests: {en: roads}
  recipients: [{email: anna@example.org}]
"""


def fill(url: str, tmp_path: Path) -> None:
    """A little of everything, with a history."""
    engine = open_database(url)
    with engine.begin() as connection:
        harvest(connection, call("A"), call("B"), full_call())
        correct_as_officer(connection, call("A", title="Better"))
        harvest(connection, call("B", deadlines=(single(60),)), full_call(), now=NOW + DAY)
        harvest(connection, full_call(), now=NOW + 2 * DAY)
        calls.correct(connection, Reading(full_call(language="uk"), "reader-2"), now=NOW)
        target = calls.get(connection, "portal:A").opportunity
        keep(connection, call("C", opportunity=target))
        harvests.confirm(connection, "portal", NOW)
    file = tmp_path / "p.yaml"
    file.write_text(PARTNERSHIP, encoding="utf-8")
    import_partnerships(engine, [file], NOW)
    engine.dispose()


def everything(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, as the program sees it."""
    engine = open_database(url)
    with engine.begin() as connection:
        found = {
            table.name: [
                tuple(row)
                for row in connection.execute(sa.select(table).order_by(*table.primary_key.columns))
            ]
            for table in metadata.sorted_tables
            if not table.info.get("derived")
        }
    engine.dispose()
    return found


@pytest.fixture
def kept(url: str, tmp_path: Path) -> Path:
    """A backup of a filled database."""
    fill(url, tmp_path)
    path = tmp_path / "bridges.backup"
    backup(url, path)
    return path


def test_back_in_the_same_kind_of_database(url: str, blank_url: str, kept: Path) -> None:
    """Both kinds into both kinds: the fixtures cross."""
    before = everything(url)
    assert len(before["calls"]) == 4
    restore(blank_url, kept)
    assert everything(blank_url) == before


def test_what_was_restored_goes_on_living(blank_url: str, kept: Path, tmp_path: Path) -> None:
    restore(blank_url, kept)
    engine = open_database(blank_url)
    with engine.begin() as connection:
        assert CallQuery(words="водоканалів").count(connection, NOW) == 1
        new = keep(connection, call("new"))
        assert new.outcome == "new"
        assert harvest(connection, call("new"), now=NOW + 9 * DAY) == ["portal:B"]  # a 2nd time
        again = keep(connection, call("B", deadlines=(single(90),)), now=NOW + 9 * DAY)
        assert (again.outcome, again.version) == ("changed", 3)
        assert calls.versions(connection, "portal:A")[-1][2] is Cause.OFFICER
        export_calls(connection, tmp_path / "calls.ndjson")
    engine.dispose()


def test_a_backup_is_one_private_file(kept: Path) -> None:
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in kept.parent.glob("*backup*")] == [kept.name]
    assert kept.read_bytes()[:15] == b"SQLite format 3"


def test_a_backup_replaces_an_older_one_and_nothing_else(url: str, kept: Path) -> None:
    backup(url, kept)
    note = kept.with_name("notes.txt")
    note.write_text("mine", encoding="utf-8")
    with pytest.raises(BadInput, match="is not a backup"):
        backup(url, note)
    assert note.read_text(encoding="utf-8") == "mine"


def test_a_backup_of_itself_is_refused(sqlite_url: str) -> None:
    with pytest.raises(BadInput, match="is the database itself"):
        backup(sqlite_url, sqlite_url.removeprefix("sqlite:///"))


def test_there_must_be_a_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="there is no database"):
        backup(f"sqlite:///{tmp_path / 'nowhere.db'}", tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_is_of_one_moment_while_others_write(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_database(sqlite_url)
    with engine.begin() as connection:
        keep(connection, call("A"))
    with engine.begin() as connection:
        keep(connection, call("B"))
        backup(sqlite_url, tmp_path / "b")
    engine.dispose()
    assert len(everything(f"sqlite:///{tmp_path / 'b'}")["calls"]) == 1


def test_a_database_that_is_not_empty_is_kept_without_force(
    url: str, kept: Path, tmp_path: Path
) -> None:
    engine = open_database(url)
    with engine.begin() as connection:
        keep(connection, call("later"))
    engine.dispose()
    before = everything(url)
    with pytest.raises(BadInput, match="--force"):
        restore(url, kept)
    assert everything(url) == before
    restore(url, kept, force=True)
    assert len(everything(url)["calls"]) == 4
    assert not list(tmp_path.glob(".restore-*"))


def test_a_program_that_has_the_database_open_sees_the_restored_one(url: str, kept: Path) -> None:
    engine = open_database(url)
    with engine.begin() as connection:
        keep(connection, call("later"))
    restore(url, kept, force=True)
    with engine.begin() as connection:
        assert set(calls.known(connection, "portal")) == {"A", "B", "C", "F-1"}
    engine.dispose()


NO_BACKUPS = {
    "a text": (b"hello", "another format"),
    "empty": (b"", "another format"),
    "cut off": (b"SQLite format 3\0" + b"\0" * 2000, "damaged|another program"),
}


@pytest.mark.parametrize("name", NO_BACKUPS)
def test_a_file_that_is_no_backup_is_refused(url: str, tmp_path: Path, name: str) -> None:
    content, why = NO_BACKUPS[name]
    path = tmp_path / "b"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=why) as caught:
        restore(url, path, force=True)
    assert "is not a backup" in str(caught.value)


def test_a_file_that_is_not_there_or_of_another_program_is_refused(
    url: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="No such file"):
        restore(url, tmp_path / "nowhere")
    with contextlib.closing(sqlite3.connect(tmp_path / "photos.db")) as connection:
        connection.execute("CREATE TABLE photos (name)")
    with pytest.raises(BadInput, match="another program has written it"):
        restore(url, tmp_path / "photos.db")


def test_a_damaged_backup_is_refused_and_what_is_there_stays(url: str, kept: Path) -> None:
    content = bytearray(kept.read_bytes())
    content[20_000:] = b"\xa5" * (len(content) - 20_000)
    kept.write_bytes(content)
    before = everything(url)
    with pytest.raises(BadInput, match="damaged"):
        restore(url, kept, force=True)
    assert everything(url) == before


def test_a_newer_backup_is_refused(url: str, kept: Path) -> None:
    with contextlib.closing(sqlite3.connect(kept)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(NewerDatabase, match="9999"):
        restore(url, kept, force=True)


def test_a_database_of_another_program_is_never_overwritten(kept: Path, tmp_path: Path) -> None:
    photos = tmp_path / "photos.db"
    with contextlib.closing(sqlite3.connect(photos)) as connection:
        connection.execute("CREATE TABLE photos (name)")
    with pytest.raises(BadInput, match="belongs to another program"):
        restore(f"sqlite:///{photos}", kept, force=True)


def test_a_broken_database_is_set_aside_for_the_backup(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, tmp_path)
    backup(sqlite_url, tmp_path / "b")
    before = everything(sqlite_url)
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    file.write_bytes(b"broken " * 1000)
    with pytest.raises(BadInput, match="--force"):
        restore(sqlite_url, tmp_path / "b")
    restore(sqlite_url, tmp_path / "b", force=True)
    assert everything(sqlite_url) == before
    assert file.with_name("bridges.db.broken").read_bytes() == b"broken " * 1000


def test_a_locked_database_is_not_waited_for_for_ever(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_url, tmp_path)
    backup(sqlite_url, tmp_path / "b")
    monkeypatch.setattr("storage.backup._WAIT", 0.1)
    engine = open_database(sqlite_url)
    with engine.begin() as connection:
        keep(connection, call("later"))
        with pytest.raises(DatabaseUnavailable, match="is locked"):
            restore(sqlite_url, tmp_path / "b", force=True)
    with engine.begin() as connection:
        assert "later" in calls.known(connection, "portal")
    engine.dispose()


def test_a_folder_that_is_not_there_is_said(url: str, tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="No such file or directory"):
        backup(url, tmp_path / "nowhere" / "b")


FULL_DISK = """
import resource, sys
from pathlib import Path
from storage.backup import backup, restore
from storage.errors import BridgesError
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
for deed in (lambda: backup(sys.argv[1], sys.argv[2]),
             lambda: restore(sys.argv[1], sys.argv[3], force=True)):
    try:
        deed()
    except BridgesError as error:
        print(error)
"""


def test_a_full_disk_leaves_no_half_backup_and_the_old_database(
    sqlite_url: str, tmp_path: Path
) -> None:
    engine = open_database(sqlite_url)
    with engine.begin() as connection:
        for number in range(300):
            keep(connection, call(f"{number}", description="word " * 50))
    engine.dispose()
    backup(sqlite_url, tmp_path / "good")
    before = everything(sqlite_url)
    child = subprocess.run(
        [sys.executable, "-c", FULL_DISK, sqlite_url, tmp_path / "half", tmp_path / "good"],
        cwd=HOUSE,
        text=True,
        capture_output=True,
        check=False,
    )
    assert child.stderr == ""
    assert len(child.stdout.splitlines()) == 2
    assert all("disk" in line for line in child.stdout.splitlines())
    assert everything(sqlite_url) == before
    assert {path.name for path in tmp_path.iterdir()} <= {
        "good",
        "bridges.db",
        "bridges.db-wal",
        "bridges.db-shm",
    }
