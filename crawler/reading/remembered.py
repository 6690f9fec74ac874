"""Answers that are found once for each word and then looked up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_MOST = 50_000
"""Words that are remembered: a language has fewer in use, and hostile text must end somewhere."""


class Remembered(dict[str, T]):
    """``remembered[word]`` is ``find(word)``, found when it is first asked for.

    Looking up a word that is known runs no Python code of ours; when there are too many, all are
    forgotten.
    """

    def __init__(self, find: Callable[[str], T]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, word: str) -> T:
        if len(self) >= _MOST:
            self.clear()
        self[word] = found = self._find(word)
        return found
