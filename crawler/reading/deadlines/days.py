"""Whether a text can state a certain day at all, so that it need not be read where it cannot."""

from __future__ import annotations

import re
from collections.abc import Collection

from crawler.reading.deadlines.dates import find_dates
from crawler.reading.deadlines.vocabulary import vocabulary
from crawler.reading.deadlines.words import fold_text, words_of
from crawler.reading.language import LANGUAGES, languages_of

_LINE_ENDS = "\n\r\x0b\x0c\u2028\u2029"
_LINE = re.compile(rf"[^{_LINE_ENDS}]+")
_NUMBER = re.compile(r"\d+")
_JOINS = "./-\u2010\u2011\u2212\u2013"
_JOINED = re.compile(rf"\s{{0,50}}[{re.escape(_JOINS)}]")
_GAP = 50
"""Characters of white space that may stand within a written date."""

_MAY_BE_LAST = 28
"""The first day of a month that can be its last, which may be said without a number."""


def foreign_of(language: str | None) -> str:
    """The language a source says, if it is none of ours; else empty."""
    said = (language or "").strip().lower().partition("-")[0]
    return said if said.isalpha() and said not in LANGUAGES and len(said) in (2, 3) else ""


def may_state(text: str, days: Collection[str], language: str | None = None) -> bool:
    """Whether ``read_deadlines`` could find one of ``days`` (``2026-05-31``, ``--05-31``).

    A month without a day (``2026-05``) it always could. Lines that hold the number of a day are
    looked at, and only for a date: what the date is for is not asked.
    """
    if any(day.count("-") == 1 for day in days):
        return bool(text)
    wanted = {int(day[-2:]) for day in days}
    named = _lines_naming(text, wanted)
    last = bool(text) and max(wanted, default=0) >= _MAY_BE_LAST
    if named is None or not (named or last):
        return named is None
    tried = [vocabulary(name) for name in languages_of(text, language)]
    if last:
        folded = fold_text(text)
        if any(known.unnumbered().search(folded) for known in tried):
            return True
    foreign = foreign_of(language)
    return bool(named and foreign) or any(
        one.day in wanted
        for start, end in named
        for known in tried
        for one in find_dates(words_of(text, start, end), known)
    )


def _lines_naming(text: str, wanted: Collection[int]) -> list[tuple[int, int]] | None:
    """The lines with the number of a day; None if one of the numbers is part of a written date."""
    found: list[tuple[int, int]] = []
    if text.isascii() and not any(str(day) in text for day in wanted):
        return found  # other digits than these may be written in other scripts
    ends = [sign for sign in _LINE_ENDS if sign in text]
    for number in _NUMBER.finditer(text):
        if len(number[0]) not in (1, 2, 8) or int(number[0][-2:]) not in wanted:
            continue
        first, last = number.span()
        start, end = found[-1] if found else (0, 0)
        if first >= end:
            start = max([end, *(text.rfind(sign, end, first) + 1 for sign in ends)])
            end = _LINE.match(text, first).end()  # type: ignore[union-attr]  # a number is in a line
            found.append((start, end))
        before = text[max(start, first - _GAP) : first].rstrip()[-1:]
        if _JOINED.match(text, last, end) or (before and before in _JOINS):
            return None
    return found
