"""Every spider against its recording: what it collects, and what we read in it, field by field."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from crawler.harvest import load_spider, spider_names
from crawler.raw import RawCall
from crawler.reading import read
from storage.exchange import call_to_json
from tests.spiders.replay import TESTS, crawl, recorder, recording

BOOKKEEPING = ("first_seen", "last_seen", "version", "withdrawn", "opportunity")


def as_read(found: list[RawCall]) -> dict[str, Any]:
    """Each call as read, by reference, without what storage would add."""
    result: dict[str, Any] = {}
    for raw in found:
        reading = read(raw)
        call = call_to_json(reading.call)
        content = {name: value for name, value in call.items() if name not in BOOKKEEPING}
        result[raw.reference] = content | {"unreadable": dict(reading.unreadable)}
    return result


@pytest.mark.parametrize("name", spider_names())
def test_what_a_spider_collects_is_read_as_reviewed(name: str) -> None:
    cassette = TESTS / "cassettes" / f"{name}.yaml"
    golden = TESTS / "golden" / f"{name}.json"
    if os.environ.get("RECORD") == "once" and not cassette.exists():
        with recording(name) as settings:
            crawl(load_spider(name), **settings)
    with recorder(name, "none"):
        found = as_read(crawl(load_spider(name)))
    if os.environ.get("RECORD") == "once" and not golden.exists():
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        pytest.fail(f"{golden.name} was written: read it, then run again")
    expected = json.loads(golden.read_text(encoding="utf-8"))
    assert list(found) == list(expected)
    for reference, call in expected.items():
        assert found[reference] == call


def test_an_unrecorded_question_is_an_error_and_not_an_empty_harvest() -> None:
    spider = load_spider("eu_portal")
    with recorder("eu_portal", "none"), pytest.raises(AssertionError):
        crawl(type("Other", (spider,), {"language": "en", "ask": _asks_otherwise(spider)}))


def _asks_otherwise(spider: type[Any]) -> Any:
    async def ask(self: Any, record_type: str, page_number: int, *rest: Any) -> Any:
        return await spider.ask(self, record_type, page_number + 1, *rest)

    return ask
