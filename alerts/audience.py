"""Who is to be written to: each address once, with all its partnerships, when it is due."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from storage.domain import Frequency, Partnership, Recipient
from storage.partnerships import list_partnerships
from storage.recipients import address_key

_PERIODS = {Frequency.DAILY: timedelta(days=1), Frequency.WEEKLY: timedelta(days=7)}


CLOCK_ERROR = timedelta(days=1)
"""How far ahead of now a letter may have been written: what lies further was no right clock's."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """One address with the partnerships it may be told about, by their id.

    Where the partnerships give it different settings, those of the first count, and ``notes`` says
    so: one letter can only be in one language.
    """

    recipient: Recipient
    partnerships: tuple[Partnership, ...]
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The hash by which the address is known."""
        return address_key(self.recipient.email)


@dataclass(frozen=True, slots=True)
class Skipped:
    """An address that gets no letter now, and why; ``quiet`` when that is as it should be."""

    address: str
    why: str
    quiet: bool = False


def audience(connection: sa.Connection) -> tuple[list[Addressee], list[Skipped]]:
    """Return everybody who agreed to letters, and those who did not yet."""
    agreed: dict[str, list[tuple[Recipient, Partnership]]] = {}
    skipped: list[Skipped] = []
    for partnership in list_partnerships(connection):
        for recipient in partnership.recipients:
            if recipient.consent:
                key = address_key(recipient.email)
                agreed.setdefault(key, []).append((recipient, partnership))
            else:
                why = (
                    f"has not agreed yet to letters for {partnership.id}; until they do by the link"
                    " they are sent, note how they agreed in the partnership's file"
                )
                skipped.append(Skipped(recipient.email, why))
    return [_addressee(pairs) for pairs in agreed.values()], skipped


def addressees_of(connection: sa.Connection, partnership: Partnership) -> list[Addressee]:
    """Return whom the letters of one partnership go to, or would once they agreed."""
    every, _ = audience(connection)
    by_key = {one.key: one for one in every}
    found: list[Addressee] = []
    for recipient in partnership.recipients:
        known = by_key.get(address_key(recipient.email))
        if known is None or partnership.id not in {one.id for one in known.partnerships}:
            known = Addressee(recipient, (partnership,))
        found.append(known)
    return found


def is_due(
    recipient: Recipient, last: datetime | None, now: datetime, first: datetime | None = None
) -> bool:
    """Whether the digest is due: counted in days on the calendar of the recipient.

    ``last`` is when the newest one was written, None for never: the first is due at once. The days
    of those that follow are counted from the ``first``, so that a letter that was late, or a month
    that was short, does not move all that come after it.
    """
    if last is None or recipient.frequency is Frequency.INSTANT:
        return True
    zone = ZoneInfo(recipient.zone)
    before, today = last.astimezone(zone).date(), now.astimezone(zone).date()
    began = before if first is None else min(first.astimezone(zone).date(), before)
    return today > before and _newest_turn(recipient.frequency, began, today) > before


def _newest_turn(frequency: Frequency, began: date, today: date) -> date:
    """The newest day, up to today, on which a letter falls when the first fell on ``began``."""
    if frequency is Frequency.MONTHLY:
        months = (today.year - began.year) * 12 + today.month - began.month
        turn = _months_later(began, months)
        return turn if turn <= today else _months_later(began, months - 1)
    period = _PERIODS[frequency]
    return began + (today - began) // period * period


def _months_later(day: date, months: int) -> date:
    """The same day of another month, or its last: 31 January, 28 February, 31 March."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _addressee(pairs: list[tuple[Recipient, Partnership]]) -> Addressee:
    first, partnership = pairs[0]
    differing = [
        other.id
        for recipient, other in pairs[1:]
        if replace(recipient, email=first.email, consent=first.consent) != first
    ]
    notes: tuple[str, ...] = ()
    if differing:
        others = ", ".join(differing)
        said = (
            f"{first.email}: language, zone, frequency or receipt differ between its partnerships;"
            f" those of {partnership.id} count, not those of {others}"
        )
        notes = (said,)
    return Addressee(first, tuple(one for _, one in pairs), notes)
