"""Sources as a table: one line each where the terminal is wide enough, else below each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from desk.cli.terminal import console, grid, text
from desk.text import line
from desk.wording import ago, count
from storage.domain import Outcome

if TYPE_CHECKING:
    from rich.table import Table

    from desk.cli.sources import Known

STYLES = {Outcome.OK: "green", Outcome.DEGRADED: "yellow", Outcome.FAILED: "bold red", None: "dim"}

WIDE = 100
"""Columns from which a source is told on one line."""

NOTHING = "nothing"
"""Said of a source that misses nothing."""


@dataclass(frozen=True)
class _Row:
    """What the table says of a source."""

    name: str
    outcome: str
    style: str
    when: str
    calls: int | None
    misses: str
    proof: str


def _rows(found: Sequence[Known], now: datetime) -> Iterator[_Row]:
    from crawler.harvest import load_spider, needed

    for source in found:
        last = source.last
        if last is None:
            lacks = needed(load_spider(source.name))
            misses = f"needs {lacks}" if lacks else ""
            yield _Row(source.name, "never", "dim", "", None, misses, source.proof())
            continue
        outcome = last.outcome.value if last.outcome else "unfinished"
        gaps = [line(last.reason)] if last.reason else []
        yield _Row(
            source.name,
            outcome,
            STYLES[last.outcome],
            ago(last.started, now),
            last.items,
            "; ".join([*gaps, *source.gaps()]) or NOTHING,
            source.proof(),
        )


def show(found: Sequence[Known], now: datetime) -> None:
    """Print what is known of each source."""
    screen = console()
    rows = _rows(found, now)
    screen.print(_beside(rows) if screen.width >= WIDE else _below(rows))


def _beside(rows: Iterable[_Row]) -> Table:
    """One column for everything that is said."""
    table = grid("Source", "Last harvest", "When", "Calls", "What it misses", "Proof")
    for number in (0, 1, 2, 3):
        table.columns[number].no_wrap = True
    table.columns[3].justify = "right"
    for one in rows:
        calls = "" if one.calls is None else f"{one.calls:,}"
        rest = (one.when, calls, one.misses, one.proof)
        table.add_row(text(one.name), text(one.outcome, one.style), *map(text, rest))
    return table


def _below(rows: Iterable[_Row]) -> Table:
    """Two columns, what is missed below the rest: for a terminal in which six are slivers."""
    table = grid("Source", "Last harvest, proof, and what it misses")
    table.columns[0].no_wrap = True
    for one in rows:
        said = text(one.outcome, one.style)
        calls = "" if one.calls is None else count(one.calls, "call")
        said.append("".join(f", {part}" for part in (one.when, calls, one.proof) if part), "")
        if one.misses:
            said.append("\nmisses nothing" if one.misses == NOTHING else f"\n{one.misses}", "")
        table.add_row(text(one.name), said)
    return table
