"""A hundred partnerships held against 1,400 calls, after embedding: scores, reasons, all stored.

Vectors are random numbers made beforehand, as many as real ones: the time to compare and to store
does not depend on what they mean. Beside it, what nobody can leave out: reading the calls and the
vectors from the database, and multiplying them. CPU seconds of this process.
"""

from __future__ import annotations

import hashlib
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from benchmarks import NOW, Board, Spread, alternate, arguments, cpu
from benchmarks.many_calls import many_calls
from classifier.embedding import InProcess, Wanted, load_vectors
from classifier.encoders import Vectors
from classifier.lexical import tokens
from classifier.matching import Means, run_matching
from classifier.models import Kind, Model, Models
from classifier.programmes import load_rules
from classifier.scoring import yardstick
from classifier.texts import call_passages
from storage.asking import every_call
from storage.calls import keep
from storage.database import open_database, reading
from storage.domain import Call, Partner, Partnership, Reading
from storage.partnerships import keep_partnership

CALLS, PARTNERSHIPS = 1400, 100
TARGET = 10
SIZE = 384
LINE = 96.0
"""Made-up vectors part calls more sharply than real ones: a few dozen lie above it for each."""

NAMES = ("small", "many")


class Hashed:
    """As quick as an encoder can be: a direction for each word, found by its hash."""

    dimension = SIZE

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self._known: dict[str, Vectors] = {}

    def encode(self, texts: Sequence[str], *, query: bool) -> Vectors:  # noqa: ARG002
        made = np.stack([self._one(text) for text in texts])
        found: Vectors = made / np.linalg.norm(made, axis=1, keepdims=True)
        return found

    def _one(self, text: str) -> Vectors:
        total = np.full(SIZE, 0.3, dtype=np.float32)
        for word in tokens(text)[:60]:
            if word not in self._known:
                seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
                direction = np.random.default_rng(seed).standard_normal(SIZE)
                self._known[word] = direction.astype(np.float32)
            total = total + self._known[word]
        return total


def model(name: str) -> Model:
    return Model(name, Kind.SENTENCES, Path(name), f"{name}-1", multilingual=name == "many")


def partnerships(count: int, calls: Sequence[Call]) -> list[Partnership]:
    """Towns whose interests are partly in words of the calls, so that some 30 calls lie near each.

    Every second interest begins in Ukrainian, and so goes to the encoder of many languages. The
    towns lie in different regions, as real ones do.
    """
    chance = random.Random(1)  # noqa: S311  (texts, not secrets)
    oblasts = [f"UA-{number:02}" for number in (5, 7, 12, 14, 18, 21, 46, 51, 56, 59, 63, 74)]
    found = []
    for number in range(count):
        words = f"{chance.choice(calls).title}. {' '.join(chance.sample(yardstick(), 1))}"
        said = {"en": words} if number % 2 else {"uk": f"Вода, школи та громади. {words}"}
        partners = (
            Partner("Verba", "UA", region=oblasts[number % len(oblasts)]),
            Partner("Brzoza", "PL", region=f"PL{811 + number % 14}"),
        )
        one = Partnership(f"towns-{number:03}", f"Towns {number}", partners, said)
        found.append(replace(one, exclude=("tobacco", "weapons"), threshold=LINE))
    return found


def filled(url: str, count: int, towns: int) -> sa.Engine:
    """A database with calls open for years, and partnerships."""
    engine = open_database(url)
    calls = [replace(one, deadlines=(), language="en") for one in many_calls(count)]
    with engine.begin() as connection:
        for number, one in enumerate(calls):
            given = Reading(one, "benchmark")
            keep(connection, given, raw=None, digest=str(number), now=NOW, harvest=None)
        for partnership in partnerships(towns, calls):
            keep_partnership(connection, partnership, NOW)
    return engine


def bare(engine: sa.Engine, models: Models, interests: Vectors) -> None:
    """Read calls and vectors, and multiply."""
    with reading(engine) as connection:
        texts = [one for call in every_call(connection) for one in call_passages(call)]
        for one in (models.english, models.other):
            load_vectors(connection, Wanted(one, texts)) @ interests.T


def main() -> int:
    options = arguments(__doc__ or "")
    count, towns = (40, 4) if options.quick else (CALLS, PARTNERSHIPS)
    rounds = options.rounds or (1 if options.quick else 3)
    models = Models(*(model(name) for name in NAMES))
    encoders = {f"{name}-1": Hashed(f"{name}-1") for name in NAMES}
    means = Means(models=models, embedder=InProcess(encoders), rules=load_rules())
    board = Board(f"{towns} partnerships, {count} calls", quick=options.quick)
    with tempfile.TemporaryDirectory() as folder:
        engine = filled(f"sqlite:///{folder}/calls.db", count, towns)
        run_matching(engine, NOW, means=means)  # makes every vector
        interests = encoders["small-1"].encode(["water"] * towns, query=True)
        found: list[int] = []

        def ours() -> None:
            found.append(sum(one.run.matched for one in run_matching(engine, NOW, means=means)))

        took = alternate(
            rounds,
            {
                "ours": lambda: cpu(ours),
                "bare": lambda: cpu(lambda: bare(engine, models, interests)),
            },
        )
        engine.dispose()
    assert len(set(found)) == 1, "the same calls and partnerships matched differently"
    median = took["ours"].median
    board.row("seconds", took["ours"], f"under {TARGET}", met=median < TARGET)
    board.row("seconds, bare reading and multiplying", took["bare"])
    board.row(
        "milliseconds a partnership", Spread([1000 * one / towns for one in took["ours"].values])
    )
    board.row("matches stored for a partnership", f"{found[0] / towns:.0f}")
    return board.end()


if __name__ == "__main__":
    sys.exit(main())
