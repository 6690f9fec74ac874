"""SQL finds the same status and next deadline as Python does, at any moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from storage import calls
from storage.domain import Call, Deadline, DeadlineKind, Reading, Status
from storage.query import CallQuery
from storage.schema import status_spans
from storage.status import next_deadline, status
from tests.storage.making import NOW, call, keep, single

DAYS = st.dates(date(2026, 10, 1), date(2027, 2, 28))
SAID = st.one_of(
    DAYS.map(date.isoformat),
    DAYS.map(lambda day: day.isoformat()[:7]),
    DAYS.map(lambda day: f"-{day.isoformat()[4:]}"),
    st.none(),
)
CLOCKS = st.sampled_from([None, "00:00", "02:30", "17:00", "24:00"])
ZONES = st.sampled_from(["Europe/Brussels", "Europe/Kyiv", "UTC", "Pacific/Auckland"])
DEADLINES = st.builds(
    Deadline,
    st.sampled_from(DeadlineKind),
    SAID,
    CLOCKS,
    ZONES,
    sequence=st.sampled_from([None, 1, 2]),
)
CALLS = st.builds(
    lambda deadlines, opens_on: call(deadlines=tuple(deadlines), opens_on=opens_on),
    st.lists(DEADLINES, max_size=4),
    SAID,
)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=210)).map(
    lambda later: datetime(2026, 9, 1, tzinfo=UTC) + later
)
AGAIN = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def found(connection: sa.Connection, one: Status, now: datetime) -> list[str]:
    return [call.id for call in CallQuery(status=(one,)).find(connection, now)]


@AGAIN
@given(one=CALLS, moments=st.lists(MOMENTS, min_size=1, max_size=6))
@example(one=call(deadlines=(single("2026-12-22", time="17:00"),)), moments=[NOW])
def test_sql_and_python_agree(
    connection: sa.Connection, one: Call, moments: list[datetime]
) -> None:
    with connection.begin_nested() as nested:
        keep(connection, one)
        edges = [
            moment + step
            for span in connection.execute(sa.select(status_spans)).all()
            for moment in (span.starts, span.ends)
            if 2026 <= moment.year <= 2027
            for step in (timedelta(microseconds=-1), timedelta(0))
        ]
        for now in [*moments, *edges]:
            stands = status(one, now)
            expected = {stands} | ({Status.OPEN} if stands is Status.CLOSING else set())
            others = tuple(set(Status) - expected - {Status.OPEN})
            assert all(found(connection, one_of, now) for one_of in expected), now
            assert not CallQuery(status=others).find(connection, now), now
            due = next_deadline(one, now)
            assert due is None or due > now
            fortnight = timedelta(days=20)
            soon = CallQuery(closing_within=fortnight).find(connection, now)
            assert bool(soon) == (due is not None and due <= now + fortnight), now
        nested.rollback()


def test_spans_follow_a_moved_deadline_and_a_correction(connection: sa.Connection) -> None:
    keep(connection, call())
    late = NOW + timedelta(days=50)
    assert found(connection, Status.CLOSED, late) == ["portal:W-1"]
    keep(connection, call(deadlines=(single(60),)))
    assert found(connection, Status.CLOSING, late) == ["portal:W-1"]
    calls.correct(connection, Reading(call(deadlines=(single(90),)), "r2"), now=NOW)
    assert found(connection, Status.CLOSING, late) == []
    assert found(connection, Status.OPEN, late) == ["portal:W-1"]


def test_withdrawn_overrides_and_is_taken_back(connection: sa.Connection) -> None:
    keep(connection, call(withdrawn=True))
    assert [s for s in Status if found(connection, s, NOW)] == [Status.WITHDRAWN]
    assert CallQuery(closing_within=timedelta(days=99)).find(connection, NOW) == []
    assert len(CallQuery(status=(Status.WITHDRAWN, Status.OPEN)).find(connection, NOW)) == 1
    number = calls.known(connection, "portal")["W-1"].call_id
    calls.seen(connection, [number], harvest=None, now=NOW)
    assert [s for s in Status if found(connection, s, NOW)] == [Status.OPEN]
