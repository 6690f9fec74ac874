"""The table of docs/programmes.md says what the rules say."""

from __future__ import annotations

from classifier.programme_table import END, START, table, with_table
from classifier.programmes import DOCUMENT, Rules


def test_the_page_is_current(rules: Rules) -> None:
    page = DOCUMENT.read_text(encoding="utf-8")
    assert page.count(START) == page.count(END) == 1
    assert with_table(page, rules) == page, "run python -m classifier.programmes --write"


def test_the_page_counts_the_programmes(rules: Rules) -> None:
    assert f"{len(rules.programmes)} programmes" in DOCUMENT.read_text(encoding="utf-8")


def test_every_programme_has_a_row_of_all_columns(rules: Rules) -> None:
    rows = [line for line in table(rules).splitlines() if line.startswith("| ")]
    assert {row.count(" | ") for row in rows} == {rows[0].count(" | ")}
    for rule in rules.programmes.values():
        (row,) = [row for row in rows if f"`{rule.id}`" in row]
        assert rule.why in row


def test_certainty_stands_beside_the_facts(rules: Rules) -> None:
    (row,) = [line for line in table(rules).splitlines() if "`cerv_town_twinning`" in line]
    assert "may lead ◐, lead ◐" in row
    assert "1 partner, 2 countries, 1 from the EU side ●" in row
    assert "8,455 to 50,745 ●" in row
