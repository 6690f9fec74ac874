"""The call's own criteria held against each partner and against all of them together.

What the call says wins over every programme rule, so each question answers None where the call
says nothing about it, and then the rule may speak.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from classifier import wording
from classifier.certainty import Certainty
from classifier.region_names import region_name
from classifier.regions import country_of, known_region, within
from classifier.rulebook import Rules
from classifier.standing import CALL, Point, State
from storage.domain import About, ApplicantType, Criterion, Effect, Partner

_PUBLIC = {
    ApplicantType.LOCAL_AUTHORITY,
    ApplicantType.REGIONAL_AUTHORITY,
    ApplicantType.MUNICIPAL_ENTERPRISE,
}
ANY_COUNTRY, ASSOCIATED = "any", "associated"
"""The group of a criterion that admits every country; like other open groups it lists none."""

# What belongs to a town: where only these may apply, the town may through one of its own.
_OF_A_TOWN = {
    ApplicantType.MUNICIPAL_ENTERPRISE,
    ApplicantType.SCHOOL,
    ApplicantType.HOSPITAL,
    ApplicantType.CULTURAL_INSTITUTION,
}


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The criteria of one call beside the partners of one partnership."""

    criteria: tuple[Criterion, ...]
    partners: tuple[Partner, ...]
    rules: Rules

    def of(self, about: About, effect: Effect | None = None) -> list[Criterion]:
        return [c for c in self.criteria if c.about is about and effect in (None, c.effect)]

    def country(self, partner: Partner) -> Point | None:
        """Whether the country of ``partner`` may take part."""
        code, rules = partner.country, self.rules
        for criterion in self.of(About.COUNTRY, Effect.EXCLUDES):
            if code in self._countries([criterion]):
                text = f"The call excludes {wording.country(code, rules)}."
                return Point(About.COUNTRY, State.OUT, text, criterion.words)
        admitted = self.of(About.COUNTRY, Effect.ALLOWS)
        beside = [criterion for criterion in admitted if self._as_partners(criterion)]
        if code in self._countries(beside):
            text = f"The call admits {wording.country(code, rules)} as a partner."
            return Point(About.COUNTRY, State.IN, text, _words(beside, code, rules))
        allowing = [criterion for criterion in admitted if criterion not in beside]
        requiring = self.of(About.COUNTRY, Effect.REQUIRES)
        allowed, required = self._countries(allowing), self._countries(requiring)
        if allowed:  # who leads takes part as well
            allowed |= self._leading()
        if any(criterion.group == ANY_COUNTRY for criterion in allowing):
            text = "The call is open to applicants from any country."
            return Point(About.COUNTRY, State.IN, text, _of_group(allowing, ANY_COUNTRY))
        if not allowed:
            if code not in required:
                return None
            text = f"The call wants a partner from {wording.country(code, rules)}."
            return Point(About.COUNTRY, State.IN, text, _words(requiring, code, rules))
        point = self._listed(partner, allowing, allowed, required)
        unlisted = any(c.group and not c.values for c in (*allowing, *requiring))
        # "Member States and countries associated to the programme": who those are, its rule says.
        return None if point.state is State.OUT and unlisted else point

    @property
    def admits_associated(self) -> bool:
        """Whether the call admits the countries associated to its programme."""
        return any(c.group == ASSOCIATED for c in self.of(About.COUNTRY, Effect.ALLOWS))

    def _as_partners(self, criterion: Criterion) -> bool:
        """Whether its sentence admits those countries as partners only: no list of applicants.

        Beside a country that leads it is one: "the lead comes from A, B joins as partner only".
        """
        return not self._leading() and any(
            role.words == criterion.words and set(criterion.values) <= set(role.values)
            for role in self.of(About.ROLE, Effect.EXCLUDES)
            if criterion.values
        )

    def _listed(
        self,
        partner: Partner,
        allowing: list[Criterion],
        allowed: frozenset[str],
        required: frozenset[str],
    ) -> Point:
        """How the partner's country stands to the list of those that may apply."""
        code, rules = partner.country, self.rules
        list_ = wording.countries(allowed, rules)
        words = _words(allowing, code, rules)
        if not allowed.intersection(p.country for p in self.partners):
            text = f"Applicants must come from {list_}; no partner does."
            missing = f"an applicant from {list_}"
            return Point(About.COUNTRY, State.OUT, text, words, missing=missing)
        if code in allowed or code in required:
            text = f"The call is open to {wording.country(code, rules)}."
            return Point(About.COUNTRY, State.IN, text, words)
        who = wording.place(partner)
        if len(allowed) == 1:  # names where the applicant sits; partners may come from elsewhere
            text = f"The call asks for an applicant from {list_}; whether {who} may join is unsaid."
            missing = f"check whether {who} may be a partner"
            return Point(About.COUNTRY, State.OPEN, text, words, CALL, Certainty.UNKNOWN, missing)
        text = f"The call is for {list_}, which leaves out {wording.country(code, rules)}."
        return Point(About.COUNTRY, State.OUT, text, words)

    def region(self, partner: Partner) -> Point | None:
        """Whether the region of ``partner`` may take part."""
        where = known_region(partner.region, self.rules)
        named = region_name(where)
        who = wording.place(partner)
        for criterion in self.of(About.REGION, Effect.EXCLUDES):
            codes = self._regions([criterion], partner)
            inside = within(where, codes, self.rules) if codes else False
            if inside:
                text = f"The call excludes {named}."
                return Point(About.REGION, State.OUT, text, criterion.words)
            if inside is None:
                text = f"The call excludes some regions; in which {who} lies is not recorded."
                missing = f"{who} must not lie in {_list(codes)}"
                return Point(About.REGION, State.ASK, text, criterion.words, missing=missing)
        allowing = self.of(About.REGION, Effect.ALLOWS)
        codes = self._regions(allowing, partner)
        if not codes:
            return None
        words = next(c.words for c in allowing if self._regions([c], partner))
        inside = within(where, codes, self.rules)
        if inside:
            return Point(About.REGION, State.IN, f"The call names {named}.", words)
        if inside is None:
            text = f"The call is for certain regions; in which {who} lies is not recorded."
            missing = f"{who} must lie in {_list(codes)}"
            return Point(About.REGION, State.ASK, text, words, missing=missing)
        text = f"The call is for certain regions; {named} is not among them."
        missing = f"{named} is not among the regions of the call"
        return Point(About.REGION, State.OUT, text, words, missing=missing)

    def applicant(self, partner: Partner) -> Point | None:
        """Whether a body of the partner's type may apply."""
        for criterion in self.of(About.APPLICANT, Effect.EXCLUDES):
            if partner.type in criterion.values:
                text = f"The call excludes {wording.kinds([partner.type])}."
                return Point(About.APPLICANT, State.OUT, text, criterion.words)
        allowing = self.of(About.APPLICANT, Effect.ALLOWS)
        types = {value for c in allowing for value in c.values}
        types |= {v for c in self.of(About.APPLICANT, Effect.REQUIRES) for v in c.values}
        # A sentence about international organisations adds them; it does not shut out the others.
        if not types - {ApplicantType.INTERNATIONAL_ORGANISATION} or not allowing:
            return None
        words = allowing[0].words
        list_ = wording.kinds(types)
        fits = _fits(partner.type, types)
        if fits is State.IN:
            text = f"The call is open to {wording.kinds([partner.type])}."
            return Point(About.APPLICANT, State.IN, text, words)
        who = wording.place(partner)
        if fits is State.ASK:
            own = wording.a_kind({str(t) for t in _OF_A_TOWN} & types)
            text = f"The call is for {list_}; {who} could apply through a body of its own."
            missing = f"{who} applies through {own} of its own"
            return Point(About.APPLICANT, State.ASK, text, words, missing=missing)
        if any(_fits(other.type, types) is not State.OUT for other in self.partners):
            text = f"Applicants are {list_}; whether {who} may join them is unsaid."
            missing = f"check whether {who} may be a partner"
            return Point(About.APPLICANT, State.OPEN, text, words, CALL, Certainty.UNKNOWN, missing)
        text = f"The call is for {list_}, not for {wording.kinds([partner.type])}."
        return Point(About.APPLICANT, State.OUT, text, words)

    def may_lead(self, partner: Partner) -> bool | None:
        """What the call's criteria about roles say of leading; None when they do not speak."""
        answer: bool | None = None
        for criterion in self.of(About.ROLE):
            named = self._names(criterion, partner)
            if named is None:
                continue
            if criterion.effect is Effect.EXCLUDES:
                answer = False if named else answer
            elif answer is not False:
                answer = named or bool(answer)
        return answer

    def applicants_named(self, partner: Partner) -> bool:
        """Whether the call names the partner's country for applicants, not only for partners."""
        admitted = self.of(About.COUNTRY, Effect.ALLOWS)
        allowed = self._countries(one for one in admitted if not self._as_partners(one))
        return not allowed or partner.country in allowed | self._leading()

    def _names(self, criterion: Criterion, partner: Partner) -> bool | None:
        """Whether a criterion about roles names ``partner``; None when its values are other."""
        types = {v for v in criterion.values if v in set(ApplicantType)}
        places = {v for v in criterion.values if v not in types}
        countries = {self._code(v) for v in places if self._code(v) in self.rules.countries}
        if len(types) + len(countries) < len(criterion.values) or not criterion.values:
            return None
        fits = not types or _fits(partner.type, types) is State.IN
        return fits and (not countries or partner.country in countries)

    def _countries(self, criteria: Iterable[Criterion]) -> frozenset[str]:
        return frozenset(self._code(value) for c in criteria for value in c.values)

    def _leading(self) -> frozenset[str]:
        """The countries from which the one who leads must come."""
        named = self._countries(self.of(About.ROLE, Effect.REQUIRES))
        return named.intersection(self.rules.countries)

    def _code(self, value: str) -> str:
        return self.rules.aliases.get(value.upper(), value.upper())

    def _regions(self, criteria: Iterable[Criterion], partner: Partner) -> list[str]:
        """The regions the criteria name in the partner's own country."""
        return [
            value.upper()
            for criterion in criteria
            for value in criterion.values
            if country_of(value, self.rules) == partner.country
        ]


def _fits(type_: ApplicantType, types: set[str]) -> State:
    if type_ in types or (type_ in _PUBLIC and ApplicantType.PUBLIC_BODY in types):
        return State.IN
    if ApplicantType.ANY_LEGAL_ENTITY in types and type_ is not ApplicantType.NATURAL_PERSON:
        return State.IN
    if type_ is ApplicantType.LOCAL_AUTHORITY and types & _OF_A_TOWN:
        return State.ASK
    return State.OUT


def _of_group(criteria: Sequence[Criterion], group: str) -> str:
    return next(criterion.words for criterion in criteria if criterion.group == group)


def _words(criteria: Sequence[Criterion], code: str, rules: Rules) -> str:
    """The words of the criterion that names ``code``, else of the first."""
    for criterion in criteria:
        if code in {rules.aliases.get(v.upper(), v.upper()) for v in criterion.values}:
            return criterion.words
    return criteria[0].words if criteria else ""


def _list(codes: Iterable[str]) -> str:
    return wording.joined([region_name(code) for code in codes], "or")
