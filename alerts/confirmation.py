"""Asks recipients whose consent nobody noted whether they want letters, once and once more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from alerts.link_words import link_tongue
from alerts.links import CONFIRM_FOR, Links, links_for, unsubscribe_headers
from alerts.mail import message_id
from alerts.plain import line, shorten
from alerts.templating import template
from alerts.tongue import Tongue
from alerts.when import day
from storage.correspondence import supersede
from storage.domain import Recipient
from storage.letters import Letter, write
from storage.partnerships import list_partnerships
from storage.recipients import State, address_key, listed, suppressed
from storage.schema import letters
from storage.settings import Settings, secret_key

KIND = "confirmation"
TEMPLATE = "confirmation.html"

AGAIN = timedelta(days=14)
"""How long after the first question somebody who did not answer is asked once more."""

_MOST = 2
_MOST_A_YEAR = 4
_YEAR = timedelta(days=365)
_NAME = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody to be asked for consent: for which partnerships, by their names."""

    recipient: Recipient
    names: tuple[str, ...]
    since: datetime

    @property
    def key(self) -> str:
        return address_key(self.recipient.email)


def write_confirmations(
    connection: sa.Connection, settings: Settings, now: datetime
) -> list[tuple[str, str]]:
    """Write the letters that ask for consent; returns address and subject of each.

    Nobody is asked more than twice, nor sooner than ``AGAIN`` after the first time; being listed
    anew counts as new. Without pages to confirm on (``BRIDGES_BASE_URL``) nobody is asked.
    """
    written: list[tuple[str, str]] = []
    for one in unconfirmed(connection):
        links = links_for(settings, one.key, now)
        if links is None or not _is_turn(connection, one, now):
            continue
        supersede(connection, one.key, KIND, now)  # whose link may be too old by now
        letter = confirmation(one, links, settings.contact, now)
        made = message_id(letter, settings.contact, secret_key(settings))
        if write(connection, letter, (), message_id=made, now=now) is not None:
            written.append((one.recipient.email, letter.subject))
    return written


def unconfirmed(connection: sa.Connection) -> list[Asked]:
    """Return who is listed without consent, each address once."""
    names = {one.id: one.name for one in list_partnerships(connection)}
    found: dict[str, Asked] = {}
    for one in listed(connection):
        if one.state is not State.ACTIVE or one.recipient is None or one.recipient.consent:
            continue
        if suppressed(connection, one.key) is not None:
            continue
        name = shorten(names.get(one.partnership, one.partnership), _NAME)
        before = found.get(one.key)
        if before is None:
            found[one.key] = Asked(one.recipient, (name,), one.state_at)
        else:
            newest = max(before.since, one.state_at)
            found[one.key] = Asked(before.recipient, (*before.names, name), newest)
    return list(found.values())


def _is_turn(connection: sa.Connection, one: Asked, now: datetime) -> bool:
    query = sa.select(letters.c.created).where(
        letters.c.recipient == one.key, letters.c.kind == KIND, letters.c.created > now - _YEAR
    )
    every = sorted(connection.scalars(query))
    since = [at for at in every if at >= one.since]
    if len(every) >= _MOST_A_YEAR or len(since) >= _MOST:
        return False
    return not since or now - since[-1] >= AGAIN


def confirmation(one: Asked, links: Links, contact: str, now: datetime) -> Letter:
    """Return the letter that asks."""
    t = link_tongue(one.recipient.language)
    shown = _Shown(
        t=t,
        subject=t.say("Do you want letters about funding calls?"),
        greeting=t.say("Dear colleagues,"),
        body=tuple(_body(t, one, contact)),
        yes=t.say("Yes, write to me"),
        url=links.confirm(),
        after=tuple(_after(t, now)),
    )
    return Letter(
        kind=KIND,
        address=one.recipient.email,
        subject_key=f"{now:%Y-%m-%d}",
        subject=shown.subject,
        text=shown.text(),
        html=template("alerts", TEMPLATE).render(letter=shown),
        headers={"Content-Language": t.code, **unsubscribe_headers(links, contact)},
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the letter shows, top to bottom."""

    t: Tongue
    subject: str
    greeting: str
    body: tuple[str, ...]
    yes: str
    url: str
    after: tuple[str, ...]

    def text(self) -> str:
        parts = [self.greeting, *self.body, f"{self.yes}:\n{self.url}", *self.after]
        return "\n\n".join(parts) + "\n"


def _body(t: Tongue, one: Asked, contact: str) -> Iterator[str]:
    yield t.say(
        "Bridges of Trust looks for funding calls that partner towns in Ukraine and the EU can"
        " apply to together, and writes when there is something new."
    )
    yield t.say("This address was given for letters about:") + " " + ", ".join(one.names)
    yield t.say(
        "We write only if you want it. Whoever gave the address can be asked here: {contact}.",
        contact=line(contact),
    )


def _after(t: Tongue, now: datetime) -> Iterator[str]:
    until = day(t, (now + CONFIRM_FOR).date())
    yield t.say("The link can be used until {day}.", day=until)
    yield t.say("If you do not want letters, do nothing: none will come.")
