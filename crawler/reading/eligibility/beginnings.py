"""Which kinds of marks a sentence may hold: asked before it is marked, at little cost."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_
from typing import NamedTuple

from crawler.reading.eligibility.marking import tokens_of
from crawler.reading.eligibility.vocabulary import LISTS, NUMBER, Entry, Vocabulary
from crawler.reading.remembered import Remembered

_KINDS = sorted({*LISTS, "country", "group", "type", "number", "currency", "region", "town"})
_BITS = {kind: 1 << at for at, kind in enumerate(_KINDS)}
_TYPE = _BITS["type"]
SEVERAL = 1 << len(_KINDS)
"""Beside the kinds: that more than one ``type`` may be named."""


def bits(kinds: Iterable[str]) -> int:
    """``kinds`` as one number, so that many are compared at once."""
    return sum(map(_BITS.__getitem__, set(kinds)))


class _Longer(NamedTuple):
    """What a word may begin with a second word, or with one of this beginning.

    ``begins`` are the beginnings of ``stems``, to see at once that a word has none of them.
    """

    exact: dict[str, int]
    stems: tuple[tuple[str, int], ...]
    begins: tuple[str, ...]

    def with_word(self, second: str) -> int:
        """The kinds of the entries that may go on with ``second``."""
        kinds = self.exact.get(second, 0)
        if second.startswith(self.begins):
            for stem, more in self.stems:
                if second.startswith(stem):
                    kinds |= more
        return kinds


class _Part(NamedTuple):
    """What stands between two spaces, and what its words may begin.

    ``first`` is the first of them as the files write it, empty if there is none; ``second``: some
    entry has it as its second word; ``longer`` is what the last may begin with the word that
    follows.
    """

    kinds: int
    first: str
    second: bool
    longer: _Longer | None


class Beginnings:
    """Which of ``asked`` kinds of marks the words of one language may begin.

    Only the first two words of an entry are looked at, and that a longer entry hides a shorter one
    is not: a sentence may hold fewer kinds than this says, and never others.
    """

    def __init__(self, vocabulary: Vocabulary, asked: int) -> None:
        self._vocabulary = vocabulary
        self._asked = asked
        self._parts = Remembered(self._find_part)
        self._longer = Remembered(self._find_longer)
        self._second, self._second_begins = vocabulary.second_words()

    def kinds_in(self, words: str) -> int:
        """The kinds that may begin in a sentence, as ``bits`` gives them, and ``SEVERAL``."""
        kinds = 0
        longer: _Longer | None = None
        for part in map(self._parts.__getitem__, words.split()):
            if part is None:
                longer = None
                continue
            own, first, second, follows = part
            if second and longer is not None:
                own |= longer.with_word(first)
            if own:
                kinds |= own | SEVERAL if own & kinds & _TYPE else own
            if first:
                longer = follows
        return kinds

    def _find_part(self, part: str) -> _Part | None:
        """What is to be known of ``part``; None where its words are in no entry."""
        tokens = tokens_of(part)
        if not tokens:
            return _Part(0, "", second=False, longer=None)
        plain = [self._vocabulary.plain[token] for token in tokens]
        each = [self._alone(token) for token in tokens]
        for token, word in zip(tokens, plain[1:], strict=False):
            if (longer := self._longer[token]) is not None:
                each.append(longer.with_word(word))
        several = SEVERAL if sum(bool(own & _TYPE) for own in each) > 1 else 0
        kinds, longer = reduce(or_, each) | several, self._longer[tokens[-1]]
        second = plain[0] in self._second or plain[0].startswith(self._second_begins)
        known = kinds or second or longer is not None
        return _Part(kinds, plain[0], second, longer) if known else None

    def _alone(self, word: str) -> int:
        start = self._vocabulary.starting[word]
        if start is NUMBER:
            return bits(["number"]) & self._asked
        return self._of([start.single]) if start and start.single else 0

    def _find_longer(self, word: str) -> _Longer | None:
        start = self._vocabulary.starting[word]
        if start is None:
            return None
        stems: dict[str, list[Entry]] = {}
        for stem, entry in start.stems:
            stems.setdefault(stem, []).append(entry)
        exact = {word: kinds for word, found in start.exact.items() if (kinds := self._of(found))}
        begun = tuple((stem, kinds) for stem, found in stems.items() if (kinds := self._of(found)))
        return _Longer(exact, begun, tuple(stem for stem, _ in begun)) if exact or begun else None

    def _of(self, entries: Collection[Entry]) -> int:
        kinds = bits(kind for entry in entries for kind, _ in entry.senses) & self._asked
        types = ([kind for kind, _ in entry.senses if kind == "type"] for entry in entries)
        return kinds | SEVERAL if any(len(one) > 1 for one in types) else kinds
