"""Which encoder reads an interest, and with which vectors of calls the result is compared.

English interests meet English calls in the English encoder; everything else meets in the one of
many languages. A bridge would let an interest in another language meet English calls in the
English encoder, whose ranking is better: it takes the place of the second way here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from classifier.encoders import Bridge
from classifier.models import Model, Models
from classifier.texts import is_english, passages, phrases, tidy
from storage.domain import Partnership

THEMES = "en"
"""The language in which the names of themes are read."""


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

    def __post_init__(self) -> None:
        """Refuse to compare vectors of two encoders without a bridge between them."""
        ends = (self.reader.fingerprint, self.space.fingerprint)
        stands = (self.bridge.start, self.bridge.end) if self.bridge else (ends[0], ends[0])
        if stands != ends:
            raise ValueError(f"nothing leads from {ends[0]} to {ends[1]}")


@dataclass(frozen=True, slots=True)
class Routes:
    """How a partnership is compared with calls in English, and with all others."""

    english: Route
    other: Route

    def every(self) -> tuple[Route, ...]:
        return (self.english,) if self.english == self.other else (self.english, self.other)


def routes(partnership: Partnership, models: Models) -> Routes | None:
    """Return the ways for a partnership; None when it does not say what it looks for."""
    said = interests(partnership)
    if not said:
        return None
    english = next((one for one in said if one.english), None)
    other = next((one for one in said if not one.english), english)
    general = Route(other or said[0], models.other, models.other)
    if english is None:
        return Routes(general, general)
    return Routes(Route(english, models.english, models.english), general)


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
    named = ", ".join(theme.replace("_", " ") for theme in partnership.themes)
    return [Interest(THEMES, named, english=True, from_themes=True)]
