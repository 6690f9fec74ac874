"""A text cut into sentences, word for word, each with the heading under which it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

LONGEST = 400_000
"""Characters of one text that are read; the longest real description has 40,000."""

LONGEST_SENTENCE = 1_500
"""Longer ones are cut at a space: what stands that far apart does not belong together."""

_BULLET = re.compile(r"\s*(?:[-–—•·▪●*✓➢]|\(?[a-z0-9]{1,2}[.)])\s+")
# A stop ends a sentence before a capital, except after a number, an initial or a short word that
# is likely an abbreviation (м. Києва, min. EUR, Mio. Euro) and before a currency.
_STOP = re.compile(r"[.!?](?<=[^\s.][^\s].)\s+(?=[\"“„«(\[]?[^\W_])")
_LAST_WORD = re.compile(r"\w+\Z")
_CURRENCY_BEGINS = frozenset("EUPHCRSDBGN€")
_LONGEST_ABBREVIATION = 8
_ABBREVIATIONS = frozenset(
    re.split(
        r"\s+",
        "min max maks máx mín mind mil mio mln mld tis tys тис млн млрд грн тыс руб bzw inkl art "
        "nr no st sv např napr tj pl ca resp incl approx tūkst milj mlrd mrd kb ún ст обл гр див "
        "напр etc ev cca przyp zob tzn tzw pkt ust al cf vgl ggf usw etw evtl zzgl bl t f eks kr "
        "gl",
    )
)
_CURRENCY_AHEAD = re.compile(r"(?:EUR|UAH|PLN|HUF|CZK|RON|SEK|DKK|BGN|USD|GBP|CHF|NOK|Euro?\b|€)")


class Piece(NamedTuple):
    """One sentence; ``item``: it stands behind a bullet; ``whole``: it fills its line."""

    words: str
    item: bool
    whole: bool
    heads: bool


def pieces(text: str) -> Iterator[Piece]:
    """The sentences of ``text``, line by line; ``heads``: it ends with a colon."""
    for line in text[:LONGEST].splitlines():
        bullet = _BULLET.match(line)
        body = line[bullet.end() :].strip() if bullet else line.strip()
        if not body:
            continue
        parts = _sentences(body)
        item, whole = bullet is not None, len(parts) == 1
        for part in parts:
            yield Piece(part, item, whole, part.endswith(":"))


def _sentences(line: str) -> list[str]:
    """The sentences of a line that neither begins nor ends with white space."""
    parts: list[str] = []
    start = 0
    for stop in _STOP.finditer(line):
        at, following = stop.span()
        sign = line[following]
        if sign.isalpha() and sign == sign.lower():
            continue
        end = at + 1  # the sign itself ends the sentence
        if line[at] == "." and _is_short_form(line, at):
            continue
        if sign in _CURRENCY_BEGINS and _CURRENCY_AHEAD.match(line, following):
            continue
        parts += _bounded(line[start:end])
        start = following
    return parts + _bounded(line[start:]) if parts else _bounded(line)


def _is_short_form(line: str, end: int) -> bool:
    """Whether the word that ends before the full stop at ``end`` is shortened by it."""
    start = max(0, end - _LONGEST_ABBREVIATION)
    word = line[line.rfind(" ", start, end) + 1 or start : end]
    if not word.isalnum():  # signs are before it, as in "(min. EUR 5,000)"
        last = _LAST_WORD.search(word)
        word = last[0] if last else ""
    return word.lower() in _ABBREVIATIONS


def _bounded(sentence: str) -> list[str]:
    if len(sentence) <= LONGEST_SENTENCE:
        return [stripped] if (stripped := sentence.strip()) else []
    parts: list[str] = []
    while len(sentence) > LONGEST_SENTENCE:
        cut = sentence.rfind(" ", LONGEST_SENTENCE // 2, LONGEST_SENTENCE)
        cut = LONGEST_SENTENCE if cut < 0 else cut
        parts.append(sentence[:cut].strip())
        sentence = sentence[cut:]
    if sentence := sentence.strip():
        parts.append(sentence)
    return parts
