"""One programme of the rules files, from its fields to a ``ProgrammeRule``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeVar
from zoneinfo import available_timezones

from classifier.certainty import Certainty
from classifier.patterns import words_pattern
from classifier.rulebook import (
    ActionRule,
    Answer,
    Area,
    Group,
    Hour,
    LocalAuthorities,
    May,
    Minimum,
    Period,
    ProgrammeRule,
    Proof,
    Recognition,
    Share,
    Status,
    Sum,
    Territory,
    Ukraine,
)
from classifier.rulefile import Form

ROLES = (
    "lead",
    "partner",
    "affiliated",
    "associated_partner",
    "named_partner",
    "beneficiary_only",
    "only_consulted",
)
_ID = re.compile(r"[a-z][a-z0-9_]*")
_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_NUTS = re.compile(r"[A-Z]{2}[0-9A-Z]{1,3}")
_UNPROVEN = Proof(Certainty.UNKNOWN)
_NO_MATCH = Recognition(None, (), (), (), _UNPROVEN)
_NO_UKRAINE = Ukraine(Status.UNKNOWN, None, None, None, _UNPROVEN)
_NO_ROLES = LocalAuthorities((), (), _UNPROVEN)
_NO_ANSWER = Answer(
    May.UNKNOWN, May.UNKNOWN, May.UNKNOWN, None, frozenset(), Territory.NONE, _UNPROVEN
)
_NO_MINIMUM = Minimum(None, None, None, _UNPROVEN)
_ALWAYS = Period(None, None, _UNPROVEN)
_NO_PAIR: tuple[bool | None, Certainty] = (None, Certainty.UNKNOWN)
PAIR = 2
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known:
    """What the other files of the rules define, and programmes may name."""

    sources: frozenset[str]
    groups: Mapping[str, Group]
    countries: frozenset[str]
    oblasts: frozenset[str]


def programme_rule(form: Form, chapter: str, known: Known) -> ProgrammeRule:
    """The programme of ``form``; mistakes are noted there and answered with "unknown"."""

    def needed(name: str, build: Callable[[Form, Known], T], otherwise: T) -> T:
        if name not in form:
            form.missing(name, "fields with values")
        return form.part(name, lambda part: build(part, known), otherwise)

    def optional(name: str, build: Callable[[Form, Known], T]) -> T | None:
        return form.part(name, lambda part: build(part, known), None)

    name = form.text("id")
    if name and not _ID.fullmatch(name):
        form.wrong("id", name, (), "small letters, digits and _, as in interreg_danube")
    groups = None
    if "eligible_country_groups" in form:
        what = "an id of country_groups.yaml"
        groups = form.known("eligible_country_groups", known.groups, what)
    pair, pair_cert = needed("pair_is_enough", _pair, _NO_PAIR)
    rule = ProgrammeRule(
        id=name,
        name=form.text("name"),
        parent=form.maybe_text("parent"),
        why=form.text("why"),
        check=form.maybe_text("check"),
        chapter=chapter,
        match=needed("match", _recognition, _NO_MATCH),
        groups=groups,
        ukraine=needed("ukraine", _ukraine, _NO_UKRAINE),
        local_authorities=needed("local_authorities", _roles, _NO_ROLES),
        answer=needed("verdict", _answer, _NO_ANSWER),
        minimum=needed("consortium", _minimum, _NO_MINIMUM),
        pair=pair,
        pair_cert=pair_cert,
        actions=tuple(_action(entry, known) for entry in form.forms("by_action", "action")),
        pays=optional("cofinancing", _share),
        grant=optional("grant", _sum),
        closes=optional("deadline", _hour),
        valid=needed("valid", _period, _ALWAYS),
        ua_regions=optional("ua_regions", _ua_regions),
        eu_regions=optional("eu_regions", _eu_regions),
    )
    _check_sense(form, rule)
    return rule


def _proof(form: Form, known: Known) -> Proof:
    return Proof(form.certainty(), form.known("src", known.sources, "an id of sources.yaml"))


def _recognition(form: Form, known: Known) -> Recognition:
    identifier = form.pattern("identifier", any_case=False)
    if identifier is not None and not identifier.pattern.startswith("^"):
        form.wrong("identifier", identifier.pattern, (), "a pattern that begins with ^")
    return Recognition(
        identifier=identifier,
        titles=tuple(words_pattern(words) for words in form.texts("titles")),
        codes=tuple(code.casefold() for code in form.texts("codes")),
        programme_ids=form.texts("programme_ids"),
        proof=_proof(form, known),
        title_required=bool(form.truth("title_required")),
    )


def _ukraine(form: Form, known: Known) -> Ukraine:
    return Ukraine(
        status=form.choice("status", Status, Status.UNKNOWN),
        since=form.day("since"),
        since_kind=form.maybe_text("since_kind"),
        until=form.day("until"),
        proof=_proof(form, known),
    )


def _roles(form: Form, known: Known) -> LocalAuthorities:
    what = f"one of {', '.join(ROLES)}"
    return LocalAuthorities(
        ua=form.known("ua", ROLES, what),
        eu=form.known("eu", ROLES, what),
        proof=_proof(form, known),
    )


def _answer(form: Form, known: Known) -> Answer:
    whole_eu = False
    countries: frozenset[str] = frozenset()
    if "eu_la_countries" in form and form.is_word("eu_la_countries"):
        word = form.text("eu_la_countries")
        whole_eu = word == "eu27"
        if not whole_eu:
            form.wrong("eu_la_countries", word, (), "eu27 or a list of countries like [PL, RO]")
        elif "eu27" in known.groups:
            countries = known.groups["eu27"].members
    else:
        what = "eu27 or a list of countries like [PL, RO]"
        countries = frozenset(form.known("eu_la_countries", known.countries, what))
    return Answer(
        ua_la=form.choice("ua_la", May, May.UNKNOWN),
        eu_la=form.choice("eu_la", May, May.UNKNOWN),
        both=form.choice("both", May, May.UNKNOWN),
        ua_lead_cert=form.certainty("ua_lead_cert") if "ua_lead_cert" in form else None,
        eu_countries=countries,
        ua_area=form.choice("ua_la_area", Territory, Territory.NONE),
        proof=_proof(form, known),
        whole_eu=whole_eu,
    )


def _minimum(form: Form, known: Known) -> Minimum:
    return Minimum(
        entities=form.number("entities", 50),
        countries=form.number("countries", 50),
        eu_states=form.number("eu_states", 27),
        proof=_proof(form, known),
    )


def _pair(form: Form, _: Known) -> tuple[bool | None, Certainty]:
    return form.truth("value"), form.certainty()


def _action(form: Form, known: Known) -> ActionRule:
    pays = None
    if "pays" in form:
        shares = [int(text) for text in form.texts("pays") if text.isdecimal()]
        if len(shares) != PAIR or not 0 <= shares[0] <= shares[1] <= 100:  # noqa: PLR2004
            form.wrong("pays", str(shares), (), "two shares in per cent, as [70, 100]")
        else:
            proof = Proof(form.certainty("pays_cert"))
            pays = Share(shares[0], shares[1], lump_sum=False, proof=proof)
    action = ActionRule(
        action=form.text("action"),
        types=tuple(words_pattern(words) for words in form.texts("types")),
        identifier=form.pattern("identifiers", any_case=False),
        titles=tuple(words_pattern(words) for words in form.texts("titles")),
        ua_la=form.maybe_choice("ua_la", May),
        eu_la=form.maybe_choice("eu_la", May),
        minimum=_minimum(form, known),
        pays=pays,
        note=form.maybe_text("note"),
    )
    if not action.types and action.identifier is None:
        form.missing("types", "types of action, or identifiers")
    form.close()
    return action


def _share(form: Form, known: Known) -> Share:
    return Share(
        lowest=form.number("from", 100),
        highest=form.number("to", 100),
        lump_sum=bool(form.truth("lump_sum")),
        proof=_proof(form, known),
    )


def _sum(form: Form, known: Known) -> Sum:
    return Sum(form.number("from"), form.number("to"), _proof(form, known))


@cache
def _zones() -> frozenset[str]:
    """The time zones there are: to find them, a folder of six hundred files is read."""
    return frozenset(available_timezones())


def _hour(form: Form, known: Known) -> Hour:
    hour, zone = form.text("hour"), form.text("zone")
    if hour and not _HOUR.fullmatch(hour):
        form.wrong("hour", hour, (), "a time like 17:00")
    if zone and zone not in _zones():
        form.wrong("zone", zone, _zones(), "a time zone like Europe/Kyiv")
    return Hour(hour, zone, _proof(form, known))


def _period(form: Form, known: Known) -> Period:
    period = Period(form.day("from"), form.day("to"), _proof(form, known))
    if period.start and period.end and period.start > period.end:
        form.wrong("to", str(period.end), (), f"a day after {period.start}")
    return period


def _ua_regions(form: Form, known: Known) -> Area:
    what = "an oblast of oblasts.yaml, as UA-46"
    codes = form.known("codes", known.oblasts, what)
    return Area(
        codes={code: code for code in codes},
        if_justified=form.known("if_justified", known.oblasts, what),
        only_for=form.maybe_text("only_for"),
        proof=_proof(form, known),
    )


def _eu_regions(form: Form, known: Known) -> Area:
    named = form.form("nuts")
    codes: dict[str, str] = {}
    for code in named or ():
        if named is not None:
            codes[code] = named.text(code)
            if not _NUTS.fullmatch(code):
                named.wrong(code, code, (), "a NUTS code like PL81")
    what = "a country code of country_groups.yaml"
    return Area(
        codes=codes,
        countries=frozenset(form.known("countries", known.countries, what)),
        partly=frozenset(form.known("partly", known.countries, what)),
        proof=_proof(form, known),
    )


def _check_sense(form: Form, rule: ProgrammeRule) -> None:
    """Note what no single field shows: parts of the rule that contradict each other."""
    match, answer, least = rule.match, rule.answer, rule.minimum
    if not (match.identifier or match.titles or match.codes or match.programme_ids):
        form.missing("match.identifier", "an identifier, titles or codes")
    if match.title_required and not match.titles:
        form.missing("match.titles", "titles, because title_required is true")
    if answer.ua_area is Territory.LISTED_OBLASTS and rule.ua_regions is None:
        form.missing("ua_regions", "oblasts, because ua_la_area is listed_oblasts")
    if answer.eu_la in (May.YES_LEAD, May.YES_PARTNER) and not answer.eu_countries:
        form.missing("verdict.eu_la_countries", "countries, because eu_la says yes")
    if rule.pair and max(least.entities or 0, least.countries or 0) > PAIR:
        got = f"{least.entities} entities of {least.countries} countries"
        form.wrong("pair_is_enough", got, (), "a minimum that two partners can reach")
    if (
        least.entities
        and least.countries
        and least.eu_states
        and (least.eu_states > max(least.entities, least.countries))
    ):
        form.wrong("consortium", str(least.eu_states), (), "no more eu_states than partners")
