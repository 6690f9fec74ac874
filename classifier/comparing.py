"""Partnerships against calls in numbers: every sign between each and each, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from classifier.corpus import Corpus
from classifier.models import Model
from classifier.panel import Measured, Side, Spaces, Way, measured
from classifier.routes import Meets, Route, Routes
from classifier.scoring import Numbers, Sign, score, summed, weights
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
    compared, ascending; None where all were.
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
        self._rows = np.arange(len(corpus.calls)) if rows is None else rows
        facts = corpus.signals
        self._facts = {
            Sign.PROGRAMME: facts.programme[self._rows],
            Sign.TOWNS: facts.towns[self._rows],
            Sign.SPECIALISTS: facts.specialists[self._rows],
            Sign.TITLE_ONLY: corpus.title_only[self._rows].astype(np.float32),
        }
        self._homes: dict[frozenset[str], Numbers] = {}
        self._heard: dict[str, NDArray[np.bool_]] = {}

    def compared(self, sides: Sequence[Side]) -> Iterator[Comparison]:
        every = [way for side in sides for way in side.ways if way is not None]
        hanging = iter(self._measured(every))
        for side in sides:
            yield self._one(side, [next(hanging) if way else None for way in side.ways])

    def _measured(self, every: Sequence[Way]) -> list[dict[Sign, Numbers]]:
        """Return the signs of each way that hang on its interest, for all rows."""
        found: list[dict[Sign, Numbers]] = [{} for _ in every]
        numbers = sorted(range(len(every)), key=lambda number: every[number].route.space.name)
        for model, group in groupby(numbers, key=lambda number: every[number].route.space):
            some = list(group)
            for number, signs in zip(some, self._in(model, [every[n] for n in some]), strict=True):
                found[number] = signs
        return found

    def _in(self, model: Model, several: Sequence[Way]) -> Iterator[dict[Sign, Numbers]]:
        """Measure ways into one space; a call that is not there stands out by nothing."""
        space, _ = self._spaces[model]
        order = np.argsort(space.rows, kind="stable")
        at = np.searchsorted(space.rows, self._rows, sorter=order)
        at = order[np.minimum(at, len(order) - 1)] if len(order) else np.zeros(0, np.int64)
        there = space.rows[at] == self._rows if len(order) else np.zeros(len(self._rows), bool)
        of = measured(several, self._corpus.lexicon, self._spaces[model], at[there])
        for number in range(len(several)):
            yield {sign: self._spread(_values(of, sign)[number], there) for sign in HANGING}

    @staticmethod
    def _spread(values: Numbers, there: NDArray[np.bool_]) -> Numbers:
        if there.all():
            return values
        found = np.zeros(len(there), np.float32)
        found[there] = values
        return found

    def _one(self, side: Side, hanging: Sequence[dict[Sign, Numbers] | None]) -> Comparison:
        partnership, routes = side.partnership, side.routes
        facts = self._facts | {Sign.ELSEWHERE: self._elsewhere(partnership)}
        size = len(self._rows)
        total = np.full(size, -np.inf)
        way = np.zeros(size, np.int8)
        same_language = np.zeros(size, bool)
        signs: dict[Sign, Numbers] = {}
        for number, (one, measured_) in enumerate(zip(side.ways, hanging, strict=True)):
            if one is None or measured_ is None:
                continue
            met = self._met(one.route)
            alone = one.route.space != routes.models.english
            both = facts | measured_
            sums = summed({sign: both[sign] for sign in Sign}, weights(), alone=alone)
            better = met & (sums > total)
            if not signs:
                signs = (
                    measured_
                    if better.all()
                    else {
                        sign: np.where(better, values, np.float32(0))
                        for sign, values in measured_.items()
                    }
                )
            else:
                signs = {
                    sign: np.where(better, measured_[sign], values)
                    for sign, values in signs.items()
                }
            total = np.where(better, sums, total)
            way[better] = number
            same_language = same_language | (met & self._same_language(one.route))
        learnt = self._taste(side)
        if learnt is not None:
            total = total + learnt.points[self._rows]
        none = np.zeros(size, np.float32)
        every = {sign: facts[sign] if sign in facts else signs.get(sign, none) for sign in Sign}
        nothing = Profile(np.zeros(len(load_themes()), np.float32))
        return Comparison(
            partnership,
            routes,
            every,
            way,
            same_language,
            [nothing if one is None else one.profile for one in side.ways],
            score(total).astype(np.float32),
            learnt,
            self._asked,
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

    def _same_language(self, route: Route) -> NDArray[np.bool_]:
        code = "en" if route.interest.english else route.interest.language
        if code not in self._heard:
            self._heard[code] = self._corpus.same_language(route.interest)[self._rows]
        return self._heard[code]

    def _met(self, route: Route) -> NDArray[np.bool_]:
        match route.meets:
            case Meets.ALL:
                return np.ones(len(self._rows), bool)
            case Meets.ENGLISH:
                return self._corpus.english[self._rows]
            case Meets.OTHERS:
                found: NDArray[np.bool_] = ~self._corpus.english[self._rows]
                return found


def _values(of: Measured, sign: Sign) -> Numbers:
    match sign:
        case Sign.MEANING:
            return of.meaning
        case Sign.WORDS:
            return of.words
        case _:
            return of.themes
