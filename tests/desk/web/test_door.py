"""What comes in too large, too often or to nowhere; and a database that is away."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from alerts.links import Do
from desk.web.door import LONGEST, MOST
from desk.web.holding import STRANGE, WISHES
from storage.opportunities import opportunity_id
from storage.recipients import State, address_key, suppressed
from tests.alerts.world import MARTA, TOWNS, World
from tests.desk.web.pages import SETTINGS, Visitor

WATER = opportunity_id("eu_portal:WATER-1")


def test_other_addresses_are_told_in_words(visitor: Visitor) -> None:
    page = visitor.get("/admin.php", "de")
    assert (page.status, page.language) == (404, "de")
    assert visitor.client.get("/" + "x" * LONGEST).status_code == 404
    assert visitor.client.get("/openapi.json").status_code == 404
    style = visitor.client.get("/style.css")
    assert style.headers["content-type"].startswith("text/css")
    assert style.headers["cache-control"] == "max-age=3600"
    assert "Disallow: /" in visitor.client.get("/robots.txt").text


@pytest.mark.parametrize("chunked", [False, True])
def test_too_much_is_refused(visitor: Visitor, *, chunked: bool) -> None:
    body = b"do=" + b"x" * MOST
    content = iter([body[: MOST // 2], body[MOST // 2 :]]) if chunked else body
    url = visitor.links(MARTA).answer(TOWNS.id, WATER, Do.USEFUL)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert visitor.client.post(url, content=content, headers=headers).status_code == 413


def test_who_tries_links_that_are_not_ours_is_slowed_down(world: World, visitor: Visitor) -> None:
    limiter = visitor.app.app.state.place.limiter
    for _ in range(29):
        limiter.hit(STRANGE, "strange", "testclient")
    assert [visitor.client.get("/letters/x").status_code for _ in range(2)] == [404, 429]
    assert visitor.client.get("/letters/x").headers["retry-after"] == "60"
    assert visitor.get(visitor.links(MARTA).letters()).status == 200, "ours are always served"
    url = visitor.links(MARTA).answer(TOWNS.id, WATER)
    for _ in range(59):
        limiter.hit(WISHES, "wishes", address_key(MARTA.email))
    statuses = [visitor.client.post(url, data={"do": "useful"}).status_code for _ in range(2)]
    assert statuses == [200, 429]
    for _ in range(2):
        assert visitor.client.post(visitor.links(MARTA).unsubscribe()).status_code == 200
    with world.engine.begin() as connection:
        assert suppressed(connection, address_key(MARTA.email)) is State.UNSUBSCRIBED


def test_a_database_that_is_away_is_told_so(world: World, visitor: Visitor, tmp_path: Path) -> None:
    world.engine.dispose()
    (tmp_path / "bridges.db").rename(tmp_path / "elsewhere.db")
    (tmp_path / "bridges.db").mkdir()
    page = visitor.post(visitor.links(MARTA).unsubscribe())
    assert page.status == 503
    assert "Try again in some minutes: the link stays good." in page.text
    assert page.response.headers["retry-after"] == "60"


def test_a_mistake_of_ours_shows_nothing_of_itself(sqlite_url: str) -> None:
    broken = sa.create_engine(sqlite_url.replace("bridges.db", "none.db"))
    page = Visitor(broken).get(Visitor(broken).links(MARTA).letters())
    assert page.status == 500
    assert "sqlite" not in page.response.text.casefold()
    broken.dispose()


def test_behind_a_path_the_style_is_found(world: World) -> None:
    there = SETTINGS.model_copy(update={"base_url": "https://example.org/bridges"})
    visitor = Visitor(world.engine, settings=there)
    page = visitor.get("/bridges/letters/x")
    style = page.html.find("link", rel="stylesheet")
    assert style is not None
    assert style["href"] == "/bridges/style.css"
    for url in ("/bridges/style.css", "/style.css"):  # whether the path is cut off or not
        assert visitor.client.get(url).status_code == 200
