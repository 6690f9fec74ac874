"""The table of phrases: what each says by which day, in every language, or that it says none."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from crawler.reading.deadlines import read_deadlines
from crawler.reading.language import LANGUAGES
from storage.domain import Deadline, DeadlineKind

TABLE = Path(__file__).with_name("phrases.tsv")
LINE_BREAK = "⏎"


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def shown(deadline: Deadline) -> str:
    """A deadline as the table writes it: kind unless single, date, clock, the zone if said."""
    if deadline.date is None:
        return deadline.kind.value
    parts = [] if deadline.kind is DeadlineKind.SINGLE else [deadline.kind.value]
    parts.append(deadline.date)
    if deadline.time:
        parts.append(deadline.time)
        if deadline.basis == "stated":
            parts.append(deadline.zone)
    if deadline.recurs:
        parts.append(deadline.recurs)
    return " ".join(parts)


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['language']}: {row['phrase'][:60]}")
def test_a_phrase_reads_as_the_table_says(row: dict[str, str]) -> None:
    read = read_deadlines(
        row["phrase"].replace(LINE_BREAK, "\n"),
        language=row["language"],
        published=row["published"] or None,
    )
    found = "; ".join(map(shown, read.deadlines))
    assert (found or ("unread" if read.unread else "nothing")) == row["expected"]


def test_every_language_has_phrases_of_both_sorts() -> None:
    yes = Counter(row["language"] for row in rows() if row["expected"][0].isdigit())
    no = Counter(row["language"] for row in rows() if row["expected"] == "nothing")
    for language in LANGUAGES:
        assert yes[language] >= 4, language
        assert no[language] >= 4, language


def test_no_phrase_stands_twice() -> None:
    seen = Counter((row["language"], row["published"], row["phrase"]) for row in rows())
    assert [phrase for phrase, times in seen.items() if times > 1] == []
