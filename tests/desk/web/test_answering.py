"""The page of an answer: looking changes nothing, pressing does, and all can be taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts import wishes
from alerts.links import FOR, Do
from alerts.outbox import build_due
from storage.answers import Answer, answers_of, dismissed, marked
from storage.domain import Partner
from storage.feedback import Mark, marks_of
from storage.letters import find_letters
from storage.opportunities import opportunity_id
from storage.recipients import State, set_state
from tests.alerts.world import DAY, MARTA, MONDAY, OLENA, PORTAL, TOWNS, World
from tests.desk.web.pages import BASE, SETTINGS, Visitor

WATER, SCHOOLS = opportunity_id("eu_portal:WATER-1"), opportunity_id("eu_portal:SCHOOLS")


def link(visitor: Visitor, do: Do | None = None, opportunity: str = WATER) -> str:
    return visitor.links(MARTA).answer(TOWNS.id, opportunity, do)


def answers(world: World) -> list[tuple[str, Answer]]:
    with world.engine.begin() as connection:
        return [(one.town, one.answer) for one in answers_of(connection, TOWNS.id)]


def marks(world: World) -> list[Mark]:
    with world.engine.begin() as connection:
        return [one.mark for one in marks_of(connection, TOWNS.id)]


def test_looking_changes_nothing(world: World, visitor: Visitor) -> None:
    for do in Do:
        page = visitor.get(link(visitor, do))
        assert page.status == 200
        assert page.language == "en"
        assert "Water for small towns" in page.text
        head = visitor.client.head(link(visitor, do))
        assert (head.status_code, head.content) == (200, b"")
    assert marks(world) == []
    assert answers(world) == []


def test_the_answer_of_the_link_comes_first(visitor: Visitor) -> None:
    page = visitor.get(link(visitor, Do.NOT_FOR_US))
    buttons = [one.get_text() for one in page.html.find_all("button")]
    assert buttons == [
        "Not for us", "Useful", "We would lead", "We would join", "Never show it again",
    ]  # fmt: skip
    other = visitor.get(link(visitor, Do.JOIN)).html.find_all("button")
    assert [one.get_text() for one in other][:2] == ["We would join", "We would lead"]
    assert "first" in page.html.find_all("button")[0]["class"]
    assert page.html.find("a", href="https://funding.example.eu/calls/WATER-1") is not None


def test_useful_is_noted_once_and_taken_back(world: World, visitor: Visitor) -> None:
    page = visitor.press(visitor.get(link(visitor, Do.USEFUL)), "Useful")
    assert page.said.startswith("Noted: Useful. We remind you 30, 14 and 3 days before")
    page = visitor.press(page, "Useful")
    assert marks(world) == [Mark.USEFUL]
    with world.engine.begin() as connection:
        assert marked(connection, TOWNS.id) == {WATER}
    page = visitor.press(page, "Not for us")
    assert marks(world) == [Mark.NOT_FOR_US]
    page = visitor.press(page, "Take it back")
    assert page.said == "Taken back."
    assert marks(world) == []


def test_a_town_says_that_it_would_lead(world: World, visitor: Visitor) -> None:
    page = visitor.get(link(visitor, Do.LEAD))
    assert page.html.find("input", checked=True) is None, "English tells no town"
    asked = visitor.press(page, "We would lead")
    assert asked.status == 400
    assert "Say first for whom you answer." in asked.text
    assert answers(world) == []
    done = visitor.press(asked, "We would lead", town="Nowa Dolina")
    assert "Nowa Dolina would lead." in done.text
    assert answers(world) == [("Nowa Dolina", Answer.LEAD)]
    again = visitor.get(link(visitor, Do.JOIN, SCHOOLS))
    chosen = again.html.find("input", checked=True)
    assert chosen is not None
    assert chosen["value"] == "Nowa Dolina"
    visitor.press(done, "Take it back")
    assert answers(world) == [("Nowa Dolina", Answer.TAKEN_BACK)]


def test_the_language_of_a_recipient_tells_its_town(world: World, visitor: Visitor) -> None:
    page = visitor.get(visitor.links(OLENA).answer(TOWNS.id, WATER, Do.JOIN))
    assert page.language == "uk"
    page = visitor.press(page, "Ми приєдналися б")
    assert answers(world) == [("Verbove", Answer.JOIN)]
    assert "Verbove: готові приєднатися." in page.text


def test_never_again_is_for_all_and_any_can_undo_it(world: World, visitor: Visitor) -> None:
    page = visitor.press(visitor.get(link(visitor, Do.DISMISS)), "Never show", town="*")
    assert "Your partnership does not want to see this call again" in page.text
    with world.engine.begin() as connection:
        assert dismissed(connection, TOWNS.id) == {WATER}
    theirs = visitor.get(visitor.links(OLENA).answer(TOWNS.id, WATER))
    visitor.press(theirs, "Скасувати")
    with world.engine.begin() as connection:
        assert dismissed(connection, TOWNS.id) == frozenset()


@pytest.mark.parametrize(
    "fields",
    [{}, {"do": "everything"}, {"do": "lead", "town": "Berlin"}, {"do": "USEFUL"}],
)
def test_what_no_button_sends_is_refused(
    world: World, visitor: Visitor, fields: dict[str, str]
) -> None:
    page = visitor.post(link(visitor), **fields)
    assert page.status == 400
    assert "Nothing was changed" in page.text
    assert marks(world) == answers(world) == []


def test_an_expired_link_says_what_to_do(world: World, visitor: Visitor) -> None:
    visitor.now = MONDAY + FOR + timedelta(seconds=1)
    for page in (visitor.get(link(visitor)), visitor.post(link(visitor), do="useful")):
        assert page.status == 410
        assert "Take the same link in your newest letter." in page.text
        assert "office@bridges.example.org" in page.text
    assert marks(world) == []


def test_a_forged_link_is_refused_in_the_language_of_the_browser(
    world: World, visitor: Visitor
) -> None:
    forged = link(visitor)[:-2]
    assert visitor.get(forged).status == 404
    page = visitor.get(forged, "xx-YY, pl-PL;q=0.9, en;q=0.5")
    assert page.language == "pl"
    assert "Ten odnośnik jest niepełny" in page.text
    other = visitor.links(MARTA).letters().replace("/letters/", "/answer/")
    assert visitor.post(other, do="useful").status == 404
    assert marks(world) == []


def test_pages_lead_on_but_never_for_longer(visitor: Visitor) -> None:
    page = visitor.get(link(visitor))
    found = page.html.find("a", string="Pause, frequency, language")
    assert found is not None
    url = BASE + str(found["href"])
    assert url == visitor.links(MARTA).letters()
    visitor.now = MONDAY + FOR + DAY
    assert visitor.get(url).status == 410


def test_who_left_answers_no_more(world: World, visitor: Visitor) -> None:
    with world.engine.begin() as connection:
        set_state(connection, MARTA.email, State.UNSUBSCRIBED, MONDAY, partnership=TOWNS.id)
    page = visitor.post(link(visitor), do="useful")
    assert page.status == 410
    assert marks(world) == []


def test_a_title_of_markup_is_only_words(visitor: Visitor) -> None:
    page = visitor.get(link(visitor, opportunity=SCHOOLS))
    assert "Warm <b>schools</b>" in page.text
    assert visitor.get(link(visitor, opportunity="o-unknown")).status == 410


def test_a_partner_who_is_gone_is_not_chosen() -> None:
    wish = wishes.Preferences(towns={TOWNS.id: "Berlin"})
    assert wishes.speaks_for(TOWNS, OLENA, wish) == "Verbove"
    two = (*TOWNS.partners, Partner("Lviv", "UA"))
    towns = type(TOWNS)(TOWNS.id, TOWNS.name, two)
    assert wishes.speaks_for(towns, OLENA, wish) is None


def test_the_links_in_a_letter_lead_here(world: World, visitor: Visitor) -> None:
    build_due(world.engine, SETTINGS, MONDAY, known_sources=[PORTAL])
    with world.engine.begin() as connection:
        texts = [one.letter.text for one in find_letters(connection)]
    urls = [word for text in texts for word in text.split() if word.startswith(f"{BASE}/")]
    ours = [url for url in urls if "/calls" not in url]
    assert len(ours) == 2 * (2 + 2)
    assert {visitor.get(url).status for url in ours} == {200}
