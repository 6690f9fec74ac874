"""Partnerships against calls in numbers: every sign between each and each, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.corpus import Corpus
from classifier.models import Model
from classifier.panel import Side, Spaces, Way, measured
from classifier.routes import Meets, Route, Routes
from classifier.scoring import Floats, Numbers, Sign, score, summed, weights
from classifier.taste import Taste, taste
from classifier.theme_scores import Profile
from classifier.themes import load_themes
from storage.domain import Partnership

CELLS = 640_000
"""Partnerships times calls of one block: a few megabytes a sign, whatever is compared."""

HANGING = (Sign.MEANING, Sign.WORDS, Sign.THEMES)
"""Signs that hang on the interest; all others are facts of the call and the partners' countries."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What was measured between a partnership and calls, by the call's row in the corpus.

    ``scores`` are 0-100, before any wish of the partnership is looked at; ``way`` says by which of
    the partnership's ways each was measured. ``profiles`` are its themes, way by way. ``taste`` is
    what its feedback added to the sum, None where it gave none. ``rows`` are the rows that were
    compared, ascending; None where all were. ``unknown_ways`` says of each way whether not one word
    of it is known.
    """

    partnership: Partnership
    routes: Routes
    signs: Mapping[Sign, Numbers]
    way: NDArray[np.int8]
    same_language: NDArray[np.bool_]
    profiles: Sequence[Profile]
    scores: Numbers
    taste: Taste | None = None
    rows: NDArray[np.int64] | None = None
    unknown_ways: tuple[bool, ...] = ()

    def at(self, row: int) -> int:
        """Return where a call of the corpus stands in the arrays."""
        return row if self.rows is None else int(np.searchsorted(self.rows, row))

    def route(self, row: int) -> Route:
        """Return the way by which the call of this row was compared."""
        return self.routes.ways[int(self.way[self.at(row)])]

    def profile(self, row: int) -> Profile:
        return self.profiles[int(self.way[self.at(row)])]

    def score(self, row: int) -> float:
        return float(self.scores[self.at(row)])

    def speaks_its_language(self, row: int) -> bool:
        return bool(self.same_language[self.at(row)])

    def unknown(self, row: int) -> bool:
        """Return whether not one word of the interest that found this call is known."""
        way = int(self.way[self.at(row)])
        return way < len(self.unknown_ways) and self.unknown_ways[way]

    def values(self, row: int) -> dict[Sign, float]:
        """Return every sign of one call."""
        at = self.at(row)
        return {sign: float(values[at]) for sign, values in self.signs.items()}

    def best_first(self) -> list[int]:
        """Return the rows of all calls; of equal scores the call with the smaller row first."""
        order = np.argsort(-self.scores, kind="stable")
        found: list[int] = (order if self.rows is None else self.rows[order]).tolist()
        return found


def compare_all(
    sides: Sequence[Side],
    corpus: Corpus,
    spaces: Spaces,
    rows: NDArray[np.int64] | None = None,
) -> Iterator[Comparison]:
    """Measure partnerships against calls; ``rows`` (ascending) None: against all.

    In blocks: beyond what is yielded no memory is taken for each partnership times each call.
    """
    number = len(corpus.calls) if rows is None else len(rows)
    step = max(1, CELLS // max(1, number))
    block = _Block(corpus, spaces, rows)
    for start in range(0, len(sides), step):
        yield from block.compared(sides[start : start + step])


class _Block:
    """Some partnerships at a time against the calls of ``rows``."""

    def __init__(self, corpus: Corpus, spaces: Spaces, rows: NDArray[np.int64] | None) -> None:
        self._corpus = corpus
        self._spaces = spaces
        self._asked = rows
        self._nothing = Profile(np.zeros(len(load_themes()), np.float32))
        self._rows = np.arange(len(corpus.calls)) if rows is None else rows
        facts = corpus.signals
        self._facts = {
            Sign.PROGRAMME: facts.programme[self._rows],
            Sign.TOWNS: facts.towns[self._rows],
            Sign.SPECIALISTS: facts.specialists[self._rows],
            Sign.TITLE_ONLY: corpus.title_only[self._rows].astype(np.float32),
        }
        self._homes: dict[frozenset[str], Numbers] = {}
        self._heard: dict[tuple[tuple[str, Meets], ...], NDArray[np.bool_]] = {}

    def compared(self, sides: Sequence[Side]) -> Iterator[Comparison]:
        every = [way for side in sides for way in side.ways if way is not None]
        hanging = self._measured(every)
        totals = self._totals(sides, every, hanging)
        best = np.full((len(sides), len(self._rows)), -np.inf)
        found, start = [], 0
        for number, side in enumerate(sides):
            here = [place for place, way in enumerate(side.ways) if way is not None]
            part = slice(start, start + len(here))
            start = part.stop
            signs, way = self._best_way(totals[part], hanging, part, np.array(here, np.int8))
            if here:
                best[number] = totals[part].max(axis=0)
            learnt = self._taste(side)
            if learnt is not None:
                best[number] += learnt.points[self._rows]
            found.append((side, signs, way, learnt))
        scores = score(best).astype(np.float32)
        for row, (side, signs, way, learnt) in zip(scores, found, strict=True):
            yield self._one(side, signs, way, row, learnt)

    def _measured(self, every: Sequence[Way]) -> dict[Sign, Numbers]:
        """Return the signs that hang on interests, ways by calls.

        A call that has no place in the space of a way stands out by nothing on it.
        """
        shape = (len(every), len(self._rows))
        found = {sign: np.zeros(shape, np.float32) for sign in HANGING}
        spaces = {way.route.space for way in every}
        for model in spaces:
            some = [number for number, way in enumerate(every) if way.route.space == model]
            there, places = self._places(model)
            of = measured(
                [every[number] for number in some],
                self._corpus.lexicon,
                self._spaces[model],
                places,
            )
            values = {Sign.MEANING: of.meaning, Sign.WORDS: of.words, Sign.THEMES: of.themes}
            if len(spaces) == 1 and there.all():
                return values
            for sign, numbers in values.items():
                found[sign][np.ix_(np.array(some), np.flatnonzero(there))] = numbers
        return found

    def _places(self, model: Model) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Return which of the calls have a place in a space, and which place."""
        rows = self._spaces[model][0].rows
        if not len(rows):
            return np.zeros(len(self._rows), bool), rows
        order = np.argsort(rows, kind="stable")
        at = np.minimum(np.searchsorted(rows, self._rows, sorter=order), len(rows) - 1)
        places = order[at]
        there = rows[places] == self._rows
        return there, places[there]

    def _totals(
        self, sides: Sequence[Side], every: Sequence[Way], hanging: Mapping[Sign, Numbers]
    ) -> Floats:
        """Return the sum of each way for each call; the least there is where they do not meet."""
        owners = [side for side in sides for way in side.ways if way is not None]
        alone = [
            way.unknown or way.route.space != side.routes.models.english
            for side, way in zip(owners, every, strict=True)
        ]
        signs = {**self._facts, **hanging}
        elsewhere = [self._elsewhere(side.partnership) for side in owners]
        shape = (len(every), len(self._rows))
        signs[Sign.ELSEWHERE] = np.array(elsewhere, np.float32).reshape(shape)
        found = summed({sign: signs[sign] for sign in Sign}, weights(), alone=np.array(alone, bool))
        for number, way in enumerate(every):
            if way.route.meets is not Meets.ALL:
                found[number][~self._met(way.route)] = -np.inf
        return found

    @staticmethod
    def _best_way(
        totals: Floats, hanging: Mapping[Sign, Numbers], part: slice, numbers: NDArray[np.int8]
    ) -> tuple[dict[Sign, Numbers], NDArray[np.int8]]:
        """Return the signs of each call by the way that finds most in it, and which way that is."""
        calls = totals.shape[1]
        if not len(numbers):
            nothing = np.zeros(calls, np.float32)
            return dict.fromkeys(HANGING, nothing), np.zeros(calls, np.int8)
        if len(numbers) == 1:
            first = {sign: values[part.start] for sign, values in hanging.items()}
            return first, np.full(calls, numbers[0])
        chosen = totals.argmax(axis=0)
        picked = {
            sign: np.take_along_axis(values[part], chosen[None], axis=0)[0]
            for sign, values in hanging.items()
        }
        return picked, numbers[chosen]

    def _one(
        self,
        side: Side,
        signs: Mapping[Sign, Numbers],
        way: NDArray[np.int8],
        scores: Numbers,
        learnt: Taste | None,
    ) -> Comparison:
        every = {**self._facts, **signs, Sign.ELSEWHERE: self._elsewhere(side.partnership)}
        return Comparison(
            side.partnership,
            side.routes,
            every,
            way,
            self._same_language(side),
            [self._nothing if one is None else one.profile for one in side.ways],
            scores,
            learnt,
            self._asked,
            tuple(way is not None and way.unknown for way in side.ways),
        )

    def _taste(self, side: Side) -> Taste | None:
        model = side.routes.ways[0].space
        if not side.marks or model not in self._spaces:
            return None
        size = len(self._corpus.calls)
        return taste(side.marks, self._corpus.by_opportunity, self._spaces[model][0], size)

    def _elsewhere(self, partnership: Partnership) -> Numbers:
        home = frozenset(partner.country for partner in partnership.partners)
        if home not in self._homes:
            found = self._corpus.signals.elsewhere(partnership)[self._rows]
            self._homes[home] = found.astype(np.float32)
        return self._homes[home]

    def _same_language(self, side: Side) -> NDArray[np.bool_]:
        """Return in which calls a word of one of the interests can be found."""
        routes = [way.route for way in side.ways if way is not None]
        key = tuple((_code(route), route.meets) for route in routes)
        if key not in self._heard:
            found = np.zeros(len(self._rows), bool)
            for route in routes:
                found |= self._met(route) & self._corpus.same_language(route.interest)[self._rows]
            self._heard[key] = found
        return self._heard[key]

    def _met(self, route: Route) -> NDArray[np.bool_]:
        match route.meets:
            case Meets.ALL:
                return np.ones(len(self._rows), bool)
            case Meets.ENGLISH:
                return self._corpus.english[self._rows]
            case Meets.OTHERS:
                found: NDArray[np.bool_] = ~self._corpus.english[self._rows]
                return found


def _code(route: Route) -> str:
    return "en" if route.interest.english else route.interest.language
