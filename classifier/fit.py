"""Whom a call is for: towns and their citizens, or laboratories, students and companies.

Two signs, each told in words and neither a reason to drop a call: how often towns can use calls of
its programme (``fit.yaml``), and whom its text speaks of.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from classifier.recognition import rule_for
from classifier.rulebook import Rules
from storage.domain import Call
from storage.errors import BridgesError

LENGTH = 6000
"""Characters of a description in which people are looked for; behind them are forms and annexes."""

TITLE = 3
"""How many times a word in the title counts."""

PER = 100
"""Words of a text on which the others are counted; a shorter text is not said to say more."""

TOLD = 4

_KEY = 3
_KNOWN = 50_000
"""Words remembered; hostile texts must not fill the memory."""

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
# "project-Scholarships" is two words, "start-up" is one.
_JOINED = re.compile(r"(?<=[a-zа-яіїєґ])-(?=[A-ZА-ЯІЇЄҐ])")


class BadFit(BridgesError):  # noqa: N818 - the name says what happened, as messages do
    """Raised by ``load_fit`` for a file that cannot be used."""


class Use(StrEnum):
    """How often a town can use a call of a programme."""

    TOWNS = "towns"
    OFTEN = "often"
    MIXED = "mixed"
    SELDOM = "seldom"
    HARDLY = "hardly"


WORTH = {Use.TOWNS: 1.0, Use.OFTEN: 0.5, Use.MIXED: 0.0, Use.SELDOM: -0.5, Use.HARDLY: -2.0}


@dataclass(frozen=True, slots=True)
class Fit:
    """What shows whom a call is for.

    ``programme`` is -2 (hardly ever towns) to 1; ``towns`` and ``specialists`` are 0 upwards, more
    where the words stand in the title or often; the words are those found, as written.
    """

    use: Use
    programme_name: str
    towns: float
    specialists: float
    town_words: tuple[str, ...] = ()
    specialist_words: tuple[str, ...] = ()

    @property
    def programme(self) -> float:
        return WORTH[self.use]


class Words:
    """Words and phrases to look for; a star at the end of a word stands for any ending."""

    def __init__(self, said: Iterable[str]) -> None:
        self._phrases: dict[str, list[tuple[str, ...]]] = {}
        for phrase in said:
            words = tuple(phrase.casefold().split())
            self._phrases.setdefault(words[0][:_KEY].rstrip("*"), []).append(words)
        self._known: dict[str, tuple[tuple[str, ...], ...]] = {}
        self._keys = sorted({len(key) for key in self._phrases}, reverse=True)
        for phrases in self._phrases.values():
            phrases.sort(key=len, reverse=True)

    def found(self, text: str) -> list[str]:
        """Return what stands in ``text``, folded, as often as it stands there."""
        return self.among(_split(text))

    def among(self, words: Sequence[str]) -> list[str]:
        """Return what stands among ``words`` (of ``_split``), as ``found`` does."""
        found: list[str] = []
        known, free = self._known, 0
        for at, word in enumerate(words):
            begun = known.get(word)
            if begun is None:
                begun = self._beginning(word)
            if not begun or at < free:  # nearly every word begins nothing
                continue
            for phrase in begun:
                here = words[at : at + len(phrase)]
                if len(here) == len(phrase) and all(map(_stands_for, phrase, here)):
                    found.append(" ".join(here))
                    free = at + len(phrase)
                    break
        return found

    def _beginning(self, word: str) -> tuple[tuple[str, ...], ...]:
        """The phrases that may begin with ``word``; most words begin none, and all come again."""
        begun = tuple(one for size in self._keys for one in self._phrases.get(word[:size], ()))
        if len(self._known) < _KNOWN:
            self._known[word] = begun
        return begun


def _split(text: str) -> list[str]:
    return _WORD.findall(_JOINED.sub(" ", text).casefold().replace("’", "'"))


def _stands_for(said: str, word: str) -> bool:
    return word.startswith(said[:-1]) if said.endswith("*") else word == said


@dataclass(frozen=True, slots=True)
class FitRules:
    """The contents of ``fit.yaml``, ready to be used."""

    uses: Mapping[str, Use]
    towns: Words
    specialists: Words

    def of(self, call: Call, rules: Rules) -> Fit:
        """Return whom a call is for."""
        found = rule_for(call, rules)
        rule = found[0].rule if found else None
        text = _body(call)
        title, body = _split(call.title[:LENGTH]), _split(text)
        length = max(PER, len(text.split()))
        towns, town_words = _counted(self.towns, title, body, length)
        specialists, specialist_words = _counted(self.specialists, title, body, length)
        return Fit(
            use=self.uses.get(rule.id, Use.MIXED) if rule else Use.MIXED,
            programme_name=rule.name if rule else "",
            towns=towns,
            specialists=specialists,
            town_words=town_words,
            specialist_words=specialist_words,
        )


def _body(call: Call) -> str:
    return f"{call.summary or ''} {call.description or ''}"[:LENGTH]


def _counted(
    words: Words, title: Sequence[str], body: Sequence[str], length: int
) -> tuple[float, tuple[str, ...]]:
    in_title, in_body = words.among(title), words.among(body)
    weight = math.log1p(TITLE * len(in_title) + PER * len(in_body) / length)
    return weight, tuple(dict.fromkeys([*in_title, *in_body]))[:TOLD]


@cache
def load_fit() -> FitRules:
    """Return the bundled file. Raises BadFit."""
    text = files("classifier").joinpath("fit.yaml").read_text(encoding="utf-8")
    try:
        return read_fit(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise BadFit(f"fit.yaml cannot be read: {error}") from error


def read_fit(said: Any) -> FitRules:
    """Return what a file says. Raises BadFit, which names what is wrong."""
    if not isinstance(said, dict) or set(said) != {"programmes", "words"}:
        raise BadFit("fit.yaml: expected programmes and words")
    uses: dict[str, Use] = {}
    for use, names in said["programmes"].items():
        if use not in set(Use):
            raise BadFit(f"fit.yaml: programmes: expected one of {', '.join(Use)}, got {use!r}")
        for name in names or ():
            if name in uses:
                raise BadFit(f"fit.yaml: programmes: {name} is there twice")
            uses[name] = Use(use)
    words = said["words"]
    if not isinstance(words, dict) or set(words) != {"towns", "specialists"}:
        raise BadFit("fit.yaml: words: expected towns and specialists")
    return FitRules(uses, _words(words["towns"]), _words(words["specialists"]))


def _words(said: Any) -> Words:
    if not isinstance(said, list) or not said:
        raise BadFit("fit.yaml: words: expected a list")
    return Words(str(one) for one in said)
