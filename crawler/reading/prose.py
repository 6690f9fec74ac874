"""Meaning from pages that state everything in prose: the plain reader for HTML sources."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crawler.raw import RawCall
from crawler.reading.attached import attached
from crawler.reading.conditions import Conditions
from crawler.reading.deadlines import read_deadlines
from crawler.reading.deadlines.days import may_state
from crawler.reading.labelled import headings, in_one_line, stamp
from crawler.reading.text import clean, one_line
from storage.domain import Call, Deadline, DeadlineKind, Document, Kind, Programme

SINGLE = DeadlineKind.SINGLE
_TEXTS = ("summary", "description", "conditions")
_ISO = re.compile(r"[12]\d{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?(?![\d.-])")
_SHOWN = 500
"""Characters of unreadable words that are reported."""


def read_prose(raw: RawCall) -> tuple[Call, dict[str, str]]:
    """A call from a page, and the fields whose words could not be read.

    ``raw.words`` (all optional): ``summary``, ``description``, ``conditions`` (HTML or text),
    ``countries`` and ``applicants`` (lists of those who may apply, likewise), ``deadlines``
    (phrases of the page's own deadline field), ``opens`` (a phrase), ``published`` (a date as
    published, or ``2026-05-31``, ``2026-05``, ``2026``: dates without a year come after it),
    ``zone`` (IANA, where the source's clocks are), ``programme`` (its name), ``documents``
    (``{url, title}``), ``attached`` (see ``attached.WORD``). The page's deadline field is believed
    (of the same day the text may say more: the hour, the stage);
    without one the deadlines are those the texts state, and without any those of the attached
    files.
    """
    words = raw.words
    unreadable: dict[str, str] = {}
    raw = replace(raw, words={**words, "published": _published(raw, unreadable)})
    texts = {name: clean(words.get(name) or "") for name in _TEXTS}
    read = texts if not _is_excerpt(texts) else {**texts, "summary": ""}
    known = Conditions(raw.language)
    for name in ("countries", "applicants"):
        if value := in_one_line(words.get(name) or ""):
            known.answer(headings(name, raw.language), value)
    if texts["conditions"]:
        known.listed("", texts["conditions"])
    known.prose("\n".join(filter(None, (read["summary"], read["description"]))))
    known.attached(attached(words))
    programme = one_line(words.get("programme") or "")
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
        programme=Programme(name=programme) if programme else None,
        opens_on=_opens_on(raw, unreadable),
        deadlines=_deadlines(raw, read, unreadable),
        eligibility=known.eligibility,
        funding=tuple(known.funding),
        documents=tuple(
            Document(entry["url"], one_line(entry.get("title") or ""))
            for entry in words.get("documents", ())
        ),
    )
    return call, unreadable


def _is_excerpt(texts: Mapping[str, str]) -> bool:
    """Whether the summary is only the beginning of the description, cut anywhere."""
    beginning = " ".join(texts["summary"].removesuffix("[…]").rstrip(" .…").split())
    # Both are clean: no two spaces stand together, and a line break stands for one.
    return " ".join(texts["description"][: len(beginning)].split()) == beginning


def _deadlines(
    raw: RawCall, texts: Mapping[str, str], unreadable: dict[str, str]
) -> tuple[Deadline, ...]:
    phrases = [one_line(phrase) for phrase in raw.words.get("deadlines", ())]
    if phrases:
        found: dict[Deadline, None] = {}
        for phrase in phrases:
            exact = stamp(phrase, raw.words.get("zone"))
            read = (exact,) if exact else _read(raw, phrase)
            found.update(dict.fromkeys(read))
            if not read and phrase:
                unreadable["deadlines"] = phrase[:_SHOWN]
        return _with_clocks(raw, tuple(found), texts)
    stated = read_deadlines("\n".join(filter(None, texts.values())), **_known_of(raw))
    if stated.deadlines:
        return stated.deadlines
    for page in attached(raw.words):
        if deadlines := _read(raw, page.text):
            return deadlines
    if stated.unread:
        unreadable["deadlines"] = "; ".join(stated.unread)[:_SHOWN]
    return ()


def _with_clocks(
    raw: RawCall, fields: tuple[Deadline, ...], texts: Mapping[str, str]
) -> tuple[Deadline, ...]:
    """The deadlines of the field, each as the text states it where that says more of the same day.

    A field often holds the day alone, and the text "20 January, 16:00 (Kyiv time)" or that it is
    the concept note's. Other days in the text are none of the field's.
    """
    days = [one.date for one in fields if one.date and one.time is None and one.kind is SINGLE]
    text = "\n".join(filter(None, texts.values()))
    if not may_state(text, days, raw.language):
        return fields
    stated = read_deadlines(text, **_known_of(raw)).deadlines
    result: dict[Deadline, None] = {}
    for one in fields:
        same = [other for other in stated if other.date == one.date]
        more = [other for other in same if other.time or other.kind is not SINGLE]
        plain = one.time is None and one.kind is SINGLE
        result[more[0] if plain and len({(m.kind, m.time) for m in more}) == 1 else one] = None
    return tuple(result)


def _opens_on(raw: RawCall, unreadable: dict[str, str]) -> str | None:
    """The day in the page's own field for it, which holds a date as a deadline field does."""
    phrase = one_line(raw.words.get("opens") or "")
    days = [one.date for one in _read(raw, phrase)] if phrase else []
    if phrase and len(days) != 1:
        unreadable["opens_on"] = phrase[:_SHOWN]
        return None
    return days[0] if days else None


def _published(raw: RawCall, unreadable: dict[str, str]) -> str | None:
    """The day the page says it is of, as ``2026-05-31``, ``2026-05`` or ``2026``."""
    phrase = one_line(raw.words.get("published") or "")
    if not phrase:
        return None
    if found := _ISO.match(phrase):
        return found[0]
    days = [one.date or "--" for one in read_deadlines(phrase, language=raw.language).deadlines]
    if len(days) == 1 and not days[0].startswith("--"):
        return days[0]
    unreadable["published"] = phrase[:_SHOWN]
    return None


def _read(raw: RawCall, text: str) -> tuple[Deadline, ...]:
    return read_deadlines(text, **_known_of(raw)).deadlines


def _known_of(raw: RawCall) -> dict[str, Any]:
    return {
        "language": raw.language,
        "published": raw.words.get("published"),
        "zone": raw.words.get("zone"),
    }
