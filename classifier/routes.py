"""Which encoder reads an interest, and with which vectors of calls the result is compared.

Calls are compared in the space of the English encoder. English interests are read by it; interests
in other languages are read by the encoder of many languages and cross the bridge, as do calls in
other languages. Where no bridge fits the encoders in use, what is not English meets in the encoder
of many languages instead, whose ranking is worse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from classifier.bridging import bridge_between
from classifier.encoders import Bridge
from classifier.models import Model, Models
from classifier.texts import PASSAGE, is_english, passages, phrases, tidy, wishes
from classifier.themes import load_themes
from storage.domain import Partnership

THEMES = "en"
"""The language in which the names of themes are read."""


class Meets(StrEnum):
    """Which calls an interest is compared with on a way."""

    ALL = "all"
    ENGLISH = "english"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Interest:
    """What a partnership says it looks for, in one language."""

    language: str
    text: str
    english: bool
    from_themes: bool = False

    @property
    def passages(self) -> list[str]:
        return passages(self.text)

    @property
    def wishes(self) -> list[str]:
        """What it asks for, wish by wish; empty when it is one wish, or too long to be told apart.

        What is longer than a passage is read in passages, and stands for itself.
        """
        found = wishes(self.text) if self.words <= PASSAGE * 2 else []
        return found if len(found) > 1 else []

    @property
    def phrases(self) -> list[str]:
        return phrases(self.text)

    @property
    def words(self) -> int:
        return len(self.text.split())


@dataclass(frozen=True, slots=True)
class Route:
    """One interest, the encoder that reads it, and the one whose vectors of calls it meets."""

    interest: Interest
    reader: Model
    space: Model
    bridge: Bridge | None = None
    meets: Meets = Meets.ALL

    def __post_init__(self) -> None:
        """Refuse to compare vectors of two encoders without a bridge between them."""
        ends = (self.reader.fingerprint, self.space.fingerprint)
        if self.bridge is None:
            leads = ends[0] == ends[1]
        else:
            leads = (self.bridge.start, self.bridge.end) == (self.reader.files, self.space.files)
        if not leads:
            raise ValueError(f"nothing leads from {ends[0]} to {ends[1]}")


@dataclass(frozen=True, slots=True)
class Routes:
    """The ways by which a partnership is compared; of several the one that finds more counts."""

    ways: tuple[Route, ...]
    models: Models

    def every(self) -> tuple[Route, ...]:
        return self.ways


def bridge_of(models: Models) -> Bridge | None:
    """Return the bridge from the encoder of many languages to the English one, if one fits."""
    if models.other == models.english:
        return None
    return bridge_between(models.other, models.english)


def routes(partnership: Partnership, models: Models) -> Routes | None:
    """Return the ways for a partnership; None when it does not say what it looks for."""
    said = interests(partnership)
    if not said:
        return None
    bridge = bridge_of(models)
    if bridge is not None:
        ways = [
            Route(one, models.english, models.english)
            if one.english
            else Route(one, models.other, models.english, bridge)
            for one in said
        ]
        return Routes(tuple(ways), models)
    english = next((one for one in said if one.english), None)
    other = next((one for one in said if not one.english), english)
    general = other or said[0]
    if english is None:
        return Routes((Route(general, models.other, models.other),), models)
    return Routes(
        (
            Route(english, models.english, models.english, meets=Meets.ENGLISH),
            Route(general, models.other, models.other, meets=Meets.OTHERS),
        ),
        models,
    )


def interests(partnership: Partnership) -> Sequence[Interest]:
    """Return what a partnership looks for, in every language in which it says so.

    Without any words of its own its themes speak for it.
    """
    said = [
        Interest(language, tidy(text), is_english(text, language))
        for language, text in partnership.interests.items()
        if any(one.isalnum() for one in text)
    ]
    if said or not partnership.themes:
        return said
    known = load_themes().by_id
    named = ", ".join(
        known[theme].name(THEMES) if theme in known else theme.replace("_", " ")
        for theme in partnership.themes
    )
    return [Interest(THEMES, named, english=True, from_themes=True)]
