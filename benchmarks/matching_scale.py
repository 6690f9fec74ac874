"""The score at the scale of a country: 1,000 partnerships, 10,000 calls, and the call that is new.

Calls and partnerships are those of ``benchmarks.matching``, vectors are random numbers: the time to
compare does not depend on what they mean. What is measured is the whole score (meaning, words,
themes, programme, towns, place, learnt weights) and the best calls of every partnership, in a
process of its own, from interests whose vectors are kept. Beside it, in the same process, a bare
numpy product of the same vectors, which ranks nothing. The target is one by the clock on two cores:
that process is given no more. What its threads take together in CPU seconds is told beside it, and
is what to compare between changes, for other programs do not count in it.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks import Board, Spread, arguments, child, megabytes
from benchmarks.many_calls import many_calls
from benchmarks.matching import SIZE, Hashed, model, partnerships
from classifier.comparing import Comparison, compare_all
from classifier.corpus import Corpus, theme_texts
from classifier.embedding import InProcess, embed_missing
from classifier.encoders import Vectors
from classifier.models import Models
from classifier.panel import Spaces, ThemeVectors, interest_wanted, sides
from classifier.programmes import load_rules
from classifier.routes import routes
from classifier.scoring import Space
from classifier.tables import Panel
from storage.database import open_database, reading
from storage.domain import Call, Partnership

CALLS, PARTNERSHIPS, MANY = 10_000, 1_000, 10_000
SECONDS, ONE, MEMORY = 10, 1, 1024
CORES = 2
TOP = 15
MEASURE = "--measure"


def random_vectors(count: int, seed: int) -> Vectors:
    made = np.random.default_rng(seed).standard_normal((count, SIZE)).astype(np.float32)
    found: Vectors = made / np.linalg.norm(made, axis=1, keepdims=True)
    return found


def corpus_of(calls: Sequence[Call]) -> Corpus:
    """The calls as they are compared; everything that is worked out once is worked out."""
    corpus = Corpus(calls, load_rules())
    assert len(corpus.lexicon) == len(corpus.signals.fits) == len(corpus.titled) == len(calls)
    return corpus


def ready(
    asked: Sequence[Partnership], corpus: Corpus, spaces: Spaces, models: Models, folder: Path
) -> Callable[[], Panel]:
    """Return what makes partnerships ready; the vectors of their interests are kept."""
    said = [(one, way) for one in asked if (way := routes(one, models)) is not None]
    engine = open_database(f"sqlite:///{folder / f'{len(asked)}.db'}")
    wanted = interest_wanted([way for _, way in said], spaces)
    embed_missing(engine, wanted, InProcess({"both-1": Hashed("both-1")}))

    def prepared() -> Panel:
        with reading(engine) as connection:
            return Panel.of(sides(said, {}, connection, corpus.lexicon, spaces), spaces)

    return prepared


def best(comparisons: Sequence[Comparison]) -> list[list[int]]:
    return [one.best_first()[:TOP] for one in comparisons]


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """CPU seconds, and seconds by the clock."""
    before, used = time.perf_counter(), time.process_time()
    work()
    return time.process_time() - used, time.perf_counter() - before


def measure(count: int, towns: int, many: int, rounds: int) -> dict[str, list[float]]:
    """Measure everything in this process, on two cores."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    calls = [replace(one, language="en") for one in many_calls(count)]
    both = model("both")
    models = Models(both, both)
    found: dict[str, list[float]] = {name: [] for name in ("ours", "clock", "bare", "one", "sides")}
    held: list[Corpus] = []
    found["corpus"] = [seconds(lambda: held.append(corpus_of(calls)))[0]]
    corpus = held[0]
    vectors = random_vectors(count, 1)
    space = Space.of(range(count), vectors, random_vectors(70, 2))
    themes = random_vectors(len(theme_texts(both).texts), 3)
    spaces = {both: (space, ThemeVectors.of(space, themes, corpus.titled))}
    with tempfile.TemporaryDirectory() as folder:
        some = ready(partnerships(towns, calls), corpus, spaces, models, Path(folder))
        interests = np.stack([side.ways[0].vectors[0] for side in some().sides if side.ways[0]])
        panel = ready(partnerships(many, calls), corpus, spaces, models, Path(folder))
        kept: list[Panel] = []
        found["sides"] = [seconds(lambda: kept.append(panel()))[0]]
        newest = np.array([count - 1])
        for _ in range(rounds):
            took, passed = seconds(lambda: best(list(compare_all(some(), corpus, spaces))))
            found["ours"].append(took)
            found["clock"].append(passed)
            found["bare"].append(seconds(lambda: interests @ vectors.T)[0])
            found["one"].append(seconds(lambda: _one(kept[0], corpus, spaces, newest))[0])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return found | {"megabytes": [megabytes(peak)]}


def _one(kept: Panel, corpus: Corpus, spaces: Spaces, rows: np.ndarray) -> list[str]:
    """Rank all partnerships for one call."""
    every = list(compare_all(kept, corpus, spaces, rows))
    row = int(rows[0])
    every.sort(key=lambda one: -one.score(row))
    return [one.partnership.id for one in every]


def main() -> int:
    if MEASURE in sys.argv:
        sizes = [int(one) for one in sys.argv[sys.argv.index(MEASURE) + 1 :]]
        json.dump(measure(*sizes), sys.stdout)
        return 0
    options = arguments(__doc__ or "")
    count, towns, many = (60, 5, 20) if options.quick else (CALLS, PARTNERSHIPS, MANY)
    rounds = options.rounds or (1 if options.quick else 3)
    sizes = [str(one) for one in (count, towns, many, rounds)]
    found = json.loads(child("-m", "benchmarks.matching_scale", MEASURE, *sizes).output)
    took = {name: Spread(values) for name, values in found.items()}
    board = Board(f"{towns:,} partnerships, {count:,} calls", quick=options.quick)
    passed, one, peak = (took[name].median for name in ("clock", "one", "megabytes"))
    board.row(
        f"seconds by the clock on {CORES} cores, scored and ranked",
        took["clock"],
        f"under {SECONDS}",
        met=passed < SECONDS,
    )
    board.row("the same, CPU seconds of all threads", took["ours"])
    board.row("seconds, bare product of the vectors", took["bare"])
    board.row("seconds, one call and all partnerships", took["one"], f"under {ONE}", met=one < ONE)
    board.row("partnerships there, made ready before", f"{many:,} in {took['sides'].median:.1f} s")
    board.row("seconds, once: words and places of all calls", took["corpus"])
    board.row("MB at most, all this in one process", peak, f"under {MEMORY}", met=peak < MEMORY)
    return board.end()


if __name__ == "__main__":
    sys.exit(main())
