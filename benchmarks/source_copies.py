"""Local copies of all sources but the portal, each under a folder of its own name.

``python -m benchmarks.source_copies SIZE`` serves them on 127.0.0.1 and prints the address; with
SIZE 1 the listings of some are as long as those of the real sources, with 0 all are as the samples.
``/everything`` lists all there is, as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from urllib.parse import urlencode

from crawler.harvest import load_spider, spider_names
from desk.demo.serving import Incoming, Reply, serving
from tests.crawler.server import Answer, Asked
from tests.spiders.made_up import Copies, Site, body_of
from tests.spiders.samples import FOLDER

LONG = {
    "euro_access": 48,
    "bdns": 50,
    "aides_territoires": 40,
    "fundsforngos": 12,
    "cities4cities": 12,
    "hromady": 10,
    "interreg_eu": 20,
    "webalkans": 10,
    "eu_neighbours_east": 8,
    "prostir": 10,
    "decentralization": 8,
    "pl_ua": 6,
}
"""How often the calls of a sample (two to four) stand on each page of a long listing."""


class Everywhere:
    """Every source below its own name: ``/icld/`` is the front page of ``icld``."""

    def __init__(self, *, long: bool) -> None:
        names = [name for name in spider_names() if (FOLDER / name).is_dir()]
        self.sites = {name: Site.of(name, load_spider(name)) for name in names}
        self.answers: dict[tuple[str, int], Answer] = {}
        self.long = long
        if not long:
            return
        for name, entries in LONG.items():
            site = self.sites[name]
            for one in site.routes:
                if site.lists(one):
                    self.answers[name, id(one.answer)] = Copies(site).many(one.answer, entries)

    def reply(self, incoming: Incoming) -> Reply:
        if incoming.target == "/everything":
            return Reply(200, json.dumps(self.everything()).encode())
        name, _, path = incoming.target[1:].partition("/")
        site = self.sites.get(name)
        if site is None:
            return Reply(404, b"not found", "text/plain")
        asked = Asked(
            incoming.method, f"/{path}", incoming.headers, b"", incoming.body, time.monotonic()
        )
        answer = site.honest(asked)
        return _reply(self.answers.get((name, id(answer)), answer))

    def everything(self) -> list[str]:
        """The address of every page that is asked for with GET, listings and pages of calls."""
        found = []
        for name, site in self.sites.items():
            for one in site.routes:
                if one.method == "GET":
                    query = f"?{urlencode(sorted(one.query))}" if one.query else ""
                    copies = LONG.get(name, 1) if self.long and not site.lists(one) else 1
                    found += [f"/{name}{one.path}{query}"] * copies
        return found


def _reply(answer: Answer) -> Reply:
    head = answer.data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in head[1:])
    headers.pop("Content-Length", None)
    kind = headers.pop("Content-Type", "text/html")
    return Reply(int(head[0].split()[1]), body_of(answer), kind, headers)


if __name__ == "__main__":
    with serving(Everywhere(long=sys.argv[1] == "1")) as server:
        print(server.url, flush=True)
        sys.stdin.read()  # until whoever started it is gone
