"""Rows of the portal: told apart, merged into opportunities, and named."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import FilterIgnored
from crawler.portal_rows import check, key, mark, merge, why_stray


def row(reference: str = "50000001TOPICSen", **metadata: Any) -> dict[str, Any]:
    base = {
        "type": ["1"],
        "status": ["31094502"],
        "DATASOURCE": ["SEDIA"],
        "language": ["en"],
        "identifier": ["LIFE-2027-A"],
        "title": ["A"],
        "deadlineDate": ["2027-03-01T00:00:00.000+0000"],
    }
    return {"reference": reference, "metadata": base | metadata}


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ({}, None),
        ({"type": ["6"]}, "type 6"),
        ({"type": ["1", "6"]}, "type 1"),
        ({"status": ["31094503"]}, "status 31094503"),
        ({"status": ["31094501"]}, None),
        ({"status": []}, None),  # a stub says nothing; that is no contradiction
        ({"DATASOURCE": ["SEDIA_PRD_CENTRICITY"]}, "source SEDIA_PRD_CENTRICITY"),
        ({"DATASOURCE": [], "datasource": ["SEDIA_PRD_CENTRICITY"]}, "source SEDIA_PRD_CENTRICITY"),
        ({"DATASOURCE": []}, None),
        ({"language": ["fr"]}, "language fr"),
        ({"language": ["EN"]}, None),
    ],
)
def test_a_row_is_held_against_what_was_asked(odd: dict[str, Any], reason: str | None) -> None:
    assert why_stray(row(**odd), "1") == reason


def rows(count: int, strays: int) -> list[dict[str, Any]]:
    wanted = [row(f"{n}TOPICSen", identifier=[f"LIFE-{n}"]) for n in range(count - strays)]
    return wanted + [row(f"{n}TOPICSfr", language=["fr"]) for n in range(strays)]


@pytest.mark.parametrize(
    ("count", "strays", "ignored"),
    [(100, 0, False), (100, 2, False), (100, 10, False), (100, 11, True), (100, 100, True),
     (5, 2, False), (5, 3, True), (1, 1, True), (0, 0, False), (20, 3, True)],
)  # fmt: skip
def test_a_page_shows_whether_the_filter_was_ignored(
    count: int,
    strays: int,
    ignored: bool,  # noqa: FBT001
) -> None:
    page = rows(count, strays)
    if ignored:
        with pytest.raises(FilterIgnored, match="ignored the filter"):
            check(page, "1")
    else:
        checked = check(page, "1")
        assert (len(checked.wanted), len(checked.strays)) == (count - strays, strays)


def test_a_stub_adds_what_it_has_and_hides_nothing() -> None:
    stub = row("stub", status=[], deadlineDate=[], title=[], keywords=["heat"])
    full = row()
    for order in ([stub, full], [full, stub]):
        (merged,), nameless = merge(order, "1")
        assert (merged.stub, merged.conflict, nameless) == (False, False, 0)
        metadata = merged.row["metadata"]
        assert metadata["deadlineDate"] == full["metadata"]["deadlineDate"]
        assert metadata["keywords"] == ["heat"]
    assert full == row()  # the rows themselves are left as they were


def test_a_stub_alone_stays_a_stub() -> None:
    (merged,), _ = merge([row(status=[])], "1")
    assert merged.stub


def test_the_newer_of_two_conflicting_documents_is_believed_and_told() -> None:
    older = row(esDA_IngestDate=["2026-06-01T01:00:00.000+0200"])
    newer = row(
        esDA_IngestDate=["2026-06-28T01:00:00.000+0200"],
        deadlineDate=["2027-04-01T00:00:00.000+0000"],
    )
    for order in ([older, newer], [newer, older]):
        (merged,), _ = merge(order, "1")
        assert merged.conflict
        assert merged.row["metadata"]["deadlineDate"] == newer["metadata"]["deadlineDate"]


def test_two_ways_to_write_one_day_are_no_conflict() -> None:
    ways = ["2021-09-22T17:00:00.000+0000", "2021-09-21T22:00:00.000+0000"]
    (merged,), _ = merge([row(way, deadlineDate=[way]) for way in ways], "1")
    assert not merged.conflict


def test_documents_for_different_types_of_action_belong_together() -> None:
    first = row("a", typesOfAction=["RIA"])
    second = row("b", typesOfAction=["CSA"], deadlineDate=["2027-09-01T00:00:00.000+0000"])
    (merged,), _ = merge([first, second], "1")
    assert not merged.conflict
    assert merged.row["metadata"]["typesOfAction"] == ["RIA", "CSA"]
    assert len(merged.row["metadata"]["deadlineDate"]) == 2


def test_documents_that_disagree_about_the_kind_of_their_dates_give_plain_dates() -> None:
    once = row("a", typesOfAction=["CSA"])
    twice = row(
        "b",
        typesOfAction=["RIA"],
        deadlineModel=["two-stage"],
        deadlineDate=["2027-02-01T00:00:00.000+0000", "2027-09-01T00:00:00.000+0000"],
    )
    (merged,), _ = merge([once, twice], "1")
    assert len(merged.row["metadata"]["deadlineDate"]) == 3
    assert merged.row["metadata"]["deadlineModel"] == []
    (alike,), _ = merge([twice, {**twice, "reference": "c"}], "1")
    assert alike.row["metadata"]["deadlineModel"] == ["two-stage"]


def test_which_document_is_believed_does_not_hang_on_the_order_of_the_pages() -> None:
    one = row("a", deadlineDate=["2027-04-01T00:00:00.000+0000"], esDA_IngestDate=[])
    other = row("b", deadlineDate=["2027-05-01T00:00:00.000+0000"], esDA_IngestDate=[])
    (first,), _ = merge([one, other], "1")
    (second,), _ = merge([other, one], "1")
    assert first.row == second.row
    assert first.conflict


@pytest.mark.parametrize(
    ("record_type", "metadata", "reference", "name"),
    [
        ("1", {}, "50000001TOPICSen", "LIFE-2027-A"),
        ("1", {"identifier": []}, "50000001TOPICSen", ""),
        ("2", {"identifier": ["EuropeAid/191204/DD/ACT/UA"]}, "x", "EuropeAid/191204/DD/ACT/UA"),
        ("2", {"identifier": [], "type": ["2"]}, "191204PROSPECTSEN", ""),
        ("8", {"callccm2Id": ["13206"], "type": ["8"]}, "x", "cascade-13206"),
        ("8", {"type": ["8"]}, "13206COMPETITIVE_CALLen", ""),
        ("8", {"type": ["8"]}, "no number", ""),
    ],
)
def test_what_names_an_opportunity(
    record_type: str, metadata: dict[str, Any], reference: str, name: str
) -> None:
    assert key(row(reference, **metadata), record_type) == name


def test_rows_that_name_nothing_are_counted() -> None:
    merged, nameless = merge([row(identifier=[]), row()], "1")
    assert (len(merged), nameless) == (1, 1)


@given(st.permutations(range(6)))
def test_the_order_of_rows_does_not_change_what_is_merged(order: list[int]) -> None:
    group = [
        row(f"{n}", typesOfAction=[f"A{n % 2}"], esDA_IngestDate=[f"2026-01-0{n + 1}T00:00:00"])
        for n in range(6)
    ]
    (merged,), _ = merge([group[n] for n in order], "1")
    assert merged.row["reference"] == "5"


def test_a_document_that_comes_again_is_recognised() -> None:
    assert mark(row()) == mark(row(esDA_IngestDate=["2026-02-02"]))
    assert mark(row()) != mark(row(status=[]))
    assert mark(row()) != mark(row("other"))
