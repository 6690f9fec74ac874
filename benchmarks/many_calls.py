"""Many different calls, made from invented portal records: read once, then varied.

Each has a title and some words of its own from a large vocabulary with common and rare words, a
source, dates from two years back to two years ahead, and for most of them conditions on countries
and applicants.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from benchmarks import NOW
from benchmarks.portal_pages import recorded, spider_alone
from crawler.reading import read
from storage.domain import About, ApplicantType, Call, Criterion, Deadline, Effect, Eligibility

SOURCES = ("eu_portal", "interreg", "agency_fr", "agency_pl", "ministry_ua", "foundation_de")
_READ = 650
_SYLLABLES = ("ba", "dor", "mi", "len", "ko", "stra", "vi", "ter", "ga", "nu", "po", "resh")
_EU_TEXT = "ATBEBGCYCZDEDKEEESFIFRGRHRHUIEITLTLULVMTNLPLPTROSESISK"
_EU = tuple(_EU_TEXT[at : at + 2] for at in range(0, len(_EU_TEXT), 2))
_APPLICANTS = (
    ApplicantType.LOCAL_AUTHORITY,
    ApplicantType.PUBLIC_BODY,
    ApplicantType.NGO,
    ApplicantType.UNIVERSITY_RESEARCH,
    ApplicantType.COMPANY,
)


def many_calls(count: int, seed: int = 1) -> Iterator[Call]:
    """So many calls; the same for the same ``seed``."""
    chance = random.Random(seed)  # noqa: S311  (texts, not secrets)
    bases = [read(raw).call for raw in spider_alone(recorded(min(count, _READ)))]
    for number in range(count):
        base = bases[number % len(bases)]
        shift = timedelta(days=chance.randint(-720, 400))
        own = " ".join(word(int(chance.paretovariate(0.6)) % 5_000) for _ in range(40))
        yield replace(
            base,
            source=chance.choices(SOURCES, weights=(60, 12, 8, 8, 6, 6))[0],
            reference=f"{base.reference}-{number}",
            title=f"{base.title} {word(number % 5_000)}",
            description=f"{base.description}\n{own}",
            opens_on=_moved(base.opens_on, shift),
            deadlines=tuple(_later(one, shift) for one in base.deadlines),
            eligibility=Eligibility(_criteria(chance), base.eligibility.unread),
            first_seen=NOW + min(shift, timedelta()) - timedelta(days=number % 60),
        )


def word(number: int) -> str:
    """The word of this rank: 1 is the commonest."""
    parts = []
    for _ in range(3):
        number, at = divmod(number, len(_SYLLABLES))
        parts.append(_SYLLABLES[at])
    return "".join(parts) + (str(number) if number else "")


def _moved(day: str | None, shift: timedelta) -> str | None:
    return (date.fromisoformat(day) + shift).isoformat() if day else None


def _later(deadline: Deadline, shift: timedelta) -> Deadline:
    return replace(deadline, date=_moved(deadline.date, shift))


def _criteria(chance: random.Random) -> tuple[Criterion, ...]:
    found = []
    if chance.random() < 0.7:
        also = ("UA", "MD") if chance.random() < 0.6 else ()
        found.append(Criterion(About.COUNTRY, Effect.ALLOWS, (*_EU, *also), group="eu27"))
    if chance.random() < 0.1:
        found.append(Criterion(About.COUNTRY, Effect.EXCLUDES, ("RU", "BY")))
    if chance.random() < 0.6:
        some = tuple(chance.sample(_APPLICANTS, chance.randint(1, 3)))
        found.append(Criterion(About.APPLICANT, Effect.ALLOWS, some))
    if chance.random() < 0.1:
        found.append(Criterion(About.REGION, Effect.ALLOWS, ("PL814", "UA-59")))
    return tuple(found)
