"""A sentence as marks: the words of a vocabulary, numbers and signs, by their places in it."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NamedTuple

from crawler.reading.eligibility.vocabulary import NUMBER, TOKEN_WORD, Entry, Start, Vocabulary

_OTHERS = (
    r"|\d{1,3}(?:[.,'’ \u00a0\u2009\u202f]\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?"
    r"|\d+(?:[.,]\d+)?"
    r"|[%€$£₴≥≤<>,;:()\[\]|]|[-–—―−](?![^\W\d_])|(?<![^\W\d_])[-–—―−]"
)
_TOKEN = re.compile(TOKEN_WORD.pattern + _OTHERS)
_PLAIN_TOKEN = re.compile("[A-Za-z]+" + _OTHERS)  # the same for ASCII, in half the time
_SAID = 25
"""Tokens: what is said further away in a long sentence is not said of this."""

_SAYING = frozenset({"applies", "eligible", "invites", "given", "must", "only"})
_MONEY = ("grant", "total", "currency")
_DASHES = frozenset("-–—―−")
_THOUSAND = 3


class Mark(NamedTuple):
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
    several: dict[tuple[str, ...], list[Mark]] = field(init=False, default_factory=dict)
    stops: list[int] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.kinds = _by_kind(self.marks)
        if "gets" in self.kinds:
            self.marks = list(self._given_money())
            self.kinds = _by_kind(self.marks)
        if "bond" in self.kinds:
            self.marks = list(self._bound_together())
            self.kinds = _by_kind(self.marks)

    def _bound_together(self) -> Iterator[Mark]:
        """Have "a partnership with" mean "together with" where it is said who may or must."""
        saying = [one.first for one in self.marks if one.kind in _SAYING]
        for one in self.marks:
            if one.kind != "bond":
                yield one
            elif self.carried or any(abs(at - one.first) <= _SAID for at in saying):
                yield Mark("together", None, one.first, one.last)

    def _given_money(self) -> Iterator[Mark]:
        """Have "will receive" say who may only where money is: others receive books and advice."""
        for one in self.marks:
            if one.kind != "gets":
                yield one
            elif self.has(*_MONEY):
                yield Mark("applies", None, one.first, one.last)

    def of(self, *kinds: str) -> list[Mark]:
        """The marks of ``kinds`` in their order."""
        if len(kinds) == 1:
            return self.kinds.get(kinds[0], [])
        found = self.several.get(kinds)
        if found is None:
            found = [mark for mark in self.marks if mark.kind in kinds] if self.has(*kinds) else []
            self.several[kinds] = found
        return found

    def has(self, *kinds: str) -> bool:
        return not self.kinds.keys().isdisjoint(kinds)

    def before(self, at: int, reach: int, *kinds: str) -> Mark | None:
        """The nearest mark of ``kinds`` that ends at most ``reach`` tokens before token ``at``."""
        best: Mark | None = None
        for kind in kinds:
            found = self.kinds.get(kind)
            if found is None:
                continue
            index = bisect_left(found, at, key=_last) - 1
            if index >= 0 and found[index].last >= at - reach:
                mark = found[index]
                if best is None or mark.last > best.last:
                    best = mark
        return best

    def after(self, at: int, reach: int, *kinds: str) -> Mark | None:
        """The nearest mark of ``kinds`` that begins at most ``reach`` tokens after token ``at``."""
        best: Mark | None = None
        for kind in kinds:
            found = self.kinds.get(kind)
            if found is None:
                continue
            index = bisect_right(found, at, key=_first)
            if index < len(found) and found[index].first <= at + reach:
                mark = found[index]
                if best is None or mark.first < best.first:
                    best = mark
        return best

    def begins_between(self, start: int, end: int, *kinds: str) -> bool:
        """Whether a mark of ``kinds`` begins after token ``start`` and before ``end``."""
        found = self.of(*kinds)
        index = bisect_right(found, start, key=_first)
        return index < len(found) and found[index].first < end

    def between(self, start: int, end: int, *signs: str) -> bool:
        """Whether one of the tokens ``signs`` stands after token ``start`` and before ``end``."""
        return any(token in signs for token in self.tokens[start + 1 : end])

    def segment(self, at: int) -> tuple[int, int]:
        """The first and last token of the part between semicolons that holds token ``at``."""
        if self.stops is None:
            self.stops = [i for i, word in enumerate(self.tokens) if word == ";"]
        following = bisect_left(self.stops, at)
        start = self.stops[following - 1] + 1 if following else 0
        end = self.stops[following] if following < len(self.stops) else len(self.tokens)
        return start, end - 1


def _by_kind(marks: list[Mark]) -> dict[str, list[Mark]]:
    kinds: dict[str, list[Mark]] = {}
    for one in marks:
        if one.kind in kinds:
            kinds[one.kind].append(one)
        else:
            kinds[one.kind] = [one]
    return kinds


_first, _last = attrgetter("first"), attrgetter("last")


def tokens_of(words: str) -> list[str]:
    """The words, numbers and signs of a sentence."""
    return (_PLAIN_TOKEN if words.isascii() else _TOKEN).findall(words)


def mark(
    words: str,
    vocabulary: Vocabulary,
    carried: Iterable[str] = (),
    *,
    own_line: bool = True,
    tokens: list[str] | None = None,
) -> Sentence:
    """``words`` with everything in it that ``vocabulary`` knows, the longest reading of each.

    ``tokens`` are those of ``words`` where they are known already.
    """
    tokens = tokens_of(words) if tokens is None else tokens
    marks: list[Mark] = []
    done = 0
    for at, start in enumerate(map(vocabulary.starting.__getitem__, tokens)):
        if start is None or at < done:
            continue
        if start is NUMBER:
            marks.append(Mark("number", tokens[at], at, at))
        else:
            done = _marked(start, tokens, at, vocabulary, marks) + 1
    return Sentence(words, tokens, marks, frozenset(carried), own_line)


def _marked(
    start: Start, tokens: list[str], at: int, vocabulary: Vocabulary, marks: list[Mark]
) -> int:
    """Add the marks of the longest entry that begins at ``at``; the last token it covers."""
    best, last = start.single, at
    if (start.exact or start.stems) and at + 1 < len(tokens):
        for entry in start.longer(vocabulary.plain[tokens[at + 1]]):
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
        plain = vocabulary.plain[tokens[at + step]]
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
