"""Sample pages of a source, served on 127.0.0.1 while its recording is made.

``tests/samples/NAME/site.yaml`` says which file answers which request::

    /en/calls: list.html
    /en/calls?page=2: list-2.html
    /wp-json/wp/v2/posts: {file: posts.json, headers: {X-WP-TotalPages: "1"}}
    POST /search: hits.json
    https://static.example.eu/key.js: key.js

A request is answered by the entry with its method, its path and, of those, the most of its query;
an entry with a host is for that host alone. What no entry answers is not found. The pages are
written for this project in the shape of the real ones; their calls are invented.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import yaml

from tests.crawler.server import NOT_FOUND, Answer, Asked, Server, page

FOLDER = Path(__file__).parent.parent / "samples"
TEXTS = {".html", ".xml", ".json", ".js", ".txt"}


@dataclass(frozen=True, slots=True)
class Route:
    """One entry of ``site.yaml``."""

    method: str
    host: str
    path: str
    query: frozenset[tuple[str, str]]
    answer: Answer
    file: str = ""

    def answers(self, asked: Asked) -> bool:
        given = set(parse_qsl(asked.target.partition("?")[2], keep_blank_values=True))
        host = urlsplit(asked.headers.get("x-public", "")).netloc
        return (
            self.method == asked.method
            and self.host in ("", host)
            and self.query <= given
            and self.path == asked.path
        )


def routes(folder: Path) -> list[Route]:
    """The entries of a source's ``site.yaml``, the most particular first."""
    told = yaml.safe_load((folder / "site.yaml").read_text(encoding="utf-8"))
    found = [_route(folder, request, answer) for request, answer in told.items()]
    return sorted(found, key=lambda one: (-len(one.query), -len(one.host)))


def _route(folder: Path, request: str, answer: Any) -> Route:
    method, _, address = request.rpartition(" ")
    told = answer if isinstance(answer, dict) else {"file": answer}
    file = folder / told["file"]
    kind = told.get("type") or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    if file.suffix in TEXTS:
        kind += f"; charset={told.get('charset', 'utf-8')}"
    headers = {name.replace("-", "_"): str(text) for name, text in told.get("headers", {}).items()}
    parts = urlsplit(address)
    return Route(
        method or "GET",
        parts.netloc,
        parts.path,
        frozenset(parse_qsl(parts.query, keep_blank_values=True)),
        page(file.read_bytes(), told.get("status", 200), Content_Type=kind, **headers),
        file.name,
    )


@contextmanager
def samples(name: str) -> Iterator[str]:
    """The address at which the sample pages of the source are served."""
    known = routes(FOLDER / name)

    def choose(asked: Asked) -> Answer:
        return next((one.answer for one in known if one.answers(asked)), NOT_FOUND)

    with Server() as server:
        for route in known:
            server.tell(route.path, choose)
        yield server.url
