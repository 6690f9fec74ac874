"""The links by which a page without an owner is read in another language."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from alerts.link_words import LOCALES
from alerts.tongue import tongue


@dataclass(frozen=True, slots=True)
class Other:
    """A language by its code, under the name its readers give it, with the page in it."""

    code: str
    name: str
    url: str


def languages(**asked: str) -> list[Other]:
    """Return a link to the same page in each language; ``asked`` is the rest of its query."""
    return [
        Other(
            code,
            str(tongue(code).locale.get_language_name()),
            f"?{urlencode({**asked, 'language': code})}",
        )
        for code in LOCALES
    ]
