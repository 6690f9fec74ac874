"""Merging and splitting as an officer does, which record leads, and where records disagree."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage import calls, linked
from storage.asking import find_row
from storage.blocks import take_due
from storage.domain import (
    About,
    Call,
    Cause,
    Criterion,
    Deadline,
    DeadlineKind,
    Effect,
    Eligibility,
    Funding,
    Reading,
)
from storage.errors import BadInput, NotFound
from storage.leading import differ, disputes, is_relay, leader
from storage.opportunities import names_of, opportunity_id, resolve
from storage.query import CallQuery
from tests.storage.making import DAY, NOW, call, single

OFFICIAL = call("W-1", source="portal")
RELAYED = call("7", "Water in towns", source="euroaccess")
THIRD = call("9", "Вода для малих міст", source="hromady", language="uk")


@pytest.fixture
def three(connection: sa.Connection) -> sa.Connection:
    for number, one in enumerate((RELAYED, OFFICIAL, THIRD)):
        reading = Reading(one, "test")
        now = NOW + number * timedelta(hours=1)
        calls.keep(connection, reading, raw=None, digest="", now=now, harvest=None)
    return connection


def opportunity(connection: sa.Connection, one: Call) -> str:
    return str(find_row(connection, one.id).opportunity)


def test_any_name_of_a_merged_opportunity_finds_its_leading_record(three: sa.Connection) -> None:
    done = linked.merge(three, RELAYED.id, OFFICIAL.id, NOW)
    assert (done.leading.id, [one.id for one in done.others]) == (OFFICIAL.id, [RELAYED.id])
    assert done.opportunity == opportunity_id(OFFICIAL.id)
    for name in map(opportunity_id, (OFFICIAL.id, RELAYED.id)):
        assert calls.get(three, name).id == OFFICIAL.id
    assert calls.get(three, RELAYED.id).id == RELAYED.id
    assert names_of(three, done.opportunity) == [done.opportunity, opportunity_id(RELAYED.id)]


def test_a_question_finds_it_once_by_the_words_of_any_record(three: sa.Connection) -> None:
    linked.merge(three, OFFICIAL.id, RELAYED.id, NOW)
    linked.merge(three, OFFICIAL.id, THIRD.id, NOW)
    for query in (CallQuery(), CallQuery(words="вода"), CallQuery(words="towns")):
        (found,), total = query.page(three, NOW)
        assert (found.id, total, query.count(three, NOW)) == (OFFICIAL.id, 1, 1)
    (own,) = CallQuery(source="hromady").find(three, NOW)
    assert own.id == THIRD.id
    others = linked.others_of(three, [calls.get(three, OFFICIAL.id)])
    assert [one.id for one in others[OFFICIAL.id]] == [RELAYED.id, THIRD.id]


@pytest.mark.parametrize("leaving", [OFFICIAL, RELAYED, THIRD])
def test_a_split_gives_back_what_was(three: sa.Connection, leaving: Call) -> None:
    linked.merge(three, RELAYED.id, THIRD.id, NOW)
    linked.merge(three, THIRD.id, OFFICIAL.id, NOW)
    done = linked.split(three, leaving.id, NOW + DAY)
    assert done.call.id == leaving.id
    rest = [one for one in (OFFICIAL, RELAYED, THIRD) if one is not leaving]
    assert done.rest.id in {one.id for one in rest}
    assert opportunity(three, leaving) == opportunity_id(leaving.id)
    assert len({opportunity(three, one) for one in rest}) == 1
    for one in (OFFICIAL, RELAYED, THIRD):
        assert resolve(three, opportunity_id(one.id)) == opportunity(three, one)
    (event, *_) = calls.history(three, leaving.id) or calls.history(three, rest[0].id)
    assert (event.cause, event.field) == (Cause.OFFICER, "opportunity")
    with pytest.raises(BadInput, match="stands alone"):
        linked.split(three, leaving.id, NOW)
    linked.merge(three, leaving.id, rest[0].id, NOW + DAY)
    assert len({opportunity(three, one) for one in (OFFICIAL, RELAYED, THIRD)}) == 1


def test_mistakes_say_what_is_wrong(three: sa.Connection) -> None:
    with pytest.raises(BadInput, match="cannot be merged with itself"):
        linked.merge(three, OFFICIAL.id, opportunity_id(OFFICIAL.id), NOW)
    with pytest.raises(NotFound, match="nearest: portal:W-1"):
        linked.merge(three, "portal:W-2", RELAYED.id, NOW)
    with pytest.raises(BadInput, match="portal:W-1 stands alone"):
        linked.split(three, OFFICIAL.id, NOW)
    linked.merge(three, OFFICIAL.id, RELAYED.id, NOW)
    assert linked.merge(three, RELAYED.id, OFFICIAL.id, NOW).already
    with pytest.raises(BadInput, match="is an opportunity of 2 calls; name the one"):
        linked.split(three, opportunity_id(RELAYED.id), NOW)


def test_a_changed_record_is_due_to_be_linked_again(three: sa.Connection) -> None:
    assert len(take_due(three, 10)) == 3
    assert take_due(three, 10) == []
    reading = Reading(call("7", "Water in villages", source="euroaccess"), "test")
    calls.keep(three, reading, raw=None, digest="", now=NOW, harvest=None)
    assert take_due(three, 10) == [find_row(three, RELAYED.id).id]


def test_which_record_leads() -> None:
    said = Eligibility((Criterion(About.COUNTRY, Effect.ALLOWS, ("UA",)),))
    official, relayed = call("1", source="interreg_pl_ua"), call("2", source="interreg_eu")
    assert is_relay("interreg_eu")
    assert is_relay("EuroAccess")
    assert not is_relay("interreg_pl_ua")
    full = call("3", source="euroaccess", eligibility=said, funding=(Funding(total=1e6),))
    assert leader([full, relayed, official]) == official
    assert leader([full, relayed]) == full
    undated = call("4", source="portal", deadlines=(Deadline(DeadlineKind.TO_BE_ANNOUNCED, None),))
    assert leader([undated, relayed]) == relayed
    early = call("5", source="portal", first_seen=NOW - DAY)
    assert leader([call("6", source="portal", first_seen=NOW), early]) == early


@pytest.mark.parametrize(
    ("mine", "theirs", "conflict"),
    [
        ((single("2027-05-12"),), (single("2027-05-12"),), False),
        ((single("2027-05-12"),), (single("2027-05-13"),), True),
        ((single("2027-05-12"),), (single("2027-05-12", time="23:59"),), True),
        ((single("2027-05-12"),), (single("2027-05-12", time=None),), False),
        ((single("2027-05-12"),), (single("2027-05-12", time="18:00", zone="Europe/Kyiv"),), False),
        ((single("2027-05-12"),), (single("2027-05", time=None),), False),
        ((single("2027-05-12"),), (single("--05-12", time=None),), False),
        ((single("2027-05-12"), single("2027-09-01")), (single("2027-09-01"),), False),
        ((single("2027-05-12"), single("2027-09-01")), (single("2027-09-08"),), True),
        ((single("2027-05-12"),), (), False),
        ((single("2027-05-12"),), (Deadline(DeadlineKind.ROLLING, None),), True),
    ],
)
def test_when_two_sources_cannot_both_be_right(
    mine: tuple[Deadline, ...], theirs: tuple[Deadline, ...], *, conflict: bool
) -> None:
    assert differ(mine, theirs) is conflict
    assert differ(theirs, mine) is conflict
    other = call("2", source="euroaccess", deadlines=theirs)
    assert bool(disputes(call(deadlines=mine), [other])) is conflict
    gone = call("2", source="euroaccess", deadlines=theirs, withdrawn=True)
    assert disputes(call(deadlines=mine), [gone]) == []
