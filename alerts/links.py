"""The addresses of links in letters: signed, without a login, without an address in clear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote

from itsdangerous import BadData, HMACAlgorithm, TimestampSigner
from itsdangerous.encoding import base64_decode, base64_encode

from storage.settings import Settings, secret_keys

FOR = timedelta(days=90)
"""How long the links of a letter can be used, but for unsubscribing."""

CONFIRM_FOR = timedelta(days=30)
"""How long a recipient may take to confirm."""


class Purpose(StrEnum):
    """What a link is for; the word stands in its address, and a link serves no other purpose."""

    ANSWER = "answer"  # one call, for one partnership
    SUITING = "suiting"  # all that suits one partnership
    LETTERS = "letters"  # pause, frequency, language
    UNSUBSCRIBE = "unsubscribe"
    CONFIRM = "confirm"


_LASTS = {
    Purpose.ANSWER: FOR,
    Purpose.SUITING: FOR,
    Purpose.LETTERS: FOR,
    Purpose.CONFIRM: CONFIRM_FOR,
}


class Do(StrEnum):
    """What the link of an answer proposes; its page asks before anything is done."""

    USEFUL = "useful"
    NOT_FOR_US = "not-for-us"
    LEAD = "lead"
    JOIN = "join"
    DISMISS = "dismiss"


@dataclass(frozen=True, slots=True)
class Grant:
    """What the holder of a link may act upon: an address (its hash), perhaps one call.

    ``made`` is when the link was made, None before it was.
    """

    purpose: Purpose
    recipient: str
    partnership: str = ""
    opportunity: str = ""
    made: datetime | None = field(default=None, compare=False)


class BadLink(Exception):  # noqa: N818 - it says what happened
    """Raised by ``read_token`` for a link that we did not make, or of which a part is missing."""


class ExpiredLink(Exception):  # noqa: N818 - likewise
    """Raised by ``read_token`` for a link of ours that is too old; ``grant`` is what it was for."""

    def __init__(self, grant: Grant) -> None:
        super().__init__(f"made {grant.made:%Y-%m-%d}")
        self.grant = grant


class _Half(HMACAlgorithm):
    """HMAC-SHA256 cut to 128 bits (RFC 2104, section 5): a letter holds eighty signatures."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return super().get_signature(key, value)[:16]


class _Signer(TimestampSigner):
    """Signs at a moment that is given, as everywhere in this program."""

    def __init__(self, secrets: Sequence[str], purpose: Purpose, now: datetime) -> None:
        oldest_first = list(reversed(secrets))
        super().__init__(
            oldest_first,
            salt=f"bridges.{purpose}",
            key_derivation="hmac",
            algorithm=_Half(sha256),
        )
        self._now = int(now.timestamp())
        self._newest = super().derive_key()

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        return self._newest if secret_key is None else super().derive_key(secret_key)

    def get_timestamp(self) -> int:
        return self._now


def make_token(secrets: Sequence[str], grant: Grant, now: datetime) -> str:
    """Return the signed part of a link; the newest secret (the first) signs."""
    parts = (bytes.fromhex(grant.recipient), grant.partnership.encode(), grant.opportunity.encode())
    packed = base64_encode(parts[0] + b"\0".join(parts[1:]))
    return _signer(tuple(secrets), grant.purpose, now).sign(packed).decode("ascii")


@lru_cache(maxsize=16)
def _signer(secrets: tuple[str, ...], purpose: Purpose, now: datetime) -> _Signer:
    """One signer for all the letters of a round: what it derives from the secret stays the same."""
    return _Signer(secrets, purpose, now)


def read_token(secrets: Sequence[str], purpose: Purpose, token: str, now: datetime) -> Grant:
    """Return what a link is for. Raises BadLink and ExpiredLink.

    Any of the secrets may have signed it. A link to unsubscribe never expires.
    """
    try:
        packed, made = _Signer(secrets, purpose, now).unsign(
            token.encode("ascii"), return_timestamp=True
        )
        held = base64_decode(packed)
        partnership, opportunity = held[_KEY:].decode().split("\0")
    except (BadData, ValueError) as error:
        raise BadLink("not one of our links") from error
    grant = Grant(purpose, held[:_KEY].hex(), partnership, opportunity, made.astimezone(UTC))
    lasts = _LASTS.get(purpose)
    if lasts is not None and now > made + lasts:
        raise ExpiredLink(grant)
    return grant


_KEY = sha256().digest_size


@dataclass(frozen=True, slots=True)
class Links:
    """The links of one letter: to whom (the hash of an address), made when, leading where.

    A page that leads on to another makes its links as of the letter: they do not live longer.
    """

    base_url: str
    secrets: tuple[str, ...]
    recipient: str
    now: datetime

    def answer(self, partnership: str, opportunity: str, do: Do | None = None) -> str:
        """Where one says what one thinks of a call; ``do`` is proposed there first."""
        url = self._url(Grant(Purpose.ANSWER, self.recipient, partnership, opportunity))
        return proposing(url, do) if do else url

    def suiting(self, partnership: str) -> str:
        """Where all stands that suits a partnership, and nothing that its towns dismissed."""
        return self._url(Grant(Purpose.SUITING, self.recipient, partnership))

    def letters(self) -> str:
        """Where one pauses letters, or changes how often and in which language they come."""
        return self._url(Grant(Purpose.LETTERS, self.recipient))

    def unsubscribe(self) -> str:
        """Where one stops letters; a POST to it, by whomever, stops all of them."""
        return self._url(Grant(Purpose.UNSUBSCRIBE, self.recipient))

    def confirm(self) -> str:
        """Where one agrees to letters."""
        return self._url(Grant(Purpose.CONFIRM, self.recipient))

    def _url(self, grant: Grant) -> str:
        return f"{self.base_url}/{grant.purpose}/{make_token(self.secrets, grant, self.now)}"


def proposing(answer: str, do: Do) -> str:
    """Return a link of ``Links.answer`` with what is proposed on its page."""
    return f"{answer}?do={do.value}"


def unsubscribe_headers(links: Links | None, contact: str) -> dict[str, str]:
    """Return the headers by which mail programs offer to unsubscribe (RFC 2369, RFC 8058).

    One click needs https; without pages to reach, a letter to the contact is what remains.
    """
    if links is None:
        return {"List-Unsubscribe": f"<mailto:{contact}?subject=unsubscribe>"}
    url = links.unsubscribe()
    subject = quote(f"unsubscribe {url.rpartition('/')[2]}")
    named = {"List-Unsubscribe": f"<{url}>, <mailto:{contact}?subject={subject}>"}
    if links.base_url.startswith("https://"):
        named["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return named


def links_for(settings: Settings, recipient: str, now: datetime) -> Links | None:
    """Return the links of a letter to ``recipient``; None where there are no pages to lead to."""
    if not settings.base_url:
        return None
    return Links(settings.base_url, secret_keys(settings), recipient, now)
