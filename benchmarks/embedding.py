"""Vectors of calls of 250 words with the English encoder, beside plain SentenceTransformer.encode.

Ours is the whole way: texts to the child process, vectors back, each batch kept in a database.
Plain is the same model in this process with its defaults, vectors thrown away. Seconds by the
clock, because the work is done by other threads and another process. The last lines are the peak
memory of the child with both models loaded, and an unchanged harvest, which embeds nothing.
"""

from __future__ import annotations

import platform
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import Board, alternate, arguments, megabytes
from classifier.child import ChildProcess
from classifier.embedding import Wanted, embed_missing
from classifier.models import e5, minilm
from classifier.octets import processor
from classifier.scoring import yardstick
from storage.database import open_database

CALLS = 256
WORDS = 250
TARGET = 20
FASTER = 1.8
MEMORY = 1500


def texts(count: int) -> list[str]:
    """Invented calls in real English words, so that they are cut into pieces as calls are."""
    chance = random.Random(1)  # noqa: S311  (texts, not secrets)
    every = yardstick()
    found = []
    for _ in range(count):
        words = " ".join(chance.sample(every, 20)).split()
        found.append(" ".join(words[:WORDS]))
    assert {len(text.split()) for text in found} == {WORDS}
    return found


def seconds(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def plain() -> Any:
    """The encoder as its documentation shows it."""
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - takes seconds

    return SentenceTransformer(str(minilm().place), device="cpu", local_files_only=True)


def named() -> str:
    """The processor, and in which numbers it is asked to multiply."""
    lines = processor().splitlines()
    name = next((line.partition(":")[2].strip() for line in lines if "model name" in line), "")
    return f"{name or platform.machine()}, {minilm().arithmetic or 'full numbers'}"


def ours(child: ChildProcess, calls: list[str], folder: Path) -> float:
    engine = open_database(f"sqlite:///{folder / f'{time.perf_counter_ns()}.db'}")
    try:
        took = seconds(lambda: embed_missing(engine, [Wanted(minilm(), calls)], child))
        again = seconds(lambda: embed_missing(engine, [Wanted(minilm(), calls)], child))
        assert embed_missing(engine, [Wanted(minilm(), calls)], child) == 0
    finally:
        engine.dispose()
    UNCHANGED.append(again)
    return took


UNCHANGED: list[float] = []


def main() -> int:
    options = arguments(__doc__ or "")
    calls = texts(4 if options.quick else CALLS)
    rounds = options.rounds or (1 if options.quick else 3)
    encoder = plain()
    board = Board(f"{len(calls)} calls of {WORDS} words, {named()}", quick=options.quick)
    with tempfile.TemporaryDirectory() as folder, ChildProcess() as child:
        started = seconds(lambda: list(child.encode(minilm(), calls[:1], query=False)))
        took = alternate(
            rounds,
            {
                "ours": lambda: ours(child, calls, Path(folder)),
                "plain": lambda: seconds(lambda: encoder.encode(calls, show_progress_bar=False)),
            },
        )
        list(child.encode(e5(), calls[:2], query=False))
    rate = took["ours"].per(len(calls))
    met = rate.median >= TARGET
    board.row("calls a second, to vectors kept", rate, f"at least {TARGET}", met=met)
    board.row("calls a second, plain encode", took["plain"].per(len(calls)))
    faster = took["plain"] / took["ours"]
    met = faster.median >= FASTER
    board.row("times as fast as plain", faster, f"at least {FASTER}", met=met)
    board.row("seconds until the child has loaded the model", started)
    again = max(UNCHANGED)
    board.row("seconds for the same calls unchanged", again, "under 1", met=again < 1)
    peak = megabytes(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    met = peak < MEMORY
    board.row("MB at most in the child, both models loaded", peak, f"under {MEMORY}", met=met)
    return board.end()


if __name__ == "__main__":
    sys.exit(main())
