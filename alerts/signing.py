"""Signs mail with the key of the sender's domain (DKIM, RFC 6376), so that it is believed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import dkim  # type: ignore[import-untyped]

from alerts.addresses import mailbox
from storage.errors import BadSetting
from storage.settings import Settings

_SIGNED = (
    b"from",
    b"to",
    b"subject",
    b"date",
    b"message-id",
    b"mime-version",
    b"content-type",
    b"content-language",
    b"auto-submitted",
    b"list-unsubscribe",
    b"list-unsubscribe-post",
)
"""The last two must be covered, or one-click unsubscribing is not offered (RFC 8058)."""

_ONCE = (b"from", b"to", b"subject", b"date", b"message-id")
"""Signed once more than they are there, so that a second one makes the signature void."""


@dataclass(frozen=True, slots=True)
class Signer:
    """The private key of a domain, and the name under which its public key is found."""

    domain: bytes
    selector: bytes
    key: bytes = field(repr=False)

    def signed(self, content: bytes) -> bytes:
        """Return the mail with its signature in front."""
        names = {line.partition(b":")[0].lower() for line in _headers(content)}
        covered = [name for name in _SIGNED if name in names]
        made: bytes = dkim.sign(
            content,
            self.selector,
            self.domain,
            self.key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[*covered, *_ONCE],
        )
        return made + content


def signer(settings: Settings) -> Signer | None:
    """Return what signs mail by the settings; None when no key is set. Raises BadSetting."""
    if not settings.dkim_key:
        return None
    path = Path(settings.dkim_key).expanduser()
    try:
        key = path.read_bytes()
    except OSError as error:
        why = error.strerror or error
        raise BadSetting(f"BRIDGES_DKIM_KEY: {path} cannot be read: {why}") from error
    made = Signer(
        mailbox(settings.contact).domain.encode("ascii"), settings.dkim_selector.encode(), key
    )
    try:
        made.signed(b"From: nobody@example.org\r\n\r\ntest\r\n")
    except (dkim.DKIMException, ValueError, KeyError, IndexError) as error:
        expected = "expected a private RSA key in a PEM file"
        raise BadSetting(f"BRIDGES_DKIM_KEY: {path}: {expected}") from error
    return made


def _headers(content: bytes) -> list[bytes]:
    return content.partition(b"\r\n\r\n")[0].split(b"\r\n")
