"""Previewing and sending digests at the command line."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage.database import open_database
from storage.letters import find_letters
from storage.sending import claim
from tests.alerts.mailbox import Mailbox, free_port, serving
from tests.alerts.world import MARTA, MONDAY, OLENA, TOWNS, World, call, with_recipients
from tests.desk.making import House

AT = MONDAY.isoformat()
LATER = "2026-11-30T09:00:00+00:00"


@pytest.fixture
def world(house: House) -> Iterator[World]:
    engine = open_database(house.url)
    made = World(engine)
    made.partnership(with_recipients(TOWNS, OLENA, MARTA))
    made.publish(call())
    made.match()
    made.harvest()
    yield made
    engine.dispose()


def letters(world: World) -> int:
    with world.engine.begin() as connection:
        return len(find_letters(connection))


def test_preview_shows_every_recipient_s_letter_and_keeps_nothing(
    house: House, world: World
) -> None:
    shown = house.ask("digest", "preview", TOWNS.id, now=AT)
    assert shown.exit_code == 0
    assert "To: olena@verbove.example.org\nSubject: Verbove – Nowa Dolina: 1 новий" in shown.stdout
    assert "To: marta@nowadolina.example.org\nSubject: Verbove – Nowa Dolina: 1 new" in shown.stdout
    assert letters(world) == 0
    assert house.ask("digest", "preview", TOWNS.id, now=AT).stdout == shown.stdout


def test_preview_writes_files_to_look_at(house: House, world: World) -> None:
    shown = house.ask("digest", "preview", TOWNS.id, "--out", "look", now=AT)
    assert shown.exit_code == 0, shown.output
    files = sorted(path.suffix for path in (house.folder / "look").iterdir())
    assert files == [".eml", ".eml", ".html", ".html", ".txt", ".txt"]
    assert all(Path(line).is_file() for line in shown.stdout.splitlines())
    assert letters(world) == 0


def test_preview_as_json(house: House, world: World) -> None:  # noqa: ARG001 - it holds calls
    shown = house.ask("digest", "preview", TOWNS.id, "--json", now=AT)
    first, second = (json.loads(line) for line in shown.stdout.splitlines())
    assert first["recipient"] == OLENA.email
    assert second["html"].startswith("<!doctype html>")
    assert first["files"] == []


def test_preview_of_a_partnership_without_recipients(house: House, world: World) -> None:
    world.partnership(with_recipients(TOWNS))
    shown = house.ask("digest", "preview", TOWNS.id, now=AT)
    assert shown.exit_code == 0
    assert "has no recipients" in shown.stderr
    assert shown.stdout.count("Subject: ") == 6


def test_preview_says_who_has_not_agreed(house: House, world: World) -> None:
    world.partnership(with_recipients(TOWNS, replace(OLENA, consent=None)))
    shown = house.ask("digest", "preview", TOWNS.id, now=AT)
    assert shown.exit_code == 0
    assert "olena@verbove.example.org has not agreed to letters yet" in shown.stderr


def test_preview_of_an_unknown_partnership_and_of_one_never_compared(house: House) -> None:
    assert house.ask("digest", "preview", "verbove", now=AT).exit_code == 2
    engine = open_database(house.url)
    World(engine).partnership()
    engine.dispose()
    shown = house.ask("digest", "preview", TOWNS.id, now=AT)
    assert shown.exit_code == 1
    assert "bridges match" in shown.stderr


def test_send_due_writes_and_delivers_once(house: House, world: World) -> None:
    first = house.ask("digest", "send", "--due", now=AT)
    assert first.exit_code == 0, first.output
    assert first.stdout.count("sent  ") == 2
    outbox = house.folder / "outbox"
    assert len(list(outbox.glob("*.eml"))) == 2
    again = house.ask("digest", "send", "--due", now=AT)
    assert again.exit_code == 0
    assert again.stdout == "There is no letter to send now.\n"
    assert "2 recipients not due yet" in again.stderr
    assert letters(world) == 2
    week_later = house.ask("digest", "send", "--due", now=LATER)
    assert week_later.stdout.count("sent  ") == 2
    assert "нічого нового" in week_later.stdout


def test_send_as_json(house: House, world: World) -> None:  # noqa: ARG001 - it holds calls
    shown = house.ask("digest", "send", "--due", "--json", now=AT)
    first, second = (json.loads(line) for line in shown.stdout.splitlines())
    assert {first["recipient"], second["recipient"]} == {OLENA.email, MARTA.email}
    assert first["state"] == "sent"
    assert first["reply"].endswith(".eml")


def test_send_says_who_gets_no_letter_and_why(house: House, world: World) -> None:
    world.partnership(with_recipients(TOWNS, OLENA, replace(MARTA, consent=None)))
    shown = house.ask("digest", "send", "--due", now=AT)
    assert shown.exit_code == 0
    assert "No letter to marta@nowadolina.example.org: has not agreed yet" in shown.stderr


def test_a_server_that_is_down_is_told_and_the_letter_goes_out_later(
    house: House, world: World
) -> None:
    mailbox = Mailbox(port=free_port())
    house.environment |= {"BRIDGES_MAIL": mailbox.url, "BRIDGES_MAIL_TO": "everybody"}
    world.partnership()
    first = house.ask("digest", "send", "--due", now=AT)
    assert first.exit_code == 1
    assert "retry  olena@verbove.example.org" in first.stdout
    assert "cannot be reached" in first.stdout
    assert "1 letter will be tried again" in first.stderr
    with serving(mailbox):
        second = house.ask("digest", "send", now="2026-11-23T08:00:00+00:00")
    assert second.exit_code == 0
    assert "250 kept as number 7" in second.stdout
    assert len(mailbox.taken) == 1


def test_a_letter_in_other_hands_is_told(house: House, world: World) -> None:
    world.partnership()
    assert house.ask("digest", "send", "--due", now=AT).exit_code == 0
    with world.engine.begin() as connection:
        connection.execute(sa.text("UPDATE letters SET state = 'retry'"))
        assert claim(connection, MONDAY) is not None
    shown = house.ask("digest", "send", now=AT)
    assert "1 letter being sent by another program" in shown.stderr


def test_nobody_gets_mail_before_somebody_said_who_may(house: House, world: World) -> None:
    with serving(Mailbox()) as mailbox:
        house.environment["BRIDGES_MAIL"] = mailbox.url
        shown = house.ask("digest", "send", "--due", now=AT)
        assert shown.exit_code == 1
        assert "2 letters held: BRIDGES_MAIL_TO does not name their recipients" in shown.stderr
        assert "BRIDGES_MAIL_TO=everybody" in shown.stderr
        assert not mailbox.taken
        house.environment["BRIDGES_MAIL_TO"] = "@verbove.example.org"
        some = house.ask("digest", "send", now=AT)
        assert "sent  olena@verbove.example.org" in some.stdout
        assert "1 letter held" in some.stderr
        house.environment["BRIDGES_MAIL_TO"] = "everybody"
        assert house.ask("digest", "send", now=AT).exit_code == 0
    assert sorted(one["To"] for one in mailbox.taken) == [MARTA.email, OLENA.email]
    assert letters(world) == 2


def test_the_outbox_shows_what_waits_and_resume_lets_it_go(house: House, world: World) -> None:
    assert house.answer("digest", "outbox") == "No letter waits, and none failed.\n"
    house.environment |= {"BRIDGES_MAIL_TO": "everybody", "BRIDGES_LETTERS_PER_HOUR": "1"}
    with serving(Mailbox()) as mailbox:
        house.environment["BRIDGES_MAIL"] = mailbox.url
        stopped = house.ask("digest", "send", "--due", now=AT)
        assert stopped.exit_code == 1
        assert "1 letters left within an hour, and 1 more are due" in stopped.stderr
        assert "bridges digest resume" in stopped.stderr
        assert "sent" not in house.ask("digest", "send", now=LATER).stdout  # it does not wear off
        (waits,) = house.lines("digest", "outbox", "--json")
        assert (waits["state"], waits["recipient"]) == ("pending", MARTA.email)
        assert "stands still since" in house.ask("doctor").stdout
        freed = house.ask("digest", "resume", now=LATER)
        assert "Released: 1 letters left within an hour" in freed.stdout
        assert house.ask("digest", "send", now=LATER).exit_code == 0
        assert house.answer("digest", "resume") == "Nothing held the outbox.\n"
    assert len(mailbox.taken) == 2
    shown = house.answer("digest", "outbox", "--state", "sent")
    assert shown.count("sent  ") == 2
    assert letters(world) == 2


def test_a_mended_server_is_tried_at_once(house: House, world: World) -> None:
    house.environment |= {"BRIDGES_MAIL": "smtp://127.0.0.1:1", "BRIDGES_MAIL_TO": "everybody"}
    dead = house.ask("digest", "send", "--due", now=AT)
    assert "cannot be reached" in dead.stderr
    soon = "2026-11-23T07:01:00+00:00"
    with serving(Mailbox()) as mailbox:
        house.environment["BRIDGES_MAIL"] = mailbox.url
        house.ask("digest", "resume", now=soon)
        sent = house.ask("digest", "send", now=soon)
    assert (sent.exit_code, sent.stdout.count("sent  ")) == (0, 2)
    assert len(mailbox.taken) == 2
    assert letters(world) == 2


def test_a_sender_told_to_end_leaves_the_other_letters_for_later(
    house: House, world: World
) -> None:
    before = signal.getsignal(signal.SIGTERM)

    def data(_: EmailMessage) -> str:
        os.kill(os.getpid(), signal.SIGTERM)
        return "250 kept"

    with serving(Mailbox(data=data)) as mailbox:
        house.environment |= {"BRIDGES_MAIL": mailbox.url, "BRIDGES_MAIL_TO": "everybody"}
        shown = house.ask("digest", "send", "--due", now=AT)
    assert shown.stdout.count("sent  ") == 1
    assert "1 letter will be tried again" in shown.stderr
    assert signal.getsignal(signal.SIGTERM) == before
    assert letters(world) == 2
