"""Every source under every fault: ``python -m tests.spiders.drill [SOURCE…]`` prints the table.

A source is harvested once from its sample pages, then again while a server between spoils the
answers, twice. No fault may read as "nothing found", and no stored call may be lost or withdrawn.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.harvest import load_spider, spider_names
from crawler.spider import CallSpider
from storage.domain import Harvest, Outcome
from tests.crawler.server import NOT_FOUND, RESET, Answer, Asked, Server, page
from tests.spiders import harvesting
from tests.spiders.samples import FOLDER, Route, routes

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)

Spoil = Callable[[Answer, Asked], Answer]


def _body(answer: Answer) -> bytes:
    return answer.data.partition(b"\r\n\r\n")[2]


def _kind(answer: Answer) -> str:
    head = answer.data.partition(b"\r\n\r\n")[0].lower()
    found = re.search(rb"content-type: [a-z]+/([a-z]+)", head)
    return found[1].decode() if found else "html"


def _html(text: str, status: int = 200) -> Spoil:
    return lambda _answer, _asked: page(f"<!DOCTYPE html><html><body>{text}</body></html>", status)


def _empty(answer: Answer, _asked: Asked) -> Answer:
    """The same page without anything on it."""
    if _kind(answer) == "json":
        return page(
            json.dumps(_emptied(json.loads(_body(answer)))), Content_Type="application/json"
        )
    if _kind(answer) == "xml":
        return page(re.sub(rb"(?s)<item>.*</item>", b"", _body(answer)), Content_Type="text/xml")
    return page("<!DOCTYPE html><html><body><main><h1>Calls</h1></main></body></html>")


def _emptied(data: Any) -> Any:
    if isinstance(data, list):
        plain = data and isinstance(data[0], dict) and {"hits", "results"} & data[0].keys()
        return [_emptied(one) for one in data] if plain else []
    if isinstance(data, dict):
        return {name: _emptied(one) for name, one in data.items()}
    return 0 if isinstance(data, int) and not isinstance(data, bool) else data


def _cut(answer: Answer, _asked: Asked) -> Answer:
    return Answer(answer.data[: -max(len(_body(answer)) // 2, 1)], then="close")


def _retyped(answer: Answer, _asked: Asked) -> Answer:
    """Every text of a JSON answer becomes an object; pages are turned into data."""
    if _kind(answer) != "json":
        return page("[1, 2, 3]", Content_Type="application/json")

    def change(data: Any) -> Any:
        if isinstance(data, dict):
            return {name: change(one) for name, one in data.items()}
        if isinstance(data, list):
            return [change(one) for one in data]
        return {"value": data} if isinstance(data, str) else data

    token = b"token" in _body(answer)[:40]
    body = _body(answer) if token else json.dumps(change(json.loads(_body(answer)))).encode()
    head = answer.data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    headers = {n.replace("-", "_"): v for n, v in (one.split(": ", 1) for one in head)}
    headers.pop("Content_Length", None)
    return page(body, **headers)


@cache
def _bomb() -> bytes:
    return gzip.compress(bytes(120 << 20), 9)


def _packed(_answer: Answer, _asked: Asked) -> Answer:
    return page(_bomb(), Content_Encoding="gzip")


def _elsewhere(address: str) -> Spoil:
    return lambda _answer, asked: page("", 302, Location=address or asked.target)


FAULTS: dict[str, Spoil] = {
    "challenge": _html("<title>Just a moment...</title><div id='cf-challenge'>Checking</div>"),
    "maintenance": _html("<h1>The site is under maintenance. Please try again later.</h1>"),
    "empty": _empty,
    "forbidden": _html("<h1>403 Forbidden</h1>", 403),
    "missing": _html("<h1>404 Not Found</h1>", 404),
    "error": _html("<h1>500</h1>", 500),
    "dead": lambda _answer, _asked: RESET,
    "cut short": _cut,
    "garbage": lambda _answer, _asked: page(bytes(range(256)) * 40),
    "another shape": _retyped,
    "redirect loop": _elsewhere(""),
    "private redirect": _elsewhere("http://169.254.169.254/latest/meta-data/"),
    "gzip bomb": _packed,
}
"""What a server may answer instead of its pages, by the name in the table."""

ROBOTS = "robots forbid"
"""The one fault that is in robots.txt: everything else is as ever."""

PAGES = "pages gone"
"""The listing is as ever, and no page behind it comes."""


@dataclass(frozen=True, slots=True)
class Result:
    """One harvest of a spoiled source, and what became of what was stored."""

    source: str
    fault: str
    outcome: Outcome
    reason: str
    lost: int
    withdrawn: int
    changed: int
    new: int

    @property
    def wrong(self) -> bool:
        """Whether the fault read as success, or anything that was stored is other than before."""
        amiss = self.lost + self.withdrawn + self.changed + self.new
        return self.outcome is Outcome.OK or amiss > 0


@contextmanager
def spoiled(name: str, fault: str | None) -> Iterator[str]:
    """The sample pages of a source, served with a fault; the address."""
    # Requests for every host come to one server here, and do not say for which.
    known = [replace(one, host="") for one in routes(FOLDER / name)]

    def choose(asked: Asked) -> Answer:
        answer = next((one.answer for one in known if one.answers(asked)), NOT_FOUND)
        if fault is None or fault == ROBOTS:
            return answer
        if fault == PAGES:
            listed = any(_lists(name, one) and one.answers(asked) for one in known)
            return answer if listed else page("gone", 500)
        return FAULTS[fault](answer, asked)

    with Server() as server:
        if fault == ROBOTS:
            server.tell(
                "/robots.txt", page("User-agent: *\nDisallow: /", Content_Type="text/plain")
            )
        for route in known:
            server.tell(route.path, choose)
        yield server.url


def _lists(name: str, route: Route) -> bool:
    """Whether a sample is no page of one call: the listing, a key or a token."""
    told = (FOLDER / name / "site.yaml").read_text(encoding="utf-8")
    lines = [line for line in told.splitlines() if line.startswith(("/", "POST"))]
    mine = [one for one in lines if _path_of(one) == route.path]
    return any(
        re.search(r"list|page\.html|posts|hits|search|feed|aids|token|categories", one)
        for one in mine
    )


def _path_of(line: str) -> str:
    """The path in a line of ``site.yaml``, as in ``POST https://host/path?query: file``."""
    address = line.split(": ", maxsplit=1)[0].rstrip(":").rpartition(" ")[2]
    return urlsplit(address).path


def harvest(spider: type[CallSpider], database: Path, url: str, now: datetime) -> Harvest:
    """One whole harvest that waits for nothing twice; what was stored of it."""
    return harvesting.harvest(database, url, now, spider, RETRY_TIMES=0, DOWNLOAD_TIMEOUT=5)


def drill(source: str, faults: Sequence[str]) -> Iterator[Result]:
    """Harvest a source from its samples, then under each fault, twice on two days."""
    real = load_spider(source)
    changes = {"usual": None, "key": staticmethod(lambda: "invented-key"), "__doc__": real.__doc__}
    spider = type(real.__name__, (real,), changes)
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "bridges.db"
        with spoiled(source, None) as url:
            first = harvest(spider, database, url, NOW)
        assert first.outcome is Outcome.OK, (source, first.reason)
        before = harvesting.kept(database, source)
        assert before
        day = NOW
        for fault in faults:
            for _ in range(2):
                day += timedelta(days=1)
                with spoiled(source, fault) as url:
                    last = harvest(spider, database, url, day)
            after = harvesting.kept(database, source)
            yield Result(
                source,
                fault,
                last.outcome,
                last.reason or "",
                lost=len(before.keys() - after.keys()),
                withdrawn=sum(one.withdrawn for one in after.values()),
                changed=sum(after[key] != one for key, one in before.items() if key in after),
                new=len(after.keys() - before.keys()),
            )


EVERY = (*FAULTS, ROBOTS, PAGES)


def faults_of(source: str) -> list[str]:
    """The faults that can befall a source: one without pages of calls loses none."""
    spider = load_spider(source)
    pages = spider.detail or spider.labels or spider.article
    pages = pages or getattr(spider, "detail_address", None)
    return [one for one in EVERY if one != PAGES or (pages and source not in LINKS_AWAY)]


LINKS_AWAY = ("webalkans", "skew")
"""Sources whose calls have no pages on the source's own host, or are the listing itself."""


def main(names: Sequence[str]) -> int:
    """Print the table of outcomes; 1 if a fault read as success or anything stored changed."""
    bad = 0
    sources = names or [one for one in spider_names() if (FOLDER / one).is_dir()]
    print("| source | " + " | ".join(EVERY) + " |")
    print("|---" * (len(EVERY) + 1) + "|")
    for source in sources:
        cells = {}
        for one in drill(source, faults_of(source)):
            wrong = one.wrong
            bad += bool(wrong)
            cells[one.fault] = f"{one.outcome.value}{' !' if wrong else ''}"
            print(source, one.fault, one.outcome.value, one.reason[:160], file=sys.stderr)
        print(f"| {source} | " + " | ".join(cells.get(one, "") for one in EVERY) + " |", flush=True)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
