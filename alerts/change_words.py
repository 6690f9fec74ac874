"""How a change is told: what it was, what it is now, and what that means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts import money, when
from alerts.changes import as_it_was
from alerts.disputes import CONFLICT
from alerts.nouns import FieldChange
from alerts.plain import line, shorten
from alerts.tongue import Tongue, later
from alerts.verdicts import short
from storage.domain import Call, Deadline
from storage.status import next_deadline

_LONGEST = 300
_MOST = 4

_LABELS = {
    "deadlines": later("Deadline"),
    "opens_on": later("Opens"),
    "funding": later("Money"),
    "eligibility": later("Conditions"),
    "withdrawn": later("Withdrawn"),
    CONFLICT: later("Deadline"),
    "cancelled": later("Cancelled"),
}


@dataclass(frozen=True, slots=True)
class Moved:
    """One change in words: ``old`` to ``new``, or only a ``note`` where there is no such pair.

    ``quote`` is what the call says now, in its own language.
    """

    label: str
    old: str = ""
    new: str = ""
    note: str = ""
    quote: str = ""


def moved(  # noqa: PLR0911 - one kind of change after another
    t: Tongue, change: FieldChange, call: Call, zones: Sequence[str], now: datetime
) -> Moved:
    """Say one change of ``call``."""
    label = t.say(_LABELS[change.field])
    if change.field == CONFLICT:
        other = as_it_was(call, "deadlines", change.new["deadlines"])
        return Moved(label, note=says_otherwise(t, change.new["call"], other, zones, now))
    if change.field == "withdrawn":
        if not change.new:
            back = t.say("the source had taken this call down and shows it again")
            return Moved(t.say("Shown again"), note=back)
        return Moved(label, note=t.say("the source has taken this call down before its deadline"))
    if change.field == "cancelled":
        off = later("the funder says that the call is cancelled")
        on = later("the funder no longer says that the call is cancelled")
        return Moved(label, note=t.say(off if change.new else on))
    before, after = (as_it_was(call, change.field, value) for value in (change.old, change.new))
    if change.field == "eligibility":
        return _conditions(t, change, label, before, after)
    if change.field == "deadlines":
        old = _rest(before.deadlines, after.deadlines)
        new = _rest(after.deadlines, before.deadlines)
        was, now_is = (t.joined(when.labelled(t, some, zones)) for some in (old, new))
        return _pair(t, label, was, now_is, _shift(t, before, after, now))
    sayers: dict[str, Callable[[Call], Iterator[str]]] = {
        "funding": lambda one: money.lots(t, one),
        "opens_on": lambda one: iter(filter(None, [when.said_date(t, one.opens_on)])),
    }
    say = sayers[change.field]
    return _pair(t, label, t.joined(say(before)), t.joined(say(after)))


def says_otherwise(t: Tongue, name: str, other: Call, zones: Sequence[str], now: datetime) -> str:
    """``euroaccess says: Tuesday 5 January 2027, 17:00 (Brussels)``, of the record ``name``."""
    ahead = when.coming(other, now)[:_MOST]
    return t.say(
        "{source} says: {deadline}",
        source=line(name.partition(":")[0]),
        deadline=t.joined(when.labelled(t, ahead, zones)),
    )


def _pair(t: Tongue, label: str, old: str, new: str, note: str = "") -> Moved:
    nothing = t.say("not said")
    return Moved(label, old or nothing, new or nothing, note)


def _conditions(t: Tongue, change: FieldChange, label: str, before: Call, after: Call) -> Moved:
    """What the change means for the partnership, else which words of the source came."""
    if change.verdicts is not None and change.verdicts[0] is not change.verdicts[1]:
        old, new = (short(t, one) for one in change.verdicts)
        return Moved(label, old, new)
    former = {one.words for one in before.eligibility.criteria} | {*before.eligibility.unread}
    words = [one.words for one in after.eligibility.criteria] + [*after.eligibility.unread]
    came = [shorten(one, _LONGEST) for one in words if one and one not in former]
    note = t.say("changed by the source; what it means for you is the same")
    return Moved(label, note=note, quote=came[0] if came else "")


def _rest(some: Sequence[Deadline], others: Sequence[Deadline]) -> list[Deadline]:
    """Those of ``some`` that are not among ``others``; their words do not count."""
    known = {_essence(one) for one in others}
    return [one for one in some if _essence(one) not in known][:_MOST]


def _essence(one: Deadline) -> tuple[object, ...]:
    return (one.kind, one.date, one.time, one.zone, one.sequence, one.recurs)


def _shift(t: Tongue, before: Call, after: Call, now: datetime) -> str:
    """``13 days later``: how far the next deadline moved, where both are known."""
    old, new = (_gate(one, now) for one in (before, after))
    if old is None or new is None:
        return ""
    days = round((new - old).total_seconds() / 86_400)
    if days > 0:
        return t.many("{n} day later", "{n} days later", days)
    return t.many("{n} day earlier", "{n} days earlier", -days) if days < 0 else ""


def _gate(call: Call, now: datetime) -> datetime | None:
    """The next deadline, or the last one when it has passed."""
    passed = [one.instant for one in call.deadlines if one.instant]
    return next_deadline(call, now) or max(passed, default=None)
