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

from classifier.identifiers import part_of
from classifier.traits import Traits
from storage.domain import Kind

NEAR_DAYS = 45
"""A deadline that moved by so much may be one call, read before and after; never a yearly one."""

_CLOSE = 0.74
"""How much of two titles must agree where the deadline is the same."""

_EQUAL = 0.95
_COPIED = 0.55
_LEAST_COPIED = 8
_MANY_LINKS = 4


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
    """What came of a comparison: 1 is sure, 0 is not alike; ``apart`` rules a link out.

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
    named = _shared(one.codes, other.codes)
    if one.source == other.source:
        # One site has a page for a call: two pages are two lots, two rounds or two years.
        same_page = bool(one.address) and one.address == other.address
        return Likeness(1.0, Rule.IDENTIFIER) if named and same_page else NEVER
    handed_on = Kind.CASCADE.value in (one.kind, other.kind) and one.kind != other.kind
    if named and not handed_on:
        return _by_name(_Titles(one, other), _when(one, other))
    won = Kind.TENDER.value in (one.kind, other.kind) and one.kind != other.kind
    if won or (not handed_on and _contradict(one.codes, other.codes)):
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
        if found.same:
            return found
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
    mentioned = _shared(one.codes, other.mentioned) or _shared(other.codes, one.mentioned)
    sure = titles.near >= _CLOSE and dates in (When.SAME, When.UNKNOWN)
    if mentioned and (sure or (alike and titles.foreign and dates is When.SAME)):
        return Likeness(0.95, Rule.MENTION)
    return UNLIKE


def _by_title(one: Traits, other: Traits, titles: _Titles, dates: When) -> Likeness:
    copied = _copied(one.text, other.text)
    telling = titles.telling or titles.same_fund
    if dates is When.SAME and telling and not titles.replaced and titles.near >= _CLOSE:
        return Likeness(0.8 + 0.1 * titles.near, Rule.TITLE)
    if dates is When.SAME and titles.same_fund and titles.within:
        return Likeness(0.75, Rule.TITLE)
    # A text is copied from sibling to sibling as well: then words of the title are replaced.
    if copied >= _COPIED and dates is When.SAME and not titles.replaced and titles.near >= 0.4:  # noqa: PLR2004
        return Likeness(0.7 + 0.1 * copied, Rule.TEXT)
    untold = not one.text or not other.text
    if titles.near >= _EQUAL and titles.telling and (copied >= 0.3 or untold):  # noqa: PLR2004
        if dates is When.NEAR and titles.same_fund:
            return Likeness(0.7, Rule.TITLE)
        if dates is When.UNKNOWN and (titles.same_fund or copied >= 0.3):  # noqa: PLR2004
            return Likeness(0.7, Rule.TITLE)
    return UNLIKE


def _abroad(one: Traits, other: Traits, titles: _Titles, dates: When) -> Likeness:
    """Titles in two languages say nothing of each other; money and the hour must agree instead."""
    if not titles.foreign or dates is not When.SAME or not titles.same_fund:
        return UNLIKE
    if _shared(one.amounts, other.amounts) or (one.numbers and one.numbers == other.numbers):
        return Likeness(0.65, Rule.ABROAD)
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
        weights = [sum(map(_weight, some)) for some in (shared, only_mine, only_theirs)]
        whole = sum(weights)
        self.near = weights[0] / whole if whole else float(one.subject == other.subject)
        if not whole:  # nothing but the programme's words is left: then those must be the same
            _, rest, more = _paired(one.subject, other.subject)
            self.near = float(not rest and not more)
        self.replaced = bool(only_mine and only_theirs)
        self.foreign = bool(one.language and other.language and one.language != other.language)
        self.telling = weights[0] >= 2  # noqa: PLR2004
        # One title says little beside the programme and the round: "Poland – Ukraine: second call".
        brief = not mine or not theirs or (bool(one.countries) and self.near >= 0.3)  # noqa: PLR2004
        self.within = brief and not self.replaced and _rounds(one, other)
        years = one.years and other.years and not set(one.years) & set(other.years)
        numbers = one.numbers and other.numbers and one.numbers != other.numbers
        self.apart = bool(years or numbers or one.lots != other.lots)


def _paired(some: Iterable[str], others: Iterable[str]) -> tuple[list[str], list[str], list[str]]:
    """Return the words both have, in whatever form, and those that only one has."""
    shared, mine = list[str](), list[str]()
    rest = dict.fromkeys(others)
    for word in some:
        match = word if word in rest else next((one for one in rest if _alike(word, one)), "")
        if match:
            del rest[match]
            shared.append(word)
        else:
            mine.append(word)
    return shared, mine, list(rest)


def _alike(one: str, other: str) -> bool:
    """Two forms of one word, or two spellings: organisations, organizations."""
    if one[:4] != other[:4]:
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
    mine, theirs = {*one.deadlines}, {*other.deadlines}
    if not mine or not theirs:
        return When.UNKNOWN
    if mine & theirs:
        return When.SAME
    whole = [
        (date.fromisoformat(a), date.fromisoformat(b))
        for a in mine
        for b in theirs
        if len(a) == len(b) == 10  # noqa: PLR2004 - 2026-05-31
    ]
    if not whole:
        loose = any(a.startswith(b) or b.startswith(a) for a in mine for b in theirs)
        return When.SAME if loose else When.UNKNOWN
    return When.NEAR if min(abs((a - b).days) for a, b in whole) <= NEAR_DAYS else When.FAR


def _contradict(some: Collection[str], others: Collection[str]) -> bool:
    """Whether both are named, and by names of which none can be part of the other."""
    return bool(some and others) and not any(part_of(a, b) for a in some for b in others)


def _shared(some: Collection[object], others: Collection[object]) -> bool:
    return not set(some).isdisjoint(others)


def _copied(some: Collection[int], others: Collection[int]) -> float:
    """How much of the shorter text stands in the longer one too; nothing for a few words."""
    least = min(len(some), len(others))
    return len({*some} & {*others}) / least if least >= _LEAST_COPIED else 0.0
