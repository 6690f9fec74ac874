"""Gender, population, who may lead, fields answered yes, and whether a sentence is a condition."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.reading.eligibility.marking import Sentence
from crawler.reading.eligibility.scope import Scope
from storage.domain import About, Criterion, Effect

_CLOSE = 4
_NEAR = 8
_WHO = ("applicant", "partner", "lead", "consortium", "organisation", "type", "country", "group")


_YES = frozenset(["yes", "ja", "oui", "sí", "sì", "tak", "так", "ano", "áno", "da", "igen"])
"""What stands in a field that something must be."""

_FIELD = 6
"""Tokens of a field and its answer."""


def read_demanded(scope: Scope) -> Iterator[Criterion]:
    """That nobody applies alone, as a page's own field says it: "Mandatory partnership: Yes"."""
    s = scope.sentence
    answered = len(s.tokens) <= _FIELD and s.tokens[-2:-1] == [":"]
    if answered and s.tokens[-1].casefold() in _YES and s.has("must") and not s.has("not"):
        yield Criterion(About.CONSORTIUM, Effect.REQUIRES, min_partners=2, words=s.words)


def read_others(scope: Scope) -> Iterator[Criterion]:
    """Conditions on gender, on the size of a town and on leading."""
    if not scope.sentence.has(
        "gender_plan", "gender_dimension", "population", "lead", "partner_only"
    ):
        return
    yield from _gender(scope)
    yield from _population(scope)
    yield from _lead(scope)
    yield from _partner_only(scope)


def _gender(scope: Scope) -> Iterator[Criterion]:
    s = scope.sentence
    for kind in ("gender_plan", "gender_dimension"):
        for mark in s.of(kind)[:1]:
            must = s.before(mark.first, 10, "must") or s.after(mark.last, 8, "must", "eligible")
            asked = must is not None and not scope.dropped(mark.first)
            denied = s.before(mark.first, _CLOSE, "not") or s.after(mark.last, 3 * _CLOSE, "not")
            optional = kind == "gender_dimension" and s.has("if_fitting")
            if asked and not (denied or optional):  # a mere mention asks for nothing
                yield Criterion(About.GENDER, Effect.REQUIRES, group=kind, words=s.words)
                return


def _population(scope: Scope) -> Iterator[Criterion]:
    """A limit on inhabitants; which number means what is left to the words."""
    s = scope.sentence
    for mark in s.of("population"):
        near = s.before(mark.first, 6, "number", "thousand") or s.after(mark.last, 6, "number")
        bound = s.after(mark.last, 6, "least", "most")
        if near is None and bound is not None:  # "must not be higher than 50,000"
            near = s.after(bound.last, 1, "number")
        body = any(m.value == "local_authority" for m in s.of("type"))
        if near is None or scope.dropped(near.first) or not (body or scope.cues):
            continue
        if s.has("least", "most", "from", "to"):
            yield Criterion(About.OTHER, Effect.REQUIRES, words=s.words)
            return


def _lead(scope: Scope) -> Iterator[Criterion]:
    """Kinds of bodies that may or must not lead; countries that lead stand with the places."""
    s = scope.sentence
    for lead in s.of("lead"):
        if scope.dropped(lead.first):
            continue
        near = s.before(lead.first, 3, "not") or s.after(lead.last, 2, "not")
        if near is None:  # "may not lead" is both in one
            near = next((m for m in s.of("not") if m.first == lead.first), None)
        if near is None or s.has("unless", "alone"):
            continue
        before = [p for p in scope.places if 0 < lead.first - p.last <= 2 * _CLOSE]
        values: tuple[str, ...] = ()
        if before and before[-1].codes:
            values = tuple(sorted(before[-1].codes))
        else:
            bodies = [b for b in scope.bodies if 0 < lead.first - b.last <= 2 * _CLOSE]
            values = tuple(sorted(bodies[-1].types)) if bodies else ()
        if values:
            yield Criterion(About.ROLE, Effect.EXCLUDES, values, words=s.words)
            return


def _partner_only(scope: Scope) -> Iterator[Criterion]:
    """Who may take part and not lead: "Ukrainian bodies only as partners"."""
    s = scope.sentence
    for only in s.of("partner_only"):
        start, end = s.segment(only.first)
        places = [p for p in scope.places if start <= p.first <= end and p.codes]
        bodies = [b for b in scope.bodies if start <= b.first and 0 < only.first - b.last <= _NEAR]
        values: set[str] = set().union(*(p.codes for p in places))
        values = values or set(bodies[-1].types if bodies else ())
        if values:
            yield Criterion(About.ROLE, Effect.EXCLUDES, tuple(sorted(values)), words=s.words)
            return


def looks_like_condition(s: Sentence) -> bool:
    """Whether the sentence seems to limit who may take part."""
    if s.words.endswith((":", "?")):  # a heading; what stands under it is looked at by itself
        return False
    if names_who(s) or s.has("single") or s.carried & {"applies", "eligible", "applicant"}:
        return True
    if s.has("preferred"):
        return False
    listed = len(s.of("country", "group")) > _CLOSE and s.has("country_unit")
    if listed or (s.has("eligible", "applies") and s.has(*_WHO)):
        return True
    if _limits_a_consortium(s) or _asks_for_so_many(s):
        return True
    limits = s.of("must", "only", "least", "not", "except")
    return any(
        s.after(limit.last, _CLOSE, "applicant", "partner", "lead", "consortium")
        or s.before(limit.first, 2, "applicant", "partner", "lead", "consortium")
        for limit in limits
    )


def _limits_a_consortium(s: Sentence) -> bool:
    """Whether a number of partners is a most: "the partnership may have no more than five"."""
    return any(
        s.before(number.first, 1, "most") and s.before(number.first, 2 * _NEAR, "consortium")
        for number in s.of("number")
        if not s.after(number.last, 3, "million", "thousand", "currency", "percent")
    )


def _asks_for_so_many(s: Sentence) -> bool:
    """Whether a least number must take part: "projects must include at least three cities"."""
    return any(
        s.before(least.first, 3, "must")
        and not s.before(least.first, 2 * _NEAR, "action")
        and (number := s.after(least.last, 1, "number"))
        and s.after(number.last, _CLOSE, "type", "organisation", "partner")
        for least in s.of("least")
    )


def names_who(s: Sentence) -> bool:
    """Whether the sentence speaks of "eligible countries", "eligible applicants" and the like."""
    return any(mark.last > mark.first for mark in s.of("eligible"))
