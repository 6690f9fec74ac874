"""Encryption and passwords on the way to a mail server, with real certificates."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerts.outbox import deliver
from storage.letters import LetterState
from tests.alerts.mailbox import Mailbox, serving
from tests.alerts.test_outbox import (
    MINUTE,
    World,
    fates,
    posted,
    settings,
    world,
    write,
)
from tests.certificates import certificate

__all__ = ["world"]  # the fixture


def test_user_and_password_travel_encrypted_and_a_wrong_one_is_told(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(world)
    context, shown = certificate(tmp_path)
    users = [(b"bridges", b"open sesame")]
    with serving(Mailbox(users=users, tls=context)) as mailbox:
        right = f"smtp://bridges:open%20sesame@127.0.0.1:{mailbox.port}"
        wrong = f"smtp://bridges:s3cret-wrong@127.0.0.1:{mailbox.port}"
        assert fates(world, right) == [LetterState.RETRY]  # nobody vouches for the certificate
        (one,) = posted(world)
        assert "certificate" in one.reason
        assert not mailbox.logins
        monkeypatch.setenv("SSL_CERT_FILE", str(shown))
        (tried,) = deliver(world.engine, settings(wrong), one.due)
        assert "does not know the user or the password" in tried.fate.reason
        assert "s3cret-wrong" not in tried.fate.reason
        assert fates(world, right, one.due) == []  # a locked account is not knocked at again
        assert fates(world, right, one.due + 5 * MINUTE) == [LetterState.SENT]
    (told,) = posted(world, kind="operator")
    assert told.state is LetterState.SENT
    assert "certificate" in told.letter.text


def test_a_server_that_is_encrypted_from_the_first_byte(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(world)
    context, shown = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(shown))
    with serving(Mailbox(users=[(b"u", b"p")], tls=context, at_once=True)) as mailbox:
        url = f"smtps://u:p@127.0.0.1:{mailbox.port}"
        assert fates(world, url) == [LetterState.SENT]
        assert mailbox.logins == [(b"u", b"p")]


@pytest.mark.parametrize(("scheme", "at_once"), [("smtp", False), ("smtps", True)])
def test_an_encrypted_server_that_wants_no_password(
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    scheme: str,
    at_once: bool,
) -> None:
    """A relay of the house: it must be greeted once more after the encryption began."""
    write(world)
    context, shown = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(shown))
    with serving(Mailbox(tls=context, at_once=at_once)) as mailbox:
        assert fates(world, f"{scheme}://127.0.0.1:{mailbox.port}") == [LetterState.SENT]
    assert len(mailbox.taken) == 1


def test_a_password_is_not_sent_unencrypted_to_another_computer(world: World) -> None:
    write(world)
    with serving(Mailbox(users=[(b"bridges", b"open sesame")])) as mailbox:
        far = f"smtp://bridges:open%20sesame@127.1:{mailbox.port}"  # as far as we can tell
        assert fates(world, far) == [LetterState.RETRY]
        (one,) = posted(world)
        assert "offers no encryption; the password is not sent" in one.reason
        assert not mailbox.logins
        near = f"smtp://bridges:open%20sesame@127.0.0.1:{mailbox.port}"
        assert fates(world, near, one.due) == [LetterState.SENT]
        assert mailbox.logins == [(b"bridges", b"open sesame")]
