"""Finds phrases in a text in whatever form their words stand there, in languages that inflect.

No grammar is known: the forms of a word are taken to share its beginning, and the words of a
phrase to stand close together and in order. That finds a little too much and misses little.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import Generic, TypeVar

Meaning = TypeVar("Meaning", bound=Hashable)

ENGLISH = "en"
APART = 3
"""Words that may stand between those of a phrase, and one less."""

_WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*")
_STOP = re.compile(r"[.!?;…]+(?=\s)")
_ENDING = 2
"""Letters of a word that may be its ending; of a word of four letters one."""

_LONGER = 3
"""Letters by which the ending of another form may be longer, after a root of more than three."""

_SHORTEST = 4
_KEY = 3
_SMALL = frozenset({
    "a", "and", "de", "der", "des", "die", "do", "du", "et", "for", "für", "fără", "i", "în", "la",
    "le", "les", "na", "of", "on", "și", "the", "to", "und", "w", "z", "zu", "із", "і", "й", "до",
    "на", "та", "у", "в", "з", "про", "для", "par", "pour", "pe", "cu", "din", "od", "dla", "ze",
})  # fmt: skip


class Finder(Generic[Meaning]):
    """Phrases of one language, and what each stands for."""

    def __init__(self, language: str, phrases: Iterable[tuple[str, Meaning]]) -> None:
        self._language = language
        self._by_key: dict[str, list[tuple[Meaning, tuple[str, ...]]]] = {}
        for words, meaning in phrases:
            roots = tuple(_root(one, language) for one in folded(words) if one not in _SMALL)
            if roots:
                self._by_key.setdefault(roots[0][:_KEY], []).append((meaning, roots))

    def find(self, text: str) -> list[Meaning]:
        """Return what the phrases that ``text`` says stand for, each once.

        No phrase begins in one sentence and ends in the next.
        """
        said = (self._find(folded(sentence)) for sentence in _STOP.split(text))
        return list(dict.fromkeys(chain.from_iterable(said)))

    def _find(self, words: list[str]) -> Iterator[Meaning]:
        for at, word in enumerate(words):
            for meaning, roots in self._by_key.get(word[:_KEY], ()):
                if self._stands(roots, words, at):
                    yield meaning

    def _stands(self, roots: tuple[str, ...], words: list[str], at: int) -> bool:
        place = at
        for number, root in enumerate(roots):
            reach = range(place, min(len(words), place + (APART if number else 1)))
            found = next((here for here in reach if self._is(words[here], root)), None)
            if found is None:
                return False
            place = found + 1
        return True

    def _is(self, word: str, root: str) -> bool:
        if not word.startswith(root):
            return False
        inflects = self._language != ENGLISH and len(root) >= _SHORTEST
        return len(word) - len(root) <= (_ENDING + _LONGER if inflects else _ENDING)


def folded(text: str) -> list[str]:
    """Return the words of a text in small letters."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("ʼ", "'")
    return _WORD.findall(plain)


def base(language: str) -> str:
    """Return a language without its region: ``pt`` of ``pt-BR``."""
    return language.casefold().replace("_", "-").split("-")[0]


@lru_cache(maxsize=20_000)
def _root(word: str, language: str) -> str:
    """Return the part of a word that its forms share."""
    if language == ENGLISH:
        return word[:-1] if len(word) > _SHORTEST and word.endswith(("s", "y", "e")) else word
    if len(word) < _SHORTEST:
        return word
    return word[: max(_SHORTEST, len(word) - _ENDING)] if len(word) > _SHORTEST else word[:-1]
