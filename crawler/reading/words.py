"""What free words say of deadlines, conditions and money: every reader of prose together."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crawler.reading.deadlines import read_deadlines
from crawler.reading.eligibility import read_eligibility
from storage.domain import Criterion, Deadline, Funding

_PUBLISHED = re.compile(r"[12]\d{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


@dataclass(frozen=True, slots=True)
class WordsRead:
    """What was understood, and word for word what looks important and was not."""

    deadlines: tuple[Deadline, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    funding: tuple[Funding, ...] = ()
    unread: tuple[str, ...] = ()


def read_words(
    text: str, *, language: str | None = None, published: str | None = None, zone: str | None = None
) -> WordsRead:
    """Read clean ``text``; nothing in it is an error.

    ``language`` (ISO 639-1) is believed as far as the words agree with it. ``published``
    (``2026-05-31``, ``2026-05`` or ``2026``) is the day from which a date without a year is read
    forward; ``zone`` (IANA) is the clock of a source whose words name none.
    """
    dates = read_deadlines(text, language=language, published=published, zone=zone)
    who = read_eligibility(text, language=language)
    unread = tuple(dict.fromkeys((*dates.unread, *who.unread)))
    return WordsRead(dates.deadlines, who.criteria, who.funding, unread)


def check_published(value: str) -> None:
    """Raise ValueError unless ``value`` is a day, a month or a year: ``2026-05-31``, ``2026``."""
    if not _PUBLISHED.fullmatch(value):
        raise ValueError(f"{value!r} is not a day, month or year like 2026-05-31, 2026-05 or 2026")
