"""A call as one row of plain values, for spreadsheets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from desk import wording
from desk.text import line
from storage.domain import About, Call, Deadline, Effect, Funding
from storage.status import status

Value: TypeAlias = str | int | float | date | datetime | None
"""What a cell holds. Text has no control characters; moments are UTC without a mark of it."""


def _texts(values: Sequence[str]) -> str:
    return "; ".join(line(value) for value in values)


def _allowed(call: Call, about: About) -> str:
    """The values a call allows or requires; a group of countries is named, not written out."""
    found = [
        value
        for one in call.eligibility.criteria
        if one.about is about and one.effect is not Effect.EXCLUDES
        for value in ((one.group,) if one.group else one.values)
    ]
    return _texts(list(dict.fromkeys(found)))


def _day(value: str | None) -> Value:
    """A date where the record says a whole one, else what it says (``2027-05``)."""
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return value


def _days_left(deadline: Deadline | None, now: datetime) -> int | None:
    if deadline is None or deadline.instant is None or deadline.instant <= now:
        return None
    today = now.astimezone(ZoneInfo(deadline.zone)).date()
    return (date.fromisoformat(str(deadline.date)) - today).days


def _whole(value: float | None) -> int | float | None:
    return int(value) if value is not None and value == int(value) else value


def _moment(value: datetime | None) -> datetime | None:
    return value.replace(tzinfo=None, microsecond=0) if value else None


def _all_deadlines(call: Call) -> str:
    labels = [(wording.label(one), wording.when(one)) for one in call.deadlines]
    return "; ".join(f"{label}: {when}" if label else when for label, when in labels)


_Leading: TypeAlias = Deadline | None
_Column: TypeAlias = Callable[[Call, _Leading, Funding, datetime], Value]

_COLUMNS: dict[str, _Column] = {
    "status": lambda call, _d, _f, now: status(call, now).value,
    "id": lambda call, *_: line(call.id),
    "title": lambda call, *_: line(call.title),
    "deadline_date": lambda _, d, *__: _day(d.date) if d else None,
    "deadline_time": lambda _, d, *__: d.time if d else None,
    "deadline_zone": lambda _, d, *__: d.zone if d else None,
    "days_left": lambda _, d, _f, now: _days_left(d, now),
    "deadline_basis": lambda _, d, *__: line(d.basis) if d else None,
    "deadline_words": lambda _, d, *__: line(d.words) if d else None,
    "all_deadlines": lambda call, *_: _all_deadlines(call),
    "opens_on": lambda call, *_: _day(call.opens_on),
    "programme": lambda call, *_: line(call.programme.code) if call.programme else None,
    "programme_name": lambda call, *_: line(call.programme.name) if call.programme else None,
    "kind": lambda call, *_: call.kind.value,
    "types_of_action": lambda call, *_: _texts(call.types_of_action),
    "currency": lambda call, _d, f, _n: line(f.currency) if call.funding else None,
    "total": lambda _, _d, f, _n: _whole(f.total),
    "min_grant": lambda _, _d, f, _n: _whole(f.min_grant),
    "max_grant": lambda _, _d, f, _n: _whole(f.max_grant),
    "expected_grants": lambda _, _d, f, _n: f.expected_grants,
    "lots": lambda call, *_: len(call.funding),
    "countries": lambda call, *_: _allowed(call, About.COUNTRY),
    "regions": lambda call, *_: _allowed(call, About.REGION),
    "applicants": lambda call, *_: _allowed(call, About.APPLICANT),
    "unread_conditions": lambda call, *_: len(call.eligibility.unread),
    "url": lambda call, *_: line(call.url),
    "language": lambda call, *_: line(call.language),
    "summary": lambda call, *_: line(call.summary),
    "parent": lambda call, *_: line(call.parent),
    "opportunity": lambda call, *_: line(call.opportunity),
    "version": lambda call, *_: call.version,
    "first_seen_utc": lambda call, *_: _moment(call.first_seen),
    "last_seen_utc": lambda call, *_: _moment(call.last_seen),
}

COLUMNS = tuple(_COLUMNS)
"""The names of the columns, in their order."""


def row(call: Call, now: datetime) -> tuple[Value, ...]:
    """The values of ``COLUMNS``: of the deadlines the next one, of the lots of money the first."""
    deadline = wording.leading(call, now)
    funding = call.funding[0] if call.funding else Funding()
    return tuple(column(call, deadline, funding, now) for column in _COLUMNS.values())
