"""What a sentence speaks of: its cues, what it denies or only prefers, where its lists are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from crawler.reading.eligibility.marking import Mark, Sentence
from crawler.reading.eligibility.vocabulary import group_members

_CUES = ("applies", "eligible", "invites", "given")
_REACH_OF_WHERE = 5
_REACH = 4
_NEXT = 2
_LIST_ENDS = (
    "applies",
    "invites",
    "given",
    "eligible",
    "number",
    "least",
    "most",
    "partner",
    "applicant",
    "lead",
    "type",
    "except",
    "not",
    "preferred",
    "seat",
    "together",
    "action",
    "percent",
    "currency",
)
_FRAGMENT, _STOPPED, _CAPITALS = 0.6, 0.8, 0.5
_ANY = "any_legal_entity"
_STRONG = 3
"""Tokens: "any legal entity" adds a kind of its own, "legal persons" only what the others are."""

_SHORT_WORD = 3


@dataclass(slots=True)
class Places:
    """Countries, groups and regions named in one breath: tokens ``first`` to ``last``."""

    first: int
    last: int
    countries: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    regions: list[str] = field(default_factory=list)
    hyphened: bool = False  # "Polish-Ukrainian": each of them, not any of them

    @property
    def codes(self) -> frozenset[str]:
        """The countries named, those of groups and regions among them."""
        named = {*self.countries, *(country_of(code) for code in self.regions)}
        return frozenset(named.union(*(group_members().get(g, ()) for g in self.groups)))


@dataclass(slots=True)
class Bodies:
    """Kinds of applicants named in one breath: tokens ``first`` to ``last``."""

    first: int
    last: int
    types: list[str] = field(default_factory=list)
    spans: dict[str, int] = field(default_factory=dict)


class Scope:
    """A sentence with what its readers share; every answer is worked out once."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        self.counted: list[Any] | None = None  # the quantities, kept by quantities()

    @cached_property
    def _dropped(self) -> list[tuple[int, int]]:
        """The parts that only prefer or recommend: no condition stands in them.

        From the word to the end of its part of the sentence; where nothing follows that could be
        preferred ("municipalities are preferred"), the part before it.
        """
        found: list[tuple[int, int]] = []
        for mark in self.sentence.of("preferred"):
            start, end = self.sentence.segment(mark.first)
            told = ("type", "country", "group", "number", "region")
            follows = any(mark.last < m.first <= end for m in self.sentence.of(*told))
            found.append((mark.first, end) if follows else (start, end))
        return found

    def dropped(self, at: int) -> bool:
        """Whether token ``at`` stands in a part that only prefers."""
        return any(start <= at <= end for start, end in self._dropped)

    @cached_property
    def cues(self) -> list[Mark]:
        """What says who may take part."""
        s = self.sentence
        return [
            mark
            for mark in s.of(*_CUES)
            if not self.dropped(mark.first) and (mark.kind != "invites" or self._to_apply(mark))
        ]

    def _to_apply(self, invites: Mark) -> bool:
        """Whether an invitation is one to apply: so says its part of the sentence."""
        start, end = self.sentence.segment(invites.first)
        return self.sentence.begins_between(
            start - 1, end + 1, "applies", "eligible", "taking_part"
        )

    def hosts(self, last: int) -> bool:
        """Whether what ends at ``last`` is who invites or gives: "the fund invites cities"."""
        s = self.sentence
        return any(
            last < cue.first and s.segment(cue.first) == s.segment(last)
            and s.after(cue.last, 3 * _REACH, "type", "country", "group", "region") is not None
            for cue in self.cues
            if cue.kind in ("invites", "given")
        )  # fmt: skip

    @cached_property
    def carried(self) -> bool:
        """Whether the heading says that what stands here may take part (or may not)."""
        return bool(self.sentence.carried & {"applies", "eligible", "applicant"})

    def denied(self, cue: Mark) -> bool:
        """Whether ``cue`` is negated: "not eligible", "cannot apply", "neither apply nor …"."""
        s = self.sentence
        near = s.before(cue.first, 3, "not") or s.after(cue.last, 2, "not")
        inside = any(m for m in s.of("not") if cue.first <= m.first <= cue.last)
        return inside or near is not None

    def spent(self, first: int, last: int) -> bool:
        """Whether it is money of what stands there that is spoken of: "costs of schools"."""
        s = self.sentence
        if s.after(last, 1, "spending"):  # Baltic languages and Hungarian put the owner first
            return True
        mark = s.before(first, _REACH, "spending")
        return mark is not None and not s.between(mark.last, first, ",", ";", ":")

    @cached_property
    def seats(self) -> list[Mark]:
        """What says where bodies sit. A mere "from" says it only where somebody applies."""
        s = self.sentence
        if self.cues or self.carried or s.has("taking_part", "applicant", "must", "only"):
            return s.of("seat")
        small = {mark.first for mark in s.of("where")}
        return [mark for mark in s.of("seat") if mark.first not in small or mark.last > mark.first]

    @cached_property
    def denies(self) -> bool:
        """Whether the sentence denies plainly: nothing in it makes the denial conditional."""
        s = self.sentence
        denied = [cue for cue in self.cues if self.denied(cue)]
        if not denied or s.has("alone", "unless", "only", "most"):
            return False
        return not any(s.after(cue.last, _REACH, "least") for cue in denied)  # "not more than"

    def doubtful(self, at: int) -> bool:
        """Whether what stands at token ``at`` is denied in part: "may not apply alone", "unless".

        Such a sentence neither allows nor excludes; it is left to people.
        """
        s = self.sentence
        start, end = s.segment(at)
        if s.before(at, 1, "not"):
            return True
        near = [cue for cue in self.cues if start <= cue.first <= end]
        return bool(near) and all(self.denied(cue) for cue in near)

    @cached_property
    def places(self) -> list[Places]:
        s = self.sentence
        found: list[Places] = []
        for mark in self._named():
            here = found[-1] if found else None
            if here is None or not self._joined(here.last, mark.first):
                here = Places(mark.first, mark.last)
                found.append(here)
            elif mark.first == here.last + 1 and mark.kind == here_kind(s, here.last):
                other = mark.kind == "country" and mark.value not in here.countries
                here.hyphened = here.hyphened or other  # not "Ukrainian hromadas"
            self._spelled_out(here, mark)
            here.last = max(here.last, mark.last)
            target = {"country": here.countries, "group": here.groups}.get(mark.kind, here.regions)
            if mark.value not in target:
                target.append(mark.value)
        return found

    def _spelled_out(self, here: Places, mark: Mark) -> None:
        """Forget a group of which the members that are meant follow: "EU states (PL, SK)"."""
        if mark.kind != "country" or not here.groups or mark.first == 0:
            return
        group = here.groups[-1]
        opens = self.sentence.tokens[mark.first - 1] in (":", "(")
        told = group == "programme_area" or mark.value in group_members().get(group, ())
        if opens and told:
            here.groups.remove(group)

    def _named(self) -> Iterable[Mark]:
        s = self.sentence
        proven = self._proven
        for mark in s.of("country", "group", "region", "town"):
            if mark.kind in ("country", "group") and s.before(mark.first, 1, "not"):
                continue
            if mark.kind == "region" and (self._town_body(mark) or not self._a_name(mark)):
                continue
            if mark.kind == "town" and mark.first not in proven:
                continue
            yield mark

    @cached_property
    def _proven(self) -> frozenset[int]:
        """Where names of towns mean regions: in a run with a region or beside "oblast"."""
        runs: list[list[Mark]] = []
        for mark in self.sentence.of("region", "town"):
            if runs and mark.first - runs[-1][-1].last <= _REACH:
                runs[-1].append(mark)
            else:
                runs.append([mark])
        units = self.sentence.of("region_unit")
        proven: set[int] = set()
        for run in runs:
            beside = any(
                -_REACH <= unit.first - run[0].first <= 0 or 0 <= unit.first - run[-1].last <= _NEXT
                for unit in units
            )
            if beside or any(mark.kind == "region" for mark in run):
                proven.update(mark.first for mark in run)
        return frozenset(proven)

    def _a_name(self, mark: Mark) -> bool:
        """Whether a region is written as a name, or as an adjective beside "voivodeship"."""
        s = self.sentence
        first = s.tokens[mark.first]
        if first[:1] != first[:1].lower() or mark.last > mark.first:
            return True
        beside = ("region_unit", "region")  # "the voivodeships of A and B": one carries the other
        return bool(s.before(mark.first, 2, *beside) or s.after(mark.last, 2, "region_unit"))

    def _town_body(self, mark: Mark) -> bool:
        """Whether an adjective of a region belongs to a town's body: «Львівська міська рада»."""
        follows = self.sentence.after(mark.last, 1, "type")
        unit = self.sentence.after(mark.last, 1, "region_unit")
        return follows is not None and unit is None and follows.value == "local_authority"

    def _joined(self, last: int, first: int) -> bool:
        s = self.sentence
        if first <= last:
            return True
        # "in a Member State of the Union, in Ukraine or …": half a list would shut the rest out.
        listed = s.between(last, first, ",") or s.before(first, first - last, "and")
        reach = 2 * _REACH if listed else _REACH
        if first - last > reach + 1 or s.between(last, first, ";"):
            return False
        return not s.begins_between(last, first, *_LIST_ENDS)

    @cached_property
    def bodies(self) -> list[Bodies]:
        s = self.sentence
        found: list[Bodies] = []
        ends = ("applies", "invites", "given", "eligible", "action", "not", "except", "together",
                "preferred", "grant")  # fmt: skip
        for mark in s.of("type"):
            if self.dropped(mark.first) or self._a_place(mark):
                continue
            here = found[-1] if found else None
            apart = here is None or (
                mark.first - here.last > 2 * _REACH + 1
                or s.begins_between(here.last, mark.first, *ends)
                or self._new_clause(here.last, mark.first)
            )
            if here is None or apart:
                here = Bodies(mark.first, mark.last)
                found.append(here)
            here.last = max(here.last, mark.last)
            here.spans[mark.value] = max(here.spans.get(mark.value, 0), mark.last - mark.first + 1)
            if mark.value not in here.types:
                here.types.append(mark.value)
        return found

    def _new_clause(self, last: int, first: int) -> bool:
        """Whether a clause of its own begins in between: "…; towns may take part as partners"."""
        if not self.sentence.between(last, first, ";"):
            return False
        _, end = self.sentence.segment(first)
        return any(cue.kind == "applies" and first < cue.first <= end for cue in self.cues)

    @cached_property
    def adds(self) -> bool:
        """Whether the sentence adds some to those who may anyhow: "X may also apply"."""
        s = self.sentence
        return any(
            s.before(cue.first, 3, "also") or s.after(cue.last, 2, "also") for cue in self.cues
        )

    @property
    def bare_entity(self) -> bool:
        """Whether "legal persons" stands without "any" or "all"."""
        return all(bodies.spans.get(_ANY, 0) < _STRONG for bodies in self.bodies)

    def _a_place(self, mark: Mark) -> bool:
        """Whether a word for regional authorities names places: "24 regions of Ukraine"."""
        s = self.sentence
        unit = any(u.first == mark.first for u in s.of("region_unit"))
        if not unit or mark.value != "regional_authority":
            return False
        if s.before(mark.first, 1, "and") and s.before(mark.first - 1, 1, "type"):
            return False  # "towns and regions of the Czech Republic"
        place = s.before(mark.first, 6, "country", "group", "region")
        if place is not None and (place.last < mark.first - 1 or place.kind != "country"):
            other = s.before(mark.first, mark.first - place.last - 1, "type")
            if other is None:
                return True
        where = s.before(mark.first, _REACH_OF_WHERE, "where")
        if (
            where is not None
            and s.before(mark.first, mark.first - where.last - 1, "type", "applicant") is None
            and not s.between(where.last, mark.first, ",", ":", ";")
        ):
            return True  # "schools from the border regions"
        beside = s.after(mark.last, 2, "region", "town") or s.before(
            mark.first, 2, "region", "town"
        )
        counted = s.before(mark.first, 1, "number", "seat") or s.after(mark.last, 2, "country")
        return bool(beside or counted)

    @cached_property
    def fragment(self) -> bool:
        """Whether the line is no sentence but a list of places and bodies, as forms have it."""
        s = self.sentence
        below_else = "else" in s.carried  # a list of activities
        told_else = s.has("total", "percent", "currency", "applies", "must", "not")
        if not s.own_line or below_else or told_else:
            return False
        places = s.of("country", "region")
        if not (places or s.has("type", "group")):
            return False
        # A title ("Cities for Ukraine") says as much with one kind; lists of a form say more.
        small = s.words[:1].islower()
        kinds = len({mark.value for mark in s.of("type")})
        lists = kinds > 1 or s.has("region", "eligible") or small
        if not (lists or len(places) > _REACH):
            return False
        told = {
            at
            for m in s.of("type", "country", "group", "region", "town", "region_unit",
                          "different", "seat", "eligible", "applicant", "country_unit")
            for at in range(m.first, m.last + 1)
        }  # fmt: skip
        joining = {at for m in s.of("and") for at in range(m.first, m.last + 1)}
        content: list[int] = []
        depth = 0
        for at, word in enumerate(s.tokens):
            depth += (word == "(") - (word == ")")
            if at in told or (len(word) > _SHORT_WORD and not depth and at not in joining):
                content.append(at)
        if not content:
            return False
        begins = content[0] in told or len(places) > _REACH
        if small and any(m.first <= 1 for m in s.of("group")):
            return True  # an item of a list: "countries associated to the programme which …"
        enough = _STOPPED if s.words.endswith(".") else _FRAGMENT  # a full stop ends a sentence
        if s.words.isupper():
            enough = _CAPITALS
        return begins and len(told) >= enough * len(content)


def here_kind(sentence: Sentence, at: int) -> str:
    """The kind of the place that ends at token ``at``."""
    return next((m.kind for m in sentence.of("country", "group") if m.last == at), "")


def country_of(region: str) -> str:
    """The ISO country of a region code (NUTS writes EL and UK for Greece and Britain)."""
    return {"EL": "GR", "UK": "GB"}.get(region[:2], region[:2])


def nearest_list(lists: Sequence[Bodies], at: int, *, before: bool, reach: int) -> Bodies | None:
    """The list that ends before, or begins after, token ``at`` within ``reach`` tokens."""
    if before:
        near = [one for one in lists if one.first < at and at - one.last <= reach]
        return near[-1] if near else None
    return next((one for one in lists if at < one.first <= at + reach), None)
