"""The address of a mailbox as mail servers want it: in one piece, its domain in ASCII."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import idna

from alerts.plain import shorten

_LONGEST = 254
_SHOWN = 60
_FORBIDDEN = re.compile(r'[\s<>()\[\],;:\\"@]')


class BadAddress(ValueError):  # noqa: N818 - it says what happened
    """Raised by ``mailbox`` for what no mail server could take, with the reason."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The two sides of an address; ``local`` may hold any letters, ``domain`` is ASCII."""

    local: str
    domain: str

    @property
    def international(self) -> bool:
        """Whether only servers with SMTPUTF8 (RFC 6531) can take mail for it."""
        return not self.local.isascii()

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"


def mailbox(address: str) -> Mailbox:
    """Return an address as a mail server wants it; spaces around it do not count.

    A domain with letters beyond ASCII is written as its registry has it (IDNA 2008, RFC 5891).
    Raises BadAddress.
    """
    said = unicodedata.normalize("NFC", address.strip())
    local, at, domain = said.rpartition("@")
    hidden = any(unicodedata.category(one).startswith("C") for one in said)
    if not at or not local or not domain or hidden or _FORBIDDEN.search(local):
        raise BadAddress(f"'{shorten(said, _SHOWN)}' is not an e-mail address")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise BadAddress(f"'{shorten(said, _SHOWN)}' has a dot out of place")
    try:
        plain = idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        why = shorten(str(error), _SHOWN)
        raise BadAddress(f"'{shorten(domain, _SHOWN)}' is not a domain: {why}") from error
    found = Mailbox(local, plain)
    if len(str(found).encode()) > _LONGEST:
        raise BadAddress(f"'{shorten(said, _SHOWN)}' is longer than an address may be")
    return found
