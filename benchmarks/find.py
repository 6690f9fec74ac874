"""``bridges calls find`` among 10,000 calls: a fixed mix of 40 questions, each asked ten times.

Asked through the query object, and through the whole command in this process (options, settings,
database opened and closed anew, the answer as a table). Beside them: counting the rows of the
table. Judged by CPU time, on PostgreSQL together with that of the server's processes
(``benchmarks.server``); the time by the clock, which is also that of whoever else is at work on the
machine, stands beside it. The calls are out of memory by then, as they never were in that of a
command: Python would look through them for what can be thrown away.
"""

from __future__ import annotations

import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from click.testing import CliRunner

from benchmarks import NOW, Board, Spread, arguments
from benchmarks.many_calls import SOURCES, many_calls, word
from benchmarks.server import Processor, processor_with
from desk.cli import program
from storage.calls import keep
from storage.database import open_database, reading
from storage.domain import ApplicantType, Call, Kind, Reading, Status
from storage.query import CallQuery
from storage.schema import calls

CALLS = 10_000
TARGET = 25
TIMES = 10
_DAY = timedelta(days=1)


def questions() -> dict[str, list[CallQuery]]:
    """The mix, by kind of question."""
    ask = CallQuery
    towns = ApplicantType.LOCAL_AUTHORITY
    return {
        "all, or of a source": [
            ask(),
            ask(sort="new"),
            ask(source=SOURCES[0]),
            ask(source=SOURCES[-1], sort="new"),
        ],
        "words": [
            ask(words="water"),
            ask(words="school shelter"),
            ask(words=word(1)),
            ask(words=word(40)),
            ask(words=word(4_000)),
            ask(words="wat"),
            ask(words=f"bridge {word(3)}", sort="relevance"),
            ask(words="nothing-has-these words"),
        ],
        "status": [
            ask(status=(Status.OPEN,)),
            ask(status=(Status.CLOSING,)),
            ask(status=(Status.FORTHCOMING, Status.OPEN)),
            ask(status=(Status.CLOSED,)),
            ask(status=(Status.WITHDRAWN,)),
        ],
        "programme": [ask(programme=one) for one in ("CERV", "LIFE", "Horizon Europe", "DIGITAL")],
        "country": [ask(country=one) for one in ("UA", "PL", "RU")],
        "applicant or region": [
            ask(applicant=towns),
            ask(applicant=ApplicantType.NGO),
            ask(region="PL814"),
        ],
        "closing within": [ask(closing_within=days * _DAY) for days in (7, 14, 30, 90)],
        "new since": [ask(new_since=date(2026, month, 20), sort="new") for month in (11, 10, 6)],
        "kind": [ask(kind=Kind.CASCADE), ask(kind=Kind.EXTERNAL_ACTION)],
        "several": [
            ask(words="water", status=(Status.OPEN,), country="UA"),
            ask(status=(Status.OPEN,), country="UA", applicant=towns, sort="new"),
            ask(programme="CERV", closing_within=60 * _DAY, country="UA"),
            ask(words="museum", source="eu_portal", kind=Kind.GRANT, sort="relevance"),
        ],
    }


def fill(engine: sa.Engine, found: Iterable[Call]) -> None:
    """Keep the calls, a few hundred in a transaction as an import does."""
    waiting = iter(found)
    while some := list(itertools.islice(waiting, 500)):
        with engine.begin() as connection:
            for call in some:
                keep(
                    connection,
                    Reading(call, "benchmark"),
                    raw=None,
                    digest="",
                    now=NOW,
                    harvest=None,
                )
    if engine.dialect.name == "postgresql":  # as its own housekeeping does within a minute
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


@dataclass(frozen=True)
class Taken:
    """Milliseconds that one question took."""

    cpu: float
    clock: float

    @classmethod
    def by(cls, processor: Processor, work: Callable[[], object]) -> Taken:
        before, began = processor(), time.perf_counter()
        work()
        return cls((processor() - before) * 1000, (time.perf_counter() - began) * 1000)


def by_object(engine: sa.Engine, query: CallQuery) -> None:
    """Ask as the command does: the calls, and how many there are in all."""
    with reading(engine) as connection:
        found, total = query.page(connection, NOW)
    assert len(found) == min(total, query.limit or total), query


def by_command(query: CallQuery) -> None:
    """Ask by the whole command, as a table of 120 columns."""
    words = ["--now", NOW.isoformat(), "calls", "find", *query.flags()]
    answer = CliRunner().invoke(program, words, env={"COLUMNS": "120"})
    assert answer.exit_code == 0, answer.output


def measured(
    processor: Processor, times: int, ask: Callable[[CallQuery], None]
) -> Iterator[tuple[str, list[Taken]]]:
    """What every question took, by kind; each is asked once before, unmeasured."""
    for kind, asked in questions().items():
        for query in asked:
            ask(query)
        yield (
            kind,
            [Taken.by(processor, lambda q=q: ask(q)) for q in asked for _ in range(times)],
        )


def report(board: Board, title: str, found: Iterable[tuple[str, list[Taken]]]) -> None:
    """Print p50 and p95 by kind and of all; the target is for all."""
    every: list[Taken] = []
    for kind, values in found:
        board.row(f"{title}: {kind}", _points([one.cpu for one in values]))
        every += values
    used = [one.cpu for one in every]
    met = statistics.quantiles(used, n=20)[-1] < TARGET
    board.row(f"{title}: all {len(every)} questions", _points(used), f"p95 < {TARGET}", met=met)
    board.row(f"{title}: the same by the clock", _points([one.clock for one in every]))


def _points(values: list[float]) -> str:
    return f"{statistics.median(values):.1f} / {statistics.quantiles(values, n=20)[-1]:.1f}"


def bare(engine: sa.Engine, processor: Processor) -> Spread:
    """Milliseconds to count the rows of the table."""
    count = sa.select(sa.func.count()).select_from(calls)

    def ask() -> None:
        with reading(engine) as connection:
            connection.scalar(count)

    ask()
    return Spread([Taken.by(processor, ask).cpu for _ in range(100)])


def on(board: Board, url: str, number: int, times: int, processor: Processor) -> None:
    """Measure one database with so many calls."""
    name = "SQLite" if url.startswith("sqlite") else "PostgreSQL"
    engine = open_database(url)
    some = list(many_calls(number))
    filling = Taken.by(processor, lambda found=some: fill(engine, found)).cpu / 1000
    del some
    board.row(f"{name}: seconds to keep {number:,} calls", filling)
    board.row(f"{name}: bare SELECT count(*), ms", bare(engine, processor))
    report(board, f"{name}, query", measured(processor, times, lambda q: by_object(engine, q)))
    os.environ["BRIDGES_DATABASE_URL"] = url
    report(board, f"{name}, command", measured(processor, times, by_command))
    engine.dispose()


def main() -> int:
    options = arguments(__doc__ or "")
    number = 60 if options.quick else CALLS
    times = options.rounds or (1 if options.quick else TIMES)
    asked = sum(map(len, questions().values()))
    title = f"{asked} questions × {times} among {number:,} calls; p50 / p95 in ms"
    board = Board(title, quick=options.quick)
    with tempfile.TemporaryDirectory() as folder:
        file = f"sqlite:///{folder}/calls.db"
        on(board, file, number, times, time.process_time)
        if not options.quick and (server := postgresql(Path(folder))):
            with processor_with(server.get_pid()) as processor:
                on(board, server.get_uri(), number, times, processor)
            server.cleanup()
    return board.end()


def postgresql(folder: Path) -> Any:
    """A PostgreSQL server of our own, None where the package for it is missing."""
    try:
        import pgserver  # noqa: PLC0415
    except ImportError:
        return None
    return pgserver.get_server(folder / "postgresql", cleanup_mode="delete")


if __name__ == "__main__":
    sys.exit(main())
