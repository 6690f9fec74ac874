"""Links the calls that are one opportunity: what is new or has changed, held against its blocks.

A link once made stays until what a source says rules it out; what an officer said stays for good.
One opportunity has one record of each source. Of two records that suit a third equally well none
is linked, unless by its name: no link is better than a wrong one.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import TypeAlias

import sqlalchemy as sa

from classifier.likeness import Likeness, Rule, compare
from classifier.traits import FINGERPRINT, Traits, is_name, keys_of, traits_of
from storage import blocks
from storage.asking import calls_by_id
from storage.columns import Row
from storage.domain import Cause
from storage.errors import DatabaseUnavailable
from storage.leading import is_relay
from storage.linked import (
    Pair,
    Said,
    choose_leads,
    members,
    pair,
    put_together,
    said_of,
    say,
    take_apart,
    unsay,
)
from storage.opportunities import hold_still
from storage.schema import calls

TOGETHER = 400
"""Calls in one transaction: another program waits no longer than these take."""

MOST_ALIKE = 20
"""Calls that may share a key; one that more share tells nothing, and would cost all against all."""

MOST_NAMED = 200
"""The same for identifiers and addresses."""

REMEMBERED = 20_000
"""Calls whose traits are held in memory in one run: about 2 kB each."""

CLEAR = 0.05
"""By how much the better of two candidates must be better."""

_TRIES = 3
_SURE = frozenset({Rule.IDENTIFIER, Rule.ADDRESS})


@dataclass
class Linked:
    """What linking did: calls looked at, pairs compared, opportunities put together or parted."""

    looked_at: int = 0
    compared: int = 0
    together: int = 0
    apart: int = 0


def link_new(engine: sa.Engine, now: datetime) -> Linked:
    """Link the calls that are new or have changed since the last time, with all others.

    May be interrupted at any moment and run by several programs at once; run again without
    anything new, it does nothing.
    """
    done = Linked()
    with engine.begin() as connection:
        blocks.expect_again(connection, FINGERPRINT)
    memory = _Memory()
    while taken := _patiently(engine, lambda connection: _take_traits(connection, memory)):
        done.looked_at += taken
    while _patiently(engine, lambda connection: _link_some(connection, now, done, memory)):
        pass
    return done


def _patiently(engine: sa.Engine, work: Callable[[sa.Connection], int]) -> int:
    """Do one piece of work in a transaction, again where a harvest was in its way."""
    for number in range(_TRIES):
        try:
            with engine.begin() as connection:
                hold_still(connection, shared=False)
                if connection.dialect.name == "postgresql":
                    # Where a harvest is in the way we give way, before the server picks one.
                    connection.execute(sa.text("SET LOCAL lock_timeout = '500ms'"))
                return work(connection)
        except DatabaseUnavailable:
            if number == _TRIES - 1:
                raise
            time.sleep(0.2)
    return 0


def _take_traits(connection: sa.Connection, memory: _Memory) -> int:
    """Take the traits of some calls that are due; returns of how many."""
    ids = blocks.take_due(connection, TOGETHER)
    known: dict[int, _Known] = {}
    for number, call in zip(ids, calls_by_id(connection, ids), strict=True):
        traits = traits_of(call)
        known[number] = (traits, array("q", keys_of(traits)))
    made = {number: (traits.to_json(), keys) for number, (traits, keys) in known.items()}
    for number, kept in blocks.keep_traits(connection, made, FINGERPRINT).items():
        memory.keep(kept, known[number])
    return len(ids)


def _link_some(connection: sa.Connection, now: datetime, done: Linked, memory: _Memory) -> int:
    """Compare some calls that were not compared yet, and link them; returns how many."""
    ids = blocks.take_uncompared(connection, TOGETHER)
    if not ids:
        return 0
    work = _Linking(connection, now, done, memory)
    work.part(ids)
    work.join(ids)
    work.lead(ids)
    return len(ids)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a call stands."""

    source: str
    reference: str
    opportunity: str


_Known: TypeAlias = tuple[Traits, Sequence[int]]
"""The traits of a call, and its keys."""


class _Memory:
    """Traits that were read once in this run: most calls are held against others of many batches.

    By the bytes they are kept as, so that what another program writes meanwhile is never missed.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, _Known] = {}
        self._sources: dict[int, str] = {}

    def keep(self, kept: bytes, known: _Known) -> None:
        if len(self._known) >= REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[kept] = known

    def known(self, kept: bytes) -> _Known:
        found = self._known.get(kept)
        if found is None:
            data, keys = blocks.unpack(kept)
            found = (Traits.from_json(data), array("q", keys))
            self.keep(kept, found)
        return found

    def sources(self, connection: sa.Connection) -> dict[int, str]:
        """The source of each call, which never changes; of those that came meanwhile none."""
        if not self._sources:
            names = dict[str, str]()
            for number, source in connection.execute(sa.select(calls.c.id, calls.c.source)):
                self._sources[number] = names.setdefault(source, source)
        return self._sources


class _Groups:
    """Opportunities on their way into one: which calls are in each, and what was put together."""

    def __init__(self, rows: Mapping[int, _Place]) -> None:
        self.of = {number: row.opportunity for number, row in rows.items()}
        self.calls: dict[str, list[int]] = {}
        for number, opportunity in self.of.items():
            self.calls.setdefault(opportunity, []).append(number)
        self.merged: dict[str, set[str]] = {}

    def merge(self, one: str, other: str) -> None:
        for number in self.calls[other]:
            self.of[number] = one
        self.calls[one] += self.calls.pop(other)
        self.merged[one] = self.merged.get(one, {one}) | self.merged.pop(other, {other})


class _Linking:
    """Some calls on their way into opportunities, with what is known of those they may join."""

    def __init__(
        self, connection: sa.Connection, now: datetime, done: Linked, memory: _Memory
    ) -> None:
        self._memory = memory
        self._connection = connection
        self._now = now
        self._done = done
        self._known: dict[int, _Known] = {}
        self._alike: dict[Pair, Likeness] = {}
        self._led: set[str] = set()

    def part(self, ids: Collection[int]) -> None:
        """Take out of their opportunities those calls that what a source says now rules out."""
        for number, said in self._said_of_each(ids).items():
            if any(one.together and one.cause is Cause.OFFICER for one in said.values()):
                continue
            linked = [each for each, one in said.items() if one.together]
            ruled_out = [each for each in linked if self._likeness(each).firm]
            if not ruled_out:
                continue
            unsay(self._connection, ruled_out)
            row = self._rows([number])[number]
            every = members(self._connection, [row.opportunity])[row.opportunity]
            if any(pair(number, one.id) in ruled_out for one in every):
                take_apart(
                    self._connection, number, row.opportunity, cause=Cause.LINK, now=self._now
                )
                self._done.apart += 1

    def join(self, ids: Collection[int]) -> None:
        """Put calls together with those that are the same, the surest first."""
        found = self._same(ids)
        doubtful = {one for each, like in found.items() if like.rule not in _SURE for one in each}
        found |= self._same(doubtful - set(ids))  # what else suits those that suit ours
        concerned = self._rows({one for each in found for one in each})
        rows = self._stand_with(concerned.values())
        said = said_of(self._connection, rows)
        words: dict[str, list[Pair]] = {}
        groups = _Groups(rows)
        for each in self._clear(found, rows):
            if self._may_be_one(each, groups, said) and each not in said:
                words.setdefault(str(found[each].rule), []).append(each)
        if groups.merged:
            kept = put_together(
                self._connection, groups.merged.values(), cause=Cause.LINK, now=self._now
            )
            self._led.update(kept)
        for why, pairs in words.items():
            say(self._connection, pairs, Said(together=True, cause=Cause.LINK, why=why), self._now)

    def lead(self, ids: Collection[int]) -> None:
        """Choose the leading record anew where one of several records has changed."""
        wanted = sorted({row.opportunity for row in self._rows(ids).values()} - self._led)
        for start in range(0, len(wanted), TOGETHER):
            some = calls.c.opportunity.in_(wanted[start : start + TOGETHER])
            several = sa.select(calls.c.opportunity).where(some).group_by(calls.c.opportunity)
            query = several.having(sa.func.count() > 1)
            choose_leads(self._connection, self._connection.scalars(query).all())

    def _same(self, ids: Collection[int]) -> dict[Pair, Likeness]:
        """Return the pairs of these calls with any others that are one opportunity, or may be."""
        self._load(ids)
        keys = {number: self._known[number][1] for number in ids if number in self._known}
        names, words = set[int](), set[int]()
        for key in {key for each in keys.values() for key in each}:
            (names if is_name(key) else words).add(key)
        blocked = blocks.sharing(self._connection, names, MOST_NAMED)
        blocked |= blocks.sharing(self._connection, words, MOST_ALIKE)
        sources = self._memory.sources(self._connection)
        pairs: set[Pair] = set()
        for number, mine in keys.items():
            own = sources.get(number)
            named = {one for key in mine if is_name(key) for one in blocked.get(key, ())}
            alike = {one for key in mine for one in blocked.get(key, ())}
            # Two pages of one source are one call by their names only.
            others = named.union(one for one in alike if own is None or sources.get(one) != own)
            pairs.update(pair(number, other) for other in others if other != number)
        self._load({one for each in pairs for one in each})
        found = {each: self._likeness(each) for each in sorted(pairs)}
        return {each: like for each, like in found.items() if like.score}

    def _clear(self, found: dict[Pair, Likeness], rows: Mapping[int, _Place]) -> Iterator[Pair]:
        """Yield the pairs of which neither side has another that suits it as well, surest first."""
        one_by_name = _Groups(rows)  # two records of one call by its name are no rivals
        for each, like in found.items():
            one, other = (one_by_name.of[number] for number in each)
            if one != other and like.rule in _SURE:
                one_by_name.merge(one, other)
        rivals: dict[tuple[int, str], list[tuple[Pair, str]]] = {}
        for each in found:
            for mine, theirs in (each, each[::-1]):
                beside = rivals.setdefault((mine, rows[theirs].source), [])
                beside.append((each, one_by_name.of[theirs]))
        doubtful: set[Pair] = set()
        torn = set[int]()
        for (number, source), some in rivals.items():
            best = max(found[each].score for each, _ in some)
            near = {whose for each, whose in some if found[each].score > best - CLEAR}
            if len(near) > 1:
                doubtful.update(each for each, _ in some)
                if not is_relay(source):
                    torn.add(number)
        # What suits two calls of one publisher: no third record that looks alike says which it is.
        doubtful.update(each for each in found if not torn.isdisjoint(each))
        order = sorted(
            (
                each
                for each, like in found.items()
                if like.same and (like.rule in _SURE or each not in doubtful)
            ),
            key=lambda each: (
                -found[each].score,
                sorted((rows[one].source, rows[one].reference) for one in each),
            ),
        )
        yield from order

    def _may_be_one(self, each: Pair, groups: _Groups, said: Mapping[Pair, Said]) -> bool:
        """Put two calls' opportunities into one group; False where something keeps them apart."""
        one, other = (groups.of[number] for number in each)
        if one == other:
            return True
        crossing = [pair(*two) for two in product(groups.calls[one], groups.calls[other])]
        if any(two in said and not said[two].together for two in crossing):
            return False
        against = [like for two in crossing if (like := self._likeness(two)).apart]
        sure = self._likeness(each).rule in _SURE
        if any(like.firm or not sure for like in against):
            return False
        groups.merge(one, other)
        self._done.together += 1
        return True

    def _stand_with(self, rows: Iterable[Row]) -> dict[int, _Place]:
        """Return these calls and all others of their opportunities, with their traits at hand."""
        found: dict[int, _Place] = {}
        wanted = sorted({row.opportunity for row in rows})
        for start in range(0, len(wanted), TOGETHER):
            some = calls.c.opportunity.in_(wanted[start : start + TOGETHER])
            for row in self._connection.execute(_PLACES.where(some)):
                found[row.id] = _Place(row.source, row.reference, row.opportunity)
        self._load(found)
        return found

    def _said_of_each(self, ids: Collection[int]) -> dict[int, dict[Pair, Said]]:
        found: dict[int, dict[Pair, Said]] = {}
        wanted = set(ids)
        said = said_of(self._connection, ids)
        for each, one in said.items():
            for number in wanted.intersection(each):
                found.setdefault(number, {})[each] = one
        self._load({one for each in said for one in each})
        return dict(sorted(found.items()))

    def _load(self, ids: Iterable[int]) -> None:
        missing = set(ids) - self._known.keys()
        loaded = blocks.load_traits(self._connection, missing, FINGERPRINT)
        self._known |= {number: self._memory.known(kept) for number, kept in loaded.items()}

    def _likeness(self, each: Pair) -> Likeness:
        """How two calls compare; one whose traits were not taken yet is like nothing."""
        if each not in self._alike:
            one, other = (self._known.get(number) for number in each)
            self._alike[each] = compare(one[0], other[0]) if one and other else Likeness()
            self._done.compared += 1
        return self._alike[each]

    def _rows(self, ids: Iterable[int]) -> dict[int, Row]:
        found: dict[int, Row] = {}
        wanted = sorted(set(ids))
        for start in range(0, len(wanted), TOGETHER):
            some = calls.c.id.in_(wanted[start : start + TOGETHER])
            found |= {row.id: row for row in self._connection.execute(_PLACES.where(some))}
        return found


_PLACES = sa.select(calls.c.id, calls.c.source, calls.c.reference, calls.c.opportunity)
