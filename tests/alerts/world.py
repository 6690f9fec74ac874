"""An invented world for the letters: towns, calls, a database in which time goes by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from alerts.receipt import Source
from alerts.sentences import rules
from classifier.assessment import assess
from storage import calls, harvests, partnerships, recipients
from storage.domain import (
    BRUSSELS,
    Call,
    Cause,
    Deadline,
    DeadlineKind,
    Frequency,
    Funding,
    Harvest,
    Kind,
    Match,
    Outcome,
    Partner,
    Partnership,
    Programme,
    Reading,
    Recipient,
)
from storage.matches import MatchRun, keep_run, replace_matches
from storage.opportunities import opportunity_id
from storage.status import is_over

MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
DAY = timedelta(days=1)
LINE = 50.0
PORTAL = Source("eu_portal", "European Commission")

OLENA = Recipient("olena@verbove.example.org", "uk", consent="signed form 2026-10-14")
MARTA = Recipient("marta@nowadolina.example.org", "en", "Europe/Warsaw", consent="by letter")
TOWNS = Partnership(
    "verbove-nowa-dolina",
    "Verbove – Nowa Dolina",
    (
        Partner("Verbove", "UA", region="UA-46"),
        Partner("Nowa Dolina", "PL", region="PL821"),
    ),
    interests={"en": "Water and warm schools", "uk": "Вода і теплі школи"},
    recipients=(OLENA,),
)


def on(days: int, time: str | None = "17:00", **said: Any) -> Deadline:
    """A plain deadline so many days after MONDAY, in Brussels unless said otherwise."""
    day = date(2026, 11, 23) + timedelta(days=days)
    given = {"kind": DeadlineKind.SINGLE, "date": day.isoformat(), "time": time, "zone": BRUSSELS}
    return Deadline(**given | said)


def call(reference: str = "WATER-1", title: str = "Water for small towns", **said: Any) -> Call:
    """A town twinning call of the portal, open for six weeks unless said otherwise."""
    given: dict[str, Any] = {
        "source": "eu_portal",
        "url": f"https://funding.example.eu/calls/{reference}",
        "language": "en",
        "kind": Kind.GRANT,
        "programme": Programme("CERV", "Citizens, Equality, Rights and Values Programme"),
        "deadlines": (on(43),),
        "funding": (Funding("EUR", min_grant=8455, max_grant=53625),),
    }
    return Call(reference=reference, title=title, **given | said)


@dataclass
class World:
    """A database with partnerships, into which calls come and in which they are matched."""

    engine: sa.Engine
    known: dict[str, Call] = field(default_factory=dict)
    scores: dict[tuple[str, str], float] = field(default_factory=dict)
    towns: list[Partnership] = field(default_factory=list)

    def partnership(self, one: Partnership = TOWNS, now: datetime = MONDAY) -> Partnership:
        with self.engine.begin() as connection:
            partnerships.keep_partnership(connection, one, now)
            recipients.replace(connection, one.id, one.recipients, now)
        self.towns = [other for other in self.towns if other.id != one.id] + [one]
        return one

    def publish(self, *some: Call, now: datetime = MONDAY, cause: Cause = Cause.SOURCE) -> None:
        """A harvest (or an officer) brings calls as they are now."""
        with self.engine.begin() as connection:
            for one in some:
                reading = Reading(one, "reader 1")
                calls.keep(
                    connection, reading, raw={}, digest="", now=now, harvest=None, cause=cause
                )
                self.known[one.id] = one

    def read_better(self, one: Call, now: datetime) -> None:
        """The same page, read by a better reader."""
        with self.engine.begin() as connection:
            calls.correct(connection, Reading(one, "reader 2"), now=now)
        self.known[one.id] = one

    def score(self, partnership: Partnership, one: Call, score: float) -> None:
        self.scores[partnership.id, one.id] = score

    def match(  # noqa: PLR0913 - what a comparison may leave behind
        self,
        now: datetime = MONDAY,
        reasons: Sequence[str] = (),
        *,
        answers: str = "",
        language: str = "uk",
        notes: Sequence[str] = (),
        unsure: Sequence[str] = (),
    ) -> None:
        """Compare every partnership with every call that is not over; 80 unless scored.

        ``unsure`` are notes on the matches, ``notes`` on the partnership, as the real comparison
        leaves them.
        """
        explained = [{"sentence": one, "answers": answers, "nearness": 0.5} for one in reasons]
        for partnership in self.towns:
            found, below, read = [], None, 0
            for one in self.known.values():
                if is_over(one, now):
                    continue
                read += 1
                score = self.scores.get((partnership.id, one.id), 80.0)
                if score < LINE:
                    if below is None or score > below["score"]:
                        below = {"call": one.id, "title": one.title, "score": score}
                    continue
                found.append(
                    Match(
                        partnership=partnership.id,
                        opportunity=opportunity_id(one.id),
                        call=one.id,
                        score=score,
                        assessment=assess(one, partnership, rules(), now),
                        reasons=tuple(reasons),
                    )
                )
            with self.engine.begin() as connection:
                why = {"reasons": explained, "notes": list(unsure), "interest": language}
                replace_matches(
                    connection,
                    partnership.id,
                    found,
                    fingerprint="test",
                    now=now,
                    details={one.opportunity: why for one in found},
                )
                run = MatchRun(
                    partnership.id, now, "test", LINE, read, len(found), below, {}, tuple(notes)
                )
                keep_run(connection, run)

    def harvest(self, now: datetime = MONDAY, source: str = "eu_portal", **said: Any) -> None:
        """A harvest of a source that ended well unless said otherwise."""
        given: dict[str, Any] = {
            "finished": now,
            "items": 412,
            "complete": True,
            "outcome": Outcome.OK,
        }
        harvest = Harvest(source, now - timedelta(minutes=4), **given | said)
        with self.engine.begin() as connection:
            number = harvests.start(connection, source, harvest.started)
            harvests.finish(connection, number, harvest)

    def prove(self, source: str = "eu_portal", now: datetime = MONDAY) -> None:
        with self.engine.begin() as connection:
            harvests.confirm(connection, source, now)


def with_recipients(one: Partnership, *people: Recipient) -> Partnership:
    return replace(one, recipients=people)


def many_calls(number: int, **said: Any) -> Iterable[Call]:
    for place in range(1, number + 1):
        yield call(f"CALL-{place:02}", f"Call number {place}", **said)


def instantly(one: Recipient) -> Recipient:
    return replace(one, frequency=Frequency.INSTANT)
