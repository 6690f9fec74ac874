"""1,300 calls harvested, read and kept from a local copy of the EU portal, and then once more.

The copy is served by a process of its own. The harvest is the whole of it, as ``bridges crawl``
starts it: a child process with its imports, one request at a time over HTTP. Time is by the clock
for the first target and CPU time of the child for the second; memory is the child's peak.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from benchmarks import NOW, Board, Spread, arguments, megabytes
from benchmarks.html_pages import served
from crawler.harvest import run
from storage.database import open_database
from storage.domain import Harvest, Outcome
from storage.schema import changes, readings, versions

CALLS = 1300
SECONDS, MEGABYTES, SHARE = 60, 350, 0.5


@dataclass(frozen=True)
class Measured:
    """One harvest: what it says of itself, and what it took."""

    harvest: Harvest
    wall: float
    cpu: float
    peak: float


def harvest(database_url: str, portal: str, days: int) -> Measured:
    """Harvest the portal as it would be done so many days on."""
    began, before = time.perf_counter(), _children()
    done = run(
        "eu_portal",
        database_url=database_url,
        now=NOW + timedelta(days),
        contact="benchmark@example.org",
        at=portal,
    )
    wall, after = time.perf_counter() - began, _children()
    assert done.outcome is Outcome.OK, done
    assert done.complete, done
    # The peak is of all children so far. Ours are alike, and the portal has not ended yet.
    return Measured(done, wall, after[0] - before[0], after[1])


def _children() -> tuple[float, float]:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime, megabytes(used.ru_maxrss)


def rows(database_url: str) -> list[int]:
    """How many versions, readings and changes are stored."""
    engine = open_database(database_url)
    with engine.connect() as connection:
        counts = [
            connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in (versions, readings, changes)
        ]
    engine.dispose()
    return counts


def main() -> int:
    options = arguments(__doc__ or "")
    count = 26 if options.quick else CALLS
    rounds = options.rounds or (1 if options.quick else 3)
    board = Board(f"{count} calls from a local copy", quick=options.quick)
    firsts, seconds = [], []
    with served("desk.demo.portal", "--port", "0", "--synthetic", str(count)) as portal:
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as folder:
                url = f"sqlite:///{Path(folder) / 'calls.db'}"
                firsts.append(first := harvest(url, portal, 0))
                kept = rows(url)
                seconds.append(second := harvest(url, portal, 1))
                assert first.harvest.new == kept[0] == count, (first, kept)
                assert second.harvest.unchanged == count, second
                assert rows(url) == kept, (rows(url), kept)
    walls = Spread([one.wall for one in firsts])
    peak = max(one.peak for one in firsts + seconds)
    cpus = [Spread([one.cpu for one in some]) for some in (firsts, seconds)]
    board.row("seconds by the clock", walls, f"< {SECONDS}", met=max(walls.values) < SECONDS)
    board.row("MB at most", peak, f"< {MEGABYTES}", met=peak < MEGABYTES)
    board.row("CPU of the first harvest", cpus[0])
    board.row("CPU of the second, with nothing changed", cpus[1])
    share = cpus[1] / cpus[0]
    board.row("second to first", share, f"<= {SHARE}", met=share.median <= SHARE)
    board.row("versions, readings and changes the second made", 0)
    return board.end()


if __name__ == "__main__":
    sys.exit(main())
