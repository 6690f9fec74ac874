"""Whether a call is tied to a country or a region that is not the partners' own.

Looked for are names in the title, and where an external action is announced also in the beginning
of its description. It lowers a score and drops nothing: whether the partners may apply is told by
the assessment, from the call's conditions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from babel import Locale
from numpy.typing import NDArray

from storage.domain import Call, Kind

LANGUAGES = ("en", "fr", "es", "pt", "de", "pl", "ro", "it", "uk")
TITLE, BEGINNING = 400, 500
"""Characters of the title and of the description in which a country is looked for."""

LONGEST_NAME = 5

_WORD = re.compile(r"[^\W_]+(?:['’ʼ-][^\W\d_]+)*")
_ALSO = {
    "czech republic": "CZ", "turkey": "TR", "türkiye": "TR", "moldova": "MD", "palestine": "PS",
    "palestinian": "PS", "bosnia": "BA", "macedonia": "MK", "north macedonia": "MK", "korea": "KR",
    "ivory coast": "CI", "congo": "CD", "congolese": "CD", "congolaise": "CD", "russia": "RU",
    "great britain": "GB", "syria": "SY", "kosovo": "XK", "cabo verde": "CV", "burma": "MM",
    "cypriot": "CY", "kenyan": "KE", "libyan": "LY", "iraqi": "IQ", "afghan": "AF", "gambia": "GM",
}  # fmt: skip
_FAR = {
    "sub-saharan africa": "Sub-Saharan Africa", "africa": "Africa", "african": "Africa",
    "afrique": "Africa", "áfrica": "Africa", "latin america": "Latin America",
    "américa latina": "Latin America", "caribbean": "the Caribbean", "pacific": "the Pacific",
    "western balkans": "the Western Balkans", "south mediterranean": "the southern Mediterranean",
    "southern mediterranean": "the southern Mediterranean", "central asia": "Central Asia",
    "southern neighbourhood": "the southern Neighbourhood", "asia": "Asia", "asean": "ASEAN",
    "outermost regions": "the outermost regions", "middle east": "the Middle East",
    "indo-pacific": "the Indo-Pacific", "sahel": "the Sahel", "maghreb": "the Maghreb",
    "mercosur": "Mercosur", "overseas countries": "the overseas countries",
    "great lakes": "the Great Lakes region", "amazon": "the Amazon", "andean": "the Andes",
}  # fmt: skip
_WIDE = frozenset({
    "europe", "european", "eu", "europa", "europäische", "europejski", "europejskie", "européen",
    "européenne", "європа", "європейський", "union", "danube", "дунай",
})  # fmt: skip
_WIDE_PHRASES = frozenset({
    "member states", "eastern partnership", "neighbourhood east", "eastern neighbourhood",
    "black sea", "associated countries",
})  # fmt: skip
_HOMES = {"UA": ("ukrain", "україн", "ukraiń", "ucrain")}
"""Beginnings of words that speak of a country in whatever form; Ukraine is everybody's home."""


@dataclass(frozen=True, slots=True)
class Places:
    """The countries and far regions a call names, as written, and whether it also says Europe."""

    countries: tuple[tuple[str, str], ...]
    regions: tuple[str, ...]
    wide: bool

    def elsewhere(self, home: Iterable[str]) -> str:
        """Return the place it is tied to that is none of ``home``; empty when there is none."""
        codes = {code for code, _ in self.countries}
        if self.wide or codes & (set(home) | {"UA"}):
            return ""
        names = [name for _, name in self.countries] or list(self.regions)
        return names[0] if names else ""


def places(call: Call) -> Places:
    """Return the places that a call names where it says what it is about."""
    text = call.title[:TITLE]
    if call.kind is Kind.EXTERNAL_ACTION:
        text += f". {(call.summary or call.description or '')[:BEGINNING]}"
    countries: dict[str, str] = {}
    regions: dict[str, None] = {}
    wide = False
    for name, words in _names(text):
        if name in _WIDE or name in _WIDE_PHRASES:
            wide = True
        elif name in _FAR:
            regions[_FAR[name]] = None
        else:
            code = _countries().get(name) or _home(name)
            if code:
                countries.setdefault(code, words)
    return Places(tuple(countries.items()), tuple(regions), wide)


def elsewhere(every: Sequence[Places], home: Iterable[str]) -> NDArray[np.bool_]:
    """Return which calls are tied to another place than the countries of ``home``."""
    here = tuple(home)
    return np.array([bool(one.elsewhere(here)) for one in every], bool)


def _names(text: str) -> Iterator[tuple[str, str]]:
    """Yield every run of words that may be a name, folded and as written; the longest first.

    A part of a name that was found is no name of its own: Papua New Guinea is not Guinea.
    """
    words = _WORD.findall(unicodedata.normalize("NFC", text))
    at = 0
    while at < len(words):
        step = 1
        for length in range(min(LONGEST_NAME, len(words) - at), 0, -1):
            written = " ".join(words[at : at + length])
            folded = written.casefold().replace("’", "'")
            if _known(folded, written):
                yield folded, written
                step = length
                break
        at += step


def _known(folded: str, written: str) -> bool:
    if folded in _WIDE or folded in _WIDE_PHRASES or folded in _FAR or _home(folded):
        return True
    # A country is written with a capital letter; what looks like one without it is a word.
    return folded in _countries() and written[:1].isupper()


def _home(word: str) -> str:
    return next((code for code, roots in _HOMES.items() if word.startswith(roots)), "")


@cache
def _countries() -> dict[str, str]:
    """Names of countries in several languages, folded, with their codes."""
    found = dict(_ALSO)
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in {"EU", "EZ", "UN", "ZZ"}:  # noqa: PLR2004
                folded = name.casefold().replace("’", "'")
                if not code.startswith(("X", "Q")) or code == "XK":
                    found.setdefault(folded, code)
    return found
