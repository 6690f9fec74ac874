"""An honest stand-in of the EU Funding & Tenders Portal's search API, served on 127.0.0.1.

By hand: ``python -m desk.demo.portal --port 9000`` (``--help`` says what else it can serve).
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import random
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from urllib.parse import parse_qs, urlsplit

import click

from desk.demo import portal_records
from desk.demo.guidelines import WORD_FILE, guidelines
from desk.demo.multipart import RefusedBodyError, json_parts
from desk.demo.search import MOST_ROWS, WINDOW, Answer, Ask, BadQueryError, Entry, Index, Record
from desk.demo.serving import Incoming, Reply, serving

SEARCH = "/search-api/prod/rest/search"
ROBOTS = "User-agent: *\nDisallow:\n"
API_VERSION = "2.155"
_PAGE = """<!doctype html><meta charset="utf-8"><title>Sample portal</title>
<h1>Sample portal</h1>
<p>A stand-in of the EU Funding &amp; Tenders Portal's search API, for demonstrations and tests.
It answers <code>POST {search}</code> as the portal does and holds {count} records. Every call in
it is invented: nothing here can be applied for.</p>
"""


class PortalSite:
    """Records behind the portal's search API; ``records`` can be replaced while it serves.

    ``files`` are what its calls are attached, by path and query. ``requests`` counts what was asked
    for, by path; ``searches`` keeps every search understood.
    """

    def __init__(
        self,
        records: Sequence[Record],
        *,
        robots: str = ROBOTS,
        seed: int = 0,
        files: Mapping[str, bytes] = MappingProxyType({}),
    ) -> None:
        self.robots = robots
        self.files = files
        self.requests: Counter[str] = Counter()
        self.searches: list[Ask] = []
        self.seen: list[Incoming] = []
        self._numbers = itertools.count(1)
        self._chance = random.Random(seed)  # noqa: S311  (ties, not secrets)
        self._lock = threading.Lock()
        self.records = records

    @property
    def records(self) -> Sequence[Record]:
        return self._records

    @records.setter
    def records(self, records: Sequence[Record]) -> None:
        index = Index([Entry(record) for record in records], self._chance)
        self._records, self.index = records, index

    @contextlib.contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """The address of this site on 127.0.0.1, for as long as the block lasts."""
        with serving(self, port) as server:
            yield server.url

    def reply(self, incoming: Incoming) -> Reply:
        path = urlsplit(incoming.target).path
        with self._lock:
            self.requests[path] += 1
            self.seen.append(incoming)
        match incoming.method, path:
            case "POST", str(found) if found == SEARCH:
                return self.search(incoming)
            case "GET", "/robots.txt":
                return Reply(200, self.robots.encode(), "text/plain; charset=utf-8")
            case "GET", "/":
                page = _PAGE.format(search=SEARCH, count=len(self.records))
                return Reply(200, page.encode(), "text/html; charset=utf-8")
            case "GET", _ if incoming.target in self.files:
                return _file(self.files[incoming.target], incoming)
            case _:
                return Reply(404, b"not found", "text/plain; charset=utf-8")

    def search(self, incoming: Incoming) -> Reply:
        """Answer a search, errors in the portal's own words."""
        try:
            ask = read_ask(incoming, next(self._numbers))
            with self._lock:
                self.searches.append(ask)
                return self.respond(ask)
        except BadQueryError:
            return _error(400, "businessError", "Invalid Query format")
        except RefusedBodyError:
            return _error(500, "throwable", "An internal error occurred")

    def respond(self, ask: Ask) -> Reply:
        """The answer to a search that was understood."""
        return Reply(200, envelope(ask, Answer.of(self.index.found(ask), ask)))


def read_ask(incoming: Incoming, number: int = 1) -> Ask:
    """What a request searches for; raises what the portal would refuse it with."""
    said = parse_qs(urlsplit(incoming.target).query)
    address = {name: values[-1] for name, values in said.items()}
    if address.get("apiKey") != "SEDIA" or "text" not in address:
        raise RefusedBodyError("apiKey=SEDIA and a text are needed")
    page, size = address.get("pageNumber", "1"), address.get("pageSize", "50")
    if not (page.isdecimal() and size.isdecimal() and int(page) and int(size)):
        raise RefusedBodyError("pageNumber and pageSize count from 1")
    paged = Ask(number, address["text"], int(page), int(size))
    if paged.page * min(paged.size, MOST_ROWS) > WINDOW:
        raise RefusedBodyError("beyond the result window")
    content_type = incoming.headers.get("content-type", "")
    if content_type.split(";")[0].strip() == "application/json":
        return paged  # as there: a bare JSON body is accepted and its query ignored
    parts = json_parts(content_type, incoming.body)
    query = parts.get("query")
    if query is not None and not isinstance(query, dict):
        raise BadQueryError("the query is not an object")
    return Ask(
        number=number,
        text=paged.text,
        page=paged.page,
        size=paged.size,
        query=query,
        languages=_names(parts.get("languages")),
        sort=_sort(parts.get("sort")),
        fields=_names(parts.get("displayFields")),
    )


def envelope(ask: Ask, answer: Answer) -> bytes:
    """The JSON of an answer, rows written once and joined."""
    sort = ",".join(f"{name}:{'DESC' if down else 'ASC'}" for name, down in ask.sort)
    head = {
        "apiVersion": API_VERSION,
        "terms": ask.text,
        "responseTime": 61,
        "totalResults": answer.total,
        "pageNumber": answer.page,
        "pageSize": answer.size,
        "sort": sort or "relevance",
        "groupByField": "sortStatus",
        "queryLanguage": {"language": "en", "probability": 0.0},
        "bestBets": [],
    }
    rows = b",".join(entry.shown(ask.fields) for entry in answer.rows)
    return json.dumps(head)[:-1].encode() + b',"results":[' + rows + b'],"warnings":[]}'


def _file(content: bytes, incoming: Incoming) -> Reply:
    mark = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    if incoming.headers.get("if-none-match") == mark:
        return Reply(304, b"", WORD_FILE, {"ETag": mark})
    return Reply(200, content, WORD_FILE, {"ETag": mark})


def _names(part: object) -> tuple[str, ...] | None:
    if part is None:
        return None
    if not isinstance(part, list) or not all(isinstance(name, str) for name in part):
        raise RefusedBodyError("not a list of names")
    return tuple(part)


def _sort(part: object) -> tuple[tuple[str, bool], ...]:
    orders = part if isinstance(part, list) else [] if part is None else [part]
    pairs: list[tuple[str, bool]] = []
    for order in orders:
        match order:
            case {"field": str(name), "order": "ASC" | "DESC" as way}:
                pairs.append((name, way == "DESC"))
            case _:
                raise RefusedBodyError("not an order")
    return tuple(pairs)


def _error(status: int, kind: str, message: str) -> Reply:
    return Reply(status, json.dumps({"type": kind, "message": message}).encode())


@click.command()
@click.option("--port", default=9000, show_default=True, help="0 takes any free port.")
@click.option("--synthetic", type=int, help="Serve this many generated records instead.")
@click.option("--seed", default=0, help="Of the generated records.")
def main(port: int, synthetic: int | None, seed: int) -> None:
    """Serve the sample portal until interrupted; its address is the first line of output."""
    now = datetime.now(UTC)
    if synthetic is None:
        records = portal_records.records(now)
    else:
        records = portal_records.synthetic(synthetic, now, seed)
    site = PortalSite(records, files=guidelines(now) if synthetic is None else {})
    with site.serve(port) as url, contextlib.suppress(KeyboardInterrupt):
        click.echo(url)
        threading.Event().wait()


if __name__ == "__main__":
    main()
