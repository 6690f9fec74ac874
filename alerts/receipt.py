"""The receipt at the end of a letter: which sources were read, when, and which can be relied on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
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

_RECENT = 30
_PUBLISHER = re.compile(r"^\s*Publisher:\s*(.+?)\.?\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Source:
    """A source by its name, with who publishes it."""

    name: str
    publisher: str


@cache
def sources() -> tuple[Source, ...]:
    """Return every source there is a spider for; the publisher stands in its logbook."""
    return tuple(Source(name, _publisher(load_spider(name).__doc__)) for name in spider_names())


def receipt(connection: sa.Connection, known: Sequence[Source], now: datetime) -> Receipt:
    """Say what was looked at until ``now``."""
    return Receipt(
        sources=tuple(source_note(connection, source, now) for source in known),
        known=CallQuery().count(connection, now),
        open_now=CallQuery(status=(Status.OPEN, Status.ROLLING)).count(connection, now),
    )


def source_note(connection: sa.Connection, source: Source, now: datetime) -> SourceNote:
    """Say how far one source can be relied on."""
    ended = [one for one in harvests.recent(connection, source.name, _RECENT) if one.finished]
    good = next((one for one in ended if one.outcome is not Outcome.FAILED), None)
    proven_by, _ = harvests.proven(connection, source.name)
    read_at = good.finished if good else None
    newest = ended[0] if ended else None
    standing, reason = _standing(newest, good, proven=proven_by is not None, now=now)
    return SourceNote(
        name=source.name,
        publisher=source.publisher,
        standing=standing,
        read_at=read_at,
        items=good.items if good else 0,
        failing_since=_failing_since(ended),
        reason=reason,
    )


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
    found = _PUBLISHER.search(logbook or "")
    return found[1] if found else ""
