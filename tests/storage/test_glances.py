"""Calls at a glance say what the calls say, whatever happened to these."""

from __future__ import annotations

from dataclasses import fields, replace

import sqlalchemy as sa

from storage import calls, linked
from storage.database import open_database, reading
from storage.domain import Funding, Glance, Reading
from storage.glances import others_at_a_glance
from storage.query import CallQuery
from storage.schema import call_glances, call_texts
from storage.search import IN_TITLE
from storage.status import span_at
from tests.storage.making import (
    DAY,
    NOW,
    back_to,
    call,
    correct_as_officer,
    full_call,
    harvest,
    keep,
    single,
)

_LIKE_THE_CALL = [field.name for field in fields(Glance) if field.name != "alone"]


def seen(connection: sa.Connection, query: CallQuery | None = None) -> list[Glance]:
    """What answers the question, sure to be what the calls in full say, in their order."""
    query = query or CallQuery()
    glances, total = query.glances(connection, NOW)
    in_full, total_in_full = query.page(connection, NOW)
    assert total == total_in_full
    for glance, one in zip(glances, in_full, strict=True):
        for name in _LIKE_THE_CALL:
            assert getattr(glance, name) == getattr(one, name), name
        assert span_at(glance, NOW) == span_at(one, NOW)
        assert glance.id == one.id
    return glances


def _words(connection: sa.Connection) -> list[tuple[int, str]]:
    rows = connection.execute(sa.select(call_texts.c.call_id, call_texts.c.search_text))
    return [(row.call_id, row.search_text) for row in rows]


def test_a_glance_follows_whatever_changes_a_call(connection: sa.Connection) -> None:
    keep(connection, full_call())
    keep(connection, call())
    assert len(seen(connection)) == 2
    moved = call(title="Water for every town", deadlines=(single(40),))
    keep(connection, moved, now=NOW + DAY)
    assert seen(connection)[0].title == "Water for every town"
    read = replace(moved, funding=(Funding("EUR", 5_000_000.0, max_grant=250_000.5),))
    calls.correct(connection, Reading(read, "reader-2"), now=NOW + DAY)
    assert seen(connection)[0].funding == read.funding
    correct_as_officer(connection, replace(read, programme=None, opens_on="2027-01-01"))
    assert seen(connection)[0].opens_on == "2027-01-01"
    for _ in range(2):
        harvest(connection, full_call(), now=NOW + 2 * DAY)
    assert [one.withdrawn for one in seen(connection)] == [False, True]


def test_what_an_older_program_writes_is_seen(connection: sa.Connection) -> None:
    keep(connection, call())
    keep(connection, full_call())
    connection.execute(sa.update(call_texts).values(record=call_texts.c.record))
    left = connection.execute(sa.select(sa.func.count()).select_from(call_glances)).scalar()
    assert left == 0, "a glance outlived the record it was taken from"
    assert len(seen(connection)) == 2


def test_the_other_records_are_seen_beside_it(connection: sa.Connection) -> None:
    one = call(opens_on="2026-09-01")  # says most, and leads
    other, third = call("7", source="zeta"), call("3", source="alpha")
    for each in (one, other, third, call("alone")):
        keep(connection, each)
    for each in (other, third):
        linked.merge(connection, one.id, each.id, NOW)
    glances = {each.id: each for each in seen(connection)}
    assert {name: each.alone for name, each in glances.items()} == {
        one.id: False,
        "portal:alone": True,
    }
    beside = others_at_a_glance(connection, glances.values())
    assert {name: [each.id for each in found] for name, found in beside.items()} == {
        one.id: ["alpha:3", "zeta:7"]
    }
    [follower] = seen(connection, CallQuery(source="zeta"))
    assert [each.id for each in others_at_a_glance(connection, [follower])[other.id]] == [
        "alpha:3",
        one.id,
    ]


def test_calls_of_an_older_database_are_seen_too(blank_url: str) -> None:
    engine = open_database(blank_url)
    with engine.begin() as connection:
        for one in (full_call(), call(), call("W-2", "Ще одна 'вода' \\u0001")):
            keep(connection, one)
        now, words = seen(connection), dict(_words(connection))
        for row_id, said in words.items():
            unmarked = " ".join(one for one in said.split() if not one.startswith(IN_TITLE))
            connection.execute(
                sa.update(call_texts).where(call_texts.c.call_id == row_id),
                {"search_text": unmarked},
            )
        back_to(connection, "0013")
        connection.exec_driver_sql("DROP TABLE call_glances")
        of_table = " ON call_texts" if connection.dialect.name == "postgresql" else ""
        connection.exec_driver_sql(f"DROP TRIGGER call_glances_outdated{of_table}")
        if of_table:
            connection.exec_driver_sql("DROP FUNCTION forget_call_glance")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0012'")
    engine.dispose()
    engine = open_database(blank_url)
    with reading(engine) as connection:
        assert seen(connection) == now
        assert dict(_words(connection)) == words
        by_title = CallQuery(words="вода", sort="relevance")
        assert [one.reference for one in seen(connection, by_title)] == ["W-2"]
    engine.dispose()
