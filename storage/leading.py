"""Which record of an opportunity leads, and where the others say another deadline.

The rule (docs/decisions/0016-linked-calls.md), in this order:

1. a record that says when to apply before one that does not;
2. of the publisher before one of a source that repeats what others publish (``RELAYS``);
3. one its source still shows before one that was withdrawn;
4. the one that says more (description, conditions, money, opening day, programme, documents);
5. the one that was seen first; then by name, so that the answer is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from storage.domain import Call, Deadline, DeadlineKind, Glance

RELAYS = (
    "chaszmin",
    "cities4cities",
    "decentralization",
    "euneighbours",
    "euroaccess",
    "eufundingportal",
    "fundsforngos",
    "getgrant",
    "grantmarket",
    "gurt",
    "hromady",
    "interregeu",
    "opportunitydesk",
    "prostir",
    "webalkans",
)
"""How the names of sources begin that repeat calls of others; letters and digits only."""

_LONG = 500
"""Characters of a description that says what a call is about, not only that there is one."""

Record = TypeVar("Record", Call, Glance)

_NEVER = datetime.max.replace(tzinfo=UTC)


def is_relay(source: str) -> bool:
    """Whether a source repeats calls that others publish."""
    return "".join(filter(str.isalnum, source.casefold())).startswith(RELAYS)


def leader(calls: Iterable[Call]) -> Call:
    """Return the record that stands for an opportunity with these records (at least one)."""
    return min(calls, key=_rank)


def _rank(call: Call) -> tuple[bool, bool, bool, int, datetime, str]:
    said = (
        len(call.description or "") >= _LONG,
        bool(call.eligibility.criteria),
        bool(call.funding),
        bool(call.opens_on),
        bool(call.programme),
        bool(call.documents),
    )
    return (
        not any(one.kind is not DeadlineKind.TO_BE_ANNOUNCED for one in call.deadlines),
        is_relay(call.source),
        call.withdrawn,
        -sum(said),
        call.first_seen or _NEVER,
        call.id,
    )


def disputes(leading: Call | Glance, others: Iterable[Record]) -> list[Record]:
    """Return those of ``others`` that say another deadline than the leading record.

    What was withdrawn disputes nothing, and a source that names only one of several dates, or a
    month, a day without its hour or its year, agrees with one that says more.
    """
    return [one for one in others if not one.withdrawn and differ(leading.deadlines, one.deadlines)]


def differ(some: Sequence[Deadline], others: Sequence[Deadline]) -> bool:
    """Whether two sources cannot both be right; not when one of them says nothing."""
    one, other = (list(_said(each)) for each in (some, others))
    if not one or not other:
        return False
    return not (_within(one, other) or _within(other, one))


def _said(deadlines: Iterable[Deadline]) -> Iterator[Deadline]:
    return (one for one in deadlines if one.date or one.kind is DeadlineKind.ROLLING)


def _within(some: Sequence[Deadline], others: Sequence[Deadline]) -> bool:
    return all(any(_agree(one, other) for other in others) for one in some)


def _agree(one: Deadline, other: Deadline) -> bool:
    if one.date is None or other.date is None:
        return one.date == other.date
    if one.instant and other.instant and one.time and other.time:
        return one.instant == other.instant
    short, long = sorted((one.date, other.date), key=len)
    if short.startswith("--"):  # a day of some year
        return long.endswith(short[1:])
    return long.startswith(short)
