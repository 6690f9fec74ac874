"""A text cut into sentences, word for word, each with the heading under which it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 400_000
"""Characters of one text that are read; the longest real description has 40,000."""

LONGEST_SENTENCE = 1_500
"""Longer ones are cut at a space: what stands that far apart does not belong together."""

_BULLET = re.compile(r"\s*(?:[-–—•·▪●*✓➢]|\(?[a-z0-9]{1,2}[.)])\s+")
# A stop ends a sentence before a capital, except after a number, an initial or a short word that
# is likely an abbreviation (м. Києва, min. EUR, Mio. Euro) and before a currency.
_STOP = re.compile(r"(?<=[^\s.][^\s][.!?])\s+(?=[\"“„«(\[]?[^\W_])")
_ABBREVIATED = re.compile(
    r"(?:\b(?:min|max|maks|máx|mín|mind|mil|mio|mln|mld|tis|tys|тис|млн|млрд|грн|тыс|руб|bzw|inkl|max|art|nr|no|st|sv"
    r"|např|napr|tj|pl|ca|resp|incl|approx|tūkst|milj|mlrd|mrd|kb|ún|ст|обл|гр|див|напр|etc|ev|cca"
    r"|przyp|zob|tzn|tzw|art|pkt|ust|al|cf|vgl|ggf|usw|etw|evtl|zzgl|bl|t|f|eks|ca|kr|gl))\.\Z",
    re.IGNORECASE,
)
_CURRENCY_AHEAD = re.compile(r"(?:EUR|UAH|PLN|HUF|CZK|RON|SEK|DKK|BGN|USD|GBP|CHF|NOK|Euro?\b|€)")


@dataclass(frozen=True, slots=True)
class Piece:
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
        parts = list(_sentences(body))
        for part in parts:
            heads = part.endswith(":")
            yield Piece(part, bullet is not None, len(parts) == 1, heads)


def _sentences(line: str) -> Iterator[str]:
    start = 0
    for stop in _STOP.finditer(line):
        follows = line[stop.end()]
        if follows.isalpha() and follows == follows.lower():
            continue
        before = line[max(0, stop.start() - 12) : stop.start()]
        if _ABBREVIATED.search(before) or _CURRENCY_AHEAD.match(line, stop.end()):
            continue
        yield from _bounded(line[start : stop.start()])
        start = stop.end()
    yield from _bounded(line[start:])


def _bounded(sentence: str) -> Iterator[str]:
    while len(sentence) > LONGEST_SENTENCE:
        cut = sentence.rfind(" ", LONGEST_SENTENCE // 2, LONGEST_SENTENCE)
        cut = LONGEST_SENTENCE if cut < 0 else cut
        yield sentence[:cut].strip()
        sentence = sentence[cut:]
    if sentence := sentence.strip():
        yield sentence
