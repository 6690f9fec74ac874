"""No fault of a site reads as "nothing found", and none costs a stored call: some of the drill.

``docs/fault-drill.md`` has the whole table.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.exhibit import exhibit_path
from crawler.harvest import spider_names
from tests.spiders.drill import drill, faults_of, harvest, site_of
from tests.spiders.drill_page import EVERY, as_page

SOURCES = spider_names()
AT_ONCE = 3
START = 31
"""Where the rota begins: so every fault comes up, and those that take long not often."""


def some_of(number: int) -> list[str]:
    """The faults a source meets here."""
    possible = faults_of(SOURCES[number])
    return [possible[(START + number * AT_ONCE + step) % len(possible)] for step in range(AT_ONCE)]


@pytest.mark.parametrize("number", range(len(SOURCES)), ids=SOURCES)
def test_a_fault_is_named_and_costs_nothing(number: int) -> None:
    found = list(drill(SOURCES[number], some_of(number)))
    assert len(found) == AT_ONCE
    for result in found:
        assert not result.wrong, result


def test_every_fault_comes_up() -> None:
    assert {fault for number in range(len(SOURCES)) for fault in some_of(number)} == set(EVERY)


def test_the_page_of_the_drill_is_of_these_faults_and_sources() -> None:
    written = (Path(__file__).parents[2] / "docs/fault-drill.md").read_text(encoding="utf-8")
    printed = as_page(SOURCES, [])
    assert next(line for line in printed.splitlines() if line.startswith("1 ")) in written
    assert [fault for fault in EVERY if f"\n| {fault} | " not in written] == []
    assert "none of" in written
    assert "!" not in written.partition("```text")[2].partition("```")[0]


def test_the_page_that_failed_is_kept_for_looking_at_until_all_is_well(tmp_path: Path) -> None:
    database, site = tmp_path / "bridges.db", site_of("pl_ua")
    page = exhibit_path(f"sqlite:///{database}", "pl_ua")
    harvest(site, database, "challenge", 0)
    shown = page.read_text(encoding="utf-8")
    assert shown.startswith("https://pl-ua.eu/en/news/page/1/\n2026-11-26 09:00 UTC: page 1")
    assert "Just a moment" in shown
    harvest(site, database, None, 1)
    assert not page.exists()
