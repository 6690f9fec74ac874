"""Names of months in languages that have no file of words of their own."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=4096)
def month_elsewhere(word: str, language: str) -> int:
    """The number of a month in a language outside our files (Catalan maig), or 0.

    dateparser knows the months of two hundred languages; those of our own files are built from
    numbers we know, a hundred times faster. A word is tried as "15 WORD 2027": in this language
    alone, strictly, day first, and never relative to today.
    """
    import dateparser  # noqa: PLC0415 - slow to load, and seldom needed

    try:
        found = dateparser.parse(
            f"15 {word} 2027",
            languages=[language],
            settings={
                "DATE_ORDER": "DMY",
                "STRICT_PARSING": True,
                "PARSERS": ["absolute-time"],
            },
        )
    except ValueError:  # a language it does not know either
        return 0
    if found is None or (found.year, found.day) != (2027, 15):
        return 0
    return found.month
