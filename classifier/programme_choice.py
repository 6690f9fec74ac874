"""Which rule speaks of a call: its programme, whether the rule holds for its days, its action."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from classifier.patterns import plain
from classifier.programme_view import ProgrammeView
from classifier.recognition import LONGEST_REFERENCE, rule_for
from classifier.rulebook import ActionRule, ProgrammeRule, Rules
from classifier.standing import CALL
from storage.domain import Call, Kind


@dataclass(frozen=True, slots=True)
class Silence:
    """Why no rule speaks of a call."""

    explanation: str
    source: str


def programme_view(call: Call, rules: Rules, now: datetime) -> ProgrammeView | Silence:
    """The rule that speaks of ``call``, or why none does."""
    found = rule_for(call, rules)
    if not found:
        return Silence("No rule of ours knows the programme of this call.", CALL)
    seen = found[0]
    rule, name = seen.rule, seen.rule.name
    if call.kind is Kind.TENDER:
        text = f"A tender buys something; the rule for {name} is about grants."
        return Silence(text, f"rule:{rule.id}")
    days = sorted(
        date.fromisoformat(d.date) for d in call.deadlines if d.date and d.instant is not None
    )
    opens = _day(call.opens_on)
    first = opens or (days[0] if days else now.date())
    last = days[-1] if days else max(first, now.date())
    valid, closes = rule.valid, days[-1] if days else None
    since = rule.ukraine.since  # of a call that closed before it the rule says one thing: too early
    early = closes is not None and since is not None and closes < since
    over = valid.end is not None and first > valid.end
    if over or (valid.start and last < valid.start and not early):
        span = f"{valid.start or '…'} to {valid.end or '…'}"
        text = f"The rule for {name} holds from {span}; of this call it says nothing."
        return Silence(text, f"rule:{rule.id}")
    cascade = call.kind is Kind.CASCADE
    return ProgrammeView(rules, rule, seen, _action(call, rule), closes, cascade)


def _action(call: Call, rule: ProgrammeRule) -> ActionRule | None:
    """The entry for the call's type of action; the most demanding where several fit."""
    types = [plain(words) for words in call.types_of_action]
    title = plain(call.title)
    identifier = (call.parent if call.kind is Kind.CASCADE else call.reference) or ""
    fitting = [
        action
        for action in rule.actions
        if (
            any(pattern.search(words) for pattern in action.types for words in types)
            or (action.identifier and action.identifier.search(identifier[:LONGEST_REFERENCE]))
        )
        and (not action.titles or any(pattern.search(title) for pattern in action.titles))
    ]
    return max(fitting, key=lambda action: action.minimum.entities or 0, default=None)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:  # not said, or only a month
        return None
