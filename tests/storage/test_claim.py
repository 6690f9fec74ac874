"""Only one program is at a piece of work, and nothing is left when it dies."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from storage.claim import claimed
from storage.database import open_database
from storage.errors import Busy, DatabaseUnavailable

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys, time
from storage.claim import claimed
from storage.database import open_database
with claimed(open_database(sys.argv[1]), "digging", patience=0, refusal="no"):
    print("held", flush=True)
    time.sleep(600)
"""


def holder(url: str) -> subprocess.Popen[str]:
    """Another program that is digging until it is killed."""
    found = subprocess.Popen(
        [sys.executable, "-c", HOLDER, url], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert found.stdout is not None
    assert found.stdout.readline() == "held\n"
    return found


def test_a_second_program_is_refused_until_the_first_is_gone(url: str) -> None:
    engine = open_database(url)
    with holder(url) as other:
        with (
            pytest.raises(Busy, match="somebody digs already"),
            claimed(engine, "digging", patience=0.2, refusal="somebody digs already"),
        ):
            raise AssertionError("both dig")
        with claimed(engine, "planting", patience=0, refusal="no"):
            other.kill()  # and lets go without a word
        with claimed(engine, "digging", patience=15, refusal="no"):
            pass
    engine.dispose()


def test_it_is_free_again_at_once_and_leaves_no_file(url: str, tmp_path: Path) -> None:
    engine = open_database(url)
    for _ in range(3):
        with (
            pytest.raises(ZeroDivisionError),
            claimed(engine, "digging", patience=0, refusal="no"),
        ):
            raise ZeroDivisionError
    assert not list(tmp_path.glob("*.lock"))
    engine.dispose()


def test_whoever_waits_gets_it_as_soon_as_it_is_free(url: str) -> None:
    engine, other = open_database(url), open_database(url)
    begun = time.monotonic()
    with (
        claimed(engine, "digging", patience=0, refusal="no"),
        pytest.raises(Busy),
        claimed(other, "digging", patience=0.5, refusal="wait"),
    ):
        raise AssertionError("both dig")
    assert time.monotonic() - begun >= 0.5
    with claimed(other, "digging", patience=0, refusal="no"):
        pass
    engine.dispose()
    other.dispose()


def test_a_database_in_memory_has_one_program_only() -> None:
    engine = open_database("sqlite://")
    with claimed(engine, "digging", patience=0, refusal="no"):
        pass
    engine.dispose()


def test_a_folder_that_is_gone_is_told_in_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    engine = open_database(f"sqlite:///{folder}/bridges.db")
    folder.rename(tmp_path / "gone")
    with (
        pytest.raises(DatabaseUnavailable, match="cannot be used: No such file"),
        claimed(engine, "digging", patience=0, refusal="no"),
    ):
        raise AssertionError("nothing was held")
    engine.dispose()
