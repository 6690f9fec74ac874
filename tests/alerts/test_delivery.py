"""Servers that refuse everybody, fall silent or lie; the brake, the pace, a database away."""

from __future__ import annotations

import resource
import sqlite3
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from alerts.addresses import mailbox
from alerts.conversation import Limits
from alerts.delivery import Delivered, deliver, something_to_send
from alerts.mail import Envelope
from alerts.patience import STREAK, about_us, ambiguous
from alerts.smtp import Server
from alerts.transports import Fault
from storage import sending
from storage.database import open_database
from storage.errors import DatabaseUnavailable
from storage.holds import HoldName, active_holds, release
from storage.letters import Letter, LetterState, Posted, list_letters, write
from storage.settings import Settings
from tests.alerts.mailbox import Mailbox, free_port, serving
from tests.alerts.scripted import Line, scripted

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CONTACT = "operator@bridges.example.org"
QUICK = Limits(connect=0.4, command=0.4, letter=0.4, taken=0.4, ending=0.2, stored=0.3)
SENT, RETRY, FAILED = LetterState.SENT, LetterState.RETRY, LetterState.FAILED
PENDING, UNCONFIRMED = LetterState.PENDING, LetterState.UNCONFIRMED


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[sa.Engine]:
    """That both databases hand letters out alike, tests/storage proves."""
    made = open_database(f"{sqlite_url}?timeout=0.1")
    yield made
    made.dispose()


def post(engine: sa.Engine, *addresses: str) -> None:
    with engine.begin() as connection:
        for number, address in enumerate(addresses):
            letter = Letter(
                "digest", address, f"{number}", f"Letter {number}", "text\n", "<p>x</p>"
            )
            name = f"<{number}@bridges.example.org>"
            assert write(connection, letter, [], message_id=name, now=NOW)


def settings(mail: str, **said: Any) -> Settings:
    return Settings(**{"mail": mail, "mail_to": "everybody", "contact": CONTACT} | said)


def send(engine: sa.Engine, mail: str, now: datetime = NOW, **said: Any) -> list[Delivered]:
    return deliver(engine, settings(mail, **said), now, limits=QUICK)


def found(engine: sa.Engine, kind: str = "digest") -> list[Posted]:
    with engine.begin() as connection:
        every = list_letters(connection, list(LetterState))
    return [one for one in every if one.letter.kind == kind]


def states(engine: sa.Engine) -> list[LetterState]:
    return [one.state for one in found(engine)]


def towns(number: int) -> list[str]:
    return [f"officer@town{one}.example.org" for one in range(number)]


@pytest.mark.parametrize(
    ("where", "answer"),
    [
        ("greeting", "554 no service here"),
        ("EHLO", "421 closing"),
        ("MAIL", "530 5.7.0 log in first"),
        ("MAIL", "451 4.3.0 later"),
        ("RCPT", "535 5.7.8 authentication failed"),
        ("RCPT", "452 4.3.1 disk full"),
        ("DATA", "421 4.3.2 closing"),
    ],
)
def test_a_server_that_takes_nothing_holds_the_outbox_and_fails_no_letter(
    engine: sa.Engine, where: str, answer: str
) -> None:
    post(engine, *towns(3))
    wheres = ("EHLO", "HELO") if where == "EHLO" else (where,)

    def talk(line: Line) -> None:
        line.say(answer if where == "greeting" else "220 ready")
        while heard := line.hear():
            said = answer if heard.upper().startswith(wheres) else "250 fine"
            line.say(said)
            if said.startswith("421") and not heard.upper().startswith("EHLO"):
                return

    with scripted(talk) as server:
        (tried,) = send(engine, server.url)
        assert answer.partition(" ")[2] in tried.fate.reason
        assert states(engine) == [RETRY, PENDING, PENDING]
        assert send(engine, server.url, NOW + 4 * MINUTE) == []  # it is given time
        assert len(server.calls) == 1
    assert found(engine)[0].refusals == 0
    with serving(Mailbox()) as box:
        ended = send(engine, box.url, NOW + 5 * MINUTE)
        assert {one.fate.state for one in ended} == {SENT}
    assert states(engine) == [SENT] * 3
    told = found(engine, "operator")
    assert len(told) == (0 if answer.startswith("4") else 1)


def test_a_relay_that_refuses_everybody_fails_nobody(engine: sa.Engine) -> None:
    """A bare 5xx may be about one mailbox; said to one after the other it is about us."""
    post(engine, *towns(6))
    with serving(Mailbox(rcpt=lambda _: "554 5.7.1 your address is on a list")) as box:
        tried = send(engine, box.url)
        assert [one.fate.state for one in tried] == [FAILED] * (STREAK - 1) + [RETRY]
        assert FAILED not in states(engine)
        again = send(engine, box.url, NOW + 5 * MINUTE)
        assert len([one for one in again if one.posted.letter.kind == "digest"]) <= STREAK
        assert FAILED not in states(engine)
    (told,) = found(engine, "operator")
    assert told.letter.address == CONTACT
    with serving(Mailbox()) as box:
        for hours in (2, 6, 24):
            send(engine, box.url, NOW + timedelta(hours=hours))
    assert states(engine) == [SENT] * 6


def test_mailboxes_that_are_gone_are_believed_though_there_are_many(engine: sa.Engine) -> None:
    post(engine, *towns(5))
    with serving(Mailbox(rcpt=lambda _: "550 5.1.1 no such user")) as box:
        send(engine, box.url)
    assert states(engine) == [FAILED] * 5
    with engine.begin() as connection:
        assert active_holds(connection) == {}


def test_what_a_refusal_is_about() -> None:
    assert ambiguous("550 blocked")
    assert ambiguous("554 5.7.1 blocked")
    assert not ambiguous("550 5.1.1 unknown")
    assert not ambiguous("552-5.2.2 full")
    assert not about_us([(FAILED, "550 no")] * (STREAK - 1))
    assert not about_us([(FAILED, "550 no"), (SENT, "250 ok"), (FAILED, "550 no")])


@pytest.mark.parametrize(
    "said", ["drip", "endless", "long line", "garbage", "binary", "silence", "hang up"]
)
def test_an_answer_that_is_none_takes_no_longer_than_it_may(engine: sa.Engine, said: str) -> None:
    post(engine, *towns(1))

    def talk(line: Line) -> None:
        line.say("220 ready")
        while not line.hear().startswith("mail"):
            line.say("250 fine")
        if said == "drip":
            for _ in range(100):
                line.socket.sendall(b"2")
                time.sleep(0.05)
        elif said == "endless":
            while True:
                line.say("250-and another thing")
        elif said == "silence":
            line.hear()
        elif said != "hang up":
            told = {"long line": b"2" * 9000, "garbage": b"HTTP/1.1 400\r\n"}
            line.socket.sendall(told.get(said, b"\xff\x00\xfe\r\n"))

    began = time.monotonic()
    with scripted(talk) as server:
        (tried,) = send(engine, server.url)
    assert tried.fate.state is RETRY
    assert time.monotonic() - began < 5
    assert found(engine)[0].refusals == 1  # this letter waits, so that others are tried first


@pytest.mark.parametrize("said", ["garbage", "354 again", "silence", "hang up"])
def test_no_clear_yes_to_a_whole_letter_is_no_yes_and_no_no(engine: sa.Engine, said: str) -> None:
    post(engine, *towns(2))

    def talk(line: Line) -> None:
        line.until_data()
        line.whole_letter()
        if said == "silence":
            line.hear()
        elif said != "hang up":
            line.say(said)

    with scripted(talk) as server:
        send(engine, server.url)
    assert states(engine) == [UNCONFIRMED, PENDING]
    assert "did not say whether it took the letter" in found(engine)[0].reason


def test_a_connection_that_dies_before_the_last_line_took_nothing(engine: sa.Engine) -> None:
    post(engine, *towns(1))
    ours, theirs = mailbox(CONTACT), mailbox("a@example.org")
    with scripted(Line.until_data) as server, Server(settings(server.url), QUICK) as way:
        fate = way.send(found(engine)[0], Envelope(ours, theirs, b"words\r\n" * 4_000_000))
    assert (fate.state, fate.fault) == (RETRY, Fault.LINE)


def test_nothing_said_before_the_encryption_is_listened_to_after_it(engine: sa.Engine) -> None:
    post(engine, *towns(1))

    def talk(line: Line) -> None:
        line.say("220 ready")
        line.hear()
        line.say("250-hello\r\n250 STARTTLS")
        line.hear()
        line.say("220 go ahead\r\n250 forged")
        time.sleep(0.5)

    with scripted(talk) as server:
        (tried,) = send(engine, server.url)
    assert (tried.fate.state, tried.posted.state) == (RETRY, LetterState.SENDING)


@pytest.mark.parametrize("where", ["MAIL", "letter"])
def test_a_program_that_is_told_to_end_gives_the_letter_back(engine: sa.Engine, where: str) -> None:
    post(engine, *towns(2))
    ending = threading.Event()

    def talk(line: Line) -> None:
        if where == "letter":
            line.until_data()
            line.whole_letter()
        else:
            line.say("220 ready")
            while not line.hear().startswith("mail"):
                line.say("250 fine")
        ending.set()
        line.hear()

    began = time.monotonic()
    limits = Limits(ending=0.2)  # the others are minutes
    with scripted(talk) as server:
        deliver(engine, settings(server.url), NOW, ending=ending.is_set, limits=limits)
    assert time.monotonic() - began < 10
    assert states(engine) == [RETRY if where == "MAIL" else UNCONFIRMED, PENDING]
    if where == "MAIL":
        assert found(engine)[0].due == NOW


def test_many_letters_go_over_one_connection_also_past_a_refusal(engine: sa.Engine) -> None:
    post(engine, *towns(5))

    def rcpt(to: str) -> str:
        return "550 5.1.1 gone" if "town2" in to else "250 OK"

    with serving(Mailbox(rcpt=rcpt)) as box:
        send(engine, box.url)
    assert states(engine) == [SENT, SENT, FAILED, SENT, SENT]
    assert len(box.peers) == 1


def test_letters_beyond_ascii_before_the_at_need_a_server_that_takes_them(
    engine: sa.Engine,
) -> None:
    post(engine, "олена@громада.укр", "olena@громада.укр")
    with serving(Mailbox()) as server:
        send(engine, server.url)
    first, second = found(engine)
    assert (first.state, second.state) == (FAILED, SENT)
    assert "takes no addresses with letters beyond ASCII" in first.reason
    assert server.envelopes[0].rcpt_tos == [str(mailbox("olena@громада.укр"))]
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE letters SET state = 'pending' WHERE id = 1"))
    with serving(Mailbox(utf8=True)) as server:
        send(engine, server.url)
    assert server.envelopes[0].rcpt_tos == [str(mailbox("олена@громада.укр"))]
    assert server.taken[0]["To"] == str(mailbox("олена@громада.укр"))


def test_the_password_may_stand_apart_from_the_address(engine: sa.Engine) -> None:
    post(engine, *towns(1))
    with serving(Mailbox(users=[(b"me", b"s3 cret")])) as box:
        url = box.url.replace("//", "//me@")
        send(engine, url, mail_password="s3 cret")  # noqa: S106 - a test's own
    assert states(engine) == [SENT]


def test_the_brake_stops_everything_but_the_letter_to_the_operator(engine: sa.Engine) -> None:
    post(engine, *towns(5))
    with serving(Mailbox()) as box:
        assert len(send(engine, box.url, letters_per_hour=3)) == 4
        assert [one["To"] for one in box.taken][3] == CONTACT
        assert states(engine) == [SENT, SENT, SENT, PENDING, PENDING]
        tomorrow = NOW + timedelta(days=1)
        assert send(engine, box.url, tomorrow, letters_per_hour=3) == []
        with engine.begin() as connection:
            assert not something_to_send(connection, settings(box.url), tomorrow)
            assert release(connection, HoldName.BRAKE, tomorrow)
            assert something_to_send(connection, settings(box.url), tomorrow)
        assert len(send(engine, box.url, tomorrow, letters_per_hour=3)) == 2
    assert len(found(engine, "operator")) == 1


def test_exactly_as_many_letters_as_are_allowed_are_no_reason_to_brake(engine: sa.Engine) -> None:
    post(engine, *towns(3))
    with serving(Mailbox()) as box:
        assert len(send(engine, box.url, letters_per_hour=3)) == 3
        assert send(engine, box.url, NOW + MINUTE, letters_per_hour=3) == []
    with engine.begin() as connection:
        assert active_holds(connection) == {}


def test_one_domain_has_its_pace_and_the_others_do_not_wait_for_it(engine: sa.Engine) -> None:
    post(engine, "a@Big.example.org", "b@big.example.org", "c@small.example.org")
    taken: list[str] = []

    def data(message: EmailMessage) -> str:
        taken.append(message["To"])
        return "250 kept"

    with serving(Mailbox(data=data)) as box:
        one = settings(box.url, letters_per_minute=1)
        deliver(engine, one, NOW, ending=lambda: len(taken) == 2, limits=QUICK)
    assert taken == ["a@big.example.org", "c@small.example.org"]
    assert states(engine) == [SENT, PENDING, SENT]


def test_a_database_that_is_locked_for_a_while_costs_nothing(
    engine: sa.Engine, sqlite_url: str
) -> None:
    """Another program writes while the server says yes: what it said is written down later."""
    post(engine, *towns(2))
    other = sqlite3.connect(
        sqlite_url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False
    )

    def data(_: EmailMessage) -> str:
        other.execute("BEGIN IMMEDIATE")
        threading.Timer(0.6, lambda: other.execute("COMMIT")).start()
        return "250 kept"

    with serving(Mailbox(data=data)) as box:
        deliver(engine, settings(box.url), NOW, limits=Limits(stored=20))
    other.close()
    assert states(engine) == [SENT, SENT]
    assert len(box.taken) == 2


def test_a_disk_that_fills_up_after_the_yes_leaves_the_letter_unconfirmed(
    engine: sa.Engine, sqlite_url: str
) -> None:
    post(engine, *towns(2))
    log = Path(f"{sqlite_url.removeprefix('sqlite:///')}-wal")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def data(_: EmailMessage) -> str:
        resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size, hard))
        return "250 kept"

    with serving(Mailbox(data=data)) as full:
        try:
            with pytest.raises(DatabaseUnavailable, match="disk"):
                send(engine, full.url)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert states(engine) == [LetterState.SENDING, PENDING]
    with serving(Mailbox()) as emptied:
        send(engine, emptied.url, NOW + sending.LEASE + MINUTE)
    assert states(engine) == [SENT, SENT]
    assert [one.doubts for one in found(engine)] == [1, 0]
    assert full.taken[0]["Message-ID"] == found(engine)[0].message_id
    assert found(engine)[0].message_id in [one["Message-ID"] for one in emptied.taken]


def test_a_server_that_is_away_for_hours_is_told_once(engine: sa.Engine) -> None:
    post(engine, *towns(1))
    away, now = f"smtp://127.0.0.1:{free_port()}", NOW
    while now < NOW + timedelta(hours=5):
        send(engine, away, now)
        with engine.begin() as connection:
            due = active_holds(connection)[HoldName.SERVER].due
        assert due is not None
        now = due
    (told,) = found(engine, "operator")
    assert told.created >= NOW + timedelta(hours=1)
    assert states(engine) == [RETRY]
