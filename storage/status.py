"""Where a call stands at a given moment, derived from its dates alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from storage.domain import BRUSSELS, Call, Deadline, DeadlineKind, Glance, Status, moment

CLOSING = timedelta(days=14)
"""A call whose next deadline is this near, or nearer, is closing."""

BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
END = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """``status`` holds from ``starts`` (included) to ``ends`` (excluded), both UTC.

    ``deadline`` is the next moment, in UTC, by which a newcomer must submit; None if unknown.
    """

    starts: datetime
    ends: datetime
    status: Status
    deadline: datetime | None = None


def status(call: Call, now: datetime) -> Status:
    """Where ``call`` stands at ``now`` (aware)."""
    return Status.WITHDRAWN if call.withdrawn else span_at(call, now).status


def next_deadline(call: Call, now: datetime) -> datetime | None:
    """The next moment (UTC) by which a newcomer must submit; None when unknown or over."""
    return span_at(call, now).deadline


def is_over(call: Call, now: datetime) -> bool:
    """Whether the last chance to apply has passed, whatever the source did with the page since."""
    return span_at(call, now).status is Status.CLOSED


def span_at(call: Call | Glance, now: datetime) -> Span:
    """The span of the call's timeline that holds at ``now`` (aware, else ValueError)."""
    if now.tzinfo is None:
        raise ValueError("now must have a time zone")
    starts = BEGINNING
    for ends, state, deadline in _ends(call):
        if ends > now and ends > starts:
            return Span(starts, ends, state, deadline)
        starts = max(starts, ends)
    return Span(BEGINNING, END, Status.CLOSED)


def timeline(call: Call) -> tuple[Span, ...]:
    """Every status the call's dates give it, without gaps from ``BEGINNING`` to ``END``.

    Only what a newcomer can still use counts: once the first stage, or the concept note, is over,
    a later stage is for those already in, and the call is closed.
    """
    spans: list[Span] = []
    starts = BEGINNING
    for ends, state, deadline in _ends(call):
        if ends > starts:
            spans.append(Span(starts, ends, state, deadline))
            starts = ends
    return tuple(spans)


def _ends(call: Call | Glance) -> Iterator[tuple[datetime, Status, datetime | None]]:
    """Until when each status holds, and its deadline; what ends before it starts is no span."""
    gates = _gates(call.deadlines)
    rolling = any(gate.kind is DeadlineKind.ROLLING for gate in gates)
    moments = [(gate, gate.instant) for gate in gates]
    instants = sorted({instant for _, instant in moments if instant})
    if opening := _opening(call):
        yield opening, Status.FORTHCOMING, next((i for i in instants if i > opening), None)
    for instant in instants:
        if rolling:
            yield instant, Status.ROLLING, instant
        else:
            yield instant - CLOSING, Status.OPEN, instant
            yield instant, Status.CLOSING, instant
    if rolling and not instants:
        yield END, Status.ROLLING, None
    undated = [
        gate for gate, instant in moments if instant is None and gate.kind != DeadlineKind.ROLLING
    ]
    month_ends = [end for gate in undated if (end := gate.month_end)]
    if not gates or len(month_ends) < len(undated):
        yield END, Status.UNKNOWN, None
    elif month_ends:
        yield max(month_ends), Status.UNKNOWN, None
    yield END, Status.CLOSED, None


def _gates(deadlines: Sequence[Deadline]) -> list[Deadline]:
    """The deadlines that decide whether a newcomer can still apply."""
    if len(deadlines) == 1:
        return list(deadlines)
    stages = [d for d in deadlines if d.kind is DeadlineKind.STAGE]
    if stages:
        first = min(d.sequence or 1 for d in stages)
        return [d for d in deadlines if d not in stages or (d.sequence or 1) == first]
    if any(d.kind is DeadlineKind.CONCEPT_NOTE for d in deadlines):
        return [d for d in deadlines if d.kind is not DeadlineKind.FULL_PROPOSAL]
    return list(deadlines)


def _opening(call: Call | Glance) -> datetime | None:
    """The start of the opening day where the funder is; None if the day is not said."""
    try:
        day = date.fromisoformat(call.opens_on or "")
    except ValueError:  # not said, or only a month
        return None
    zone = call.deadlines[0].zone if call.deadlines else BRUSSELS
    return moment(day, "00:00", zone)
