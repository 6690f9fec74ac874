"""How the program is, for monitoring: ``/healthz`` for people and probes, ``/metrics``.

Every figure is computed from the tables when it is asked for, so it is right whichever process
answers, and names no address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from alerts.rounds import HEARTBEAT
from storage import figures, findings, work
from storage.database import name_of, reading, storage_errors
from storage.errors import DatabaseUnavailable

STILL = timedelta(minutes=15)
"""Without a sign of a scheduler for so long, something is wrong; it gives one a minute."""

STILL_ONCE = timedelta(hours=26)
"""The same where ``bridges run --once`` is started by cron: once a day at least."""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether all is well, and if not, what is the matter, in sentences."""

    well: bool
    said: tuple[str, ...]


def operator_router(engine: sa.Engine, clock: Callable[[], datetime]) -> APIRouter:
    """Return the two routes; ``clock`` gives the time (aware)."""
    router = APIRouter(tags=["operator"])
    registry = CollectorRegistry()
    registry.register(Figures(engine, clock))

    @router.get("/healthz", summary="Is a scheduler at work, and can the database be used?")
    def healthz() -> JSONResponse:
        found = health(engine, clock())
        body = {"well": found.well, "said": list(found.said)}
        return JSONResponse(body, 200 if found.well else 503, headers=_FRESH)

    @router.get("/metrics", summary="Figures for Prometheus.")
    def metrics() -> Response:
        return Response(
            generate_latest(registry), headers=_FRESH | {"Content-Type": CONTENT_TYPE_LATEST}
        )

    return router


def health(engine: sa.Engine, now: datetime) -> Health:
    """Look whether the database answers and a scheduler has lived lately."""
    try:
        with storage_errors(name_of(engine)), reading(engine) as connection:
            beat = work.all_work(connection).get(HEARTBEAT)
            waiting = figures.oldest_unsettled(connection)
            amiss = len(findings.told(connection))
    except DatabaseUnavailable as error:
        return Health(well=False, said=(str(error),))
    said = []
    if beat is None or beat.done is None:
        said.append("no scheduler has run yet: bridges run")
    elif abs(now - beat.done) > (STILL_ONCE if beat.mark == "once" else STILL):
        said.append(f"no scheduler has given a sign since {beat.done:%Y-%m-%d %H:%M} UTC")
    if said:
        return Health(well=False, said=tuple(said))
    if waiting is not None and now - waiting > timedelta(days=1):
        said.append(f"a letter has waited since {waiting:%Y-%m-%d %H:%M} UTC")
    if amiss:
        said.append(f"{amiss} findings are told to the operator and not mended")
    return Health(well=True, said=tuple(said))


class Figures(Collector):
    """The figures of ``/metrics``, read from the tables whenever they are collected."""

    def __init__(self, engine: sa.Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def describe(self) -> list[Metric]:
        """Nothing: the tables are not asked when this is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("bridges_database_up", "Whether the database can be read.")
        try:
            with storage_errors(name_of(self._engine)), reading(self._engine) as connection:
                found = list(self._all(connection))
        except DatabaseUnavailable:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from found

    def _all(self, connection: sa.Connection) -> Iterator[Metric]:
        now = self._clock()
        yield from _of_sources(connection)
        yield from _of_letters(connection, now)
        yield from _of_work(connection)
        matches = GaugeMetricFamily(
            "bridges_matches", "Calls that suit a partnership now.", labels=["partnership"]
        )
        for partnership, number in figures.count_matches(connection).items():
            matches.add_metric([partnership], number)
        yield matches
        told = GaugeMetricFamily(
            "bridges_findings", "What the operator was told is amiss and is not mended."
        )
        told.add_metric([], len(findings.told(connection)))
        yield told


def _of_sources(connection: sa.Connection) -> Iterator[Metric]:
    harvests = CounterMetricFamily(
        "bridges_harvests", "Harvests by outcome.", labels=["source", "outcome"]
    )
    success = GaugeMetricFamily(
        "bridges_source_last_success_timestamp_seconds",
        "When a harvest of the source last ended with success.",
        labels=["source"],
    )
    for name, found in figures.sources(connection).items():
        for outcome, number in found.outcomes.items():
            harvests.add_metric([name, outcome], number)
        if found.last_success is not None:
            success.add_metric([name], found.last_success.timestamp())
    yield harvests
    yield success


def _of_letters(connection: sa.Connection, now: datetime) -> Iterator[Metric]:
    letters = GaugeMetricFamily(
        "bridges_letters", "Letters by kind and state.", labels=["kind", "state"]
    )
    for (kind, state), number in figures.letters_by_state(connection).items():
        letters.add_metric([kind, state], number)
    yield letters
    oldest = GaugeMetricFamily(
        "bridges_oldest_pending_letter_age_seconds",
        "Age of the oldest letter not handed over; 0 when none waits.",
    )
    waiting = figures.oldest_unsettled(connection)
    oldest.add_metric([], 0 if waiting is None else max(0.0, (now - waiting).total_seconds()))
    yield oldest
    newest = GaugeMetricFamily(
        "bridges_letter_last_handed_over_timestamp_seconds",
        "When a letter was last handed over.",
    )
    if (sent := figures.newest_handed_over(connection)) is not None:
        newest.add_metric([], sent.timestamp())
    yield newest


def _of_work(connection: sa.Connection) -> Iterator[Metric]:
    failures = GaugeMetricFamily(
        "bridges_step_failures", "Failures of a step in a row, 0 when it is well.", labels=["step"]
    )
    success = GaugeMetricFamily(
        "bridges_step_last_success_timestamp_seconds",
        "When a step was last done; the step scheduler is the scheduler itself.",
        labels=["step"],
    )
    for name, one in sorted(work.all_work(connection).items()):
        if "/" in name:  # of one partnership or one address
            continue
        failures.add_metric([name], one.failures)
        if one.done is not None:
            success.add_metric([name], one.done.timestamp())
    yield failures
    yield success


_FRESH = {"Cache-Control": "no-store"}
