"""The sentences an assessment speaks in: plain English that can stand in a letter to a town."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from classifier.consortium import Shortfall
from classifier.patterns import visible
from classifier.rulebook import Rules
from storage.domain import ApplicantType, Partner, Partnership

FEW = 6
LONGEST_QUOTE = 200
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

APPLICANTS = {
    ApplicantType.LOCAL_AUTHORITY: ("a local authority", "local authorities"),
    ApplicantType.REGIONAL_AUTHORITY: ("a regional authority", "regional authorities"),
    ApplicantType.ASSOCIATION_OF_LOCAL_AUTHORITIES: (
        "an association of local authorities",
        "associations of local authorities",
    ),
    ApplicantType.PUBLIC_BODY: ("a public body", "public bodies"),
    ApplicantType.MUNICIPAL_ENTERPRISE: ("a municipal enterprise", "municipal enterprises"),
    ApplicantType.NGO: ("an NGO", "NGOs"),
    ApplicantType.UNIVERSITY_RESEARCH: (
        "a university or research body",
        "universities and research bodies",
    ),
    ApplicantType.COMPANY: ("a company", "companies"),
    ApplicantType.SCHOOL: ("a school", "schools"),
    ApplicantType.HOSPITAL: ("a hospital", "hospitals"),
    ApplicantType.CULTURAL_INSTITUTION: ("a cultural institution", "cultural institutions"),
    ApplicantType.INTERNATIONAL_ORGANISATION: (
        "an international organisation",
        "international organisations",
    ),
    ApplicantType.NATURAL_PERSON: ("a person", "persons"),
    ApplicantType.TWINNING_COMMITTEE: ("a twinning committee", "twinning committees"),
    ApplicantType.ANY_LEGAL_ENTITY: ("any legal entity", "legal entities of any kind"),
}


def place(partner: Partner) -> str:
    """``Trostianets (UA)``."""
    return f"{partner.name} ({partner.country})"


def kind(partner: Partner) -> str:
    """``a local authority``."""
    return APPLICANTS[partner.type][0]


def kinds(types: Collection[str], *, last: str = "and") -> str:
    """``local authorities and NGOs``; a type nobody knows stands as it is written."""
    names = {str(t): many for t, (_, many) in APPLICANTS.items()}
    return joined(sorted(names.get(t, t) for t in types), last)


def a_kind(types: Collection[str]) -> str:
    """``a school or an NGO``."""
    names = {str(t): one for t, (one, _) in APPLICANTS.items()}
    return joined(sorted(names.get(t, t) for t in types), "or")


def joined(words: Sequence[str], last: str = "and") -> str:
    """``Poland, Romania and Slovakia``."""
    if len(words) < 2:  # noqa: PLR2004 - nothing to join
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def country(code: str, rules: Rules) -> str:
    return rules.countries.get(code, code)


def countries(codes: Collection[str], rules: Rules, last: str = "or") -> str:
    """The countries by name; a known group by its name; a long list by its codes."""
    if frozenset(codes) == rules.eu:
        return "an EU Member State" if last == "or" else "the EU Member States"
    if len(codes) <= FEW:
        return joined(sorted(country(code, rules) for code in codes), last)
    return f"one of {len(codes)} countries ({', '.join(sorted(codes))})"


def quoted(sentence: str) -> str:
    """The sentence on one line in quotation marks, cut at a word when it is long."""
    sentence = visible(sentence)
    if len(sentence) > LONGEST_QUOTE:
        sentence = sentence[:LONGEST_QUOTE].rsplit(" ", 1)[0] + " …"
    return f"“{sentence}”"


def percent(share: float) -> str:
    """``20 %`` for 0.2; half per cents stay."""
    return f"{round(share * 100, 1):g} %"


def everybody(partnership: Partnership) -> str:
    return joined([place(partner) for partner in partnership.partners])


def lacking(short: Shortfall, side: str) -> str:
    """What a consortium lacks: ``2 more partners from 2 more countries``.

    ``side`` names the countries of the EU side, as ``an EU Member State`` or ``Poland``.
    """
    more, new, home = short.entities, short.countries, short.eu_states
    if home and home >= more and home >= new:
        if side == "an EU Member State":
            return "an EU Member State partner" if home == 1 else f"{home} EU Member State partners"
        return f"one partner from {side}" if home == 1 else f"{home} more partners from {side}"
    if more <= 1 and new == 1:
        text = "one partner from another country"  # "a third country" would be one outside the EU
    elif not new:
        text = "one more partner" if more == 1 else f"{more} more partners"
    elif more > new:
        others = "another country" if new == 1 else "other countries"
        text = f"{more} more partners, {number(new)} of them from {others}"
    else:
        text = f"{new} more partners from {new} more countries"
    if home:
        return f"{text}, {number(home)} of them from {side}"
    return text


def number(count: int) -> str:
    """``two`` for 2; large numbers stay in figures."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)
