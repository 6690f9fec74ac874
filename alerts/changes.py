"""What is no longer as it was told: the source moved it, or we had it wrong."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

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


def as_it_was(call: Call, name: str, value: object) -> Call:
    """Return ``call`` with another (JSON) value in one field."""
    if name == "withdrawn":
        return replace(call, withdrawn=bool(value))
    former = call_from_json({"source": "-", "reference": "-", "title": "-", name: value})
    return replace(call, **{name: getattr(former, name)})


def _revives(call: Call, change: FieldChange, now: datetime) -> bool:
    """Whether a call that is over now was not over before the change."""
    return not is_over(as_it_was(call, change.field, change.old), now)


def _same(name: str, old: object, new: object) -> bool:
    return same(name, old, new) if name in CONTENT_FIELDS else old == new
