"""Themes and words that a partnership might add, from the calls it marked useful."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa

from classifier.glossary import in_english
from classifier.lexical import call_words, spoken, tokens
from classifier.matching import USUAL, Means
from classifier.preparing import Prepared, prepare
from classifier.routes import interests
from classifier.theme_scores import COUNTS
from classifier.themes import load_themes
from storage.database import reading
from storage.domain import Call, Partnership
from storage.feedback import Mark, marks_of
from storage.partnerships import get_partnership

WORDS = 8
THEMES = 6
LENGTH = 8000


@dataclass(frozen=True, slots=True)
class ThemeSuggested:
    """A theme, and the calls marked useful that are about it."""

    id: str
    name: str
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What might be added: themes and words; ``now`` are the themes its interests already show.

    ``wording`` is a sentence to add to the interest in English; empty when there is nothing to add.
    """

    partnership: str
    useful: tuple[str, ...]
    now: tuple[str, ...]
    themes: tuple[ThemeSuggested, ...]
    words: tuple[str, ...]
    wording: str

    def to_json(self) -> dict[str, Any]:
        return {
            "partnership": self.partnership,
            "useful": list(self.useful),
            "themes_now": list(self.now),
            "themes": [
                {"id": one.id, "name": one.name, "calls": list(one.calls)} for one in self.themes
            ],
            "words": list(self.words),
            "wording": self.wording,
        }


def suggest(engine: sa.Engine, partnership: str, *, means: Means = USUAL) -> Suggestion:
    """Return what the calls marked useful suggest to add; the partnership stays as it is.

    Raises NotFound, ModelUnavailable and EmbeddingFailed.
    """
    with reading(engine) as connection:
        asked = get_partnership(connection, partnership)
        marks = marks_of(connection, partnership)
    with means.working() as embedder:
        ready = prepare(
            engine,
            [asked],
            models=means.chosen_models(),
            rules=means.loaded_rules(),
            embedder=embedder,
            on_progress=means.on_progress,
        )
    comparison = ready.comparisons.get(asked.id)
    useful = {one.opportunity for one in marks if one.mark is Mark.USEFUL}
    rows = [row for name, row in ready.corpus.by_opportunity.items() if name in useful]
    calls = [ready.corpus.calls[row] for row in rows]
    if comparison is None:
        return Suggestion(asked.id, tuple(call.id for call in calls), (), (), (), "")
    now = comparison.profiles[0].named(load_themes().ids)
    themes = _themes(ready, asked, rows, set(now))
    words = _words(ready, asked, calls)
    named = ", ".join([*(one.name.lower() for one in themes), *words])
    wording = f"We also look for: {named}." if named else ""
    useful_calls = tuple(call.id for call in calls)
    return Suggestion(asked.id, useful_calls, tuple(now), tuple(themes), tuple(words), wording)


def _themes(
    ready: Prepared, asked: Partnership, rows: Sequence[int], known: set[str]
) -> list[ThemeSuggested]:
    if not rows:
        return []
    route = ready.comparisons[asked.id].routes.ways[0]
    of_calls = np.stack([ready.themes_of(route, row) for row in rows])
    found = []
    for number, theme in enumerate(load_themes()):
        about = np.flatnonzero(of_calls[:, number] >= COUNTS)
        if len(about) and theme.id not in known:
            calls = tuple(ready.corpus.calls[rows[place]].id for place in about.tolist())
            strength = float(of_calls[:, number].sum())
            found.append((strength, ThemeSuggested(theme.id, theme.name(), calls)))
    found.sort(key=lambda one: (-one[0], one[1].id))
    return [one for _, one in found[:THEMES]]


def _words(ready: Prepared, asked: Partnership, calls: Sequence[Call]) -> list[str]:
    """Return the telling words that several of the calls share and no interest says."""
    said = {word for one in interests(asked) for word in tokens(one.text)}
    for one in interests(asked):
        said.update(tokens(" ".join(in_english(one.text, one.language))))
    least = 2 if len(calls) > 1 else 1
    counts = Counter(word for call in calls for word in set(call_words(call)))
    lexicon = ready.corpus.lexicon
    worth = {
        word: number * lexicon.rarity(word)
        for word, number in counts.items()
        if number >= least and word not in said and word.isalpha() and len(word) > 3  # noqa: PLR2004
    }
    best = sorted(worth, key=lambda word: (-worth[word], word))[:WORDS]
    written: dict[str, str] = {}
    for call in calls:
        for stem, word in spoken(
            f"{call.title} {call.summary or ''} {call.description or ''}"[:LENGTH]
        ).items():
            written.setdefault(stem, word)
    return [written.get(word, word) for word in best]
