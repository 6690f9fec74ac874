"""Every source under every fault: ``python -m tests.spiders.drill`` prints ``docs/fault-drill.md``.

A source is harvested once from its sample pages, then again while a server between spoils the
answers, on two days. No fault may read as "nothing found", and no stored call may be lost, changed
or withdrawn by it. With names of sources, only those are drilled.
"""

from __future__ import annotations

import argparse
import itertools
import os
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from crawler.harvest import load_spider, spider_names
from storage.database import open_database
from storage.domain import Harvest, Outcome
from tests.certificates import certificate
from tests.crawler.server import Answer, Asked, Server, page
from tests.spiders import harvesting
from tests.spiders.drill_page import CERTIFICATE, EVERY, NAME, ROBOTS, Result, as_page
from tests.spiders.faults import FAULTS, LISTING, PAGES, Fault
from tests.spiders.made_up import Copies, Portal, Site

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


def site_of(name: str) -> Site:
    """The samples of a source, and its spider as it is harvested from so few of them."""
    real = load_spider(name)
    changes = {"usual": None, "key": staticmethod(lambda: "invented-key"), "__doc__": real.__doc__}
    spider = type(real.__name__, (real,), changes)
    return Portal(name, spider) if name == "eu_portal" else Site.of(name, spider)


def faults_of(name: str) -> list[str]:
    """The faults that can befall a source."""
    site = site_of(name)
    return [one for one in EVERY if one not in FAULTS or FAULTS[one].befalls(site)]


@contextmanager
def spoiled(site: Site, fault: str | None, *, many: bool = False) -> Iterator[str]:
    """The sample pages of a source, served with a fault; the address."""
    site.turn = 0
    site.seen.clear()
    told = FAULTS.get(fault or "")

    def choose(asked: Asked) -> Answer:
        answer = site.honest(asked)
        listing = site.listing(asked)
        if many and listing:
            return Copies(site).many(answer)
        if told is None or not _meant(told, site, asked, listing=listing):
            return answer
        return told.spoil(answer, asked, site)

    tls = _bad_certificate() if fault == CERTIFICATE else None
    with Server(otherwise=choose, tls=tls) as server:
        if fault == ROBOTS:
            rules = page("User-agent: *\nDisallow: /", Content_Type="text/plain")
            server.tell("/robots.txt", rules)
        yield server.url


def _meant(fault: Fault, site: Site, asked: Asked, *, listing: bool) -> bool:
    if fault.where == LISTING:
        return listing
    return fault.where != PAGES or not (listing or site.opens(asked))


@cache
def _bad_certificate() -> Any:
    with tempfile.TemporaryDirectory() as folder:
        return certificate(Path(folder))[0]


def harvest(site: Site, database: Path, fault: str | None, day: int, **served: Any) -> Harvest:
    """One whole harvest, so many days on, that waits for nothing twice; what was stored of it."""
    changed: dict[str, Any] = {"RETRY_TIMES": 0, "DOWNLOAD_TIMEOUT": 5}
    now, spider = NOW + timedelta(days=day), site.spider
    with spoiled(site, fault, **served) as url:
        if fault != NAME:
            return harvesting.harvest(database, url, now, spider, **changed)
        # Asked for by its own name, of which the resolver says what it says of one that is gone.
        with mock.patch("socket.getaddrinfo", _nobody_knows):
            elsewhere = {"SEND_TO": "", "SEND_TO_HOSTS": []}
            return harvesting.harvest(
                database, "http://127.0.0.1:9", now, spider, **changed | elsewhere
            )


_RESOLVE = socket.getaddrinfo


def _nobody_knows(host: Any, *rest: Any, **said: Any) -> Any:
    if host == "127.0.0.1":
        return _RESOLVE(host, *rest, **said)
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@cache
def _new_database() -> bytes:
    """An empty database: to make its tables takes longer than a harvest."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new.db"
        open_database(f"sqlite:///{path}").dispose()
        return path.read_bytes()


def drill(name: str, faults: Sequence[str]) -> Iterator[Result]:
    """Harvest a source from its samples, then under each fault, on two days."""
    site = site_of(name)
    long = [one for one in faults if one in FAULTS and FAULTS[one].many]
    for some, many in (([one for one in faults if one not in long], False), (long, True)):
        if not some:
            continue
        with tempfile.TemporaryDirectory() as folder:
            database = Path(folder) / "bridges.db"
            database.write_bytes(_new_database())
            first = harvest(site, database, None, 0, many=many)
            assert first.outcome is Outcome.OK, (name, first.reason)
            before = harvesting.kept(database, name)
            assert len(before) >= (20 if many else 1), (name, len(before))
            for number, fault in enumerate(some):
                kept = database.read_bytes()
                for again in (1, 2):
                    last = harvest(site, database, fault, 2 * number + again)
                after = harvesting.kept(database, name)
                result = Result(
                    name,
                    fault,
                    last.outcome,
                    last.reason or "",
                    lost=len(before.keys() - after.keys()),
                    withdrawn=sum(
                        one.withdrawn and not before[key].withdrawn
                        for key, one in after.items()
                        if key in before
                    ),
                    changed=sum(after[key] != one for key, one in before.items() if key in after),
                    new=len(after.keys() - before.keys()),
                    short=max(len(before) - last.items, 0),
                )
                yield result
                if result.wrong or result.new:  # neither may colour what comes next
                    database.write_bytes(kept)
                else:
                    before = after


def everything(name: str) -> list[Result]:
    """Every fault that can befall a source."""
    return list(drill(name, faults_of(name)))


def results(names: Sequence[str], jobs: int) -> Iterator[Result]:
    """Drill the sources, so many at once; each result is told on stderr."""
    with ProcessPoolExecutor(jobs) as pool:
        for one in itertools.chain.from_iterable(pool.map(everything, names)):
            amiss = [
                f"{count} {what}"
                for what, count in (
                    ("lost", one.lost),
                    ("withdrawn", one.withdrawn),
                    ("changed", one.changed),
                    ("new", one.new),
                )
                if count
            ]
            told = ", ".join(amiss) + ("; " if amiss else "") + one.reason[:160]
            wrong = "WRONG " if one.wrong else ""
            print(f"{wrong}{one.source}, {one.fault}: {one.outcome}, {told}", file=sys.stderr)
            yield one


def main(words: Sequence[str]) -> int:
    """Print the page; 1 if a fault read as success, or anything that was stored changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sources", nargs="*", help="all, if none is named")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="sources at once")
    given = parser.parse_args(words)
    names = given.sources or spider_names()
    found = list(results(names, given.jobs))
    print(as_page(names, found), end="")
    return int(any(one.wrong for one in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
