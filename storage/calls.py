"""Calls as the rest of the program keeps them and asks for them."""

from storage.asking import (
    Known,
    StoredWords,
    find_row,
    get,
    history,
    known,
    stored_words,
    words_of,
)
from storage.asking import versions_of as versions
from storage.keeping import Kept, correct, keep
from storage.presence import absent, seen

__all__ = [
    "Kept",
    "Known",
    "StoredWords",
    "absent",
    "correct",
    "find_row",
    "get",
    "history",
    "keep",
    "known",
    "seen",
    "stored_words",
    "versions",
    "words_of",
]
