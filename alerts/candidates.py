"""What could be told of each call to one recipient for one partnership, before it is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

import sqlalchemy as sa

from alerts.cancelled import says_cancelled
from alerts.changes import Net, net_changes, revives
from alerts.disputes import conflict_fact, led_differently, open_disputes, untold_conflicts
from alerts.nouns import Below, Offer, Reason
from alerts.plain import language_of
from alerts.reminders import DIGEST_STAGE, closing_fact, stage_of, wanted
from classifier.outcomes import Note
from storage import letters
from storage.asking import calls_under, get
from storage.domain import Call, Partnership, Recipient, Status
from storage.errors import NotFound
from storage.leading import leader
from storage.letters import NEW, Fact, NumberedChange, Told
from storage.matches import MatchRun, StoredMatch, find_matches, last_run
from storage.recipients import address_key
from storage.status import next_deadline, status

OPEN = (Status.OPEN, Status.CLOSING, Status.ROLLING)
AHEAD = (*OPEN, Status.FORTHCOMING, Status.UNKNOWN)
"""Where a call may stand to be told as new; in a first letter the open ones come first."""

_NEVER = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A call that could be told, with what the letter would know of its history.

    ``others`` are the other records of the opportunity, ``disputes`` those that say another
    deadline. ``closing`` is the next deadline (UTC) and ``stage`` how near it is
    (``alerts.reminders``); None where it is far, or where nothing can be handed in any more.
    """

    opportunity: str
    call: Call
    match: StoredMatch | None
    status: Status
    cancelled: bool
    closing: datetime | None
    stage: int | None
    newest: int
    others: tuple[Call, ...] = ()
    disputes: tuple[Call, ...] = ()

    def offer(self, *, again: bool) -> Offer:
        """The offer a letter makes of it; ``again`` when the letter told it in full before."""
        stored = self.match
        return Offer(
            call=self.call,
            match=None if stored is None else stored.match,
            status=self.status,
            again=again,
            reasons=_reasons(stored),
            unsure=stored is not None and Note.TITLE_ONLY in stored.details.get("notes", ()),
            cancelled=self.cancelled,
            disputes=self.disputes,
        )

    @property
    def fact(self) -> str | None:
        """The fact that its nearness was told; None while the deadline is far."""
        if self.stage is None or self.closing is None:
            return None
        return closing_fact(self.stage, self.closing)


@dataclass(frozen=True, slots=True)
class Movement:
    """A told call with what changed in it; ``revived`` when that opened it again."""

    candidate: Candidate
    nets: tuple[Net, ...]
    revived: bool


@dataclass
class Draft:
    """One partnership: what could be told of it, and the facts that are."""

    partnership: Partnership
    told: Mapping[str, Told]
    run: MatchRun | None = None
    matched: int = 0
    below: Below | None = None
    changed: list[Movement] = field(default_factory=list)
    closing: list[Candidate] = field(default_factory=list)
    new: list[Candidate] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    def tell(self, candidate: Candidate, *facts: str, seen: int = 0) -> None:
        """Note facts for the letter, unless told before.

        How near the deadline is and what other sources say of it are told with every card.
        """
        before = self.told.get(candidate.opportunity)
        known = set() if before is None else set(before.facts)
        known |= {one.fact for one in self.facts if one.opportunity == candidate.opportunity}
        shown = [candidate.fact, *(conflict_fact(one) for one in candidate.disputes)]
        for fact, newest in (*((one, seen) for one in facts), *((one, 0) for one in shown)):
            if fact is not None and fact not in known:
                known.add(fact)
                record = candidate.call.id
                self.facts.append(
                    Fact(self.partnership.id, candidate.opportunity, fact, newest, record)
                )


def without_answer(run: MatchRun) -> bool:
    """Whether the comparison could find nothing, so that its silence means nothing."""
    return Note.NO_INTERESTS in run.notes


def draft(
    connection: sa.Connection,
    recipient: Recipient,
    partnership: Partnership,
    now: datetime,
    *,
    first: bool,
) -> Draft | None:
    """Return all that could be told to ``recipient`` for ``partnership``.

    None where the partnership was never compared, or could not be.
    """
    run = last_run(connection, partnership.id)
    if run is None or without_answer(run):
        return None
    told = letters.told_to(connection, address_key(recipient.email), partnership.id)
    wishes = wanted(connection, partnership.id)
    gone, useful, unwanted = wishes.gone, wishes.useful, wishes.unwanted
    told = {one: was for one, was in told.items() if one not in gone}  # whatever becomes of them
    # Changes are read before the calls: what changes in between is told next time, not never.
    since = letters.changes_since(connection, {one: was.seen for one, was in told.items()})
    matches = {
        one.match.opportunity: one
        for one in find_matches(connection, partnership.id)
        if one.match.opportunity not in gone
    }
    others = (set(since) | useful) - set(matches)
    found = _candidates(connection, matches, others, now, recipient.zone)
    changed = _with_changes(found, told, since, partnership, now)
    closing = _closing(
        found,
        told,
        useful,
        without=unwanted | {one.candidate.opportunity for one in changed},
    )
    urgent = {one.opportunity for one in closing}
    untold = [
        one
        for one in found
        if one.match is not None
        and one.status in AHEAD
        and not one.cancelled
        and one.opportunity not in unwanted | urgent
        and not _is_told(told, one)
    ]
    if first:
        untold.sort(key=lambda one: one.status not in OPEN)
    return Draft(
        partnership=partnership,
        told=told,
        run=run,
        matched=len(matches),
        below=_below(connection, run),
        changed=changed,
        closing=closing,
        new=untold,
    )


def reminder_draft(
    connection: sa.Connection, recipient: Recipient, partnership: Partnership, now: datetime
) -> Draft:
    """Return what ``recipient`` is to be reminded of: marked calls whose time runs out."""
    key = address_key(recipient.email)
    told = letters.told_to(connection, key, partnership.id)
    useful = wanted(connection, partnership.id).useful
    matches = {
        one: next(iter(find_matches(connection, partnership.id, opportunity=one)), None)
        for one in sorted(useful)
    }
    known = {one: match for one, match in matches.items() if match is not None}
    found = _candidates(connection, known, useful - set(known), now, recipient.zone)
    return Draft(partnership, told, closing=_closing(found, told, useful))


def _closing(
    found: Iterable[Candidate],
    told: Mapping[str, Told],
    useful: AbstractSet[str],
    *,
    without: AbstractSet[str] = frozenset(),
) -> list[Candidate]:
    """The calls whose nearness is to be told, the nearest first.

    Those the partnership marked are told at every stage; of the others only those that were told
    and still match, once, when two weeks or less are left.
    """
    near: list[Candidate] = []
    for one in found:
        facts = told[one.opportunity].facts if one.opportunity in told else frozenset()
        if one.closing is None or one.stage is None or one.fact in facts:
            continue
        if one.opportunity in without:
            continue
        if one.opportunity not in useful:
            late = one.stage <= DIGEST_STAGE
            once = closing_fact(DIGEST_STAGE, one.closing) not in facts
            if not (late and once and one.match is not None and _is_told(told, one)):
                continue
        near.append(one)
    return sorted(near, key=lambda one: (str(one.closing), one.call.id))


def _reasons(stored: StoredMatch | None) -> tuple[Reason, ...]:
    if stored is None:
        return ()
    answers = {one["sentence"]: one["answers"] for one in stored.details.get("reasons", ())}
    language = stored.details.get("interest") or ""
    return tuple(Reason(one, answers.get(one, ""), language) for one in stored.match.reasons)


def _below(connection: sa.Connection, run: MatchRun) -> Below | None:
    """The best call under the line, with the page it has today; an import may have taken it."""
    if run.below is None:
        return None
    name = run.below["call"]
    title, score = run.below["title"], run.below["score"]
    try:
        call = get(connection, name)
    except NotFound:
        return Below(name, title, score)
    return Below(name, title, score, call.url, language_of(call))


def _is_told(told: Mapping[str, Told], candidate: Candidate) -> bool:
    return candidate.opportunity in told and NEW in told[candidate.opportunity].facts


def _candidates(
    connection: sa.Connection,
    matches: Mapping[str, StoredMatch],
    others: AbstractSet[str],
    now: datetime,
    zone: str,
) -> list[Candidate]:
    """The matched calls, the best first, then those of ``others``, which do not match."""
    newest = letters.newest_changes(connection, {*matches, *others})
    calls = calls_under(connection, {*matches, *others})
    found: list[Candidate] = []
    for opportunity in [*matches, *sorted(others)]:
        every = calls.get(opportunity, [])
        match = matches.get(opportunity)
        if not every:
            continue  # an import took the call away since it was compared
        call = leader(every)
        rest = tuple(one for one in every if one.id != call.id)
        stands = _standing(call, now, zone)
        found.append(
            Candidate(
                opportunity=opportunity,
                call=call,
                match=match,
                status=stands.status,
                cancelled=stands.cancelled,
                closing=stands.closing,
                stage=stands.stage,
                newest=newest.get(opportunity, 0),
                others=rest,
                disputes=tuple(open_disputes(call, rest, now)) if rest else (),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where a call stands for a reader, as ``Candidate`` has it."""

    status: Status
    cancelled: bool
    closing: datetime | None
    stage: int | None


@lru_cache(maxsize=2048)
def _standing(call: Call, now: datetime, zone: str) -> _Standing:
    """Where a call stands now, for a reader in ``zone``: the same for every letter of a round."""
    where, cancelled = status(call, now), says_cancelled(call)
    closing = None
    if where in {*OPEN, Status.FORTHCOMING} and not cancelled:
        closing = next_deadline(call, now)
    stage = None if closing is None else stage_of(call, closing, now, zone)
    return _Standing(where, cancelled, closing, stage)


def _with_changes(
    found: Sequence[Candidate],
    told: Mapping[str, Told],
    since: Mapping[str, Sequence[NumberedChange]],
    partnership: Partnership,
    now: datetime,
) -> list[Movement]:
    """The told calls with what changed in them, those whose deadline comes first, first."""
    changed: list[Movement] = []
    for one in found:
        steps = since.get(one.opportunity, ()) if _is_told(told, one) else ()
        if nets := _nets(one, told.get(one.opportunity), steps, partnership, now):
            revived = revives(one.call, [net.change for net in nets], now)
            changed.append(Movement(one, tuple(nets), revived))
    return sorted(changed, key=lambda one: next_deadline(one.candidate.call, now) or now + _NEVER)


def _nets(
    one: Candidate,
    told: Told | None,
    steps: Sequence[NumberedChange],
    partnership: Partnership,
    now: datetime,
) -> list[Net]:
    """What is no longer as it was told, and what other sources say against it."""
    if told is None or NEW not in told.facts:
        return []
    led = led_differently(one.call, one.others, told, steps)
    nets = net_changes(one.call, steps, partnership, now) if led is None else led
    # Where another record leads now, what became of the one told of is said already.
    rest = [other for other in one.others if led is None or other.id != told.record]
    return [*nets, *untold_conflicts(one.call, rest, told, now)]
