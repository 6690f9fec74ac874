"""Find, order and page records as the portal's search does, its oddities included."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

Record = dict[str, Any]
"""One result row of the search API."""

Test = Callable[[Mapping[str, list[str]]], bool]

ALWAYS_SHOWN = ("DATASOURCE", "language", "url", "esST_URL", "es_ContentType", "es_SortDate")
"""What comes back beside the fields a ``displayFields`` part lists."""

NEVER_SHOWN_ON_REQUEST = "topicConditions"
"""Left out of every row as soon as any ``displayFields`` part is sent, even one that lists it."""

MOST_ROWS = 100
WINDOW = 10_000
_INDEX_FORMAT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}")
_COMPARISONS: dict[str, Callable[[datetime, datetime], bool]] = {
    "gte": lambda value, bound: value >= bound,
    "gt": lambda value, bound: value > bound,
    "lte": lambda value, bound: value <= bound,
    "lt": lambda value, bound: value < bound,
}


class BadQueryError(Exception):
    """A query the portal refuses as "Invalid Query format"; raised while it is read."""


@dataclass(frozen=True)
class Ask:
    """One search, as the client asked for it. ``sort`` holds (field, descending) pairs."""

    number: int  # the how-manieth search of this site it is, from 1
    text: str = "***"
    page: int = 1
    size: int = 50
    query: Mapping[str, Any] | None = None
    languages: tuple[str, ...] | None = None
    sort: tuple[tuple[str, bool], ...] = ()
    fields: tuple[str, ...] | None = None

    @property
    def types(self) -> frozenset[str]:
        """The record types the query asks for, wherever in it they are said."""
        return frozenset(re.findall(r"\d+", json.dumps(_said(self.query, "type"))))


class Entry:
    """A record and its JSON, written once and not again for every answer."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.whole = _json(record)
        self.metadata: Mapping[str, list[str]] = record["metadata"]
        self._shown: dict[tuple[str, ...], bytes] = {}

    def shown(self, fields: tuple[str, ...] | None) -> bytes:
        """The record as JSON, with all its metadata or only ``fields``."""
        if fields is None:
            return self.whole
        if fields not in self._shown:
            wanted = ({*fields} | {*ALWAYS_SHOWN}) - {NEVER_SHOWN_ON_REQUEST}
            metadata = {key: value for key, value in self.metadata.items() if key in wanted}
            self._shown[fields] = _json({**self.record, "metadata": metadata})
        return self._shown[fields]


@dataclass
class Answer:
    """What a search gives: one page of rows, and the count of all."""

    rows: list[Entry]
    total: int
    page: int
    size: int

    @classmethod
    def of(cls, found: Sequence[Entry], ask: Ask) -> Answer:
        """The page of ``found`` that was asked for."""
        size = min(ask.size, MOST_ROWS)
        first = (ask.page - 1) * size
        return cls(list(found[first : first + size]), len(found), ask.page, size)


@dataclass
class Index:
    """All records, searched as the portal searches its own.

    Records that tie in the asked order change places from one search to the next, as they do
    there: only an order by a unique field pages without repeating some and missing others.
    """

    entries: list[Entry]
    chance: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311
    _matched: dict[str, list[Entry]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, records: Iterable[Record]) -> Index:
        return cls([Entry(record) for record in records])

    def found(self, ask: Ask) -> list[Entry]:
        """All that the search finds, in the asked order."""
        return self.order(self.matching(ask), ask.sort)

    def matching(self, ask: Ask) -> list[Entry]:
        """All that the search finds, in no order; found once and not again for every page."""
        key = json.dumps([ask.text, ask.query, ask.languages])
        if key not in self._matched:
            self._matched[key] = self._match(ask)
        return self._matched[key]

    def _match(self, ask: Ask) -> list[Entry]:
        said = _text_test(ask.text)
        test = read_query(ask.query) if ask.query is not None else _anything
        return [
            entry
            for entry in self.entries
            if (ask.languages is None or entry.record.get("language") in ask.languages)
            and said(entry.metadata)
            and test(entry.metadata)
        ]

    def order(self, found: list[Entry], sort: Sequence[tuple[str, bool]]) -> list[Entry]:
        """``found`` by the asked fields, ties in any order; as it is when none is asked for."""
        if not sort:
            return found
        for name, descending in reversed(sort):
            found = sorted(found, key=lambda entry: _first(entry, name), reverse=descending)
        ordered: list[Entry] = []
        names = [name for name, _ in sort]
        for _, same in groupby(found, lambda entry: [_first(entry, name) for name in names]):
            tied = list(same)
            self.chance.shuffle(tied)
            ordered += tied
        return sorted(ordered, key=lambda entry: not entry.metadata.get(sort[0][0]))


def read_query(query: object) -> Test:
    """The test that ``query`` describes; BadQueryError for a shape the portal refuses."""
    kind, said = _only(query)
    if kind == "bool" and isinstance(said, dict):
        return _bool(said)
    match kind, *_only(said):
        case "term", name, str() | int() | bool() as value:
            return _terms(name, [value])
        case "terms", name, list(values):
            return _terms(name, values)
        case "range", name, dict(bounds):
            return _range(name, bounds)
        case _:
            raise BadQueryError(f"not a query this search knows: {query!r}")


def _only(value: object) -> tuple[str, object]:
    """The name and the content of an object that has one key."""
    if not isinstance(value, dict) or len(value) != 1:
        raise BadQueryError(f"not an object with one key: {value!r}")
    [(name, content)] = value.items()
    return str(name), content


def _bool(clauses: Mapping[str, Any]) -> Test:
    if unknown := clauses.keys() - {"must", "must_not"}:
        raise BadQueryError(f"bool knows must and must_not, not {sorted(unknown)}")
    musts = [read_query(one) for one in _listed(clauses.get("must", []))]
    nots = [read_query(one) for one in _listed(clauses.get("must_not", []))]
    return lambda data: all(t(data) for t in musts) and not any(t(data) for t in nots)


def _terms(name: str, values: Iterable[object]) -> Test:
    wanted = {str(value) for value in values}
    return lambda data: not wanted.isdisjoint(data.get(name, ()))


def _range(name: str, bounds: Mapping[str, Any]) -> Test:
    if unknown := bounds.keys() - _COMPARISONS.keys():
        raise BadQueryError(f"range knows {sorted(_COMPARISONS)}, not {sorted(unknown)}")
    said = {key: str(bound) for key, bound in bounds.items()}
    # A bound in any other form (a bare date) compares nothing: all that have the field match.
    compared = [
        (_COMPARISONS[key], _moment(bound))
        for key, bound in said.items()
        if _INDEX_FORMAT.fullmatch(bound)
    ]
    return lambda data: any(
        all(compare(_moment(value), bound) for compare, bound in compared)
        for value in data.get(name, ())
    )


def _text_test(text: str) -> Test:
    """``***`` is everything, a quoted phrase that phrase, other text any one of its words."""
    if text == "***":
        return _anything
    if len(text) > 1 and text[0] == text[-1] == '"':
        phrase = text[1:-1].casefold()
        return lambda data: phrase in _searched(data)
    words = {word for word in re.split(r"\W+", text.casefold()) if word}
    return lambda data: not words.isdisjoint(re.split(r"\W+", _searched(data)))


def _searched(data: Mapping[str, list[str]]) -> str:
    names = ("identifier", "callIdentifier", "title", "callTitle", "caName", "projectAcronym")
    return "\n".join(value for name in names for value in data.get(name, ())).casefold()


def _anything(_data: Mapping[str, list[str]]) -> bool:
    return True


def _first(entry: Entry, name: str) -> str:
    return next(iter(entry.metadata.get(name, ())), "")


def _moment(value: str) -> datetime:
    return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%f%z")


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _said(query: object, name: str) -> list[object]:
    if isinstance(query, dict):
        own = [query[name]] if name in query else []
        return own + [found for value in query.values() for found in _said(value, name)]
    if isinstance(query, list):
        return [found for value in query for found in _said(value, name)]
    return []


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
