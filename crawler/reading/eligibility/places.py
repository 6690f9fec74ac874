"""Countries and regions from a sentence that says where those who take part come from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crawler.reading.eligibility.marking import Mark
from crawler.reading.eligibility.quantities import Quantity, quantities
from crawler.reading.eligibility.scope import Places, Scope, country_of
from crawler.reading.eligibility.vocabulary import MEMBERLESS, group_members
from storage.domain import About, Criterion, Effect

_CLOSE = 4
_NEXT = 2
_FAR = 14
_WANTED = ("partner", "lead", "applicant", "consortium", "together")
_SHARED = ("consortium", "joint", "partner", "together")
_APPLYING = ("taking_part", "must", "joint", "grant", "consortium")
"""What makes of "together with" a rule and not news."""

_BODY = ("type", "applicant", "partner", "lead", "organisation", "seat", "consortium")


@dataclass(frozen=True, slots=True)
class Placed:
    """What one list of places does: for whom (``applicant``, ``partner``, ``lead``) and how."""

    places: Places
    role: str
    effect: Effect
    quantity: Quantity | None = None


def placed(scope: Scope) -> list[Placed]:
    """Every list of places that says who may, must or may not take part."""
    counted = {id(q.places): q for q in quantities(scope) if q.places is not None}
    found: list[Placed] = []
    for places in scope.places:
        if scope.dropped(places.first) or _whereabouts(scope, places) or scope.hosts(places.last):
            continue
        quantity = counted.get(id(places))
        if _excluded(scope, places):
            if _admitted(scope, places) or any(p.effect is Effect.ALLOWS for p in found):
                found.append(Placed(places, "applicant", Effect.EXCLUDES))
            continue
        if scope.doubtful(places.first) or not (_admitted(scope, places) or quantity):
            continue
        role = _role(scope, places)
        wanted = (
            quantity is not None
            or (places.hyphened and _joint(scope, places))
            or (role == "partner" and _has_applicants(scope, places, found))
        )
        effect = Effect.REQUIRES if wanted else Effect.ALLOWS
        found.append(Placed(places, role, effect, quantity))
    return found


def read_places(scope: Scope, found: list[Placed]) -> Iterator[Criterion]:
    """The criteria of ``found``: countries (each group by itself), regions, who may lead."""
    words = scope.sentence.words
    for one in found:
        places = one.places
        if one.role == "lead" and one.effect is not Effect.EXCLUDES:
            yield from _roles(scope, one)
            continue
        if one.effect is Effect.REQUIRES and places.hyphened:
            for code in places.countries:
                yield Criterion(About.COUNTRY, Effect.REQUIRES, (code,), words=words)
            continue
        yield from _countries(one, words)
        if places.regions:
            yield Criterion(About.REGION, one.effect, tuple(sorted(places.regions)), words=words)


def _countries(one: Placed, words: str) -> Iterator[Criterion]:
    places, count, apart = one.places, None, None
    if one.quantity is not None and one.quantity.number > 1:
        count = one.quantity.number
        apart = count if one.quantity.different else None
    named = set(places.countries)
    if one.effect is not Effect.EXCLUDES:  # a region may be shut out, and its country not
        named |= {country_of(code) for code in places.regions}
    if one.effect is Effect.REQUIRES and len(places.groups) + bool(named) > 1:
        # One of several: a partner from any of them will do. Unlisted members leave it open.
        known = not MEMBERLESS.intersection(places.groups)
        every = tuple(sorted(one.places.codes)) if known else ()
        group = "+".join(places.groups)
        yield Criterion(About.COUNTRY, one.effect, every, group, count, apart, words=words)
        return
    if named:
        values = tuple(sorted(named))
        yield Criterion(About.COUNTRY, one.effect, values, None, count, apart, words=words)
    for group in places.groups:
        values = group_members().get(group, ())
        if one.effect is Effect.EXCLUDES and group in MEMBERLESS:
            continue
        yield Criterion(About.COUNTRY, one.effect, values, group, count, apart, words=words)


def _roles(scope: Scope, one: Placed) -> Iterator[Criterion]:
    """Who leads: the countries, and the kinds of bodies where the sentence names both."""
    values = tuple(sorted(one.places.codes))
    if values:
        group = one.places.groups[0] if len(one.places.groups) == 1 else None
        types = _leading_types(scope, one.places)
        group = None if one.places.countries or one.places.regions or types else group
        every = (*values, *types)
        yield Criterion(About.ROLE, Effect.REQUIRES, every, group, words=scope.sentence.words)


def _leading_types(scope: Scope, places: Places) -> list[str]:
    """The kinds between "lead applicant" and the places: "… must be a municipality from …"."""
    s = scope.sentence
    lead = s.before(places.first, _FAR, "lead")
    if lead is None or not s.after(lead.last, _CLOSE, "must"):
        return []
    return sorted(
        kind
        for one in scope.bodies
        if lead.last < one.first <= places.last + 2 and abs(places.first - one.last) <= _CLOSE
        for kind in one.types
        if kind != "any_legal_entity"
    )


def _whereabouts(scope: Scope, places: Places) -> bool:
    """Whether the places are where something happens, not where applicants come from."""
    s = scope.sentence
    acting = s.before(places.first, 3, "action")
    return acting is not None and not s.before(places.first, 2, *_BODY)


def _excluded(scope: Scope, places: Places) -> bool:
    s = scope.sentence
    if scope.spent(places.first, places.last):
        return False
    barred = s.before(places.first, 2 * _CLOSE, "except")
    if barred is not None:
        return not any(barred.last < other.first < places.first for other in scope.places)
    if scope.carried and not scope.cues and "not" in s.carried:
        return True
    if not scope.denies:
        return False
    for cue in scope.cues:
        if scope.denied(cue):
            gap = cue.first - places.last if places.last < cue.first else places.first - cue.last
            if gap <= _CLOSE:
                return True
    return False


def _admitted(  # noqa: PLR0911 - one way of saying it after another
    scope: Scope, places: Places
) -> bool:
    """Whether the sentence is about who takes part and the places stand beside who it is."""
    s = scope.sentence
    labelled = _labelled(scope, places)
    if labelled or scope.carried or scope.fragment:
        return bool(labelled or scope.carried or s.has("type", "eligible", "group", "region"))
    asked = s.has("must", "only", "applicant", "joint", "together")
    if not (scope.cues or scope.seats or asked):
        return False
    if s.has("other_share") and not scope.cues:
        return False
    if _seats(scope, places):
        return True
    if s.before(places.first, _CLOSE, *_BODY, "together") or s.after(places.last, 3, *_BODY):
        if scope.cues or scope.seats or s.has("only"):
            return True
        if s.has("together") and (s.has(*_APPLYING) or _item(scope)):
            return not _host_of(scope, places)
        near = (
            s.before(places.first, _CLOSE, *_WANTED)
            or s.after(places.last, 3, *_WANTED)
            or _partner_is(scope, places)
        )
        return near is not None and s.has("must", "joint")
    labels = [cue for cue in scope.cues if cue.kind == "eligible"]
    return any(0 < places.first - cue.last <= _CLOSE + 1 for cue in labels) or any(
        (0 < places.first - cue.last <= _CLOSE and cue.kind in ("applies", "invites"))
        or (0 < cue.first - places.last <= _NEXT and cue.kind != "given")
        for cue in scope.cues
    )  # fmt: skip


def _seats(scope: Scope, places: Places) -> bool:
    """Whether they are listed behind a colon: "established in one of these countries: A or B"."""
    s = scope.sentence
    if places.first < _NEXT or s.tokens[places.first - 1] != ":":
        return False
    unit = s.before(places.first - 1, 1, "country_unit")
    return unit is not None and s.before(unit.first, 2 * _CLOSE, "seat") is not None


def _host_of(scope: Scope, places: Places) -> bool:
    """Whether they only stand by: "in cooperation with cities in Poland we hold a training"."""
    joined = scope.sentence.before(places.first, places.first, "together")
    return joined is not None and _role(scope, places) == "applicant"


def _item(scope: Scope) -> bool:
    """Whether a line is no sentence but an item: "Towns in partnership with a Polish town"."""
    s = scope.sentence
    told = {at for m in s.marks for at in range(m.first, m.last + 1)}
    long = [at for at, word in enumerate(s.tokens) if at not in told and len(word) > _CLOSE]
    return s.own_line and not long and s.of("type")[:1] == s.marks[:1]


def _partner_is(scope: Scope, places: Places) -> Mark | None:
    """The partner of "the partner must be a municipality or a town in …"."""
    s = scope.sentence
    must = s.before(places.first, 2 * _CLOSE, "must")
    if must is None or s.between(must.last, places.first, ",", ":", ";"):
        return None
    return s.before(must.first, 3, "partner")


def _labelled(scope: Scope, places: Places) -> bool:
    """Whether a label opens the line and the list: "Eligible countries: …", "14 countries: …"."""
    s = scope.sentence
    before = [one for one in scope.places if one.first < places.first]
    if before and places.first - before[-1].last <= 2 * _CLOSE:  # "…, and the non-EU A and B"
        aside = s.between(before[-1].last, places.first, ";", ".", ":", "(")
        return not aside and _labelled(scope, before[-1])
    if len(places.countries) < 2:  # noqa: PLR2004
        return False
    listed = [m.first for m in s.of("country") if places.first <= m.first <= places.last]
    for unit in s.of("country_unit", "eligible", "group"):
        if unit.kind == "group" and unit.value != "programme_area":
            continue
        colon = unit.last + 1  # "the countries are:" only goes on with what was said before
        if unit.first <= _NEXT and s.tokens[colon : colon + 1] == [":"]:
            return any(0 < first - colon <= _NEXT for first in listed)
    return False


def _role(scope: Scope, places: Places) -> str:
    """Whose places they are: the noun right after them, else the nearest before them."""
    s = scope.sentence
    start, _ = s.segment(places.first)
    kinds = ("partner", "applicant", "lead", "together")
    behind = s.after(places.last, 2, "partner", "applicant", "lead")
    if behind is not None and not s.between(places.last, behind.first, ",", ":", ";"):
        return behind.kind
    if s.after(places.last, 2 * _CLOSE, "together_after"):
        return "partner"
    marks = [m for m in s.of(*kinds) if start <= m.first and m.last < places.first]
    marks = [m for m in marks if places.first - m.last <= _FAR]
    if not marks:
        return "applicant"
    last = marks[-1]
    if last.kind == "together" and not s.before(
        last.first, last.first, "type", "applicant", "organisation"
    ):
        return "applicant"  # who does something together is not who applies: "UNDP with Poland"
    if last.kind == "partner" and len(marks) > 1 and marks[-2].kind == "applicant":
        both = s.before(last.first, 1, "and")
        if (
            both is not None and last.first - marks[-2].last <= _NEXT
        ):  # "applicants and partners from"
            return "applicant"
    return "partner" if last.kind == "together" else last.kind


def _has_applicants(scope: Scope, places: Places, found: list[Placed]) -> bool:
    """Whether others than these partners apply: then these are wanted beside them."""
    s = scope.sentence
    if any(one.role == "applicant" and one.effect is Effect.ALLOWS for one in found):
        return True
    if not places.countries and not places.regions and not places.codes:
        return False
    if _role(scope, places) == "partner" and s.has("together", "together_after", "must"):
        return True
    partner = s.before(places.first, _FAR, "partner") or s.after(places.last, 2, "partner")
    if partner is None:
        return False
    subjects: list[Mark] = [m for m in s.of("type", "applicant") if m.last < partner.first]
    return bool(subjects and scope.cues)


def _joint(scope: Scope, places: Places) -> bool:
    """Whether hyphened countries stand before a partnership or something done together."""
    return scope.sentence.after(places.last, 2, *_SHARED) is not None
