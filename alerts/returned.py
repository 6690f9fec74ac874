"""Understands a message in the mailbox letters come back to: which letter, and what became of it.

Only what names a Message-ID of ours concerns us. Those are keyed with our secret
(``alerts.mail.message_id``), so that nobody who has not seen a letter can speak of it.
"""

from __future__ import annotations

import email
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from enum import StrEnum

from flufl.bounce import all_failures

from alerts.plain import shorten
from storage.recipients import address_key

HARD = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""The status codes (RFC 3463 and IANA's list) that say: there is no such mailbox.

Others that are permanent for one letter, as a full mailbox or a refusal by policy, may be over
next week: they count as soft.
"""

_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_NOBODY = re.compile(
    r"(user|recipient|mailbox|address) (is )?unknown|unknown (user|recipient|mailbox)"
    r"|no such (user|recipient|mailbox)|mailbox (was )?not found|(user|mailbox) does not exist"
    r"|invalid (recipient|mailbox)",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?<![\d.])(55[013])(?![\d.])")
_ADDRESS = re.compile(r"[^\s<>()\"':;,]+@[^\s<>()\"';,]+")
_OURS = re.compile(r"[0-9a-f]{32}@[A-Za-z0-9.-]+")
_ASKS = re.compile(r"\s*unsubscribe\b\s*([\w.-]*)\s*", re.IGNORECASE)
_WORDS = 300
_MOST_IDS = 50


class Fault(StrEnum):
    """What a message says of a letter."""

    HARD = "hard"
    SOFT = "soft"
    NONE = "none"  # it is still being tried, or arrived, or somebody is on holiday
    COMPLAINT = "complaint"  # its reader called it unwanted (RFC 5965)


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that came back; ``ids`` are the Message-IDs it names that look like ours.

    ``asks`` is what follows the word "unsubscribe" in its subject, None when that is not there.
    """

    message: Message
    digest: str
    ids: tuple[str, ...]
    asks: str | None

    def moment(self, earliest: datetime, now: datetime) -> datetime:
        """When it was written, as far as it says so and that can be."""
        try:
            said = parsedate_to_datetime(str(self.message["Date"]))
        except ValueError:
            return now
        said = said if said.tzinfo else said.replace(tzinfo=UTC)
        return said if earliest <= said <= now else now


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one letter: ``status`` as in RFC 3463, ``words`` without addresses."""

    fault: Fault
    status: str = ""
    words: str = ""


def read_notice(raw: bytes) -> Notice:
    """Return a message taken apart. Whatever was sent is some message: nothing is refused."""
    message = email.message_from_bytes(raw)
    subject = str(make_header(decode_header(str(message.get("Subject", "")))))
    asked = _ASKS.fullmatch(subject)
    ids = dict.fromkeys(f"<{one}>" for text in _texts(message) for one in _OURS.findall(text))
    return Notice(
        message,
        hashlib.sha256(raw).hexdigest()[:32],
        tuple(ids)[:_MOST_IDS],
        asked[1] if asked else None,
    )


def judge(notice: Notice, recipient: str) -> Verdict:
    """Return what a notice says of a letter to ``recipient`` (the hash of its address).

    A failure of another address (the letter was forwarded) is never a hard one of this.
    """
    message = notice.message
    if any(one.get_content_type() == "message/feedback-report" for one in message.walk()):
        return Verdict(Fault.COMPLAINT)
    blocks = list(_blocks(message))
    if blocks:
        ours = [one for one in blocks if recipient in _named(one)]
        verdict = _of_block((ours or blocks)[0])
        if verdict.fault is Fault.HARD and not ours:
            return Verdict(Fault.SOFT, verdict.status, verdict.words)
        return verdict
    temporary, permanent = all_failures(message)
    if recipient in _keys(permanent):
        return Verdict(Fault.HARD)
    if permanent and not temporary:
        return Verdict(Fault.SOFT)
    return Verdict(Fault.NONE)


def judge_reply(reply: str) -> Verdict:
    """Return what a server's refusal at the door says of the address."""
    return _judged("", reply)


def without_addresses(words: str) -> str:
    """Return a server's words with every address in them left out."""
    return shorten(_ADDRESS.sub("(address)", words), _WORDS)


def _of_block(block: Message) -> Verdict:
    action = str(block.get("Action", "")).strip().casefold()
    if action and not action.startswith("failed"):
        return Verdict(Fault.NONE)
    return _judged(str(block.get("Status", "")), str(block.get("Diagnostic-Code", "")))


def _judged(status: str, words: str) -> Verdict:
    said = _ENHANCED.search(status)
    code = said[1] if said else ""
    if (not code or code.endswith(".0.0")) and (inner := _ENHANCED.search(words)):
        code = inner[1]
    hard = code in HARD
    if not hard and (not code or code.endswith((".0.0", ".5.0"))):
        hard = bool(_CODE.search(words) and _NOBODY.search(words))
    return Verdict(Fault.HARD if hard else Fault.SOFT, code, without_addresses(words))


def _blocks(message: Message) -> Iterator[Message]:
    """The parts of a delivery report that speak of one recipient each (RFC 3464)."""
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        held = part.get_payload()
        for block in held if isinstance(held, list) else ():
            if isinstance(block, Message) and (
                "Final-Recipient" in block or "Original-Recipient" in block
            ):
                yield block


def _named(block: Message) -> set[str]:
    said = [str(block.get(name, "")) for name in ("Final-Recipient", "Original-Recipient")]
    return {address_key(one.rpartition(";")[2].strip().strip("<>")) for one in said if one}


def _keys(addresses: frozenset[bytes]) -> set[str]:
    return {address_key(one.decode("utf-8", "replace")) for one in addresses}


def _texts(message: Message) -> Iterator[str]:
    """Everything in which a report may repeat the Message-ID of a letter."""
    for part in message.walk():
        for name in ("Message-ID", "In-Reply-To", "References", "X-Failed-Message-ID"):
            for value in part.get_all(name, []):
                yield str(value)
        held = part.get_payload(decode=True)
        if isinstance(held, bytes):
            yield held.decode("latin-1")
