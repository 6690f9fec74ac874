"""Text as words with what stands between them, and words in the form they are compared in."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_ODD = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ё": "е", "ĳ": "ij"}
)
_ALREADY_FOLDED: dict[str, str] = {}
_REMEMBERED = 50_000


class Word(NamedTuple):
    """One word or number: folded, where it stands, and what stands before it."""

    text: str
    start: int
    end: int
    gap: str
    number: bool


_made = tuple.__new__  # what ``Word(…)`` does, without the call around it: every word comes here


def words_of(text: str, start: int, end: int) -> list[Word]:
    """The words of a part of ``text``; signs, white space and line breaks are in the gaps."""
    found: list[Word] = []
    at = start
    folded = _ALREADY_FOLDED
    for token in _TOKEN.finditer(text, start, end):
        first, last = token.span()
        raw = token[0]
        number = raw[0].isdecimal()
        word = raw if number else folded.get(raw) or fold(raw)
        found.append(_made(Word, (word, first, last, text[at:first], number)))
        at = last
    return found


class _PlainLetters(dict[int, str]):
    """For ``str.translate``: each letter in the form words are compared in, found when needed."""

    def __missing__(self, code: int) -> str:
        self[code] = plain = fold(chr(code))
        return plain


_PLAIN = _PlainLetters()


def fold_text(text: str) -> str:
    """``text`` in the letters words are compared in, near enough to look for words in it."""
    text = text.lower()
    return text if text.isascii() else text.translate(_PLAIN)


def fold(word: str) -> str:
    """``word`` in small plain letters: no accents on Latin ones, no bold mathematical alphabet.

    Pages and their readers forget accents; Cyrillic й and ї are letters of their own and stay.
    """
    known = _ALREADY_FOLDED.get(word)
    if known is not None:
        return known
    plain = word.lower()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", plain).lower().translate(_ODD)
        if not "\u0400" <= plain[:1] <= "\u04ff":
            plain = "".join(
                letter
                for letter in unicodedata.normalize("NFD", plain)
                if not unicodedata.combining(letter)
            )
    if len(_ALREADY_FOLDED) >= _REMEMBERED:  # hostile text must not fill the memory
        _ALREADY_FOLDED.clear()
    if len(word) <= 40:
        _ALREADY_FOLDED[word] = plain
    return plain
