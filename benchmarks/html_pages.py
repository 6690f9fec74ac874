"""HTML pages of one call each: harvested by us, beside a bare Scrapy spider that drops them.

Both sides run in processes of their own, in turns, on Scrapy's aiohttp handler with the same
concurrency. Ours has all it has in a harvest: robots.txt, guards, ledger, delay, charset and body
checks, the prose reader and a record with its version kept for every page. What is compared is CPU
time of the crawl alone, from the first request to the last call kept.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from benchmarks import Board, Ended, Spread, alternate, arguments, child
from benchmarks.html_site import pages as made
from storage.database import open_database
from storage.schema import calls

PAGES = 200
TARGET = 0.4


@contextlib.contextmanager
def served(module: str, *options: str) -> Iterator[str]:
    """The address of a site that runs in a process of its own, so that its work counts nowhere."""
    command = [sys.executable, "-m", module, *options]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def crawl(side: str, url: str, folder: Path, pages: int) -> tuple[Ended, dict[str, float]]:
    """One crawl into a new database; proves that every page was kept, or fetched."""
    for old in folder.iterdir():
        old.unlink()
    os.environ["BRIDGES_DATABASE_URL"] = address = f"sqlite:///{folder}/calls.db"
    engine = open_database(address)
    ended = child("-m", "benchmarks.html_crawl", side, url)
    told: dict[str, float] = json.loads(ended.output)
    with engine.connect() as connection:
        kept = connection.scalar(sa.select(sa.func.count()).select_from(calls))
    engine.dispose()
    assert (kept, told["fetched"]) == ((pages, 0) if side == "ours" else (0, pages)), (kept, told)
    return ended, told


def main() -> int:
    options = arguments(__doc__ or "")
    pages = 3 if options.quick else PAGES
    size = sum(map(len, made(pages))) / pages
    rounds = options.rounds or (1 if options.quick else 7)
    board = Board(f"{pages} pages of {size / 1000:.0f} kB", quick=options.quick)
    more: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name, served("benchmarks.html_site", str(pages)) as url:

        def measured(side: str) -> float:
            ended, told = crawl(side, url, Path(name), pages)
            for what, value in (("wall", told["wall"]), ("whole", ended.seconds)):
                more.setdefault(f"{side} {what}", []).append(value)
            return told["cpu"]

        sides = {side: lambda side=side: measured(side) for side in ("ours", "bare")}
        took = alternate(rounds, sides)
    other = {what: Spread(values) for what, values in more.items()}
    ratio = took["bare"] / took["ours"]
    board.row("pages a second, ours", took["ours"].per(pages))
    board.row("pages a second, bare Scrapy", took["bare"].per(pages))
    board.row("ours to bare", ratio, f"at least {TARGET}", met=ratio.median >= TARGET)
    board.row("ours to bare, by the clock", other["bare wall"] / other["ours wall"])
    board.row("ours to bare, whole process with imports", other["bare whole"] / other["ours whole"])
    return board.end()


if __name__ == "__main__":
    sys.exit(main())
