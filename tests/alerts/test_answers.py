"""What towns answer is told to their partners once, stands on cards, and can leave calls out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from alerts import wishes
from alerts.digest import build_digest
from alerts.letter import Rendered, render
from alerts.links import Do, Links
from alerts.nouns import Digest
from alerts.outbox import build_due
from storage.database import open_database
from storage.domain import Recipient
from storage.letters import find_letters
from storage.opportunities import opportunity_id
from storage.recipients import address_key
from storage.settings import Settings
from tests.alerts.world import (
    DAY,
    MARTA,
    MONDAY,
    OLENA,
    PORTAL,
    TOWNS,
    WEEK,
    World,
    call,
    with_recipients,
)

BASE = "https://bridges.example.org"
SETTINGS = Settings(base_url=BASE, secret="s" * 20)
WATER, SCHOOLS = opportunity_id("eu_portal:WATER-1"), opportunity_id("eu_portal:SCHOOLS")


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    made = World(open_database(sqlite_url))
    made.partnership(with_recipients(TOWNS, OLENA, MARTA))
    made.publish(call(), call("SCHOOLS", "Warm schools"))
    made.match()
    yield made
    made.engine.dispose()


def answer(world: World, do: Do, town: str, who: Recipient = MARTA, at: datetime = MONDAY) -> None:
    with world.engine.begin() as connection:
        wishes.answer(connection, TOWNS.id, WATER, do, town, address_key(who.email), at)


def digest(world: World, who: Recipient, now: datetime) -> Digest:
    with world.engine.begin() as connection:
        return build_digest(connection, who, world.towns, now, known_sources=[PORTAL])


def letter(world: World, who: Recipient, now: datetime) -> Rendered:
    links = Links(BASE, (SETTINGS.secret,), address_key(who.email), now)
    return render(digest(world, who, now), base_url=BASE, contact="a@b.org", links=links)


def send(world: World, now: datetime) -> None:
    build_due(world.engine, SETTINGS, now, known_sources=[PORTAL])


def newest(world: World, who: Recipient) -> str:
    with world.engine.begin() as connection:
        found = [one for one in find_letters(connection) if one.letter.address == who.email]
    return found[-1].letter.text


def test_every_card_can_be_answered_and_every_letter_left(world: World) -> None:
    shown = letter(world, OLENA, MONDAY)
    for do in Do:
        assert shown.html.count(f"?do={do.value}") == 2
    assert shown.text.count("Ваша відповідь: https://bridges.example.org/answer/") == 2
    for word in ("Корисний", "Не для нас", "Відписатися", "Пауза, частота, мова"):
        assert f">{word}</a>" in shown.html
    assert "/unsubscribe/" in shown.text
    assert "/letters/" in shown.text
    assert len(shown.html.encode()) < 30_000


def test_without_pages_nothing_is_offered(world: World) -> None:
    shown = render(digest(world, OLENA, MONDAY), base_url="", contact="a@b.org")
    assert "Відписатися" not in shown.html + shown.text
    assert "Ваша відповідь" not in shown.html + shown.text


def test_partners_are_told_once_who_would_lead(world: World) -> None:
    send(world, MONDAY)
    answer(world, Do.LEAD, "Nowa Dolina", at=MONDAY + DAY)
    send(world, MONDAY + WEEK)
    told = newest(world, OLENA)
    assert "Nowa Dolina: готові очолити заявку: Water for small towns" in told.replace("\n  ", " ")
    with world.engine.begin() as connection:
        olenas = [one for one in find_letters(connection) if one.letter.address == OLENA.email]
    assert olenas[-1].letter.subject.endswith(": 1 відповідь")
    assert "would lead" not in newest(world, MARTA), "her own answer is no news to her"
    send(world, MONDAY + 2 * WEEK)
    assert "готові очолити заявку: Water" not in newest(world, OLENA).replace("\n  ", " ")


def test_an_answer_stands_on_the_card_for_all(world: World) -> None:
    answer(world, Do.LEAD, "Nowa Dolina")
    answer(world, Do.JOIN, "Verbove", OLENA)
    shown = letter(world, MARTA, MONDAY)
    assert "Nowa Dolina would lead. Verbove would join." in shown.text
    assert "Nowa Dolina would lead. Verbove would join." in shown.html


def test_an_answer_taken_back_is_told_to_those_who_were_told_of_it(world: World) -> None:
    key = address_key(MARTA.email)
    send(world, MONDAY)
    answer(world, Do.LEAD, "Nowa Dolina", at=MONDAY + DAY)
    send(world, MONDAY + WEEK)
    with world.engine.begin() as connection:
        now = MONDAY + WEEK + DAY
        wishes.take_back_answer(connection, TOWNS.id, WATER, "Nowa Dolina", key, now)
    send(world, MONDAY + 2 * WEEK)
    assert "Nowa Dolina: відповідь відкликано" in newest(world, OLENA)
    with world.engine.begin() as connection:
        for do in (wishes.answer, wishes.take_back_answer):
            extra = (Do.LEAD,) if do is wishes.answer else ()
            do(connection, TOWNS.id, SCHOOLS, *extra, "Nowa Dolina", key, now)
    assert not digest(world, OLENA, MONDAY + 2 * WEEK + DAY).sections[0].answered


def test_a_dismissed_call_is_told_once_then_never_and_comes_back(world: World) -> None:
    answer(world, Do.DISMISS, "Nowa Dolina")
    shown = letter(world, OLENA, MONDAY)
    assert "Warm schools" in shown.text
    assert "bring" not in shown.text
    assert "Nowa Dolina: просять більше не показувати" in shown.text
    assert "1 конкурс пропущено" in shown.text
    assert [one.call.title for one in digest(world, OLENA, MONDAY).sections[0].new] == [
        "Warm schools"
    ]
    send(world, MONDAY)
    world.publish(call(deadlines=()), now=MONDAY + DAY)
    world.match(MONDAY + DAY)
    later = digest(world, OLENA, MONDAY + 2 * DAY).sections[0]
    assert later.empty
    assert later.dismissed == 1
    with world.engine.begin() as connection:
        assert wishes.show_again(connection, TOWNS.id, WATER, "", MONDAY + DAY)
    again = digest(world, OLENA, MONDAY + 2 * DAY).sections[0]
    assert [one.call.title for one in again.new] == ["Water for small towns"]
    assert again.dismissed == 0
