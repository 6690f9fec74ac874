"""Countries in the names of cross-border programmes, written out or as codes: PL-UA, HUSKROUA."""

from __future__ import annotations

import re
from functools import lru_cache

from storage.search import words

_COUNTRIES = {
    "al": "albania", "at": "austria", "ba": "bosnia", "be": "belgium", "bg": "bulgaria",
    "by": "belarus", "ch": "switzerland", "cy": "cyprus", "cz": "czechia", "de": "germany",
    "dk": "denmark", "ee": "estonia", "es": "spain", "fi": "finland", "fr": "france",
    "ge": "georgia", "gr": "greece", "hr": "croatia", "hu": "hungary", "ie": "ireland",
    "it": "italy", "lt": "lithuania", "lu": "luxembourg", "lv": "latvia", "md": "moldova",
    "me": "montenegro", "mk": "macedonia", "mt": "malta", "nl": "netherlands", "no": "norway",
    "pl": "poland", "pt": "portugal", "ro": "romania", "rs": "serbia", "se": "sweden",
    "si": "slovenia", "sk": "slovakia", "tr": "turkiye", "ua": "ukraine",
}  # fmt: skip
_ALIASES = {
    "czech": "czechia", "ceska": "czechia", "slovak": "slovakia", "turkey": "turkiye",
    "polska": "poland", "lat": "latvia", "lit": "lithuania", "est": "estonia",
    "румунія": "romania", "україна": "ukraine", "польща": "poland", "угорщина": "hungary",
    "словаччина": "slovakia", "молдова": "moldova",
}  # fmt: skip
_NAMES = frozenset(_COUNTRIES.values())
_RUN = re.compile(
    r"\b[A-Z]{2,3}(?:\s?[-–/]\s?[A-Z]{2,3})+\b|\b[A-Z]{8,10}\b|\b[A-Z]{2}(?: [A-Z]{2})+\b"
)
_CODE = re.compile(r"[A-Z]{2,3}")


@lru_cache(maxsize=8192)
def places_in(text: str) -> frozenset[str]:
    """Return the countries named in a text; codes only where several stand together."""
    found = {word for word in words(text) if word in _NAMES}
    found |= {_ALIASES[word] for word in words(text) if word in _ALIASES and len(word) > 3}  # noqa: PLR2004
    for run in _RUN.finditer(text):
        found |= _countries(run[0])
    return frozenset(found)


def without_codes(text: str) -> str:
    """Return a text without the codes that ``places_in`` reads as countries."""
    return _RUN.sub(lambda run: " " if _countries(run[0]) else run[0], text)


def _countries(run: str) -> set[str]:
    codes = _CODE.findall(run) if len(run) != len(run.strip()) or not run.isalpha() else []
    if not codes:
        codes = [run[at : at + 2] for at in range(0, len(run), 2)] if len(run) % 2 == 0 else []
    names = [_COUNTRIES.get(code.casefold()) or _ALIASES.get(code.casefold()) for code in codes]
    known = {name for name in names if name}
    return known if len(known) == len(codes) > 1 else set()
