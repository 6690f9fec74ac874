"""BDNS is asked for a few words, and its titles are looked through if it ignores them."""

from __future__ import annotations

import json

import pytest

from spiders.bdns import Bdns
from tests.crawler.crawling import crawl
from tests.crawler.server import Answer, Asked, Server, page

TITLES = {"1": "Ayudas de comedor escolar", "2": "Redes de ciudades europeas"}


@pytest.mark.parametrize(("announced", "taken"), [(2, ["1", "2"]), (900_000, ["2"])])
def test_only_a_whole_register_is_looked_through(announced: int, taken: list[str]) -> None:
    found = [{"numeroConvocatoria": name, "descripcion": text} for name, text in TITLES.items()]
    asked: list[Asked] = []

    def search(one: Asked) -> Answer:
        asked.append(one)
        return page(json.dumps({"content": found, "totalElements": announced}))

    with Server() as server:
        server.tell("/bdnstrans/api/convocatorias/busqueda", search)
        server.tell(
            "/bdnstrans/api/convocatorias",
            lambda one: page(json.dumps({"descripcion": TITLES[one.target[-1]]})),
        )
        done = crawl(Bdns, server.url)
    assert [call.reference for call in done.items] == taken
    assert "ucrania" in asked[0].target
