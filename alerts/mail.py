"""Makes an e-mail of a letter in the outbox: headers nothing can be smuggled into, two bodies."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import io
import re
from dataclasses import dataclass
from email.errors import MessageError
from email.generator import BytesGenerator
from email.header import Header
from email.headerregistry import (
    Address,
    BaseHeader,
    HeaderRegistry,
    UnstructuredHeader,
)
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from functools import cache
from typing import Any

from alerts.addresses import BadAddress, Mailbox, mailbox
from alerts.plain import line
from alerts.signing import Signer
from storage.letters import Letter, Posted

CALENDAR = "deadlines.ics"
"""The name of the calendar that comes with a letter."""

_NAME = "Bridges of Trust"
_MOSTLY = 0.7

_CRLF = "\r\n"
_LINE_END = re.compile(r"\r\n|\r|\n")

_LONG = 60
"""Characters; a longer subject would have to be folded."""


class _Subject(BaseHeader):
    """A subject that is read as it was written.

    The standard library folds words itself, and so loses spaces between short foreign ones and
    takes words in the look of encoded ones for such.
    """

    max_count = 1

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        kwds["decoded"], kwds["parse_tree"] = value, None

    def fold(self, *, policy: Any) -> str:
        said = str(self)
        if said.isascii() and len(said) <= _LONG and "=?" not in said:
            return f"{self.name}: {said}{policy.linesep}"
        encoded = Header(said, "utf-8", header_name=self.name, maxlinelen=75)
        return f"{self.name}: {encoded.encode(linesep=policy.linesep)}{policy.linesep}"


class _Addresses(UnstructuredHeader, BaseHeader):
    """A header of web addresses, folded between them only: what is inside stays as it is.

    Python would write an address longer than a line as an encoded word, which no mail program
    follows.
    """

    def fold(self, *, policy: Any) -> str:
        return f"{self.name}: {str(self).replace(', ', f',{policy.linesep} ')}{policy.linesep}"


_REGISTRY = HeaderRegistry()
_REGISTRY.map_to_type("List-Unsubscribe", _Addresses)
_REGISTRY.map_to_type("subject", _Subject)
_POLICY: EmailPolicy[EmailMessage] = SMTP.clone(header_factory=_REGISTRY)
_INTERNATIONAL: EmailPolicy[EmailMessage] = _POLICY.clone(utf8=True)


class Unsendable(Exception):  # noqa: N818 - it says what happened
    """Raised by ``message`` for a letter that no mail server could take, with the reason."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a mail server is handed: from whom, to whom, and the mail with its headers."""

    sender: Mailbox
    recipient: Mailbox
    content: bytes


def message_id(letter: Letter, contact: str, secret: str) -> str:
    """Return the Message-ID of a letter: derived from its key, the same for every try.

    A mail program that gets the letter twice after a crash can tell that it is one letter. Only
    who has the secret or the letter knows it: a returned letter that names it is one of ours.
    """
    key = f"message-id {letter.key}".encode()
    mark = hmac.new(secret.encode(), key, hashlib.sha256).hexdigest()[:32]
    return f"<{mark}@{mailbox(contact).domain}>"


def sealed(posted: Posted, contact: str, signer: Signer | None = None) -> Envelope:
    """Return the letter as it is handed over, to the byte the same for every try.

    Raises Unsendable.
    """
    made = message(posted, contact)
    written = io.BytesIO()
    _Writer(written, mangle_from_=False, policy=made.policy).flatten(made)
    content = written.getvalue()
    if signer is not None:
        content = signer.signed(content)
    return Envelope(mailbox(contact), mailbox(posted.letter.address), content)


class _Writer(BytesGenerator):
    """Writes a mail as ``as_bytes`` does, but each body at once: one has thousands of lines.

    Were the method below no longer asked, a mail would be the same, and take longer.
    """

    def _write_lines(self, lines: str) -> None:
        self.write(_LINE_END.sub(_CRLF, lines) if "\r" in lines else lines.replace("\n", _CRLF))


def message(posted: Posted, contact: str) -> EmailMessage:
    """Return the e-mail: plain text and HTML as alternatives, a calendar attached if there is one.

    All in 7-bit encodings, which survive every server on the way. Raises Unsendable.
    """
    letter = posted.letter
    try:
        sender, recipient = mailbox(contact), mailbox(letter.address)
    except BadAddress as error:
        raise Unsendable(str(error)) from error
    made = EmailMessage(policy=_INTERNATIONAL if recipient.international else _POLICY)
    try:
        made["Subject"] = line(letter.subject)
        made["From"] = _from(sender)
        made["To"] = Address("", recipient.local, recipient.domain)
        made["Date"] = posted.created
        made["Message-ID"] = posted.message_id
        made["Auto-Submitted"] = _constant("Auto-Submitted", "auto-generated")
        _put_text(made, "plain", letter.text)
        made.make_alternative()
        html = EmailMessage(policy=made.policy)
        _put_text(html, "html", letter.html)
        made.attach(html)
        if letter.calendar:
            _attach(made, letter.calendar)
        made["MIME-Version"] = _constant("MIME-Version", "1.0")
        for name, value in letter.headers.items():  # last: Content-… would be taken for a body's
            made[name] = line(value)
    except (ValueError, IndexError, MessageError) as error:
        raise Unsendable(f"its headers cannot be written: {line(str(error))}") from error
    _name_boundaries(made)
    return made


def _name_boundaries(made: EmailMessage) -> None:
    """Part the bodies by marks that are always the same, not by random ones: so is each try.

    None of the two encodings can bring forth such a mark in a body.
    """
    parts = [part for part in made.walk() if part.is_multipart()]
    for number, part in enumerate(parts):
        kind = f'{part.get_content_type()}; boundary="=_bridges_{number}"'
        part.replace_header("Content-Type", _constant("Content-Type", kind))


def _put_text(part: EmailMessage, subtype: str, text: str) -> None:
    """Make ``part`` a text, as ``set_content`` does it, but not character by character.

    Quoted-printable stays readable in English; base64 is half the size in Ukrainian.
    """
    data = b"\n".join(text.encode("utf-8").splitlines()) + b"\n"
    if len(text.encode("ascii", "ignore")) > _MOSTLY * len(text):
        encoding, coded = "quoted-printable", binascii.b2a_qp(data, istext=True)
    else:
        encoding, coded = "base64", base64.encodebytes(data)
    part["Content-Type"] = _constant("Content-Type", f'text/{subtype}; charset="utf-8"')
    part["Content-Transfer-Encoding"] = _constant("Content-Transfer-Encoding", encoding)
    part.set_payload(coded.decode("ascii"))


@cache
def _from(sender: Mailbox) -> Any:
    return _POLICY.header_factory("From", Address(_NAME, sender.local, sender.domain))


@cache
def _constant(name: str, value: str) -> Any:
    """A header that is the same in every letter; to read one costs more than to write it."""
    return _POLICY.header_factory(name, value)


def _mark(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8")).hexdigest()[:32]


def _attach(made: EmailMessage, calendar: str) -> None:
    """Add a calendar as a file: published for whoever wants it, no invitation to answer.

    As ``add_attachment`` does it, whose headers are worked out anew for each letter.
    """
    made.make_mixed()
    part = EmailMessage(policy=made.policy)
    kind = 'text/calendar; charset="utf-8"; method="PUBLISH"'
    named = f'attachment; filename="{CALENDAR}"'
    part["Content-Transfer-Encoding"] = _constant("Content-Transfer-Encoding", "base64")
    part["Content-Disposition"] = _constant("Content-Disposition", named)
    part["Content-Type"] = _constant("Content-Type", kind)
    part["MIME-Version"] = _constant("MIME-Version", "1.0")
    lines = calendar.encode("utf-8").splitlines()
    part.set_payload(base64.encodebytes(b"".join(one + b"\r\n" for one in lines)).decode("ascii"))
    made.attach(part)
