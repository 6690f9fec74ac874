"""No fault of a site reads as "nothing found", and none costs a stored call: some of the drill.

The whole table is printed by ``python -m tests.spiders.drill``.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from crawler.exhibit import exhibit_path
from crawler.harvest import load_spider, spider_names
from tests.spiders.drill import NOW, drill, faults_of, harvest, spoiled
from tests.spiders.samples import FOLDER

SOURCES = [name for name in spider_names() if (FOLDER / name).is_dir()]
AT_ONCE = 3


@pytest.mark.parametrize("number", range(len(SOURCES)), ids=SOURCES)
def test_a_fault_is_named_and_costs_nothing(number: int) -> None:
    source = SOURCES[number]
    possible = faults_of(source)
    # Each source meets a few, and over all sources each fault comes up several times.
    some = [possible[(number * AT_ONCE + step) % len(possible)] for step in range(AT_ONCE)]
    for result in drill(source, some):
        assert not result.wrong, result


def test_the_page_that_failed_is_kept_for_looking_at_until_all_is_well(tmp_path: Path) -> None:
    database, spider = tmp_path / "bridges.db", load_spider("pl_ua")
    page = exhibit_path(f"sqlite:///{database}", "pl_ua")
    with spoiled("pl_ua", "challenge") as url:
        harvest(spider, database, url, NOW)
    shown = page.read_text(encoding="utf-8")
    assert shown.startswith("https://pl-ua.eu/en/news/page/1/\n2026-11-26 09:00 UTC: page 1")
    assert "Just a moment" in shown
    with spoiled("pl_ua", None) as url:
        harvest(spider, database, url, NOW + timedelta(days=1))
    assert not page.exists()
