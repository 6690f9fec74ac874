"""Every fault of the stand-in is really there: seen by a plain client, without the crawler."""

from __future__ import annotations

import functools
import gzip
import http.client
import json
import subprocess
import sys
import time
import urllib.error
import zlib
from collections import Counter
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.portal import client
from tests.portal.rows import Record, sample
from tests.portal.standin import FAULTS, Expect, FaultyPortal, expected_opportunities

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
RECORDS = sample(NOW)
TRUTH = expected_opportunities(RECORDS)
TOPICS = Counter(name for name, one in TRUTH.items() if one.kind == "1")
QUESTIONS = ["robots.txt", *(f"{kind} {page}" for kind in "128" for page in range(1, 5))]
UNSEEN = {
    "slow": "the bytes are the same",
    "order_leaves_out": "every record of the sample has the field it is sorted by",
}


def answered(url: str, question: str, patience: float = 0.5) -> object:
    """What one question brings: status and bytes, or the error that comes instead."""
    try:
        if question == "robots.txt":
            return client.get(f"{url}/robots.txt")
        kind, page = question.split()
        target = client.address(url, page=int(page))
        return client.post(target, client.multipart(client.parts_for(kind)), patience=patience)[:2]
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__


@functools.cache
def honest() -> dict[str, object]:
    with FaultyPortal(RECORDS).serve() as url:
        return {question: answered(url, question, 10) for question in QUESTIONS}


def first(*faults: str, kind: str = "1", page: int = 1, **when: Any) -> dict[str, Any]:
    """The first answer of a faulty portal."""
    with FaultyPortal(RECORDS, *faults, **when).serve() as url:
        return client.search(url, client.parts_for(kind), page=page)


def bodies(*faults: str, times: int = 1) -> list[tuple[int, bytes, dict[str, str]]]:
    """Status, bytes and headers of the first answers of a faulty portal."""
    with FaultyPortal(RECORDS, *faults).serve() as url:
        body = client.multipart(client.parts_for("1"))
        return [client.post(client.address(url), body) for _ in range(times)]


def scans(*faults: str, times: int = 1) -> list[list[Record]]:
    """What the first scans of all topics bring."""
    with FaultyPortal(RECORDS, *faults).serve() as url:
        return [client.scan(url, "1") for _ in range(times)]


def said(row: Record, name: str) -> str:
    return next(iter(row["metadata"].get(name) or []), "")


def names(rows: list[Record]) -> Counter[str]:
    return Counter(said(row, "identifier") for row in rows)


def values(rows: list[Record], name: str) -> set[str]:
    return {said(row, name) for row in rows}


def test_without_a_fault_it_is_honest() -> None:
    (rows,) = scans()
    assert names(rows) == TOPICS


@pytest.mark.parametrize("name", sorted(FAULTS.keys() - UNSEEN.keys()))
def test_every_fault_shows(name: str) -> None:
    with FaultyPortal(RECORDS, name).serve() as url:
        assert any(answered(url, question) != honest()[question] for question in QUESTIONS)


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_says_what_it_does_and_what_to_expect(name: str) -> None:
    assert FAULTS[name].about.endswith(".")
    assert FAULTS[name].expect in Expect


def test_faults_can_be_limited_to_a_page_a_type_or_the_first_requests() -> None:
    assert first("empty", page=2)["totalResults"] == 0
    assert first("empty", page=2, type="8")["totalResults"] > 0
    assert first("empty", kind="8", type="8")["totalResults"] == 0
    with FaultyPortal(RECORDS, "error_500", first=2).serve() as url:
        body = client.multipart(client.parts_for("1"))
        got = [client.post(client.address(url), body)[0] for _ in range(3)]
    assert got == [500, 500, 200]


def test_faults_can_be_combined() -> None:
    answer = first("stubs_before", "total_changes")
    assert answer["totalResults"] > sum(TOPICS.values()) * 1.2
    assert "" in values(answer["results"], "status")


# copies and traces of records


def test_stale_copies_still_say_open() -> None:
    rows = first("stale_copies")["results"]
    stale = [row for row in rows if said(row, "DATASOURCE") == "SEDIA_PRD_CENTRICITY"]
    assert stale
    for row in stale:
        assert said(row, "status") in {"31094501", "31094502"}
        assert said(row, "deadlineDate") < "2024"
        assert row["reference"] in {other["reference"] for other in rows if other not in stale}


def test_closed_rows_and_news_slip_in() -> None:
    assert "31094503" in values(first("closed_rows")["results"], "status")
    news = [row for row in first("news")["results"] if said(row, "type") == "6"]
    assert news
    assert values(news, "status") == values(news, "deadlineDate") == {""}


def test_translations_come_first_and_bear_their_language() -> None:
    rows = first("translations")["results"]
    assert (rows[0]["language"], rows[1]["language"]) == ("fr", "en")
    assert (rows[0]["reference"], rows[1]["reference"]) == (
        rows[1]["reference"].removesuffix("en") + "fr",
        rows[1]["reference"],
    )


@pytest.mark.parametrize(
    ("name", "same_reference"),
    [("stubs_before", True), ("stubs_after", False), ("stubs_first", True)],
)
def test_stubs_lie_beside_their_records(name: str, *, same_reference: bool) -> None:
    (rows,) = scans(name)
    stubs = [row for row in rows if not said(row, "status")]
    assert len(stubs) > 50
    assert names([row for row in rows if said(row, "status")]) == TOPICS
    for stub in stubs:
        assert said(stub, "deadlineDate") == said(stub, "descriptionByte") == ""
        (full,) = [r for r in rows if r not in stubs and names([r]) == names([stub])]
        assert (full["reference"] == stub["reference"]) is same_reference


def test_a_stub_can_come_alone() -> None:
    (rows,) = scans("stubs_alone")
    assert names(rows) == TOPICS
    assert 0 < sum(not said(row, "status") for row in rows) < len(rows)


def test_a_document_can_come_twice_and_contradict_itself() -> None:
    (rows,) = scans("same_document_twice")
    twice = [name for name, count in names(rows).items() if count == 2]
    assert len(twice) > 40
    assert len({row["reference"] for row in rows}) == len(rows)
    (rows,) = scans("two_dates")
    older, newer = rows[:2]
    assert older["reference"] == newer["reference"]
    assert said(older, "deadlineDate") != said(newer, "deadlineDate")
    assert said(older, "esDA_IngestDate") < said(newer, "esDA_IngestDate")


def test_a_row_can_lack_every_name() -> None:
    assert "" in names(first("nameless_row")["results"])


# a filter ignored


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("filter_ignored", {"type", "status", "DATASOURCE", "language"}),
        ("filter_ignored_whole_index", {"type", "status", "DATASOURCE", "language"}),
        ("filter_ignored_status", {"status"}),
        ("filter_ignored_source", {"DATASOURCE"}),
        ("filter_ignored_language", {"language"}),
        ("filter_ignored_type", {"type"}),
    ],
)
def test_what_was_ignored_is_what_differs(name: str, fields: set[str]) -> None:
    asked = {
        "type": {"1"},
        "status": {"31094501", "31094502"},
        "DATASOURCE": {"SEDIA"},
        "language": {"en"},
    }
    seen: dict[str, set[str]] = {field: set() for field in asked}
    with FaultyPortal(RECORDS, name).serve() as url:
        for page in range(1, 12):
            rows = client.search(url, client.parts_for("1"), page=page)["results"]
            for field in asked:
                seen[field] |= values(rows, field)
    assert {field for field in asked if seen[field] - asked[field]} == fields


def test_an_ignored_filter_can_begin_late() -> None:
    with FaultyPortal(RECORDS, "filter_ignored_page_2").serve() as url:
        one, two = (client.search(url, client.parts_for("1"), page=p) for p in (1, 2))
    assert values(one["results"], "type") == {"1"}
    assert values(two["results"], "type") > {"1"}
    assert one["totalResults"] == sum(TOPICS.values()) < two["totalResults"]


# pages and counts


def test_swapped_pages_repeat_some_and_miss_others() -> None:
    one, two = (names(rows) for rows in scans("pages_swap", times=2))
    assert one.total() == two.total() == TOPICS.total()
    assert one != two
    for seen in (one, two):
        assert max(seen.values()) > 1
        assert TOPICS.keys() > seen.keys()
    one, two = (names(rows) for rows in scans("pages_swap_once", times=2))
    assert one != TOPICS
    assert two == TOPICS


def test_without_an_order_pages_are_cut_from_different_shuffles() -> None:
    (rows,) = scans("order_ignored")
    assert len(rows) == TOPICS.total()
    assert names(rows) != TOPICS


def test_an_order_can_leave_out_what_lacks_the_field() -> None:
    bare = [record for record in RECORDS if record["metadata"]["type"] == ["2"]]
    left = [record | {"metadata": record["metadata"] | {"callIdentifier": []}} for record in bare]
    with FaultyPortal([*left[:3], *bare[3:]], "order_leaves_out").serve() as url:
        answer = client.search(url, client.parts_for("2"))
    with FaultyPortal([*left[:3], *bare[3:]]).serve() as url:
        whole = client.search(url, client.parts_for("2"))
    assert answer["totalResults"] == whole["totalResults"] - 3
    assert values(whole["results"][-3:], "callIdentifier") == {""}


def test_totals_change() -> None:
    with FaultyPortal(RECORDS, "total_changes").serve() as url:
        pages = [client.search(url, client.parts_for("1"), page=p) for p in (1, 2, 3)]
    assert len({page["totalResults"] for page in pages}) == 3
    with FaultyPortal(RECORDS, "total_changes_once").serve() as url:
        pages = [client.search(url, client.parts_for("1"), page=p) for p in (1, 2, 3, 1, 2, 3)]
    changed = [page["totalResults"] - TOPICS.total() for page in pages]
    assert changed == [0, 3, 0, 0, 0, 0]


def test_scans_and_pages_come_short() -> None:
    (rows,) = scans("short_scan")
    assert len(rows) == TOPICS.total() - 3
    assert first("short_scan")["totalResults"] == TOPICS.total()
    one, two = scans("short_scan_once", times=2)
    assert (len(one), len(two)) == (TOPICS.total() - 3, TOPICS.total())
    assert len(first("short_page", page=2)["results"]) == 90
    assert len(first("short_page", page=1)["results"]) == 100


def test_nothing_comes() -> None:
    answer = first("empty")
    assert (answer["totalResults"], answer["results"]) == (0, [])
    answer = first("counted_but_empty")
    assert (answer["totalResults"], answer["results"]) == (TOPICS.total(), [])


def test_pages_bear_the_wrong_number_or_the_wrong_rows() -> None:
    answer = first("wrong_echo", page=2)
    assert (answer["pageNumber"], answer["results"]) == (3, first(page=2)["results"])
    answer = first("page_ignored", page=2)
    assert (answer["pageNumber"], answer["results"]) == (2, first(page=1)["results"])
    answer = first("smaller_pages", page=2)
    assert (answer["pageSize"], answer["results"]) == (50, first(page=1)["results"][50:])


# other shapes


def test_rows_have_other_shapes() -> None:
    assert not values(first("conditions_dropped")["results"], "topicConditions") - {""}
    odd = first("other_version")["results"][1]
    assert (odd["apiVersion"], "title" in odd, odd["metadata"]["tags"]) == ("2.148.3", False, None)
    assert isinstance(first("scalars")["results"][0]["metadata"]["identifier"], str)
    assert b'"score":NaN' in bodies("no_number")[0][1]
    assert "results" not in first("no_results")
    assert first("null_results")["results"] is None
    assert first("odd_results")["results"][:3] == [None, "row", {"reference": "1"}]
    assert first("error_object").keys() == {"type", "message"}
    assert bodies("byte_order_mark")[0][1].startswith(b"\xef\xbb\xbf{")


# statuses


def test_statuses() -> None:
    assert [status for status, *_ in bodies("error_500_first_2", times=3)] == [500, 500, 200]
    assert bodies("error_502_first_2")[0][0] == 502
    assert bodies("forbidden")[0][0] == 403
    ((status, _, headers),) = bodies("too_many")
    assert (status, headers["Retry-After"]) == (429, "1")
    ((status, _, headers),) = bodies("too_many_until_first_1")
    wait = parsedate_to_datetime(headers["Retry-After"]) - datetime.now(UTC)
    assert (status, 0 < wait.total_seconds() <= 2) == (429, True)
    ((status, _, headers),) = bodies("redirected")
    assert (status, headers["Location"][:24]) == (302, "http://169.254.169.254/l")


# bytes and connections


def test_bodies_are_cut() -> None:
    with pytest.raises(http.client.IncompleteRead):
        bodies("cut_short")
    ((status, body, _),) = bodies("cut_json")
    assert status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
    assert bodies("no_body")[0][1] == b""
    ((_, body, headers),) = bodies("cut_compressed")
    assert headers["Content-Encoding"] == "gzip"
    with pytest.raises(EOFError):
        gzip.decompress(body)
    ((_, body, _),) = bodies("compressed")
    assert len(json.loads(gzip.decompress(body))["results"]) == 100


def test_bodies_are_too_large() -> None:
    ((_, body, _),) = bodies("bomb")
    assert len(body) < 1 << 20
    unpacked = zlib.decompressobj(wbits=31)
    size = 0
    while not unpacked.eof:
        size += len(unpacked.decompress(unpacked.unconsumed_tail or body, 1 << 20))
    assert size > 256 << 20
    with pytest.raises(http.client.IncompleteRead) as short:
        bodies("huge")
    assert short.value.expected is not None
    assert short.value.expected > 3 << 30


def test_connections_break() -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        bodies("dropped")
    with pytest.raises(urllib.error.URLError, match="refused"):
        bodies("dead")
    with FaultyPortal(RECORDS, "dropped_first_2").serve() as url:
        got = [answered(url, "1 1") for _ in range(3)]
    assert got[:2] == ["RemoteDisconnected"] * 2
    assert got[2] == honest()["1 1"]


def test_a_slow_body_comes_in_the_end_and_a_stalled_one_does_not() -> None:
    started = time.monotonic()
    ((_, body, _),) = bodies("slow")
    assert time.monotonic() - started > 0.08  # twenty pieces, 5 ms apart
    assert (200, body) == honest()["1 1"]
    started = time.monotonic()
    with FaultyPortal(RECORDS, "stalled").serve() as url:
        assert answered(url, "1 1") == "TimeoutError"
    assert time.monotonic() - started < 5  # the server does not wait for its own stall to end


def test_a_page_for_people_comes_instead() -> None:
    ((status, body, headers),) = bodies("maintenance")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert body.startswith(b"<!DOCTYPE html>")
    assert bodies("maintenance_as_json")[0][2]["Content-Type"] == "application/json"
    with FaultyPortal(RECORDS, "maintenance_page_2").serve() as url:
        got = [answered(url, f"1 {page}") for page in (1, 2, 2, 3)]
    assert [one == honest()[f"1 {page}"] for one, page in zip(got, (1, 2, 2, 3), strict=True)] == [
        True,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("robots_forbid", (200, b"User-agent: *\nDisallow: /\n")),
        ("robots_error", (500, b"error")),
        ("robots_missing", (404, b"not found")),
    ],
)
def test_robots(name: str, expected: object) -> None:
    with FaultyPortal(RECORDS, name).serve() as url:
        assert answered(url, "robots.txt") == expected
        assert answered(url, "1 1", 10) == honest()["1 1"]


# by hand


def test_it_runs_by_hand_on_rows_from_a_file(tmp_path: Path) -> None:
    rows = tmp_path / "rows.ndjson"
    row = json.dumps(RECORDS[0] | {"_seen": "2026-08-22", "score": float("nan")})
    rows.write_text(f"{row}\n\n", encoding="utf-8")
    command = [sys.executable, "-m", "tests.portal.standin", "--rows", str(rows), "--port", "0"]
    with subprocess.Popen(
        [*command, "--fault", "total_changes"],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        answer = client.search(url, client.parts_for("1"))
        process.terminate()
    assert answer["totalResults"] > 1
    assert answer["results"] == [RECORDS[0] | {"score": None}]
