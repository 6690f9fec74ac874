"""Sources side by side: two at a time, never two on a site, and none that takes another along."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler import harvest
from crawler.harvest import Children
from crawler.side_by_side import side_by_side
from storage.domain import Harvest, Outcome
from tests.crawler.conftest import Database

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
CHILD = (sys.executable, str(Path(__file__).with_name("child.py")))


@pytest.fixture(autouse=True)
def child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harvest, "CHILD", CHILD)
    monkeypatch.setattr(harvest, "GRACE", 1)
    monkeypatch.setattr(harvest, "HURRY", 1)


class Running:
    """Stands for harvests that only take time, and watches which of them run at once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now: set[str] = set()
        self.together: set[frozenset[str]] = set()
        self.most = 0

    def __call__(self, name: str, _children: Children) -> Harvest:
        with self.lock:
            self.now.add(name)
            self.most = max(self.most, len(self.now))
            self.together.add(frozenset(self.now))
        time.sleep(0.05)
        with self.lock:
            self.now.discard(name)
        return Harvest(name, NOW, NOW, outcome=Outcome.OK)


def test_two_run_at_once_and_all_are_told() -> None:
    running = Running()
    sources = {name: (f"{name}.example.eu",) for name in "abcdef"}
    found = {one.source for one in side_by_side(sources, running)}
    assert found == set(sources)
    assert running.most == 2


def test_sources_of_one_site_wait_for_each_other_and_hold_up_no_other() -> None:
    running = Running()
    sources = {"a": ("x", "y"), "b": ("y",), "c": ("z",), "d": ("x",)}
    assert {one.source for one in side_by_side(sources, running)} == set(sources)
    assert frozenset("ac") in running.together
    assert not running.together & {frozenset("ab"), frozenset("ad")}


def test_one_that_dies_or_hangs_harms_no_other_and_none_outlives_the_listener(
    database: Database,
) -> None:
    ended: dict[str, Harvest] = {}

    def run(name: str, children: Children) -> Harvest:
        ended[name] = harvest.run(name, database_url=database.url, now=NOW, children=children)
        return ended[name]

    sources = {name: (name,) for name in ("hangs", "crashes", "good")}
    with closing(side_by_side(sources, run)) as harvests:
        told = {one.source: one.outcome for one in (next(harvests), next(harvests))}
    assert told == {"crashes": Outcome.FAILED, "good": Outcome.OK}
    assert ended["hangs"].outcome is Outcome.FAILED
    assert "ended early (killed by SIG" in ended["hangs"].reason
    assert database.is_sound()


def test_what_goes_wrong_in_one_is_raised_and_leaves_none_running() -> None:
    def run(name: str, _children: Children) -> Harvest:
        raise RuntimeError(name)

    with pytest.raises(RuntimeError, match="a"):
        list(side_by_side({"a": (), "b": ()}, run))
