"""Regular expressions and words of the rules, made safe and ready to be looked for in texts."""

from __future__ import annotations

import re
import unicodedata

LONGEST_PATTERN = 300
LONGEST_TITLE = 1000
_DASH = re.compile(r"\s*[-‐-―−]\s*")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def safe_pattern(text: str, *, any_case: bool = True) -> re.Pattern[str]:
    """``text`` compiled; ValueError says why it may not be used.

    A repeated group that holds a repetition or an alternative, as ``(a+)+``, can take hours on the
    wrong text, and so can a reference back; a rules file needs neither.
    """
    if len(text) > LONGEST_PATTERN:
        raise ValueError(f"at most {LONGEST_PATTERN} characters")
    if not text.strip():
        raise ValueError("a regular expression that is not empty")
    if re.search(r"\\[1-9]|\(\?P=", text):
        raise ValueError("a regular expression without a reference back")
    if _repeats_in_repetition(text):
        raise ValueError("a regular expression without a repetition inside a repetition")
    try:
        return re.compile(text, re.IGNORECASE if any_case else 0)
    except re.error as error:
        raise ValueError(f"a regular expression ({error})") from error


def _repeats_in_repetition(text: str) -> bool:
    bare = re.sub(r"\\.", "x", text)  # an escaped character repeats nothing
    bare = re.sub(r"\[\^?\]?[^\]]*\]", "x", bare)  # nor does a set of characters
    open_groups: list[bool] = []  # for each open group: whether it repeats or chooses
    for at, char in enumerate(bare):
        if char == "(":
            open_groups.append(False)
        elif char == ")" and open_groups:
            varied = open_groups.pop()
            if varied and re.match(r"[*+]|\{\d*,", bare[at + 1 :]):
                return True
            if open_groups and varied:
                open_groups[-1] = True
        elif open_groups and char in "*+|{":
            open_groups[-1] = True
    return False


def visible(text: str) -> str:
    """``text`` on one line, without marks that nobody sees (they can turn a line round)."""
    return " ".join(_INVISIBLE.sub("", text).split())


def plain(text: str) -> str:
    """``text`` for comparing: one kind of dash without spaces, one space, small letters."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text[:LONGEST_TITLE]))
    return " ".join(_DASH.sub("-", text).split()).casefold()


def words_pattern(words: str) -> re.Pattern[str]:
    """The words as they may stand in a ``plain`` text: whole words, an ``s`` may follow."""
    return re.compile(rf"(?<!\w){re.escape(plain(words))}s?(?!\w)")
