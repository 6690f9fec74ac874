"""What a harvest should find in a set of portal rows, read from the rows without the crawler."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_BRUSSELS = ZoneInfo("Europe/Brussels")
_OPEN = ("31094501", "31094502")


@dataclass(frozen=True)
class Expected:
    """One opportunity, under the reference it should be kept with.

    ``readings``: the days (and clocks, Brussels time) that each of its documents says; more than
    one only where documents contradict each other.
    """

    reference: str
    title: str
    kind: str
    parent: str | None
    readings: tuple[tuple[tuple[str, str], ...], ...]

    @property
    def contradictory(self) -> bool:
        return len(self.readings) > 1

    @property
    def days(self) -> tuple[str, ...]:
        """Every day that any of the documents says, in order."""
        return tuple(sorted({day for reading in self.readings for day, _ in reading}))

    @property
    def instants(self) -> tuple[datetime, ...]:
        """The same to the moment, in UTC."""
        said = {pair for reading in self.readings for pair in reading}
        return tuple(sorted(_instant(day, clock) for day, clock in said))

    def accepts(self, days: Iterable[str]) -> bool:
        """Whether ``days`` are what its documents say together, or what one of them says."""
        found = tuple(sorted(set(days)))
        each = {tuple(sorted({day for day, _ in reading})) for reading in self.readings}
        return found == self.days or found in each

    def is_over(self, now: datetime) -> bool:
        return bool(self.instants) and self.instants[-1] <= now


def expected_opportunities(records: Iterable[Mapping[str, Any]]) -> dict[str, Expected]:
    """Every English SEDIA opportunity of types 1, 2 and 8 that is open or forthcoming."""
    expected: dict[str, Expected] = {}
    for record in records:
        data: Mapping[str, Sequence[str]] = record["metadata"]
        kind = _one(data, "type")
        if (
            kind not in {"1", "2", "8"}
            or _one(data, "status") not in _OPEN
            or _one(data, "DATASOURCE") != "SEDIA"
            or (_one(data, "language") or record.get("language")) != "en"
        ):
            continue
        identifier = _one(data, "identifier")
        cascade = kind == "8"
        reference = f"cascade-{_one(data, 'callccm2Id')}" if cascade else identifier
        reading = tuple(sorted({_said(kind, stamp) for stamp in data.get("deadlineDate", ())}))
        before = expected.get(reference)
        readings = before.readings if before else ()
        expected[reference] = Expected(
            reference=reference,
            title=_one(data, "caName" if cascade else "title"),
            kind=kind,
            parent=identifier if cascade else None,
            readings=readings if reading in readings else (*readings, reading),
        )
    return expected


def differences(expected: Mapping[str, Expected], found: Mapping[str, Iterable[str]]) -> list[str]:
    """What is wrong with ``found`` (reference to deadline days), one line for each reference."""
    wrong = [f"missing: {name}" for name in sorted(expected.keys() - found.keys())]
    wrong += [f"not asked for: {name}" for name in sorted(found.keys() - expected.keys())]
    for name in sorted(expected.keys() & found.keys()):
        days = sorted(set(found[name]))
        if not expected[name].accepts(days):
            wrong.append(f"{name}: {', '.join(days) or 'no day'}, not {expected[name].days}")
    return wrong


def _said(kind: str, stamp: str) -> tuple[str, str]:
    """The day and the Brussels clock that a stamp of a deadline means.

    Topics close at 17:00 whatever clock is written. Midnight is a bare day; 22:00 and 23:00 can
    be Brussels midnight in true UTC, which is then the following day.
    """
    written = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.%f%z")
    if kind != "1":
        return str(written.date()), written.strftime("%H:%M")
    local = written.astimezone(_BRUSSELS)
    if written.hour in {22, 23} and (local.hour, local.minute) == (0, 0):
        return str(local.date()), "17:00"
    return str(written.date()), "17:00"


def _instant(day: str, clock: str) -> datetime:
    midnight = datetime.combine(date.fromisoformat(day), datetime.min.time())
    hour, minute = clock.split(":")
    local = midnight + timedelta(hours=int(hour), minutes=int(minute))
    return local.replace(tzinfo=_BRUSSELS).astimezone(UTC)


def _one(data: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(data.get(name, ())), "")
