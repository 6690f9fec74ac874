"""20,000 calls linked at once, and then only what is new.

A fifth of them are calls of the other four fifths as a list of calls repeats them: half with the
identifier, half by title and deadline alone, the title with a prefix, in capitals, with marks of
HTML or the year, or cut; the text shortened. Every twentieth original has the title, programme and
deadline of the one before it and a text of its own: it must not be taken for it. Beside it:
reading the same records and joining them by equal title and deadline, which is the least that any
linking does, and finds less.
"""

from __future__ import annotations

import html
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import sqlalchemy as sa

from alerts.linking import link_new
from benchmarks import NOW, Board, Ended, Spread, alternate, arguments, child
from benchmarks.many_calls import many_calls
from storage.columns import dumps
from storage.database import open_database, reading
from storage.domain import Call
from storage.exchange import call_to_json, import_calls
from storage.schema import call_texts, calls

CALLS = 20_000
SECONDS = 60
MEGABYTES = 500
NEW = 100
TWIN = 20


TITLES: tuple[Callable[[str], str], ...] = (
    lambda title: f"Call for proposals: {title}",
    str.upper,
    lambda title: f"{title} - call 2027",
    lambda title: f"Towns programme &#8211; {html.escape(title)}",
    lambda title: f"{title[: len(title) * 5 // 6]}…",
)


def made(count: int) -> Iterator[tuple[Call, str]]:
    """Calls, each with the name of what it truly is."""
    originals = count * 4 // 5
    before: Call | None = None
    for number, call in enumerate(many_calls(originals)):
        if before and number % TWIN == TWIN - 1:
            twin = (before.title, before.programme, before.deadlines)
            call = replace(call, title=twin[0], programme=twin[1], deadlines=twin[2])  # noqa: PLW2901
        before = call
        code = f"TOWNS-{2026 + number % 3}-CALL-{number}"
        one = replace(
            call, source="eu_portal", reference=code, url=f"https://towns.eu/topic/{code}"
        )
        yield one, code
        if number < count - originals:
            named = f"Call number: {code}\n" if number % 2 else ""
            yield (
                replace(
                    one,
                    source="euroaccess",
                    reference=str(number),
                    url=f"https://list.eu/calls/{number}",
                    title=TITLES[number // 2 % len(TITLES)](one.title),
                    description=named + (one.description or "")[:600],
                    opportunity=None,
                ),
                code,
            )


def linked(database: str) -> None:
    """In a child process: link what is due in ``database``, and print how long it took."""
    engine = open_database(database)
    began = time.perf_counter()
    done = link_new(engine, NOW)
    print(json.dumps({"wall": time.perf_counter() - began, "together": done.together}))


def joined(database: str) -> None:
    """In a child process: join the same records by equal title and deadlines."""
    engine = open_database(database)
    began = time.perf_counter()
    found: dict[str, list[int]] = {}
    with reading(engine) as connection:
        for number, record in connection.execute(
            sa.select(call_texts.c.call_id, call_texts.c.record)
        ):
            said = json.loads(record)
            dates = [one["date"] for one in said["deadlines"]]
            found.setdefault(f"{said['title'].casefold()} {dates}", []).append(number)
    pairs = sum(len(ids) > 1 for ids in found.values())
    print(json.dumps({"wall": time.perf_counter() - began, "together": pairs}))


SIDES = {"linked": linked, "joined": joined}


def run(how: str, source: Path) -> tuple[Ended, dict[str, float], Path]:
    """One side on a fresh copy of the database."""
    target = source.with_name(f"{how}.db")
    for suffix in ("", "-wal", "-shm"):
        Path(f"{target}{suffix}").unlink(missing_ok=True)
    shutil.copy(source, target)
    ended = child("-m", "benchmarks.linking", how, f"sqlite:///{target}")
    return ended, json.loads(ended.output), target


def score(database: Path, truth: dict[str, str]) -> tuple[float, float]:
    """Precision and recall of the pairs."""
    engine = open_database(f"sqlite:///{database}")
    groups: dict[str, list[str]] = {}
    with reading(engine) as connection:
        for row in connection.execute(
            sa.select(calls.c.source, calls.c.reference, calls.c.opportunity)
        ):
            groups.setdefault(row.opportunity, []).append(truth[f"{row.source}:{row.reference}"])
    engine.dispose()
    found = [two for group in groups.values() for two in combinations(group, 2)]
    right = sum(one == other for one, other in found)
    true = len(truth) - len(set(truth.values()))
    return right / max(1, len(found)), right / max(1, true)


def main() -> int:
    if sys.argv[1:2] and sys.argv[1] in SIDES:  # a child: which side, which database
        SIDES[sys.argv[1]](sys.argv[2])
        return 0
    options = arguments(__doc__ or "")
    count = 200 if options.quick else CALLS
    rounds = options.rounds or (1 if options.quick else 3)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file, source = folder / "calls.ndjson", folder / "source.db"
        truth: dict[str, str] = {}
        with file.open("w", encoding="utf-8") as out:
            for call, code in made(count):
                truth[call.id] = code
                out.write(dumps(call_to_json(call)) + "\n")
        engine = open_database(f"sqlite:///{source}")
        assert not import_calls(engine, [file], NOW).problems
        engine.dispose()
        ends: dict[str, list[tuple[Ended, dict[str, float], Path]]] = {"linked": [], "joined": []}

        def side(how: str) -> float:
            ends[how].append(run(how, source))
            return ends[how][-1][0].seconds

        took = alternate(rounds, {how: lambda how=how: side(how) for how in ends})  # type: ignore[misc]
        _, told, target = ends["linked"][-1]
        precision, recall = score(target, truth)
        engine = open_database(f"sqlite:///{target}")
        with engine.begin() as connection:
            some = sa.select(calls.c.id).limit(NEW)
            connection.execute(sa.update(calls).where(calls.c.id.in_(some)).values(link_due=True))
        began = time.process_time()
        link_new(engine, NOW)
        again = time.process_time() - began
        began = time.process_time()
        link_new(engine, NOW)
        nothing = time.process_time() - began
        engine.dispose()
    board = Board(
        f"{count:,} calls, {len(set(truth.values())):,} opportunities", quick=options.quick
    )
    wall = Spread([told["wall"] for _, told, _ in ends["linked"]])
    peak = Spread([ended.megabytes for ended, _, _ in ends["linked"]])
    board.row("linking, CPU with the start", took["linked"])
    board.row("linking, by the clock", wall, f"< {SECONDS} s", met=max(wall.values) < SECONDS)
    board.row("peak of memory, MB", peak, f"< {MEGABYTES}", met=max(peak.values) < MEGABYTES)
    board.row("bare join by equal title and deadline", took["joined"])
    board.row("linking, times the bare join", took["linked"] / took["joined"])
    board.row("opportunities put together", float(told["together"]))
    board.row("by the bare join", float(ends["joined"][-1][1]["together"]))
    board.row("precision of pairs", precision, ">= 0.98", met=precision >= 0.98)
    board.row("recall of pairs", recall, ">= 0.90", met=recall >= 0.90)
    board.row(f"linking {NEW} that have changed", again)
    board.row("linking when nothing has changed", nothing)
    return board.end()


if __name__ == "__main__":
    sys.exit(main())
