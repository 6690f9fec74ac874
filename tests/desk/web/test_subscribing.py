"""Leaving, coming back, pausing, choosing and agreeing, by links alone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest

from alerts.confirmation import AGAIN, KIND
from alerts.links import CONFIRM_FOR
from alerts.outbox import Built, build_due, deliver
from storage.domain import Frequency, Recipient
from storage.letters import LetterState, find_letters
from storage.partnerships import get_partnership
from storage.recipients import State, address_key, suppressed
from storage.recipients import replace as import_recipients
from tests.alerts.mailbox import Mailbox, serving
from tests.alerts.world import (
    DAY,
    MARTA,
    MONDAY,
    OLENA,
    PORTAL,
    TOWNS,
    WEEK,
    World,
    with_recipients,
)
from tests.desk.web.pages import SETTINGS, Visitor

ROADS = replace(TOWNS, id="verbove-lublin", name="Verbove – Lublin", recipients=(MARTA,))


def recipients(world: World, partnership: str = TOWNS.id) -> list[str]:
    with world.engine.begin() as connection:
        return [one.email for one in get_partnership(connection, partnership).recipients]


def marta(world: World) -> Recipient:
    with world.engine.begin() as connection:
        return get_partnership(connection, TOWNS.id).recipients[1]


def build(world: World, now: datetime) -> Built:
    return build_due(world.engine, SETTINGS, now, known_sources=[PORTAL])


def written(built: Built) -> list[str]:
    return [address for address, _ in built.written]


def test_following_the_link_to_leave_changes_nothing(world: World, visitor: Visitor) -> None:
    url = visitor.links(MARTA).unsubscribe()
    assert visitor.get(url).status == 200
    assert visitor.client.head(url).status_code == 200
    assert visitor.client.options(url).status_code == 405
    assert MARTA.email in recipients(world)


@pytest.mark.parametrize("encoding", ["form", "multipart"])
def test_one_click_of_a_mail_program_stops_all(
    world: World, visitor: Visitor, encoding: str
) -> None:
    """RFC 8058 allows either encoding; no page, cookie or second request takes part."""
    world.partnership(ROADS)
    build(world, MONDAY)
    mailbox = Mailbox()
    with serving(mailbox):
        deliver(world.engine, SETTINGS.model_copy(update={"mail": mailbox.url}), MONDAY)
    (mail,) = [one for one in mailbox.taken if one["To"] == MARTA.email]
    url = one_click(mail)
    visitor.now = MONDAY + 3000 * DAY
    fields = {"List-Unsubscribe": "One-Click"}
    sent = (
        {"data": fields}
        if encoding == "form"
        else {"files": {k: (None, v) for k, v in fields.items()}}
    )
    for _ in range(2):
        response = visitor.client.post(url, follow_redirects=False, **sent)  # type: ignore[arg-type]
        assert response.status_code == 200
    assert MARTA.email not in recipients(world) + recipients(world, ROADS.id)
    with world.engine.begin() as connection:
        refused = import_recipients(connection, ROADS.id, [MARTA], visitor.now)
    assert refused == [(MARTA.email, State.UNSUBSCRIBED)]


def one_click(mail: EmailMessage) -> str:
    """What a mail provider posts to: the https address of a letter that offers one click."""
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.match(r"<(https://[^>]+)>", mail["List-Unsubscribe"])
    assert found
    return found[1]


def test_leaving_stops_what_waits_and_coming_back_lets_it_go(
    world: World, visitor: Visitor
) -> None:
    build(world, MONDAY)
    page = visitor.press(visitor.get(visitor.links(MARTA).unsubscribe()), "Stop all letters")
    assert page.said == "Done. You get no more of these letters."
    with world.engine.begin() as connection:
        states = {one.letter.address: one.state for one in find_letters(connection)}
    assert states == {OLENA.email: LetterState.PENDING, MARTA.email: LetterState.FAILED}
    assert written(build(world, MONDAY + WEEK)) == [OLENA.email]
    page = visitor.press(page, "I want letters again")
    assert page.said == "Done. You get these letters again."
    with world.engine.begin() as connection:
        assert len(find_letters(connection, [LetterState.PENDING])) == 3
    assert MARTA.email in recipients(world)


def test_one_may_leave_one_partnership_only(world: World, visitor: Visitor) -> None:
    world.partnership(ROADS)
    page = visitor.get(visitor.links(MARTA).unsubscribe())
    assert "Verbove – Lublin" in page.text
    page = visitor.post(str(page.response.url), only=ROADS.id)
    assert recipients(world, ROADS.id) == []
    assert MARTA.email in recipients(world)
    assert "You left these" in page.text
    visitor.press(page, "I want them again")
    assert recipients(world, ROADS.id) == [MARTA.email]
    url = str(page.response.url)
    assert visitor.post(url, only="somewhere").status == 400
    visitor.post(url, only=ROADS.id)
    visitor.post(url)
    late = visitor.post(url, only=ROADS.id, do="back")
    assert late.said == ""
    assert recipients(world, ROADS.id) == []


def test_who_left_long_ago_confirms_first(world: World, visitor: Visitor) -> None:
    """An old letter may be in anybody's hands: it subscribes nobody."""
    url = visitor.links(MARTA).unsubscribe()
    visitor.post(url)
    visitor.now = MONDAY + 31 * DAY
    page = visitor.post(url, do="back")
    assert "we first send you a letter in which you confirm it" in page.said
    assert marta(world).consent is None
    built = build(world, visitor.now)
    assert written(built) == [OLENA.email]
    assert [address for address, _ in built.asked] == [MARTA.email]


def test_a_pause_holds_letters_back_until_its_day(world: World, visitor: Visitor) -> None:
    page = visitor.get(visitor.links(MARTA).letters())
    page = visitor.press(page, "two weeks")
    assert page.said == "Noted. Letters come again from 7 December 2026."
    assert written(build(world, MONDAY)) == [OLENA.email]
    assert MARTA.email not in written(build(world, datetime(2026, 12, 6, 22, tzinfo=MONDAY.tzinfo)))
    page = visitor.press(page, "End the pause now")
    assert page.said == "Noted. Letters come again."
    page = visitor.press(page, "Pause", until="2027-01-07")
    assert "7 January 2027" in page.said
    assert MARTA.email in written(build(world, datetime(2027, 1, 6, 23, tzinfo=MONDAY.tzinfo)))


@pytest.mark.parametrize("until", ["", "2026-11-23", "2028-01-01", "soon", "2026-13-01"])
def test_a_day_that_cannot_be_is_refused(world: World, visitor: Visitor, until: str) -> None:
    page = visitor.post(visitor.links(MARTA).letters(), do="pause", until=until)
    assert page.status == 400
    assert "Choose a day between tomorrow and one year from now." in page.text
    assert MARTA.email in written(build(world, MONDAY))


def test_what_is_chosen_holds_whatever_is_imported(world: World, visitor: Visitor) -> None:
    page = visitor.get(visitor.links(MARTA).letters())
    page = visitor.press(page, "Save", frequency="monthly", language="ro")
    assert page.language == "ro"
    assert page.said == "Notat. Se aplică de la următoarea scrisoare."
    world.partnership(with_recipients(TOWNS, OLENA, MARTA))
    found = marta(world)
    assert (found.language, found.frequency, found.receipt) == ("ro", Frequency.MONTHLY, True)
    assert visitor.post(visitor.links(MARTA).letters(), do="choose", frequency="x").status == 400


@pytest.mark.parametrize("language", ["en", "uk", "pl", "de", "fr", "ro"])
def test_pages_are_in_the_language_of_the_recipient(
    world: World, visitor: Visitor, language: str
) -> None:
    world.partnership(with_recipients(TOWNS, replace(MARTA, language=language)))
    links = visitor.links(MARTA)
    pages = [visitor.get(url) for url in (links.letters(), links.unsubscribe(), links.confirm())]
    assert [page.language for page in pages] == [language] * 3
    assert len({page.text for page in pages}) == 3


def test_dismissed_calls_are_listed_and_brought_back(world: World, visitor: Visitor) -> None:
    answer = visitor.links(OLENA).answer(TOWNS.id, next(iter(world.known.values())).id)
    visitor.post(answer, do="dismiss", town="Verbove")
    page = visitor.get(visitor.links(MARTA).letters())
    assert "Water for small towns" in page.text
    page = visitor.press(page, "Show it again")
    assert page.said == "Taken back: letters show this call again."
    assert "Water for small towns" not in page.text


def test_who_did_not_agree_is_asked_once_and_once_more(world: World) -> None:
    world.partnership(with_recipients(TOWNS, OLENA, replace(MARTA, consent=None)))
    for days in (0, 1, 13, 14, 15, 28, 100):
        world.partnership(with_recipients(TOWNS, OLENA, replace(MARTA, consent=None)))
        built = build(world, MONDAY + timedelta(days=days))
        assert bool(built.asked) is (days in {0, AGAIN.days}), days
        assert MARTA.email not in written(built)
    with world.engine.begin() as connection:
        asked = [one.letter for one in find_letters(connection) if one.letter.kind == KIND]
        states = [one.state for one in find_letters(connection) if one.letter.kind == KIND]
    assert states == ["failed", "pending"], "the first never left, so only the second does"
    assert "Verbove – Nowa Dolina" in asked[0].text
    assert "https://bridges.example.org/confirm/" in asked[0].text
    assert "List-Unsubscribe-Post" in asked[0].headers


def test_agreeing_starts_letters(world: World, visitor: Visitor) -> None:
    world.partnership(with_recipients(TOWNS, OLENA, replace(MARTA, consent=None)))
    page = visitor.get(visitor.links(MARTA).confirm())
    assert marta(world).consent is None
    page = visitor.press(page, "Yes, write to me")
    assert page.said == "Thank you. You get our letters from now on."
    assert marta(world).consent == "confirmed by link 2026-11-23"
    world.partnership(with_recipients(TOWNS, OLENA, replace(MARTA, consent=None)))
    assert written(build(world, MONDAY)) == [OLENA.email, MARTA.email]
    assert visitor.get(visitor.links(MARTA).confirm()).text.startswith("You get our letters")


def test_refusing_is_for_good_and_can_be_undone(world: World, visitor: Visitor) -> None:
    world.partnership(with_recipients(TOWNS, OLENA, replace(MARTA, consent=None)))
    page = visitor.press(visitor.get(visitor.links(MARTA).confirm()), "No, never write to me")
    assert page.said == "Done. We will not write to you."
    with world.engine.begin() as connection:
        assert suppressed(connection, address_key(MARTA.email)) is State.UNSUBSCRIBED
    assert not build(world, MONDAY).asked
    visitor.press(page, "I want letters again")
    assert build(world, MONDAY).asked


def test_a_question_expires(world: World, visitor: Visitor) -> None:
    world.partnership(with_recipients(TOWNS, OLENA, replace(MARTA, consent=None)))
    visitor.now = MONDAY + CONFIRM_FOR + DAY
    page = visitor.post(visitor.links(MARTA).confirm(), do="yes")
    assert page.status == 410
    assert "we do not write to you" in page.text
    assert marta(world).consent is None


def test_leaving_works_for_an_address_that_is_on_no_list_any_more(
    world: World, visitor: Visitor
) -> None:
    world.partnership(with_recipients(TOWNS, OLENA))
    page = visitor.post(visitor.links(MARTA).unsubscribe())
    assert page.status == 200
    with world.engine.begin() as connection:
        assert suppressed(connection, address_key(MARTA.email)) is State.UNSUBSCRIBED
