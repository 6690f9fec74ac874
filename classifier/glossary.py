"""What an interest says, in the English words in which calls would say it.

A dictionary of towns, not a translation: the descriptors of the themes in five languages, and for
Ukrainian the words of ``vocabulary.txt`` besides. What it does not know is left to meaning alone.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from classifier.finding import Finder
from classifier.lexical import tokens
from classifier.themes import UKRAINIAN, load_themes, spoken_in
from storage.errors import BridgesError


class BadVocabulary(BridgesError):  # noqa: N818 - the name says what happened, as messages do
    """Raised for a line of the vocabulary that is no pair of words."""


def in_english(text: str, language: str) -> dict[str, str]:
    """Return the English words for what ``text`` says, each with the words it was found by."""
    found = {one.english: one.words for one in load_themes().said(text, language)}
    if UKRAINIAN in spoken_in(text, language):
        for ukrainian, english in _vocabulary().find(text):
            found.setdefault(english, ukrainian)
    return found


@cache
def known_words() -> frozenset[str]:
    """Return every word of the dictionary in every language, in the form in which they compare."""
    described = [theme.descriptors.values() for theme in load_themes()]
    said = [words for one in described for every in one for words in every]
    said += [words for pair in pairs(_text()) for words in pair]
    return frozenset(word for words in said for word in tokens(words))


def _text() -> str:
    return files("classifier").joinpath("vocabulary.txt").read_text(encoding="utf-8")


@cache
def _vocabulary() -> Finder[tuple[str, str]]:
    return Finder(UKRAINIAN, [(pair[0], pair) for pair in pairs(_text())])


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
