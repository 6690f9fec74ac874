"""Reads the mailbox letters come back to, and stops or holds back letters to those addresses."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from alerts.links import BadLink, Purpose, read_token
from alerts.returned import Fault, Notice, judge, judge_reply, read_notice
from alerts.wishes import leave
from storage.bounces import Bounce, SentLetter, keep_bounce, letters_by_message_id
from storage.correspondence import stop_letters
from storage.errors import BadInput, BridgesError
from storage.letters import Posted
from storage.recipients import State, suppressed

LARGEST = 10_000_000
"""Bytes of a message; a larger one is no report, and is left alone."""


@dataclass
class Reading:
    """What was in a mailbox. ``stopped`` and ``held`` are addresses by their hashes.

    ``known`` were read before, ``others`` do not concern us; ``by_hand`` ask to unsubscribe without
    one of our links, so that a person must look; ``unreadable`` are named with the reason.
    """

    messages: int = 0
    stopped: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    known: int = 0
    others: int = 0
    by_hand: list[str] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)


def read_mailbox(engine: sa.Engine, secrets: tuple[str, ...], path: Path, now: datetime) -> Reading:
    """Read a Maildir, an mbox file, a folder of ``.eml`` files or one such file.

    Nothing in it is changed, and reading it again does nothing twice. BadInput for what is none
    of these.
    """
    found = Reading()
    for name, raw in _messages(path):
        found.messages += 1
        if len(raw) > LARGEST:
            found.unreadable.append((name, "too large for a report"))
            continue
        try:
            notice = read_notice(raw)
            with engine.begin() as connection:
                _act(connection, secrets, name, notice, now, found)
        except (sa.exc.SQLAlchemyError, BridgesError):
            raise
        except Exception as error:  # strangers write these: one that breaks a parser is reported
            found.unreadable.append((name, f"{type(error).__name__}: {error}"))
    return found


def note_refusal(connection: sa.Connection, posted: Posted, reply: str, now: datetime) -> bool:
    """Stop letters to an address whose server said at the door that there is no such mailbox."""
    verdict = judge_reply(reply)
    if verdict.fault is not Fault.HARD:
        return False
    key = posted.letter.recipient
    one = Bounce(posted.id, "smtp", key, now, hard=True, status=verdict.status, words=verdict.words)
    if keep_bounce(connection, one):
        stop_letters(connection, key, now)
    return True


def _act(  # noqa: PLR0913, PLR0917 - one step of read_mailbox
    connection: sa.Connection,
    secrets: tuple[str, ...],
    name: str,
    notice: Notice,
    now: datetime,
    found: Reading,
) -> None:
    if notice.asks is not None:
        _leave(connection, secrets, name, notice.asks, now, found)
        return
    outcomes = [
        _keep(connection, notice, letter, now, found)
        for letter in letters_by_message_id(connection, notice.ids)
    ]
    if not any(outcomes):
        found.others += 1


def _leave(  # noqa: PLR0913, PLR0917 - as above
    connection: sa.Connection,
    secrets: tuple[str, ...],
    name: str,
    token: str,
    now: datetime,
    found: Reading,
) -> None:
    """Do what a mail program asked by a letter, if it names one of our links."""
    try:
        grant = read_token(secrets, Purpose.UNSUBSCRIBE, token, now)
    except BadLink:
        found.by_hand.append(name)
        return
    if suppressed(connection, grant.recipient) is None:
        leave(connection, grant.recipient, now)
        found.left.append(grant.recipient)
    else:
        found.known += 1


def _keep(
    connection: sa.Connection, notice: Notice, letter: SentLetter, now: datetime, found: Reading
) -> bool:
    """Keep what a notice says of one letter; False when it says nothing that matters."""
    key = letter.recipient
    verdict = judge(notice, key)
    if verdict.fault is Fault.NONE:
        return False
    if verdict.fault is Fault.COMPLAINT:
        if suppressed(connection, key) is None:
            leave(connection, key, now)
            found.left.append(key)
        else:
            found.known += 1
        return True
    one = Bounce(
        letter=letter.id,
        notice=notice.digest,
        recipient=key,
        at=notice.moment(letter.created, now),
        hard=verdict.fault is Fault.HARD,
        status=verdict.status,
        words=verdict.words,
    )
    if not keep_bounce(connection, one):
        found.known += 1
    elif suppressed(connection, key) is State.BOUNCED:
        stop_letters(connection, key, now)
        found.stopped.append(key)
    else:
        found.held.append(key)
    return True


def _messages(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every message with the name under which it can be found again."""
    if path.is_dir() and (path / "cur").is_dir() and (path / "new").is_dir():
        box = mailbox.Maildir(path, create=False)
        for key in sorted(box.keys()):
            yield key, box.get_bytes(key)
    elif path.is_dir():
        for one in sorted(path.glob("*.eml")):
            yield one.name, one.read_bytes()
    elif path.is_file():
        with path.open("rb") as file:
            is_mbox = file.read(5) == b"From "
        if not is_mbox:
            yield path.name, path.read_bytes()
            return
        many = mailbox.mbox(path, create=False)
        try:
            for number in many.keys():  # noqa: SIM118 - a mailbox yields messages, not keys
                yield f"{path.name}, message {number}", many.get_bytes(number)
        finally:
            many.close()
    else:
        raise BadInput(f"{path} is no mailbox; name a Maildir, an mbox file or a folder of .eml")
