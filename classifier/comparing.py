"""Partnerships against calls in numbers: every sign between each and each, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.corpus import Corpus
from classifier.models import Model
from classifier.panel import Side, Spaces
from classifier.routes import Meets, Route, Routes
from classifier.scoring import Floats, Numbers, Sign, score, summed, weights
from classifier.tables import Panel
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
    panel: Panel,
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
    for start in range(0, len(panel.sides), step):
        yield from block.compared(panel.part(start, start + step, spaces))


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

    def compared(self, panel: Panel) -> Iterator[Comparison]:
        hanging = self._measured(panel)
        elsewhere = self._elsewhere(panel)
        totals = self._totals(panel, hanging, elsewhere[panel.homes.which[panel.owners]])
        best, signs, way = self._best_ways(panel, totals, hanging)
        tastes = [self._taste(side) if side.marks else None for side in panel.sides]
        for number, learnt in enumerate(tastes):
            if learnt is not None:
                best[number] += learnt.points[self._rows]
        scores = score(best).astype(np.float32)
        heard = self._heard(panel)
        for number, (side, learnt) in enumerate(zip(panel.sides, tastes, strict=True)):
            every = {
                **self._facts,
                **{sign: values[number] for sign, values in signs.items()},
                Sign.ELSEWHERE: elsewhere[panel.homes.which[number]],
            }
            yield Comparison(
                side.partnership,
                side.routes,
                every,
                way[number],
                heard[panel.speech.which[number]],
                [self._nothing if one is None else one.profile for one in side.ways],
                scores[number],
                learnt,
                self._asked,
                tuple(one is not None and one.unknown for one in side.ways),
            )

    def _measured(self, panel: Panel) -> dict[Sign, Numbers]:
        """Return the signs that hang on interests, ways by calls.

        A call that has no place in the space of a way stands out by nothing on it.
        """
        shape = (len(panel.ways), len(self._rows))
        found = {sign: np.zeros(shape, np.float32) for sign in HANGING}
        for model, (numbers, table) in panel.tables.items():
            space, themes = self._spaces[model]
            there, places = self._places(model)
            of = table.measured(self._corpus.lexicon, space, themes, places)
            values = {Sign.MEANING: of.meaning, Sign.WORDS: of.words, Sign.THEMES: of.themes}
            if len(panel.tables) == 1 and there.all():
                return values
            for sign, held in values.items():
                found[sign][np.ix_(numbers, np.flatnonzero(there))] = held
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

    def _totals(self, panel: Panel, hanging: Mapping[Sign, Numbers], elsewhere: Numbers) -> Floats:
        """Return the sum of each way for each call; the least there is where they do not meet."""
        signs = {**self._facts, **hanging, Sign.ELSEWHERE: elsewhere}
        found = summed({sign: signs[sign] for sign in Sign}, weights(), alone=panel.alone)
        for number, route in panel.limited():
            found[number][~self._met(route)] = -np.inf
        return found

    def _best_ways(
        self, panel: Panel, totals: Floats, hanging: Mapping[Sign, Numbers]
    ) -> tuple[Floats, dict[Sign, Numbers], NDArray[np.int8]]:
        """Return for each side and call what the way that finds most says, and which way it is.

        Of ways that find as much the first; a side without a way finds nothing.
        """
        shape = (len(panel.sides), len(self._rows))
        best, way = np.full(shape, -np.inf), np.zeros(shape, np.int8)
        sides, starts = np.unique(panel.owners, return_index=True)
        if len(sides) == len(panel.ways) == len(panel.sides):
            way[:] = panel.places[:, None]
            return totals, dict(hanging), way
        signs = {sign: np.zeros(shape, np.float32) for sign in HANGING}
        if not len(sides):
            return best, signs, way
        best[sides] = np.maximum.reduceat(totals, starts, axis=0)
        numbers = np.arange(len(totals))[:, None]
        most = np.where(totals == best[panel.owners], numbers, len(totals))
        chosen = np.minimum.reduceat(most, starts, axis=0)
        for sign, values in hanging.items():
            signs[sign][sides] = np.take_along_axis(values, chosen, axis=0)
        way[sides] = panel.places[chosen]
        return best, signs, way

    def _taste(self, side: Side) -> Taste | None:
        model = side.routes.ways[0].space
        if model not in self._spaces:
            return None
        size = len(self._corpus.calls)
        return taste(side.marks, self._corpus.by_opportunity, self._spaces[model][0], size)

    def _elsewhere(self, panel: Panel) -> Numbers:
        """Return how calls are tied to places, a row for each set of homes."""
        facts = self._corpus.signals
        every = [facts.elsewhere(one.partnership) for one in panel.first_by(panel.homes)]
        found: Numbers = np.stack([one[self._rows] for one in every])
        return found

    def _heard(self, panel: Panel) -> NDArray[np.bool_]:
        """Return in which calls a word of an interest can be found, a row for each speech."""
        return np.stack([self._heard_by(side) for side in panel.first_by(panel.speech)])

    def _heard_by(self, side: Side) -> NDArray[np.bool_]:
        found = np.zeros(len(self._rows), bool)
        for route in (way.route for way in side.ways if way is not None):
            found |= self._met(route) & self._corpus.same_language(route.interest)[self._rows]
        return found

    def _met(self, route: Route) -> NDArray[np.bool_]:
        match route.meets:
            case Meets.ALL:
                return np.ones(len(self._rows), bool)
            case Meets.ENGLISH:
                return self._corpus.english[self._rows]
            case Meets.OTHERS:
                found: NDArray[np.bool_] = ~self._corpus.english[self._rows]
                return found
