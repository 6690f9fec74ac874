"""How much of a harvest was understood, counted over all its calls."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from storage import calls, harvests
from storage.coverage import coverage, unreadable
from storage.domain import Call, Deadline, DeadlineKind, Reading

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def test_shares_and_unreadable_words_count_unchanged_calls_too(engine: sa.Engine) -> None:
    dated = Call(
        "s",
        "1",
        "One",
        url="https://example.org",
        deadlines=(Deadline(DeadlineKind.SINGLE, "2027-01-01"),),
    )
    undated = Call("s", "2", "Two", url="https://example.org")
    with engine.begin() as connection:
        first = harvests.start(connection, "s", NOW)
        for call, lost in ((dated, {}), (undated, {"deadlines": "soon"})):
            reading = Reading(call, "reader", lost)
            calls.keep(connection, reading, raw={}, digest="d", now=NOW, harvest=first)
        assert coverage(connection, first)["deadlines"] == 0.5
        assert unreadable(connection, first) == {"deadlines": 1}
        second = harvests.start(connection, "s", NOW)
        ids = [one.call_id for one in calls.known(connection, "s").values()]
        calls.seen(connection, ids, harvest=second, now=NOW)
        assert coverage(connection, second)["url"] == 1
        assert unreadable(connection, second) == {"deadlines": 1}
        assert (coverage(connection, first), unreadable(connection, first)) == ({}, {})
        better = Reading(dated, "better", {})
        calls.correct(connection, Reading(undated, "better", {}), now=NOW)
        calls.correct(connection, better, now=NOW)
        assert unreadable(connection, second) == {}
