"""Writes the digests that are due: a letter is a row with what it tells, unsent by default."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from alerts.audience import CLOCK_ERROR, Addressee, Skipped, audience, is_due
from alerts.confirmation import write_confirmations
from alerts.delivery import Delivered, deliver
from alerts.digest import KIND, build_digest, build_reminder, not_compared
from alerts.letter import Unwritable, render
from alerts.links import links_for, unsubscribe_headers
from alerts.mail import message_id
from alerts.nouns import REMINDER, Digest
from alerts.receipt import Book, Source
from alerts.wishes import silence
from storage import letters
from storage.database import reading
from storage.domain import Frequency
from storage.errors import DatabaseUnavailable
from storage.letters import Letter
from storage.opportunities import any_merged, hold_still
from storage.recipients import address_key
from storage.settings import Settings, secret_key, with_secrets

__all__ = ["Built", "Delivered", "build_due", "deliver", "letter_of"]

log = logging.getLogger(__name__)


@dataclass
class Built:
    """What building the due digests did: letters by address and subject, and who got none.

    ``asked`` are the letters that ask for consent.
    """

    written: list[tuple[str, str]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failed: list[Skipped] = field(default_factory=list)


Turn = Callable[[Addressee, tuple[datetime | None, datetime | None], datetime], bool]
"""Says whether a digest is to be written now, from when the first and the newest one were."""

BEING_WRITTEN = "is being written to already"
"""Why an address got no letter from us when another program wrote to it at that moment."""


def is_turn(
    addressee: Addressee, written: tuple[datetime | None, datetime | None], now: datetime
) -> bool:
    """The turn by the calendar alone."""
    first, last = written
    return is_due(addressee.recipient, last, now, first)


def build_due(
    engine: sa.Engine,
    settings: Settings,
    now: datetime,
    *,
    known_sources: Sequence[Source] | None = None,
    turn: Turn = is_turn,
) -> Built:
    """Write the digest of everybody whose ``turn`` it is, each in a transaction of its own.

    What to tell is worked out beforehand, from one state of the database: others can go on writing
    meanwhile. What another program tells in between keeps the letter from being written, and so
    does a merge of what it tells. One letter that cannot be written keeps none of the others from
    being; the database failing does.
    """
    built = Built()
    settings = with_secrets(settings)
    with reading(engine) as connection:
        addressees, skipped = audience(connection)
        book = Book(connection, now, known_sources)
    built.skipped += skipped
    for one in addressees:
        built.notes += one.notes
        try:
            with reading(engine) as connection:
                _build(connection, engine, one, settings, now, built, book, turn)
        except Unwritable as error:
            built.failed.append(Skipped(one.recipient.email, f"has no letter: {error}"))
        except sa.exc.IntegrityError:
            # Another program told the same in the meantime; all of ours is undone.
            built.skipped.append(Skipped(one.recipient.email, BEING_WRITTEN))
        except DatabaseUnavailable:
            raise
        except Exception as error:
            log.exception("the letter to %s cannot be written", one.key[:12])
            built.failed.append(Skipped(one.recipient.email, f"its letter failed: {error!r}"))
    with engine.begin() as connection:
        built.asked += write_confirmations(connection, settings, now)
    return built


def _build(  # noqa: PLR0913, PLR0917 - one step of build_due
    connection: sa.Connection,
    engine: sa.Engine,
    addressee: Addressee,
    settings: Settings,
    now: datetime,
    built: Built,
    book: Book,
    turn: Turn,
) -> None:
    recipient = addressee.recipient
    hold_still(connection)
    if quiet := silence(connection, addressee.key, recipient.zone, now):
        built.skipped.append(Skipped(recipient.email, quiet, quiet=True))
        return
    written = letters.first_and_last(connection, addressee.key, KIND, until=now + CLOCK_ERROR)
    if not turn(addressee, written, now):
        reminder = build_reminder(connection, recipient, addressee.partnerships, now)
        if reminder is None:
            built.skipped.append(Skipped(recipient.email, "not due yet", quiet=True))
        else:
            _write(engine, reminder, settings, now, built)
        return
    digest = build_digest(connection, recipient, addressee.partnerships, now, book=book)
    if len(digest.sections) < len(addressee.partnerships):
        why = [not_compared(connection, one.id) for one in addressee.partnerships]
        built.notes += [said for said in why if said and said not in built.notes]
    if not digest.sections:
        built.skipped.append(Skipped(recipient.email, "there is nothing to tell of yet"))
        return
    silent = recipient.frequency is Frequency.INSTANT or not recipient.receipt
    if digest.empty and silent:
        built.skipped.append(Skipped(recipient.email, "nothing to tell", quiet=True))
        return
    _write(engine, digest, settings, now, built)


def _write(
    engine: sa.Engine, digest: Digest, settings: Settings, now: datetime, built: Built
) -> None:
    letter = letter_of(digest, settings)
    made = message_id(letter, settings.contact, secret_key(settings))
    with engine.begin() as writing:
        if any_merged(writing, [one.opportunity for one in digest.facts]):
            built.skipped.append(Skipped(letter.address, BEING_WRITTEN))
            return
        number = letters.write(writing, letter, digest.facts, message_id=made, now=now)
    if number is not None:
        built.written.append((letter.address, letter.subject))


def letter_of(digest: Digest, settings: Settings) -> Letter:
    """Return the digest as the letter that will be written."""
    links = links_for(settings, address_key(digest.recipient.email), digest.now)
    rendered = render(digest, base_url=settings.base_url, contact=settings.contact, links=links)
    return Letter(
        kind=digest.kind,
        address=digest.recipient.email,
        subject_key=_subject_key(digest),
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        calendar=rendered.calendar,
        headers={
            "Content-Language": rendered.language,
            **unsubscribe_headers(links, settings.contact),
        },
    )


def _subject_key(digest: Digest) -> str:
    """The day of the digest where its reader is; instant ones are told apart by what they tell."""
    day = digest.now.astimezone(ZoneInfo(digest.recipient.zone)).date().isoformat()
    if digest.recipient.frequency is not Frequency.INSTANT or digest.kind == REMINDER:
        return day
    told = "\n".join(sorted(f"{f.partnership} {f.opportunity} {f.fact}" for f in digest.facts))
    return f"{day}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"
