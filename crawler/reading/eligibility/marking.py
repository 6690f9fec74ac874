"""A sentence as marks: the words of a vocabulary, numbers and signs, by their places in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from crawler.reading.eligibility.vocabulary import TOKEN_WORD, Entry, Vocabulary, folded

_TOKEN = re.compile(
    rf"(?P<word>{TOKEN_WORD.pattern})"
    r"|(?P<number>\d{1,3}(?:[.,'’ \u00a0\u2009\u202f]\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?"
    r"|\d+(?:[.,]\d+)?)"
    r"|(?P<sign>[%€$£₴≥≤<>,;:()\[\]|]|[-–—―−](?![^\W\d_])|(?<![^\W\d_])[-–—―−])"
)
_SIGNS: dict[str, tuple[str, Any]] = {
    "%": ("percent", None),
    "€": ("currency", "EUR"),
    "$": ("currency", "USD"),
    "£": ("currency", "GBP"),
    "₴": ("currency", "UAH"),
    "≥": ("least", None),
    ">": ("least", None),
    "≤": ("most", None),
    "<": ("most", None),
}
_DASHES = frozenset("-–—―−")
_THOUSAND = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that means something: tokens ``first`` to ``last`` of the sentence."""

    kind: str
    value: Any
    first: int
    last: int


@dataclass(slots=True)
class Sentence:
    """One sentence, word for word, with its tokens and marks.

    ``carried``: the kinds of marks in the heading under which it stands (``not`` among them when
    the heading speaks of those who may not). ``own_line``: it is all there is on its line.
    """

    words: str
    tokens: list[str]
    marks: list[Mark]
    carried: frozenset[str] = frozenset()
    own_line: bool = True
    kinds: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.kinds = frozenset(mark.kind for mark in self.marks)

    def of(self, *kinds: str) -> list[Mark]:
        return [mark for mark in self.marks if mark.kind in kinds]

    def has(self, *kinds: str) -> bool:
        return not self.kinds.isdisjoint(kinds)

    def before(self, at: int, reach: int, *kinds: str) -> Mark | None:
        """The nearest mark of ``kinds`` that ends at most ``reach`` tokens before token ``at``."""
        near = [m for m in self.marks if m.kind in kinds and at - reach <= m.last < at]
        return max(near, key=lambda m: m.last, default=None)

    def after(self, at: int, reach: int, *kinds: str) -> Mark | None:
        """The nearest mark of ``kinds`` that begins at most ``reach`` tokens after token ``at``."""
        near = [m for m in self.marks if m.kind in kinds and at < m.first <= at + reach]
        return min(near, key=lambda m: m.first, default=None)

    def between(self, start: int, end: int, *signs: str) -> bool:
        """Whether one of the tokens ``signs`` stands after token ``start`` and before ``end``."""
        return any(token in signs for token in self.tokens[start + 1 : end])

    def segment(self, at: int) -> tuple[int, int]:
        """The first and last token of the part between semicolons that holds token ``at``."""
        start = max((i + 1 for i in range(at) if self.tokens[i] == ";"), default=0)
        end = next((i for i in range(at, len(self.tokens)) if self.tokens[i] == ";"), None)
        return start, (len(self.tokens) if end is None else end) - 1


def mark(
    words: str,
    vocabulary: Vocabulary,
    carried: Iterable[str] = (),
    *,
    own_line: bool = True,
) -> Sentence:
    """``words`` with everything in it that ``vocabulary`` knows, the longest reading of each."""
    tokens: list[str] = []
    shapes: list[str | None] = []
    for found in _TOKEN.finditer(words):
        tokens.append(found[0])
        shapes.append(found.lastgroup)
    marks: list[Mark] = []
    at, end = 0, len(tokens)
    while at < end:
        token, shape = tokens[at], shapes[at]
        if shape == "number":
            marks.append(Mark("number", token, at, at))
        elif shape == "sign":
            if sense := _SIGNS.get(token):
                marks.append(Mark(*sense, at, at))
        elif entries := vocabulary.starting(token):
            for entry in entries:
                stop = _end(entry, tokens, at)
                if stop is not None:
                    marks += [Mark(kind, value, at, stop) for kind, value in entry.senses]
                    at = stop
                    break
        at += 1
    return Sentence(words, tokens, marks, frozenset(carried), own_line)


def _end(entry: Entry, tokens: list[str], at: int) -> int | None:
    """The last token of ``entry`` when it begins at ``at``; None when it does not stand there."""
    if at + len(entry.rest) >= len(tokens):
        return None
    for step, (word, stem) in enumerate(entry.rest, start=1):
        plain = folded(tokens[at + step])
        if not (plain.startswith(word) if stem else plain == word):
            return None
    return at + len(entry.rest)


def amount(text: str, *, scaled: bool = False) -> float:
    """The number that ``text`` writes; ``scaled``: a word like "million" follows.

    Three digits after a point or comma are thousands (``1.500``), but a fraction before a word
    that scales (``1,500 million``).
    """
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"[\s'’]", "", text)
    last = max(text.rfind("."), text.rfind(","))
    if last < 0:
        return float(text)
    whole, part = text[:last], text[last + 1 :]
    several = len(re.findall(r"[.,]", text)) > 1
    same = several and set(re.findall(r"[.,]", text)) == {text[last]}
    thousands = len(part) == _THOUSAND and (same or not (several or scaled))
    thousands = thousands and whole.strip("0") != ""
    digits = re.sub(r"[.,]", "", whole)
    return float(digits + part) if thousands else float(f"{digits or '0'}.{part}")


def is_dash(token: str) -> bool:
    """Whether the token is a dash that stands for "to"."""
    return token in _DASHES
