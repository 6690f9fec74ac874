"""What a harvest is worth, as a table: the report, Scrapy's counts, the ending, the last one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from crawler.health import WORDS, Judgement, Report, collapsed, judge, withheld
from storage.domain import Harvest, Outcome

OK, DEGRADED, FAILED = Outcome.OK, Outcome.DEGRADED, Outcome.FAILED
THEN = datetime(2026, 11, 20, tzinfo=UTC)


def before(items: int, **parts: int) -> Harvest:
    return Harvest("source", THEN, items=items, parts=parts, complete=True)


def judged(
    items: int = 10,
    *,
    stats: dict[str, Any] | None = None,
    ended: str = "finished",
    last: Harvest | None = None,
    **report: Any,
) -> Judgement:
    return judge(Report(**report), stats or {}, ended, items, last)


@pytest.mark.parametrize(
    ("given", "outcome", "complete", "reason"),
    [
        # nothing wrong
        ({}, OK, True, ""),
        ({"last": before(10)}, OK, True, ""),
        ({"last": before(0)}, OK, True, ""),
        ({"stats": {"item_scraped_count": 10, "log_count/ERROR": 2}}, OK, True, ""),
        # what Scrapy counted
        (
            {"stats": {"lost/count": 2, "lost/answered 404": 2}},
            DEGRADED, False, "pages that did not come: 2 (answered 404: 2)",
        ),
        (
            {"stats": {"spider_exceptions/count": 1, "spider_exceptions/KeyError": 1}},
            DEGRADED, False, "pages the spider could not read: 1 (KeyError: 1)",
        ),
        (
            {"stats": {"item_error/count": 1, "item_error/ValueError": 1}},
            DEGRADED, False, "calls that could not be kept: 1 (ValueError: 1)",
        ),
        (
            {"stats": {"lost/count": 9, "lost/a": 1, "lost/b": 2, "lost/c": 3, "lost/d": 3}},
            DEGRADED, False, "pages that did not come: 9 (c: 3, d: 3, b: 2)",
        ),
        # what the spider said
        ({"failure": "the filter was ignored"}, FAILED, False, "the filter was ignored"),
        (
            {"failure": "the filter was ignored", "items": 0, "ended": "start_error"},
            FAILED, False, "the filter was ignored",
        ),
        ({"degradations": ["odd rows"]}, DEGRADED, True, "odd rows"),
        ({"degradations": ["odd rows"], "complete": False}, DEGRADED, False, "odd rows"),
        (
            {"degradations": ["odd rows"], "stats": {"lost/count": 1, "lost/x": 1}},
            DEGRADED, False, "odd rows; pages that did not come: 1 (x: 1)",
        ),
        # how it ended
        ({"ended": "shutdown"}, FAILED, False, "stopped early: it was told to stop"),
        ({"ended": "closespider_timeout"}, FAILED, False, "stopped early: it took too long"),
        ({"ended": "memusage_exceeded"}, FAILED, False, "stopped early: it used too much memory"),
        ({"ended": "start_error"}, FAILED, False, "stopped early: the spider failed"),
        ({"ended": "why not"}, FAILED, False, "stopped early: why not"),
        # no calls
        (
            {"items": 0},
            FAILED, False, "no calls at all, where there always are some: taken for an outage",
        ),
        ({"items": 0, "degradations": ["no links"]}, FAILED, False, "no links"),
        ({"items": 0, "may_be_empty": True}, OK, True, ""),
        ({"items": 0, "may_be_empty": True, "last": before(5)}, OK, False, ""),
        ({"items": 0, "may_be_empty": True, "limited": True, "complete": False}, OK, False, ""),
        (
            {
                "items": 0, "may_be_empty": True, "complete": False,
                "degradations": ["page 1: answered 503"],
            },
            FAILED, False, "page 1: answered 503",
        ),
        (
            {
                "items": 0, "may_be_empty": True, "complete": False, "came": True,
                "degradations": ["page 2: answered 503"],
            },
            DEGRADED, False, "page 2: answered 503",
        ),
        (
            {"items": 0, "may_be_empty": True, "stats": {"lost/count": 1, "lost/x": 1}},
            FAILED, False, "pages that did not come: 1 (x: 1)",
        ),
        # fewer than before
        ({"items": 5, "last": before(10)}, OK, True, ""),
        (
            {"items": 4, "last": before(10)},
            DEGRADED, False, "only 4 calls, 10 in the last complete harvest",
        ),
        (
            {"items": 4, "last": before(10), "may_be_empty": True},
            DEGRADED, False, "only 4 calls, 10 in the last complete harvest",
        ),
        (
            {"last": before(10, one=6, two=4), "parts": {"one": 10, "two": 1}},
            DEGRADED, False, "only 1 of two, 4 in the last complete harvest",
        ),
        (
            {"last": before(10, one=6, two=4), "parts": {"one": 10}},
            DEGRADED, False, "only 0 of two, 4 in the last complete harvest",
        ),
        ({"last": before(10, one=6, two=4), "parts": {"one": 4, "two": 6}}, OK, True, ""),
        # only some were asked for
        ({"items": 1, "limited": True, "complete": False, "last": before(99)}, OK, False, ""),
        (
            {"items": 0, "limited": True, "complete": False},
            FAILED, False, "no calls at all, where there always are some: taken for an outage",
        ),
    ],
)  # fmt: skip
def test_a_judgement(given: dict[str, Any], outcome: Outcome, complete: Any, reason: str) -> None:
    assert judged(**given) == Judgement(outcome, complete=complete, reason=reason)


def shares(**words: float) -> dict[str, float]:
    return {WORDS + name: share for name, share in words.items()} | {"deadlines": 1.0}


@pytest.mark.parametrize(
    ("given", "items", "usual", "missing"),
    [
        ({"conditions": 0.9}, 100, {"conditions": 0.9}, []),
        ({"conditions": 0.5}, 100, {"conditions": 0.9}, []),
        ({"conditions": 0.4}, 100, {"conditions": 0.9}, ["conditions"]),
        ({}, 100, {"conditions": 0.9, "budget": 0.6}, ["budget", "conditions"]),
        ({}, 100, {"conditions": 0.4}, []),
        ({}, 19, {"conditions": 0.9}, []),
        ({"new": 0.1}, 100, {}, []),
    ],
)
def test_words_a_source_suddenly_keeps_back(
    given: dict[str, float], items: int, usual: dict[str, float], missing: list[str]
) -> None:
    last = Harvest("source", THEN, items=items, coverage=shares(**usual), complete=True)
    assert withheld(given, items, last) == missing


def test_what_is_still_said_and_cannot_be_read_any_more_is_named() -> None:
    last = Harvest("source", THEN, items=30, coverage={"deadlines": 1.0, "funding": 0.4})
    said = ["deadlines: read in 10% of the calls, 100% in the last good harvest"]
    assert collapsed({"deadlines": 0.1, "funding": 0.0}, 30, last) == said
    assert collapsed({"deadlines": 0.5, "funding": 0.0}, 30, last) == []
    assert collapsed({"deadlines": 0.1}, 19, last) == []
    assert collapsed({"deadlines": 0.1}, 30, None) == []


def test_without_a_harvest_before_nothing_is_withheld() -> None:
    assert withheld({}, 100, None) == []
