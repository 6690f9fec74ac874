"""Builds the digest of one recipient: what to tell now, and which facts that will have told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import zip_longest

import sqlalchemy as sa

from alerts.changes import Net, net_changes
from alerts.disputes import conflict_fact, led_differently, open_disputes, untold_conflicts
from alerts.nouns import LIMIT, Below, Changed, Digest, Offer, Reason, Section
from alerts.receipt import Source, receipt, sources
from classifier.outcomes import SAID, Note
from storage import letters
from storage.asking import calls_by_id, get
from storage.domain import Call, Cause, Partnership, Recipient, Status
from storage.errors import NotFound
from storage.leading import leader
from storage.letters import NEW, Fact, NumberedChange, Told
from storage.matches import MatchRun, StoredMatch, find_matches, last_run
from storage.recipients import address_key
from storage.schema import calls as call_table
from storage.status import next_deadline, status

KIND = "digest"
OPEN = (Status.OPEN, Status.CLOSING, Status.ROLLING)
AHEAD = (*OPEN, Status.FORTHCOMING, Status.UNKNOWN)
"""Where a call may stand to be told as new; in a first letter the open ones come first."""

_AT_ONCE = 400


def build_digest(  # noqa: PLR0913 - what a letter is about
    connection: sa.Connection,
    recipient: Recipient,
    partnerships: Sequence[Partnership],
    now: datetime,
    *,
    limit: int = LIMIT,
    known_sources: Sequence[Source] | None = None,
) -> Digest:
    """Return what ``recipient`` is to be told at ``now``; nothing is written.

    New is what matches and was not told to this recipient for this partnership, however long ago
    it was harvested. Of what was told: what changed since, and what closes within two weeks. Not
    more than ``limit`` calls are told; those left over stay untold, so that the next letter brings
    them. Partnerships that could not be compared with any call are left out (``not_compared``).
    """
    key = address_key(recipient.email)
    since = letters.last_created(connection, key, KIND)
    drafts = [
        draft
        for one in partnerships
        if (draft := _draft(connection, key, one, now, first=since is None)) is not None
    ]
    chosen = _Chosen(limit)
    _choose_urgent(drafts, chosen)
    _choose_new(drafts, chosen)
    found = None
    if recipient.receipt:
        every = sources() if known_sources is None else known_sources
        compared = [draft.run.at for draft in drafts]
        found = replace(
            receipt(connection, every, now), compared_at=min(compared) if compared else None
        )
    return Digest(
        recipient=recipient,
        now=now,
        sections=tuple(draft.section(chosen) for draft in drafts),
        receipt=found,
        facts=tuple(fact for draft in drafts for fact in draft.facts),
        since=since,
    )


def not_compared(connection: sa.Connection, partnership: str) -> str:
    """Say why there is nothing to tell a partnership, not even that nothing is new; else ""."""
    run = last_run(connection, partnership)
    if run is None:
        return f"{partnership} was not compared with any call yet: bridges match"
    return f"{partnership}: {SAID[Note.NO_INTERESTS]}" if _without_answer(run) else ""


def _without_answer(run: MatchRun) -> bool:
    """Whether the comparison could find nothing, so that its silence means nothing."""
    return Note.NO_INTERESTS in run.notes


@dataclass
class _Chosen:
    """The calls that the letter has room for; one that is told twice takes one place."""

    limit: int
    calls: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)

    def take(self, call: Call) -> bool:
        if call.id not in self.calls and len(self.calls) >= self.limit:
            return False
        self.calls.add(call.id)
        return True

    def offer(self, candidate: _Candidate) -> Offer:
        """The offer; only its first appearance in the letter is told in full."""
        again = candidate.call.id in self.shown
        self.shown.add(candidate.call.id)
        stored = candidate.match
        return Offer(
            call=candidate.call,
            match=None if stored is None else stored.match,
            status=candidate.status,
            again=again,
            reasons=_reasons(stored),
            unsure=stored is not None and Note.TITLE_ONLY in stored.details.get("notes", ()),
            disputes=candidate.disputes,
        )


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A call that could be told, with what the letter would know of its history."""

    opportunity: str
    call: Call
    match: StoredMatch | None
    status: Status
    closing: datetime | None
    newest: int
    others: tuple[Call, ...]
    disputes: tuple[Call, ...]


@dataclass
class _Draft:
    """One partnership: what could be told, and then what is."""

    partnership: Partnership
    run: MatchRun
    told: Mapping[str, Told]
    matched: int
    below: Below | None
    changed: list[tuple[_Candidate, list[Net]]]
    closing: list[_Candidate]
    new: list[_Candidate]
    told_changed: list[tuple[_Candidate, list[Net]]] = field(default_factory=list)
    told_closing: list[_Candidate] = field(default_factory=list)
    told_new: list[_Candidate] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    def section(self, chosen: _Chosen) -> Section:
        ours = {Cause.READER, Cause.OFFICER}
        by_source = [(one, _by(nets, {Cause.SOURCE})) for one, nets in self.told_changed]
        by_us = [(one, _by(nets, ours)) for one, nets in self.told_changed]
        by_link = [(one, _by(nets, {Cause.LINK})) for one, nets in self.told_changed]
        urgent = len(self.changed) + len(self.closing)
        told = len(self.told_changed) + len(self.told_closing)
        return Section(
            partnership=self.partnership,
            changed=_changed(by_source, chosen),
            corrected=_changed(by_us, chosen),
            disputed=_changed(by_link, chosen),
            closing=tuple(chosen.offer(one) for one in self.told_closing),
            new=tuple(chosen.offer(one) for one in self.told_new),
            more=len(self.new) - len(self.told_new),
            more_urgent=urgent - told,
            read=self.run.read,
            matched=self.matched,
            line=self.run.threshold,
            below=self.below,
            notes=self.run.notes,
        )

    def tell(self, candidate: _Candidate, fact: str, seen: int) -> None:
        """Note a fact for the letter, unless an earlier one has told it."""
        before = self.told.get(candidate.opportunity)
        if before is None or fact not in before.facts:
            told = Fact(self.partnership.id, candidate.opportunity, fact, seen, candidate.call.id)
            if not any(
                one.opportunity == told.opportunity and one.fact == fact for one in self.facts
            ):
                self.facts.append(told)

    def tell_conflicts(self, candidate: _Candidate) -> None:
        """Note that the letter shows which deadlines other sources say."""
        for one in candidate.disputes:
            self.tell(candidate, conflict_fact(one), 0)


def _reasons(stored: StoredMatch | None) -> tuple[Reason, ...]:
    if stored is None:
        return ()
    answers = {one["sentence"]: one["answers"] for one in stored.details.get("reasons", ())}
    language = stored.details.get("interest") or ""
    return tuple(Reason(one, answers.get(one, ""), language) for one in stored.match.reasons)


def _by(nets: Sequence[Net], causes: set[Cause]) -> list[Net]:
    return [one for one in nets if one.change.cause in causes]


def _changed(pairs: Sequence[tuple[_Candidate, list[Net]]], chosen: _Chosen) -> tuple[Changed, ...]:
    return tuple(
        Changed(chosen.offer(candidate), tuple(net.change for net in nets))
        for candidate, nets in pairs
        if nets
    )


def _draft(
    connection: sa.Connection, key: str, partnership: Partnership, now: datetime, *, first: bool
) -> _Draft | None:
    """Return all that could be told to one recipient for one partnership."""
    run = last_run(connection, partnership.id)
    if run is None or _without_answer(run):
        return None
    told = letters.told_to(connection, key, partnership.id)
    # Changes are read before the calls: what changes in between is told next time, not never.
    since = letters.changes_since(connection, {one: was.seen for one, was in told.items()})
    matches = {one.match.opportunity: one for one in find_matches(connection, partnership.id)}
    newest = letters.newest_changes(connection, {*matches, *since})
    found = _candidates(connection, matches, set(since), newest, now)
    untold = [one for one in found if not _is_told(told, one) and one.status in AHEAD]
    untold = [one for one in untold if one.match is not None]
    if first:
        untold.sort(key=lambda one: one.status not in OPEN)
    changed = _with_changes(found, told, since, partnership, now)
    with_changes = {one.opportunity for one, _ in changed}
    return _Draft(
        partnership=partnership,
        run=run,
        told=told,
        matched=len(matches),
        below=_below(connection, run),
        changed=changed,
        closing=[
            one
            for one in sorted(found, key=lambda one: one.closing or now)
            if one.match is not None
            and one.closing
            and _is_told(told, one)
            and one.opportunity not in with_changes
            and _closing_fact(one) not in told[one.opportunity].facts
        ],
        new=untold,
    )


def _below(connection: sa.Connection, run: MatchRun) -> Below | None:
    """The best call under the line, with the page it has today; an import may have taken it."""
    if run.below is None:
        return None
    name = run.below["call"]
    try:
        url = get(connection, name).url
    except NotFound:
        url = None
    return Below(name, run.below["title"], run.below["score"], url)


def _is_told(told: Mapping[str, Told], candidate: _Candidate) -> bool:
    return candidate.opportunity in told and NEW in told[candidate.opportunity].facts


def _candidates(
    connection: sa.Connection,
    matches: Mapping[str, StoredMatch],
    others: set[str],
    newest: Mapping[str, int],
    now: datetime,
) -> list[_Candidate]:
    """The matched calls, the best first, then those of ``others`` that match no longer."""
    calls = _calls(connection, {*matches, *others})
    found: list[_Candidate] = []
    for opportunity in [*matches, *sorted(others - set(matches))]:
        every = calls.get(opportunity, [])
        match = matches.get(opportunity)
        if not every:
            continue  # an import took the call away since it was compared
        call = leader(every)
        others = tuple(one for one in every if one.id != call.id)
        where = status(call, now)
        closing = next_deadline(call, now) if where is Status.CLOSING else None
        found.append(
            _Candidate(
                opportunity,
                call,
                match,
                where,
                closing,
                newest.get(opportunity, 0),
                others,
                tuple(open_disputes(call, others, now)),
            )
        )
    return found


def _with_changes(
    found: Sequence[_Candidate],
    told: Mapping[str, Told],
    since: Mapping[str, Sequence[NumberedChange]],
    partnership: Partnership,
    now: datetime,
) -> list[tuple[_Candidate, list[Net]]]:
    """The told calls with what changed in them, those whose deadline comes first, first."""
    changed = [
        (one, nets)
        for one in found
        if _is_told(told, one)
        and (nets := _nets(one, told[one.opportunity], since, partnership, now))
    ]
    never = now + timedelta(days=36_500)
    return sorted(changed, key=lambda pair: next_deadline(pair[0].call, now) or never)


def _nets(
    one: _Candidate,
    told: Told,
    every: Mapping[str, Sequence[NumberedChange]],
    partnership: Partnership,
    now: datetime,
) -> list[Net]:
    """What is no longer as it was told, and what other sources say against it."""
    since = every.get(one.opportunity, ())
    nets = led_differently(one.call, one.others, told, since)
    if nets is None:
        nets = net_changes(one.call, since, partnership, now)
        nets += untold_conflicts(one.call, one.others, told, now)
    return nets


def _choose_urgent(drafts: Sequence[_Draft], chosen: _Chosen) -> None:
    """What moved comes before what closes, and both before what is new."""
    for draft in drafts:
        for candidate, nets in draft.changed:
            if chosen.take(candidate.call):
                draft.told_changed.append((candidate, nets))
                for net in nets:
                    draft.tell(candidate, net.fact, candidate.newest)
                draft.tell_conflicts(candidate)
                if candidate.closing:
                    draft.tell(candidate, _closing_fact(candidate), 0)
    for draft in drafts:
        for candidate in draft.closing:
            if chosen.take(candidate.call):
                draft.told_closing.append(candidate)
                draft.tell(candidate, _closing_fact(candidate), 0)


def _choose_new(drafts: Sequence[_Draft], chosen: _Chosen) -> None:
    """The best of each partnership, then the second best of each: nobody's letter is all others'.

    A call that is in the letter anyway, for another partnership, takes no further place.
    """
    for rank in zip_longest(*(draft.new for draft in drafts)):
        for draft, candidate in zip(drafts, rank, strict=True):
            if candidate is not None and chosen.take(candidate.call):
                draft.told_new.append(candidate)
                draft.tell(candidate, NEW, candidate.newest)
                draft.tell_conflicts(candidate)
                if candidate.closing:
                    draft.tell(candidate, _closing_fact(candidate), 0)


def _closing_fact(candidate: _Candidate) -> str:
    return f"closing:{candidate.closing:%Y-%m-%dT%H:%M}Z"


def _calls(connection: sa.Connection, opportunities: set[str]) -> dict[str, list[Call]]:
    """The calls of opportunities, the first seen first."""
    wanted = sorted(opportunities)
    ids: list[int] = []
    for start in range(0, len(wanted), _AT_ONCE):
        some = call_table.c.opportunity.in_(wanted[start : start + _AT_ONCE])
        query = sa.select(call_table.c.id).where(some)
        ids += connection.scalars(query.order_by(call_table.c.first_seen, call_table.c.id))
    found: dict[str, list[Call]] = {}
    for call in calls_by_id(connection, ids):
        if call.opportunity is not None:
            found.setdefault(call.opportunity, []).append(call)
    return found
