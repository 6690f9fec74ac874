"""Who alone may lead: "coordinators must be public bodies", and lists below "the lead may be:"."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.reading.eligibility.marking import Mark
from crawler.reading.eligibility.scope import Bodies, Scope
from storage.domain import About, Criterion, Effect

_NEAR = 4
_REACH = 8
_ANY = "any_legal_entity"


def read_leaders(scope: Scope) -> Iterator[Criterion]:
    """The bodies and countries of a line below a heading about who leads."""
    values = {kind for bodies in scope.bodies for kind in bodies.types}
    values = values or set().union(*(places.codes for places in scope.places))
    if values and _ANY not in values and not scope.sentence.has("not", "except"):
        every = tuple(sorted(values))
        yield Criterion(About.ROLE, Effect.REQUIRES, every, words=scope.sentence.words)


def read_leading(scope: Scope) -> Iterator[Criterion]:
    """The kinds of bodies that a sentence keeps the lead for.

    Where it names places beside them they are read with the places.
    """
    if scope.sentence.has("not", "unless", "alone", "preferred"):
        return
    for lead in scope.sentence.of("lead"):
        kept = kept_for(scope, lead)
        if kept is not None and not any(
            abs(places.first - kept.last) <= _NEAR for places in scope.places
        ):
            values = tuple(sorted(kept.types))
            yield Criterion(About.ROLE, Effect.REQUIRES, values, words=scope.sentence.words)
            return


def kept_for(scope: Scope, lead: Mark) -> Bodies | None:
    """The bodies that alone may lead: "only NGOs may lead", "the coordinator must be a school"."""
    s = scope.sentence
    start, end = s.segment(lead.first)
    for bodies in scope.bodies:
        if not start <= bodies.first <= end or _ANY in bodies.types:
            continue
        only = s.before(bodies.first, 2, "only") is not None
        if only and bodies.last < lead.first <= bodies.last + _NEAR:
            return bodies
        if only and lead.last < bodies.first <= lead.last + _REACH:
            return bodies
        must = s.after(lead.last, 2, "must")
        if must is not None and 0 < bodies.first - must.last <= _NEAR and _is(scope, must, bodies):
            return bodies
    return None


def _is(scope: Scope, must: Mark, bodies: Bodies) -> bool:
    """Whether the lead must be such a body, not do something with it ("must work with towns")."""
    s = scope.sentence
    others = ("partner", "together", "number", "least", "applies", "action")
    if s.begins_between(must.last, bodies.first, *others):
        return False
    between = s.tokens[must.last + 1 : bodies.first]
    return sum(len(word) >= _NEAR for word in between) <= 1  # "be a", "doit être une"
