"""The closed list of municipal themes: read from its file, and found in what people write.

A text is about a theme when it says its descriptors, in whatever form of the word, or when it lies
near them in meaning (``classifier.theme_scores``). The list is also a small dictionary: descriptors
of one place mean the same in every language, so an interest in Ukrainian can be looked up in calls
in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from classifier.finding import Finder, base
from storage.codes import THEME_LANGUAGES
from storage.errors import BridgesError, nearest

LANGUAGES = THEME_LANGUAGES
ENGLISH, UKRAINIAN = "en", "uk"
FEWEST, MOST = 40, 70

_CYRILLIC = re.compile(r"[а-яіїєґ]{3}", re.IGNORECASE)
_LATIN = re.compile(r"[a-z]{3}", re.IGNORECASE)
_ID = re.compile(r"[a-z][a-z_]{1,39}")


class BadThemes(BridgesError):  # noqa: N818 - the name says what happened, as messages do
    """Raised by ``load_themes`` for a list that cannot be used; says where it is wrong."""


@dataclass(frozen=True, slots=True, eq=False)
class Theme:
    """One theme; the descriptors of all languages run side by side, the first is its name."""

    id: str
    descriptors: Mapping[str, tuple[str, ...]]

    def name(self, language: str = ENGLISH) -> str:
        """Return its name in this language, in English where the list does not speak it."""
        return self.descriptors.get(base(language), self.descriptors[ENGLISH])[0]

    @property
    def english(self) -> tuple[str, ...]:
        return self.descriptors[ENGLISH]

    @property
    def text(self) -> str:
        """What stands for the theme when meanings are compared."""
        return ", ".join(self.english)


@dataclass(frozen=True, slots=True)
class Said:
    """A descriptor that a text says: of which theme, in which language, which one of the list."""

    theme: Theme
    language: str
    place: int

    @property
    def words(self) -> str:
        return self.theme.descriptors[self.language][self.place]

    @property
    def english(self) -> str:
        return self.theme.english[self.place]


class Themes:
    """The list, by its ids in the order of the file."""

    def __init__(self, every: Iterable[Theme]) -> None:
        self.by_id = {theme.id: theme for theme in every}
        self.ids = tuple(self.by_id)
        self._order = {name: number for number, name in enumerate(self.ids)}
        self._finders = {
            language: Finder(
                language,
                [
                    (words, Said(theme, language, place))
                    for theme in self
                    for place, words in enumerate(theme.descriptors[language])
                ],
            )
            for language in LANGUAGES
        }

    def __iter__(self) -> Iterator[Theme]:
        return iter(self.by_id.values())

    def __len__(self) -> int:
        return len(self.by_id)

    def unknown(self, ids: Iterable[str]) -> list[tuple[str, list[str]]]:
        """Return the ids that are not in the list, each with those that look similar."""
        return [(one, nearest(one, self.by_id)) for one in ids if one not in self.by_id]

    def said(self, text: str, language: str | None = None) -> list[Said]:
        """Return the descriptors that ``text`` says, each once, in the order of the list.

        Without a language, or in one the list does not speak, every language is tried; words of
        another alphabet than the language's are looked for in the language they may be of.
        """
        tried = spoken_in(text, language)
        found = [one for tongue in tried for one in self._finders[tongue].find(text)]
        return sorted(found, key=lambda one: (self._order[one.theme.id], one.place))


def spoken_in(text: str, language: str | None) -> tuple[str, ...]:
    """Return the languages of the list in which ``text`` may say something.

    Whoever writes "water / вода" under one language means both.
    """
    asked = base(language or "")
    if asked not in LANGUAGES:
        return LANGUAGES
    if asked != UKRAINIAN and _CYRILLIC.search(text):
        return (asked, UKRAINIAN)
    if asked == UKRAINIAN and _LATIN.search(text):
        return (asked, ENGLISH)
    return (asked,)


@cache
def load_themes() -> Themes:
    """Return the bundled list. Raises BadThemes."""
    return read_themes(Path(str(files("classifier").joinpath("themes.yaml"))))


def read_themes(path: Path) -> Themes:
    """Return the list of a file. Raises BadThemes, which names the theme and what is wrong."""
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadThemes(f"{path.name} cannot be read: {error}") from error
    if not isinstance(entries, list):
        raise BadThemes(f"{path.name} is not a list of themes")
    found: dict[str, Theme] = {}
    for number, entry in enumerate(entries, start=1):
        theme = _theme(entry, f"{path.name}, theme {number}")
        if theme.id in found:
            raise BadThemes(f"{path.name}, theme {number}: {theme.id} is there twice")
        found[theme.id] = theme
    return Themes(found.values())


def _theme(entry: Any, where: str) -> Theme:
    if not isinstance(entry, dict) or set(entry) != {"id", *LANGUAGES}:
        raise BadThemes(f"{where}: expected id and a line in each of {', '.join(LANGUAGES)}")
    name = entry["id"]
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise BadThemes(f"{where}: the id must be small letters and underscores, got {name!r}")
    descriptors = {}
    for language in LANGUAGES:
        words = tuple(part.strip() for part in str(entry[language]).split(";"))
        if not all(words):
            raise BadThemes(f"{where} ({name}), {language}: an empty descriptor")
        descriptors[language] = words
    lengths = {language: len(words) for language, words in descriptors.items()}
    if len(set(lengths.values())) > 1:
        raise BadThemes(
            f"{where} ({name}): the lines do not run side by side: {lengths} descriptors"
        )
    return Theme(name, descriptors)
