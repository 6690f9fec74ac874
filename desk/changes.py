"""What changed in a call, in plain words: each field from what to what, and on whose account."""

from __future__ import annotations

import difflib
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from desk import wording
from desk.text import line, shorten
from storage.domain import Call, Cause, Change
from storage.records import call_from_json

CAUSES = {
    Cause.SOURCE: "the source changed it",
    Cause.READER: "our correction: the source said the same before, we read it better now",
    Cause.OFFICER: "an officer put it right",
    Cause.LINK: "it was linked with another call",
}
TEXTS = {"title", "summary", "description"}
SHORT = 160
"""A value longer than this is cut, or shown as what differs."""

_AROUND = 5
_MOST_WORDS = 4000
_MOST_HUNKS = 4


class Part(NamedTuple):
    """A piece of a line; ``mark`` is ``+`` for what came, ``-`` for what went, else empty."""

    mark: str
    text: str


class Event(NamedTuple):
    """Changes that came together."""

    at: datetime
    version: int
    cause: Cause
    changes: Sequence[Change]


def events(changes: Iterable[Change]) -> Iterator[Event]:
    """Group changes of one moment, version and cause, in the order they come."""
    for key, group in itertools.groupby(changes, lambda one: (one.at, one.version, one.cause)):
        yield Event(*key, tuple(group))


def field_name(change: Change) -> str:
    return change.field.replace("_", " ")


def told(change: Change) -> list[Part]:
    """Say one change: ``old → new``, or for long texts the words that differ."""
    if change.field == "withdrawn":
        gone = "withdrawn by the source" if change.new else "back: the source shows it again"
        return [Part("", gone)]
    old, new = said(change.field, change.old), said(change.field, change.new)
    if change.field in TEXTS and old and new and max(len(old), len(new)) > SHORT:
        return list(_difference(old, new))
    parts = [Part("-", shorten(old, SHORT) or "nothing"), Part("", " → ")]
    return [*parts, Part("+", shorten(new, SHORT) or "nothing")]


def said(field: str, value: object) -> str:
    """Say the JSON value of a field on one line; empty for nothing."""
    if value is None or value in ([], {}, ""):
        return ""
    if sayer := _SAYERS.get(field):
        return sayer(call_from_json({"source": "-", "reference": "-", "title": "-", field: value}))
    return line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _eligibility_words(call: Call) -> str:
    unread = call.eligibility.unread
    rest = f"{wording.count(len(unread), 'condition')} unread" if unread else ""
    criteria = map(wording.criterion, call.eligibility.criteria)
    return "; ".join(part for part in (*criteria, rest) if part)


def _programme_words(call: Call) -> str:
    names = (call.programme.code, call.programme.name) if call.programme else ()
    return ", ".join(line(name) for name in names if name)


_SAYERS: Mapping[str, Callable[[Call], str]] = {
    "deadlines": lambda call: "; ".join(_deadline_words(call)),
    "funding": lambda call: "; ".join(wording.money(f) or line(f.words) for f in call.funding),
    "eligibility": _eligibility_words,
    "documents": lambda call: "; ".join(line(one.title or one.url) for one in call.documents),
    "programme": _programme_words,
    "opens_on": lambda call: wording.said_date(call.opens_on),
    "types_of_action": lambda call: "; ".join(map(line, call.types_of_action)),
}


def _deadline_words(call: Call) -> Iterator[str]:
    for one in call.deadlines:
        label = wording.label(one)
        clock = f" {wording.place(one.zone)}" if one.time else ""
        yield f"{f'{label}: ' if label else ''}{wording.when(one)}{clock}"


def _difference(old: str, new: str) -> Iterator[Part]:
    """The words that differ, each with a few around it."""
    before, after = old.split(), new.split()
    if max(len(before), len(after)) > _MOST_WORDS:
        yield Part("", f"{len(before):,} words before, {len(after):,} now")
        return
    groups = list(difflib.SequenceMatcher(None, before, after, autojunk=False)
                  .get_grouped_opcodes(_AROUND))  # fmt: skip
    for group in groups[:_MOST_HUNKS]:
        yield Part("", "… ")
        for kind, i, j, k, m in group:
            if kind == "equal":
                yield Part("", " ".join(before[i:j]) + " ")
                continue
            if j > i:
                yield Part("-", shorten(" ".join(before[i:j]), SHORT))
                yield Part("", " ")
            if m > k:
                yield Part("+", shorten(" ".join(after[k:m]), SHORT))
                yield Part("", " ")
    more = len(groups) - _MOST_HUNKS
    yield Part("", f"… and {wording.count(more, 'more place')}" if more > 0 else "…")
