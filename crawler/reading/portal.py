"""Meaning from the words of the EU Funding & Tenders Portal's index.

The rules and the oddities they answer were gathered from public descriptions of the portal's
search API and from counts over saved answers; each is told beside the code it explains.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from crawler.raw import RawCall
from crawler.reading.attached import attached
from crawler.reading.conditions import Conditions
from crawler.reading.deadlines import read_deadlines
from crawler.reading.portal_programmes import PROGRAMMES
from crawler.reading.text import Html, one_line
from storage.domain import (
    BRUSSELS,
    YEARS,
    Call,
    Deadline,
    DeadlineKind,
    Document,
    Funding,
    Kind,
    Programme,
)

CLOSING_RULE = "rule:eu-portal-17h-brussels"
"""Grants managed on the portal close at 17:00 Brussels time; its index holds the day only."""

_STAMP = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:T(\d{2}):(\d{2})(?::\d{2})?(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_SHOWN = 500
"""Characters of unreadable words that are reported."""

_MODELS = {
    "single-stage": DeadlineKind.SINGLE,
    "two-stage": DeadlineKind.STAGE,
    "multiple cut-off": DeadlineKind.CUT_OFF,
}
# Sections of the conditions that say how to apply or how it is judged, not who may take part.
_NOT_WHO = re.compile(
    r"admissibility|financial and operational capacity|evaluation|legal and financial|"
    r"application form|model grant agreement|additional documents|useful documents|\A\W*documents",
    re.IGNORECASE,
)
T = TypeVar("T", bound="list[Any] | dict[str, Any]")
_FILE = re.compile(r"\.(pdf|docx?|odt|rtf|xlsx?|zip)(?:[?#]|\Z)", re.IGNORECASE)


def read_portal(raw: RawCall) -> tuple[Call, dict[str, str]]:
    """A call of the portal, and the fields whose words could not be read.

    ``raw.words`` (all optional): ``type`` (1, 2 or 8), ``call`` (identifier of the call the topic
    belongs to), ``description``, ``conditions``, ``further`` (HTML), ``programme`` (number),
    ``types_of_action``, ``deadlines`` (stamps as published), ``deadline_model``, ``opens``,
    ``actions`` and ``budget_overview`` (JSON texts of the index), ``budget``, ``currency``,
    ``documents`` (``{url, title}``), ``attached`` (see ``attached.WORD``). The index's own fields
    for deadlines and money are believed; where they are empty, what the texts say is taken.
    """
    words = raw.words
    unreadable: dict[str, str] = {}
    description, conditions, further = (
        Html(words.get(name) or "") for name in ("description", "conditions", "further")
    )
    known = _conditions(raw, conditions, description, further)
    call = Call(
        source=raw.source,
        reference=raw.reference,
        title=one_line(raw.title) or raw.reference,
        parent=raw.parent,
        url=raw.url,
        description=description.text() or None,
        language=raw.language,
        kind=Kind(raw.kind),
        programme=_programme(words.get("programme"), unreadable),
        types_of_action=tuple(dict.fromkeys(map(one_line, words.get("types_of_action", ())))),
        opens_on=_opens_on(words, unreadable),
        deadlines=_deadlines(words, unreadable) or _stated(raw, description, further, conditions),
        eligibility=known.eligibility,
        funding=_funding(raw, unreadable) or tuple(known.funding),
        documents=_documents(words, conditions, further, description),
    )
    return call, unreadable


def _programme(number: str | None, unreadable: dict[str, str]) -> Programme | None:
    if not number:
        return None
    if number not in PROGRAMMES:
        unreadable["programme"] = number
        return Programme(code=number)
    return PROGRAMMES[number]


def _deadlines(words: Mapping[str, Any], unreadable: dict[str, str]) -> tuple[Deadline, ...]:
    """One deadline for each published date, in order; the same minute told twice is one.

    Type 1 (grants of the portal): only the day is meant, the hour is the portal's rule. Types 2
    and 8 are run by others: the clock as written is taken as Brussels time, and says so.
    """
    by_rule = words.get("type") == "1"
    stamps = words.get("deadlines") or _planned(words.get("actions"), "deadlineDates")
    moments: dict[tuple[date, str | None], str] = {}
    odd: list[str] = []
    for stamp in stamps:
        try:
            day, clock = _wall_clock(stamp, midnight_in_utc=by_rule)
        except ValueError:
            odd.append(str(stamp))
            continue
        moments.setdefault((day, "17:00" if by_rule else clock), str(stamp))
    if odd:
        unreadable["deadlines"] = "; ".join(odd)[:_SHOWN]
    model = str(words.get("deadline_model") or "")
    kind = _MODELS.get(model, DeadlineKind.SINGLE)
    if model and model not in _MODELS:
        unreadable["deadline_model"] = model
    basis = CLOSING_RULE if by_rule else "assumed"
    ordered = sorted(moments.items(), key=lambda item: (item[0][0], item[0][1] or "24:00"))
    return tuple(
        Deadline(
            kind=kind,
            date=day.isoformat(),
            time=clock,
            zone=BRUSSELS,
            basis=basis,
            words=stamp,
            sequence=number if kind is DeadlineKind.STAGE else None,
        )
        for number, ((day, clock), stamp) in enumerate(ordered, start=1)
    )


def _wall_clock(stamp: object, *, midnight_in_utc: bool = True) -> tuple[date, str | None]:
    """The day and ``HH:MM`` an index stamp means in Brussels; no clock where it only names a day.

    The ``+0000`` of the index is not to be believed: ``T00:00`` is a day without a clock,
    ``T17:00`` a Brussels clock. But ``T22:00`` in summer and ``T23:00`` in winter are Brussels
    midnight written in true UTC: the day that begins then. Seconds change with every ingest of
    the source and mean nothing. Raises ValueError for anything else.
    """
    found = _STAMP.fullmatch(str(stamp).strip())
    if not found:
        raise ValueError(f"{stamp!r} is not a date of the portal")
    day = date.fromisoformat(found[1])
    if day.year not in YEARS:  # 9999-12-31 stands for "never", and is no day to be told
        raise ValueError(f"{stamp!r} is in no year that can be meant")
    clock = f"{found[2]}:{found[3]}" if found[2] else "00:00"
    if clock == "00:00":
        return day, None
    if midnight_in_utc and clock in ("22:00", "23:00"):
        utc = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC)
        if utc.astimezone(ZoneInfo(BRUSSELS)).hour == 0:
            return day + timedelta(days=1), None
    datetime.strptime(clock, "%H:%M").replace(tzinfo=UTC)  # refuses 25:00
    return day, clock


def published_day(stamp: str, record_type: str) -> str:
    """The Brussels day an index stamp means, or the stamp itself where it means none."""
    try:
        return _wall_clock(stamp, midnight_in_utc=record_type == "1")[0].isoformat()
    except ValueError:
        return stamp


def _opens_on(words: Mapping[str, Any], unreadable: dict[str, str]) -> str | None:
    stamps = [words.get("opens"), *_planned(words.get("actions"), "plannedOpeningDate")]
    stamp = next((stamp for stamp in stamps if stamp), None)
    if stamp is None:
        return None
    try:
        return _wall_clock(stamp)[0].isoformat()
    except ValueError:
        unreadable["opens_on"] = str(stamp)
        return None


def _planned(actions: str | None, key: str) -> list[str]:
    """The dates under ``key`` of the index's ``actions``, which repeats the dates of the topic."""
    found: list[str] = []
    for action in embedded(actions, list):
        value = action.get(key) if isinstance(action, dict) else None
        found += value if isinstance(value, list) else [value] if value else []
    return found


def _stated(raw: RawCall, *pages: Html) -> tuple[Deadline, ...]:
    """The deadlines that the texts state, for a record whose own field is empty.

    Only days are taken from a topic of the portal: what it says of hours is its closing rule.
    """
    text = "\n".join(page.text() for page in pages)
    for source in (text, *(page.text for page in attached(raw.words))):
        if found := read_deadlines(source, language=raw.language, zone=BRUSSELS).deadlines:
            return found
    return ()


def _conditions(raw: RawCall, conditions: Html, *pages: Html) -> Conditions:
    """What the texts say about who may take part: the conditions first.

    Those of a topic stand section by section; sections on how to apply and how proposals are
    judged stay in the stored words only. What its description says beside them is mostly about
    research (see ``Conditions.topic``). The other records are short pages about a call.
    """
    known = Conditions(raw.language)
    if raw.words.get("type") == "1":
        for heading, text in conditions.sections():
            if not (heading and _NOT_WHO.search(heading)):
                known.listed(heading, text)
        for page in pages:
            known.topic(page.text())
    else:
        for page in (conditions, *pages):
            known.prose(page.text())
    known.attached(attached(raw.words))
    return known


def _funding(raw: RawCall, unreadable: dict[str, str]) -> tuple[Funding, ...]:
    """The money of this topic: one entry for each of its lines in the budget of the whole call."""
    words = raw.words
    found: list[Funding] = []
    if words.get("budget_overview"):
        lines = list(_budget_lines(words["budget_overview"]))
        if not lines:
            unreadable["funding"] = str(words["budget_overview"])[:_SHOWN]
        own = [line for line in lines if _topic(line) == raw.reference]
        found = [_budget(line, _sharing(line, lines)) for line in own]
    elif words.get("budget"):
        amount = _number(words["budget"])
        currency = str(words.get("currency") or "EUR").strip().upper()
        if amount is None:
            unreadable["funding"] = str(words["budget"])
        elif amount:
            published = f"{words['budget']} {words.get('currency') or ''}".strip()
            found = [Funding(currency=currency, total=amount, words=published)]
    return tuple(dict.fromkeys(found))


def _budget_lines(overview: str) -> Iterable[dict[str, Any]]:
    table = embedded(overview, dict).get("budgetTopicActionMap")
    for lines in table.values() if isinstance(table, dict) else ():
        if isinstance(lines, list):
            yield from (line for line in lines if isinstance(line, dict) and line.get("action"))


def _topic(line: Mapping[str, Any]) -> str:
    """The identifier a budget line starts with, as in ``TOPIC-ID - ACTION-CODE text``."""
    return str(line["action"]).split(" ", 1)[0]


def _sharing(line: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]) -> int:
    """How many topics this line's amount is shared by: 1 when it is the topic's own.

    The index repeats a common pot on every topic that draws on it. Equal amounts alone prove
    nothing (two topics may each have 2 million): an amount that its own expected grants, times
    their size, account for is the topic's own.
    """
    amount = _total(line)
    topics = {_topic(other) for other in lines if amount and _total(other) == amount}
    expected = _number(line.get("expectedGrants")) or 0
    least = _number(line.get("minContribution")) or 0
    most = _number(line.get("maxContribution")) or 0
    own = 0.8 * expected * least <= amount <= 1.25 * expected * most
    return 1 if own else max(1, len(topics))


def _budget(line: Mapping[str, Any], topics: int) -> Funding:
    """One budget line. ``0`` means "not stated" there."""
    total = _total(line)
    action = one_line(str(line["action"]))
    years = ", ".join(f"{year}: {amount}" for year, amount in _years(line))
    shared = f" (one pot for {topics} topics of the call)" if topics > 1 else ""
    grants = _number(line.get("expectedGrants"))
    return Funding(
        currency="EUR",
        total=total if total and topics == 1 else None,
        min_grant=_number(line.get("minContribution")) or None,
        max_grant=_number(line.get("maxContribution")) or None,
        expected_grants=int(grants) if grants else None,
        words=f"{action}; {years}{shared}" if years else action,
    )


def _years(line: Mapping[str, Any]) -> list[tuple[str, str]]:
    years = line.get("budgetYearMap")
    return [(str(y), str(a)) for y, a in years.items()] if isinstance(years, dict) else []


def _total(line: Mapping[str, Any]) -> float:
    return sum(_number(amount) or 0 for _, amount in _years(line))


def _documents(words: Mapping[str, Any], *pages: Html) -> tuple[Document, ...]:
    """Attached documents first, then the files the pages link to."""
    found = {
        (url := entry["url"]): Document(url, one_line(entry.get("title") or ""), _type(url))
        for entry in words.get("documents", ())
    }
    for url, title in (link for page in pages for link in page.links()):
        if _FILE.search(url):
            found.setdefault(url, Document(url, one_line(title), _type(url)))
    return tuple(found.values())


def _type(url: str) -> str:
    found = _FILE.search(url)
    return found[1].lower() if found else ""


def _number(value: object) -> float | None:
    """An amount written as a number or as digits (``2400000``, ``2 400 000.50``)."""
    text = re.sub(r"[\s\u00a0\u202f]", "", str(value))
    if not re.fullmatch(r"\d{1,15}(\.\d+)?", text):
        return None
    return float(text)


def embedded(text: str | None, kind: type[T]) -> T:
    """The JSON that a field of the portal holds as text; empty if there is none of ``kind``."""
    try:
        value = json.loads(text or "null")
    except (ValueError, RecursionError):  # brackets without end are no data either
        value = None
    return value if isinstance(value, kind) else kind()
