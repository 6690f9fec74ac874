"""Where a call stands at a given moment, derived from its dates alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from storage.domain import BRUSSELS, Call, Deadline, DeadlineKind, Status, moment

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


def span_at(call: Call, now: datetime) -> Span:
    """The span of the call's timeline that holds at ``now`` (aware, else ValueError)."""
    if now.tzinfo is None:
        raise ValueError("now must have a time zone")
    for span in timeline(call):
        if span.ends > now:
            return span
    return Span(BEGINNING, END, Status.CLOSED)


def timeline(call: Call) -> tuple[Span, ...]:
    """Every status the call's dates give it, without gaps from ``BEGINNING`` to ``END``.

    Only what a newcomer can still use counts: once the first stage, or the concept note, is over,
    a later stage is for those already in, and the call is closed.
    """
    gates = _gates(call.deadlines)
    rolling = any(gate.kind is DeadlineKind.ROLLING for gate in gates)
    moments = [(gate, gate.instant) for gate in gates]
    instants = sorted({instant for _, instant in moments if instant})
    spans: list[Span] = []

    def until(end: datetime, state: Status, deadline: datetime | None = None) -> None:
        start = spans[-1].ends if spans else BEGINNING
        if end > start:
            spans.append(Span(start, end, state, deadline))

    if opening := _opening(call):
        until(opening, Status.FORTHCOMING, next((i for i in instants if i > opening), None))
    for instant in instants:
        if rolling:
            until(instant, Status.ROLLING, instant)
        else:
            until(instant - CLOSING, Status.OPEN, instant)
            until(instant, Status.CLOSING, instant)
    if rolling and not instants:
        until(END, Status.ROLLING)
    undated = [
        gate for gate, instant in moments if instant is None and gate.kind != DeadlineKind.ROLLING
    ]
    month_ends = [end for gate in undated if (end := gate.month_end)]
    if not gates or len(month_ends) < len(undated):
        until(END, Status.UNKNOWN)
    elif month_ends:
        until(max(month_ends), Status.UNKNOWN)
    until(END, Status.CLOSED)
    return tuple(spans)


def _gates(deadlines: Sequence[Deadline]) -> list[Deadline]:
    """The deadlines that decide whether a newcomer can still apply."""
    stages = [d for d in deadlines if d.kind is DeadlineKind.STAGE]
    if stages:
        first = min(d.sequence or 1 for d in stages)
        return [d for d in deadlines if d not in stages or (d.sequence or 1) == first]
    if any(d.kind is DeadlineKind.CONCEPT_NOTE for d in deadlines):
        return [d for d in deadlines if d.kind is not DeadlineKind.FULL_PROPOSAL]
    return list(deadlines)


def _opening(call: Call) -> datetime | None:
    """The start of the opening day where the funder is; None if the day is not said."""
    try:
        day = date.fromisoformat(call.opens_on or "")
    except ValueError:  # not said, or only a month
        return None
    zone = call.deadlines[0].zone if call.deadlines else BRUSSELS
    return moment(day, "00:00", zone)
