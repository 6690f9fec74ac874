"""All stored calls, in the forms in which partnerships are compared with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from classifier.embedding import Wanted, load_vectors
from classifier.lexical import Lexicon, call_words
from classifier.models import Model
from classifier.routes import Interest, Routes
from classifier.scoring import Space, yardstick
from classifier.texts import call_text, is_english, title_only
from storage.asking import calls_by_id
from storage.domain import Call
from storage.schema import calls


class Corpus:
    """Every call of every status: what is rare or usual must not depend on what is asked for."""

    def __init__(self, every: Iterable[Call]) -> None:
        self.calls = tuple(every)
        self.texts = [call_text(call) for call in self.calls]
        said = zip(self.texts, self.calls, strict=True)
        self.english = np.array([is_english(text, call.language) for text, call in said], bool)
        self.title_only = np.array([title_only(call) for call in self.calls], bool)
        self.number = {call.id: row for row, call in enumerate(self.calls)}

    @classmethod
    def stored(cls, connection: sa.Connection) -> Corpus:
        ids = connection.scalars(sa.select(calls.c.id).order_by(calls.c.id)).all()
        return cls(calls_by_id(connection, ids))

    @cached_property
    def lexicon(self) -> Lexicon:
        return Lexicon(call_words(call) for call in self.calls)

    @cached_property
    def leading(self) -> dict[str, Call]:
        """For each opportunity the call that stands for it: the one that was there first."""
        found: dict[str, Call] = {}
        for call in self.calls:
            first = found.setdefault(call.opportunity or call.id, call)
            if call.first_seen and first.first_seen and call.first_seen < first.first_seen:
                found[call.opportunity or call.id] = call
        return found

    def same_language(self, interest: Interest) -> NDArray[np.bool_]:
        """Whether a word of the interest can be found in each call."""
        if interest.english:
            return self.english
        code = interest.language.casefold()[:2]
        said = [(call.language or "").casefold()[:2] == code for call in self.calls]
        found: NDArray[np.bool_] = np.array(said, bool) & ~self.english
        return found

    def rows(self, every: Iterable[Routes]) -> dict[Model, NDArray[np.int64]]:
        """Return which calls need a vector of which encoder for these routes, and no others.

        An encoder that has nothing to read is not among them.
        """
        found: dict[Model, NDArray[np.bool_]] = {}
        for one in every:
            ways = ((one.english.space, self.english), (one.other.space, ~self.english))
            for model, wanted in ways:
                if wanted.any():
                    found[model] = found.get(model, np.zeros(len(self.calls), bool)) | wanted
        return {model: np.flatnonzero(wanted) for model, wanted in found.items()}

    def wanted(self, every: Mapping[Model, NDArray[np.int64]]) -> list[Wanted]:
        """Return the texts whose vectors are needed for these rows."""
        return [
            one
            for model, rows in every.items()
            for one in (
                Wanted(model, yardstick()),
                Wanted(model, [self.texts[row] for row in rows]),
            )
        ]

    def space(self, connection: sa.Connection, model: Model, rows: NDArray[np.int64]) -> Space:
        """Return the kept vectors of these calls, ready to be compared."""
        texts = [self.texts[row] for row in rows]
        return Space.of(
            rows.tolist(),
            load_vectors(connection, Wanted(model, texts)),
            load_vectors(connection, Wanted(model, yardstick())),
        )
