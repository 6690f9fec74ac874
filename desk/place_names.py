"""Which codes somebody may have meant who typed the name of a country or a region."""

from __future__ import annotations

from collections.abc import Iterable

from storage.codes import COUNTRIES
from storage.errors import nearest

_MOST = 3


def countries_named(asked: str) -> list[str]:
    """``UA (Ukraine)`` for a name in any language of letters, also one misspelt."""
    from babel import Locale

    from alerts.tongue import ENGLISH, LANGUAGES

    english = Locale(ENGLISH).territories
    names = [
        (str(name), code)
        for language in LANGUAGES
        for code, name in Locale(language).territories.items()
        if code in COUNTRIES
    ]
    return [f"{code} ({english[code]})" for code in _meant(asked, names)]


def regions_named(asked: str) -> list[str]:
    """``UA-59 (Sumy Oblast)`` for a name in its own language or, of an oblast, in any of letters'.

    A part of the name is enough: there are more regions than anybody would list.
    """
    from alerts.tongue import LANGUAGES, tongue
    from classifier.region_names import region_names

    known = region_names()
    names = [(name, code) for code, name in known.items()]
    names += [
        (tongue(language).say(name), code)
        for language in LANGUAGES
        for code, name in known.items()
        if code.startswith("UA-")
    ]
    return [f"{code} ({known[code]})" for code in _meant(asked, names)]


def _meant(asked: str, names: Iterable[tuple[str, str]]) -> list[str]:
    """The codes whose name is, begins with, or holds what was asked; else those that look alike."""
    said = asked.strip().casefold()
    folded = [(name.casefold(), code) for name, code in names]
    shortest = 3
    found = (
        [code for name, code in folded if name == said]
        or [code for name, code in folded if len(said) >= shortest and name.startswith(said)]
        or [code for name, code in folded if len(said) > shortest and said in name]
    )
    if not found:
        codes = dict(reversed(folded))
        found = [codes[name] for name in nearest(said, codes, _MOST)]
    return list(dict.fromkeys(found))[:_MOST]
