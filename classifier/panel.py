"""What partnerships look for, ready to be compared, way by way (``classifier.routes``).

To make a way ready costs about a millisecond, because an interest is searched for themes and for
words of the dictionary; to hold it against a call (``classifier.tables``) costs a fiftieth of that.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import sqlalchemy as sa

from classifier import theme_scores
from classifier.embedding import Wanted, load_vectors
from classifier.encoders import Vectors
from classifier.glossary import in_english, known_words
from classifier.lexical import Asked, Lexicon, tokens
from classifier.models import Model
from classifier.routes import Interest, Route, Routes
from classifier.scoring import Numbers, Space, centred
from classifier.theme_scores import Profile
from classifier.themes import load_themes
from storage.domain import Partnership
from storage.feedback import Feedback


@dataclass(frozen=True, slots=True, eq=False)
class ThemeVectors:
    """The themes in one space: seen from its middle, and how much each of its calls is of each."""

    vectors: Vectors
    calls: Numbers

    @classmethod
    def of(cls, space: Space, plain: Vectors, titled: Numbers) -> ThemeVectors:
        """``titled`` is what the titles of all calls say (``Corpus.titled``)."""
        if len(space.rows):
            meaning = np.stack([space.meaning(one) for one in plain], axis=1)
        else:
            meaning = np.zeros((0, len(plain)))
        return cls(centred(plain, space.middle), theme_scores.of_calls(meaning, titled[space.rows]))


Spaces = Mapping[Model, tuple[Space, ThemeVectors]]


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One way of one partnership, ready to be compared.

    The first of ``vectors`` and ``words`` is that of the whole interest, then follow its wishes.
    ``words`` are telling words, and where it is not English also those of the dictionary. The more
    its wishes are ``apart`` (0-1), the more the one that a call answers best counts. It is
    ``unknown`` when not one of them stands in a call or in the dictionary: it is in a language of
    nobody here, or in none. What was picked by hand is never unknown.
    """

    route: Route
    vectors: Vectors
    profile: Profile
    words: tuple[tuple[Asked, ...], ...]
    unknown: bool = False
    apart: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One partnership; a way by which no call is compared is None."""

    partnership: Partnership
    routes: Routes
    ways: Sequence[Way | None]
    marks: Sequence[Feedback] = ()


def interest_wanted(every: Sequence[Routes], spaces: Container[Model]) -> list[Wanted]:
    """Return the texts of the interests that are compared, those of one encoder together."""
    routes = [route for one in every for route in one.ways if route.space in spaces]
    return [Wanted(model, texts, query=True) for model, texts in _read_by(routes).items()]


def _read_by(routes: Iterable[Route]) -> dict[Model, list[str]]:
    found: dict[Model, dict[str, None]] = {}
    for route in routes:
        read = [*route.interest.passages, *route.interest.wishes]
        found.setdefault(route.reader, {}).update(dict.fromkeys(read))
    return {model: list(texts) for model, texts in found.items()}


def interest_vector(connection: sa.Connection, route: Route) -> Vectors:
    """Return one vector for an interest, where the vectors of calls it meets are."""
    found: Vectors = interest_vectors(connection, [route])[0][0]
    return found


def interest_vectors(connection: sa.Connection, every: Sequence[Route]) -> list[Vectors]:
    """Return for each route the vector of its interest and those of its wishes, a row each.

    They lie where the vectors of calls it meets are. A long interest is read in passages and stands
    in the middle of them.
    """
    read: dict[tuple[Model, str], Vectors] = {}
    for model, texts in _read_by(every).items():
        kept = load_vectors(connection, Wanted(model, texts, query=True))
        read |= {(model, text): kept[row] for row, text in enumerate(texts)}
    return [
        _vectors(
            route,
            [read[route.reader, text] for text in route.interest.passages],
            [read[route.reader, text] for text in route.interest.wishes],
        )
        for route in every
    ]


def _vectors(route: Route, passages: Sequence[Vectors], wishes: Sequence[Vectors]) -> Vectors:
    middle = np.stack(passages).mean(axis=0)
    whole = (middle / max(float(np.linalg.norm(middle)), 1e-9)).astype(np.float32)
    return carried(np.stack([whole, *wishes]), route)


def carried(vectors: Vectors, route: Route) -> Vectors:
    """Return vectors of the interest's encoder as vectors of the calls' encoder."""
    if route.bridge is None or not len(vectors):
        return vectors
    return route.bridge.carry(vectors, route.interest.language)


def sides(
    asked: Sequence[tuple[Partnership, Routes]],
    marks: Mapping[str, Sequence[Feedback]],
    connection: sa.Connection,
    lexicon: Lexicon,
    spaces: Spaces,
) -> list[Side]:
    """Make partnerships ready; ``marks`` are their feedback by id. All vectors must be kept."""
    compared = [route for _, said in asked for route in said.ways if route.space in spaces]
    vectors = iter(interest_vectors(connection, compared))
    found = []
    for partnership, said in asked:
        ways = [
            _way(partnership, route, next(vectors), lexicon, spaces[route.space])
            if route.space in spaces
            else None
            for route in said.ways
        ]
        found.append(Side(partnership, said, ways, marks.get(partnership.id, ())))
    return found


def _way(
    partnership: Partnership,
    route: Route,
    vectors: Vectors,
    lexicon: Lexicon,
    place: tuple[Space, ThemeVectors],
) -> Way:
    interest, (space, themes) = route.interest, place
    profile = theme_scores.profile(
        partnership,
        load_themes(),
        interest.text,
        interest.language,
        theme_scores.nearness(vectors[0], themes.vectors),
    )
    words = words_asked(interest, lexicon)
    found = profile.chosen or any(len(asked.numbers) for asked in words)
    unknown = not found and known_words().isdisjoint(tokens(interest.text))
    wished = [replace(interest, text=one) for one in interest.wishes]
    return Way(
        route,
        vectors,
        profile,
        (words, *(words_asked(one, lexicon) for one in wished)),
        unknown,
        space.apart(vectors[1:]) if wished else 0.0,
    )


def words_asked(interest: Interest, lexicon: Lexicon) -> tuple[Asked, ...]:
    """Return the words by which an interest is looked up in calls; the larger share counts.

    One that is not English is looked up in its own words and, by the dictionary, in English ones.
    """
    own = lexicon.asked(tokens(interest.text))
    if interest.english:
        return (own,)
    english = tokens(" ".join(in_english(interest.text, interest.language)))
    return (own, lexicon.asked(english)) if english else (own,)
