"""Whether a call is tied to a country or an area where no partner is, or to the partners' own.

Looked for are names in the title, and where an external action is announced also in the beginning
of its description. It moves a score and drops nothing: whether the partners may apply is told by
the assessment, from the call's conditions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from babel import Locale
from numpy.typing import NDArray

from classifier.areas import Area, load_areas, load_oblasts
from storage.domain import Call, Kind, Partnership

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
_WIDE = frozenset({
    "europe", "european", "eu", "europa", "europäische", "europejski", "europejskie", "européen",
    "européenne", "european union", "unii europejskiej", "union européenne", "europäischen union",
    "uniunea europeană", "європа", "європейський", "європейського союзу", "єс", "union",
    "member states", "eastern partnership", "neighbourhood east", "eastern neighbourhood",
    "associated countries", "candidate countries", "enlargement countries", "third countries",
})  # fmt: skip
UKRAINE = "UA"
HOME = -0.5
"""The sign of a call that names a partner's own country: half a step the other way."""

_HOMES = {UKRAINE: ("ukrain", "україн", "ukraiń", "ucrain")}
"""Beginnings of words that speak of a country in whatever form; Ukraine is everybody's home."""


@dataclass(frozen=True, slots=True)
class Places:
    """The countries (with the words), areas and oblasts a call names, and whether it says Europe.

    ``home`` in its methods are the codes of the partners' countries and regions (``homes``).
    """

    countries: tuple[tuple[str, str], ...]
    areas: tuple[Area, ...]
    oblasts: tuple[tuple[str, str], ...]
    wide: bool

    def elsewhere(self, home: Iterable[str]) -> str:
        """Return the place it is tied to where no partner is; empty when there is none.

        A call that says Europe is for all of it, unless it names a part of it.
        """
        here = {*home, UKRAINE}
        if oblast := self._other_oblast(here):
            return oblast
        if self._own(here) or any(area.holds(here) for area in self.areas):
            return ""
        if self.wide:
            return next((area.name for area in self.areas if area.inside), "")
        names = [name for _, name in self.countries] or [area.name for area in self.areas]
        return names[0] if names else ""

    def at_home(self, home: Iterable[str]) -> str:
        """Return the partners' own country or oblast that it names, as written; else nothing."""
        here = {*home, UKRAINE}
        return "" if self.elsewhere(here) else self._own(here)

    def value(self, home: Iterable[str]) -> float:
        """Return the sign: 1 elsewhere, ``HOME`` where it names the partners' own, 0 otherwise."""
        if not (self.countries or self.areas or self.oblasts):
            return 0.0
        here = {*home, UKRAINE}
        if self.elsewhere(here):
            return 1.0
        return HOME if self._own(here) else 0.0

    def _own(self, here: Collection[str]) -> str:
        named = (*self.oblasts, *self.countries)
        return next((words for code, words in named if code in here), "")

    def _other_oblast(self, here: Collection[str]) -> str:
        """Return an oblast that is named where another one is the partners' own."""
        own = {code for code in here if code.startswith(f"{UKRAINE}-")}
        codes = {code for code, _ in self.oblasts}
        return self.oblasts[0][1] if own and codes and not own & codes else ""


def places(call: Call) -> Places:
    """Return the places that a call names where it says what it is about."""
    text = call.title[:TITLE]
    if call.kind is Kind.EXTERNAL_ACTION:
        text += f". {(call.summary or call.description or '')[:BEGINNING]}"
    countries: dict[str, str] = {}
    areas: dict[str, Area] = {}
    oblasts: dict[str, str] = {}
    wide = False
    for name, words in _names(text):
        if name in _WIDE:
            wide = True
        elif area := load_areas().get(name):
            areas.setdefault(area.name, area)
        elif oblast := load_oblasts().get(name):
            oblasts.setdefault(oblast, words)
        else:
            code = _countries().get(name) or _home(name)
            if code:
                countries.setdefault(code, words)
    return Places(tuple(countries.items()), tuple(areas.values()), tuple(oblasts.items()), wide)


def homes(partnership: Partnership) -> frozenset[str]:
    """Return the codes of the countries and regions of the partners."""
    regions = (one.region.strip().upper() for one in partnership.partners if one.region)
    return frozenset([*(one.country for one in partnership.partners), *regions])


def values(every: Sequence[Places], home: Iterable[str]) -> NDArray[np.float32]:
    """Return the sign of each call for partners whose codes are ``home``."""
    here = tuple(home)
    return np.array([one.value(here) for one in every], np.float32)


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
    if folded in _WIDE or folded in load_areas() or folded in load_oblasts() or _home(folded):
        return True
    # A country is written with a capital letter; what looks like one without it is a word.
    return folded in _countries() and written[:1].isupper()


def _home(word: str) -> str:
    if " " in word:  # what follows is a word of its own, perhaps another place
        return ""
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
