"""How fast the program is, measured side by side in one run and held against its targets.

Each module is run as ``python -m benchmarks.NAME``; ``--quick`` does a little of everything, to see
that it still works, and judges nothing. Exit code 1: a target was missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
"""The moment of every benchmark: what is measured must not depend on the day."""


@dataclass(frozen=True)
class Spread:
    """Several measurements of one thing."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def __truediv__(self, other: Spread) -> Spread:
        """The ratio round by round: what slowed one round down slowed both of its sides."""
        return Spread([a / b for a, b in zip(self.values, other.values, strict=True)])

    def per(self, amount: float) -> Spread:
        """How much of ``amount`` there was in one second."""
        return Spread([amount / value for value in self.values])

    def __str__(self) -> str:
        low, middle, high = (
            _figure(one) for one in (min(self.values), self.median, max(self.values))
        )
        return f"{middle} ({low}–{high})"


def alternate(rounds: int, sides: Mapping[str, Callable[[], float]]) -> dict[str, Spread]:
    """Measure every side once a round, the order turned round each time."""
    found: dict[str, list[float]] = {name: [] for name in sides}
    names = list(sides)
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            found[name].append(sides[name]())
            if sys.stderr.isatty():
                print(f"  round {number + 1} of {rounds}: {name}", file=sys.stderr)
    return {name: Spread(values) for name, values in found.items()}


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of this process that ``work`` takes; other programs do not count in it."""
    before = time.process_time()
    work()
    return time.process_time() - before


@dataclass(frozen=True)
class Ended:
    """A child process that has ended: its CPU seconds, its peak of memory, what it wrote."""

    seconds: float
    megabytes: float
    output: str


def child(*words: str) -> Ended:
    """Run ``python WORDS`` to its end. Raises CalledProcessError when it fails.

    The peak counts from this process's own memory upwards: a child begins as a copy of it. Modules
    are kept compiled, as of every program that runs more than once, whatever this shell says.
    """
    arguments = [sys.executable, *words]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments, output)
    return Ended(used.ru_utime + used.ru_stime, megabytes(used.ru_maxrss), output)


def megabytes(peak: int) -> float:
    """A peak of memory as ``resource`` reports it, in MB (kilobytes on Linux, bytes on macOS)."""
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def arguments(about: str) -> argparse.Namespace:
    """The options every benchmark has."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--quick", action="store_true", help="a little of everything, no judgement")
    parser.add_argument("--rounds", type=int, help="how often each side is measured")
    return parser.parse_args()


class Board:
    """The table a benchmark prints, and whether every target in it was met."""

    def __init__(self, title: str, *, quick: bool = False) -> None:
        self.quick = quick
        self.met = True
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        print(title)
        print(
            f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version},"
            f" {cores} cores, {platform.machine()};"
            " CPU seconds unless another unit is named; median (least-most)"
        )

    def row(self, what: str, figure: object, target: str = "", *, met: bool = True) -> None:
        """Print one line; one with a ``target`` says whether it was ``met``."""
        shown = _figure(figure) if isinstance(figure, float) else str(figure)
        verdict = ""
        if target:
            self.met = self.met and met
            verdict = f"target {target}: " + ("not judged" if self.quick else _SAID[met])
        print(f"  {what:<52} {shown:>24}  {verdict}".rstrip())

    def end(self) -> int:
        """The exit code."""
        return 0 if self.met or self.quick else 1


_SAID = {True: "met", False: "MISSED"}


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
