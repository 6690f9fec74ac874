"""All sources harvested at once from local copies, as ``bridges crawl`` does it.

One process serves the copies: the sample pages of every source, and instead of the samples listings
of about the length the source really has where a sample can be copied: EuroAccess with 144 rows and
a page for each, BDNS with 100 records and an answer for each, boards made with WordPress with some
forty posts. Another is the portal with 1,300 calls. Beside it: a bare loop that fetches as many
pages (the portal's searches left out) and drops them. Memory is that of the command and all its
children alive at one moment, shared pages counted once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks import NOW, Board, Spread, arguments
from benchmarks.html_pages import served
from crawler.harvest import spider_names

SECONDS, MEGABYTES = 300, 500
KEY = "BRIDGES_AIDES_TERRITOIRES_KEY"


@dataclass
class Memory:
    """Watches how much memory a process and all its descendants hold together."""

    pid: int
    most: float = 0.0
    apart: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Look five times a second until ``over``."""
        while not self.over.wait(0.2):
            held = [_held(one) for one in _family(self.pid)]
            self.most = max(self.most, sum(own for own, _ in held))
            self.apart = max(self.apart, sum(all_of_it for _, all_of_it in held))


def _family(pid: int) -> list[int]:
    """The process and its descendants that are alive."""
    found = [pid]
    for one in found:
        try:
            for task in Path(f"/proc/{one}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except OSError:  # it has ended
            continue
    return found


def _held(pid: int) -> tuple[float, float]:
    """MB of a process: what it shares divided among those that share it (PSS), and not (RSS)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0.0, 0.0
    sizes = {line.split()[0]: int(line.split()[1]) / 1024 for line in lines if line.endswith("kB")}
    return sizes.get("Pss:", 0.0), sizes.get("Rss:", 0.0)


@dataclass(frozen=True)
class Crawled:
    """One run of the command."""

    wall: float
    cpu: float
    peak: float
    apart: float
    outcomes: list[dict[str, object]]


def crawl(folder: Path, addresses: dict[str, str], day: int) -> Crawled:
    """Harvest all sources with one command."""
    now = NOW.replace(day=NOW.day + day).isoformat()
    at = [word for name, url in addresses.items() for word in ("--at", f"{name}={url}")]
    command = [sys.executable, "-m", "desk", "--now", now, "crawl", *addresses, *at, "--json"]
    environment = {key: text for key, text in os.environ.items() if not key.startswith("BRIDGES_")}
    environment |= {"BRIDGES_DATABASE_URL": f"sqlite:///{folder / 'calls.db'}", KEY: "invented"}
    began, before = time.perf_counter(), os.times()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        memory = Memory(process.pid)
        watch = threading.Thread(target=memory.watch)
        watch.start()
        output, _ = process.communicate()
        wall, after = time.perf_counter() - began, os.times()
        memory.over.set()
        watch.join()
    assert process.returncode in {0, 1}, output
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    return Crawled(
        wall, cpu, memory.most, memory.apart, [json.loads(line) for line in output.splitlines()]
    )


def fetch(url: str) -> float:
    """Seconds in which a bare loop asks for everything the copies hold."""
    connection = HTTPConnection(urlsplit(url).netloc)

    def body(page: str) -> bytes:
        connection.request("GET", page)
        return connection.getresponse().read()

    pages: list[str] = json.loads(body("/everything"))
    began = time.perf_counter()
    for page in pages:
        body(page)
    connection.close()
    return time.perf_counter() - began


def main() -> int:
    options = arguments(__doc__ or "")
    names = ["icld", "eu_portal"] if options.quick else spider_names()
    days = [0] if options.quick else [0, 1]
    board = Board(f"{len(names)} sources from local copies, two at a time", quick=options.quick)
    size = "0" if options.quick else "1"
    portal_calls = "26" if options.quick else "1300"
    runs: list[Crawled] = []
    bare: list[float] = []
    with (
        served("benchmarks.source_copies", size) as copies,
        served("desk.demo.portal", "--port", "0", "--synthetic", portal_calls) as portal,
    ):
        for _ in range(options.rounds or 1):
            with tempfile.TemporaryDirectory() as place:
                addresses = {name: f"{copies}/{name}" for name in names} | {"eu_portal": portal}
                bare.append(fetch(copies))
                runs += [crawl(Path(place), addresses, day) for day in days]
    firsts = runs[:: len(days)]
    seconds = runs[1 :: len(days)] if len(days) > 1 else []
    walls, peak = Spread([one.wall for one in firsts]), max(one.peak for one in runs)
    calls = sum(int(str(one["items"])) for one in firsts[0].outcomes)
    said = Counter(str(one["outcome"]) for one in firsts[0].outcomes)
    board.row("calls kept", float(calls))
    board.row("outcomes", ", ".join(f"{n} {what}" for what, n in said.items()))
    board.row("seconds by the clock", walls, f"< {SECONDS}", met=max(walls.values) < SECONDS)
    board.row("MB at most, all processes together", peak, f"< {MEGABYTES}", met=peak < MEGABYTES)
    board.row("MB, what they share counted for each", max(one.apart for one in runs))
    board.row("CPU seconds", Spread([one.cpu for one in firsts]))
    if seconds:
        again = Spread([one.cpu for one in seconds])
        board.row("CPU seconds of the second, with nothing changed", again)
    board.row("seconds by the clock of a bare loop over the pages", Spread(bare))
    for one in firsts[0].outcomes:
        if one["outcome"] != "ok":
            board.row(f"  {one['source']}", str(one["outcome"]))
            print(f"    {one['reason']}")
    return board.end()


if __name__ == "__main__":
    sys.exit(main())
