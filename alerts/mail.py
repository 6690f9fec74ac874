"""Makes an e-mail of a letter in the outbox: headers nothing can be smuggled into, two bodies."""

from __future__ import annotations

import hashlib
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from alerts.plain import line
from storage.letters import Letter, Posted

_NAME = "Bridges of Trust"
_MOSTLY = 0.7


class Unsendable(Exception):  # noqa: N818 - it says what happened
    """Raised by ``message`` for a letter that no mail server could take, with the reason."""


def message_id(letter: Letter, contact: str) -> str:
    """Return the Message-ID of a letter: derived from its key, the same for every try.

    A mail program that gets the letter twice after a crash can tell that it is one letter.
    """
    digest = hashlib.sha256(letter.key.encode("utf-8")).hexdigest()[:32]
    return f"<{digest}@{contact.rpartition('@')[2]}>"


def message(posted: Posted, contact: str) -> EmailMessage:
    """Return the e-mail: plain text and HTML as alternatives, in 7-bit encodings.

    Both bodies survive every server on the way. Raises Unsendable.
    """
    letter = posted.letter
    if not letter.address.isascii():
        raise Unsendable("the address has letters beyond ASCII, which few servers take")
    made = EmailMessage(policy=SMTP)
    try:
        made["Subject"] = line(letter.subject)
        made["From"] = Address(_NAME, addr_spec=contact)
        made["To"] = Address(addr_spec=letter.address)
        made["Date"] = posted.created
        made["Message-ID"] = posted.message_id
        made["Auto-Submitted"] = "auto-generated"
        made.set_content(letter.text, cte=_encoding(letter.text))
        made.add_alternative(letter.html, subtype="html", cte=_encoding(letter.html))
        for name, value in letter.headers.items():  # last: Content-… would be taken for a body's
            made[name] = line(value)
    except (ValueError, IndexError, MessageError) as error:
        raise Unsendable(f"its headers cannot be written: {line(str(error))}") from error
    return made


def _encoding(text: str) -> str:
    """Quoted-printable stays readable in English; base64 is half the size in Ukrainian."""
    plain = sum(character.isascii() for character in text)
    return "quoted-printable" if plain > _MOSTLY * len(text) else "base64"
