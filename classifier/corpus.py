"""All stored calls, in the forms in which partnerships are compared with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from classifier.embedding import Wanted, load_vectors
from classifier.encoders import Vectors
from classifier.lexical import Lexicon, call_words
from classifier.models import Model, Models
from classifier.routes import Interest, Meets, Routes, bridge_of
from classifier.rulebook import Rules
from classifier.scoring import Numbers, Space, yardstick
from classifier.signals import Signals
from classifier.texts import call_passages, call_text, is_english, tidy, title_only
from classifier.theme_scores import in_titles
from classifier.themes import load_themes
from storage.asking import calls_by_id
from storage.domain import Call
from storage.leading import leader
from storage.schema import calls

FOLLOWING = 0.3
"""How much what follows the opening of a call counts beside it, chosen by folds."""


class Corpus:
    """Every call of every status: what is rare or usual must not depend on what is asked for."""

    def __init__(self, every: Iterable[Call], rules: Rules) -> None:
        self.calls = tuple(every)
        said = [(call_text(call), call) for call in self.calls]
        self.english = np.array([is_english(text, call.language) for text, call in said], bool)
        self.title_only = np.array([title_only(call) for call in self.calls], bool)
        self.number = {call.id: row for row, call in enumerate(self.calls)}
        self._rules = rules

    @classmethod
    def stored(cls, connection: sa.Connection, rules: Rules) -> Corpus:
        ids = connection.scalars(sa.select(calls.c.id).order_by(calls.c.id)).all()
        return cls(calls_by_id(connection, ids), rules)

    @cached_property
    def passages(self) -> list[list[str]]:
        """What of each call is read, in pieces that an encoder reads fast and whole."""
        return [call_passages(call) for call in self.calls]

    @cached_property
    def lexicon(self) -> Lexicon:
        return Lexicon(call_words(call) for call in self.calls)

    @cached_property
    def signals(self) -> Signals:
        return Signals.of(self.calls, self._rules)

    @cached_property
    def titled(self) -> Numbers:
        """How many descriptors of each theme the title of each call says; a row a call."""
        said = zip(self.calls, self.english.tolist(), strict=True)
        return in_titles(
            ((tidy(call.title), "en" if english else call.language) for call, english in said),
            load_themes(),
        )

    @cached_property
    def leading(self) -> dict[str, Call]:
        """For each opportunity the call that stands for it."""
        found: dict[str, list[Call]] = {}
        for call in self.calls:
            found.setdefault(call.opportunity or call.id, []).append(call)
        return {name: leader(records) for name, records in found.items()}

    @cached_property
    def leads(self) -> NDArray[np.bool_]:
        """Which calls stand for their opportunity; an opportunity is told as that record only."""
        standing = {call.id for call in self.leading.values()}
        return np.array([call.id in standing for call in self.calls], bool)

    @cached_property
    def by_opportunity(self) -> dict[str, int]:
        """For each opportunity the row of the call that stands for it."""
        return {name: self.number[call.id] for name, call in self.leading.items()}

    def of(self, opportunity: str | None) -> NDArray[np.int64] | None:
        """Return the rows of the calls of an opportunity; None for None."""
        if opportunity is None:
            return None
        found = [row for row, one in enumerate(self.calls) if one.opportunity == opportunity]
        return np.array(found, np.int64)

    def same_language(self, interest: Interest) -> NDArray[np.bool_]:
        """Whether a word of the interest can be found in each call."""
        if interest.english:
            return self.english
        code = interest.language.casefold()[:2]
        said = [(call.language or "").casefold()[:2] == code for call in self.calls]
        found: NDArray[np.bool_] = np.array(said, bool) & ~self.english
        return found

    def rows(self, every: Iterable[Routes]) -> dict[Model, NDArray[np.int64]]:
        """Return which calls need a place in the space of which encoder for these routes.

        An encoder in whose space nothing is compared is not among them.
        """
        found: dict[Model, NDArray[np.bool_]] = {}
        masks = {
            Meets.ALL: np.ones(len(self.calls), bool),
            Meets.ENGLISH: self.english,
            Meets.OTHERS: ~self.english,
        }
        for route in (route for one in every for route in one.ways):
            wanted = masks[route.meets]
            if wanted.any():
                before = found.get(route.space, np.zeros(len(self.calls), bool))
                found[route.space] = before | wanted
        return {model: np.flatnonzero(wanted) for model, wanted in found.items()}

    def wanted(self, every: Mapping[Model, NDArray[np.int64]], models: Models) -> list[Wanted]:
        """Return the texts whose vectors are needed for these rows."""
        found = []
        for model, rows in every.items():
            found += [Wanted(model, yardstick()), theme_texts(model)]
            plain, crossing = self._read_by(model, rows, models)
            found.append(Wanted(model, self._texts(plain)))
            if len(crossing):
                found.append(Wanted(models.other, self._texts(crossing), query=True))
        return found

    def space(
        self,
        connection: sa.Connection,
        model: Model,
        rows: NDArray[np.int64],
        models: Models,
    ) -> Space:
        """Return these calls in the space of an encoder, ready to be compared."""
        plain, crossing = self._read_by(model, rows, models)
        vectors = self._pooled(load_vectors(connection, Wanted(model, self._texts(plain))), plain)
        order = plain
        bridge = bridge_of(models)
        if len(crossing) and bridge is not None:
            read = load_vectors(connection, Wanted(models.other, self._texts(crossing), query=True))
            carried = [
                bridge.carry(one[None], self.calls[row].language or "")[0]
                for one, row in zip(self._pooled(read, crossing), crossing.tolist(), strict=True)
            ]
            vectors = np.vstack([vectors, np.stack(carried)]) if len(vectors) else np.stack(carried)
            order = np.concatenate([plain, crossing])
        return Space.of(
            order.tolist(), vectors, load_vectors(connection, Wanted(model, yardstick()))
        )

    def _read_by(
        self, model: Model, rows: NDArray[np.int64], models: Models
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows that the encoder of a space reads itself, and those that cross."""
        if model != models.english or bridge_of(models) is None:
            return rows, rows[:0]
        english = self.english[rows]
        return rows[english], rows[~english]

    def _texts(self, rows: NDArray[np.int64]) -> list[str]:
        return [passage for row in rows.tolist() for passage in self.passages[row]]

    def _pooled(self, read: Vectors, rows: NDArray[np.int64]) -> Vectors:
        """Return one vector a call: that of its opening, drawn a little to what follows."""
        if not len(rows):
            return read[:0]
        counts = [len(self.passages[row]) for row in rows.tolist()]
        starts = np.cumsum([0, *counts[:-1]])
        opening = read[starts]
        following = np.add.reduceat(read, starts, axis=0) - opening
        return unit(opening + FOLLOWING * unit(following))


def unit(vectors: Vectors) -> Vectors:
    """Return vectors of length 1 in the same directions; nothing stays nothing."""
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    found: Vectors = (vectors / lengths).astype(np.float32)
    return found


def theme_texts(model: Model) -> Wanted:
    """Return what stands for each theme in a space, in the order of the list."""
    return Wanted(model, [theme.text for theme in load_themes()], query=True)
