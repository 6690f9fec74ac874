"""What the rule of a call's programme says of each partner, and how far it may be trusted.

A rule speaks where the call is silent. What it knows from memory only, and what is merely a hint
(the rule of the project a sub-grant comes from), becomes a doubt, never a yes or a no.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from classifier import wording
from classifier.certainty import Certainty, weakest
from classifier.recognition import How, Recognised
from classifier.region_names import region_name
from classifier.regions import known_region, within
from classifier.rulebook import (
    ActionRule,
    Area,
    May,
    Minimum,
    ProgrammeRule,
    Rules,
    Status,
    Territory,
)
from classifier.standing import Point, State
from storage.domain import About, ApplicantType, Partner, Role

UKRAINE = "UA"
ASK_WHO = "check in the call document who may take part"
ADMITS_UKRAINE = "check whether the call admits bodies from Ukraine"
_JOINT_YES = (May.YES_LEAD, May.YES_PARTNER)
_ROLES = {
    May.YES_LEAD: Role.LEAD,
    May.YES_PARTNER: Role.PARTNER,
    May.NAMED_PARTNER: Role.ASSOCIATE,
    May.NO: Role.NONE,
}


@dataclass(frozen=True, slots=True)
class ProgrammeView:
    """The rule that speaks of one call; ``closes`` is the call's last day where it is known."""

    rules: Rules
    rule: ProgrammeRule
    seen: Recognised
    action: ActionRule | None
    closes: date | None
    cascade: bool = False

    @property
    def source(self) -> str:
        return f"rule:{self.rule.id}"

    @property
    def hint(self) -> bool:
        return self.seen.hint

    def country(self, partner: Partner) -> Point | None:
        """Whether the partner's country takes part; None where the rule is about types only."""
        if partner.country == UKRAINE:
            return self._ukraine()
        if partner.country in self.rules.eu:
            return self._eu_country(partner)
        return self._other_country(partner)

    def area(self, partner: Partner) -> Point | None:
        """Whether the partner lies in the programme area; None without one."""
        rule, who = self.rule, wording.place(partner)
        ukrainian = partner.country == UKRAINE
        area = rule.ua_regions if ukrainian else rule.eu_regions
        if area is None or area.only_for or partner.country in area.countries:
            return None
        if ukrainian and rule.answer.ua_area is not Territory.LISTED_OBLASTS:
            return None
        codes = [c for c in area.codes if ukrainian or c[:2] == _nuts_country(partner, self.rules)]
        if not codes and partner.country not in area.partly:
            return None  # the list of countries has told it already
        where = known_region(partner.region, self.rules)
        inside = None if partner.country in area.partly else within(where, codes, self.rules)
        named = region_name(where)
        if inside:
            text = f"{named} lies in the programme area."
            return self._point(About.REGION, State.IN, text, area.proof.cert)
        if inside is None:
            text = f"{rule.name} has a programme area; whether {who} lies in it is not recorded."
            missing = f"{who} must lie in {_places(area, codes, self.rules)}"
            return self._point(About.REGION, State.ASK, text, area.proof.cert, missing)
        text = f"{named} is not in the area of {rule.name}."
        missing = f"{named} is not in the programme area"
        return self._point(About.REGION, State.OUT, text, area.proof.cert, missing)

    def applicant(self, partner: Partner) -> Point:
        """Whether a body of the partner's type may take part."""
        name, may = self._name_for(partner), self._may(partner)
        who, cert = wording.place(partner), self._answer_cert(partner)
        if partner.type is not ApplicantType.LOCAL_AUTHORITY:
            state = State.ASK if may in _ROLES and may is not May.NO else State.OPEN
            text = f"The rule for {name} speaks of local authorities only, {who} is another body."
            missing = f"check whether {wording.kind(partner)} may apply"
            return self._point(About.APPLICANT, state, text, cert, missing)
        check = f"check whether {who} may apply"
        if may in _ROLES and may is not May.NO:
            roles = {
                May.YES_LEAD: f"Local authorities such as {who} may apply in {name}.",
                May.YES_PARTNER: f"Local authorities such as {who} may be partners in {name}.",
                May.NAMED_PARTNER: f"In {name} {who} is named as partner, without a grant.",
            }
            return self._known(partner, roles[may], cert, check)
        joint = self.rule.answer.both in _JOINT_YES and not self._own_action(partner)
        if may is May.YES_ROLE_UNCLEAR and joint:
            text = (
                f"Local authorities such as {who} may take part in {name}; in which role differs."
            )
            return self._known(partner, text, cert, check)
        if may is May.NO and self._ukraine_is_out(partner):
            may = May.UNKNOWN  # the country was the reason; of the type nothing is known
        if may is May.NO:
            text = f"{name} is not for local authorities such as {who}."
            return self._point(About.APPLICANT, State.OUT, text, cert)
        known = self.rule.local_authorities
        listed = known.ua if partner.country == UKRAINE else known.eu
        if may is May.IF_LISTED and {"lead", "partner"} & set(listed) and known.proof.cert.firm:
            text = f"Local authorities may take part in {name} where their country is admitted."
            return self._point(About.APPLICANT, State.IN, text, known.proof.cert)
        texts = {
            May.YES_ROLE_UNCLEAR: f"{name} leaves it to each call which bodies may apply.",
            May.IF_LISTED: f"Who may apply in {name} is said in each call.",
            May.BENEFICIARY_ONLY: f"In {name} a local authority is helped, but does not apply.",
        }
        text = texts.get(may, f"Whether local authorities may take part in {name} is not known.")
        own = self._own_action(partner)  # what else to check in the programme is not asked of it
        if own and self.action and self.action.note:
            text += f" Note: {self.action.note}."
        return self._point(About.APPLICANT, State.OPEN, text, cert, check, by_rule=not own)

    def _known(self, partner: Partner, text: str, cert: Certainty, check: str) -> Point:
        """That towns may, as far as it is known that the programme is for them at all."""
        known = self.rule.local_authorities.proof.cert
        if known.firm or self._own_action(partner) or not self.certainty(cert).firm:
            return self._point(About.APPLICANT, State.IN, text, cert)
        text = f"{text} That towns are among those who may is known from memory only."
        return self._point(About.APPLICANT, State.ASK, text, cert, check)

    def associated(self, partner: Partner) -> Point | None:
        """Whether Ukraine is one of the countries associated to the programme, which a call admits.

        That is so of the whole fund, however little else is known of the call.
        """
        rule, standing = self.rule, self.rule.ukraine
        firm = standing.status is Status.ASSOCIATED and standing.proof.cert.firm
        early = standing.since and self.closes and self.closes < standing.since
        if partner.country != UKRAINE or not firm or early:
            return None
        text = f"The call admits countries associated to {rule.name}, and Ukraine is one."
        cert = (
            weakest((standing.proof.cert, Certainty.LIKELY)) if self.hint else standing.proof.cert
        )
        return Point(About.COUNTRY, State.IN, text, rule.why, self.source, cert)

    def role(self, partner: Partner) -> Role:
        """What the rule lets the partner be; leading known from memory only is not promised."""
        if self.hint or partner.type is not ApplicantType.LOCAL_AUTHORITY:
            return Role.UNCLEAR
        role = _ROLES.get(self._may(partner), Role.UNCLEAR)
        if role is not Role.LEAD or partner.country in self.rules.eu:
            return role
        lead_cert = self.rule.answer.ua_lead_cert
        known = partner.country == UKRAINE and lead_cert is not None and lead_cert.firm
        return Role.LEAD if known else Role.PARTNER

    def minimum(self) -> Minimum:
        """The smallest consortium for this type of action."""
        if self.action is not None and self.action.minimum.known:
            return self.action.minimum
        return self.rule.minimum

    def certainty(self, *parts: Certainty) -> Certainty:
        return weakest((self.seen.certainty, *parts))

    def _may(self, partner: Partner) -> May:
        answer, action = self.rule.answer, self.action
        if self._like_ukraine(partner):
            return (action and action.ua_la) or answer.ua_la
        return (action and action.eu_la) or answer.eu_la

    def _answer_cert(self, partner: Partner) -> Certainty:
        """How sure ``_may`` is."""
        if self.action and self._own_action(partner):
            return self.action.minimum.proof.cert
        return self.rule.answer.proof.cert

    def _own_action(self, partner: Partner) -> bool:
        """Whether the type of action has an answer of its own for the partner's side."""
        action = self.action
        own = action and (action.ua_la if self._like_ukraine(partner) else action.eu_la)
        return own is not None

    def _name_for(self, partner: Partner) -> str:
        if self.action and self._own_action(partner):
            return f"{self.rule.name} ({self.action.action})"
        return self.rule.name

    def _like_ukraine(self, partner: Partner) -> bool:
        """Whether a partner from outside the EU stands where Ukraine does: in the same group."""
        if partner.country in self.rules.eu:
            return False
        groups = [self.rules.groups[name] for name in self.rule.groups or ()]
        return partner.country == UKRAINE or any(UKRAINE in group.members for group in groups)

    def _ukraine_is_out(self, partner: Partner) -> bool:
        return partner.country == UKRAINE and self.rule.ukraine.status is Status.NOT_ELIGIBLE

    def _ukraine(self) -> Point:
        rule, standing = self.rule, self.rule.ukraine
        may = (self.action and self.action.ua_la) or rule.answer.ua_la
        cert = standing.proof.cert
        if standing.since and self.closes and self.closes < standing.since:
            text = f"Ukraine counts in {rule.name} from {standing.since}; this call closed before."
            return self._point(About.COUNTRY, State.OUT, text, cert)
        if self.action and self.action.ua_la not in (None, May.YES_ROLE_UNCLEAR):
            cert = self.action.minimum.proof.cert
        if standing.status is Status.NOT_ELIGIBLE or (self.action and may is May.NO):
            text = f"Ukraine does not take part in {rule.name}."
            return self._point(
                About.COUNTRY, State.OUT, text, weakest((cert, rule.answer.proof.cert))
            )
        check = ADMITS_UKRAINE
        if standing.status is Status.UNKNOWN or may is May.UNKNOWN:
            text = f"Whether Ukraine takes part in {rule.name} is not known."
            return self._point(About.COUNTRY, State.OPEN, text, cert, check)
        if may is May.IF_LISTED or standing.status is Status.THIRD_COUNTRY_IF_LISTED:
            text = f"Ukraine takes part in {rule.name} only where the call says so."
            return self._point(About.COUNTRY, State.OPEN, text, cert, check)
        if standing.status is Status.VIA_EU_PARTNER_ONLY:
            text = f"{rule.name} is for work with towns of countries such as Ukraine."
        elif standing.status is Status.THIRD_COUNTRY_PARTNER_ONLY:
            text = f"Bodies from Ukraine may join {rule.name} as partners."
        else:
            text = f"Ukraine takes part in {rule.name}."
        return self._point(About.COUNTRY, State.IN, text, cert)

    def _eu_country(self, partner: Partner) -> Point | None:
        rule, answer = self.rule, self.rule.answer
        here = wording.country(partner.country, self.rules)
        if partner.country in answer.eu_countries:
            text = f"{here} takes part in {rule.name}."
            if answer.eu_la is May.IF_LISTED:
                return None
            return self._point(About.COUNTRY, State.IN, text, answer.proof.cert)
        if not answer.eu_countries:
            return None
        list_ = wording.countries(answer.eu_countries, self.rules)
        text = f"On the EU side {rule.name} is for {list_}, not for {here}."
        missing = f"a partner from {list_}"
        return self._point(About.COUNTRY, State.OUT, text, answer.proof.cert, missing)

    def _other_country(self, partner: Partner) -> Point:
        """A partner outside the EU: in a group of the programme, or not known.

        Only the group of a programme area is a closed list; the others may have grown since.
        """
        rule, code = self.rule, partner.country
        here = wording.country(code, self.rules)
        groups = [self.rules.groups[name] for name in rule.groups or ()]
        missing = f"check whether {here} takes part in {rule.name}"
        for group in groups:
            if code in group.members - group.uncertain:
                text = f"{here} takes part in {rule.name}."
                cert = weakest((group.proof.cert, rule.answer.proof.cert))
                return self._point(About.COUNTRY, State.IN, text, cert, missing)
        cert = weakest((rule.answer.proof.cert, *(group.proof.cert for group in groups)))
        uncertain = any(code in group.uncertain for group in groups)
        closed = bool(groups) and rule.eu_regions is not None
        if closed and not uncertain:
            text = f"{here} does not belong to {rule.name}."
            return self._point(About.COUNTRY, State.OUT, text, cert)
        text = f"Whether {here} takes part in {rule.name} is not known."
        return self._point(About.COUNTRY, State.OPEN, text, rule.answer.proof.cert, missing)

    def _point(  # noqa: PLR0913 - a point has many sides
        self,
        about: About,
        state: State,
        text: str,
        cert: Certainty,
        missing: str | None = None,
        *,
        by_rule: bool = True,
    ) -> Point:
        """A point of the rule; without firm ground a yes or a no is only a doubt.

        ``by_rule``: what the rule wants checked takes the place of ``missing``.
        """
        cert = self.certainty(cert)
        if self.hint:
            reserve = _CASCADE if self.cascade else _RESERVE[self.seen.how]
            state, text, missing = State.OPEN, f"{text} {reserve}", ASK_WHO
        elif not cert.firm:
            known = "Nobody has checked this." if cert is Certainty.UNKNOWN else _FROM_MEMORY
            state, text = State.OPEN, f"{text} {known}"
            missing = ASK_WHO if by_rule else missing
        if state is State.OPEN and self.rule.check and not self.hint and by_rule:
            missing = f"check in the call document {self.rule.check}"
        return Point(about, state, text, self.rule.why, self.source, cert, missing)


_FROM_MEMORY = "This is known from memory only."
_CASCADE = "This is only a hint: whoever hands this money on sets the conditions."
_RESERVE = {
    How.IDENTIFIER: "This is only a hint: how the call was recognised is not sure.",
    How.TITLE: "This is only a hint: the title speaks of several programmes.",
    How.PROGRAMME: "This is only a hint: the fund has several strands.",
}


def _nuts_country(partner: Partner, rules: Rules) -> str:
    return next(
        (nuts for nuts, iso in rules.aliases.items() if iso == partner.country), partner.country
    )


def _places(area: Area, codes: Sequence[str], rules: Rules) -> str:
    """``Volyn Oblast (UA-07) or Lviv Oblast (UA-46)``, ``lubelskie (PL81) or …``."""
    names = [region_name(c) if c in rules.oblasts else f"{area.codes[c]} ({c})" for c in codes]
    return wording.joined(names, "or") or "the part of its country that belongs to the programme"
