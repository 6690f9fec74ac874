"""The nouns of the rules: programmes, who may take part, minima, groups of countries, oblasts.

``classifier.loading`` builds them from the files in ``classifier/rules``, where every field is
explained for the officers who edit it (docs/programmes.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from classifier.certainty import Certainty


class Status(StrEnum):
    """How Ukraine stands to a programme."""

    ASSOCIATED = "associated"
    THIRD_COUNTRY_PARTNER_ONLY = "third_country_partner_only"
    THIRD_COUNTRY_IF_LISTED = "third_country_if_listed"
    PROGRAMME_AREA_ONLY = "programme_area_only"
    PROGRAMME_PARTNER_WHOLE_COUNTRY = "programme_partner_whole_country"
    DIRECT_BENEFICIARY = "direct_beneficiary"
    VIA_EU_PARTNER_ONLY = "via_eu_partner_only"
    NOT_ELIGIBLE = "not_eligible"
    UNKNOWN = "unknown"


class May(StrEnum):
    """What a local authority may be in an application."""

    YES_LEAD = "yes_lead"
    YES_PARTNER = "yes_partner"
    YES_ROLE_UNCLEAR = "yes_role_unclear"  # the country may; the call says which bodies
    IF_LISTED = "if_listed"  # only where the call says so
    NAMED_PARTNER = "named_partner"  # named in the project, without a grant of its own
    BENEFICIARY_ONLY = "beneficiary_only"  # helped through another body, applies for nothing
    NO = "no"
    UNKNOWN = "unknown"


class Territory(StrEnum):
    """Where in Ukraine a local authority must lie."""

    WHOLE_COUNTRY = "whole_country"
    LISTED_OBLASTS = "listed_oblasts"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Proof:
    """How sure a part of a rule is, and the ids of the sources that say so."""

    cert: Certainty
    src: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a call of the programme looks like.

    ``identifier`` decides. ``titles`` count for a programme without an identifier, or beside a
    ``code`` or ``programme_ids`` that names the programme; codes and ids alone are only a hint.
    """

    identifier: re.Pattern[str] | None
    titles: tuple[re.Pattern[str], ...]
    codes: tuple[str, ...]
    programme_ids: tuple[str, ...]
    proof: Proof
    title_required: bool = False


@dataclass(frozen=True, slots=True)
class Ukraine:
    """Ukraine's standing: a call that closed before ``since`` did not count Ukraine in."""

    status: Status
    since: date | None
    since_kind: str | None
    until: date | None
    proof: Proof


@dataclass(frozen=True, slots=True)
class LocalAuthorities:
    """The roles that local authorities of both sides are known to have."""

    ua: tuple[str, ...]
    eu: tuple[str, ...]
    proof: Proof


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a Ukrainian, an EU local authority, and both in one application, may take part.

    ``eu_countries`` are the countries whose local authorities count as the EU side.
    ``ua_lead_cert`` says how sure it is that the Ukrainian side may lead.
    """

    ua_la: May
    eu_la: May
    both: May
    ua_lead_cert: Certainty | None
    eu_countries: frozenset[str]
    ua_area: Territory
    proof: Proof
    whole_eu: bool = False


@dataclass(frozen=True, slots=True)
class Minimum:
    """The smallest consortium; a number that is not known is None.

    ``eu_states`` counts partners from the countries of the EU side (``Answer.eu_countries``).
    """

    entities: int | None
    countries: int | None
    eu_states: int | None
    proof: Proof

    @property
    def known(self) -> bool:
        return self.entities is not None or self.countries is not None


@dataclass(frozen=True, slots=True)
class Share:
    """How much of the costs the programme pays, in per cent."""

    lowest: int | None
    highest: int | None
    lump_sum: bool
    proof: Proof


@dataclass(frozen=True, slots=True)
class Sum:
    """Usual size of one grant in EUR."""

    lowest: int | None
    highest: int | None
    proof: Proof


@dataclass(frozen=True, slots=True)
class Hour:
    """When calls of the programme close on their last day."""

    hour: str
    zone: str
    proof: Proof


@dataclass(frozen=True, slots=True)
class Period:
    """The days between which the rule says anything; None is open."""

    start: date | None
    end: date | None
    proof: Proof


@dataclass(frozen=True, slots=True)
class Area:
    """Places of a programme area: whole countries, NUTS or ISO 3166-2 codes with their names.

    ``partly``: countries of which only unlisted parts belong. ``only_for``: the one call the area
    was made for.
    """

    codes: Mapping[str, str]
    proof: Proof
    countries: frozenset[str] = frozenset()
    partly: frozenset[str] = frozenset()
    if_justified: tuple[str, ...] = ()
    only_for: str | None = None


@dataclass(frozen=True, slots=True)
class ActionRule:
    """What differs for one type of action of a programme; None: as the programme says."""

    action: str
    types: tuple[re.Pattern[str], ...]
    identifier: re.Pattern[str] | None
    titles: tuple[re.Pattern[str], ...]
    ua_la: May | None
    eu_la: May | None
    minimum: Minimum
    pays: Share | None
    note: str | None


@dataclass(frozen=True, slots=True)
class ProgrammeRule:
    """One programme. ``why`` and ``check`` are short enough for a letter to a town."""

    id: str
    name: str
    parent: str | None
    why: str
    check: str | None
    chapter: str
    match: Recognition
    groups: tuple[str, ...] | None
    ukraine: Ukraine
    local_authorities: LocalAuthorities
    answer: Answer
    minimum: Minimum
    pair: bool | None
    pair_cert: Certainty
    actions: tuple[ActionRule, ...]
    pays: Share | None
    grant: Sum | None
    closes: Hour | None
    valid: Period
    ua_regions: Area | None
    eu_regions: Area | None


@dataclass(frozen=True, slots=True)
class Group:
    """Countries that calls name together; nobody should decide on the ``uncertain`` ones."""

    id: str
    name: str
    members: frozenset[str]
    uncertain: frozenset[str]
    as_of: date | None
    until: date | None
    proof: Proof


@dataclass(frozen=True, slots=True)
class Oblast:
    """A first-level unit of Ukraine by its ISO 3166-2 code and the KATOTTG's first two digits."""

    code: str
    katottg: str
    name: str
    name_uk: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A part of a call's conditions; ``decides``: it says who may take part."""

    pattern: re.Pattern[str]
    decides: bool


class Doubt(StrEnum):
    """What an unread sentence does to a verdict."""

    HIGH = "high"  # unclear
    LOW = "low"  # one more thing to check
    NONE = "none"  # only shown


@dataclass(frozen=True, slots=True)
class Telling:
    """A sentence with a known meaning; ``say`` tells it with the sentence as ``{words}``.

    ``even_read``: it counts although the reader took a criterion from the sentence. ``reopens``:
    beside it no list of countries shuts anybody out.
    """

    id: str
    pattern: re.Pattern[str]
    doubt: Doubt
    say: str
    proof: Proof
    even_read: bool = False
    reopens: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """How sentences that no reader has understood are looked at. Equal only to itself: a key."""

    headings: tuple[Heading, ...]
    pointers: tuple[re.Pattern[str], ...]
    limits: re.Pattern[str]
    harmless: tuple[re.Pattern[str], ...]
    telling: tuple[Telling, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was read."""

    id: str
    address: str
    date: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """Everything an assessment rests on, read-only. Equal only to itself: a key of caches."""

    programmes: Mapping[str, ProgrammeRule]
    groups: Mapping[str, Group]
    countries: Mapping[str, str]
    aliases: Mapping[str, str]
    oblasts: Mapping[str, Oblast]
    phrases: Phrases
    sources: Mapping[str, Source] = field(default_factory=dict)

    @property
    def eu(self) -> frozenset[str]:
        """The Member States of the EU."""
        return self.groups["eu27"].members

    def depth(self, programme: str) -> int:
        """How many parents a programme has."""
        parent = self.programmes[programme].parent
        return 0 if parent is None else 1 + self.depth(parent)

    def related(self, one: str, other: str) -> bool:
        """Whether two programmes are the same or one is an ancestor of the other."""
        return other in self.line(one) or one in self.line(other)

    def line(self, programme: str) -> tuple[str, ...]:
        """The programme and its parents, the nearest first."""
        parent = self.programmes[programme].parent
        return (programme,) if parent is None else (programme, *self.line(parent))
