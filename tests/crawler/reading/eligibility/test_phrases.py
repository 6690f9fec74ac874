"""Invented sentences in every language, each with all that is read of it (``phrases.txt``)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from crawler.reading.eligibility import read_eligibility
from crawler.reading.eligibility.vocabulary import languages
from crawler.reading.language import LANGUAGES
from tests.crawler.reading.eligibility.cells import cells

TABLE = Path(__file__).with_name("phrases.txt")
ROWS = [
    tuple(part.strip() for part in line.split(" | "))
    for line in TABLE.read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


@pytest.mark.parametrize(("language", "sentence", "expected"), ROWS)
def test_a_sentence_says(language: str, sentence: str, expected: str) -> None:
    assert cells(read_eligibility(sentence, language=language)) == expected


@pytest.mark.parametrize(("sentence", "expected"), [row[1:] for row in ROWS])
def test_a_sentence_says_the_same_when_its_language_is_not_told(
    sentence: str, expected: str
) -> None:
    told = cells(read_eligibility(sentence, language=None))
    if told != expected:  # one short sentence may be of several languages: never another reading
        assert set(told.split("; ")) <= {*expected.split("; "), "nothing", "unread"}


def test_every_language_has_a_file_and_sentences() -> None:
    assert set(languages()) == set(LANGUAGES)
    told = Counter(language for language, _, _ in ROWS)
    assert all(told[language] >= 5 for language in LANGUAGES), told
