"""Kinds of applicants from a sentence that says who may apply, and who may not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crawler.reading.eligibility.leading import kept_for
from crawler.reading.eligibility.marking import Mark
from crawler.reading.eligibility.places import Placed
from crawler.reading.eligibility.scope import Bodies, Scope, nearest_list
from storage.domain import About, Criterion, Effect

_SUBJECT = 30
_OBJECT = 10
_CLOSE = 4
_SMALL_WORD = 4
_LABELLING = frozenset(":–—-|")
_BARRIERS = (
    "applies", "invites", "given", "eligible", "action", "not", "except", "together", "partner",
    "grant",
)  # fmt: skip


def read_bodies(scope: Scope, found: Sequence[Placed] = ()) -> Iterator[Criterion]:
    """One criterion for those who may, one for those who may not.

    ``found``: the places of the sentence; bodies beside the places of applicants apply as well.
    """
    allowed: dict[str, None] = {}
    excluded: dict[str, None] = {}
    for bodies in _meant(scope, found):
        if scope.denies and scope.sentence.before(bodies.first, _CLOSE, "except"):
            continue  # "nobody but …" says nothing of the others
        if scope.spent(bodies.first, bodies.last):
            continue
        if _excluded(scope, bodies):
            excluded.update(dict.fromkeys(bodies.types))
        elif not scope.doubtful(bodies.first):
            allowed.update(dict.fromkeys(bodies.types))
    # "Legal persons … that are non-profit organisations": the nearer word says which are meant.
    if len(allowed) > 1 and scope.bare_entity:
        allowed.pop("any_legal_entity", None)
    words = scope.sentence.words
    clash = allowed.keys() & excluded.keys()
    for types, effect in ((allowed, Effect.ALLOWS), (excluded, Effect.EXCLUDES)):
        values = tuple(sorted(types.keys() - clash))
        if values:
            yield Criterion(About.APPLICANT, effect, values, words=words)


def _meant(  # noqa: C901 - each way of naming applicants in its turn
    scope: Scope, placed: Sequence[Placed]
) -> list[Bodies]:
    """The lists that name applicants, not those a project is about or who its partners are."""
    s, lists = scope.sentence, scope.bodies
    if not lists:
        return []
    if scope.fragment:
        return lists
    if scope.carried and not scope.cues:  # an item of a list names who it is about first
        if lists[0].first > _CLOSE:
            return []
        return [one for one in lists if one is lists[0] or _continues(scope, lists[0], one)]
    found: list[Bodies] = []
    for cue in scope.cues:
        start, end = s.segment(cue.first)
        near = [one for one in lists if start <= one.first <= end]
        one = _beside(near, cue, scope)
        if one is not None:
            found.append(one)
            found += [other for other in near if _continues(scope, one, other)]
    for mark in s.of("applicant", "only"):
        reach = _OBJECT if _labels(scope, mark) else _CLOSE if mark.kind == "only" else 0
        after = nearest_list(lists, mark.last, before=False, reach=reach)
        if after is not None and _told(scope, mark, after):
            found.append(after)
            found += [other for other in lists if _continues(scope, after, other)]
    found += _by_place(scope, placed)
    for mark in s.of("except"):
        if (after := nearest_list(lists, mark.last, before=False, reach=_CLOSE)) and found:
            found.append(after)
    leading = [kept_for(scope, lead) for lead in s.of("lead")]
    return [
        one
        for one in lists
        if any(one is other for other in found)
        and not any(one is kept for kept in leading)
        and not scope.hosts(one.last)
    ]


def _by_place(scope: Scope, placed: Sequence[Placed]) -> list[Bodies]:
    """The lists whose seat is told: "NGOs registered in …", "municipalities from Poland"."""
    s, lists = scope.sentence, scope.bodies
    found: list[Bodies] = []
    for one_place in placed:
        if one_place.role == "applicant" and one_place.effect is Effect.ALLOWS:
            found += [one for one in lists if _beside_place(one, one_place)]
    if scope.seats and lists[0].first <= 1:
        found.append(lists[0])
    for mark in scope.seats:
        before = nearest_list(lists, mark.first, before=True, reach=_CLOSE)
        if before is not None and not s.before(before.first, _CLOSE, "partner", "together"):
            found.append(before)
    return found


def _beside_place(one: Bodies, placed: Placed) -> bool:
    """Whether bodies are those of a place: "municipalities from Poland", "svenska kommuner"."""
    places = placed.places
    return 0 < places.first - one.last <= _CLOSE or 0 < one.first - places.last <= 2  # noqa: PLR2004


def _beside(lists: list[Bodies], cue: Mark, scope: Scope) -> Bodies | None:
    first_before = cue.kind == "applies"
    own = next((one for one in lists if one.first <= cue.first <= one.last), None)
    if own is not None:
        return own
    if cue.kind == "given":
        after = nearest_list(lists, cue.last, before=False, reach=_OBJECT)
        return after if after is not None and _given(scope, cue, after) else None
    if cue.kind == "invites":  # who stands before it invites
        return nearest_list(lists, cue.last, before=False, reach=_OBJECT)
    sides = {
        True: nearest_list(lists, cue.first, before=True, reach=_SUBJECT if first_before else 6),
        False: nearest_list(lists, cue.last, before=False, reach=_OBJECT),
    }
    after = sides[False]
    if cue.kind == "eligible" and after is not None and not _told(scope, cue, after):
        sides[False] = None
    chosen = sides[first_before] or sides[not first_before]
    if chosen is not None and scope.sentence.before(chosen.first, 2, "together", "action"):
        return None
    return chosen


def _given(scope: Scope, cue: Mark, bodies: Bodies) -> bool:
    """Whether money is given to ``bodies``: "grants are awarded to museums", no points, no advice.

    They stand right behind the words; what they are given for stands further away.
    """
    s = scope.sentence
    if s.has("other_share") or not any(m.first != cue.first for m in s.of("grant")):
        return False
    told = {at for m in s.of("not", "grant", "only", "to") for at in range(m.first, m.last + 1)}
    return len([at for at in range(cue.last + 1, bodies.first) if at not in told]) <= 1


def _continues(scope: Scope, one: Bodies, other: Bodies) -> bool:
    """Whether ``other`` goes on with the list ``one`` after an aside."""
    s = scope.sentence
    first, second = (one, other) if one.first <= other.first else (other, one)
    if one is other or second.first - first.last > _SUBJECT:
        return False
    return not s.begins_between(first.last, second.first, *_BARRIERS)


def _labels(scope: Scope, mark: Mark) -> bool:
    """Whether a noun for applicants introduces a list: "Applicants: …", "The applicant is …"."""
    s = scope.sentence
    if s.before(mark.first, 3, "partner", "together", "not"):
        return False
    following = s.tokens[mark.last + 1 : mark.last + 3]
    starts = mark.first <= _CLOSE
    return starts and (":" in following or "–" in following or "-" in following or not scope.cues)


def _told(scope: Scope, mark: Mark, bodies: Bodies) -> bool:
    """Whether a noun for applicants is what the list is: "the applicant must be a municipality".

    In "applicants must describe how schools …" they do something else; in "applicants are mostly
    schools" one word of unknown meaning does no harm.
    """
    s = scope.sentence
    if all(one.first != mark.first for one in s.of("applicant")):
        return True
    inner = range(mark.last + 1, bodies.first)
    if s.begins_between(mark.last, bodies.first, "except", "action"):
        return False  # "applicants other than municipalities", "applicants working with schools"
    if any(s.tokens[at] in _LABELLING for at in inner):
        return True
    told = {at for m in s.marks for at in range(m.first, m.last + 1)}
    plain = [s.tokens[at] for at in inner if at not in told]
    long = [word for word in plain if len(word) > _SMALL_WORD]
    doing = s.begins_between(mark.last, bodies.first, "must")
    return "," not in plain and len(long) <= (not doing)


def _excluded(scope: Scope, bodies: Bodies) -> bool:
    s = scope.sentence
    if scope.spent(bodies.first, bodies.last):
        return False
    if s.before(bodies.first, _CLOSE, "except"):
        return bool(scope.cues or scope.carried) and not scope.denies
    if scope.carried and not scope.cues:
        return "not" in s.carried
    if not scope.denies:
        return False
    for cue in scope.cues:
        if not scope.denied(cue):
            continue
        first = min([cue.first, *(m.first for m in s.of("not") if cue.first - m.first in range(4))])
        if bodies.last < first:
            plain = _from_all(scope, bodies, cue) or not _qualified(scope, bodies, first)
        else:
            plain = 0 <= bodies.first - cue.last <= _CLOSE + 1
        if plain:
            return True
    return False


def _from_all(scope: Scope, bodies: Bodies, cue: Mark) -> bool:
    """Whether only what they are shut out from stands between a list and its participle.

    "… sind von der Förderung ausgeschlossen", "… są z udziału w konkursie wykluczone".
    """
    s = scope.sentence
    if not any(m.first <= cue.first <= m.last for m in s.of("not")):
        return False
    told = {
        at
        for m in s.of("grant", "taking_part", "total")
        for at in range(m.first, m.last + 1)
    }  # fmt: skip
    inner = range(bodies.last + 1, cue.first)
    return all(
        at in told or (s.tokens[at].isalpha() and len(s.tokens[at]) <= _SMALL_WORD) for at in inner
    )


def _qualified(scope: Scope, bodies: Bodies, first: int) -> bool:
    """Whether words stand between a list and its "may not": "NGOs that have already … may not".

    What stands in brackets only explains the list.
    """
    depth = plain = 0
    joining = {m.first for m in scope.sentence.of("and")}
    for at, word in enumerate(scope.sentence.tokens[bodies.first : first], start=bodies.first):
        depth += (word == "(") - (word == ")")
        plain += at > bodies.last and depth == 0 and word.isalpha() and at not in joining
    return plain > 2  # noqa: PLR2004
