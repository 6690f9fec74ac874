"""What letters should have come of a season, worked out anew from what happened in the world."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from storage.domain import Frequency, Recipient
from tests.alerts.quarter import Published

BRUSSELS = ZoneInfo("Europe/Brussels")


@dataclass
class Reader:
    """Somebody who gets letters: what of, from when to when; and the letters that came."""

    recipient: Recipient
    topics: tuple[str, ...]
    since: datetime
    until: datetime | None = None
    letters: list[datetime] = field(default_factory=list)

    def here(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.recipient.zone)).date()

    @property
    def always(self) -> bool:
        """Whether a letter comes although there is nothing new."""
        return self.recipient.receipt and self.recipient.frequency is not Frequency.INSTANT

    def windows(self, end: datetime) -> list[tuple[date, date]]:
        """From one day for a letter to the next, as a calendar on the wall would have them."""
        first, last = self.here(self.letters[0]), self.here(end)
        days = [first]
        while days[-1] <= last:
            days.append(_following(self.recipient.frequency, first, len(days)))
        return list(pairwise(days))


def _following(frequency: Frequency, first: date, number: int) -> date:
    if frequency is Frequency.DAILY:
        return first + timedelta(days=number)
    if frequency is Frequency.WEEKLY:
        return first + timedelta(days=7 * number)
    year, month = first.year, first.month
    for _ in range(number):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return date(year, month, min(first.day, calendar.monthrange(year, month)[1]))


def is_open(call: Published, now: datetime) -> bool:
    """Whether a call can be applied to: until the end of its day in Brussels."""
    closes = date.fromisoformat(call.closes_at(now))
    over = datetime.combine(closes + timedelta(days=1), time(), BRUSSELS)
    return call.since <= now < over


def alive(reader: Reader, rounds: Sequence[datetime]) -> list[datetime]:
    """The rounds in which somebody could be written to."""
    return [
        one
        for one in rounds
        if reader.since <= one and (reader.until is None or one < reader.until)
    ]


def check_turns(reader: Reader, whole: Sequence[datetime], every: Sequence[datetime]) -> int:
    """Each turn that the program saw has one letter, in its first whole round; returns how many."""
    letters = reader.letters
    whole, every = alive(reader, whole), alive(reader, every)
    assert letters
    assert letters[0] <= whole[0]
    assert set(letters) <= set(every), "a letter out of nothing"
    seen = 0
    for begins, ends in reader.windows(every[-1]):
        written = [one for one in letters if begins <= reader.here(one) < ends]
        tried = [one for one in whole if begins <= reader.here(one) < ends]
        where = f"{reader.recipient.email}: {begins}-{ends}: {written}, tried {tried}"
        assert len(written) <= 1, where
        if tried and reader.always:
            assert len(written) == 1, where
            assert written[0] <= tried[0], where
        seen += len(written)
    assert seen == len(letters)
    return seen


def told_by(reader: Reader, known: datetime, whole: Sequence[datetime]) -> datetime | None:
    """The moment by which somebody must have been told of what is known since ``known``."""
    later = [one for one in alive(reader, whole) if one >= known]
    if reader.recipient.frequency is Frequency.INSTANT:
        return later[0] if later else None
    windows = reader.windows(later[-1]) if later else []
    for one in later:
        (begins, _) = next(w for w in windows if w[0] <= reader.here(one) < w[1])
        if not any(begins <= reader.here(x) and x < known for x in reader.letters):
            return one
        # This turn's letter was written before it was known: it waits for the next turn.
    return None


def known_since(call: Published, moment: datetime, read: Sequence[datetime]) -> datetime | None:
    """When the source was first read, from ``moment`` on, with the call in it."""
    return next((one for one in read if one >= moment and is_open(call, one)), None)
