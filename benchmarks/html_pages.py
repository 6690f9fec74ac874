"""HTML pages of one call each: harvested by us, beside a bare Scrapy spider that drops them.

Both sides run in processes of their own, in turns, on Scrapy's aiohttp handler with the same
concurrency. Ours has all it has in a harvest: robots.txt, guards, ledger, delay, charset and body
checks, the prose reader and a record with its version kept for every page. What is compared is the
CPU time of the whole process, since every harvest has one of its own: imports, crawl and keeping
on our side, imports and crawl on the other. The crawl alone, and the clock, are shown beside it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from benchmarks import Board, Ended, Spread, alternate, arguments, child
from benchmarks.html_site import pages as made
from storage.database import open_database
from storage.schema import calls

PAGES = 200
TARGET = 0.4
MODULES = {"ours": "benchmarks.html_harvest", "bare": "benchmarks.html_crawl"}


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
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    os.environ["BRIDGES_DATABASE_URL"] = address = f"sqlite:///{folder}/calls.db"
    engine = open_database(address)
    ended = child("-m", MODULES[side], url)
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
    rounds = options.rounds or (1 if options.quick else 15)
    board = Board(f"{pages} pages of {size / 1000:.0f} kB", quick=options.quick)
    crawls: dict[str, list[float]] = {"ours": [], "bare": []}
    clocks: dict[str, list[float]] = {"ours": [], "bare": []}
    with tempfile.TemporaryDirectory() as name, served("benchmarks.html_site", str(pages)) as url:

        def measured(side: str) -> float:
            began = time.perf_counter()
            ended, told = crawl(side, url, Path(name), pages)
            clocks[side].append(time.perf_counter() - began)
            crawls[side].append(told["cpu"])
            return ended.seconds

        took = alternate(rounds, {side: lambda side=side: measured(side) for side in crawls})
    alone, clock = ({side: Spread(v) for side, v in some.items()} for some in (crawls, clocks))
    ratio = took["bare"] / took["ours"]
    board.row("pages a second, ours", took["ours"].per(pages))
    board.row("pages a second, bare Scrapy", took["bare"].per(pages))
    board.row("ours to bare", ratio, f"at least {TARGET}", met=ratio.median >= TARGET)
    board.row("ours to bare, by the clock", clock["bare"] / clock["ours"])
    board.row("pages a second of the crawl alone, ours", alone["ours"].per(pages))
    board.row("pages a second of the crawl alone, bare Scrapy", alone["bare"].per(pages))
    board.row("ours to bare, the crawl alone", alone["bare"] / alone["ours"])
    return board.end()


if __name__ == "__main__":
    sys.exit(main())
