"""Sentences of a call that no reader has understood: which of them leave a doubt, and how much."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from classifier.patterns import visible
from classifier.rulebook import Doubt, Phrases, Telling

LONGEST_ENTRY = 20_000
MOST_ENTRIES = 500
_FOOTNOTE = re.compile(r"\A\[\d{1,3}\] ")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[^\W\d_a-z]|[\"“(\[])")
_UKRAINE = re.compile(r"ukrain|україн|украин", re.IGNORECASE)
_FEWEST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Doubtful:
    """One sentence that bears on who may apply; ``telling`` is None when its kind is not known."""

    sentence: str
    doubt: Doubt
    telling: Telling | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """What is left of the unread text once pointers and other matters are taken away."""

    doubtful: tuple[Doubtful, ...] = ()

    @property
    def reopens(self) -> bool:
        """Whether a sentence admits others than those a list of the call names."""
        return any(item.telling is not None and item.telling.reopens for item in self.doubtful)

    @property
    def names_ukraine(self) -> bool:
        """Whether a sentence that was not understood speaks of Ukraine."""
        return any(_UKRAINE.search(item.sentence) for item in self.doubtful)


@lru_cache(maxsize=4096)
def read_unread(
    phrases: Phrases, unread: tuple[str, ...], understood: tuple[str, ...] = ()
) -> Unread:
    """Look every sentence of ``unread`` up in ``phrases``.

    ``understood`` are the words of criteria: of them only what is telling ``even_read`` counts.
    """
    found: dict[str, Doubtful] = {}
    for entry in unread[:MOST_ENTRIES]:
        for sentence in _sentences(entry[:LONGEST_ENTRY], phrases):
            if sentence not in found and (item := _doubtful(sentence, phrases)):
                found[sentence] = item
    for words in understood[:MOST_ENTRIES]:
        item = _told(visible(words[:LONGEST_ENTRY]), phrases, even_read=True)
        if item is not None:
            found.setdefault(item.sentence, item)
    return Unread(tuple(found.values()))


def _sentences(entry: str, phrases: Phrases) -> list[str]:
    text = visible(unicodedata.normalize("NFKC", entry))
    for heading in phrases.headings:
        seen = re.match(rf"(?:{heading.pattern.pattern})\s*(?::|$)", text, re.IGNORECASE)
        if seen and not heading.decides:
            return []
        if seen:
            text = text[seen.end() :].strip()
            break
    if _FOOTNOTE.match(text):
        return []
    return [part.lstrip("- ") for part in _SENTENCE.split(text) if part.strip("- ")]


def _told(sentence: str, phrases: Phrases, *, even_read: bool) -> Doubtful | None:
    for telling in phrases.telling:
        if (telling.even_read or not even_read) and telling.pattern.search(sentence):
            return Doubtful(sentence, telling.doubt, telling)
    return None


def _doubtful(sentence: str, phrases: Phrases) -> Doubtful | None:
    if told := _told(sentence, phrases, even_read=False):
        return told
    if sentence.endswith(":"):  # what it leads to is looked at by itself
        return None
    if any(pattern.search(sentence) for pattern in phrases.harmless):
        return None
    points = any(pattern.search(sentence) for pattern in phrases.pointers)
    if points and not phrases.limits.search(sentence):
        return None
    if len(sentence.split()) < _FEWEST_WORDS and not phrases.limits.search(sentence):
        return None
    return Doubtful(sentence, Doubt.LOW)
