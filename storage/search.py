"""Cutting and folding words for the officers' search, the same for texts and for questions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache

from storage.domain import Call

_WORD = re.compile(r"[^\W_]+")
_NO_WORD = {code: " " for code in range(128) if not chr(code).isalnum()}
"""For ``str.translate``: what parts the words where nothing but ASCII is there."""

_APOSTROPHE = re.compile("(?<=[\u0400-\u04ff])['`´ʼ‘’](?=[\u0400-\u04ff])")
"""Inside a Ukrainian word an apostrophe is a sign of that word, however it was typed."""

_MARK = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
"""Diacritics, once they stand apart from their letters."""

_PLAIN = str.maketrans(
    {
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ø": "o",
        "ħ": "h",
        "ŧ": "t",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ґ": "г",
    }
)
"""Letters with a stroke or hook, which decomposition leaves whole, as they are typed without."""

IN_TITLE = "·"
"""Stands before a word of a title; no word has it (``words``), and both databases keep it in one.

So calls that have words in their title are found by the index, as those that have them anywhere.
"""

_LONGEST_WORD = 100
_LONGEST_TEXT = 200_000
"""PostgreSQL keeps a megabyte of words for a row, and few words are longer than this."""


def words(text: str) -> list[str]:
    """Return the words of ``text`` folded: case, diacritics, width and apostrophes are alike."""
    return _bounded(_words(text))


def _words(text: str) -> list[str]:
    text = text.casefold()
    if not text.isascii():  # no sign of folding is a space, so each piece is folded by itself
        pieces = text.split()
        text = " ".join([one if one.isascii() else _folded(one) for one in pieces])
    # what is ASCII is cut in a third of the time
    return text.translate(_NO_WORD).split() if text.isascii() else _WORD.findall(text)


def _bounded(found: Collection[str]) -> list[str]:
    if max(map(len, found), default=0) <= _LONGEST_WORD:
        return list(found)
    return [word[:_LONGEST_WORD] for word in found]


@lru_cache(20_000)
def _folded(piece: str) -> str:
    """A piece between spaces, once folded as to case, without diacritics and odd forms."""
    spread = unicodedata.normalize("NFKD", _APOSTROPHE.sub("", piece)).casefold()
    bare = _MARK.sub("", spread.translate(_PLAIN))
    return unicodedata.normalize("NFKC", bare)


def search_text(call: Call) -> str:
    """Return each word of a call once, between single spaces; those of its title marked, too."""
    programme = call.programme
    parts = (
        call.title,
        call.reference,
        call.parent,
        programme and programme.code,
        programme and programme.name,
        call.summary,
        *call.types_of_action,
        *(document.title for document in call.documents),
        call.description,
    )
    titled = [IN_TITLE + word for word in words(call.title)]
    found = _bounded(dict.fromkeys(_words("\n".join(part for part in parts if part))))
    return " ".join(dict.fromkeys([*titled, *found]))[:_LONGEST_TEXT].rstrip()


def key_words(text: str) -> str:
    """Return the words of ``text`` between spaces, to ask for whole words by ``LIKE``."""
    return f" {' '.join(words(text))} "
