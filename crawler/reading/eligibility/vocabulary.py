"""The words of conditions in one language, loaded from its file and ready to be found in a text.

A file ``<language>.yaml`` holds plain words; a ``*`` at the end of a word stands for any ending.
What each part of a file means is told in the head of ``en.yaml``. Regions, groups of countries and
the names of far countries are shared by all languages.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from crawler.reading.eligibility.far_countries import far_countries
from crawler.reading.remembered import Remembered
from crawler.reading.word_files import words_in
from storage.codes import COUNTRIES, LANGUAGES
from storage.domain import ApplicantType
from storage.errors import nearest

FOLDER = Path(__file__).parent
COUNTRY_GROUPS = FOLDER / "country_groups.yaml"
"""Countries by name and groups of them: one list for the readers and for the programmes' rules."""

MEMBERLESS = frozenset({"any", "associated", "programme_area", "partner_countries", "dac_list"})
"""Groups of countries that calls speak of without any list saying who belongs to them."""

LISTS = frozenset(
    [
        "applies",
        "gets",
        "invites",
        "given",
        "taking_part",
        "eligible",
        "applicant",
        "partner",
        "lead",
        "partner_only",
        "consortium",
        "organisation",
        "country_unit",
        "region_unit",
        "where",
        "seat",
        "must",
        "not",
        "barred",
        "also",
        "except",
        "only",
        "preferred",
        "alone",
        "single",
        "abroad",
        "together",
        "bond",
        "action",
        "joint",
        "least",
        "most",
        "from",
        "to",
        "and",
        "each",
        "other",
        "part_of",
        "different",
        "thousand",
        "million",
        "billion",
        "grant",
        "total",
        "expected",
        "other_money",
        "percent",
        "own",
        "cofinancing",
        "costs",
        "other_share",
        "spending",
        "no_body",
        "gender_plan",
        "gender_dimension",
        "if_fitting",
        "population",
        "unless",
        "together_after",
    ]
)
"""The parts of a file that are plain lists of words."""

_KEYED = ("countries", "groups", "applicants", "numbers", "currencies")
_WORD = re.compile(r"[^\W\d_]+")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_APOSTROPHE = re.compile("['’ʼ`´]")
_NOTHING_SEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SHORTEST_STEM = 5

Sense = tuple[str, Any]
"""A kind of mark (``country``, ``type``, ``partner`` …) and its value, None for a plain list."""


SIGNS: dict[str, Sense] = {
    "%": ("percent", None),
    "€": ("currency", "EUR"),
    "$": ("currency", "USD"),
    "£": ("currency", "GBP"),
    "₴": ("currency", "UAH"),
    "≥": ("least", None),
    ">": ("least", None),
    "≤": ("most", None),
    "<": ("most", None),
}
"""What signs mean in every language."""


class BadVocabulary(ValueError):  # noqa: N818 - as BadRules
    """Raised when a file cannot be used; the message names the file and the field."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Words that mean something: those after the first, and whether the first needs a capital."""

    rest: tuple[tuple[str, bool], ...]
    senses: tuple[Sense, ...]
    capital: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """The entries that begin with one word: that word alone, and longer ones by their second.

    ``begins`` are the stems of ``stems``, to see at once that the second word has none of them.
    """

    single: Entry | None
    exact: dict[str, list[Entry]]
    stems: tuple[tuple[str, Entry], ...]
    begins: tuple[str, ...]

    def longer(self, second: str) -> list[Entry]:
        """The entries of several words that may go on with ``second``."""
        found = self.exact.get(second, [])
        if second.startswith(self.begins):
            found = found + [entry for stem, entry in self.stems if second.startswith(stem)]
        return found


NUMBER = Start(None, {}, (), ())
"""What a number is in every language: itself, and no beginning of anything longer."""


class Vocabulary:
    """The words of one language, found by the first word of each entry.

    ``starting[word]`` are the entries that may begin with ``word`` as written, None when there are
    none, ``NUMBER`` for a number; ``plain[word]`` is ``word`` as the files write it.
    """

    def __init__(self, language: str, entries: Iterable[tuple[str, Sense, bool]]) -> None:
        self.language = language
        self._exact: dict[str, list[Entry]] = {}
        self._stems: dict[str, list[Entry]] = {}
        self.starting = Remembered(self._look)
        self.plain = Remembered(folded)
        merged: dict[tuple[tuple[tuple[str, bool], ...], bool], list[Sense]] = {}
        for text, sense, capital in entries:
            senses = merged.setdefault((_patterns(text), capital), [])
            if sense not in senses:
                senses.append(sense)
        for (words, capital), senses in merged.items():
            (first, stem), *rest = words
            table = self._stems if stem else self._exact
            table.setdefault(first, []).append(Entry(tuple(rest), tuple(senses), capital))

    def second_words(self) -> tuple[frozenset[str], tuple[str, ...]]:
        """The words that any entry has as its second, and the beginnings of such words."""
        words: dict[bool, set[str]] = {True: set(), False: set()}
        for table in (self._exact, self._stems):
            for entry in chain.from_iterable(table.values()):
                for word, stem in entry.rest[:1]:
                    words[stem].add(word)
        return frozenset(words[False]), tuple(words[True])

    def _single(self, plain: str, found: list[Entry]) -> Entry | None:
        """The entry of this one word; what the same word means in other lists is not lost.

        "habitants" may stand in one list and "habitant*" in another: both are meant.
        """
        if not found:
            return None
        senses = dict.fromkeys(found[0].senses)
        stems = {id(e) for n in range(3) for e in self._stems.get(plain[: len(plain) - n], ())}
        for entry in found[1:]:
            if id(entry) in stems:
                senses.update(dict.fromkeys(entry.senses))
        return Entry((), tuple(senses), found[0].capital)

    def _look(self, word: str) -> Start | None:
        if word[0].isdecimal():
            return NUMBER
        if word in SIGNS:
            return Start(Entry((), (SIGNS[word],)), {}, (), ())
        plain = folded(word)
        capital = word[:1] != word[:1].lower()
        found = list(self._exact.get(plain, ()))
        for length in range(len(plain), 0, -1):
            found += self._stems.get(plain[:length], ())
        found = [entry for entry in found if capital or not entry.capital]
        # Stable: of equally long entries the one with the longest first word stays in front.
        longer = sorted((e for e in found if e.rest), key=lambda entry: -len(entry.rest))
        single = self._single(plain, [entry for entry in found if not entry.rest])
        if not found:
            return None
        exact: dict[str, list[Entry]] = {}
        stems: list[tuple[str, Entry]] = []
        for entry in longer:
            follows, stem = entry.rest[0]
            if stem:
                stems.append((follows, entry))
            else:
                exact.setdefault(follows, []).append(entry)
        return Start(single, exact, tuple(stems), tuple(stem for stem, _ in stems))


def folded(word: str) -> str:
    """``word`` as the files write it: composed, in small letters, without apostrophes."""
    if word.isascii():
        return word.lower()
    text = _NOTHING_SEEN.sub("", unicodedata.normalize("NFKC", word)).lower()
    return _APOSTROPHE.sub("", text) if _CYRILLIC.search(text) else text


@cache
def vocabulary(language: str) -> Vocabulary:
    """The words of ``language``. Raises BadVocabulary for a file with a mistake or without one."""
    return load(FOLDER / f"{language}.yaml")


@cache
def languages() -> tuple[str, ...]:
    """The languages that have a file."""
    return tuple(sorted(path.stem for path in FOLDER.glob("??.yaml")))


def load(path: Path) -> Vocabulary:
    """The vocabulary in the file ``path``; BadVocabulary names the field that is wrong."""
    if path.stem not in LANGUAGES:
        raise BadVocabulary(f"{path.name}: named after no language (as en.yaml)")
    table = _table(path)
    entries = [*_entries(path, table), *_regions(), *_far_countries(path.stem)]
    return Vocabulary(path.stem, entries)


def _table(path: Path) -> dict[str, Any]:
    try:
        table = words_in(path)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadVocabulary(f"{path.name}: {' '.join(str(error).split())}") from error
    if not isinstance(table, dict):
        raise BadVocabulary(f"{path.name}: expected parts with words, got {table!r:.60}")
    return table


def _entries(path: Path, table: dict[str, Any]) -> Iterator[tuple[str, Sense, bool]]:
    known = {
        "countries": COUNTRIES,
        "groups": MEMBERLESS | group_members().keys(),
        "applicants": frozenset(ApplicantType),
        "numbers": frozenset(map(str, range(1, 31))),
        "currencies": None,
    }
    for part, words in table.items():
        if part in LISTS:
            # "not eligible" says in one breath who it is about and that they may not.
            kinds = ("not", "applies") if part == "barred" else (part,)
            yield from (
                (text, (kind, None), False) for text in _words(path, part, words) for kind in kinds
            )
        elif part not in known:
            near = nearest(part, LISTS | known.keys())
            raise BadVocabulary(f"{path.name}: {part}: no such part (nearest: {', '.join(near)})")
        elif not isinstance(words, dict):
            raise BadVocabulary(f"{path.name}: {part}: expected names with lists of words")
        else:
            for key, below in words.items():
                allowed = known[part]
                fits = re.fullmatch("[A-Z]{3}", key) if allowed is None else key in allowed
                if not fits:
                    near = nearest(key, allowed or ("EUR", "UAH"))
                    hint = f" (nearest: {', '.join(near)})" if near else ""
                    raise BadVocabulary(f"{path.name}: {part}.{key}: not known{hint}")
                value: Any = int(key) if part == "numbers" else key
                for text in _words(path, f"{part}.{key}", below):
                    yield text, (_KIND[part], value), False


_KIND = dict(zip(_KEYED, ("country", "group", "type", "number", "currency"), strict=True))


def _words(path: Path, field: str, words: object) -> list[str]:
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise BadVocabulary(f"{path.name}: {field}: expected a list of words like [one, two]")
    for text in words:
        plain = text.removesuffix("*")
        if plain[-1:].isalpha() and plain.replace(" ", "").isalpha():
            continue  # as nearly all are
        bare = re.sub(r"(?<=\w)\*(?= |$)", "", text)
        if not _WORD.search(bare) or re.search(r"[^\w\s'’ʼ.-]|_", bare):
            said = "expected words, * only at the end of a word"
            raise BadVocabulary(f"{path.name}: {field}: {text!r}: {said}")
    return words


def _patterns(text: str) -> tuple[tuple[str, bool], ...]:
    """The words of an entry, each with whether any ending may follow."""
    found: list[tuple[str, bool]] = []
    for part in text.split():
        stem = part.endswith("*")
        plain = part.rstrip("*")
        if plain.isascii() and plain.isalpha():  # a word as it stands
            found.append((plain.lower(), stem))
            continue
        words = [folded(word) for word in _PART.findall(plain)]
        if words:  # a lone hyphen or apostrophe is none
            found += [(word, False) for word in words[:-1]]
            found.append((words[-1], stem))
    return tuple(found)


# Marks that compose with the letter before them, and soft hyphens, belong to the word. Ukrainian
# apostrophes stand within words (об’єднання), those of French and Italian between them (l’Ukraine).
TOKEN_WORD = re.compile(
    "[\u0400-\u04ff\u00ad\u0301]+(?:['’ʼ`][\u0400-\u04ff\u00ad]+)*"
    "|(?:[^\\W\\d_]+|[\u0300-\u036f\u00ad]+)+"
)


_PART = re.compile(rf"{TOKEN_WORD.pattern}|\d+")


@cache
def group_members() -> dict[str, tuple[str, ...]]:
    """The countries of each group; the rules of programmes are loaded from the same file."""
    groups = _table(COUNTRY_GROUPS)["groups"]
    return {name: tuple(sorted(group["members"])) for name, group in groups.items()}


@cache
def _regions() -> tuple[tuple[str, Sense, bool], ...]:
    """Every region by its names; a name that is also a town's (``town``) is no proof alone."""
    path = FOLDER / "regions.yaml"
    found: list[tuple[str, Sense, bool]] = []
    for kind, table in _table(path).items():
        if kind not in ("regions", "towns"):
            raise BadVocabulary(f"{path.name}: {kind}: no such part (regions, towns)")
        for code, words in table.items():
            if not re.fullmatch("[A-Z]{2}(-?[A-Z0-9]{1,3})", code):
                raise BadVocabulary(f"{path.name}: {kind}.{code}: a code like UA-59 or PL81")
            sense = "region" if kind == "regions" else "town"
            capital = kind == "towns"  # adjectives of regions are small in Polish or Czech
            found += [(t, (sense, code), capital) for t in _words(path, f"{kind}.{code}", words)]
    return tuple(found)


def _far_countries(language: str) -> Iterator[tuple[str, Sense, bool]]:
    """The countries of the world by their CLDR names, which a file need not repeat.

    A capital is asked for: ``Mali`` is a country and ``mali`` means small in Croatian. The last
    letter of a long name gives way to the endings of the language.
    """
    names = far_countries().get(language)
    if names is None:
        raise BadVocabulary(f"far_countries.json: no {language}: its module says how to add it")
    inflected = language in {"uk", "ru", "pl", "cs", "sk", "hr", "bg", "ro", "hu", "lt", "lv", "et"}
    for code, name in names.items():
        if not _WORD.search(name):
            continue
        text = re.sub(r"\(.*?\)|[^\w\s'’-]|\d", " ", name).strip()
        words = re.findall(r"[^\W\d_]+", text)
        if not words:
            continue
        if inflected and len(words) == 1 and len(words[0]) >= _SHORTEST_STEM:
            text = re.sub(r"[aeiouyăāėšsаеєиіїоуюя]+\Z", "", words[0])
            text = f"{text if len(text) >= _SHORTEST_STEM - 1 else words[0]}*"
        yield text, ("country", code), True
