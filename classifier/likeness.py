"""Whether two calls are one opportunity: what speaks for it, and what rules it out.

In this order: identifiers, addresses, then title with programme and deadline, copied text, and for
titles in two languages the programme with deadline and money. Numbers, lots and years that differ
rule a title out, however alike the rest is: yearly repeats and siblings differ in nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from classifier.identifiers import part_of, without_stage
from classifier.traits import Traits
from storage.domain import Kind

NEAR_DAYS = 45
"""A deadline that moved by so much may be one call, read before and after; never a yearly one."""

_CLOSE = 0.74
"""How much of two titles must agree where the deadline is the same."""

_EQUAL = 0.95
_COPIED = 0.55
_WHOLE = 0.8
_SOME_COPIED = 0.3
_LEAST_COPIED = 8
_MANY_LINKS = 4
_SIBLINGS = 0.25
_BEGIN = 4


class Rule(StrEnum):
    """Why two calls were found to be one, the surest first."""

    IDENTIFIER = "the same identifier"
    ADDRESS = "the same page"
    LINKED = "one links to the other"
    MENTION = "one names the other"
    TITLE = "title, programme and deadline"
    TEXT = "the same text"
    ABROAD = "programme, deadline and money, in two languages"


@dataclass(frozen=True, slots=True)
class Likeness:
    """What came of a comparison: 0 is not alike, 1 and more is sure; ``apart`` rules a link out.

    A score without a rule: not alike enough to be linked, and yet it may be the one that is meant,
    so that another which is no more alike than this cannot be it for certain.

    ``firm``: whatever their words, these two cannot be one. Otherwise they look as if they were
    not, which an extended deadline or a new title may do to a link that is right.
    """

    score: float = 0.0
    rule: Rule | None = None
    apart: bool = False
    firm: bool = False

    @property
    def same(self) -> bool:
        return self.rule is not None


APART = Likeness(apart=True)
NEVER = Likeness(apart=True, firm=True)
UNLIKE = Likeness()


class When(StrEnum):
    """How the dates of two calls stand to each other."""

    SAME = "same"
    NEAR = "near"
    FAR = "far"
    UNKNOWN = "unknown"


def compare(one: Traits, other: Traits) -> Likeness:
    """Return whether two calls are one opportunity; the order of the two does not matter."""
    if one.source == other.source and not (one.address and one.address == other.address):
        return NEVER  # One site has a page for a call: two pages are two lots, rounds or years.
    named = _shared(one.codes, other.codes)
    if one.source == other.source:
        return Likeness(1.0, Rule.IDENTIFIER) if named else NEVER
    handed_on = Kind.CASCADE.value in (one.kind, other.kind) and one.kind != other.kind
    if named and not handed_on:
        return _by_name(_Titles(one, other), _when(one, other))
    if not handed_on and _shared(_bare(one.codes), _bare(other.codes)):
        titles = _Titles(one, other)  # the one topic without its stages, or the other of that name
        alike = titles.near >= 0.5 or titles.foreign  # noqa: PLR2004
        return _by_name(titles, _when(one, other)) if alike else APART
    won = Kind.TENDER.value in (one.kind, other.kind) and one.kind != other.kind
    contradict = _contradict(one.codes, other.codes) and not _shared(one.titled, other.titled)
    if won or (not handed_on and contradict):
        return NEVER
    dates = _when(one, other)
    return APART if dates is When.FAR else _by_words(one, other, dates)


def _by_name(titles: _Titles, dates: When) -> Likeness:
    """An aggregator's slip of a number must not link a call with quite another one."""
    by_chance = not titles.foreign and titles.near <= 0.2  # noqa: PLR2004
    if by_chance and dates not in (When.SAME, When.NEAR):
        return UNLIKE
    agreement = (0.2 if dates is When.SAME else 0.0) + 0.1 * titles.near
    return Likeness(1.0 + agreement, Rule.IDENTIFIER)


def _by_words(one: Traits, other: Traits, dates: When) -> Likeness:
    titles = _Titles(one, other)
    if titles.apart or titles.funds_differ:
        return APART
    for found in (_by_address(one, other, titles, dates), _by_title(one, other, titles, dates)):
        if found.score:
            return found
    if titles.siblings:
        return APART
    return _abroad(one, other, titles, dates)


def _by_address(one: Traits, other: Traits, titles: _Titles, dates: When) -> Likeness:
    alike = titles.near >= 0.3 or (titles.foreign and dates is When.SAME)  # noqa: PLR2004
    if one.address and one.address == other.address and (alike or dates is When.SAME):
        return Likeness(0.98, Rule.ADDRESS)
    for page, links in ((one.address, other.links), (other.address, one.links)):
        if not page or page not in links:
            continue
        few = len(links) <= _MANY_LINKS
        if titles.near >= 0.6 or (few and alike and dates is When.SAME):  # noqa: PLR2004
            return Likeness(0.95, Rule.LINKED)
    mentioned = any(
        _shared(_bare(some.codes), _bare(others.mentioned))
        for some, others in ((one, other), (other, one))
    )
    sure = titles.near >= _CLOSE and dates in (When.SAME, When.UNKNOWN)
    if mentioned and (sure or (alike and titles.foreign and dates is When.SAME)):
        return Likeness(0.95, Rule.MENTION)
    return UNLIKE


def _by_title(one: Traits, other: Traits, titles: _Titles, dates: When) -> Likeness:
    copied = _copied(one, other)
    # Of two calls with one title the one of the same programme and with the same text is meant.
    beside = 0.06 * titles.same_fund + 0.12 * (copied or 0.0)
    if dates is When.SAME:
        return _on_one_day(titles, copied, beside)
    if titles.near < _EQUAL or not titles.telling or (copied is not None and copied < _SOME_COPIED):
        return UNLIKE
    if titles.same_fund or (dates is When.UNKNOWN and copied is not None):
        return Likeness(0.5 + beside, Rule.TITLE)
    return UNLIKE


def _on_one_day(titles: _Titles, copied: float | None, beside: float) -> Likeness:
    if titles.near >= _CLOSE and not titles.replaced and (titles.telling or titles.same_fund):
        # What was cut off a title may be what tells siblings apart: then both are as near.
        near = 0.1 if titles.cut else 0.1 * titles.near
        equal = 0.05 if titles.near >= _EQUAL else 0.0
        return Likeness(0.57 + near + equal + beside, Rule.TITLE)
    if titles.within and titles.same_fund:
        return Likeness(0.6 + beside, Rule.TITLE)
    if copied is not None and copied >= _COPIED and not titles.replaced:
        # A text is copied from sibling to sibling as well: then words of the title are replaced.
        least = 0.4 if copied < _WHOLE or not titles.telling else 0.2
        if titles.near >= least:
            return Likeness(0.6 + beside, Rule.TEXT)
    if titles.main and titles.same_fund:
        return Likeness((0.67 if titles.cut else 0.57) + beside, Rule.TITLE)
    return Likeness(0.67 + beside) if titles.cut and titles.telling else UNLIKE


def _abroad(one: Traits, other: Traits, titles: _Titles, dates: When) -> Likeness:
    """Titles in two languages say nothing of each other; money and the hour must agree instead."""
    if not titles.foreign or dates is not When.SAME or not titles.same_fund:
        return UNLIKE
    if _shared(one.amounts, other.amounts) or (one.numbers and one.numbers == other.numbers):
        return Likeness(0.55, Rule.ABROAD)
    return UNLIKE


class _Titles:
    """Two titles held against each other, without the words of the programmes."""

    def __init__(self, one: Traits, other: Traits) -> None:
        self.same_fund, self.funds_differ = _funds(one, other)
        funds = {*one.fund, *other.fund, *one.countries, *other.countries}
        mine, theirs = (
            [word for word in each.subject if word not in funds] for each in (one, other)
        )
        shared, only_mine, only_theirs = _paired(mine, theirs)
        only_mine = _without_stump(one, only_mine, only_theirs)
        only_theirs = _without_stump(other, only_theirs, only_mine)
        weights = [sum(map(_weight, some)) for some in (shared, only_mine, only_theirs)]
        whole = sum(weights)
        self.near = weights[0] / whole if whole else 0.0
        if not whole and (one.subject or one.countries or _rounds(one, other)):
            # Nothing but the programme's words is left: then those must be the same.
            self.near = float(not any(_paired(one.subject, other.subject)[1:]))
        self.replaced = bool(only_mine and only_theirs) or self._parts_of_fund(one, other)
        some = self.near >= _SIBLINGS and weights[0] >= 2  # noqa: PLR2004
        self.siblings = bool(self.replaced and some) and not (one.cut or other.cut)
        self.main = weights[0] >= 2 and (  # noqa: PLR2004
            (not only_mine and _before(other, only_theirs))
            or (not only_theirs and _before(one, only_mine))
        )
        self.cut = (one.cut and not only_mine) or (other.cut and not only_theirs)
        self.foreign = bool(one.language and other.language and one.language != other.language)
        self.telling = weights[0] >= (1.5 if self.near >= _EQUAL else 2)
        # One title says little beside the programme and the round: "Poland – Ukraine: second call".
        brief = not mine or not theirs or (bool(one.countries) and self.near >= 0.3)  # noqa: PLR2004
        self.within = brief and not self.replaced and _rounds(one, other)
        years = one.years and other.years and not set(one.years) & set(other.years)
        numbers = one.numbers and other.numbers and one.numbers != other.numbers
        told = not self.foreign or (one.lots and other.lots)
        self.apart = bool(years or numbers or (told and one.lots != other.lots))

    @staticmethod
    def _parts_of_fund(one: Traits, other: Traits) -> bool:
        """Whether each title has words of one programme's name that the other has not.

        Coal and steel, the environment and climate action: each pair one fund, and two calls.
        """
        mine, theirs = set(one.subject), set(other.subject)
        rest, more = mine - theirs, theirs - mine
        return any(rest & {*fund} and more & {*fund} for fund in (one.fund, other.fund))


def _before(one: Traits, rest: Collection[str]) -> bool:
    """Whether a title without ``rest`` is all that stands before its first colon or dash."""
    return bool(rest) and not {*rest} & {*one.subject[: one.main]} and one.main < len(one.subject)


def _paired(some: Iterable[str], others: Iterable[str]) -> tuple[list[str], list[str], list[str]]:
    """Return the words both have, in whatever form, and those that only one has."""
    shared, mine = list[str](), list[str]()
    rest = dict.fromkeys(others)
    begin: dict[str, list[str]] = {}
    for word in rest:
        begin.setdefault(word[:_BEGIN], []).append(word)
    for word in some:
        match = word if word in rest else ""
        for one in () if match else begin.get(word[:_BEGIN], ()):
            if one in rest and _alike(word, one):
                match = one
                break
        if match:
            del rest[match]
            shared.append(word)
        else:
            mine.append(word)
    return shared, mine, list(rest)


def _without_stump(one: Traits, only: list[str], others: Iterable[str]) -> list[str]:
    """Return the words without the last of a title that was cut, where it is half a word."""
    if not one.cut or not only or only[-1] != one.subject[-1]:
        return only
    return only[:-1] if any(word.startswith(only[-1]) for word in others) else only


def _alike(one: str, other: str) -> bool:
    """Two forms of one word, or two spellings: organisations, organizations."""
    if one[:_BEGIN] != other[:_BEGIN]:
        return False
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if len(short) < 5 or len(long) - len(short) > 3:  # noqa: PLR2004
        return False
    return long.startswith(short[: max(5, len(short) - 2)]) or (
        len(short) == len(long) and sum(a != b for a, b in zip(one, other, strict=True)) == 1
    )


def _weight(word: str) -> float:
    return 1.0 if len(word) >= 4 else 0.5  # noqa: PLR2004


def _rounds(one: Traits, other: Traits) -> bool:
    """Whether both name the same round."""
    return bool(one.numbers) and one.numbers == other.numbers


def _funds(one: Traits, other: Traits) -> tuple[bool, bool]:
    """Return whether two calls are of one programme, and whether they cannot be."""
    if one.countries and other.countries:
        same = one.countries == other.countries
        regions = {*one.fund} ^ {*other.fund} if same and one.fund and other.fund else set()
        return same and not regions, not same
    mine, theirs = {*one.fund}, {*other.fund}
    if not mine or not theirs:
        return False, False
    shared = mine & theirs
    smaller = min(len(mine), len(theirs))
    return bool(shared) and len(shared) >= smaller / 2, False


def _when(one: Traits, other: Traits) -> When:
    mine, theirs = one.deadlines, other.deadlines
    if not mine or not theirs:
        return When.UNKNOWN
    if _shared(mine, theirs):
        return When.SAME
    days, others = (list(filter(None, map(_day, each))) for each in (mine, theirs))
    if not days or not others:
        loose = any(a.startswith(b) or b.startswith(a) for a in mine for b in theirs)
        return When.SAME if loose else When.UNKNOWN
    return When.NEAR if min(abs(a - b) for a in days for b in others) <= NEAR_DAYS else When.FAR


@lru_cache(maxsize=20_000)
def _day(said: str) -> int:
    """The number of a whole day as 2026-05-31; 0 for a month, or a day of any year."""
    return date.fromisoformat(said).toordinal() if len(said) == len("2026-05-31") else 0


@lru_cache(maxsize=20_000)
def _bare(codes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(without_stage, codes))


def _contradict(some: Collection[str], others: Collection[str]) -> bool:
    """Whether both are named, and by names of which none can be part of the other."""
    return bool(some and others) and not any(part_of(a, b) for a in some for b in others)


def _shared(some: Collection[object], others: Collection[object]) -> bool:
    return not set(some).isdisjoint(others)


def _copied(one: Traits, other: Traits) -> float | None:
    """How much of the shorter text stands in the longer one too; None where one is too short."""
    some, others = one.hashes(), other.hashes()
    least = min(len(some), len(others))
    return len({*some}.intersection(others)) / least if least >= _LEAST_COPIED else None
