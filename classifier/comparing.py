"""One partnership against all calls in numbers: every sign between it and each call."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from classifier import theme_scores
from classifier.corpus import Corpus
from classifier.embedding import Wanted, load_vectors
from classifier.encoders import Vectors
from classifier.glossary import in_english
from classifier.lexical import tokens
from classifier.models import Model
from classifier.routes import Interest, Meets, Route, Routes
from classifier.scoring import Floats, Numbers, Sign, Space, centred, score, summed, weights
from classifier.taste import Taste, taste
from classifier.theme_scores import Profile
from classifier.themes import load_themes
from storage.domain import Partnership
from storage.feedback import Feedback


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What was measured between a partnership and each call, by the call's row in the corpus.

    ``scores`` are 0-100, before any wish of the partnership is looked at; ``way`` says by which of
    the partnership's ways each was measured. ``profiles`` are its themes, way by way. ``taste`` is
    what its feedback added to the sum, None where it gave none.
    """

    partnership: Partnership
    routes: Routes
    signs: Mapping[Sign, Numbers]
    way: NDArray[np.int8]
    same_language: NDArray[np.bool_]
    profiles: Sequence[Profile]
    scores: Numbers
    taste: Taste | None = None

    def route(self, row: int) -> Route:
        """Return the way by which the call of this row was compared."""
        return self.routes.ways[int(self.way[row])]

    def profile(self, row: int) -> Profile:
        return self.profiles[int(self.way[row])]

    def values(self, row: int) -> dict[Sign, float]:
        """Return every sign of one call."""
        return {sign: float(values[row]) for sign, values in self.signs.items()}

    def best_first(self) -> list[int]:
        """Return the rows of all calls; of equal scores the call with the smaller row first."""
        found: list[int] = np.argsort(-self.scores, kind="stable").tolist()
        return found


def interest_wanted(routes: Routes, spaces: Container[Model]) -> list[Wanted]:
    """Return the texts of the interests that are compared, whose vectors are needed."""
    return [
        Wanted(route.reader, route.interest.passages, query=True)
        for route in routes.every()
        if route.space in spaces
    ]


def interest_vector(connection: sa.Connection, route: Route) -> Vectors:
    """Return one vector for an interest, where the vectors of calls it meets are.

    A long interest is read in passages and stands in the middle of them.
    """
    wanted = Wanted(route.reader, route.interest.passages, query=True)
    middle = load_vectors(connection, wanted).mean(axis=0, keepdims=True)
    found = middle / max(float(np.linalg.norm(middle)), 1e-9)
    vector: Vectors = carried(found.astype(np.float32), route)[0]
    return vector


def carried(vectors: Vectors, route: Route) -> Vectors:
    """Return vectors of the interest's encoder as vectors of the calls' encoder."""
    if route.bridge is None or not len(vectors):
        return vectors
    return route.bridge.carry(vectors, route.interest.language)


@dataclass(frozen=True, slots=True, eq=False)
class ThemeVectors:
    """The themes in one space: seen from its middle, and how much each of its calls is of each."""

    vectors: Vectors
    calls: Numbers

    @classmethod
    def of(cls, space: Space, plain: Vectors) -> ThemeVectors:
        if len(space.rows):
            meaning = np.stack([space.meaning(one) for one in plain], axis=1)
        else:
            meaning = np.zeros((0, len(plain)))
        return cls(centred(plain, space.middle), theme_scores.of_calls(meaning))


def compare(  # noqa: PLR0913, PLR0917 - the last one is optional
    connection: sa.Connection,
    partnership: Partnership,
    routes: Routes,
    corpus: Corpus,
    spaces: Mapping[Model, tuple[Space, ThemeVectors]],
    marks: Sequence[Feedback] = (),
) -> Comparison:
    """Measure a partnership against every call of the corpus; all vectors must be kept."""
    size = len(corpus.calls)
    best = np.full(size, -np.inf)
    way = np.zeros(size, np.int8)
    same_language = np.zeros(size, bool)
    signs = {sign: np.zeros(size, np.float32) for sign in Sign}
    facts = corpus.signals
    signs[Sign.PROGRAMME] = facts.programme
    signs[Sign.TOWNS] = facts.towns
    signs[Sign.SPECIALISTS] = facts.specialists
    signs[Sign.TITLE_ONLY] = corpus.title_only.astype(np.float32)
    signs[Sign.ELSEWHERE] = facts.elsewhere(partnership).astype(np.float32)
    profiles = []
    for number, route in enumerate(routes.ways):
        if route.space not in spaces:  # no call is compared in this way
            profiles.append(Profile(np.zeros(len(load_themes()), np.float32)))
            continue
        space, themes = spaces[route.space]
        measured, profile = _measured(connection, partnership, route, corpus, space, themes)
        profiles.append(profile)
        among = _met(route, corpus)[space.rows]
        rows = space.rows[among]
        here = {sign: values[rows] for sign, values in signs.items()}
        here |= {sign: values[among] for sign, values in measured.items()}
        alone = route.space != routes.models.english
        total = summed(here, weights(), alone=alone)
        better = total > best[rows]
        chosen = rows[better]
        best[chosen], way[chosen] = total[better], number
        for sign, values in measured.items():
            signs[sign][chosen] = values[among][better]
        same_language[rows] |= corpus.same_language(route.interest)[rows]
    learnt = None
    if marks and routes.ways[0].space in spaces:
        space = spaces[routes.ways[0].space][0]
        learnt = taste(marks, corpus.by_opportunity, space, size)
        best = best if learnt is None else best + learnt.points
    scores = score(best).astype(np.float32)
    return Comparison(partnership, routes, signs, way, same_language, profiles, scores, learnt)


def _measured(  # noqa: PLR0913, PLR0917 - one way of one partnership
    connection: sa.Connection,
    partnership: Partnership,
    route: Route,
    corpus: Corpus,
    space: Space,
    themes: ThemeVectors,
) -> tuple[dict[Sign, Numbers], Profile]:
    """Return what hangs on the interest, for the calls of the space."""
    vector = interest_vector(connection, route)
    interest = route.interest
    profile = theme_scores.profile(
        partnership,
        load_themes(),
        interest.text,
        interest.language,
        theme_scores.nearness(vector, themes.vectors),
    )
    measured = {
        Sign.MEANING: space.meaning(vector).astype(np.float32),
        Sign.WORDS: words_shared(interest, corpus)[space.rows].astype(np.float32),
        Sign.THEMES: theme_scores.in_common(profile, themes.calls),
    }
    return measured, profile


def words_shared(interest: Interest, corpus: Corpus) -> Floats:
    """Return the share of the interest's telling words that each call says.

    An interest that is not English is looked up in its own words and, by the glossary, in English
    ones; the larger share counts.
    """
    shares = corpus.lexicon.shares(tokens(interest.text))
    if interest.english:
        return shares
    english = tokens(" ".join(in_english(interest.text, interest.language)))
    return np.maximum(shares, corpus.lexicon.shares(english)) if english else shares


def _met(route: Route, corpus: Corpus) -> NDArray[np.bool_]:
    match route.meets:
        case Meets.ALL:
            return np.ones(len(corpus.calls), bool)
        case Meets.ENGLISH:
            return corpus.english
        case Meets.OTHERS:
            return ~corpus.english
