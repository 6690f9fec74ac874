"""Every spider against its recording: what it collects, and what we read in it, field by field."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crawler.harvest import load_spider, spider_names
from tests.spiders.record import files, replayed
from tests.spiders.replay import crawl, recorder


@pytest.mark.parametrize("name", spider_names())
def test_what_a_spider_collects_is_read_as_reviewed(name: str) -> None:
    missing = [str(path) for path in files(name) if not path.exists()]
    assert not missing, f"run `python -m tests.spiders.record {name}`, and read what it wrote"
    expected = json.loads(files(name)[1].read_text(encoding="utf-8"))
    found = replayed(name)
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
