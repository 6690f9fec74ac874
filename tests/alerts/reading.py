"""A letter as a test reads it: written for somebody, and its page known to be sound."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup

from alerts.digest import build_digest
from alerts.letter import Rendered, render
from alerts.links import Links
from alerts.receipt import Source
from storage.domain import Recipient
from tests.alerts.world import MONDAY, OLENA, PORTAL, TOWNS, World, call

BASE = "https://bridges.example.org"


def letter(
    world: World,
    recipient: Recipient = OLENA,
    *towns,
    now=MONDAY,
    sources: tuple[Source, ...] = (PORTAL,),
    links: Links | None = None,
) -> Rendered:
    with world.engine.begin() as connection:
        digest = build_digest(connection, recipient, towns or (TOWNS,), now, known_sources=sources)
    return render(digest, base_url=BASE, contact="office@bridges.example.org", links=links)


def one_call(world: World, *, reasons: tuple[str, ...] = (), **said) -> None:
    world.partnership()
    world.publish(call(**said))
    world.match(reasons=reasons)


def sound(html: str) -> BeautifulSoup:
    """The letter parsed as a browser would, and known to hold nothing that acts."""
    page = BeautifulSoup(html, "lxml")
    tags = {tag.name for tag in page.find_all()}
    assert tags <= {
        "html", "head", "meta", "title", "style", "body", "div", "span", "h1", "h2", "h3", "p",
        "a", "b", "s", "br", "h4", "table", "tr", "td",
    }  # fmt: skip
    for tag in page.find_all():
        assert set(tag.attrs) <= {
            "lang", "dir", "class", "style", "href", "charset", "name", "content", "role", "width",
            "cellpadding", "cellspacing", "border", "bgcolor", "align", "aria-hidden",
        }, tag  # fmt: skip
    for link in page.find_all("a"):
        assert re.match(r"https?://", str(link["href"])), link
    return page
