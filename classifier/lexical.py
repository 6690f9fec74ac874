"""BM25: how much of what an interest says in rare words is said by a call in the same words.

Written here and not taken from a library because the score must be comparable between interests:
it is a share (0-1) of the most that any call could reach, which no library gives. It is the same
on every database, because no database computes it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from storage.domain import Call

LENGTH = 1800
"""Characters of a description whose words count, as many as its beginning has for the encoders: it
says what a call is for. What follows counts by meaning; its words are those of conditions."""

K1, B = 1.2, 0.75
"""How soon repeating a word adds nothing, how much long calls are held back: the usual values."""

TERMS = 80
"""Words of an interest that count, the rarest: one of 10,000 words would otherwise say all."""

Floats = NDArray[np.float64]

_WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*")
_SHORTEST = 2
_STOP = frozenset({
    "a", "about", "after", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been",
    "before", "between", "both", "but", "by", "can", "could", "do", "during", "each", "for", "from",
    "had", "has", "have", "how", "if", "in", "into", "is", "it", "its", "like", "look", "may",
    "more", "most", "must", "need", "needs", "new", "no", "not", "of", "on", "or", "other", "our",
    "out", "over", "per", "shall", "should", "so", "some", "such", "than", "that", "the", "their",
    "them", "then", "there", "these", "they", "this", "those", "through", "to", "under", "up", "us",
    "want", "was", "we", "were", "what", "when", "where", "which", "who", "will", "with", "within",
    "would", "you", "your",
    "або", "але", "без", "був", "була", "були", "було", "бути", "вже", "вони", "все", "від", "для",
    "до", "його", "їх", "за", "зі", "із", "ми", "на", "нам", "нас", "наш", "не", "про", "під", "та",
    "так", "також", "те", "ті", "то", "тому", "ту", "ця", "це", "ці", "цього", "чи", "що", "щоб",
    "як", "якщо", "який", "яка", "яке", "які", "між", "над", "при", "після", "хочемо", "шукаємо",
})  # fmt: skip
_ENDING = re.compile(
    r"(?:ого|ому|ими|ій|их|им|ам|ям|ах|ях|ами|ями|ів|їв|ою|ею|єю|ові|еві|[аяоеєиіїуюьй])$"
)


def tokens(text: str) -> list[str]:
    """Return the words of ``text`` that tell calls apart, in the form in which they compare."""
    return [stem(word) for word in _words(text)]


def spoken(text: str) -> dict[str, str]:
    """Return the same with, for each, the word as it was first written."""
    found: dict[str, str] = {}
    for word in _words(text):
        found.setdefault(stem(word), word)
    return found


def _words(text: str) -> list[str]:
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return [word for word in words if len(word) >= _SHORTEST and word not in _STOP]


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Return ``word`` without its plural, or in Ukrainian without its case."""
    if word.isascii():
        if len(word) > 4 and word.endswith("ies"):  # noqa: PLR2004
            return word[:-3] + "y"
        if len(word) > 4 and word.endswith("es") and word[-3] in "sxz":  # noqa: PLR2004
            return word[:-2]
        if len(word) > 3 and word.endswith("s") and word[-2] not in "su":  # noqa: PLR2004
            return word[:-1]
    elif len(word) > 4 and "Ѐ" <= word[0] <= "ӿ":  # noqa: PLR2004
        return _ENDING.sub("", word)
    return word


def call_words(call: Call) -> list[str]:
    """Return the words of a call; its title counts twice, as it says best what the call is for."""
    body = f"{call.summary or ''} {call.description or ''}"[:LENGTH]
    title = tokens(call.title[:LENGTH])
    return title + title + tokens(body)


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """Words of a question: their numbers in a lexicon, what each is worth, and the most of all."""

    numbers: NDArray[np.int64]
    worth: Floats
    most: float


class Lexicon:
    """The words of all calls, and how rare each is."""

    def __init__(self, documents: Iterable[Sequence[str]]) -> None:
        numbers: dict[str, int] = {}
        where: list[NDArray[np.int64]] = []
        lengths: list[int] = []
        for row, words in enumerate(documents):
            used = [numbers.setdefault(word, len(numbers)) for word in words]
            where.append(np.array(used, dtype=np.int64) + (row << 32))
            lengths.append(len(words))
        self._numbers = numbers
        self._size = len(lengths)
        every = np.concatenate(where) if where else np.zeros(0, dtype=np.int64)
        pairs, counts = np.unique(every, return_counts=True)
        rows, ids = pairs >> 32, pairs & 0xFFFFFFFF
        relative = np.array(lengths) / (sum(lengths) / len(lengths) if any(lengths) else 1.0)
        weights = counts * (K1 + 1) / (counts + K1 * (1 - B + B * relative[rows]))
        order = np.argsort(ids, kind="stable")
        self._rows, self._weights = rows[order], weights[order]
        self._starts = np.searchsorted(ids[order], np.arange(len(numbers) + 1))

    def rarity(self, word: str) -> float:
        """Return how much a word tells: 0 when every call has it."""
        number = self._numbers.get(word)
        has = 0 if number is None else int(self._starts[number + 1] - self._starts[number])
        return math.log(1 + (self._size - has + 0.5) / (has + 0.5))

    def __len__(self) -> int:
        return self._size

    def asked(self, query: Iterable[str]) -> Asked:
        """Return the rarest words of ``query``, ready to be looked up."""
        rarities = {word: self.rarity(word) for word in dict.fromkeys(query)}
        chosen = sorted(rarities, key=lambda word: (-rarities[word], word))[:TERMS]
        known = [word for word in chosen if word in self._numbers]
        return Asked(
            np.array([self._numbers[word] for word in known], np.int64),
            np.array([rarities[word] for word in known], np.float64),
            sum(rarities[word] for word in chosen) * (K1 + 1),
        )

    def shares(self, query: Sequence[str]) -> Floats:
        """Return for each document the share (0-1) of what the words of ``query`` weigh."""
        return self.shares_of(self.asked(query))

    def shares_of(self, asked: Asked) -> Floats:
        """Return the same for words that are ready."""
        if not len(asked.numbers) or not asked.most:
            return np.zeros(self._size)
        parts = [
            slice(self._starts[number], self._starts[number + 1])
            for number in asked.numbers.tolist()
        ]
        rows = np.concatenate([self._rows[part] for part in parts])
        said = zip(parts, asked.worth.tolist(), strict=True)
        weights = np.concatenate([self._weights[part] * worth for part, worth in said])
        found: Floats = np.bincount(rows, weights, self._size) / asked.most
        return found

    def weights_of(self, row: int) -> Floats:
        """Return what each word weighs in one document, by the numbers of ``Asked``."""
        found = np.zeros(len(self._numbers))
        held = np.flatnonzero(self._rows == row)
        found[np.searchsorted(self._starts, held, side="right") - 1] = self._weights[held]
        return found

    def shared(self, query: Iterable[str], row: int, limit: int = 8) -> list[str]:
        """Return the words of ``query`` that a document says, the most telling first."""
        common = [word for word in dict.fromkeys(query) if self._says(row, word)]
        return sorted(common, key=lambda word: (-self.rarity(word), word))[:limit]

    def _says(self, row: int, word: str) -> bool:
        number = self._numbers.get(word)
        if number is None:
            return False
        rows = self._rows[self._starts[number] : self._starts[number + 1]]  # ascending
        at = int(np.searchsorted(rows, row))
        return at < len(rows) and int(rows[at]) == row
