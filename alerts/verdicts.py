"""What an assessment means for a partnership, in plain words: may we, who leads, what is missing.

The towns are named in the nominative and after a colon, so that no name has to be inflected.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from babel.lists import format_list

from alerts.duties import is_duty
from alerts.plain import line
from alerts.sentences import Missing, missing
from alerts.tongue import Tongue, later
from storage.domain import About, Assessment, Partnership, Result, Role, Verdict

_IF_LACKING = later("You may apply together once what is missing is found.")
_IF_CHECKED = later("You can probably apply together; a look at the conditions settles it.")
_IF_DUTIES = later("You may apply together, on the conditions named below.")

_ADVICE = re.compile(r"Let (?P<name>.+?) \([A-Z]{2}\)(?: and .+)? lead: ")
"""How an assessment says whom it had rather see lead (``classifier.assessment``)."""


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict in words; ``missing`` must be found, ``checks`` settled by a look at the call."""

    verdict: Verdict
    headline: str
    roles: str
    missing: tuple[Missing, ...] = ()
    checks: tuple[Missing, ...] = ()


def verdict(t: Tongue, assessment: Assessment, partnership: Partnership) -> Said:
    """Say what ``assessment`` means for ``partnership``; duties (``alerts.duties``) stand apart."""
    every = [missing(t, one) for one in assessment.missing if not is_duty(one)]
    lacking = tuple(one for one in every if not one.check)
    checks = tuple(one for one in every if one.check)
    refused = assessment.verdict is Verdict.NOT_ELIGIBLE
    return Said(
        assessment.verdict,
        _headline(t, assessment, partnership, lacking=bool(lacking), checks=bool(checks)),
        "" if refused else _roles(t, assessment, partnership),
        lacking,
        checks,
    )


def short(t: Tongue, found: Verdict) -> str:
    """The verdict in two or three words, for a change from one to another."""
    return {
        Verdict.ELIGIBLE: t.say("you may apply"),
        Verdict.ELIGIBLE_IF: t.say("you may apply on conditions"),
        Verdict.UNCLEAR: t.say("not clear whether you may apply"),
        Verdict.NOT_ELIGIBLE: t.say("you may not apply"),
    }[found]


def _headline(
    t: Tongue, assessment: Assessment, partnership: Partnership, *, lacking: bool, checks: bool
) -> str:
    found = assessment.verdict
    if found is Verdict.NOT_ELIGIBLE:
        return t.say("You may not apply.")
    if found is Verdict.UNCLEAR:
        return t.say("It is not clear whether you may apply.")
    names = [line(partner.name) for partner in partnership.partners]
    out = [name for name in names if _role(assessment, name) is Role.NONE]
    if out:
        rest = t_list(t, [name for name in names if name not in out])
        return t.say("Possible without one side; who may apply: {names}.", names=rest)
    if found is Verdict.ELIGIBLE:
        return t.say("You may apply together.")
    return t.say(_IF_LACKING if lacking else _IF_CHECKED if checks else _IF_DUTIES)


def _roles(t: Tongue, assessment: Assessment, partnership: Partnership) -> str:
    """Who leads and who takes part: ``Lublin should lead; partner: Trostianets``."""
    names = list(dict.fromkeys(line(partner.name) for partner in partnership.partners))
    by_role: dict[Role, list[str]] = {role: [] for role in Role}
    for name in names:
        by_role[_role(assessment, name)].append(name)
    leaders, advised = by_role[Role.LEAD], _advised(assessment)
    said: list[str] = []
    if advised in leaders and len(leaders) > 1:
        said.append(t.say("{names} should lead", names=advised))
        by_role[Role.PARTNER][:0] = [name for name in leaders if name != advised]
    elif len(leaders) == 1:
        said.append(t.say("{names} should lead", names=leaders[0]))
    elif leaders:
        said.append(t.say("any of these may lead: {names}", names=_either(t, leaders)))
    if by_role[Role.PARTNER]:
        partners = by_role[Role.PARTNER]
        named = t_list(t, partners)
        said.append(t.many("partner: {names}", "partners: {names}", len(partners), names=named))
    if by_role[Role.ASSOCIATE]:
        named = t_list(t, by_role[Role.ASSOCIATE])
        said.append(t.say("named without a share of the grant: {names}", names=named))
    if by_role[Role.UNCLEAR] and said:
        named = t_list(t, by_role[Role.UNCLEAR])
        said.append(t.say("role not clear: {names}", names=named))
    if by_role[Role.NONE]:
        said.append(t.say("may not take part: {names}", names=t_list(t, by_role[Role.NONE])))
    told = t.joined(said)
    return f"{told[0].upper()}{told[1:]}." if told else ""


def _role(assessment: Assessment, name: str) -> Role:
    roles = {line(one): role for one, role in assessment.roles.items()}
    return roles.get(name, Role.UNCLEAR)


def _advised(assessment: Assessment) -> str:
    """The partner whom the assessment had rather see lead, "" when it does not say."""
    for finding in assessment.findings:
        advice = finding.about is About.ROLE and finding.result is Result.UNKNOWN
        if advice and (found := _ADVICE.match(line(finding.explanation))):
            return found["name"]
    return ""


def t_list(t: Tongue, words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(words) < 2:  # noqa: PLR2004
        return "".join(words)
    return f"{', '.join(words[:-1])} {t.say('and')} {words[-1]}"


def _either(t: Tongue, words: Sequence[str]) -> str:
    """``a or b``, ``a, b, or c``, as each language has it."""
    return format_list(words, style="or", locale=t.locale)
