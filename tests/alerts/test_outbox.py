"""Letters on their way: into a folder, to a real server that is down, refuses, or dies."""

from __future__ import annotations

import contextlib
import email
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from alerts import outbox
from alerts.conversation import Limits
from alerts.mail import message_id
from alerts.nouns import Digest
from alerts.outbox import build_due, deliver
from alerts.patience import GIVE_UP, GIVE_UP_ALONE
from storage import letters, sending
from storage.database import open_database
from storage.letters import Letter, LetterState, Posted
from storage.sending import LEASE
from storage.settings import Settings
from tests.alerts.mailbox import Mailbox, free_port, serving
from tests.alerts.world import MARTA, MONDAY, OLENA, PORTAL, TOWNS, World, call, with_recipients

MINUTE = timedelta(minutes=1)
CONTACT = "office@bridges.example.org"
SECRET = "a secret of the tests".replace(" ", "-")


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """One letter to write; that both databases hand letters out alike, tests/storage proves."""
    made = World(open_database(sqlite_url))
    made.partnership()
    made.publish(call())
    made.match()
    yield made
    made.engine.dispose()


def settings(mail: str | Path) -> Settings:
    return Settings(
        base_url="https://bridges.example.org",
        contact=CONTACT,
        mail=str(mail),
        mail_to="everybody",
        secret=SECRET,
    )


def write(world: World, now: datetime = MONDAY) -> None:
    assert build_due(world.engine, settings("x"), now, known_sources=[PORTAL]).written


def states(world: World) -> list[LetterState]:
    return [one.state for one in posted(world)]


def posted(world: World, *, kind: str = "digest") -> list[Posted]:
    with world.engine.begin() as connection:
        return [one for one in letters.find_letters(connection) if one.letter.kind == kind]


def fates(world: World, mail: str | Path, now: datetime = MONDAY) -> list[LetterState]:
    """What became of the digests; letters to the operator are left out."""
    tried = deliver(world.engine, settings(mail), now)
    return [one.fate.state for one in tried if one.posted.letter.kind == "digest"]


def read(path: Path) -> EmailMessage:
    found = email.message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(found, EmailMessage)
    return found


def test_a_letter_becomes_a_file_any_mail_program_opens(world: World, tmp_path: Path) -> None:
    write(world)
    folder = tmp_path / "letters" / "out"
    assert fates(world, folder) == [LetterState.SENT]
    (path,) = folder.iterdir()
    assert path.name.startswith("2026-11-23-digest-olena-verbove.example.org-")
    assert path.suffix == ".eml"
    assert path.stat().st_mode & 0o077 == 0
    mail = read(path)
    assert mail["To"] == OLENA.email
    assert mail["From"] == f"Bridges of Trust <{CONTACT}>"
    assert mail["Subject"] == "Verbove – Nowa Dolina: 1 новий конкурс"
    assert mail["Content-Language"] == "uk"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == MONDAY
    assert mail.get_content_type() == "multipart/mixed"
    both, calendar = mail.iter_parts()
    assert (both.get_content_type(), calendar.get_content_type()) == (
        "multipart/alternative",
        "text/calendar",
    )
    plain, html = both.iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert "Шановні колеги!" in plain.get_content()
    assert "Шановні колеги!" in html.get_content()
    assert path.read_bytes().isascii()
    assert not [line for line in path.read_bytes().splitlines() if len(line) > 998]
    (one,) = posted(world)
    assert one.reply == str(path)
    assert one.message_id == mail["Message-ID"] == message_id(one.letter, CONTACT, SECRET)
    assert fates(world, folder) == []


def test_a_letter_whose_sender_died_is_written_again_over_the_same_file(
    world: World, tmp_path: Path
) -> None:
    write(world)
    with world.engine.begin() as connection:
        taken = sending.claim(connection, MONDAY)
    assert taken is not None
    assert fates(world, tmp_path) == []  # it still belongs to the other program
    later = MONDAY + LEASE + MINUTE
    assert fates(world, tmp_path, later) == [LetterState.SENT]
    before = read(next(tmp_path.glob("*.eml")))["Message-ID"]
    with world.engine.begin() as connection:
        connection.execute(sa.text("UPDATE letters SET state = 'sending', lease = state_at"))
    assert fates(world, tmp_path, later + LEASE) == [LetterState.SENT]
    (path,) = tmp_path.glob("*.eml")
    assert read(path)["Message-ID"] == before


def test_two_senders_share_the_letters_and_none_goes_out_twice(
    world: World, tmp_path: Path
) -> None:
    world.partnership(with_recipients(TOWNS, OLENA, MARTA))
    world.match()
    write(world)
    with world.engine.begin() as connection:
        first = sending.claim(connection, MONDAY)
    assert first is not None
    assert len(fates(world, tmp_path)) == 1
    with world.engine.begin() as connection:
        assert sending.settle(connection, first, LetterState.SENT, MONDAY)
    assert states(world) == [LetterState.SENT, LetterState.SENT]


def test_others_may_write_while_a_letter_is_made_and_it_is_still_written_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program writes the same letter between our reading and our writing."""
    real = outbox.letter_of
    inner: list[Any] = []

    def letter_of(digest: Digest, settings: Settings) -> Letter:
        if not inner:
            inner.append("busy")
            inner.append(build_due(world.engine, settings, MONDAY, known_sources=[PORTAL]).written)
        return real(digest, settings)

    monkeypatch.setattr(outbox, "letter_of", letter_of)
    built = build_due(world.engine, settings("x"), MONDAY, known_sources=[PORTAL])
    assert len(inner[1]) == 1
    assert built.written == []
    assert len(posted(world)) == 1


def test_a_folder_that_refuses_keeps_the_letter_for_later(world: World, tmp_path: Path) -> None:
    write(world)
    blocked = tmp_path / "outbox"
    blocked.write_text("a file where the folder should be")
    assert fates(world, blocked) == [LetterState.RETRY]
    (one,) = posted(world)
    assert str(blocked) in one.reason
    assert one.due > MONDAY
    blocked.unlink()
    assert fates(world, blocked) == []
    assert fates(world, blocked, one.due) == [LetterState.SENT]


def test_a_real_server_takes_the_letter_and_its_answer_is_kept(world: World) -> None:
    write(world)
    with serving(Mailbox()) as mailbox:
        assert fates(world, mailbox.url) == [LetterState.SENT]
    (taken,) = mailbox.taken
    assert taken["Subject"] == "Verbove – Nowa Dolina: 1 новий конкурс"
    assert mailbox.envelopes[0].rcpt_tos == [OLENA.email]
    assert mailbox.envelopes[0].mail_from == CONTACT
    assert posted(world)[0].reply == "250 kept as number 7"
    both, _ = taken.iter_parts()
    plain, html = both.iter_parts()
    assert plain.get_content().replace("\r\n", "\n") == posted(world)[0].letter.text
    assert html.get_content().replace("\r\n", "\n") == posted(world)[0].letter.html


def test_a_line_that_begins_with_a_dot_arrives_whole(world: World) -> None:
    dotted = Letter("digest", OLENA.email, "dots", "Dots", ".\n..two\nend\n", "<p>.</p>\n.\n")
    with world.engine.begin() as connection:
        letters.write(connection, dotted, [], message_id="<dots@example.org>", now=MONDAY)
    with serving(Mailbox()) as mailbox:
        assert fates(world, mailbox.url) == [LetterState.SENT]
    plain, html = mailbox.taken[0].iter_parts()
    assert plain.get_content().replace("\r\n", "\n") == ".\n..two\nend\n"
    assert html.get_content().replace("\r\n", "\n") == "<p>.</p>\n.\n"


def test_several_letters_go_over_one_connection_and_one_refusal_stops_nobody(world: World) -> None:
    gone = replace(MARTA, email="gone@nowadolina.example.org")
    world.partnership(with_recipients(TOWNS, OLENA, gone, MARTA))
    world.match()
    write(world)

    def rcpt(address: str) -> str:
        return "550 no such mailbox" if address == gone.email else "250 OK"

    with serving(Mailbox(rcpt=rcpt)) as mailbox:
        found = fates(world, mailbox.url)
    assert sorted(found) == [LetterState.FAILED, LetterState.SENT, LetterState.SENT]
    assert [one["To"] for one in mailbox.taken] == [OLENA.email, MARTA.email]
    (failed,) = [one for one in posted(world) if one.state is LetterState.FAILED]
    assert failed.letter.address == gone.email
    assert "550 no such mailbox" in failed.reason


def test_a_server_that_is_down_then_up(world: World) -> None:
    write(world)
    mailbox = Mailbox(port=free_port())
    assert fates(world, mailbox.url) == [LetterState.RETRY]
    (one,) = posted(world)
    assert one.due == MONDAY + 5 * MINUTE
    assert "cannot be reached" in one.reason
    with serving(mailbox):
        assert fates(world, mailbox.url, MONDAY + MINUTE) == []
        assert fates(world, mailbox.url, MONDAY + 5 * MINUTE) == [LetterState.SENT]
        assert fates(world, mailbox.url, MONDAY + 60 * MINUTE) == []
    assert len(mailbox.taken) == 1


def test_a_server_that_is_down_is_asked_once_not_for_every_letter(world: World) -> None:
    world.partnership(with_recipients(TOWNS, OLENA, MARTA))
    world.match()
    write(world)
    assert fates(world, f"smtp://127.0.0.1:{free_port()}") == [LetterState.RETRY]
    assert states(world) == [LetterState.RETRY, LetterState.PENDING]


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ({"rcpt": lambda _: "450 come back later"}, LetterState.RETRY),
        ({"rcpt": lambda _: "550 unknown"}, LetterState.FAILED),
        ({"data": lambda _: "451 not now"}, LetterState.RETRY),
        ({"data": lambda _: "554 looks like spam"}, LetterState.FAILED),
    ],
)
def test_what_a_server_says_decides(
    world: World, answers: dict[str, Any], state: LetterState
) -> None:
    write(world)
    with serving(Mailbox(**answers)) as mailbox:
        assert fates(world, mailbox.url) == [state]
        assert not mailbox.taken


def put_off_before(world: World, times: int) -> None:
    with world.engine.begin() as connection:
        said = sa.text("UPDATE letters SET refusals = :times WHERE id = 1")
        connection.execute(said, {"times": times})


def test_a_letter_that_is_put_off_for_days_has_failed(world: World) -> None:
    """Tries count, not days: a machine without power for a week did not try."""
    two_letters(world)
    put_off_before(world, GIVE_UP - 2)
    later = MONDAY + timedelta(days=7)

    def put_off(to: str) -> str:
        return "451 4.7.1 greylisted" if to == OLENA.email else "250 OK"

    with serving(Mailbox(rcpt=put_off)) as mailbox:
        assert fates(world, mailbox.url, later) == [LetterState.RETRY, LetterState.SENT]
        assert fates(world, mailbox.url, later + timedelta(hours=6)) == [LetterState.FAILED]
    assert posted(world)[0].reason.startswith(f"given up after {GIVE_UP} tries; the server said")


def test_nobody_is_given_up_while_the_server_takes_nothing(world: World) -> None:
    write(world)
    put_off_before(world, GIVE_UP_ALONE - 2)
    with serving(Mailbox(rcpt=lambda _: "451 4.7.1 greylisted")) as mailbox:
        assert fates(world, mailbox.url) == [LetterState.RETRY]
        assert fates(world, mailbox.url, MONDAY + timedelta(hours=6)) == [LetterState.FAILED]


@contextlib.contextmanager
def silent() -> Iterator[str]:
    """A server that takes a letter and never answers, and its address."""
    port = free_port()
    server = subprocess.Popen([sys.executable, "-c", SILENT, str(port)], stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        yield f"smtp://127.0.0.1:{port}"
    finally:
        server.kill()
        server.communicate()


def test_silence_after_the_letter_leaves_it_unconfirmed(world: World) -> None:
    """The server takes the letter and hangs up instead of saying so."""
    write(world)
    with silent() as url:
        assert fates(world, url) == [LetterState.UNCONFIRMED]
    with serving(Mailbox()) as mailbox:
        assert fates(world, mailbox.url, MONDAY + 29 * MINUTE) == []
        assert fates(world, mailbox.url, MONDAY + 30 * MINUTE) == [LetterState.SENT]
    assert mailbox.taken[0]["Message-ID"] == posted(world)[0].message_id


def test_a_server_that_falls_silent_is_not_given_the_next_letter(world: World) -> None:
    """Else every letter would become doubtful, one after the other."""
    two_letters(world)
    with silent() as url:
        assert fates(world, url) == [LetterState.UNCONFIRMED]
    assert states(world) == [LetterState.UNCONFIRMED, LetterState.PENDING]


@pytest.mark.parametrize("goodbye", ["421 too many letters", ""])
def test_a_server_that_hangs_up_between_two_letters_is_called_again(
    world: World, goodbye: str
) -> None:
    two_letters(world)
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-c", ONE_EACH, str(port), goodbye], stdout=subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        sent = fates(world, f"smtp://127.0.0.1:{port}")
    finally:
        server.kill()
        server.communicate()
    assert sent == [LetterState.SENT, LetterState.SENT]


def test_a_server_that_does_not_answer_is_waited_for_once(world: World) -> None:
    two_letters(world)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"smtp://127.0.0.1:{mute.getsockname()[1]}"
        limits = Limits(connect=0.3)
        (one,) = deliver(world.engine, settings(url), MONDAY, limits=limits)
    assert one.fate.state is LetterState.RETRY
    assert "timed out" in one.fate.reason


def test_the_lease_of_a_letter_runs_from_when_it_is_claimed(world: World, tmp_path: Path) -> None:
    """Not from when the program began: before it are letters that took their time."""
    write(world)
    now, lease = MONDAY, LEASE
    with world.engine.begin() as connection:
        late = now + timedelta(minutes=40)
        assert sending.claim(connection, late, due=now - MINUTE) is None
        assert sending.claim(connection, late, due=now) is not None
    assert fates(world, tmp_path, now + lease + MINUTE) == []
    assert fates(world, tmp_path, late + lease) == [LetterState.SENT]


def two_letters(world: World) -> None:
    world.partnership(with_recipients(TOWNS, OLENA, MARTA))
    world.match()
    write(world)


ONE_EACH = """
import socket, sys
port, goodbye = int(sys.argv[1]), sys.argv[2]
with socket.create_server(("127.0.0.1", port)) as server:
    print("ready", flush=True)
    while True:
        client, _ = server.accept()
        lines, taken = client.makefile("rb"), False
        client.sendall(b"220 hello\\r\\n")
        for line in lines:
            if taken:
                if goodbye:
                    client.sendall(goodbye.encode() + b"\\r\\n")
                break
            if line.upper().startswith(b"DATA"):
                client.sendall(b"354 go ahead\\r\\n")
                while lines.readline() != b".\\r\\n":
                    pass
                taken = True
            client.sendall(b"250 fine\\r\\n")
        lines.close()
        client.close()
"""


SILENT = """
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    print("ready", flush=True)
    client, _ = server.accept()
    lines = client.makefile("rb")
    client.sendall(b"220 hello\\r\\n")
    for line in lines:
        if line.upper().startswith(b"DATA"):
            client.sendall(b"354 go ahead\\r\\n")
            while lines.readline() != b".\\r\\n":
                pass
            break
        client.sendall(b"250 fine\\r\\n")
"""


def test_a_sender_that_dies_after_the_server_took_the_letter(world: World) -> None:
    """A real process is killed between the server's yes and our writing it down."""
    write(world)
    child: list[subprocess.Popen[bytes]] = []

    def data(_: EmailMessage) -> str:
        child[0].send_signal(signal.SIGKILL)
        child[0].wait()
        return "250 taken"

    with serving(Mailbox(data=data)) as mailbox:
        url = world.engine.url.render_as_string(hide_password=False)
        child.append(
            subprocess.Popen(
                [sys.executable, "-c", DELIVER, url, mailbox.url],
                env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
            )
        )
        assert child[0].wait(60) == -signal.SIGKILL
        wait_for(lambda: bool(mailbox.taken))
        assert states(world) == [LetterState.SENDING]
        assert fates(world, mailbox.url, MONDAY + MINUTE) == []
        assert fates(world, mailbox.url, MONDAY + LEASE + MINUTE) == [LetterState.SENT]
    (one,) = posted(world)
    assert one.doubts == 1
    assert [mail["Message-ID"] for mail in mailbox.taken] == [one.message_id] * 2


DELIVER = """
import sys
from datetime import datetime, UTC
from alerts.outbox import deliver
from storage.database import open_database
from storage.settings import Settings
url, mail = sys.argv[1:]
deliver(
    open_database(url),
    Settings(mail=mail, mail_to="everybody", contact="office@bridges.example.org"),
    datetime(2026, 11, 23, 7, tzinfo=UTC),
)
"""


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize(
    "address",
    [
        "olena@example.org\r\nBcc: everybody@example.org",
        "olena@example.org, everybody@example.org",
        "Olena <olena@example.org>",
        "@example.org",
        "olena",
        "",
    ],
)
def test_an_address_nobody_can_write_to_fails_and_smuggles_nothing(
    world: World, tmp_path: Path, address: str
) -> None:
    odd = Letter("digest", address, "odd", "Odd", "text", "<p>html</p>")
    with world.engine.begin() as connection:
        letters.write(connection, odd, [], message_id="<odd@example.org>", now=MONDAY)
    assert fates(world, tmp_path) == [LetterState.FAILED]
    assert not list(tmp_path.glob("*.eml"))
