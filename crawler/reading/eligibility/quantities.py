"""How many partners from how many countries a sentence asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from crawler.reading.eligibility.marking import Mark, Sentence, is_dash
from crawler.reading.eligibility.scope import Places, Scope
from storage.domain import About, Criterion, Effect

MOST = 12
"""No call asks for more partners; larger numbers count something else."""

_MOST = 12
"""Numbers looked at in one sentence."""

_UNITS = ("partner", "applicant", "lead", "organisation", "type", "country_unit", "group", "abroad")
_COUNTED = ("partner", "applicant", "organisation", "type")
_ASKED = ("must", "only", "each", "joint", "country", "group")
_FAR = 9
_SAID_OF = 5
_LONG_FAR = 28


@dataclass(frozen=True, slots=True)
class Quantity:
    """``number`` of ``unit`` (``partner``, ``applicant`` …; None in "and one from Hungary").

    ``places`` are those it counts partners of, ``different``: each from another country, ``part``:
    of those the sentence has counted already ("one of which must be from Ukraine").
    """

    number: int
    unit: str | None
    at: int
    places: Places | None = None
    different: bool = False
    each: bool = False
    other: bool = False
    part: bool = False


def quantities(scope: Scope) -> list[Quantity]:
    """Every least number of partners or countries; maxima and recommendations are none."""
    if scope.counted is None:
        scope.counted = list(_found(scope))
    return scope.counted


def _found(  # noqa: C901, PLR0912 - one question after another
    scope: Scope,
) -> Iterator[Quantity]:
    s = scope.sentence
    if not s.has("number") or not s.has(*_UNITS, "country", "region"):
        return
    asks = s.has("must", "consortium", "each", "joint", "only")
    least_before = placed = False
    for mark in s.of("number")[:_MOST]:
        number = _whole(mark)
        if number is None or scope.dropped(mark.first) or _footnote(s, mark):
            continue
        bound = _bound(s, mark)
        if bound == "most":
            continue
        if _is_part(s, mark):
            yield from _part(scope, mark, number)
            continue
        unit = _unit(s, mark)
        if number == 1 and bound is None and _sits_in(s, mark, unit):
            continue
        places = _places(scope, mark, unit)
        counted = unit is not None or places is not None
        bare = unit is None and places is not None and places.first - mark.last > 3  # noqa: PLR2004
        if not counted or bare:
            continue
        if bound == "least":
            least_before = True
        elif not (
            least_before
            or (unit is not None and _subject(s, mark, unit))
            or (asks and (named := unit or _next_unit(s, mark)) is not None and _exact(s, named))
        ):
            continue
        else:
            least_before = True  # "one partner from Poland and one from Ukraine"
        counting = unit is not None and unit.kind in ("country_unit", "group", "abroad")
        if counting and not s.has("partner", "applicant", "consortium", "organisation", "type"):
            continue
        if (
            unit is not None
            and unit.kind in ("organisation", "type")
            and not (placed and places is not None and asks)  # "one A and one B municipality"
            and not _of_consortium(s, unit)
        ):
            continue
        placed = places is not None
        kind = unit.kind if unit is not None else None
        beside = kind == "abroad" and number == 1  # "one EU country and one non-EU country"
        if kind == "abroad":  # "two different countries"
            kind = "country_unit" if number > 1 else None
        if kind == "group" and places is None:
            continue
        yield Quantity(
            number=number,
            unit=kind,
            at=mark.first,
            places=places,
            different=s.after(mark.last, 4, "different") is not None
            or kind == "country_unit"
            or (kind == "group" and number > 1),
            each=_each(s, mark, unit),
            other=beside or s.after(mark.last, 2, "other") is not None,
        )


def read_consortium(  # noqa: C901 - each way of counting in its turn
    scope: Scope, counted: list[Quantity], sides: int, *, beside: bool
) -> Iterator[Criterion]:
    """One criterion for the least number of partners and countries.

    ``sides``: how many different countries or groups the sentence requires by name; ``beside``: an
    applicant from one place must have a partner from another.
    """
    partners, countries = 2 * beside, 2 * beside
    s = scope.sentence
    if _with_partner(s):
        partners = max(partners, 2)
        countries = max(countries, 2 if s.has("abroad", "different") else 0)
    countries = max(countries, len([q for q in counted if q.part]))
    counted = [q for q in counted if not q.part]
    attached = [q for q in counted if q.places is not None and q.unit != "lead"]
    whole = [q for q in counted if q.places is None]
    for q in counted:
        plus = _applicant_besides(s, q) or q.other
        if q.unit == "country_unit" or (q.unit == "group" and (q.different or q.other)):
            countries = max(countries, q.number + plus)
            partners = max(partners, countries)
        else:
            partners = max(partners, q.number + plus)
            if q.each:
                partners, countries = max(partners, 2), max(countries, 2)
            if s.has("abroad") and (plus or _across(s, q)):
                countries = max(countries, 2)
            if _in_different(s, q):
                every = s.has("each") or q.number == 2  # noqa: PLR2004
                countries = max(countries, q.number if every else 2)
    if len(attached) > 1 and not _listed(s, attached):
        countries = max(countries, *(q.number for q in attached if q.different), 0)
    elif len(attached) > 1:
        partners = max(partners, sum(q.number for q in attached))
        countries = max(countries, sum(q.number if q.different else 1 for q in attached))
    elif attached and not whole and attached[0].different:
        countries = max(countries, attached[0].number)
    if sides > 1:
        partners, countries = max(partners, sides), max(countries, sides)
    if partners > 1 or countries > 1:
        yield Criterion(
            About.CONSORTIUM,
            Effect.REQUIRES,
            min_partners=partners or None,
            min_countries=countries if countries > 1 else None,
            words=s.words,
        )


def read_single(scope: Scope) -> Iterator[Criterion]:
    """That one applicant is enough: "proposals may be submitted by a single applicant"."""
    s = scope.sentence
    if s.has("not", "only", "unless", "most", "except", "preferred"):
        return
    for mark in s.of("single"):
        if s.before(mark.first, _SAID_OF, "applies", "eligible") or s.after(
            mark.last, _SAID_OF, "applies", "eligible"
        ):
            yield Criterion(About.CONSORTIUM, Effect.ALLOWS, min_partners=1, words=s.words)
            return


def _is_part(s: Sentence, mark: Mark) -> bool:
    """Whether a number counts some of those counted before: "one of which", "of which one …"."""
    if s.after(mark.last, 1, "part_of"):
        return True
    begins = s.before(mark.first, mark.first, "part_of")
    return begins is not None and not s.between(begins.last, mark.first, ".", ";", ":")


def _sits_in(s: Sentence, mark: Mark, unit: Mark | None) -> bool:
    """Whether "one of" says where each of them sits: "established in one of the Member States"."""
    place = unit is None or unit.kind in ("country_unit", "group")
    return place and s.before(mark.first, 1, "seat") is not None


def _part(scope: Scope, mark: Mark, number: int) -> Iterator[Quantity]:
    s = scope.sentence
    within = _places(scope, mark, None)
    if within is not None and s.has("must", "least"):
        whole = s.before(mark.first, mark.first, *_UNITS)  # "five countries, of which three …"
        apart = whole is not None and whole.kind == "country_unit" and number > 1
        yield Quantity(number, None, mark.first, within, different=apart, part=True)


def _of_consortium(s: Sentence, unit: Mark) -> bool:
    """Whether counted organisations are those who apply, not those a project reaches."""
    if s.has("consortium", "partner") or s.carried & {"applies", "eligible", "applicant"}:
        return True
    if not s.has("action") and s.before(unit.first, 8, "must") and _all_apart(s, unit):
        return True
    least = s.before(unit.first, 4, "least")
    if least is not None and s.before(least.first, 1, "applies"):
        return True  # "submitted by at least two towns"
    after = s.after(unit.last, _LONG_FAR + 8, "applicant", "applies")
    before = s.before(unit.first, 8, "applicant", "applies", "each")
    return after is not None or (before is not None and unit.kind == "organisation")


def _all_apart(s: Sentence, unit: Mark) -> bool:
    """Whether each of them is from another country: no project reaches such, partners are so."""
    each = s.after(unit.last, 4, "each")
    other = s.after(each.last, 4, "different") if each is not None else None
    return other is not None and s.after(other.last - 1, 4, "country_unit", "group") is not None


def _next_unit(s: Sentence, mark: Mark) -> Mark | None:
    """What both numbers count in "of one German and one Ukrainian municipality"."""
    following = s.after(mark.last, 4, "number")
    if following is None or not s.begins_between(mark.last, following.first, "and"):
        return None
    return _unit(s, following)


def _subject(s: Sentence, mark: Mark, unit: Mark) -> bool:
    """Whether the counted must apply themselves: "two towns must apply"."""
    if unit.kind not in ("type", "organisation") or unit.first - mark.last > 3:  # noqa: PLR2004
        return False
    must = s.after(unit.last, 2, "must")
    return must is not None and s.after(must.last, 4, "applies", "together", "joint") is not None


def _exact(s: Sentence, unit: Mark) -> bool:
    """Whether a bare number is a condition: "the consortium consists of three partners"."""
    if unit.kind in ("type", "organisation", "applicant", "lead"):
        return s.has("consortium") and s.has(*_ASKED)  # "a partnership of two towns began …"
    return True


def _footnote(s: Sentence, mark: Mark) -> bool:
    """Whether a number stands in brackets of its own: "[3]" counts nothing."""
    before = s.tokens[mark.first - 1] if mark.first else ""
    after = s.tokens[mark.last + 1] if mark.last + 1 < len(s.tokens) else ""
    return before in ("[", "(") and after in ("]", ")")


def _with_partner(s: Sentence) -> bool:
    """Whether who applies does so together with a partner: "may apply together with a partner"."""
    if s.has("alone") or not s.has("applies", "eligible"):
        return False
    return any(
        s.after(mark.last, 10, "partner", "abroad", "different")
        and s.before(mark.first, mark.first, "type", "applicant")
        for mark in s.of("together")
    )


def _across(s: Sentence, q: Quantity) -> bool:
    """Whether the counted partners are "cross-border partners": from both sides."""
    unit = s.after(q.at, 4, "partner")
    same = unit is not None and any(unit.first == m.first for m in s.of("abroad"))
    return same and q.number > 1


def _in_different(s: Sentence, q: Quantity) -> bool:
    """Whether every one of the counted comes from another country."""
    if q.number < 2:  # noqa: PLR2004
        return False
    plain = s.after(q.at, _FAR, "different")
    if plain is not None and s.after(plain.last, 2, "country_unit", "group"):
        return True
    for each in s.of("each"):
        other = s.after(each.last, 6, "different", "abroad")
        if q.at < each.first <= q.at + _LONG_FAR and other is not None:
            return s.after(other.first - 1, 4, "country_unit", "group", "abroad") is not None
    return False


def _listed(s: Sentence, attached: list[Quantity]) -> bool:
    """Whether numbers are added up: "one from A and one from B", not "two from A, from two …"."""
    for one, other in pairwise(attached):
        end = one.places.last if one.places is not None else one.at
        start = min(end, other.at - 1)
        joined = any(start < m.last < other.at for m in s.of("and", "least"))
        if s.between(start, other.at, ";") and not _begins_clause(s, other):
            return False
        if not (joined or s.between(start, other.at, ",", ":", ";")):
            return False
    return True


def _begins_clause(s: Sentence, q: Quantity) -> bool:
    """Whether a number begins what follows a semicolon: "one from A; one from B"."""
    return s.between(max(q.at - 3, -1), q.at, ";")


def _applicant_besides(s: Sentence, q: Quantity) -> int:
    """1 where the applicant is not among the counted: "the lead partner and at least two partners".

    Only before "partners": organisations and applicants that are counted are all of them.
    """
    if q.unit == "type":  # "the partner must be at least one municipality"
        named = s.before(q.at, 6, "partner")
        return int(named is not None and not s.before(q.at, 8, "consortium", "and"))
    if q.unit != "partner":
        return 0
    subject = s.before(q.at, 16, "applicant", "lead")
    if subject is None or s.between(subject.last, q.at, ":", ";"):
        return 0
    other = s.before(q.at, 8, "consortium", "number")
    return int(other is None or other.first < subject.first)


def _whole(mark: Mark) -> int | None:
    value = mark.value
    if isinstance(value, str):
        if not value.isdecimal():
            return None
        value = int(value) if len(value) < 4 else MOST + 1  # noqa: PLR2004
    return value if 1 <= value <= MOST else None


def _bound(s: Sentence, mark: Mark) -> str | None:
    """``least``, ``most`` or None; of "4 to 6 partners" the second number is a most."""
    before = s.before(mark.first, 4, "least", "most", "number", "percent")
    if before is not None and before.kind in ("least", "most"):
        return before.kind
    behind = s.after(mark.last, 2, "least", "most")
    if behind is not None and not s.between(mark.last, behind.first, ",", ";"):
        return behind.kind
    if before is not None and before.kind == "number":
        between = s.tokens[before.last + 1 : mark.first]
        spans = s.before(before.first, 2, "from") is not None  # "from 4 to 6", "between 4 and 6"
        to = s.before(mark.first, 1, "to")
        plain_to = to is not None and not any(m.first == to.first for m in s.of("and"))
        if any(is_dash(token) for token in between) or plain_to or (to is not None and spans):
            return "most"
    if s.before(mark.first, 1, "from") and s.after(mark.last, 2, "number"):
        return "least"
    return None


def _unit(s: Sentence, mark: Mark) -> Mark | None:
    for other in s.marks:
        if other.first <= mark.last:
            continue
        if other.first - mark.last > 6 or s.between(mark.last, other.first, ";", ":", "(", "."):  # noqa: PLR2004
            return None
        if other.kind == "number" and other.first - mark.last <= 2:  # noqa: PLR2004
            continue  # "from 6 to 8 partners"
        most = s.before(other.first, 4, "most") if other.kind == "number" else None
        if most is not None and most.first > mark.last:
            continue  # "a minimum of 3 and a maximum of 10 partners"
        if other.kind in ("number", "percent", "currency", "population", "thousand", "million"):
            return None
        if other.kind == "group" and (counted := s.after(other.last, 1, *_COUNTED)):
            return counted  # "two EU partners"
        if other.kind in _UNITS:
            places = any(unit.first == other.first for unit in s.of("region_unit"))
            return None if places and other.kind == "type" else other  # "two different regions"
    return None


def _places(scope: Scope, mark: Mark, unit: Mark | None) -> Places | None:
    """The places whose partners are counted: the list that follows before the next number."""
    s = scope.sentence
    following = s.after(mark.last, _FAR, "number")
    for places in scope.places:
        if places.first <= mark.last or places.first - mark.last > _FAR:
            continue
        if following is not None and following.first < places.first:
            return None
        if s.between(mark.last, places.first, ";"):
            return None
        reach = max(unit.last if unit is not None else 0, mark.last)
        if places.first - reach > 6 and places.first > reach:  # noqa: PLR2004
            return None
        return places
    return None


def _each(s: Sentence, mark: Mark, unit: Mark | None) -> bool:
    at = unit.last if unit is not None else mark.last
    found = s.after(at, 3, "each")
    return found is not None and s.after(found.last, 3, "country_unit", "group") is not None
