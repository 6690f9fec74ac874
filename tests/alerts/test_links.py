"""Links are ours or refused, old ones expire (but never those to leave), and hold no address."""

from __future__ import annotations

import base64
import email
from datetime import timedelta
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as some

from alerts.links import (
    CONFIRM_FOR,
    FOR,
    BadLink,
    Do,
    ExpiredLink,
    Grant,
    Links,
    Purpose,
    make_token,
    read_token,
    unsubscribe_headers,
)
from alerts.mail import message
from storage.letters import Letter, LetterState, Posted
from storage.recipients import address_key
from tests.alerts.world import DAY, MONDAY, OLENA, TOWNS

NEW, OLD, OTHER = "n" * 24, "o" * 24, "x" * 24
KEY = address_key(OLENA.email)
CONTACT = "office@bridges.example.org"
LINKS = Links("https://bridges.example.org", (NEW,), KEY, MONDAY)
ANSWER = Grant(Purpose.ANSWER, KEY, TOWNS.id, "o-abcdefghijkl")


def token(grant: Grant = ANSWER, *secrets: str) -> str:
    return make_token(secrets or (NEW,), grant, MONDAY)


@given(partnership=some.text(some.characters(categories=["L", "N"])), opportunity=some.text("o-a1"))
def test_a_link_comes_back_as_it_went(partnership: str, opportunity: str) -> None:
    grant = Grant(Purpose.ANSWER, KEY, partnership, opportunity)
    found = read_token((NEW,), Purpose.ANSWER, token(grant), MONDAY + DAY)
    assert found == grant
    assert found.made == MONDAY


@given(some.data())
def test_a_link_with_one_character_changed_is_refused(data: some.DataObject) -> None:
    made = token()
    place = data.draw(some.integers(0, len(made) - 2))  # the last one has bits to spare
    other = data.draw(some.sampled_from("abcXYZ019-_.é ").filter(lambda one: one != made[place]))
    with pytest.raises(BadLink):
        read_token((NEW,), Purpose.ANSWER, made[:place] + other + made[place + 1 :], MONDAY)


@pytest.mark.parametrize("forged", ["", ".", "a.b.c", "…", "a" * 3000, token()[:-1], token()[1:]])
def test_what_is_no_link_is_refused(forged: str) -> None:
    with pytest.raises(BadLink):
        read_token((NEW,), Purpose.ANSWER, forged, MONDAY)


@pytest.mark.parametrize("purpose", [Purpose.LETTERS, Purpose.UNSUBSCRIBE, Purpose.CONFIRM])
def test_a_link_serves_no_other_purpose(purpose: Purpose) -> None:
    with pytest.raises(BadLink):
        read_token((NEW,), purpose, token(), MONDAY)


@pytest.mark.parametrize(
    ("purpose", "lasts"),
    [(Purpose.ANSWER, FOR), (Purpose.LETTERS, FOR), (Purpose.CONFIRM, CONFIRM_FOR)],
)
def test_links_expire(purpose: Purpose, lasts: timedelta) -> None:
    made = token(Grant(purpose, KEY))
    assert read_token((NEW,), purpose, made, MONDAY + lasts).recipient == KEY
    with pytest.raises(ExpiredLink) as caught:
        read_token((NEW,), purpose, made, MONDAY + lasts + timedelta(seconds=1))
    assert caught.value.grant == Grant(purpose, KEY)


def test_a_link_to_leave_never_expires() -> None:
    made = token(Grant(Purpose.UNSUBSCRIBE, KEY))
    assert read_token((NEW,), Purpose.UNSUBSCRIBE, made, MONDAY + 20_000 * DAY).recipient == KEY


def test_a_new_secret_signs_and_former_ones_are_honoured() -> None:
    made = token(ANSWER, OLD)
    assert read_token((NEW, OLD), Purpose.ANSWER, made, MONDAY) == ANSWER
    assert token(ANSWER, NEW, OLD) == token(ANSWER, NEW) != made
    for secrets in ((NEW,), (OTHER,)):
        with pytest.raises(BadLink):
            read_token(secrets, Purpose.ANSWER, made, MONDAY)


def test_a_link_holds_no_address() -> None:
    packed = token().partition(".")[0]
    held = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    assert b"olena" not in held.lower()
    assert b"@" not in held.replace(bytes.fromhex(KEY), b"")
    url = LINKS.answer(TOWNS.id, "o-1", Do.LEAD)
    assert url.startswith("https://bridges.example.org/answer/")
    assert url.endswith("?do=lead")


def test_mail_programs_find_where_to_unsubscribe() -> None:
    """Python would write a long address as an encoded word; RFC 8058 wants it as it is."""
    letter = Letter("digest", OLENA.email, "1", "Тема", "text", "<p>text", {})
    headers = unsubscribe_headers(LINKS, CONTACT)
    posted = Posted(
        1, "key", Letter(letter.kind, letter.address, "1", "Тема", "text", "<p>text", headers),
        "<1@bridges.example.org>", MONDAY, LetterState.PENDING, MONDAY, MONDAY, 0,
    )  # fmt: skip
    raw = message(posted, CONTACT).as_bytes()
    assert f"List-Unsubscribe: <{LINKS.unsubscribe()}>,\r\n <mailto:{CONTACT}".encode() in raw
    found = email.message_from_bytes(raw, policy=default)
    url, mailto = found["List-Unsubscribe"].split(", ")
    assert url == f"<{LINKS.unsubscribe()}>"
    assert mailto.startswith(f"<mailto:{CONTACT}?subject=unsubscribe%20")
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert max(map(len, raw.splitlines())) < 998


def test_one_click_is_offered_over_https_only() -> None:
    plain = Links("http://bridges.example.org", (NEW,), KEY, MONDAY)
    assert "List-Unsubscribe-Post" not in unsubscribe_headers(plain, CONTACT)
    assert unsubscribe_headers(None, CONTACT) == {
        "List-Unsubscribe": f"<mailto:{CONTACT}?subject=unsubscribe>"
    }
