"""What a call and its programme ask of all partners together, as points of the assessment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from classifier import wording
from classifier.certainty import Certainty
from classifier.consortium import Need, Shortfall, shortfall
from classifier.own_words import OwnWords
from classifier.programme_view import ASK_WHO, UKRAINE, ProgrammeView
from classifier.region_names import region_name
from classifier.regions import within
from classifier.rulebook import Doubt, May, Minimum, Rules
from classifier.standing import Point, State
from classifier.unread import Unread
from storage.domain import About, ApplicantType, Criterion, Effect, Partner

PAIR = 2
IN_THE_CALL = "check in the call"
MOST_SENTENCES = 3
"""More unread sentences than these are counted, not quoted: people read the call anyway."""


def own_points(own: OwnWords, partners: Sequence[Partner]) -> list[Point]:
    """The call's own criteria that concern all partners; ``partners`` are those not shut out."""
    return _told_together(list(_points(own, partners)))


def _told_together(points: list[Point]) -> list[Point]:
    """Say once who lacks: of three more partners two from Poland are three people, not five."""
    lacking = [point for point in points if point.missing and point.short]
    whole = [point for point in lacking if point.about is About.CONSORTIUM and not point.side]
    part = [point for point in lacking if point.about is About.COUNTRY and point.side]
    if len(whole) != 1 or len(part) != 1:
        return points
    every, some = whole[0].short or Shortfall(), part[0].short or Shortfall()
    if some.eu_states > max(every.entities, every.countries):
        return points
    if every.countries <= some.countries and every.entities > 1:
        every = replace(every, countries=0)  # whoever comes from there is from another country
    said = wording.lacking(replace(every, eu_states=some.eu_states), part[0].side)
    return [
        replace(point, missing=said if point is whole[0] else None)
        if point in (whole[0], part[0])
        else point
        for point in points
    ]


def _points(own: OwnWords, partners: Sequence[Partner]) -> Iterator[Point]:
    shares: set[float | None] = set()
    for criterion in own.criteria:
        ask = _ASKED.get(criterion.about)
        if criterion.about is About.COFINANCING:
            if (share := _own_share(criterion)) in shares:
                continue
            shares |= {share} - {None}
        if ask is not None and (point := ask(criterion, own, partners)):
            if point.state is State.LACK and _outdone(criterion, own):
                point = replace(point, missing=None)
            yield point


def _own_share(criterion: Criterion) -> float | None:
    """The own share a criterion asks for, to say the same share once."""
    told = criterion.rate if criterion.rate is not None else criterion.rate_min
    if told is None or criterion.share_of not in ("own", "grant"):
        return None
    return round(told if criterion.share_of == "own" else 1 - told, 4)


def _outdone(criterion: Criterion, own: OwnWords) -> bool:
    """Whether another sentence sets a greater minimum: what lacks for it is enough for this."""
    if criterion.about is not About.CONSORTIUM or criterion.values:
        return False
    least = (criterion.min_partners or 0, criterion.min_countries or 0)
    return any(
        all(a >= b for a, b in zip(other, least, strict=True)) and other != least
        for other in (
            (one.min_partners or 0, one.min_countries or 0)
            for one in own.of(About.CONSORTIUM, Effect.REQUIRES)
            if not one.values
        )
    )


def says_how_many(own: OwnWords) -> bool:
    """Whether the call itself sets how many partners are needed."""
    return any(c.min_partners or c.min_countries for c in own.of(About.CONSORTIUM))


def falls_short(own: OwnWords, view: ProgrammeView | None, partners: Sequence[Partner]) -> bool:
    """Whether ``partners`` surely miss the minimum of the call, or else of its programme."""
    if says_how_many(own):
        return any(
            point.about is About.CONSORTIUM and point.state is State.LACK
            for point in own_points(own, partners)
        )
    if view is None or view.hint:
        return False
    least = view.minimum()
    return bool(shortfall(_need(least, view.rule.answer.eu_countries), partners))


def minimum_point(view: ProgrammeView, partners: Sequence[Partner], rules: Rules) -> Point:
    """Whether ``partners`` reach the minimum that the programme's rule sets."""
    least, answer, name = view.minimum(), view.rule.answer, view.rule.name
    cert = view.certainty(least.proof.cert)
    check = "check how many partners the call asks for"
    about, why, source = About.CONSORTIUM, view.rule.why, view.source
    if not least.known:
        text = f"How many partners {name} asks for is not known."
        return Point(about, State.ASK, text, why, source, Certainty.UNKNOWN, check)
    short = shortfall(_need(least, answer.eu_countries), partners)
    text = _minimum_text(view, least, rules)
    if view.action is not None and view.action.note:
        text += f" Note: {view.action.note}."
    if short:
        missing = wording.lacking(short, wording.countries(answer.eu_countries, rules))
        return Point(about, State.LACK, text, why, source, cert, missing)
    if _is_pair(partners, rules) and view.action is None and answer.both is not May.NO:
        cert = view.certainty(least.proof.cert, view.rule.pair_cert)
        if view.rule.pair is False:
            text = f"{name} needs more than one Ukrainian and one EU partner."
            return Point(about, State.LACK, text, why, source, cert, "one more partner")
    if not cert.firm:
        return Point(
            about, State.ASK, f"{text} This is known from memory only.", why, source, cert, check
        )
    return Point(about, State.IN, text, why, source, cert)


def unread_points(unread: Unread) -> Iterator[Point]:
    """Sentences of the call that nobody has understood; they raise doubts and never shut out."""
    states = {Doubt.HIGH: State.OPEN, Doubt.LOW: State.ASK, Doubt.NONE: State.IN}
    ordered = sorted(unread.doubtful, key=lambda item: list(Doubt).index(item.doubt))
    shown, more = ordered[:MOST_SENTENCES], ordered[MOST_SENTENCES:]
    for item in shown:
        words = wording.quoted(item.sentence)
        text = f"The call says something that was not understood: {words}"
        if item.telling is not None:
            text = item.telling.say.replace("{words}", words)
        missing = f"{IN_THE_CALL}: {words}"
        yield Point(About.OTHER, states[item.doubt], text, item.sentence, missing=missing)
    if count := sum(item.doubt is not Doubt.NONE for item in more):
        state = max(states[item.doubt] for item in more)
        text = f"{count} more sentences of the call were not understood."
        missing = f"check {count} more sentences of the call's conditions"
        yield Point(About.OTHER, state, text, missing=missing)


def _need(least: Minimum, home: frozenset[str]) -> Need:
    return Need(least.entities or 0, least.countries or 0, least.eu_states or 0, home)


def _minimum_text(view: ProgrammeView, least: Minimum, rules: Rules) -> str:
    what = f"{view.rule.name} ({view.action.action})" if view.action else view.rule.name
    entities, countries = least.entities or 1, least.countries or 1
    side = wording.countries(view.rule.answer.eu_countries, rules)
    if entities <= 1 and countries <= 1:
        return f"One applicant{f' from {side}' if least.eu_states else ''} is enough for {what}."
    text = f"{what} needs at least {max(entities, countries)} partners"
    text += f" from {countries} countries" if countries > 1 else ""
    text += f", {wording.number(least.eu_states)} of them from {side}" if least.eu_states else ""
    return f"{text}."


def _is_pair(partners: Sequence[Partner], rules: Rules) -> bool:
    codes = {partner.country for partner in partners}
    return len(partners) == PAIR and UKRAINE in codes and bool(codes & rules.eu)


def _country(criterion: Criterion, own: OwnWords, partners: Sequence[Partner]) -> Point | None:
    """One or more partners from certain countries."""
    if criterion.effect is not Effect.REQUIRES or not criterion.values:
        return None
    rules = own.rules
    home = frozenset(rules.aliases.get(v.upper(), v.upper()) for v in criterion.values)
    there = [partner for partner in partners if partner.country in home]
    least, apart = max(criterion.min_partners or 1, 1), criterion.min_countries or 0
    list_ = wording.countries(home, rules)
    if len(there) >= least and len({p.country for p in there}) >= apart:
        text = f"The call wants partners from {list_}: {_names(there)}."
        return Point(About.COUNTRY, State.IN, text, criterion.words)
    text = f"The call wants partners from {list_}; there are too few."
    lack = max(least - len(there), apart - len({p.country for p in there}))
    short = Shortfall(eu_states=lack, countries=0 if there else 1)
    return Point(
        About.COUNTRY,
        State.LACK,
        text,
        criterion.words,
        missing=wording.lacking(short, list_),
        short=short,
        side=list_,
    )


def _region(criterion: Criterion, own: OwnWords, partners: Sequence[Partner]) -> Point | None:
    """A partner from certain regions."""
    if criterion.effect is not Effect.REQUIRES or not criterion.values:
        return None
    rules = own.rules
    inside = [within(partner.region, criterion.values, rules) for partner in partners]
    list_ = wording.joined([region_name(v.upper()) for v in criterion.values], "or")
    if sum(answer is True for answer in inside) >= max(criterion.min_partners or 1, 1):
        text = f"The call wants a partner from {list_}, and there is one."
        return Point(About.REGION, State.IN, text, criterion.words)
    text = f"The call wants a partner from {list_}."
    missing = f"one partner from {list_}"
    return Point(About.REGION, State.LACK, text, criterion.words, missing=missing)


def _applicant(criterion: Criterion, own: OwnWords, partners: Sequence[Partner]) -> Point | None:
    """A partner of a certain kind."""
    del own
    if criterion.effect is not Effect.REQUIRES or not criterion.values:
        return None
    types = set(criterion.values)
    any_kind = ApplicantType.ANY_LEGAL_ENTITY in types
    there = [partner for partner in partners if any_kind or partner.type in types]
    lack = max(criterion.min_partners or 1, 1) - len(there)
    list_ = wording.a_kind(types)
    text = f"The call wants {list_} among the partners."
    if lack <= 0:
        return Point(About.APPLICANT, State.IN, text, criterion.words)
    missing = (
        f"{list_} as partner" if lack == 1 else f"{lack} more partners: {wording.kinds(types)}"
    )
    return Point(About.APPLICANT, State.LACK, text, criterion.words, missing=missing)


def _consortium(criterion: Criterion, own: OwnWords, partners: Sequence[Partner]) -> Point | None:
    """How many partners from how many countries, perhaps of certain countries or kinds."""
    least, apart = criterion.min_partners or 0, criterion.min_countries or 0
    words = criterion.words
    if criterion.effect is Effect.EXCLUDES or not (least or apart):
        return _other(criterion, own, partners)
    types = {value for value in criterion.values if value in set(ApplicantType)}
    home = frozenset(v.upper() for v in criterion.values if v not in types)
    home = frozenset(own.rules.aliases.get(code, code) for code in home)
    there = [
        partner
        for partner in partners
        if (not types or partner.type in types) and (not home or partner.country in home)
    ]
    where = f" from {wording.countries(home, own.rules)}" if home else ""
    text = f"The call needs at least {max(least, apart)} partners{where}"
    text += f" from {apart} countries." if apart > 1 and not home else "."
    if least <= 1 and apart <= 1 and not criterion.values:
        text = "One applicant is enough."
    short = shortfall(Need(least, apart), there)
    if not short:
        return Point(About.CONSORTIUM, State.IN, text, words)
    side = ""
    if home:
        need = Need(eu_states=max(short.entities, short.countries), home=home)
        short, side = shortfall(need, ()), wording.countries(home, own.rules)
    missing = wording.lacking(short, side)
    return Point(About.CONSORTIUM, State.LACK, text, words, missing=missing, short=short, side=side)


def _cofinancing(criterion: Criterion, own: OwnWords, partners: Sequence[Partner]) -> Point | None:
    """An own share is nothing that a call refuses; it has to be found."""
    if criterion.effect is Effect.EXCLUDES:
        return Point(About.COFINANCING, State.IN, "No own share is asked for.", criterion.words)
    shares = [share for share in (criterion.rate_min, criterion.rate) if share is not None]
    if not shares or criterion.share_of not in ("own", "grant"):
        return _other(criterion, own, partners)
    if criterion.share_of == "grant":
        shares = [1 - share for share in shares]
    low, high = min(shares), max(shares)
    if high <= 0:
        text = "The grant pays all costs."
        return Point(About.COFINANCING, State.IN, text, criterion.words)
    share = f"{wording.percent(high)} own share"
    if low < high:
        share = f"{wording.percent(low).rstrip(' %')} to {share}"
    elif criterion.rate is None:
        share = f"at {'least' if criterion.share_of == 'own' else 'most'} {share}"
    text = f"The call asks for {share}."
    return Point(About.COFINANCING, State.ASK, text, criterion.words, missing=share)


def _gender(criterion: Criterion, own: OwnWords, partners: Sequence[Partner]) -> Point | None:
    if criterion.effect is Effect.EXCLUDES:
        return _other(criterion, own, partners)
    if criterion.effect is Effect.ALLOWS:
        text = "The call speaks of gender equality and demands nothing."
        return Point(About.GENDER, State.IN, text, criterion.words)
    plan = "dimension" not in (criterion.group or criterion.words).casefold()
    missing = "a gender equality plan" if plan else "the gender dimension in the project"
    text = f"The call asks for {missing}."
    return Point(About.GENDER, State.ASK, text, criterion.words, missing=missing)


def _role(criterion: Criterion, own: OwnWords, partners: Sequence[Partner]) -> Point | None:
    """Who may lead is told by the roles; only what was not understood needs a look."""
    known = all(own.may_lead(partner) is not None for partner in partners)
    return None if known else _other(criterion, own, partners)


def _other(criterion: Criterion, _: OwnWords, __: Sequence[Partner]) -> Point:
    text, missing = "The call sets a condition of its own.", ASK_WHO
    if criterion.words.strip():
        words = wording.quoted(criterion.words)
        text, missing = f"The call sets a condition of its own: {words}", f"{IN_THE_CALL}: {words}"
    return Point(criterion.about, State.ASK, text, criterion.words, missing=missing)


_Ask = Callable[[Criterion, OwnWords, Sequence[Partner]], Point | None]
_ASKED: dict[About, _Ask] = {
    About.COUNTRY: _country,
    About.REGION: _region,
    About.APPLICANT: _applicant,
    About.CONSORTIUM: _consortium,
    About.COFINANCING: _cofinancing,
    About.GENDER: _gender,
    About.ROLE: _role,
    About.OTHER: _other,
}


def _names(partners: Iterable[Partner]) -> str:
    return wording.joined([wording.place(partner) for partner in partners])
