"""The receipt at the end of a letter: which sources were read, when, and which can be relied on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa

from alerts.nouns import Receipt, SourceNote, Standing
from crawler.harvest import load_spider, spider_names
from storage import harvests
from storage.domain import Harvest, Outcome, Status
from storage.query import CallQuery

FRESH = timedelta(days=7)
"""A source that was not read for longer than this counts as not checked."""

WARNED = (Standing.FAILING, Standing.STALE, Standing.GAPS)
"""Where a source that worked may come to stand: told in full once, and again when mended."""

_RECENT = 150
"""Harvests looked back upon: those of a month and more, four times a day, for monthly letters."""

_PUBLISHER = re.compile(r"^\s*Publisher:\s*(.+?)\.?\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Source:
    """A source by its name, with who publishes it."""

    name: str
    publisher: str


@cache
def sources() -> tuple[Source, ...]:
    """Return every source that can be asked; the publisher stands in its spider's logbook."""
    names = spider_names(usable=True)
    return tuple(Source(name, _publisher(load_spider(name).__doc__)) for name in names)


class Book:
    """All there is to say of the sources at one moment, read once for many letters."""

    def __init__(
        self, connection: sa.Connection, now: datetime, known: Sequence[Source] | None = None
    ) -> None:
        """Read the book; ``known`` are the sources to tell of, None for every spider's."""
        self._now = now
        every = sources() if known is None else known
        self._histories = [_history(connection, one, now) for one in every]
        self._known = CallQuery().count(connection, now)
        self._open = CallQuery(status=(Status.OPEN, Status.ROLLING)).count(connection, now)
        self._receipts: dict[datetime | None, Receipt] = {}

    def receipt(self, since: datetime | None = None) -> Receipt:
        """What was looked at, for somebody whose last letter was written at ``since``."""
        if since not in self._receipts:
            notes = tuple(one.note(self._now, since) for one in self._histories)
            self._receipts[since] = Receipt(notes, known=self._known, open_now=self._open)
        return self._receipts[since]


@dataclass(frozen=True, slots=True)
class _History:
    """The harvests of a source that have ended, newest first, and whether it is proven."""

    source: Source
    ended: tuple[Harvest, ...]
    proven: bool

    def note(self, now: datetime, since: datetime | None) -> SourceNote:
        """How far the source can be relied on now, and what of that is news since a letter."""
        note = self._told(self.ended, now)
        if since is None:
            return replace(note, fresh=note.standing in WARNED)
        # Finished by then: of two harvests at once, better told twice of one than never.
        then = [one for one in self.ended if one.finished and one.finished <= since]
        before = self._told(then, since)
        wrong = [one.standing in WARNED or bool(one.reason) for one in (before, note)]
        if wrong[0] and not wrong[1]:
            if before.standing in {Standing.FAILING, Standing.STALE}:
                return replace(note, mended_since=before.failing_since or before.read_at)
            return replace(note, whole_again=True)
        again = note.failing_since is not None and note.failing_since > since
        other = note.standing is not before.standing
        return replace(note, fresh=wrong[1] and (not wrong[0] or other or again))

    def _told(self, ended: Sequence[Harvest], now: datetime) -> SourceNote:
        """How far the source can be relied on after these harvests."""
        good = next((one for one in ended if one.outcome is not Outcome.FAILED), None)
        newest = ended[0] if ended else None
        standing, reason = _standing(newest, good, proven=self.proven, now=now)
        return SourceNote(
            name=self.source.name,
            publisher=self.source.publisher,
            standing=standing,
            read_at=good.finished if good else None,
            items=good.items if good else 0,
            failing_since=_failing_since(ended),
            reason=reason,
        )


def _history(connection: sa.Connection, source: Source, now: datetime) -> _History:
    ended = tuple(
        one
        for one in harvests.recent(connection, source.name, _RECENT)
        if one.finished is not None and one.started <= now
    )
    proven_by, _ = harvests.proven(connection, source.name)
    return _History(source, ended, proven_by is not None)


def _standing(
    newest: Harvest | None, good: Harvest | None, *, proven: bool, now: datetime
) -> tuple[Standing, str]:
    if newest is None:
        return Standing.NEVER, ""
    if newest.outcome is Outcome.FAILED:
        return Standing.FAILING, newest.reason
    if good is None or good.finished is None or good.finished < now - FRESH:
        return Standing.STALE, ""
    if not proven:
        return Standing.UNPROVEN, newest.reason if newest.outcome is Outcome.DEGRADED else ""
    if newest.outcome is Outcome.DEGRADED:
        return Standing.GAPS, newest.reason
    return Standing.CHECKED, ""


def _failing_since(ended: Sequence[Harvest]) -> datetime | None:
    """The first of the failures in a row that the source is in now."""
    since: datetime | None = None
    for harvest in ended:
        if harvest.outcome is not Outcome.FAILED:
            break
        since = harvest.started
    return since


def _publisher(logbook: str | None) -> str:
    """The name alone: what follows a comma is a description, and in English."""
    found = _PUBLISHER.search(logbook or "")
    return found[1].partition(", ")[0] if found else ""
