"""Linking in a database: the labelled set, again and again, by two programs, against officers."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from alerts.linking import link_new
from storage import calls as kept
from storage import linked
from storage.asking import find_row, history
from storage.database import open_database
from storage.domain import Call, Cause, Reading
from storage.schema import calls, link_pairs
from tests.classifier.linked_calls import (
    SAME,
    TORN,
    WATER,
    every_call,
    one,
    pairs,
    true_pairs,
)

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TWINNING, LISTED, BOARD = SAME[0]


def keep(engine: sa.Engine, some: Iterable[Call], now: datetime = NOW) -> None:
    with engine.begin() as connection:
        for call in some:
            reading = Reading(call, "test")
            kept.keep(connection, reading, raw=None, digest="", now=now, harvest=None)


def found(engine: sa.Engine) -> dict[str, list[str]]:
    """The ids of the calls of each opportunity."""
    with engine.connect() as connection:
        names: dict[str, list[str]] = {}
        for row in connection.execute(
            sa.select(calls.c.source, calls.c.reference, calls.c.opportunity)
        ):
            names.setdefault(row.opportunity, []).append(f"{row.source}:{row.reference}")
    return names


def found_pairs(engine: sa.Engine) -> set[tuple[str, str]]:
    return {pair for ids in found(engine).values() for pair in pairs(iter(ids))}


def test_the_labelled_set_is_linked_and_nothing_else(engine: sa.Engine) -> None:
    keep(engine, every_call())
    done = link_new(engine, NOW)
    got, true = found_pairs(engine), true_pairs()
    assert not got - true
    assert len(got & true) / len(true) >= 0.9, sorted(true - got)
    assert done.looked_at == len(every_call())
    again = link_new(engine, NOW + DAY)
    assert (again.looked_at, again.compared, again.together, again.apart) == (0, 0, 0, 0)
    with engine.connect() as connection:
        led = connection.scalars(sa.select(calls.c.opportunity).where(calls.c.leads)).all()
    assert sorted(led) == sorted(found(engine))


def test_the_order_in_which_calls_come_does_not_matter(sqlite_url: str) -> None:
    every = every_call()
    random.Random(7).shuffle(every)  # noqa: S311 - a test's shuffle
    engine = open_database(sqlite_url)
    for start in range(0, len(every), 20):
        keep(engine, every[start : start + 20])
        link_new(engine, NOW)
    got, true = found_pairs(engine), true_pairs()
    assert not {pair for pair in got - true if TORN.isdisjoint(pair)}
    assert len(got & true) / len(true) >= 0.9
    engine.dispose()


def test_two_programs_at_once_make_the_same(engine: sa.Engine, url: str) -> None:
    keep(engine, every_call())
    failed: list[BaseException] = []

    def link() -> None:
        other = open_database(url)
        try:
            link_new(other, NOW)
        except BaseException as error:  # told to the test below
            failed.append(error)
        finally:
            other.dispose()

    threads = [threading.Thread(target=link) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert not found_pairs(engine) - true_pairs()
    assert len(found_pairs(engine) & true_pairs()) / len(true_pairs()) >= 0.9


def test_the_official_record_leads_and_the_history_says_who_linked(engine: sa.Engine) -> None:
    keep(engine, [LISTED])
    link_new(engine, NOW)
    keep(engine, [TWINNING, BOARD], NOW + DAY)
    link_new(engine, NOW + DAY)
    with engine.connect() as connection:
        row = find_row(connection, LISTED.id)
        leading = kept.get(connection, row.opportunity)
        assert leading.id == TWINNING.id
        (moved,) = history(connection, LISTED.id)
        assert (moved.cause, moved.field, moved.new) == (Cause.LINK, "opportunity", row.opportunity)
        assert kept.get(connection, str(moved.old)).id == TWINNING.id


def test_what_an_officer_said_stays(engine: sa.Engine) -> None:
    keep(engine, [TWINNING, LISTED, BOARD])
    link_new(engine, NOW)
    with engine.begin() as connection:
        linked.split(connection, LISTED.id, NOW)
    keep(engine, [one("euroaccess", "3001", "Town twinning in 2027", "2027-05-12 17:00",
                      description=LISTED.description)], NOW + DAY)  # fmt: skip
    assert link_new(engine, NOW + DAY).looked_at == 1
    assert sorted(map(len, found(engine).values())) == [1, 2]
    other = one("eeas", "9", "Quite another call of another year", "2029-01-01")
    keep(engine, [other])
    link_new(engine, NOW)
    with engine.begin() as connection:
        linked.merge(connection, other.id, LISTED.id, NOW)
    keep(engine, [one("eeas", "9", "CERV-2029-OTHER-1: quite another", "2029-01-01")], NOW + DAY)
    link_new(engine, NOW + DAY)
    assert sorted(map(len, found(engine).values())) == [2, 2]


def test_a_link_that_a_source_rules_out_is_undone(engine: sa.Engine) -> None:
    keep(engine, [TWINNING, LISTED])
    link_new(engine, NOW)
    assert len(found(engine)) == 1
    slip = one("euroaccess", "3001", "Networks of towns", "2027-05-12 17:00",
               description="Call number: CERV-2027-CITIZENS-TOWN-NT")  # fmt: skip
    keep(engine, [slip, SAME[1][0]], NOW + DAY)
    done = link_new(engine, NOW + DAY)
    assert (done.apart, done.together) == (1, 1)
    with engine.connect() as connection:
        assert (
            find_row(connection, LISTED.id).opportunity
            == find_row(connection, SAME[1][0].id).opportunity
        )
        assert (
            find_row(connection, TWINNING.id).opportunity
            != find_row(connection, LISTED.id).opportunity
        )


@pytest.mark.parametrize("group", [0, 8], ids=["by identifier", "by title"])
def test_a_moved_deadline_keeps_the_link(engine: sa.Engine, group: int) -> None:
    official, listed = SAME[group][:2]
    keep(engine, [official, listed])
    link_new(engine, NOW)
    moved = one("eu_portal", official.reference, official.title, "2028-01-31 17:00")
    keep(engine, [moved], NOW + DAY)
    assert link_new(engine, NOW + DAY).looked_at == 1
    assert len(found(engine)) == 1


def test_one_site_has_one_record_of_an_opportunity(engine: sa.Engine) -> None:
    """Two cut-offs of a topic, as a list shows them: the one with the topic's date is it."""
    cut_offs = [
        one("euroaccess", str(number), f"Town twinning: cut-off {number}", f"{2026 + number}-05-12",
            description=f"Call number: {TWINNING.reference}")
        for number in (1, 2)
    ]  # fmt: skip
    keep(engine, [*cut_offs, TWINNING])
    link_new(engine, NOW)
    assert found_pairs(engine) == {("eu_portal:" + TWINNING.reference, "euroaccess:1")}


def test_rules_that_have_changed_read_every_call_again(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(engine, every_call())
    link_new(engine, NOW)
    before = found_pairs(engine)
    monkeypatch.setattr("alerts.linking.FINGERPRINT", "links-next")
    assert link_new(engine, NOW).looked_at == len(every_call())
    assert found_pairs(engine) == before


def test_a_broken_link_run_loses_nothing(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(engine, [TWINNING, LISTED])

    def power_cut(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("alerts.linking.put_together", power_cut)
        with pytest.raises(KeyboardInterrupt):
            link_new(engine, NOW)
    assert len(found(engine)) == 2
    link_new(engine, NOW)
    assert len(found(engine)) == 1
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(link_pairs)) == 1


def test_a_block_that_many_share_does_not_grow(sqlite_url: str) -> None:
    """A hundred calls of one board with one title and day are not held against each other."""
    engine = open_database(sqlite_url)
    keep(engine, [one("prostir", str(n), "Мінігранти для громад", "2027-04-01") for n in range(60)])
    keep(engine, [one("hromady", str(n), "Мінігранти для громад", "2027-04-01", description=WATER)
                  for n in range(60)])  # fmt: skip
    done = link_new(engine, NOW)
    assert (done.together, done.compared) == (0, 0)
    engine.dispose()
