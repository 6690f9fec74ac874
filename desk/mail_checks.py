"""The doctor's look at mail: where letters go, who may get them, and what holds them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from desk.check import Check, State
from desk.text import shorten
from desk.wording import ago, count
from storage.errors import BridgesError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.settings import Settings

_REASON = 200


def mail_checks(settings: Settings, now: datetime) -> Iterator[Check]:
    """Where letters go and who may get them; then what waits in the outbox."""
    if "://" in settings.mail:
        yield _server(settings)
        yield _allowed(settings)
    else:
        yield _folder(Path(settings.mail))
    if settings.dkim_key:
        yield _signed(settings)
    yield from _outbox(settings, now)


def _server(settings: Settings) -> Check:
    parts = urlsplit(settings.mail)
    port = f":{parts.port}" if parts.port else ""
    said = f"letters go to {parts.scheme}://{parts.hostname}{port}"
    if parts.username and not (parts.password or settings.mail_password):
        do = "give it in BRIDGES_MAIL_PASSWORD"
        return Check("mail", State.FAIL, f"{said}, with a user but without a password", do)
    if parts.username:
        return Check("mail", State.OK, f"{said}, with a password")
    return Check("mail", State.OK, said)


def _allowed(settings: Settings) -> Check:
    allowed = settings.mailable
    if allowed is None:
        return Check("recipients", State.OK, "everybody who agreed to letters gets mail")
    do = "in production: BRIDGES_MAIL_TO=everybody"
    if not settings.mail_to.strip():
        said = "nobody gets mail but the contact: BRIDGES_MAIL_TO is not set"
        return Check("recipients", State.WARN, said, do)
    said = f"only these get mail, letters to others wait: {', '.join(allowed)}"
    return Check("recipients", State.WARN, shorten(said, _REASON), do)


def _folder(folder: Path) -> Check:
    existing = folder
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        do = "make it writable or name another in BRIDGES_MAIL"
        return Check("mail", State.FAIL, f"letters cannot be written to {folder}", do)
    return Check(
        "mail", State.OK, f"letters go to the folder {folder} (set BRIDGES_MAIL to send them)"
    )


def _signed(settings: Settings) -> Check:
    from alerts.signing import signer

    try:
        found = signer(settings)
    except BridgesError as error:
        return Check("signature", State.FAIL, str(error), "correct it; no letter leaves before")
    domain = "" if found is None else found.domain.decode()
    name = f"{settings.dkim_selector}._domainkey.{domain}"
    return Check(
        "signature", State.OK, f"letters are signed; the public key is asked for at {name}"
    )


def _outbox(settings: Settings, now: datetime) -> Iterator[Check]:
    """What is in the outbox; nothing is said where there is no database of ours yet."""
    from desk.checks import database_file
    from storage.database import open_database, reading, revision
    from storage.schema import REVISION

    file = database_file(settings)
    if file is not None and not file.exists():
        return
    try:
        engine = open_database(settings.database_url, migrate=False)
        try:
            if revision(engine) == REVISION:
                with reading(engine) as connection:
                    yield _waiting(connection, now)
        finally:
            engine.dispose()
    except BridgesError:
        return  # the check of the database says so


def _waiting(connection: Connection, now: datetime) -> Check:
    from storage.holds import active_holds
    from storage.letters import LetterState, count_letters

    counts = count_letters(connection)
    ahead = counts[LetterState.PENDING] + counts[LetterState.RETRY]
    said = f"{count(ahead, 'letter')} to send, {counts[LetterState.SENT]} sent"
    look = "bridges digest outbox"
    for hold in active_holds(connection).values():
        reason = shorten(hold.reason, _REASON)
        stands = f"it stands still since {ago(hold.since, now)}: {reason}; {said}"
        return Check("outbox", State.FAIL, stands, f"{look}; then: bridges digest resume")
    doubtful, failed = counts[LetterState.UNCONFIRMED], counts[LetterState.FAILED]
    if doubtful or failed:
        said += f", {failed} refused for good, {doubtful} unconfirmed"
        return Check("outbox", State.WARN, said, f"see which and why: {look}")
    return Check("outbox", State.OK, said)
