"""Who may apply, with whom and for how much: the conditions of a call read from its words.

``read_eligibility`` serves every spider. Each language has a file of plain words beside this one
(``en.yaml`` tells how to add to them); the rules that put the words together are the same for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache, reduce
from operator import or_
from typing import NamedTuple

from crawler.reading.eligibility.beginnings import SEVERAL, Beginnings, bits
from crawler.reading.eligibility.bodies import read_bodies
from crawler.reading.eligibility.leading import read_leaders, read_leading
from crawler.reading.eligibility.marking import Sentence, mark, tokens_of
from crawler.reading.eligibility.money import expected_grants, read_money
from crawler.reading.eligibility.others import (
    looks_like_condition,
    names_who,
    read_demanded,
    read_others,
)
from crawler.reading.eligibility.places import Placed, placed, read_places
from crawler.reading.eligibility.quantities import (
    quantities,
    read_consortium,
    read_single,
)
from crawler.reading.eligibility.scope import Scope
from crawler.reading.eligibility.sentences import Piece, pieces
from crawler.reading.eligibility.shares import read_shares
from crawler.reading.eligibility.vocabulary import languages, vocabulary
from crawler.reading.language import languages_of
from storage.domain import About, Criterion, Effect, Funding

__all__ = ["EligibilityRead", "read_eligibility"]

_TELLING = frozenset({
    "type", "country", "group", "region", "town", "partner", "applicant", "lead", "consortium",
    "percent", "currency", "expected", "gender_plan", "gender_dimension", "organisation",
    "country_unit", "single",
})  # fmt: skip
"""Of these every condition holds at least one; other sentences need no closer look."""

_GOVERNING = frozenset({
    "applies", "eligible", "applicant", "partner", "lead", "consortium", "organisation", "must",
    "only", "seat", "joint", "together", "together_after", "except", "not", "least", "each",
    "abroad", "percent", "currency", "expected", "population", "country_unit", "gender_plan",
    "gender_dimension",
})  # fmt: skip
"""And of these every one that is a sentence, no item or line of a form."""

_HEADS = frozenset({"applies", "eligible", "applicant", "partner", "not", "except"})
_GO_ON = (
    "must", "seat", "country", "country_unit", "region_unit", "organisation", "type", "group",
    "consortium", "lead", "and",
)  # fmt: skip
_LEADS, _ELSE = frozenset({"lead"}), frozenset({"else"})
_TITLE = 5
_FROM_THE_END = 6
"""Tokens: a heading names those it lists towards its end ("eligible applicants include, inter
alia:"); who is named further away chooses or does what is listed ("applicants select one of the
following topics:")."""

_NAMES = frozenset({
    "type", "country", "group", "region", "town", "region_unit", "organisation", "number", "and",
    "to", "from", "action", "other", "partner", "grant", "different", "thousand", "million",
    "taking_part", "spending",
})  # fmt: skip
"""Lines with marks of these alone name somebody or something; no condition is without others."""

_TELL = bits(_TELLING | {"eligible"})
_GOVERN = bits(_GOVERNING | {"bond", "gets"})  # which become others
_SAY = bits({
    "applies", "gets", "eligible", "invites", "given", "applicant", "only", "seat", "lead",
    "partner_only", "percent", "expected", "population", "gender_plan", "gender_dimension",
    "single",
})  # fmt: skip
_SPENDING = bits({"spending"})
_PLACES = bits({"country", "region"}) | SEVERAL
_LISTED = bits({"country", "region", "type", "group"})
_SAY_TOGETHER = (
    (bits({"country", "group", "region", "town"}), _GOVERN),
    (bits({"number"}), bits({"least", "must", "consortium", "each", "joint", "from"})),
    (bits({"currency"}), bits({"grant", "total"})),
    (bits({"must", "least", "not", "except"}), bits({"partner", "consortium"})),
)
"""A sentence says something by one of ``_SAY``, or by one of each of such a pair."""


@dataclass(frozen=True, slots=True)
class EligibilityRead:
    """What a text says of who may apply and for how much, and what of that was not understood.

    ``unread`` holds sentences word for word; so do ``words`` of every criterion and funding.
    """

    criteria: tuple[Criterion, ...] = ()
    funding: tuple[Funding, ...] = ()
    unread: tuple[str, ...] = ()


def read_eligibility(text: str, *, language: str | None = None) -> EligibilityRead:
    """The conditions in ``text`` (plain, a block a line, items behind dashes).

    ``language`` is what the source says (ISO 639-1); a wrong one does no harm. Whatever the text
    holds, nothing is raised. Only the first ``sentences.LONGEST`` characters are read.
    """
    known = languages()
    tried = tuple(code for code in languages_of(text, language) if code in known)
    criteria: dict[Criterion, None] = {}
    funding: dict[Funding, None] = {}
    unread: dict[str, None] = {}
    grants: list[int] = []
    adding: dict[Criterion, None] = {}
    for words, told in _sentences(text, tried):
        criteria.update(dict.fromkeys(told.criteria))
        if told.adds:
            adding.update(dict.fromkeys(told.criteria))
        funding.update(dict.fromkeys(told.money))
        if told.grants:
            grants.append(told.grants)
        elif told.doubtful:
            unread[words] = None
    for one in _alone(criteria, adding):
        del criteria[one]
        unread[one.words] = None
    money_all = _with_grants(tuple(funding), grants)
    return EligibilityRead(tuple(criteria), money_all, tuple(unread))


def _alone(criteria: Iterable[Criterion], adding: Iterable[Criterion]) -> list[Criterion]:
    """What is only added ("museums may also apply") to a list that was not found.

    By itself it would read as the whole list of those who may.
    """
    whole = {one.about for one in criteria if one.effect is Effect.ALLOWS and one not in adding}
    return [
        one
        for one in adding
        if one.effect is Effect.ALLOWS
        and one.about in (About.APPLICANT, About.COUNTRY, About.REGION)
        and one.about not in whole
    ]


def _with_grants(funding: tuple[Funding, ...], grants: list[int]) -> tuple[Funding, ...]:
    """The number of grants told in a sentence of its own, where there is but one lot."""
    if len(funding) == len(grants) == 1 and funding[0].expected_grants is None:
        return (replace(funding[0], expected_grants=grants[0]),)
    return funding


def _criteria(scope: Scope) -> Iterator[Criterion]:
    s = scope.sentence
    if "lead" in s.carried:
        yield from read_leaders(scope)
        return
    places: list[Placed] = []
    if s.has("country", "group", "region", "town"):
        places = placed(scope)
        yield from read_places(scope, places)
    if s.has("type"):
        yield from read_bodies(scope, places)
    if places or s.has("number", "together"):
        yield from _consortium(scope, places)
    if s.has("single"):
        yield from read_single(scope)
    if s.has("consortium"):
        yield from read_demanded(scope)
    yield from read_shares(scope)
    yield from read_others(scope)
    if s.has("lead"):
        yield from read_leading(scope)


def _consortium(scope: Scope, places: list[Placed]) -> Iterator[Criterion]:
    wanted = [one for one in places if one.effect is Effect.REQUIRES and one.role != "lead"]
    sides = sum(len(one.places.countries) if one.places.hyphened else 0 for one in wanted)
    homes = [one for one in places if one.effect is Effect.ALLOWS and one.role == "applicant"]
    partners = [one for one in wanted if one.quantity is None or one.role != "applicant"]
    beside = any(
        home.places.codes.isdisjoint(one.places.codes) for home in homes for one in partners
    )
    yield from read_consortium(scope, quantities(scope), sides, beside=beside)


def _sentences(text: str, tried: tuple[str, ...]) -> Iterator[tuple[str, _Told]]:
    """The sentences that say something, each under its heading."""
    carried: frozenset[str] = frozenset()
    fresh = False
    seen: set[tuple[str, frozenset[str]]] = set()
    for piece in pieces(text):
        words, item, whole, heading = piece
        if carried and not (item or fresh):
            carried = frozenset()
        fresh = False
        told = _told(words, carried, tried, whole)
        if told is None and not carried:
            continue
        if (words, carried) in seen:  # pages repeat themselves; it says nothing new
            continue
        seen.add((words, carried))
        if told is None:
            if not item:
                carried = frozenset()
            continue
        if told.criteria or told.money or told.grants or told.doubtful:
            yield words, told
        title = whole and not item and told.titles
        asks = words.endswith("?") and "eligible" in told.heads  # "Who can apply? Towns …"
        if heading or title or asks or (told.heads == _LEADS and _unfinished(piece)):
            carried, fresh = told.heads, True


def _unfinished(piece: Piece) -> bool:
    """Whether a line stops in the middle of a sentence: "The coordinator must be a"."""
    return piece.whole and not piece.item and piece.words[-1].isalnum()


class _Told(NamedTuple):
    """One sentence, understood: what it gives, and what it hands on to the lines below it."""

    heads: frozenset[str]
    titles: bool
    criteria: tuple[Criterion, ...] = ()
    adds: bool = False
    money: tuple[Funding, ...] = ()
    grants: int | None = None
    doubtful: bool = False


@lru_cache(maxsize=4096)  # the calls of one programme say many things in the same words
def _told(
    words: str,
    carried: frozenset[str],
    tried: tuple[str, ...],
    whole: bool,  # noqa: FBT001 - by name, it would take the cache longer to look up
) -> _Told | None:
    """What a sentence says, read in the language that knows most of it; None if none knows any.

    Also None for one that says nothing, sets none of the lines below it and has no heading above.
    """
    if not (carried or words.endswith((":", "?")) or _may_say(words, tried, whole=whole)):
        return None
    sentence = _best(words, carried, tried, whole=whole)
    if sentence is None:
        return None
    heads, titles = promised(sentence), _titles(sentence)
    kinds = sentence.kinds.keys()
    closer = not kinds.isdisjoint(_TELLING) and (whole or not kinds.isdisjoint(_GOVERNING))
    if not (closer or sentence.carried or names_who(sentence)):
        return _Told(heads, titles)
    scope = Scope(sentence)
    if _only_names(sentence) and not scope.fragment:
        return _Told(heads, titles)
    found = tuple(dict.fromkeys(_criteria(scope)))
    money = tuple(dict.fromkeys(read_money(scope)))
    return _Told(
        heads,
        titles,
        found,
        adds=bool(found) and scope.adds,
        money=money,
        grants=None if money else expected_grants(sentence),
        doubtful=not (found or money or _heads(sentence)) and looks_like_condition(sentence),
    )


def promised(sentence: Sentence) -> frozenset[str]:
    """What a heading hands on to the lines below it: that they name those who may, or who lead.

    ``else``: they name what is done, paid or chosen, and no line of them is a list of applicants.
    """
    heads = _HEADS.intersection(sentence.kinds)
    if not heads:
        other = sentence.has("spending") and sentence.own_line and len(sentence.tokens) <= _TITLE
        return _LEADS if sentence.has("lead") else _ELSE if other else heads
    said = sentence.of(*heads)
    if sentence.before(said[0].first, _FROM_THE_END, "spending"):
        return _ELSE  # "activities of the grantees that may be supported:"
    end = len(sentence.tokens) - sentence.words.endswith(":")
    last = max(mark.last for mark in (*said, *sentence.of(*_GO_ON)))
    return heads if end - last <= _FROM_THE_END else _ELSE


def _may_say(words: str, tried: tuple[str, ...], *, whole: bool) -> bool:
    """Whether a sentence that stands under no heading may say something to the readers.

    To ask this takes a fraction of marking it, and most sentences of a text end here. A line that
    is ``whole`` may be a list of a form (see ``Scope.fragment``): of places, of several kinds of
    bodies, or an item in small letters. One with a colon begins with a label.
    """
    for language in tried:
        kinds = _beginnings(language).kinds_in(words)
        if kinds & _TELL and (whole or kinds & _GOVERN) and (":" in words or _says(kinds)):
            return True
        if whole and kinds & (_PLACES if words[:1].isupper() else _LISTED):
            return True
        if whole and kinds & _SPENDING and len(tokens_of(words)) <= _TITLE:
            return True  # what is listed below it are no applicants
    return False


@cache
def _beginnings(language: str) -> Beginnings:
    asked = (
        _TELL
        | _GOVERN
        | _SAY
        | _SPENDING
        | reduce(or_, (one | other for one, other in _SAY_TOGETHER))
    )
    return Beginnings(vocabulary(language), asked)


@lru_cache(maxsize=4096)  # the sentences of a text are of few kinds
def _says(kinds: int) -> bool:
    """Whether any reader can find something in marks of ``kinds`` outside a list or label."""
    return bool(kinds & _SAY) or any(kinds & one and kinds & other for one, other in _SAY_TOGETHER)


def _only_names(sentence: Sentence) -> bool:
    """Whether a line names bodies and places and nothing in it says what of them.

    Most lines of a page are such; the readers would find nothing in them either.
    """
    if sentence.carried or ":" in sentence.tokens:
        return False
    return _NAMES.issuperset(sentence.kinds) or not _says(bits(sentence.kinds))


def _best(
    words: str, carried: frozenset[str], tried: tuple[str, ...], *, whole: bool
) -> Sentence | None:
    tokens = tokens_of(words)
    best: Sentence | None = None
    for language in tried:
        found = mark(words, vocabulary(language), carried, own_line=whole, tokens=tokens)
        if found.marks and (best is None or _weight(found) > _weight(best)):
            best = found
    return best


def _weight(sentence: Sentence) -> int:
    return sum(one.last - one.first + 1 for one in sentence.marks)


def _titles(sentence: Sentence) -> bool:
    """Whether a line is a short title that says who: "Eligible applicants"."""
    short = len(sentence.tokens) <= _TITLE
    says = sentence.has("eligible", "applicant", "spending")
    return short and says and not sentence.has("type", "country")


def _heads(sentence: Sentence) -> bool:
    """Whether a line is a heading, "Who may apply": it promises conditions and sets none."""
    short = sentence.own_line and len(sentence.tokens) <= _TITLE
    return short and sentence.words[-1].isalnum() and not sentence.has("not", "type", "country")
