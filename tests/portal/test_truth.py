"""The truth that harvests are held against, itself held against rows written out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from desk.demo import portal_records
from tests.portal.rows import moved, taken_in_again, without
from tests.portal.truth import differences, expected_opportunities

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def row(kind: str, *dates: str, **metadata: str) -> dict[str, Any]:
    said = {
        "type": kind,
        "status": "31094502",
        "DATASOURCE": "SEDIA",
        "language": "en",
        "identifier": "A-1",
        "title": "Name",
    } | metadata
    lists = {name: [value] if value else [] for name, value in said.items()}
    return {"reference": "1", "language": "en", "metadata": lists | {"deadlineDate": list(dates)}}


@pytest.mark.parametrize(
    ("kind", "stamp", "day", "instant"),
    [
        ("1", "2027-03-16T00:00:00.000+0000", "2027-03-16", "2027-03-16T16:00"),
        ("1", "2027-06-16T00:00:00.000+0000", "2027-06-16", "2027-06-16T15:00"),
        ("1", "2027-06-16T17:00:00.000+0000", "2027-06-16", "2027-06-16T15:00"),
        ("1", "2027-06-15T22:00:00.000+0000", "2027-06-16", "2027-06-16T15:00"),
        ("1", "2027-01-12T23:00:00.000+0000", "2027-01-13", "2027-01-13T16:00"),
        ("1", "2027-01-12T22:00:00.000+0000", "2027-01-12", "2027-01-12T16:00"),  # not midnight
        ("2", "2027-01-12T10:00:54.000+0000", "2027-01-12", "2027-01-12T09:00"),
        ("2", "2027-06-15T22:00:00.000+0000", "2027-06-15", "2027-06-15T20:00"),
        ("8", "2027-06-15T23:59:00.000+0000", "2027-06-15", "2027-06-15T21:59"),
        ("8", "2027-06-15T00:00:00.000+0000", "2027-06-15", "2027-06-14T22:00"),
    ],
)
def test_what_a_stamp_means(kind: str, stamp: str, day: str, instant: str) -> None:
    (one,) = expected_opportunities([row(kind, stamp, callccm2Id="7")]).values()
    assert one.days == (day,)
    assert one.instants == (datetime.fromisoformat(f"{instant}+00:00"),)


@pytest.mark.parametrize(
    "metadata",
    [
        {"type": "6"},
        {"type": "0"},
        {"status": "31094503"},
        {"status": ""},
        {"DATASOURCE": "SEDIA_PRD_CENTRICITY"},
        {"language": "fr"},
    ],
)
def test_what_is_no_opportunity(metadata: dict[str, str]) -> None:
    kind = metadata.pop("type", "1")
    assert not expected_opportunities([row(kind, "2027-03-16T00:00:00.000+0000", **metadata)])


def test_a_cascade_call_has_a_name_of_its_own_and_a_parent() -> None:
    one = row("8", "2027-03-16T17:00:00.000+0000", callccm2Id="14841", caName="Own name")
    (found,) = expected_opportunities([one]).values()
    assert (found.reference, found.parent, found.title) == ("cascade-14841", "A-1", "Own name")


def test_documents_that_agree_are_one_and_those_that_differ_say_so() -> None:
    same = [row("1", "2021-09-22T17:00:00.000+0000"), row("1", "2021-09-21T22:00:00.000+0000")]
    assert not expected_opportunities(same)["A-1"].contradictory
    other = row("1", "2021-09-30T00:00:00.000+0000")
    one = expected_opportunities([*same, other])["A-1"]
    assert one.contradictory
    assert one.accepts(["2021-09-22"])
    assert one.accepts(["2021-09-30", "2021-09-22"])
    assert not one.accepts(["2021-09-21"])


def test_differences_names_what_is_wrong() -> None:
    expected = expected_opportunities([row("1", "2027-03-16T00:00:00.000+0000")])
    assert differences(expected, {"A-1": ["2027-03-16"]}) == []
    assert differences(expected, {}) == ["missing: A-1"]
    assert differences(expected, {"A-1": ["2027-03-16"], "B": []}) == ["not asked for: B"]
    assert differences(expected, {"A-1": ["2027-03-15"]}) == [
        "A-1: 2027-03-15, not ('2027-03-16',)"
    ]


def test_records_can_be_moved_dropped_and_touched() -> None:
    records = portal_records.records(NOW)
    before = expected_opportunities(records)
    name = "HORIZON-MISS-2027-02-CLIMA-TWO-01"
    after = expected_opportunities(moved(records, name, 14))
    assert [key for key in before if before[key] != after[key]] == [name]
    assert before.keys() - expected_opportunities(without(records, name)).keys() == {name}
    assert before.keys() - expected_opportunities(without(records, "21310")).keys() == {
        "cascade-21310"
    }
    again = taken_in_again(records)
    assert expected_opportunities(again) == before
    assert again != records
