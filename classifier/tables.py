"""Many interests side by side in tables, and what hangs on them measured against calls.

A ``Panel`` is made once and kept: to hold it against one new call is then a few products of
arrays, whatever the number of partnerships.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from classifier import theme_scores
from classifier.encoders import Vectors
from classifier.geography import homes
from classifier.lexical import Floats, Lexicon
from classifier.models import Model
from classifier.panel import Side, Spaces, ThemeVectors, Way
from classifier.routes import Meets, Route
from classifier.scoring import Numbers, Space

FEW = 16
"""Calls up to which words are looked up call by call, for all interests at once."""

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What hangs on the interests: ways (rows) by calls (columns)."""

    meaning: Numbers
    words: Numbers
    themes: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Sought:
    """The words of all interests and wishes one after another: ``Asked`` laid end to end.

    ``owner`` says to which question each word belongs; ``starts`` where the questions of each
    interest or wish begin.
    """

    numbers: Counts
    worth: Floats
    owner: Counts
    most: Floats
    starts: Counts

    @classmethod
    def of(cls, several: Sequence[Way]) -> Sought:
        every = [asked for way in several for asked in way.words]
        flat = [asked for both in every for asked in both]
        return cls(
            np.concatenate([asked.numbers for asked in flat]),
            np.concatenate([asked.worth for asked in flat]),
            np.repeat(np.arange(len(flat)), [len(asked.numbers) for asked in flat]),
            np.array([asked.most if asked.most > 0 else 1.0 for asked in flat]),
            _starts([len(both) for both in every]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Ways into one space. A row of ``vectors`` is an interest or a wish, of the others a way."""

    ways: Sequence[Way]
    vectors: Vectors
    spreads: Numbers
    starts: Counts
    apart: Numbers
    profiles: Numbers
    sought: Sought

    @classmethod
    def of(cls, several: Sequence[Way], space: Space) -> Table:
        vectors = np.concatenate([one.vectors for one in several])
        starts = _starts([len(one.vectors) for one in several])
        parts = np.split(vectors, starts[1:])  # looks into the table: no number is kept twice
        ways = [replace(one, vectors=own) for one, own in zip(several, parts, strict=True)]
        spreads = np.maximum((space.yardstick @ vectors.T).std(axis=0), 1e-6)
        return cls(
            ways,
            vectors,
            spreads.astype(np.float32),
            starts,
            np.array([one.apart for one in several], np.float32),
            np.stack([one.profile.scores for one in several]),
            Sought.of(several),
        )

    def measured(
        self, lexicon: Lexicon, space: Space, themes: ThemeVectors, places: Counts
    ) -> Measured:
        """Hold all ways against the calls at ``places`` of the space."""
        calls = space.centred if _all_in_order(places, len(space.rows)) else space.centred[places]
        rows = space.rows[places]
        few = len(rows) <= FEW
        words = self._words_of_few(lexicon, rows) if few else self._words_of_many(lexicon, rows)
        near = self.vectors @ calls.T
        np.divide(near, self.spreads[:, None], out=near)
        return Measured(
            self._best_wish(near),
            self._best_wish(words),
            self._in_common(themes.calls[places], few=few),
        )

    def _best_wish(self, found: Numbers) -> Numbers:
        """Return what the whole interests find, drawn to what the best of their wishes finds.

        A list of one subject is understood best as a whole. Of an interest in five subjects each
        is lost in the whole, and a call that answers one of them well is as useful as if it stood
        alone.
        """
        whole: Numbers = found[self.starts]  # a copy
        if found.shape[1] <= FEW:  # few calls and many interests: all at once
            best = np.maximum.reduceat(found, self.starts, axis=0)
            drawn = whole + self.apart[:, None] * (best - whole)
            return drawn.astype(np.float32, copy=False)
        stops = [*self.starts[1:].tolist(), len(found)]
        for row, (start, stop) in enumerate(zip(self.starts.tolist(), stops, strict=True)):
            if self.apart[row]:  # many calls: each interest stays where the processor is near it
                most = found[start:stop].max(axis=0)
                whole[row] += self.apart[row] * (most - whole[row])
        return whole

    def _in_common(self, calls: Numbers, *, few: bool) -> Numbers:
        if few:
            found = [(self.profiles * one).max(axis=1) for one in calls]
            nothing = np.zeros((len(self.profiles), 0), np.float32)
            return np.stack(found, axis=1) if found else nothing
        by_theme = np.ascontiguousarray(calls.T)
        return np.stack([theme_scores.in_common(one, by_theme) for one in self.profiles])

    def _words_of_many(self, lexicon: Lexicon, rows: Counts) -> Numbers:
        """Return the shares of words, the rows as in ``vectors``."""
        every = [asked for way in self.ways for asked in way.words]
        found = np.zeros((len(every), len(rows)), np.float32)
        whole = _all_in_order(rows, len(lexicon))
        for number, several in enumerate(every):
            for asked in several:
                shares = lexicon.shares_of(asked)
                here = shares if whole else shares[rows]
                np.maximum(found[number], here, out=found[number], casting="same_kind")
        return found

    def _words_of_few(self, lexicon: Lexicon, rows: Counts) -> Numbers:
        """Return the same from the other side: the words of a call, looked up by all interests."""
        sought = self.sought
        found = np.zeros((len(self.vectors), len(rows)), np.float32)
        for column, row in enumerate(rows.tolist()):
            said = sought.worth * lexicon.weights_of(row)[sought.numbers]
            shares = np.bincount(sought.owner, said, len(sought.most)) / sought.most
            found[:, column] = np.maximum.reduceat(shares, sought.starts)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Numbered:
    """Things of which many are the same: which of the different ones each is, in their order."""

    which: Counts

    @classmethod
    def of(cls, things: Sequence[Hashable]) -> Numbered:
        known: dict[Hashable, int] = {}
        which = [known.setdefault(thing, len(known)) for thing in things]
        return cls(np.array(which, np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Partnerships ready to be held against calls.

    ``ways`` are those of all sides in their order; ``owners`` the number of the side of each,
    ``places`` which of its ways it is, ``alone`` whether its meaning counts less. ``homes`` are the
    partners' countries and regions and ``speech`` the languages of the interests, by side. A table
    says at which numbers of ``ways`` its own stand.
    """

    sides: Sequence[Side]
    ways: Sequence[Way]
    owners: Counts
    places: NDArray[np.int8]
    alone: NDArray[np.bool_]
    homes: Numbered
    speech: Numbered
    tables: Mapping[Model, tuple[Counts, Table]]

    @classmethod
    def of(cls, sides: Sequence[Side], spaces: Spaces) -> Panel:
        said = [
            (number, place, way)
            for number, side in enumerate(sides)
            for place, way in enumerate(side.ways)
            if way is not None
        ]
        ways = [way for _, _, way in said]
        tables = _tables(ways, spaces)
        for numbers, table in tables.values():
            for number, way in zip(numbers.tolist(), table.ways, strict=True):
                ways[number] = way
        laid = iter(ways)
        sides = [
            replace(side, ways=[one if one is None else next(laid) for one in side.ways])
            for side in sides
        ]
        alone = [
            way.unknown or way.route.space != sides[number].routes.models.english
            for number, _, way in said
        ]
        return cls(
            sides,
            ways,
            np.array([number for number, _, _ in said], np.int64),
            np.array([place for _, place, _ in said], np.int8),
            np.array(alone, bool),
            Numbered.of([homes(side.partnership) for side in sides]),
            Numbered.of([tuple(_speech(way.route) for way in side.ways if way is not None)
                         for side in sides]),
            tables,
        )  # fmt: skip

    def part(self, start: int, stop: int, spaces: Spaces) -> Panel:
        """Return some of the sides, ready as well."""
        if start == 0 and stop >= len(self.sides):
            return self
        return Panel.of(self.sides[start:stop], spaces)

    def first_by(self, said: Numbered) -> list[Side]:
        """Return for each different thing that is said of sides the first of them."""
        _, first = np.unique(said.which, return_index=True)
        return [self.sides[number] for number in first.tolist()]

    def limited(self) -> list[tuple[int, Route]]:
        """Return the ways by which not every call is met, by their number."""
        every = ((number, way.route) for number, way in enumerate(self.ways))
        return [(number, route) for number, route in every if route.meets is not Meets.ALL]


def _speech(route: Route) -> tuple[str, Meets]:
    return "en" if route.interest.english else route.interest.language, route.meets


def _tables(ways: Sequence[Way], spaces: Spaces) -> dict[Model, tuple[Counts, Table]]:
    found: dict[Model, list[int]] = {}
    for number, way in enumerate(ways):
        found.setdefault(way.route.space, []).append(number)
    return {
        model: (np.array(some), Table.of([ways[number] for number in some], spaces[model][0]))
        for model, some in found.items()
    }


def _starts(counts: Sequence[int]) -> Counts:
    return np.cumsum([0, *counts[:-1]], dtype=np.int64)


def _all_in_order(rows: Counts, size: int) -> bool:
    return len(rows) == size and bool((rows == np.arange(size)).all())
