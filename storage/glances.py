"""Calls at a glance: what a list says of each, kept beside the records and read without them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from storage.adding import Adding
from storage.columns import AMONG, Row, among, joined
from storage.domain import Glance, Programme
from storage.records import deadlines_as_stored, funding_as_stored
from storage.schema import call_glances

_SAID = ("title", "programme", "opens_on", "deadlines", "funding")
"""The fields of a call's content that a list shows, or needs to say where the call stands."""


def keep_glance(connection: sa.Connection, row_id: int, written: Mapping[str, str]) -> None:
    """Write what a list says of a call whose record was just ``written``, field by field.

    To write the record forgets what was said before.
    """
    said = str(joined({name: written[name] for name in _SAID}))
    _ADD.run(connection, {"call_id": row_id, "said": said})


def glances_by_id(connection: sa.Connection, ids: Sequence[int]) -> list[Glance]:
    """Return the calls with these row numbers, in their order."""
    found = {row[0]: _glance_of(row) for row in _asked(connection, "c.id", ids)}
    return [found[one] for one in ids]


def others_at_a_glance(
    connection: sa.Connection, some: Iterable[Glance]
) -> dict[str, list[Glance]]:
    """Return, by call id, the other records of the same opportunity, by name."""
    asked = [one for one in some if not one.alone]
    every: dict[str, list[Glance]] = {}
    for row in _asked(connection, "c.opportunity", sorted({one.opportunity for one in asked})):
        one = _glance_of(row)
        every.setdefault(one.opportunity, []).append(one)
    return {
        one.id: sorted(
            (other for other in every[one.opportunity] if other.id != one.id),
            key=lambda other: other.id,
        )
        for one in asked
    }


def _asked(connection: sa.Connection, column: str, values: Sequence[object]) -> Sequence[Row]:
    """Return the rows of the calls whose ``column`` is one of the values."""
    if not values:
        return ()
    query = _ROWS[connection.dialect.name, column]
    return connection.exec_driver_sql(query, among(connection, values)).all()


def _glance_of(row: Row) -> Glance:
    _, source, reference, withdrawn, opportunity, said_of, others = row
    said = json.loads(said_of)
    return Glance(
        source=source,
        reference=reference,
        title=said["title"],
        programme=said["programme"] and Programme(**said["programme"]),
        opens_on=said["opens_on"],
        deadlines=deadlines_as_stored(said["deadlines"]),
        funding=funding_as_stored(said["funding"]),
        withdrawn=bool(withdrawn),
        opportunity=opportunity,
        alone=not others,
    )


_ADD = Adding(call_glances)
_SOME = {"sqlite": ":some", "postgresql": "%(some)s"}
"""The place of a value, as each driver takes it: a command does not wait for SQLAlchemy's SQL."""
_ROWS = {
    (dialect, column): (
        "SELECT c.id, c.source, c.reference, c.withdrawn, c.opportunity,"  # noqa: S608
        " coalesce(g.said, (SELECT record FROM call_texts WHERE call_id = c.id)) AS said,"
        " EXISTS (SELECT 1 FROM calls AS o WHERE o.opportunity = c.opportunity AND o.id <> c.id)"
        " FROM calls AS c LEFT JOIN call_glances AS g ON g.call_id = c.id"
        f" WHERE {column} {listed.replace(':some', _SOME[dialect])}"
    )
    for dialect, listed in AMONG.items()
    for column in ("c.id", "c.opportunity")
}
