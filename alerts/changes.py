"""What is no longer as it was told: the source moved it, or we had it wrong."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.cancelled import says_cancelled
from alerts.nouns import FieldChange
from alerts.sentences import rules
from classifier.assessment import assess
from storage.compare import same
from storage.domain import CONTENT_FIELDS, Call, Cause, Partnership
from storage.letters import NumberedChange
from storage.records import call_from_json
from storage.status import is_over

FIELDS = ("withdrawn", "deadlines", "opens_on", "funding", "eligibility")
"""What a letter says of a call and must take back when it changes, the most urgent first.

A new wording of the description, another document or a corrected title is no news: the call's own
page shows it, and the history keeps it.
"""

_OURS = {Cause.READER, Cause.OFFICER}
_TEXTS = ("title", "summary", "description")


@dataclass(frozen=True, slots=True)
class Net:
    """A change to tell, with the number of the newest change in it."""

    change: FieldChange
    number: int
    named: str = ""

    @property
    def fact(self) -> str:
        """What names the change once it is told."""
        return self.named or f"{self.change.cause}:{self.change.field}:{self.number}"


def net_changes(
    call: Call, since: Sequence[NumberedChange], partnership: Partnership, now: datetime
) -> list[Net]:
    """Return what became of ``since``: one change a field and cause, nothing that was undone.

    Several steps of one cause are one change, from the first to the last. Changes that cannot
    matter any more, because the call is over and was over before, are left out.
    """
    found: list[Net] = []
    for name in FIELDS:
        own = [one for one in since if one.change.field == name and one.call == call.id]
        own = [one for one in own if one.change.cause in {Cause.SOURCE, *_OURS}]
        if own and not _same(name, own[0].change.old, own[-1].change.new):
            found += _runs(call, name, own, partnership, now)
    found += _cancellation(call, since)
    if is_over(call, now):
        found = [one for one in found if _revives(call, one.change, now)]
    return found


def _runs(
    call: Call, name: str, own: Sequence[NumberedChange], partnership: Partnership, now: datetime
) -> Iterator[Net]:
    for ours, group in itertools.groupby(own, lambda one: one.change.cause in _OURS):
        steps = list(group)
        old, new, last = steps[0].change.old, steps[-1].change.new, steps[-1]
        if _same(name, old, new):
            continue
        change = FieldChange(name, old, new, last.change.cause)
        if name == "eligibility":
            before, after = (
                assess(as_it_was(call, name, value), partnership, rules(), now).verdict
                for value in (old, new)
            )
            if ours and before is after:
                continue  # the letter said what is still so
            change = replace(change, verdicts=(before, after))
        yield Net(change, last.number)


def _cancellation(call: Call, since: Sequence[NumberedChange]) -> Iterator[Net]:
    """Whether the call began, or ceased, to say of itself that it is cancelled."""
    own = [one for one in since if one.call == call.id and one.change.field in _TEXTS]
    before = call
    for one in reversed(own):
        before = as_it_was(before, one.change.field, one.change.old)
    was, is_now = says_cancelled(before), says_cancelled(call)
    if own and was is not is_now:
        yield Net(FieldChange("cancelled", was, is_now, own[-1].change.cause), own[-1].number)


def revives(call: Call, changes: Sequence[FieldChange], now: datetime) -> bool:
    """Whether the source's own ``changes`` opened a call again that was over, gone or cancelled."""
    if any(one.field in {"withdrawn", "cancelled"} and one.old for one in changes):
        return True
    by_source = [one for one in changes if one.cause is Cause.SOURCE and one.field != "cancelled"]
    before = call
    for one in by_source:
        before = as_it_was(before, one.field, one.old)
    return bool(by_source) and is_over(before, now) and not is_over(call, now)


def as_it_was(call: Call, name: str, value: object) -> Call:
    """Return ``call`` with another (JSON) value in one field."""
    if name == "withdrawn":
        return replace(call, withdrawn=bool(value))
    if name == "title":
        return replace(call, title=str(value))
    former = call_from_json({"source": "-", "reference": "-", "title": "-", name: value})
    return replace(call, **{name: getattr(former, name)})


def _revives(call: Call, change: FieldChange, now: datetime) -> bool:
    """Whether a call that is over now was not over before the change."""
    if change.field == "cancelled":
        return False
    return not is_over(as_it_was(call, change.field, change.old), now)


def _same(name: str, old: object, new: object) -> bool:
    return same(name, old, new) if name in CONTENT_FIELDS else old == new
