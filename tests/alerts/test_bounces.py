"""Letters that come back: whose reports count, which stop letters, and what nobody can forge."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from alerts.bounces import LARGEST, Reading, read_mailbox
from alerts.links import Links
from alerts.mail import message, message_id
from alerts.outbox import build_due, deliver
from alerts.returned import Fault, judge_reply, without_addresses
from storage.bounces import recent
from storage.database import open_database
from storage.errors import BadInput
from storage.letters import Posted, find_letters
from storage.recipients import State, address_key, suppressed
from storage.settings import Settings
from tests.alerts.mailbox import Mailbox, serving
from tests.alerts.reports import COMPLAINT, HOLIDAY, POSTFIX, QMAIL, report
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

SECRET = "s" * 24
SETTINGS = Settings(
    base_url="https://bridges.example.org",
    secret=SECRET,
    contact="office@bridges.example.org",
    mail_to="everybody",
)
KEY = address_key(OLENA.email)


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    made = World(open_database(sqlite_url))
    made.partnership(with_recipients(TOWNS, OLENA, MARTA))
    made.publish(call())
    made.match()
    build_due(made.engine, SETTINGS, MONDAY, known_sources=[PORTAL])
    yield made
    made.engine.dispose()


def posted(world: World) -> Posted:
    with world.engine.begin() as connection:
        return next(one for one in find_letters(connection) if one.letter.address == OLENA.email)


def sent(world: World) -> EmailMessage:
    """The letter to Olena, as it left."""
    return message(posted(world), SETTINGS.contact)


def read(world: World, folder: Path, *raw: bytes, now: datetime = MONDAY + WEEK) -> Reading:
    for number, one in enumerate(raw):
        (folder / f"{number}.eml").write_bytes(one)
    return read_mailbox(world.engine, (SECRET,), folder, now)


def state(world: World) -> State | None:
    with world.engine.begin() as connection:
        return suppressed(connection, KEY)


@pytest.mark.parametrize(
    ("status", "diagnostic", "stopped"),
    [
        ("5.1.1", "550 5.1.1 User unknown", True),
        ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", True),
        ("5.2.1", "550 5.2.1 The account is disabled", True),
        ("5.0.0", "550 5.1.1 <x> not here", True),
        ("5.0.0", "550 No such user here", True),
        ("5.5.0", "550 Requested action not taken: mailbox unavailable", False),
        ("5.2.2", "552 5.2.2 The mailbox is full", False),
        ("5.7.1", "550 5.7.1 Message refused by policy", False),
        ("5.1.8", "550 5.1.8 Sender address rejected", False),
        ("4.4.7", "Delivery time expired", False),
        ("", "", False),
    ],
)
def test_only_a_mailbox_that_does_not_exist_stops_letters(
    world: World, tmp_path: Path, status: str, diagnostic: str, *, stopped: bool
) -> None:
    told = report(POSTFIX, sent(world), status=status, diagnostic=diagnostic)
    found = read(world, tmp_path, told)
    assert (found.stopped, found.held) == (([KEY], []) if stopped else ([], [KEY]))
    assert state(world) is (State.BOUNCED if stopped else None)
    with world.engine.begin() as connection:
        (kept,) = recent(connection, MONDAY + WEEK)
    assert kept.at == datetime(2026, 11, 24, 7, 12, 44, tzinfo=UTC)
    assert "@" not in kept.words


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_what_is_still_tried_or_arrived_is_no_failure(
    world: World, tmp_path: Path, action: str
) -> None:
    found = read(world, tmp_path, report(POSTFIX, sent(world), action=action, status="4.4.1"))
    assert (found.others, found.held, found.stopped) == (1, [], [])


def test_old_servers_are_understood_too(world: World, tmp_path: Path) -> None:
    assert read(world, tmp_path, report(QMAIL, sent(world))).stopped == [KEY]


def test_somebody_on_holiday_stays(world: World, tmp_path: Path) -> None:
    found = read(world, tmp_path, report(HOLIDAY, sent(world)))
    assert (found.others, state(world)) == (1, None)


def test_a_reader_who_complains_gets_no_more_letters(world: World, tmp_path: Path) -> None:
    told = report(COMPLAINT, sent(world))
    assert read(world, tmp_path, told).left == [KEY]
    assert state(world) is State.UNSUBSCRIBED
    assert read(world, tmp_path, told).known == 1


def test_a_forged_report_does_nothing(world: World, tmp_path: Path) -> None:
    """Address, day and form of a letter can be guessed; its Message-ID cannot."""
    forged = sent(world)
    guessed = message_id(posted(world).letter, SETTINGS.contact, "x" * 24)
    assert guessed != forged["Message-ID"]
    forged.replace_header("Message-ID", guessed)
    found = read(world, tmp_path, report(POSTFIX, forged), report(QMAIL, forged))
    assert (found.others, state(world)) == (2, None)


def test_a_forward_that_fails_holds_back_and_does_not_stop(world: World, tmp_path: Path) -> None:
    told = report(POSTFIX, sent(world), address="olena@elsewhere.example.net")
    found = read(world, tmp_path, told)
    assert (found.held, state(world)) == ([KEY], None)


def test_soft_ones_hold_letters_back_for_a_while(world: World, tmp_path: Path) -> None:
    full = {"status": "5.2.2", "diagnostic": "552 5.2.2 full"}
    now = MONDAY + 6 * DAY + timedelta(hours=12)
    told = report(POSTFIX, sent(world), **full).replace(b"Tue, 24 Nov 2026", b"Sun, 29 Nov 2026")
    assert read(world, tmp_path, told, now=now).held == [KEY]
    built = build_due(world.engine, SETTINGS, MONDAY + WEEK - DAY / 24, known_sources=[PORTAL])
    assert [address for address, _ in built.written] == [MARTA.email]
    assert [one.why for one in built.skipped if one.address == OLENA.email] == [
        "its mailbox took no letters; tried again from 2026-11-30 07:12 UTC"
    ]
    built = build_due(world.engine, SETTINGS, MONDAY + WEEK + DAY, known_sources=[PORTAL])
    assert [address for address, _ in built.written] == [OLENA.email]


def test_reading_again_does_nothing_twice(world: World, tmp_path: Path) -> None:
    told = report(POSTFIX, sent(world), status="5.2.2", diagnostic="552 full")
    assert read(world, tmp_path, told).held == [KEY]
    again = read(world, tmp_path, told)
    assert (again.known, again.held) == (1, [])


@pytest.mark.parametrize("kind", ["maildir", "mbox", "file"])
def test_every_kind_of_mailbox_is_read_and_left_as_it_was(
    world: World, tmp_path: Path, kind: str
) -> None:
    told, path = report(POSTFIX, sent(world)), tmp_path / "post" / kind
    path.parent.mkdir()
    if kind == "file":
        path.write_bytes(told)
    else:
        box: mailbox.Maildir | mailbox.mbox
        box = mailbox.Maildir(path) if kind == "maildir" else mailbox.mbox(path)
        box.add(told)
        box.add(b"Subject: hello\n\nNothing for us.\n")
        box.close()
    before = {one: one.read_bytes() for one in path.parent.rglob("*") if one.is_file()}
    found = read_mailbox(world.engine, (SECRET,), path, MONDAY + WEEK)
    assert found.stopped == [KEY]
    assert found.messages == (1 if kind == "file" else 2)
    after = {one: one.read_bytes() for one in path.parent.rglob("*") if one.is_file()}
    assert after == before
    with pytest.raises(BadInput, match="is no mailbox"):
        read_mailbox(world.engine, (SECRET,), tmp_path / "nowhere", MONDAY)


def test_a_mail_program_may_ask_by_letter(world: World, tmp_path: Path) -> None:
    links = Links("https://bridges.example.org", (SECRET,), KEY, MONDAY)
    token = links.unsubscribe().rpartition("/")[2]
    asked = f"From: olena@verbove.example.org\nSubject: unsubscribe {token}\n\n"
    plain = "From: marta@nowadolina.example.org\nSubject: Unsubscribe\n\nPlease.\n"
    found = read(world, tmp_path, asked.encode(), plain.encode(), f"{asked}again".encode())
    assert found.left == [KEY]
    assert state(world) is State.UNSUBSCRIBED
    assert found.by_hand == ["1.eml"], "who is not proven to be the reader is looked at by a person"
    assert found.known == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00\x01" * 50,
        b"Content-Type: multipart/report; boundary=\n\n--\n",
        b"Content-Type: message/delivery-status\n\nnot fields",
        b"Subject: =?utf-8?b?////?=\nDate: yesterday\n\n",
        b"Subject: =?no-such-code?q?x?=\n\n",
    ],
)
def test_whatever_strangers_write_ends_nothing(world: World, tmp_path: Path, raw: bytes) -> None:
    found = read(world, tmp_path, raw, report(POSTFIX, sent(world)))
    assert found.stopped == [KEY]
    assert found.messages == 2


def test_what_is_too_large_is_named(world: World, tmp_path: Path) -> None:
    found = read(world, tmp_path, b"x" * (LARGEST + 1))
    assert found.unreadable == [("0.eml", "too large for a report")]


def test_a_server_that_knows_no_such_mailbox_is_believed_at_the_door(world: World) -> None:
    server = Mailbox(rcpt=lambda to: "550 5.1.1 nobody here" if to == OLENA.email else "250 OK")
    with serving(server):
        settings = SETTINGS.model_copy(update={"mail": server.url})
        deliver(world.engine, settings, MONDAY)
    assert state(world) is State.BOUNCED
    built = build_due(world.engine, SETTINGS, MONDAY + WEEK, known_sources=[PORTAL])
    assert [address for address, _ in built.written] == [MARTA.email]


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        ("550 5.1.1 unknown", Fault.HARD),
        ("550 User unknown", Fault.HARD),
        ("554 5.7.1 Spam", Fault.SOFT),
        ("550 rejected", Fault.SOFT),
        ("552 No such user", Fault.SOFT),
    ],
)
def test_refusals_of_the_letter_are_not_of_the_mailbox(reply: str, fault: Fault) -> None:
    assert judge_reply(reply).fault is fault


def test_words_that_are_kept_hold_no_address() -> None:
    said = without_addresses("<olena@verbove.example.org>: unknown; smtp;550 'Олена@x.org' gone")
    assert said == "<(address)>: unknown; smtp;550 '(address)' gone"
