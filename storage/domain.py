"""The nouns of Bridges of Trust: what a call, a deadline, a partnership or a harvest is.

Standard library only, no input or output: every room may import this module, and it imports none
of them. The words follow docs/glossary in README.md; the JSON forms are in ``storage.exchange``.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

BRUSSELS = "Europe/Brussels"

YEARS = range(1900, 3000)
"""The years a date can lie in."""

_FULL_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_YEARLESS = re.compile(r"--\d{2}-\d{2}")


class Kind(StrEnum):
    """What a call offers."""

    GRANT = "grant"
    EXTERNAL_ACTION = "external_action"
    CASCADE = "cascade"  # sub-grants handed on by a funded project
    COOPERATION = "cooperation"  # partner search, twinning, training offers
    TENDER = "tender"


class Status(StrEnum):
    """Where a call stands at one moment; computed by ``storage.status``, never stored."""

    FORTHCOMING = "forthcoming"
    OPEN = "open"
    CLOSING = "closing"  # 14 days or less to the next deadline
    CLOSED = "closed"
    ROLLING = "rolling"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


class DeadlineKind(StrEnum):
    """What has to be submitted by a deadline."""

    SINGLE = "single"
    STAGE = "stage"
    CUT_OFF = "cut_off"
    CONCEPT_NOTE = "concept_note"
    FULL_PROPOSAL = "full_proposal"
    ROLLING = "rolling"
    TO_BE_ANNOUNCED = "to_be_announced"


class ApplicantType(StrEnum):
    """Who may apply: the closed list used by criteria, partners and programme rules."""

    LOCAL_AUTHORITY = "local_authority"
    REGIONAL_AUTHORITY = "regional_authority"
    ASSOCIATION_OF_LOCAL_AUTHORITIES = "association_of_local_authorities"
    PUBLIC_BODY = "public_body"
    MUNICIPAL_ENTERPRISE = "municipal_enterprise"
    NGO = "ngo"
    UNIVERSITY_RESEARCH = "university_research"
    COMPANY = "company"
    SCHOOL = "school"
    HOSPITAL = "hospital"
    CULTURAL_INSTITUTION = "cultural_institution"
    INTERNATIONAL_ORGANISATION = "international_organisation"
    NATURAL_PERSON = "natural_person"
    TWINNING_COMMITTEE = "twinning_committee"
    ANY_LEGAL_ENTITY = "any_legal_entity"


class About(StrEnum):
    """The subject of a criterion."""

    COUNTRY = "country"
    REGION = "region"
    APPLICANT = "applicant"
    CONSORTIUM = "consortium"
    ROLE = "role"
    COFINANCING = "cofinancing"
    GENDER = "gender"
    OTHER = "other"


class Effect(StrEnum):
    """What a criterion does."""

    ALLOWS = "allows"
    REQUIRES = "requires"
    EXCLUDES = "excludes"


class Cause(StrEnum):
    """Why a stored call changed. Only ``SOURCE`` is ever told as news."""

    SOURCE = "source"
    READER = "reader"
    OFFICER = "officer"
    LINK = "link"


class Outcome(StrEnum):
    """How a harvest ended."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"


class Verdict(StrEnum):
    """Whether a partnership may apply."""

    ELIGIBLE = "eligible"
    ELIGIBLE_IF = "eligible_if"
    UNCLEAR = "unclear"
    NOT_ELIGIBLE = "not_eligible"


class Role(StrEnum):
    """What one partner may be in an application."""

    LEAD = "lead"
    PARTNER = "partner"
    ASSOCIATE = "associate"  # named or supported, without a share of the grant
    NONE = "none"
    UNCLEAR = "unclear"


class Result(StrEnum):
    """How one criterion holds for a partnership."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


class Frequency(StrEnum):
    """How often a recipient wants a digest."""

    INSTANT = "instant"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Deadline:
    """One date by which something must be submitted, no more precise than its words.

    ``date`` is ``2026-05-31``, ``2026-05`` (only the month is said), ``--05-31`` (the year is not
    said) or None (rolling, to be announced). ``time`` is ``HH:MM`` (``24:00`` allowed) or None,
    read on the clock of ``zone`` (an IANA name). ``basis`` is ``stated``, ``assumed`` or
    ``rule:<id>``. ``recurs`` is ``yearly`` for a date that comes back every year.
    """

    kind: DeadlineKind
    date: str | None
    time: str | None = None
    zone: str = BRUSSELS
    basis: str = "stated"
    words: str = ""
    sequence: int | None = None
    recurs: str | None = None

    def __post_init__(self) -> None:
        """Refuse a date, time or zone that no calendar, clock or atlas knows (ValueError)."""
        check_date(self.date)
        check_time(self.time)
        check_zone(self.zone)

    @property
    def instant(self) -> datetime | None:
        """The moment in UTC, None unless day, month and year are all said.

        Without a stated clock it is the end (23:59:59) of that day in its zone.
        """
        return None if self.date is None else _instant(self.date, self.time, self.zone)

    @property
    def month_end(self) -> datetime | None:
        """For a month without a day: the moment in UTC when that month is over in its zone."""
        if self.date is None or not (found := _MONTH.fullmatch(self.date)):
            return None
        year, month = int(found[1]), int(found[2])
        last = date(year, month, calendar.monthrange(year, month)[1])
        return moment(last, "24:00", self.zone)


@lru_cache(maxsize=4096)  # asked again and again of the same deadlines
def _instant(said: str, clock: str | None, zone: str) -> datetime | None:
    if not _FULL_DATE.fullmatch(said):
        return None
    return moment(date.fromisoformat(said), clock or "23:59:59", zone)


@lru_cache(maxsize=4096)
def moment(day: date, clock: str, zone: str) -> datetime:
    """``clock`` (``HH:MM``, ``HH:MM:SS`` or ``24:00``) on ``day`` in ``zone``, as UTC.

    A clock that a change of summer time makes happen twice means its first occurrence.
    """
    if clock == "24:00":
        day, clock = day + timedelta(days=1), "00:00"
    local = datetime.combine(day, time.fromisoformat(clock), tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


@lru_cache(maxsize=4096)  # the same few dates, times and zones stand in every call
def check_date(value: str | None) -> None:
    """Raise ValueError unless ``value`` is None, a day, a month or a day without a year.

    A year outside ``YEARS`` is a slip or a way to say "never": it has no moment to act upon.
    """
    if value is None:
        return
    if value[:4].isdecimal() and int(value[:4]) not in YEARS:
        raise ValueError(f"{value!r} is not in a year from {YEARS.start} to {YEARS.stop - 1}")
    if _FULL_DATE.fullmatch(value):
        date.fromisoformat(value)
    elif found := _MONTH.fullmatch(value):
        date(int(found[1]), int(found[2]), 1)
    elif _YEARLESS.fullmatch(value):
        date.fromisoformat("2000" + value[1:])  # a leap year: --02-29 exists
    else:
        raise ValueError(f"{value!r} is not a date like 2026-05-31, 2026-05 or --05-31")


@lru_cache(maxsize=2048)
def check_time(value: str | None) -> None:
    """Raise ValueError unless ``value`` is None, ``24:00`` or a time like ``17:00``."""
    if value is None or value == "24:00":
        return
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError(f"{value!r} is not a time like 17:00")


@lru_cache(maxsize=1024)
def check_zone(value: str) -> None:
    """Raise ValueError unless ``value`` is a time zone of the IANA database."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:  # OSError: the name of a folder, as "Europe"
        raise ValueError(f"{value!r} is not a time zone like Europe/Kyiv") from error


@dataclass(frozen=True, slots=True)
class Programme:
    """The fund a call belongs to: its short code (``CERV``) and full name, each None if unsaid."""

    code: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition a call sets, with the words it rests on.

    ``values``: ISO 3166-1 alpha-2 countries (``group`` names the group they were written out
    from), NUTS or ISO 3166-2 regions, or ``ApplicantType`` values. ``rate`` and ``rate_min``: 0-1,
    of what ``share_of`` says (``grant`` or ``own``). ``basis``: ``stated`` or ``rule:<id>``.
    """

    about: About
    effect: Effect
    values: tuple[str, ...] = ()
    group: str | None = None
    min_partners: int | None = None
    min_countries: int | None = None
    rate: float | None = None
    rate_min: float | None = None
    share_of: str | None = None
    words: str = ""
    basis: str = "stated"


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The criteria read, and the sentences that look like conditions and were not understood."""

    criteria: tuple[Criterion, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Funding:
    """Money of a call or of one of its lots, in whole units of ``currency`` (ISO 4217)."""

    currency: str = "EUR"
    total: float | None = None
    min_grant: float | None = None
    max_grant: float | None = None
    expected_grants: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A file or page the call points to."""

    url: str
    title: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One source's record of an opportunity, as understood now.

    ``source`` and ``reference`` are its identity, written ``source:reference``; ``parent`` is a
    reference in the same source. ``opens_on`` is a date as in ``Deadline.date``. The last five
    fields are kept by ``storage`` and are empty in what a reader returns; times are UTC.
    """

    source: str
    reference: str
    title: str
    parent: str | None = None
    url: str | None = None
    summary: str | None = None
    description: str | None = None
    language: str | None = None
    kind: Kind = Kind.GRANT
    programme: Programme | None = None
    types_of_action: tuple[str, ...] = ()
    opens_on: str | None = None
    deadlines: tuple[Deadline, ...] = ()
    eligibility: Eligibility = Eligibility()
    funding: tuple[Funding, ...] = ()
    documents: tuple[Document, ...] = ()
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    version: int = 1
    withdrawn: bool = False
    opportunity: str | None = None

    @property
    def id(self) -> str:
        """``source:reference``."""
        return f"{self.source}:{self.reference}"

    def __hash__(self) -> int:
        """By identity and version: a call is the key of what was worked out from it, often."""
        return hash((self.source, self.reference, self.version))


@dataclass(frozen=True, slots=True)
class Glance:
    """What a list says of a call: a small part of it, loaded in a small part of the time.

    The fields are those of ``Call``; ``alone``: its opportunity has no other record.
    """

    source: str
    reference: str
    title: str
    programme: Programme | None
    opens_on: str | None
    deadlines: tuple[Deadline, ...]
    funding: tuple[Funding, ...]
    withdrawn: bool
    opportunity: str
    alone: bool

    @property
    def id(self) -> str:
        """``source:reference``."""
        return f"{self.source}:{self.reference}"


CONTENT_FIELDS = (
    "parent",
    "url",
    "title",
    "summary",
    "description",
    "language",
    "kind",
    "programme",
    "types_of_action",
    "opens_on",
    "deadlines",
    "eligibility",
    "funding",
    "documents",
)
"""The fields of ``Call`` that a source publishes; the rest are identity and bookkeeping."""

READABLE = frozenset(("deadlines", "eligibility", "funding"))
"""Those of them that the text of a call can state as well as a field of its own."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader understood of one version.

    ``fingerprint`` names the reader; ``unreadable`` maps a field to the words that could not be
    read (they are reported, never guessed).
    """

    call: Call
    fingerprint: str
    unreadable: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a call that changed; ``old`` and ``new`` are JSON values."""

    at: datetime
    version: int
    cause: Cause
    field: str
    old: object
    new: object


@dataclass(frozen=True, slots=True)
class Harvest:
    """One run of one source. ``finished`` is None while it runs, or after it was killed.

    ``parts``: how many records each part of the source gave (``{"type 1": 812}``);
    ``unreadable``: field to count; ``coverage``: field to the share (0-1) of items that have it;
    ``complete``: whether the absence of a call means anything; times are UTC.
    """

    source: str
    started: datetime
    finished: datetime | None = None
    requests: int = 0
    items: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    unreadable: Mapping[str, int] = field(default_factory=dict)
    coverage: Mapping[str, float] = field(default_factory=dict)
    parts: Mapping[str, int] = field(default_factory=dict)
    complete: bool = False
    outcome: Outcome | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Partner:
    """One town or body: ``country`` ISO 3166-1 alpha-2, ``region`` ISO 3166-2 or NUTS."""

    name: str
    country: str
    type: ApplicantType = ApplicantType.LOCAL_AUTHORITY
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """The grant sizes a partnership can handle, in EUR."""

    min: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets the digest of a partnership; ``consent`` says how it was given, None if not yet."""

    email: str
    language: str = "en"
    zone: str = "Europe/Kyiv"
    frequency: Frequency = Frequency.WEEKLY
    receipt: bool = True
    consent: str | None = None


@dataclass(frozen=True, slots=True)
class Partnership:
    """Two or more partners with their interests (language code to text) and recipients.

    ``threshold`` is the score (0-100) from which calls are told; None leaves it to the program.
    """

    id: str
    name: str
    partners: tuple[Partner, ...]
    interests: Mapping[str, str] = field(default_factory=dict)
    themes: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    budget: Budget | None = None
    recipients: tuple[Recipient, ...] = ()
    threshold: float | None = None

    def __hash__(self) -> int:
        """By its id; the interests, a mapping, have no hash."""
        return hash(self.id)

    def line(self, usual: float) -> float:
        """Return the score (0-100) from which calls are told: its own, or the usual one."""
        return usual if self.threshold is None else self.threshold


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion or rule held against a partnership.

    ``certainty`` is ``stated`` for the call's own words, else the certainty of the programme rule
    (``sure likely memory unknown``); ``source`` names the call or the rule (``rule:<id>``).
    """

    about: About
    result: Result
    explanation: str
    words: str = ""
    source: str = "call"
    certainty: str = "stated"


@dataclass(frozen=True, slots=True)
class Assessment:
    """A call against one partnership: verdict, a role per partner name, what is missing, why."""

    verdict: Verdict
    roles: Mapping[str, Role]
    missing: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def __hash__(self) -> int:
        """By what is mostly different; the roles, a mapping, have no hash."""
        return hash((self.verdict, self.missing))


@dataclass(frozen=True, slots=True)
class Match:
    """An opportunity for a partnership: ``score`` 0-100, the assessment and the reasons."""

    partnership: str
    opportunity: str
    call: str
    score: float
    assessment: Assessment
    reasons: tuple[str, ...] = ()
