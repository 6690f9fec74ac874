"""May these towns apply together, who leads, and what is missing: a call held against partners.

The call's own criteria win; where it is silent the rule of its programme speaks; where neither
speaks the answer is "unclear". The verdicts, from the best:

``eligible``      everything needed is known and met
``eligible_if``   yes, if what ``missing`` names is found, so or checked
``unclear``       nobody knows whether the Ukrainian side, or enough partners, may take part
``not_eligible``  the call's words, or a rule that is sure or likely, shut the partnership out

An unknown never becomes a "no", and what is known from memory only never a plain "eligible".
What no reader has understood (``unread``) may lower a verdict to "unclear" and never to a "no".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from classifier import wording
from classifier.certainty import Certainty, weakest
from classifier.own_words import OwnWords
from classifier.programme_choice import Silence, programme_view
from classifier.programme_view import ADMITS_UKRAINE, ASK_WHO, UKRAINE, ProgrammeView
from classifier.rulebook import May, Rules, Status
from classifier.standing import CALL, Point, Standing, State
from classifier.together import (
    falls_short,
    minimum_point,
    own_points,
    says_how_many,
    unread_points,
)
from classifier.unread import read_unread
from storage.domain import (
    About,
    Assessment,
    Call,
    Finding,
    Partner,
    Partnership,
    Result,
    Role,
    Verdict,
)

_PARTNERS_ONLY = (Status.THIRD_COUNTRY_PARTNER_ONLY, Status.PROGRAMME_PARTNER_WHOLE_COUNTRY)
_LEADERS = (Role.LEAD, Role.UNCLEAR)
_BESIDE_THE_VERDICT = (About.ROLE, About.COFINANCING)


def assess(call: Call, partnership: Partnership, rules: Rules, now: datetime) -> Assessment:
    """``call`` against ``partnership`` at ``now`` (aware)."""
    partners = tuple(_tidy(partner, rules) for partner in partnership.partners)
    own = OwnWords(call.eligibility.criteria, partners, rules)
    found = programme_view(call, rules, now)
    view = found if isinstance(found, ProgrammeView) else None
    understood = tuple(criterion.words for criterion in call.eligibility.criteria)
    unread = read_unread(rules.phrases, call.eligibility.unread, understood)
    standings = [_stand(partner, own, view) for partner in partners]
    if unread.names_ukraine:
        _reopen(standings)
    if unread.reopens:
        _reopen_lists(standings)
    _give_roles(standings, own, view)
    rest = [standing.partner for standing in standings if not standing.out]
    common = own_points(own, rest)
    if view is not None and not view.hint and rest and not says_how_many(own):
        common.append(minimum_point(view, rest, rules))
    common += [*_joint(standings, own, view), *_without(standings, own, view)]
    if not any(point.state is State.OUT for point in common):  # of a "no" it would be no reason
        common += _lead(standings)
    common += unread_points(unread)
    verdict = _verdict(standings, common, own, view)
    points = [*(point for standing in standings for point in standing.points), *common]
    findings = [point.finding() for point in points]
    if isinstance(found, Silence) and not own.of(About.COUNTRY):
        findings.append(_silence(found))
    if view is not None and not view.hint:
        findings += _beside(view, standings, own)
    return Assessment(
        verdict=verdict,
        roles=_roles(standings),
        missing=_missing(points, verdict),
        findings=tuple(dict.fromkeys(findings)),
    )


def weakest_finding(assessment: Assessment) -> Finding | None:
    """The finding on which the verdict rests least firmly; None without findings.

    Who should lead and what the grant pays stand beside the verdict and do not count; for a "no"
    only what shuts the towns out counts.
    """
    counting = [f for f in assessment.findings if f.about not in _BESIDE_THE_VERDICT]
    if assessment.verdict is Verdict.NOT_ELIGIBLE:
        counting = [f for f in counting if f.result is Result.NOT_MET]
    order = list(Certainty)
    return max(counting, key=lambda f: order.index(Certainty(f.certainty)), default=None)


def confidence(assessment: Assessment) -> str:
    """One sentence on how firm the verdict is and where it is weakest."""
    finding = weakest_finding(assessment)
    if finding is None:
        return "Nothing is known of who may apply."
    told = {
        Certainty.STATED: "All of it is said by the call itself.",
        Certainty.SURE: "All of it was read in a source, and no other contradicts it.",
        Certainty.LIKELY: "The weakest point is likely, not sure: ",
        Certainty.MEMORY: "The weakest point is known from memory only: ",
        Certainty.UNKNOWN: "The weakest point is not known: ",
    }[Certainty(finding.certainty)]
    return told + finding.explanation if told.endswith(" ") else told


def _tidy(partner: Partner, rules: Rules) -> Partner:
    code = partner.country.strip().upper()
    return replace(partner, country=rules.aliases.get(code, code))


def _stand(partner: Partner, own: OwnWords, view: ProgrammeView | None) -> Standing:
    """What is found about one partner: the call's words first, then the rule."""
    standing = Standing(partner)
    country, applicant, region = own.country(partner), own.applicant(partner), own.region(partner)
    stated = country is not None
    if view is not None:
        if country is None and own.admits_associated:
            country = view.associated(partner)
        country = country or view.country(partner)
        region = region or view.area(partner)
        if applicant is None and not (stated and view.hint):
            applicant = view.applicant(partner)
    elif country is None:
        who = wording.place(partner)
        text = f"Neither the call nor a rule says whether {who} may take part."
        country = Point(
            About.COUNTRY, State.OPEN, text, certainty=Certainty.UNKNOWN, missing=ASK_WHO
        )
    if applicant is None and stated:
        text = f"The call does not say whether {wording.kind(partner)} may apply."
        missing = f"check whether {wording.kind(partner)} may apply: the call does not say"
        applicant = Point(
            About.APPLICANT, State.ASK, text, certainty=Certainty.UNKNOWN, missing=missing
        )
    standing.points = [point for point in (country, region, applicant) if point is not None]
    return standing


def _reopen(standings: Sequence[Standing]) -> None:
    """Let no rule say no to a hromada where the call speaks of Ukraine in words nobody has read."""
    for standing in standings:
        if standing.partner.country == UKRAINE:
            standing.points = [
                replace(point, state=State.OPEN, missing=ADMITS_UKRAINE)
                if point.state is State.OUT and point.source != CALL
                else point
                for point in standing.points
            ]


def _reopen_lists(standings: Sequence[Standing]) -> None:
    """Let no list of countries say no where the call admits others when it needs them."""
    for standing in standings:
        standing.points = [
            replace(point, state=State.OPEN, missing=ASK_WHO)
            if point.about is About.COUNTRY and point.state is State.OUT and point.source == CALL
            else point
            for point in standing.points
        ]


def _give_roles(standings: Sequence[Standing], own: OwnWords, view: ProgrammeView | None) -> None:
    for standing in standings:
        partner = standing.partner
        leads = own.may_lead(partner)
        role = view.role(partner) if view is not None else Role.UNCLEAR
        stated = [p for p in standing.points if p.source == CALL and p.state is State.IN]
        decided = {point.about for point in stated} >= {About.COUNTRY, About.APPLICANT}
        if standing.out:
            role = Role.NONE
        elif standing.state is State.OPEN:
            role = Role.UNCLEAR
        elif leads is not None:
            role = Role.LEAD if leads else Role.PARTNER
        elif not own.applicants_named(partner):
            role = Role.PARTNER
        elif decided and role in (Role.UNCLEAR, Role.NONE):
            joins = (
                view is not None
                and partner.country == UKRAINE
                and view.rule.ukraine.status in _PARTNERS_ONLY
            )
            role = Role.PARTNER if joins else Role.LEAD
        standing.role = role


def _joint(standings: Sequence[Standing], own: OwnWords, view: ProgrammeView | None) -> list[Point]:
    """Whether a Ukrainian and an EU town may stand in one application, by the programme's rule."""
    if view is None or view.hint or own.of(About.COUNTRY) or own.of(About.CONSORTIUM):
        return []
    sides = [s for s in standings if s.state <= State.ASK]
    ukrainian = [s for s in sides if s.partner.country == UKRAINE]
    european = [s for s in sides if s.partner.country in own.rules.eu]
    answer, name = view.rule.answer, view.rule.name
    if not ukrainian or not european or answer.both in (May.YES_LEAD, May.YES_PARTNER):
        return []
    cert, why, source = view.certainty(answer.proof.cert), view.rule.why, view.source
    about = About.CONSORTIUM
    if answer.both is not May.NO:
        text = f"Whether both sides may stand in one application of {name} is not known."
        missing = "check whether both towns may stand in one application"
        return [Point(about, State.OPEN, text, why, source, cert, missing)]
    text = f"In {name} a Ukrainian and an EU town cannot stand in one application."
    alone = next((s for s in ukrainian if s.role is Role.LEAD), None)
    if alone is None or (view.minimum().entities or 1) > 1:
        return [Point(about, State.OUT, text, why, source, cert)]
    missing = f"{wording.place(alone.partner)} applies by itself"
    return [Point(about, State.ASK, text, why, source, cert, missing)]


def _without(
    standings: Sequence[Standing], own: OwnWords, view: ProgrammeView | None
) -> list[Point]:
    """What remains when some partners are shut out: a smaller group, one side, or nothing."""
    out = [s for s in standings if s.out]
    rest = [s for s in standings if not s.out]
    if not out or not rest:
        return []
    worst = [point for s in out for point in s.points if point.state is State.OUT]
    source, cert = worst[0].source, weakest(point.certainty for point in worst)
    gone, left = _places(out), _places(rest)
    text, missing = f"{gone} cannot take part.", f"apply without {gone}"
    if len({s.partner.country for s in rest}) == 1:
        missing = f"{left} applies without {gone}"
        if not _alone(rest, own, view):
            text = f"{text} {left} alone is not enough."
            return [Point(About.CONSORTIUM, State.OUT, text, "", source, cert)]
    return [Point(About.OTHER, State.ASK, text, "", source, cert, missing)]


def _alone(standings: Sequence[Standing], own: OwnWords, view: ProgrammeView | None) -> bool:
    """Whether these could apply by themselves, as far as a minimum is known."""
    partners = [standing.partner for standing in standings]
    return any(s.role in _LEADERS for s in standings) and not falls_short(own, view, partners)


def _lead(standings: Sequence[Standing]) -> list[Point]:
    rest = [s for s in standings if not s.out]
    if not rest or any(s.role in _LEADERS for s in rest):
        return []
    text = "None of the partners may lead."
    return [Point(About.ROLE, State.LACK, text, missing="a partner that may lead")]


def _verdict(
    standings: Sequence[Standing],
    common: Sequence[Point],
    own: OwnWords,
    view: ProgrammeView | None,
) -> Verdict:
    points = [*(point for s in standings for point in s.points), *common]
    hromadas = [s for s in standings if s.partner.country == UKRAINE]
    if all(s.out for s in hromadas or standings) or any(p.state is State.OUT for p in common):
        return Verdict.NOT_ELIGIBLE
    settled = [s for s in standings if s.state <= State.ASK]
    doubted = [s for s in standings if s.state is State.OPEN]
    if doubted and not _enough(settled, own, view, needs_hromada=bool(hromadas)):
        return Verdict.UNCLEAR
    if any(point.state is State.OPEN for point in common):
        return Verdict.UNCLEAR
    clear = not doubted and all(point.state is State.IN for point in points)
    return Verdict.ELIGIBLE if clear else Verdict.ELIGIBLE_IF


def _enough(
    settled: Sequence[Standing], own: OwnWords, view: ProgrammeView | None, *, needs_hromada: bool
) -> bool:
    """Whether those of whom enough is known can apply without waiting for the others."""
    countries = {s.partner.country for s in settled}
    if not settled or (needs_hromada and UKRAINE not in countries):
        return False
    return len(countries) > 1 or _alone(settled, own, view)


def _roles(standings: Sequence[Standing]) -> dict[str, Role]:
    """A role for each name; two partners of one name and different roles are unclear."""
    roles: dict[str, Role] = {}
    for standing in standings:
        name, role = standing.partner.name, standing.role
        roles[name] = role if roles.get(name, role) is role else Role.UNCLEAR
    return roles


def _missing(points: Sequence[Point], verdict: Verdict) -> tuple[str, ...]:
    """What would turn the verdict into a plain yes; for a "no", what shuts the towns out."""
    states = [State.OUT] if verdict is Verdict.NOT_ELIGIBLE else [State.LACK, State.ASK, State.OPEN]
    return tuple(dict.fromkeys(p.missing for p in points if p.state in states and p.missing))


def _silence(silence: Silence) -> Finding:
    return Finding(
        About.OTHER, Result.UNKNOWN, silence.explanation, "", silence.source, Certainty.UNKNOWN
    )


def _beside(view: ProgrammeView, standings: Sequence[Standing], own: OwnWords) -> list[Finding]:
    """What stands beside the verdict: who had better lead, and what the programme pays."""
    found: list[Finding] = []
    why, source, answer = view.rule.why, view.source, view.rule.answer
    leaders = [s for s in standings if s.role is Role.LEAD and s.partner.country != UKRAINE]
    hromadas = [s for s in standings if s.partner.country == UKRAINE and not s.out]
    sure = answer.ua_lead_cert in (None, Certainty.SURE)
    if leaders and hromadas and not sure and answer.ua_la is May.YES_LEAD:
        cert = answer.ua_lead_cert or Certainty.UNKNOWN
        how = "is likely, not sure" if cert.firm else "is known from memory only"
        text = f"Let {_places(leaders[:1])} lead: that {_places(hromadas)} may lead {how}."
        found.append(Finding(About.ROLE, Result.UNKNOWN, text, why, source, cert))
    pays = (view.action and view.action.pays) or view.rule.pays
    if pays and pays.proof.cert.firm and pays.highest and not own.of(About.COFINANCING):
        share = f"{pays.lowest} to {pays.highest}" if pays.lowest else f"up to {pays.highest}"
        share = str(pays.highest) if pays.lowest == pays.highest else share
        text = f"{view.rule.name} pays {share} % of the costs; the rest is an own share."
        result = Result.MET if pays.lowest == 100 else Result.UNKNOWN  # noqa: PLR2004
        found.append(Finding(About.COFINANCING, result, text, why, source, pays.proof.cert))
    return found


def _places(standings: Sequence[Standing]) -> str:
    return wording.joined([wording.place(standing.partner) for standing in standings])
