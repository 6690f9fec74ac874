"""The languages letters are written in: catalogues, plural forms, dates and numbers.

The catalogues are read from their ``.po`` files when first needed: there is no compiled file that
could be stale or missing after an installation, and reading one takes some milliseconds.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

ENGLISH = "en"
LANGUAGES = {ENGLISH: "en_GB", "uk": "uk", "pl": "pl", "de": "de", "fr": "fr", "ro": "ro"}
"""The languages there are letters in, with the locale for dates and numbers.

Whoever reads another language is written to in English.
"""

_QUOTES = {
    ENGLISH: ("“", "”"),
    "uk": ("«", "»"),
    "pl": ("„", "”"),
    "de": ("„", "“"),
    "fr": ("«\u202f", "\u202f»"),
    "ro": ("„", "”"),
}
"""The marks around somebody's words; a narrow space that must not break belongs to the French."""

DOMAIN = "letters"


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language: what is said in it, and how dates, numbers and countries are written."""

    code: str
    locale: Locale
    catalogue: gettext.NullTranslations

    def say(self, message: str, **values: object) -> str:
        """Return ``message`` (English, with ``{names}``) in this language."""
        return self.catalogue.gettext(message).format(**values)

    def many(self, one: str, other: str, number: int, **values: object) -> str:
        """Return the form for ``number``, which stands in it as ``{n}``: 1 call, 5 calls."""
        told = self.catalogue.ngettext(one, other, number)
        return told.format(n=self.number(number), **values)

    @property
    def quotes(self) -> tuple[str, str]:
        """The marks around somebody's words."""
        return _QUOTES[self.code]

    def quoted(self, words: str) -> str:
        """Return somebody's words between these marks."""
        return words.join(self.quotes)

    @property
    def colon(self) -> str:
        """What stands after a label; the French put a space before it, which must not break."""
        return "\u00a0:" if self.code == "fr" else ":"

    def joined(self, parts: Iterable[str]) -> str:
        """Return parts of a sentence one after the other: ``Lublin leads; partner: Verbove``."""
        return ("\u00a0; " if self.code == "fr" else "; ").join(parts)

    @property
    def decimal(self) -> str:
        """What stands between whole and broken numbers: ``.`` or ``,``."""
        return str(self.locale.number_symbols["latn"]["decimal"])

    def number(self, value: float) -> str:
        return _number(value, self.code)

    def knows(self, message: str) -> bool:
        """Whether ``message`` is written in this language, and not only in English."""
        return self.code == ENGLISH or self.catalogue.gettext(message) != message


@cache
def _number(value: float, code: str) -> str:
    return str(format_decimal(value, locale=LANGUAGES[code]))


def later(message: str) -> str:
    """Mark ``message`` for the catalogues where it is written down but not said yet."""
    return message


def later_many(one: str, other: str) -> tuple[str, str]:
    """Mark the two forms of a message that counts, likewise."""
    return one, other


def tongue(language: str | None) -> Tongue:
    """Return the language to write to somebody in who reads ``language``: English if in doubt."""
    return _tongue(written_in(language) or ENGLISH)


def written_in(language: str | None) -> str | None:
    """Return the language of ``LANGUAGES`` that ``language`` (``uk``, ``pl-PL``) is, or None."""
    code = re.split("[-_]", (language or "").strip(), maxsplit=1)[0].casefold()
    return code if code in LANGUAGES else None


@cache
def _tongue(code: str) -> Tongue:
    return Tongue(code, Locale.parse(LANGUAGES[code]), catalogue_of(code))


def catalogue_of(code: str, domain: str = DOMAIN) -> gettext.NullTranslations:
    """Read a catalogue; those of the links are a second ``domain`` (``alerts.link_words``)."""
    if code == ENGLISH:
        return gettext.NullTranslations()  # the messages are English themselves
    path = files("alerts").joinpath("locale", code, "LC_MESSAGES", f"{domain}.po")
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=code, domain=domain))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
