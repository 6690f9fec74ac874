"""How a harvest is told: in one sentence, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from crawler.health import WORDS
from desk.text import line
from desk.wording import count, took
from storage.domain import Harvest, Outcome
from storage.records import moment_to_json

_FIELDS = {"url": "link", "opens_on": "opening day", "funding": "money"}

DECAY = 0.2
"""A field that so many more of the calls had in the harvest before is named as lost."""


def sentence(harvest: Harvest) -> str:
    """``ok  1,187 calls: 12 new, 3 changed, 1,172 unchanged, 0 gone, in 84 s``."""
    if harvest.finished is None:
        return "is still running, or was killed"
    outcome = harvest.outcome.value if harvest.outcome else "ended"
    counts = (
        f"{count(harvest.items, 'call')}: {harvest.new:,} new, {harvest.changed:,} changed,"
        f" {harvest.unchanged:,} unchanged, {harvest.gone:,} gone,"
        f" in {took(harvest.finished - harvest.started)}"
    )
    reason = line(harvest.reason)
    if harvest.outcome is Outcome.FAILED:
        kept = f" ({counts})" if harvest.items else " (what was kept before is untouched)"
        return f"{outcome}: {reason}{kept}"
    return f"{outcome}  {counts}" + (f": {reason}" if reason else "")


def harvest_json(harvest: Harvest) -> dict[str, Any]:
    """Every field of the harvest; times as in the exchange format."""
    written = asdict(harvest)
    written["started"] = moment_to_json(harvest.started)
    written["finished"] = moment_to_json(harvest.finished)
    written["outcome"] = harvest.outcome.value if harvest.outcome else None
    return written


def field_words(name: str) -> str:
    """``opening day`` for ``opens_on``, ``published deadlines`` for ``words.deadlines``."""
    if name.startswith(WORDS):
        return f"published {field_words(name.removeprefix(WORDS))}"
    return _FIELDS.get(name) or line(name).replace("_", " ")


def shares(harvest: Harvest) -> Iterator[tuple[str, float]]:
    """The fields of a call and the share of calls that have them, less what only readers use."""
    for name, share in harvest.coverage.items():
        if not name.startswith(WORDS):
            yield field_words(name), share


def gaps(harvest: Harvest, before: Harvest | None) -> Iterator[str]:
    """What a harvest could not read, and which fields its calls have lost since ``before``."""
    for field, number in harvest.unreadable.items():
        yield f"{field_words(field)} unreadable in {count(number, 'call')}"
    for field, share in harvest.coverage.items() if before else ():
        usual = before.coverage.get(field, 0.0) if before else 0.0
        if share < usual - DECAY:
            yield f"{field_words(field)} in {share:.0%} of calls, {usual:.0%} before"
