"""Partnerships and calls for the tests of the classifier: invented towns, short to write."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from storage.domain import (
    About,
    ApplicantType,
    Call,
    Criterion,
    Deadline,
    DeadlineKind,
    Effect,
    Eligibility,
    Kind,
    Partner,
    Partnership,
    Programme,
)

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
POINTERS = (
    "2. Eligible Countries: described in section 6 of the call document.",
    "3. Other Eligible Conditions: See the call document.",
)
LOCAL = ApplicantType.LOCAL_AUTHORITY


def town(
    name: str, country: str, region: str | None = None, type_: ApplicantType = LOCAL
) -> Partner:
    return Partner(name, country, type_, region)


def partnership(*partners: Partner) -> Partnership:
    return Partnership("towns", "Towns", partners)


VERBA = town("Verba", "UA", "UA-46")  # Lviv Oblast: in the area of Interreg NEXT PL-UA
STEPOVE = town("Stepove", "UA", "UA-59")  # Sumy Oblast: in no programme area
BRZOZA = town("Brzoza", "PL", "PL814")
WISLA = town("Nowa Wisła", "PL", "PL911")  # Warsaw: outside the area
AHRBERG = town("Ahrberg", "DE", "DE731")
SVETLO = town("Světlo", "CZ", "CZ064")
BREZA = town("Breza", "XK")
PAIR = partnership(STEPOVE, BRZOZA)


def call(  # noqa: PLR0913 - a call has many fields, each test sets the one it is about
    reference: str = "2026-7",
    title: str = "A call",
    *,
    kind: Kind = Kind.GRANT,
    parent: str | None = None,
    action: str | None = None,
    unread: Iterable[str] = (),
    criteria: Iterable[Criterion] = (),
    closes: str | None = "2027-03-01",
    opens: str | None = None,
    fund: Programme | None = None,
) -> Call:
    return Call(
        source="somewhere",
        reference=reference,
        title=title,
        kind=kind,
        parent=parent,
        programme=fund,
        types_of_action=(action,) if action else (),
        opens_on=opens,
        deadlines=(Deadline(DeadlineKind.SINGLE, closes),) if closes else (),
        eligibility=Eligibility(tuple(criteria), tuple(unread)),
    )


def allows(about: About, *values: str, group: str | None = None) -> Criterion:
    return Criterion(about, Effect.ALLOWS, values, group, words=f"open to {' '.join(values)}")


def requires(about: About, *values: str, partners: int | None = None, countries: int | None = None,
             words: str = "needed") -> Criterion:  # fmt: skip
    return Criterion(
        about, Effect.REQUIRES, values, min_partners=partners, min_countries=countries, words=words
    )


def excludes(about: About, *values: str) -> Criterion:
    return Criterion(about, Effect.EXCLUDES, values, words=f"not open to {' '.join(values)}")
