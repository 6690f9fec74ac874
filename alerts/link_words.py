"""The languages of links, of the pages they lead to, and of what is said of the answers.

A catalogue of its own (``links.po``), in every language a recipient may choose.
"""

from __future__ import annotations

from functools import cache

from babel import Locale

from alerts.tongue import ENGLISH, Tongue, catalogue_of

DOMAIN = "links"
LOCALES = {"en": "en_GB", "uk": "uk", "pl": "pl", "de": "de", "fr": "fr", "ro": "ro"}


def link_tongue(language: str) -> Tongue:
    """Return the language to show pages in to somebody who reads ``language``."""
    code = language.partition("-")[0].casefold()
    return _tongue(code if code in LOCALES else ENGLISH)


@cache
def _tongue(code: str) -> Tongue:
    return Tongue(code, Locale.parse(LOCALES[code]), catalogue_of(code, DOMAIN))
