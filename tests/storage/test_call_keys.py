"""What questions choose calls by is what the calls say, whatever writes to them."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from storage import linked
from storage.database import open_database
from storage.domain import About, Call, Criterion, Effect, Eligibility, Kind
from storage.query import CallQuery
from storage.schema import call_keys, calls, facets
from tests.storage.making import DAY, NOW, back_to, call, harvest, keep

_KEYS = ("id", "source", "first_seen", "leads", "withdrawn")
_SAID = [column.name for column in facets.columns if column.name != "id"]


def allowing(*countries: str, number: int = 1) -> Call:
    criterion = Criterion(About.COUNTRY, Effect.ALLOWS, countries)
    return call(f"C-{number}", eligibility=Eligibility((criterion,)))


def told(connection: sa.Connection) -> int:
    """How many facets there are, sure to say of each call what the call says."""
    beside = calls.outerjoin(call_keys).outerjoin(facets, call_keys.c.facets == facets.c.id)
    for row in connection.execute(sa.select(calls, call_keys, facets).select_from(beside)):
        for name in _KEYS:
            assert row._mapping[calls.c[name]] == row._mapping[call_keys.c[name]], name
        for name in _SAID:
            assert row._mapping[calls.c[name]] == row._mapping[facets.c[name]], name
    return connection.scalar(sa.select(sa.func.count()).select_from(facets)) or 0


def test_facets_follow_whatever_changes_a_call(connection: sa.Connection) -> None:
    for number in range(3):
        keep(connection, allowing("PL", "UA", number=number))
    assert told(connection) == 1
    keep(connection, replace(allowing("PL", number=2), kind=Kind.CASCADE))
    assert told(connection) == 2
    found = CallQuery(country="UA").find(connection, NOW)
    assert [one.reference for one in found] == ["C-0", "C-1"]
    connection.execute(sa.update(calls).where(calls.c.reference == "C-0").values(kind="tender"))
    assert told(connection) == 3
    [found] = CallQuery(kind=Kind.TENDER).find(connection, NOW)
    assert found.reference == "C-0"
    for day in (1, 2):
        harvest(connection, allowing("PL", "UA", number=1), now=NOW + day * DAY)
    linked.merge(connection, "portal:C-0", "portal:C-1", NOW)
    assert told(connection) == 3


def test_lists_longer_than_an_index_takes_are_kept(connection: sa.Connection) -> None:
    every = tuple(f"X{number:05}" for number in range(5_000))
    some = (Criterion(About.REGION, Effect.ALLOWS, every),)
    keep(connection, call("long", eligibility=Eligibility(some)))
    keep(connection, call("as-long", eligibility=Eligibility(some)))
    assert told(connection) == 1


def test_facets_that_are_there_twice_do_no_harm(connection: sa.Connection) -> None:
    keep(connection, allowing("PL"))
    said = sa.select(*(facets.c[name] for name in _SAID))
    connection.execute(sa.insert(facets).from_select(_SAID, said))  # as by another at the same time
    newer = sa.select(sa.func.max(facets.c.id)).scalar_subquery()
    connection.execute(sa.update(call_keys).values(facets=newer))
    keep(connection, allowing("PL", number=2))
    assert told(connection) == 2
    assert CallQuery(country="PL").count(connection, NOW) == 2
    assert CallQuery(country="UA").count(connection, NOW) == 0


def test_calls_of_an_older_database_get_theirs(blank_url: str) -> None:
    engine = open_database(blank_url)
    with engine.begin() as connection:
        keep(connection, allowing("PL", "UA"))
        keep(connection, allowing("PL", number=2))
        back_to(connection, "0013")
    engine.dispose()
    engine = open_database(blank_url)
    with engine.begin() as connection:
        assert told(connection) == 2
        keep(connection, allowing("PL", number=3))
        assert told(connection) == 2
        assert CallQuery(country="UA").count(connection, NOW) == 1
    engine.dispose()
