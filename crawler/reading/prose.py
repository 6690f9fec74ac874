"""Meaning from pages that state everything in prose: the plain reader for HTML sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crawler.raw import RawCall
from crawler.reading.attached import attached
from crawler.reading.conditions import Conditions
from crawler.reading.deadlines import read_deadlines
from crawler.reading.text import clean, one_line
from storage.domain import Call, Deadline, Document, Kind

_TEXTS = ("summary", "description", "conditions")
_SHOWN = 500
"""Characters of unreadable words that are reported."""


def read_prose(raw: RawCall) -> tuple[Call, dict[str, str]]:
    """A call from a page, and the fields whose words could not be read.

    ``raw.words`` (all optional): ``summary``, ``description``, ``conditions`` (HTML or text),
    ``deadlines`` (phrases of the page's own deadline field), ``opens`` (a phrase), ``published``
    (``2026-05-31``, ``2026-05`` or ``2026``: dates without a year come after it), ``zone`` (IANA,
    where the source's clocks are), ``documents`` (``{url, title}``), ``attached`` (see
    ``attached.WORD``). The page's deadline field is believed; without one the deadlines are those
    the texts state, and without any those of the attached files.
    """
    words = raw.words
    unreadable: dict[str, str] = {}
    texts = {name: clean(words.get(name) or "") for name in _TEXTS}
    known = Conditions(raw.language)
    if texts["conditions"]:
        known.listed("", texts["conditions"])
    known.prose("\n".join(filter(None, (texts["summary"], texts["description"]))))
    known.attached(attached(words))
    call = Call(
        source=raw.source,
        reference=raw.reference,
        title=one_line(raw.title) or raw.reference,
        parent=raw.parent,
        url=raw.url,
        summary=one_line(words.get("summary") or "") or None,
        description=texts["description"] or None,
        language=raw.language,
        kind=Kind(raw.kind),
        opens_on=_opens_on(raw, unreadable),
        deadlines=_deadlines(raw, texts, unreadable),
        eligibility=known.eligibility,
        funding=tuple(known.funding),
        documents=tuple(
            Document(entry["url"], one_line(entry.get("title") or ""))
            for entry in words.get("documents", ())
        ),
    )
    return call, unreadable


def _deadlines(
    raw: RawCall, texts: Mapping[str, str], unreadable: dict[str, str]
) -> tuple[Deadline, ...]:
    phrases = [one_line(phrase) for phrase in raw.words.get("deadlines", ())]
    if phrases:
        found: dict[Deadline, None] = {}
        for phrase in phrases:
            read = _read(raw, phrase)
            found.update(dict.fromkeys(read))
            if not read and phrase:
                unreadable["deadlines"] = phrase[:_SHOWN]
        return tuple(found)
    stated = read_deadlines("\n".join(filter(None, texts.values())), **_known_of(raw))
    if stated.deadlines:
        return stated.deadlines
    for page in attached(raw.words):
        if deadlines := _read(raw, page.text):
            return deadlines
    if stated.unread:
        unreadable["deadlines"] = "; ".join(stated.unread)[:_SHOWN]
    return ()


def _opens_on(raw: RawCall, unreadable: dict[str, str]) -> str | None:
    """The day in the page's own field for it, which holds a date as a deadline field does."""
    phrase = one_line(raw.words.get("opens") or "")
    days = [one.date for one in _read(raw, phrase)] if phrase else []
    if phrase and len(days) != 1:
        unreadable["opens_on"] = phrase[:_SHOWN]
        return None
    return days[0] if days else None


def _read(raw: RawCall, text: str) -> tuple[Deadline, ...]:
    return read_deadlines(text, **_known_of(raw)).deadlines


def _known_of(raw: RawCall) -> dict[str, Any]:
    return {
        "language": raw.language,
        "published": raw.words.get("published"),
        "zone": raw.words.get("zone"),
    }
