"""A row added by a statement compiled once is as any other, on both databases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from storage.adding import Adding
from storage.schema import call_texts, readings
from tests.storage.making import NOW, call, keep

RESULT = {"opens_on": "2026-05", "words": "до 100 %\ud83c", "none": None}


def _row(call_id: int, **other: Any) -> dict[str, Any]:
    row = {"call_id": call_id, "version": 1, "fingerprint": "%s :a ?", "read_at": NOW}
    return row | {"result": RESULT} | other


def test_values_go_through_the_types_of_their_columns(connection: sa.Connection) -> None:
    call_id = keep(connection, call()).call_id
    connection.execute(sa.delete(readings))
    number = Adding(readings, readings.c.id).run(connection, _row(call_id)).scalar_one()
    row = connection.execute(sa.select(readings)).one()
    assert row._asdict() == _row(call_id, id=number)


def test_what_does_not_fit_is_refused_as_everywhere(connection: sa.Connection) -> None:
    call_id = keep(connection, call()).call_id
    adding = Adding(readings)
    adding.run(connection, _row(call_id))
    with pytest.raises(ValueError, match="no time zone"):
        adding.run(connection, _row(call_id, read_at=datetime(2026, 5, 1)))  # noqa: DTZ001
    with pytest.raises(ValueError, match="not the columns"):
        adding.run(connection, _row(call_id, id=7))
    with pytest.raises(KeyError):
        adding.run(connection, {f"{name}_": value for name, value in _row(call_id).items()})
    again = {"call_id": call_id, "record": "{}", "search_text": ""}
    with pytest.raises(sa.exc.IntegrityError), connection.begin_nested():
        Adding(call_texts).run(connection, again)
