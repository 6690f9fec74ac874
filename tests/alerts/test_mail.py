"""What is handed to mail servers: well-formed, read back as it was written, signed, unforgeable."""

from __future__ import annotations

import email
import re
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.addresses import BadAddress, mailbox
from alerts.mail import Unsendable, message, message_id, sealed
from alerts.plain import line
from alerts.signing import signer
from storage.errors import BadSetting
from storage.letters import Letter, LetterState, Posted
from storage.settings import Settings
from tests.alerts.world import MONDAY, OLENA

CONTACT = "office@bridges.example.org"


def posted(subject: str = "Water", address: str = OLENA.email, body: str = "text\n") -> Posted:
    letter = Letter("digest", address, "k", subject, body, f"<p>{body}</p>\n")
    number = message_id(letter, CONTACT, "a-secret-of-the-tests")
    return Posted(1, letter.key, letter, number, MONDAY, LetterState.PENDING, MONDAY, MONDAY, 0)


def read(content: bytes) -> EmailMessage:
    found = email.message_from_bytes(content, policy=default)
    assert isinstance(found, EmailMessage)
    assert not [part.defects for part in found.walk() if part.defects]
    return found


def said(part: EmailMessage) -> str:
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.mark.parametrize(
    "subject",
    [
        "a" * 2000,
        "я" * 2000,
        "слово " * 330,
        "🎉" * 500,
        "👩\u200d👩\u200d👧\u200d👦 сім'я " * 80,
        "ends é é é x y z " * 40,
        "=?utf-8?q?hi?= there",
        "x" * 990 + " é",
        'Wörter, (und) "Zeichen"; <x@y> ' * 50,
        "",
    ],
)
def test_any_subject_is_read_back_as_it_was_written(subject: str) -> None:
    content = sealed(posted(subject), CONTACT).content
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 78
    assert read(content)["Subject"] == line(subject)


@settings(max_examples=40)
@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_is_said_is_read_back(subject: str, body: str) -> None:
    body = line(body) + "\n"
    mail = read(sealed(posted(subject, body=body), CONTACT).content)
    assert mail["Subject"] == line(subject)
    plain, html = mail.iter_parts()
    assert isinstance(plain, EmailMessage)
    assert isinstance(html, EmailMessage)
    assert said(plain) == body
    assert said(html) == f"<p>{body}</p>\n"


def test_lines_longer_than_servers_take_are_wrapped_and_read_back_whole() -> None:
    body = "довгий рядок " * 400 + "\n" + "x" * 5000 + "\n.\n..\n"
    content = sealed(posted(body=body), CONTACT).content
    assert max(map(len, content.split(b"\r\n"))) <= 78
    plain, _ = read(content).iter_parts()
    assert isinstance(plain, EmailMessage)
    assert said(plain) == body


def test_each_try_is_the_same_to_the_byte() -> None:
    assert sealed(posted(), CONTACT) == sealed(posted(), CONTACT)


@pytest.mark.parametrize("body", ["text\n", "слово\r\n.\rещё", "From me\n\n.\n", "a=b " * 99])
def test_it_is_written_as_the_standard_library_writes_it(body: str) -> None:
    one = posted("Вода", body=body)
    with_dates = replace(one, letter=replace(one.letter, calendar="BEGIN:VCALENDAR\r\nX:й\r\n"))
    for each in (one, with_dates):
        assert sealed(each, CONTACT).content == message(each, CONTACT).as_bytes()


@pytest.mark.parametrize(
    ("address", "written"),
    [
        (" olena@example.org\n", "olena@example.org"),
        ("olena@пошта.укр", "olena@xn--80a1acn3a.xn--j1amh"),
        ("o'neill+town@Bücher.example", "o'neill+town@xn--bcher-kva.example"),
        ("олена@пошта.укр", "олена@xn--80a1acn3a.xn--j1amh"),
    ],
)
def test_addresses_are_written_as_servers_want_them(address: str, written: str) -> None:
    assert str(mailbox(address)) == written
    assert read(sealed(posted(address=address), CONTACT).content)["To"] == written


@pytest.mark.parametrize(
    "address",
    [
        "olena@example.org\r\nBcc: everybody@example.org",
        "olena@example.org, everybody@example.org",
        "Olena <olena@example.org>",
        "olena shevchenko@example.org",
        "olena@exam ple.org",
        "olena\u200b@example.org",
        "olena@exa\u202emple.org",
        "olena..s@example.org",
        ".olena@example.org",
        "olena@example..org",
        f"olena@{'x' * 64}.org",
        f"{'o' * 250}@example.org",
        "@example.org",
        "olena@",
        "olena",
        "",
    ],
)
def test_an_address_nobody_can_write_to_smuggles_nothing(address: str) -> None:
    with pytest.raises(BadAddress):
        mailbox(address)
    with pytest.raises(Unsendable):
        sealed(posted(address=address), CONTACT)


def key_file(folder: Path) -> tuple[Path, bytes]:
    """A private key in a file, and what the name service would tell of it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = folder / "dkim.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    shown = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    bare = b"".join(part for part in shown.splitlines() if b"-----" not in part)
    return path, b"v=DKIM1; k=rsa; p=" + bare


def test_a_signature_holds_until_somebody_changes_the_mail(tmp_path: Path) -> None:
    path, told = key_file(tmp_path)
    by = signer(Settings(contact=CONTACT, dkim_key=str(path), dkim_selector="town"))
    content = sealed(posted("Вода " * 60, body="слово " * 400 + "\n"), CONTACT, by).content
    asked: list[bytes] = []

    def dns(name: bytes, timeout: int = 5) -> bytes:  # noqa: ARG001 - what the library gives
        asked.append(name)
        return told

    def holds(mail: bytes) -> bool:
        return bool(dkim.verify(mail, dnsfunc=dns))

    assert holds(content)
    assert asked == [b"town._domainkey.bridges.example.org."]
    assert holds(re.sub(rb"\r\n ", b"\r\n\t", content, count=1))  # a server may fold anew
    assert not holds(content.replace(b"To: olena", b"To: marta"))
    assert not holds(content.replace(b"\r\n\r\n", b"\r\n\r\nPay here.\r\n", 1))
    assert not holds(b"Subject: another\r\n" + content)
    read(content)


@pytest.mark.parametrize("content", [None, b"", b"no key", b"-----BEGIN RSA PRIVATE KEY-----"])
def test_a_key_that_is_none_is_said_before_anything_is_sent(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "key.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadSetting, match="BRIDGES_DKIM_KEY"):
        signer(Settings(contact=CONTACT, dkim_key=str(path)))
    assert signer(Settings(contact=CONTACT)) is None


@pytest.mark.parametrize("where", ["subject", "header", "message_id"])
def test_no_header_can_be_smuggled_in(where: str) -> None:
    evil = "Water\r\nBcc: everybody@example.org\r\n\r\n<h1>hello</h1>"
    letter = Letter(
        "digest",
        OLENA.email,
        "k",
        evil if where == "subject" else "Water",
        "text",
        "<p>html</p>",
        {"Content-Language": evil} if where == "header" else {},
    )
    number = evil if where == "message_id" else "<a@example.org>"
    one = Posted(1, "k", letter, number, MONDAY, LetterState.PENDING, MONDAY, MONDAY, 0)
    try:
        made = email.message_from_bytes(message(one, CONTACT).as_bytes(), policy=default)
    except Unsendable:
        assert where == "message_id"
        return
    assert made["Bcc"] is None
    assert [part.get_content_type() for part in made.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
