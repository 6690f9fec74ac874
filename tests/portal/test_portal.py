"""The honest portal answers as the real one is described: bodies, filters, pages, envelope."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from desk.demo import portal_records
from desk.demo.portal import PortalSite
from tests.portal import client
from tests.portal.rows import Record, sample

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TYPE_1 = (
    "DATASOURCE REFERENCE actions allowPartnerSearch budgetOverview callIdentifier callTitle "
    "callccm2Id ccm2Id crossCuttingPriorities deadlineDate deadlineModel descriptionByte "
    "destination destinationDescription destinationDetails destinationGroup "
    "esDA_FirstIngestDate esDA_IngestDate esDA_QueueDate esST_FileName esST_URL esST_checksum "
    "es_Combine es_ContentType es_SortDate focusArea frameworkProgramme identifier keywords "
    "language latestInfos links programmeDivision programmePeriod sepTemplate sortStatus "
    "specificObjective startDate status supportInfo tags title topicConditions type typeOfMGAs "
    "typesOfAction url"
)


@pytest.fixture(scope="module")
def site() -> PortalSite:
    return PortalSite(sample(NOW))


@pytest.fixture(scope="module")
def url(site: PortalSite) -> Iterator[str]:
    with site.serve() as address:
        yield address


def of(rows: list[Record], name: str) -> list[str]:
    return [row["metadata"][name][0] for row in rows]


def test_every_open_record_of_a_type_comes_once_and_in_order(url: str, site: PortalSite) -> None:
    for record_type, field in client.SORTED_BY.items():
        wanted = [
            record
            for record in site.records
            if record["metadata"]["type"] == [record_type]
            and record["metadata"].get("status", [""])[0] in {"31094501", "31094502"}
            and record["metadata"]["DATASOURCE"] == ["SEDIA"]
            and record["language"] == "en"
        ]
        assert wanted
        assert of(client.scan(url, record_type), field) == sorted(of(wanted, field))


def test_rows_come_as_they_are_kept(url: str, site: PortalSite) -> None:
    kept = {row["reference"]: row for row in site.records if "status" in row["metadata"]}
    for row in client.scan(url, "8"):
        assert row == kept[row["reference"]]


def test_the_envelope_has_the_real_keys(url: str) -> None:
    answer = client.search(url, client.parts_for("2"), size=3, page=2)
    assert set(answer) == {
        "apiVersion", "terms", "responseTime", "totalResults", "pageNumber", "pageSize", "sort",
        "groupByField", "queryLanguage", "bestBets", "results", "warnings",
    }  # fmt: skip
    assert (answer["pageNumber"], answer["pageSize"], len(answer["results"])) == (2, 3, 3)
    assert answer["totalResults"] == len(client.scan(url, "2"))


def test_a_page_holds_at_most_a_hundred(url: str) -> None:
    answer = client.search(url, client.parts_for("1"), size=10_000)
    assert (answer["pageSize"], len(answer["results"])) == (100, 100)
    assert answer["totalResults"] > 300
    beyond = client.search(url, client.parts_for("1"), page=99)
    assert (beyond["results"], beyond["totalResults"]) == ([], answer["totalResults"])


def test_every_part_has_to_say_that_it_is_json(url: str) -> None:
    body = client.multipart(client.parts_for("1"), say_json=False)
    status, said, _ = client.post(client.address(url), body)
    assert status == 500
    assert json.loads(said) == {"type": "throwable", "message": "An internal error occurred"}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"query=%7B%7D", "application/x-www-form-urlencoded"),
        (b"", "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\n{}\r\n--x--\r\n", "multipart/form-data; boundary=x"),
        (client.multipart({"query": {}})[:-8], client.MULTIPART),
        (client.multipart({"query": {}}), "multipart/form-data"),
        (client.multipart({"languages": "en"}), client.MULTIPART),
        (client.multipart({"sort": "identifier"}), client.MULTIPART),
    ],
)
def test_other_bodies_are_an_internal_error(url: str, body: bytes, content_type: str) -> None:
    assert client.post(client.address(url), body, content_type)[0] == 500


def test_a_bare_json_body_is_taken_and_its_query_ignored(url: str, site: PortalSite) -> None:
    body = json.dumps(client.parts_for("1")).encode()
    status, said, _ = client.post(client.address(url), body, "application/json")
    assert (status, json.loads(said)["totalResults"]) == (200, len(site.records))


@pytest.mark.parametrize(
    "query",
    [
        {"match": {"title": "town"}},
        {"wildcard": {"identifier": "CERV*"}},
        {"bool": {"should": []}},
        {"term": {"type": "1", "language": "en"}},
        {"terms": {"type": "1"}},
        {"range": {"deadlineDate": {"from": "2026"}}},
        {},
        [],
    ],
)
def test_a_query_it_does_not_know_is_refused(url: str, query: Any) -> None:
    status, said, _ = client.post(client.address(url), client.multipart({"query": query}))
    assert (status, json.loads(said)["type"]) == (400, "businessError")
    assert json.loads(said)["message"] == "Invalid Query format"


def count(url: str, *must: Any, must_not: Any = ()) -> int:
    query = {"bool": {"must": list(must), "must_not": list(must_not)}}
    total: int = client.search(url, {"query": query})["totalResults"]
    return total


def test_term_terms_and_must_not(url: str) -> None:
    one, eight = count(url, {"term": {"type": "1"}}), count(url, {"term": {"type": "8"}})
    assert one > eight > 0
    assert count(url, {"terms": {"type": ["1", "8"]}}) == one + eight
    assert count(url, {"terms": {"type": ["1", "8"]}}, must_not=[{"term": {"type": "8"}}]) == one
    assert count(url, {"term": {"type": 8}}) == eight
    assert count(url, {"term": {"nothing": "1"}}) == 0


def test_a_range_compares_only_the_format_of_the_index(url: str) -> None:
    type_1 = {"term": {"type": "1"}}
    dated = count(url, type_1, {"range": {"deadlineDate": {"gte": "2099-01-01"}}})
    assert dated == count(url, type_1, {"range": {"deadlineDate": {"gte": "2026-11-22"}}})
    soon = {"gte": "2026-11-22T00:00:00.000+0000", "lt": "2027-01-01T00:00:00.000+0000"}
    assert 0 < count(url, type_1, {"range": {"deadlineDate": soon}}) < dated
    never = {"gte": "2099-01-01T00:00:00.000+0000"}
    assert count(url, type_1, {"range": {"deadlineDate": never}}) == 0


def test_without_languages_translations_come_too(url: str) -> None:
    query = {"query": {"terms": {"identifier": ["CERV-2027-CITIZENS-TOWN-TT-UA"]}}}
    languages = {row["language"] for row in client.search(url, query)["results"]}
    assert languages == {"en", "fr", "de", "bg"}
    english = client.search(url, query | {"languages": ["en"]})["results"]
    assert {row["language"] for row in english} == {"en"}


def test_ties_change_places_and_a_unique_order_does_not(url: str) -> None:
    parts = client.parts_for("1")
    tied = parts | {"sort": {"field": "status", "order": "DESC"}}
    assert client.search(url, tied)["results"] != client.search(url, tied)["results"]
    assert client.search(url, parts)["results"] == client.search(url, parts)["results"]
    listed = parts | {"sort": [{"field": "status", "order": "ASC"}, parts["sort"]]}
    assert client.search(url, listed)["results"] == client.search(url, listed)["results"]
    down = parts | {"sort": {"field": "identifier", "order": "DESC"}}
    names = of(client.search(url, down)["results"], "identifier")
    assert names == sorted(names, reverse=True)
    unsorted = {"query": parts["query"]}
    assert client.search(url, unsorted)["sort"] == "relevance"
    assert client.search(url, unsorted)["results"] == client.search(url, unsorted)["results"]


def test_display_fields_leave_out_the_conditions_even_when_listed(url: str) -> None:
    parts = client.parts_for("1") | {"displayFields": ["identifier", "topicConditions"]}
    (row, *_) = client.search(url, parts)["results"]
    shown = {"identifier", "DATASOURCE", "language", "url", "esST_URL"}
    assert set(row["metadata"]) == shown | {"es_ContentType", "es_SortDate"}


def test_text_in_quotes_is_a_phrase(url: str) -> None:
    phrase = "%22CERV-2027-CITIZENS-TOWN-TT-UA%22"
    rows = client.search(url, {"languages": ["en"]}, text=phrase)["results"]
    assert {row["metadata"]["type"][0] for row in rows} == {"1", "6"}
    assert client.search(url, {}, text="shelters")["totalResults"] > 0
    assert client.search(url, {}, text="nosuchword")["totalResults"] == 0


@pytest.mark.parametrize(
    "query", ["text=***", "apiKey=OTHER&text=***", "apiKey=SEDIA", "apiKey=SEDIA&text=*&pageSize=0"]
)
def test_a_wrong_address_is_an_internal_error(url: str, query: str) -> None:
    target = f"{url}/search-api/prod/rest/search?{query}"
    assert client.post(target, client.multipart({}))[0] == 500


def test_beyond_ten_thousand_there_is_nothing(url: str) -> None:
    assert client.post(client.address(url, page=100), client.multipart({}))[0] == 200
    assert client.post(client.address(url, page=101), client.multipart({}))[0] == 500


def test_a_page_for_people_and_robots(url: str) -> None:
    assert b"Every call in\nit is invented" in client.get(url)[1]
    assert client.get(f"{url}/robots.txt") == (200, b"User-agent: *\nDisallow:\n")
    assert client.get(f"{url}/search-api/prod/rest/search")[0] == 404


def test_requests_are_counted_and_kept() -> None:
    site = PortalSite(portal_records.records(NOW))
    with site.serve() as url:
        client.search(url, client.parts_for("8"), page=1)
        client.search(url, client.parts_for("2"), page=2)
    assert site.requests == {"/search-api/prod/rest/search": 2}
    assert [(ask.number, ask.page, ask.types) for ask in site.searches] == [
        (1, 1, frozenset("8")),
        (2, 2, frozenset("2")),
    ]
    assert "user-agent" in site.seen[0].headers


def test_records_can_be_replaced_while_it_serves() -> None:
    site = PortalSite(portal_records.records(NOW))
    with site.serve() as url:
        before = client.scan(url, "2")
        site.records = portal_records.synthetic(26, NOW)
        after = client.scan(url, "2")
    assert (len(before), len(after)) == (7, 1)


def test_aiohttp_can_ask_many_things_on_one_connection(url: str) -> None:
    async def ask_all() -> list[int]:
        headers = {"Content-Type": client.MULTIPART}
        counts = []
        connector = aiohttp.TCPConnector(limit=1)
        async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
            for page in range(1, 5):
                body = client.multipart(client.parts_for("1"))
                async with session.post(client.address(url, page=page), data=body) as answer:
                    counts.append(len((await answer.json())["results"]))
        return counts

    assert asyncio.run(ask_all())[:3] == [100, 100, 100]


def test_topics_have_the_real_keys_and_only_strings(site: PortalSite) -> None:
    topics = [r for r in site.records if r["metadata"]["type"] == ["1"]]
    full = [r for r in topics if r["metadata"].get("status") and "ccmTags" not in r["metadata"]]
    assert len(full) > 300
    for record in full:
        assert sorted(record["metadata"]) == sorted(TYPE_1.split())
    for record in site.records:
        for values in record["metadata"].values():
            assert isinstance(values, list)
            assert all(isinstance(value, str) for value in values)


def test_references_are_unique_but_for_stubs_and_stale_copies(site: PortalSite) -> None:
    full = [
        record["reference"]
        for record in site.records
        if record["metadata"]["DATASOURCE"] == ["SEDIA"]
        and (record["metadata"].get("status") or record["metadata"]["type"] == ["6"])
    ]
    assert len(full) == len(set(full))


def test_the_sample_holds_what_makes_the_portal_difficult() -> None:
    records = portal_records.records(NOW)
    data = [record["metadata"] for record in records]
    said = {(m["type"][0], m.get("status", [""])[0]) for m in data if m["DATASOURCE"] == ["SEDIA"]}
    assert said == {
        *((kind, status) for kind in "128" for status in ("31094501", "31094502", "31094503")),
        ("1", ""),  # stubs
        ("6", ""),  # news
    }
    models = {m["deadlineModel"][0] for m in data if m.get("deadlineModel")}
    assert models == {"single-stage", "two-stage", "multiple cut-off"}
    assert any(m.get("deadlineModel") == [] and len(m["deadlineDate"]) == 2 for m in data)
    clocks = {
        stamp[11:13] for m in data if m["type"] == ["1"] for stamp in m.get("deadlineDate", [])
    }
    assert clocks >= {"00", "17", "23"}
    words = json.dumps(records, ensure_ascii=False)
    for mark in ("[[", "\ufeff", "&amp;amp;", "ql-ui", "&amp;nbsp;", 'class=\\"eui-u-mt-l>\\"'):
        assert mark in words, mark


@pytest.mark.parametrize("days", [0, 97, 1000])
def test_the_sample_moves_with_the_day(days: int) -> None:
    now = NOW + timedelta(days=days)
    open_now = [
        record["metadata"]
        for record in portal_records.records(now)
        if record["metadata"].get("status") == ["31094502"]
        and record["metadata"]["DATASOURCE"] == ["SEDIA"]
    ]
    assert len(open_now) > 40
    for data in open_now:
        assert data["startDate"][0][:10] <= str(now.date())
        assert not data["deadlineDate"] or data["deadlineDate"][-1][:10] >= str(now.date())


def test_generated_records_repeat_and_have_real_sizes() -> None:
    made = portal_records.synthetic(130, NOW, 7)
    assert made == portal_records.synthetic(130, NOW, 7)
    assert made != portal_records.synthetic(130, NOW, 8)
    kinds = [record["metadata"]["type"][0] for record in made]
    assert [kinds.count(kind) for kind in "182"] == [100, 25, 5]
    topics = [r for r in made if r["metadata"]["type"] == ["1"]]
    size = sum(len(json.dumps(r, ensure_ascii=False).encode()) for r in topics) / len(topics)
    assert 17_000 < size < 25_000
