"""The words each language states deadlines with, read from its file and checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from crawler.reading.deadlines.words import Word, words_of
from crawler.reading.remembered import Remembered
from crawler.reading.word_files import words_in
from storage.domain import check_zone

_GAP = "…"
_COLON = ":"
_WIDEST_GAP = 5
"""Words that ``…`` in a phrase can stand for."""

_APART = re.compile(r"[,;:()|\n!?•\[\]]|[–—]|\s-\s")
"""Between two words of one phrase none of these may stand; a full stop may, after a short form."""

SECTIONS: dict[str, tuple[str, ...]] = {
    "dates": (
        "glue", "before_day", "until", "from", "from_weak", "to", "between", "and", "after",
        "mid", "end_of", "year", "this_year", "yearly", "quarterly", "units", "until_behind",
    ),
    "clock": ("before", "after", "am", "pm", "noon", "midnight"),
    "submission": (
        "deadline", "closes", "extended", "act", "open", "thing", "call", "project",
        "concept_note", "full_proposal", "cut_off", "stage", "round", "rolling", "rolling_alone",
        "announced_later", "funds", "closed", "too_late",
    ),
    "other": (
        "opening", "results", "event", "registration", "project", "questions", "reporting",
        "evaluation", "updated", "validity", "superseded", "else",
    ),
}  # fmt: skip
"""The lists of words in a file; every one must be there, and may be empty."""

STATING = ("submission.", "other.", "dates.quarterly")
"""Without a word of these a sentence that has no date states nothing, and is no label."""

MONTH_ENDS = ("dates.end_of", "dates.mid")
"""Words that make a day, or none, of a month."""

_UNNUMBERED = ("dates.end_of", "dates.quarterly")
"""Words that state a day without its number."""

_TRIGGERS = ("submission.rolling", "submission.funds", "submission.announced_later",
             *_UNNUMBERED, "dates.mid")  # fmt: skip
_LAST = ("submission.closed", "dates.mid", "dates.before_day")
_FIRST = (
    "dates.until", "dates.from", "dates.from_weak", "dates.to", "dates.between",
    "submission.announced_later",
)  # fmt: skip
"""Of several meanings of the same words these are meant first, and those of ``_LAST`` last."""

_NUMBERS = {str(number) for number in range(1, 13)}
_TABLES = ("months", "ordinals", "seasons", "zones")
_PLAIN = ("zone", "month_first", "weekdays", "until_endings", "from_endings")


class VocabularyError(ValueError):
    """A vocabulary file has a mistake; raised by ``vocabulary``, naming file and field."""


class Mark(NamedTuple):
    """Words of a known meaning: the meaning and the words ``first`` up to ``last``."""

    meaning: str
    first: int
    last: int


class _Phrase(NamedTuple):
    meaning: str
    patterns: tuple[str, ...]
    number: int
    """Its place in the file: of phrases alike in all else the first is meant."""


@dataclass(slots=True)
class Vocabulary:
    """One language. ``seasons`` maps months 1-12 to the words of the season they are in.

    ``beginning_with[word]`` are the phrases whose first word this is, the longest first;
    ``month[word]`` is the number of the month that the word names, or 0; ``glue[word]`` says
    whether the word only holds a date together ("of"); ``stating[piece]`` whether words between
    two spaces begin a phrase that a sentence without a number needs in order to state anything.
    """

    language: str
    zone: str
    month_first: bool
    until_endings: tuple[str, ...]
    from_endings: tuple[str, ...]
    beginning_with: Remembered[tuple[_Phrase, ...]] = field(init=False)
    month: Remembered[int] = field(init=False)
    glue: Remembered[bool] = field(init=False)
    stating: Remembered[bool] = field(init=False)
    _exact: dict[str, list[_Phrase]] = field(default_factory=dict)
    _stems: dict[str, list[_Phrase]] = field(default_factory=dict)
    _loose: list[_Phrase] = field(default_factory=list)
    _patterns: dict[tuple[str, ...], re.Pattern[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.beginning_with = Remembered(self._beginning_with)
        self.month = Remembered(lambda word: int(self.one(word, "months.") or 0))
        self.glue = Remembered(lambda word: bool(self.one(word, "dates.glue")))
        self.stating = Remembered(self._stating)

    def add(self, meaning: str, patterns: tuple[str, ...], number: int) -> None:
        """Add one phrase of the file, its ``number``-th."""
        phrase = _Phrase(meaning, patterns, number)
        first = patterns[0]
        if "*" not in first:
            self._exact.setdefault(first, []).append(phrase)
        elif first.index("*") == len(first) - 1:
            self._stems.setdefault(first[:-1], []).append(phrase)
        else:
            self._loose.append(phrase)

    def _beginning_with(self, word: str) -> tuple[_Phrase, ...]:
        found = [*self._exact.get(word, ())]
        for length in range(len(word) + 1):
            found += self._stems.get(word[:length], ())
        found += [one for one in self._loose if _is(word, one.patterns[0])]
        # An exact word says more than the beginning of one, as a long phrase than a short one.
        found.sort(
            key=lambda one: (
                -len(one.patterns),
                one.meaning in _LAST,
                -sum(len(pattern.strip("*")) for pattern in one.patterns),
                sum(pattern.count("*") for pattern in one.patterns),
                one.meaning not in _FIRST,
                one.meaning,
                "*" in one.patterns[0],
                one.number,
            )
        )
        return tuple(found)

    def marks(self, words: Sequence[Word]) -> list[Mark]:
        """What is known of ``words``, in order; a longer phrase hides the shorter ones in it."""
        found: list[Mark] = []
        done = 0
        beginning_with = self.beginning_with
        for at, word in enumerate(words):
            if at < done or word.number:
                continue
            for phrase in beginning_with[word.text]:
                stop = _match(words, at, phrase.patterns)
                if stop:
                    stop -= self._limit_at_end(phrase, words[stop - 1].text)
                    found.append(Mark(phrase.meaning, at, stop))
                    done = stop
                    break
        return found

    def _stating(self, piece: str) -> bool:
        return any(
            phrase.meaning.startswith((*STATING, *MONTH_ENDS))
            for word in words_of(piece, 0, len(piece))
            for phrase in self.beginning_with[word.text]
        )

    def triggers(self) -> re.Pattern[str]:
        """What a sentence without any number must have to be worth reading."""
        return self._looking_for(_TRIGGERS)

    def unnumbered(self) -> re.Pattern[str]:
        """What a text must have to state a day without its number."""
        return self._looking_for(_UNNUMBERED)

    def _looking_for(self, wanted: tuple[str, ...]) -> re.Pattern[str]:
        """What finds the phrases whose meanings begin as ``wanted``, and perhaps others."""
        if wanted not in self._patterns:
            phrases = {one.patterns for one in self._phrases() if one.meaning.startswith(wanted)}
            stems = sorted(
                r"\W+".join(
                    r"\w*".join(map(re.escape, word.split("*")))
                    for word in patterns
                    if word != _COLON
                )
                for patterns in (_before_gap(patterns) for patterns in phrases)
            )
            self._patterns[wanted] = re.compile(r"\b(?:" + "|".join(stems) + ")")
        return self._patterns[wanted]

    def _phrases(self) -> Iterator[_Phrase]:
        yield from self._loose
        for table in (self._exact, self._stems):
            for phrases in table.values():
                yield from phrases

    def _limit_at_end(self, phrase: _Phrase, word: str) -> int:
        """1 when a cue ends in "until" ("open until"): that word keeps its own meaning."""
        if len(phrase.patterns) == 1 or not phrase.meaning.startswith("submission."):
            return 0
        return int(bool(self.one(word, "dates.until")))

    def one(self, word: str, section: str) -> str:
        """The meaning below ``section`` (``months.``) that this single word has, else empty."""
        for phrase in self.beginning_with[word]:
            if len(phrase.patterns) == 1 and phrase.meaning.startswith(section):
                return phrase.meaning.removeprefix(section) or section
        return ""


def _before_gap(patterns: tuple[str, ...]) -> tuple[str, ...]:
    return patterns[: patterns.index(_GAP)] if _GAP in patterns else patterns


def _is(word: str, pattern: str) -> bool:
    if pattern[0] == "*":
        core = pattern[1:]
        if core[-1:] == "*":
            return core[:-1] in word
        return word.endswith(core)
    if pattern[-1] == "*":
        return word.startswith(pattern[:-1])
    return word == pattern


def _match(words: Sequence[Word], at: int, patterns: tuple[str, ...]) -> int:
    """The index after the phrase that begins at ``at``, or 0. Its first word is known to fit."""
    if len(patterns) == 1:
        return at + 1
    at += 1
    skip = 0
    colon = False
    for pattern in patterns[1:]:
        if pattern == _GAP:
            skip = _WIDEST_GAP
            continue
        if pattern == _COLON:
            colon = True
            continue
        while True:
            if at >= len(words):
                return 0
            gap = words[at].gap
            if _APART.search(gap) and not (colon and gap.strip() == ":"):
                return 0
            if _is(words[at].text, pattern):
                break
            if not skip:
                return 0
            skip -= 1
            at += 1
        skip, colon = 0, False
        at += 1
    return at


@cache
def vocabulary(language: str) -> Vocabulary:
    """The words of a language. Raises VocabularyError when its file has a mistake."""
    return load(Path(__file__).with_name(f"{language}.yaml"), language)


def load(path: Path, language: str) -> Vocabulary:
    """Read and check one file. Raises VocabularyError, naming file and field."""
    try:
        data = words_in(path)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise VocabularyError(f"{path.name}: cannot be read: {error}") from error
    if not isinstance(data, dict):
        raise VocabularyError(f"{path.name}: fields are wanted, each with its words")
    _check_names(path, "", data, (*_PLAIN, *_TABLES, *SECTIONS))
    try:
        check_zone(str(data["zone"]))
    except ValueError as error:
        raise VocabularyError(f"{path.name}: zone: {error}") from error
    if data["month_first"] not in ("yes", "no"):
        raise VocabularyError(f"{path.name}: month_first: yes or no is wanted")
    made = Vocabulary(
        language,
        str(data["zone"]),
        data["month_first"] == "yes",
        tuple(one.text for _, one in _endings(path, "until_endings", data)),
        tuple(one.text for _, one in _endings(path, "from_endings", data)),
    )
    for number, (meaning, patterns) in enumerate(_phrases(path, data)):
        made.add(meaning, patterns, number)
    return made


def _endings(path: Path, name: str, data: dict[str, Any]) -> Iterator[tuple[str, Word]]:
    for entry in _texts(path, name, data[name]):
        for word in words_of(entry, 0, len(entry)):
            yield name, word


def _phrases(path: Path, data: dict[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for section, names in SECTIONS.items():
        if not isinstance(data[section], dict):
            raise VocabularyError(f"{path.name}: {section}: fields are wanted, each with its words")
        _check_names(path, f"{section}.", data[section], names)
        for name in names:
            for entry in _texts(path, f"{section}.{name}", data[section][name]):
                yield f"{section}.{name}", _patterns(path, f"{section}.{name}", entry)
    for entry in _texts(path, "weekdays", data["weekdays"]):
        yield "dates.before_day", _patterns(path, "weekdays", entry)
    for table in _TABLES:
        for key, value in _table(path, table, data[table]):
            for entry in _texts(path, f"{table}.{key}", value):
                yield f"{table}.{key}", _patterns(path, f"{table}.{key}", entry)


def _table(path: Path, table: str, value: object) -> Iterator[tuple[str, object]]:
    if not isinstance(value, dict):
        raise VocabularyError(f"{path.name}: {table}: fields are wanted, each with its words")
    for key, texts in value.items():
        if table == "zones":
            try:
                check_zone(str(key))
            except ValueError as error:
                raise VocabularyError(f"{path.name}: zones: {error}") from error
        elif table == "seasons" and key not in ("spring", "summer", "autumn", "winter"):
            raise VocabularyError(f"{path.name}: seasons: {key!r} is not a season")
        elif table in ("months", "ordinals") and key not in _NUMBERS:
            raise VocabularyError(f"{path.name}: {table}: {key!r} is not a number from 1 to 12")
        yield str(key), texts
    if table == "months" and set(value) != _NUMBERS:
        raise VocabularyError(f"{path.name}: months: all of 1 to 12 are wanted")


def _check_names(path: Path, within: str, data: dict[str, Any], names: Sequence[str]) -> None:
    for name in names:
        if name not in data:
            raise VocabularyError(f"{path.name}: {within}{name} is missing")
    for name in data:
        if name not in names:
            raise VocabularyError(f"{path.name}: {within}{name} is not a known field")


def _texts(path: Path, name: str, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise VocabularyError(f"{path.name}: {name}: a list of words is wanted")
    return value


def _patterns(path: Path, name: str, entry: str) -> tuple[str, ...]:
    """A phrase as a speaker writes it (``deadline … applic*``) as patterns, word by word."""
    found: list[str] = []
    for piece in entry.split():
        if piece == _GAP:
            found.append(_GAP)
            continue
        plain = piece.removesuffix("*")
        if plain.isascii() and plain.isalpha():  # a word as it stands
            found.append(piece.lower())
            continue
        words = words_of(piece, 0, len(piece))
        if not words:
            raise VocabularyError(f"{path.name}: {name}: {entry!r} has a piece without letters")
        texts = [word.text for word in words]
        if piece.endswith("*"):
            texts[-1] += "*"
        if piece.endswith(":"):
            texts.append(_COLON)
        if piece.startswith("*"):
            texts[0] = "*" + texts[0]
        found += texts
    if found[0] == _GAP or found[-1] == _GAP:
        raise VocabularyError(f"{path.name}: {name}: {entry!r} begins or ends with …")
    return tuple(found)
