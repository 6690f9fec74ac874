"""Makes calls and readings for the tests of storage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from storage import calls, harvests
from storage.domain import (
    About,
    ApplicantType,
    Call,
    Cause,
    Criterion,
    Deadline,
    DeadlineKind,
    Document,
    Effect,
    Eligibility,
    Funding,
    Harvest,
    Kind,
    Outcome,
    Programme,
    Reading,
)
from storage.schema import metadata

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def single(day: str | int = 30, **said: Any) -> Deadline:
    """A plain deadline on a day, or so many days from NOW."""
    when = day if isinstance(day, str) else (date(2026, 11, 22) + day * DAY).isoformat()
    return Deadline(**{"kind": DeadlineKind.SINGLE, "date": when, "time": "17:00"} | said)


def allows(about: About, *values: str) -> Criterion:
    return Criterion(about, Effect.ALLOWS, values)


def requires(about: About, *values: str) -> Criterion:
    return Criterion(about, Effect.REQUIRES, values)


def excludes(about: About, *values: str) -> Criterion:
    return Criterion(about, Effect.EXCLUDES, values)


def call(reference: str = "W-1", title: str = "Water for small towns", **said: Any) -> Call:
    given: dict[str, Any] = {"source": "portal", "deadlines": (single(),)}
    if "criteria" in said:
        said["eligibility"] = Eligibility(tuple(said.pop("criteria")))
    return Call(reference=reference, title=title, **given | said)


def full_call(reference: str = "F-1", **said: Any) -> Call:
    """A call that says something in every field."""
    given: dict[str, Any] = {
        "source": "portal",
        "title": "Відбудова водоканалів – Łódź & Харків",
        "parent": "F-0",
        "url": "https://funding.example.eu/F-1",
        "summary": "Pipes, pumps and people.",
        "description": "First paragraph.\n\nSecond “paragraph”, with a tab\tand a line\u2028break.",
        "language": "en",
        "kind": Kind.CASCADE,
        "programme": Programme("LIFE", "Life for Towns"),
        "types_of_action": ("LIFE-PJG", "LIFE-CSA"),
        "opens_on": "2026-09-01",
        "deadlines": (
            Deadline(DeadlineKind.STAGE, "2027-01-20", "17:00", sequence=1, words="20 January"),
            Deadline(DeadlineKind.STAGE, "2027-06", None, "Europe/Kyiv", "assumed", sequence=2),
            Deadline(DeadlineKind.CUT_OFF, "--02-01", recurs="yearly"),
            Deadline(DeadlineKind.ROLLING, None),
        ),
        "eligibility": Eligibility(
            (
                Criterion(About.COUNTRY, Effect.ALLOWS, ("PL", "UA"), group="border"),
                Criterion(
                    About.CONSORTIUM, Effect.REQUIRES, min_partners=2, min_countries=2, words="two"
                ),
                Criterion(
                    About.COFINANCING, Effect.REQUIRES, rate=0.6, rate_min=0.1, share_of="grant"
                ),
                Criterion(About.APPLICANT, Effect.EXCLUDES, (ApplicantType.COMPANY,)),
            ),
            ("Applicants should be sound.",),
        ),
        "funding": (
            Funding("EUR", 1_000_000.0, 50_000.0, 99_999.5, 7, "one million"),
            Funding("UAH", None, words="as announced"),
        ),
        "documents": (Document("https://funding.example.eu/F-1.pdf", "Guide", "pdf"),),
    }
    return Call(reference=reference, **given | said)


def keep(connection: sa.Connection, one: Call, **said: Any) -> calls.Kept:
    """Keep a call as a harvest would, unless said otherwise."""
    reader = said.pop("reader", "reader-1")
    given: dict[str, Any] = {
        "raw": {"title": one.title},
        "digest": f"digest of {one!r}",
        "now": NOW,
        "harvest": None,
    }
    return calls.keep(connection, Reading(one, reader), **given | said)


def correct_as_officer(connection: sa.Connection, one: Call, **said: Any) -> calls.Kept:
    return keep(connection, one, raw=None, digest="", cause=Cause.OFFICER, **said)


def harvest(
    connection: sa.Connection, *shown: Call, now: datetime = NOW, complete: bool = True
) -> list[str]:
    """One harvest of the source "portal" that shows these calls; returns what it withdrew."""
    number = harvests.start(connection, "portal", now)
    for one in shown:
        keep(connection, one, now=now, harvest=number)
    _, withdrawn = (
        calls.absent(connection, "portal", harvest=number, now=now) if complete else (0, [])
    )
    ended = Harvest("portal", now, now, items=len(shown), complete=complete, outcome=Outcome.OK)
    harvests.finish(connection, number, ended)
    return withdrawn


def emptied(engine: sa.Engine) -> None:
    """Take every row away, for tests that need an empty database many times."""
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(sa.delete(table))


def told(changes: Any) -> list[tuple[str, str]]:
    """The cause and field of each change."""
    return [(change.cause.value, change.field) for change in changes]


Edit = Callable[[Call], Call]


def back_to(connection: sa.Connection, revision: str) -> None:
    """Give the tables the shape they had at an older revision, as far as that can be done."""
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    config.attributes["connection"] = connection
    command.downgrade(config, revision)
