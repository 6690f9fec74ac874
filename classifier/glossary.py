"""What an interest says, in the English words in which calls would say it.

A dictionary of towns, not a translation: the descriptors of the themes in five languages, and for
Ukrainian the words of ``vocabulary.txt`` besides. What it does not know is left to meaning alone.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from classifier.finding import Finder, base
from classifier.themes import load_themes
from storage.errors import BridgesError

UKRAINIAN = "uk"


class BadVocabulary(BridgesError):  # noqa: N818 - the name says what happened, as messages do
    """Raised for a line of the vocabulary that is no pair of words."""


def in_english(text: str, language: str) -> dict[str, str]:
    """Return the English words for what ``text`` says, each with the words it was found by."""
    found = {one.english: one.words for one in load_themes().said(text, language)}
    if base(language) == UKRAINIAN:
        for ukrainian, english in _vocabulary().find(text):
            found.setdefault(english, ukrainian)
    return found


@cache
def _vocabulary() -> Finder[tuple[str, str]]:
    text = files("classifier").joinpath("vocabulary.txt").read_text(encoding="utf-8")
    return Finder(UKRAINIAN, [(pair[0], pair) for pair in pairs(text)])


def pairs(text: str) -> list[tuple[str, str]]:
    """Return the pairs of a vocabulary. Raises BadVocabulary, which names the line."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        ukrainian, sign, english = (part.strip() for part in line.partition("="))
        if not (ukrainian and sign and english):
            raise BadVocabulary(f"vocabulary.txt:{number}: expected words = words, got {line!r}")
        found.append((ukrainian, english))
    return found
