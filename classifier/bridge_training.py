"""Fits the bridge between two encoders on texts of stored calls, and says how good it is."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa

from classifier.bridging import RIDGE, RidgeBridge, fit
from classifier.embedding import Embedder, Progress, Wanted, embed_missing, load_vectors
from classifier.encoders import Vectors
from classifier.models import Models
from classifier.texts import is_english, phrases, sentences, tidy
from classifier.themes import LANGUAGES, Themes, load_themes
from storage.asking import every_call
from storage.database import reading
from storage.domain import Call
from storage.errors import BadInput

SENTENCES = 3000
"""Texts of calls a bridge is fitted on; with twice as many it is hardly better."""

FEWEST = 200
"""Fewer say too little of 384 directions."""

A_CALL = 5
"""Texts taken from one call, so that long calls do not say all."""

LONGEST, READ = 260, 220
"""Characters of a text that is drawn, and of one that is read: the few longest take the most time,
and an interest is a sentence or two."""

HELD_OUT = 10
"""One theme in so many is left out when the bridge is tried."""


@dataclass(frozen=True, slots=True)
class Parallel:
    """Descriptors of the themes and their English side, in step with their languages and themes."""

    texts: tuple[str, ...]
    english: tuple[str, ...]
    languages: tuple[str, ...]
    themes: tuple[str, ...]


def parallel_texts(themes: Themes) -> Parallel:
    """Return every descriptor, and every line as a whole, beside its English side."""
    rows: list[tuple[str, str, str, str]] = []
    for theme in themes:
        for language in LANGUAGES:
            said = theme.descriptors[language]
            pairs = [*zip(said, theme.english, strict=True), (", ".join(said), theme.text)]
            rows += [(one, english, language, theme.id) for one, english in pairs]
    texts, english, languages, names = zip(*rows, strict=True)
    return Parallel(texts, english, languages, names)


def sample(calls: Sequence[Call], number: int, seed: int) -> list[str]:
    """Return titles, sentences and phrases of English calls; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311  (texts, not secrets)
    found: dict[str, None] = {}
    for call in sorted(calls, key=lambda one: one.id):
        if not is_english(f"{call.title} {call.description or ''}", call.language):
            continue
        title, said = tidy(call.title), sentences(call)
        named = [one for each in said[:3] for one in phrases(each) if 1 < len(one.split()) < 9]  # noqa: PLR2004
        some = [
            one
            for one in [title, *chance.sample(said, len(said)), *chance.sample(named, len(named))]
            if 8 <= len(one) <= LONGEST  # noqa: PLR2004
        ]
        few = [*some[:A_CALL], *some[-2:]]
        found.update(dict.fromkeys(few))
    every = sorted(found)
    drawn = chance.sample(every, min(number, len(every)))
    return [one for one in drawn if len(one) <= READ]


def train(  # noqa: PLR0913 - the last three are optional
    engine: sa.Engine,
    models: Models,
    embedder: Embedder,
    *,
    number: int = SENTENCES,
    seed: int = 1,
    on_progress: Progress | None = None,
) -> RidgeBridge:
    """Fit a bridge on the stored calls; its card says on what, and how good it is.

    Vectors are kept in the database, so an interrupted training goes on where it was. Raises
    BadInput when there are too few texts, ModelUnavailable and EmbeddingFailed.
    """
    with reading(engine) as connection:
        texts = sample(list(every_call(connection)), number, seed)
    if len(texts) < FEWEST:
        raise BadInput(
            f"only {len(texts)} texts of English calls are stored; a bridge needs {FEWEST} or more"
        )
    both = parallel_texts(load_themes())
    wanted = [
        Wanted(models.english, texts, query=True),
        Wanted(models.english, both.english, query=True),
        Wanted(models.other, both.texts, query=True),
        Wanted(models.other, texts, query=True),
    ]
    embed_missing(engine, wanted, embedder, on_progress)
    with reading(engine) as connection:
        right, right_both, left_both, left = (load_vectors(connection, one) for one in wanted)
    card = {
        "fitted on": f"{len(texts)} titles, sentences and phrases of public EU calls in English"
        " (© European Union, reuse allowed; none of it is in this file), and"
        f" {len(both.texts)} descriptors of themes in {len(LANGUAGES)} languages",
        "seed": seed,
        "ridge": RIDGE,
        "tried": tried((left, right), (left_both, right_both), both),
    }
    return fit(
        (left, right),
        (left_both, right_both),
        both.languages,
        start=models.other.files,
        end=models.english.files,
        card=card,
    )


def tried(
    sentences_: tuple[Vectors, Vectors], pairs: tuple[Vectors, Vectors], both: Parallel
) -> dict[str, float]:
    """Return how often a descriptor of a theme that was held out finds its own English side.

    Among all descriptors in English, by language: the share for which it is the nearest, of the
    themes that a bridge fitted without them had never seen.
    """
    names = list(dict.fromkeys(both.themes))
    out = set(names[::HELD_OUT])
    held = np.array([one in out for one in both.themes])
    said = np.array(both.languages)
    bridge = fit(
        sentences_,
        (pairs[0][~held], pairs[1][~held]),
        said[~held].tolist(),
        start="",
        end="",
        card={},
    )
    english, first = np.unique(np.array(both.english), return_index=True)
    side = pairs[1][first]
    found = {}
    for language in LANGUAGES:
        rows = np.flatnonzero(held & (said == language))
        carried = bridge.carry(pairs[0][rows], language)
        nearest = english[np.argmax(carried @ side.T, axis=1)]
        hit = nearest == np.array(both.english)[rows]
        found[language] = round(float(hit.mean()), 2)
    return found
