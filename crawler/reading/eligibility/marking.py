"""A sentence as marks: the words of a vocabulary, numbers and signs, by their places in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from crawler.reading.eligibility.vocabulary import TOKEN_WORD, Entry, Start, Vocabulary

_TOKEN = re.compile(
    rf"{TOKEN_WORD.pattern}"
    r"|\d{1,3}(?:[.,'’ \u00a0\u2009\u202f]\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?"
    r"|\d+(?:[.,]\d+)?"
    r"|[%€$£₴≥≤<>,;:()\[\]|]|[-–—―−](?![^\W\d_])|(?<![^\W\d_])[-–—―−]"
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
    kinds: dict[str, list[Mark]] = field(init=False)

    def __post_init__(self) -> None:
        self.kinds = {}
        for one in self.marks:
            self.kinds.setdefault(one.kind, []).append(one)

    def of(self, *kinds: str) -> list[Mark]:
        """The marks of ``kinds`` in their order."""
        if len(kinds) == 1:
            return self.kinds.get(kinds[0], [])
        if not self.has(*kinds):
            return []
        return [mark for mark in self.marks if mark.kind in kinds]

    def has(self, *kinds: str) -> bool:
        return not self.kinds.keys().isdisjoint(kinds)

    def before(self, at: int, reach: int, *kinds: str) -> Mark | None:
        """The nearest mark of ``kinds`` that ends at most ``reach`` tokens before token ``at``."""
        best: Mark | None = None
        for kind in kinds:
            for mark in self.kinds.get(kind, ()):
                if at - reach <= mark.last < at and (best is None or mark.last > best.last):
                    best = mark
        return best

    def after(self, at: int, reach: int, *kinds: str) -> Mark | None:
        """The nearest mark of ``kinds`` that begins at most ``reach`` tokens after token ``at``."""
        best: Mark | None = None
        for kind in kinds:
            for mark in self.kinds.get(kind, ()):
                if at < mark.first <= at + reach and (best is None or mark.first < best.first):
                    best = mark
        return best

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
    tokens = _TOKEN.findall(words)
    marks: list[Mark] = []
    at, end = 0, len(tokens)
    starting = vocabulary.starting
    while at < end:
        token = tokens[at]
        char = token[0]
        if char.isalpha():
            if (start := starting(token)) is not None:
                at = _marked(start, tokens, at, vocabulary, marks)
        elif char.isdecimal():
            marks.append(Mark("number", token, at, at))
        elif sense := _SIGNS.get(token):
            marks.append(Mark(*sense, at, at))
        elif (start := starting(token)) is not None:
            at = _marked(start, tokens, at, vocabulary, marks)
        at += 1
    return Sentence(words, tokens, marks, frozenset(carried), own_line)


def _marked(
    start: Start, tokens: list[str], at: int, vocabulary: Vocabulary, marks: list[Mark]
) -> int:
    """Add the marks of the longest entry that begins at ``at``; the last token it covers."""
    best, last = start.single, at
    if at + 1 < len(tokens) and (start.exact or start.stems):
        follows = vocabulary.plain(tokens[at + 1])
        longer = list(start.exact.get(follows, ()))
        longer += [entry for stem, entry in start.stems if follows.startswith(stem)]
        for entry in longer:
            stop = _end(entry, tokens, at, vocabulary)
            if stop is not None and stop > last:
                best, last = entry, stop
    if best is not None:
        marks += [Mark(kind, value, at, last) for kind, value in best.senses]
    return last


def _end(entry: Entry, tokens: list[str], at: int, vocabulary: Vocabulary) -> int | None:
    """The last token of ``entry`` when it begins at ``at``; None when it does not stand there."""
    if at + len(entry.rest) >= len(tokens):
        return None
    for step, (word, stem) in enumerate(entry.rest, start=1):
        plain = vocabulary.plain(tokens[at + step])
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
