"""What linking makes of a call that was told: another record leads now, or sources disagree."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from alerts.changes import Net, as_it_was
from alerts.nouns import FieldChange
from storage.columns import dumps
from storage.domain import Call, Cause
from storage.leading import differ, disputes
from storage.letters import NumberedChange, Told
from storage.records import call_to_json
from storage.status import is_over

CONFLICT = "conflict"
"""The field of a change that is none of the call's own: another record says another deadline."""


def led_differently(
    call: Call, others: Sequence[Call], told: Told, since: Sequence[NumberedChange]
) -> list[Net] | None:
    """Return what is another now than it was told, because another record leads.

    None when what was told is still compared with itself: the same record leads, or the new one
    said the same when the letter was written.
    """
    before = next((one for one in others if one.id == told.record), None)
    if before is None or told.record == call.id:
        return None
    was, stood = _as_told(before, since), _as_told(call, since)
    if not differ(was.deadlines, stood.deadlines) and was.withdrawn == stood.withdrawn:
        return None
    number = max((one.number for one in since), default=told.seen)
    found = []
    if call.withdrawn and not was.withdrawn:
        found.append(Net(FieldChange("withdrawn", old=False, new=True, cause=Cause.LINK), number))
    if differ(was.deadlines, call.deadlines):
        old, new = (call_to_json(one)["deadlines"] for one in (was, call))
        found.append(Net(FieldChange("deadlines", old, new, Cause.LINK), number))
    return found


def _as_told(call: Call, since: Sequence[NumberedChange]) -> Call:
    """The record as it was when the letter was written: before all that has changed ``since``."""
    for name in ("deadlines", "withdrawn"):
        own = [one.change for one in since if one.call == call.id and one.change.field == name]
        if own:
            call = as_it_was(call, name, own[0].old)
    return call


def untold_conflicts(
    call: Call, others: Sequence[Call], told: Told, now: datetime
) -> Iterator[Net]:
    """Yield the deadlines of other records that contradict the leading one and were not told."""
    for one in open_disputes(call, others, now):
        fact = conflict_fact(one)
        if fact not in told.facts:
            said = {"call": one.id, "deadlines": call_to_json(one)["deadlines"]}
            yield Net(FieldChange(CONFLICT, None, said, Cause.LINK), 0, fact)


def open_disputes(call: Call, others: Sequence[Call], now: datetime) -> list[Call]:
    """Return the records that say another deadline, while one of the two is still ahead."""
    found = disputes(call, others)
    return [one for one in found if not (is_over(one, now) and is_over(call, now))]


def conflict_fact(other: Call) -> str:
    """What names a conflict that was told: the record, and the dates it says."""
    said = sorted((one.date or "", one.time or "", one.zone) for one in other.deadlines)
    return f"{CONFLICT}:{other.id}:{hashlib.sha256(dumps(said).encode()).hexdigest()[:12]}"
