"""Calls that came as records of an import: what a record leaves out is read from its own text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crawler.raw import RawCall
from crawler.reading.conditions import Conditions
from crawler.reading.deadlines import read_deadlines
from crawler.reading.text import clean
from storage.domain import BRUSSELS, READABLE, Call, Kind
from storage.records import call_from_json, call_to_json

RECORD, WORD = "record", "record"
"""The name of this reader, and where its words hold the record."""

_PORTAL = "eu_portal"
_PAGES = (Kind.EXTERNAL_ACTION, Kind.CASCADE)
"""What there are short pages about a call; the portal's other calls are topics."""

_SHOWN = 500
"""Characters of unreadable words that are kept."""


def record_words(call: Call, stated: frozenset[str]) -> RawCall:
    """The words of an imported call: all it says, and of ``READABLE`` only what was ``stated``."""
    unsaid = READABLE - stated
    kept = ("first_seen", "last_seen", "version", "withdrawn", "opportunity")
    record = {
        name: value
        for name, value in call_to_json(call).items()
        if name not in kept and name not in unsaid
    }
    return RawCall(
        source=call.source,
        reference=call.reference,
        title=call.title,
        url=call.url,
        parent=call.parent,
        language=call.language,
        kind=str(call.kind),
        reader=RECORD,
        words={WORD: record},
    )


def stated_in(raw: Mapping[str, Any]) -> frozenset[str] | None:
    """Which of ``READABLE`` an import stated, by the words kept of it; None for other words."""
    if raw.get("reader") != RECORD:
        return None
    record: dict[str, Any] = raw["words"][WORD]
    return READABLE & record.keys()


def read_record(raw: RawCall) -> tuple[Call, dict[str, str]]:
    """The call that a record describes, and the fields whose words could not be read.

    ``raw.words`` hold the ``record``. What it states is believed. Deadlines, conditions and money
    that it does not mention are read from its summary and description, as a harvest of its source
    reads them: the long topics of the EU portal more warily than a page about a call.
    """
    record = raw.words[WORD]
    call = call_from_json(record)
    unsaid = READABLE - record.keys()
    text = _text(call) if unsaid else ""
    unreadable: dict[str, str] = {}
    if not text:
        return call, unreadable
    on_portal = call.source == _PORTAL
    if "deadlines" in unsaid:
        zone = BRUSSELS if on_portal else None
        stated = read_deadlines(text, language=call.language, zone=zone)
        call = replace(call, deadlines=stated.deadlines)
        if stated.unread and not stated.deadlines:
            unreadable["deadlines"] = "; ".join(stated.unread)[:_SHOWN]
    known = Conditions(call.language)
    if on_portal and call.kind not in _PAGES:
        known.topic(text)
    else:
        known.prose(text)
    if "eligibility" in unsaid:
        call = replace(call, eligibility=known.eligibility)
    if "funding" in unsaid:
        call = replace(call, funding=tuple(known.funding))
    return call, unreadable


def _text(call: Call) -> str:
    """What is to be read; a summary that is only the beginning of the description is left out."""
    summary, description = (clean(text or "") for text in (call.summary, call.description))
    beginning = " ".join(summary.removesuffix("[…]").rstrip(" .…").split())
    if " ".join(description.split()).startswith(beginning):
        return description
    return "\n".join(filter(None, (summary, description)))


def has_text(call: Call) -> bool:
    """Whether there is anything to read."""
    return bool(call.summary or call.description)
