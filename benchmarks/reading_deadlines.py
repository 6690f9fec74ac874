"""Scores the deadline reader against phrases whose deadlines people have noted.

Columns: ``phrase``, ``language``, ``published`` (a date or part of one, may be empty),
``normalised`` (``2026-05-31``, ``2026-05-31T17:00+02:00``, ``2026-05``, ``rolling``, ``none``,
``ambiguous`` or ``multiple: …; …``), ``kind`` (for an ambiguous row what is known: ``--05-31``),
``zone_basis`` (only where it begins with ``stated`` must the moment agree) and ``doubt`` (rows
where it begins with ``?`` are counted apart).

right: just the noted deadlines. wrong: a deadline that is not among them. missed: the rest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from crawler.reading.deadlines import read_deadlines
from storage.domain import Deadline

OUTCOMES = ("right", "wrong", "missed")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|--\d{2}-\d{2}|\d{4}-\d{2}(?![-\d])")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}[+-]\d{2}:\d{2}")


def outcome(row: Mapping[str, str]) -> str:
    """``right``, ``wrong`` or ``missed`` for one row."""
    read = read_deadlines(
        row["phrase"], language=row["language"] or None, published=row["published"] or None
    )
    wanted = _wanted(row)
    found = Counter(one.date or one.kind.value for one in read.deadlines)
    if set(found) - set(wanted):
        return "wrong"
    if found != wanted:
        return "missed"
    if row.get("zone_basis", "").startswith("stated"):
        return _moment(row["normalised"], read.deadlines)
    return "right"


def _wanted(row: Mapping[str, str]) -> Counter[str]:
    normalised = row["normalised"].strip()
    if normalised == "none":
        return Counter()
    if normalised == "rolling":
        return Counter(["rolling"])
    if normalised == "ambiguous":  # what is known, if anything, and never more
        return Counter(day for day in _DATE.findall(row["kind"]) if day.startswith("--"))
    return Counter(_DATE.findall(normalised))


def _moment(normalised: str, deadlines: Sequence[Deadline]) -> str:
    """Whether the moment is the noted one; a clock that was not found is missed."""
    stated = _MOMENT.fullmatch(normalised)
    if not stated:
        return "right"
    (deadline,) = deadlines
    if deadline.time is None:
        return "missed"
    return "right" if deadline.instant == datetime.fromisoformat(stated[0]) else "wrong"


def kind_of(row: Mapping[str, str]) -> str:
    """The first word of ``kind``: date, datetime, multiple, rolling, ambiguous, none."""
    return re.split(r"[\s:,(]", row["kind"].strip() or row["normalised"], maxsplit=1)[0]


def score(rows: Sequence[Mapping[str, str]]) -> str:
    """The table: outcomes by language and by kind, doubtful rows apart, then what is not right."""
    judged = [(row, outcome(row)) for row in rows]
    sure = [pair for pair in judged if not pair[0]["doubt"].startswith("?")]
    doubtful = [pair for pair in judged if pair[0]["doubt"].startswith("?")]
    lines = [_line("", *OUTCOMES, "rows", "right %", "wrong %")]
    lines += [_counts("all without doubt", sure), _counts("doubtful", doubtful)]
    for name, key in (("language", lambda row: row["language"]), ("kind", kind_of)):
        lines.append(f"by {name}, without doubt")
        for value in sorted({key(row) for row, _ in sure}):
            lines.append(_counts(f"  {value}", [pair for pair in sure if key(pair[0]) == value]))
    for title, pairs in (("not right", sure), ("doubtful and not right", doubtful)):
        lines.append(title)
        lines += [
            f"  {result:<7} {row['language']}  {row['phrase']}  [{row['normalised']}]"
            for row, result in pairs
            if result != "right"
        ]
    return "\n".join(lines)


def _counts(title: str, pairs: Sequence[tuple[Mapping[str, str], str]]) -> str:
    counts = Counter(result for _, result in pairs)
    total = len(pairs)
    shares = [f"{100 * counts[name] / total:.1f}" if total else "-" for name in OUTCOMES[:2]]
    return _line(title, *(counts[name] for name in OUTCOMES), total, *shares)


def _line(title: str, *cells: object) -> str:
    return (f"{title:<28}" + "".join(f"{cell!s:>9}" for cell in cells)).rstrip()
