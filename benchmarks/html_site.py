"""A site of invented pages of one call each, 30 kB of HTML as public agencies write it.

``python -m benchmarks.html_site N`` serves N of them on 127.0.0.1 and prints its address.
"""

from __future__ import annotations

import sys
from datetime import timedelta

from benchmarks import NOW
from desk.demo.serving import Incoming, Reply, serving
from desk.demo.synthetic import synthetic

SIZE = 30_000
_MENU = "".join(
    f'<li class="menu__item menu__item--level-{level}"><a class="menu__link" '
    f'href="/section/{one}">Section {one} of the agency</a></li>'
    for one in range(110)
    for level in [1 + one % 3]
)
_HEAD = (
    '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    + "".join(f'<link rel="stylesheet" href="/assets/part-{one}.css">' for one in range(8))
    + "<script>window.settings = {"
    + ",".join(f'"feature_{one}": {{"on": {one % 2}, "weight": {one}}}' for one in range(60))
    + "};</script>"
)


def pages(count: int) -> list[bytes]:
    """So many calls: menu and footer as on every page, half of it the call's own part."""
    records = synthetic(count * 26 // 20 + 26, NOW)
    topics = [record for record in records if "descriptionByte" in record["metadata"]]
    cascades = [record for record in records if record["metadata"]["type"] == ["8"]]
    return [
        _page(number, topic["metadata"], cascades[number % len(cascades)]["metadata"])
        for number, topic in enumerate(topics[:count])
    ]


def _page(number: int, call: dict[str, list[str]], rules: dict[str, list[str]]) -> bytes:
    title, who = call["title"][0], rules["beneficiaryAdministration"][0]
    about = call["descriptionByte"][0] + rules["furtherInformation"][0]
    facts = "".join(
        f'<div class="fact"><dt>Fact {one}</dt><dd>{title}</dd></div>' for one in range(8)
    )
    rows = "".join(f"<tr><td>{title}</td><td>{one * 50} 000 EUR</td></tr>" for one in range(1, 7))
    files = "".join(
        f'<li class="file"><a href="/files/{number}/annex-{one}.pdf">Annex {one}: {title}</a>'
        f" <span>PDF, {one * 120} kB</span></li>"
        for one in range(1, 7)
    )
    closes = (NOW + timedelta(days=20 + number % 180)).date()
    body = (
        f"<!doctype html><html lang='en'><head><title>{title}</title>{_HEAD}</head><body>"
        f'<header><nav><ul class="menu">{_MENU}</ul></nav></header>'
        f'<main id="content"><h1>{title}</h1><p class="lead">{title}.</p>'
        f'<p>Closes on <time datetime="{closes}">{closes}</time></p>'
        f'<dl class="facts">{facts}</dl>'
        f'<section class="about"><h2>About the call</h2>{about}'
        f"<table><tr><th>Lot</th><th>Amount</th></tr>{rows}</table></section>"
        f'<section class="who"><h2>Who can apply</h2>{who}</section>'
        f'<section class="files"><h2>Documents</h2><ul>{files}</ul></section></main>'
    )
    footer = "<footer><p>Agency of invented funding</p><!--{}--></footer></body></html>"
    filling = "." * max(0, SIZE - len(body.encode()) - len(footer))
    return (body + footer.format(filling)).encode()


class Agency:
    """The site: ``/calls`` lists every page."""

    def __init__(self, count: int) -> None:
        self.pages = {f"/call/{number}": page for number, page in enumerate(pages(count))}
        links = "".join(f'<li><a class="call" href="{path}">{path}</a></li>' for path in self.pages)
        self.pages["/calls"] = f"<!doctype html><title>Calls</title><ul>{links}</ul>".encode()

    def reply(self, incoming: Incoming) -> Reply:
        """Answer a request for a page; anything else, robots.txt too, is not there."""
        found = self.pages.get(incoming.target)
        return Reply(200 if found else 404, found or b"not found", "text/html; charset=utf-8")


if __name__ == "__main__":
    with serving(Agency(int(sys.argv[1]))) as server:
        print(server.url, flush=True)
        sys.stdin.read()  # until whoever started it is gone
