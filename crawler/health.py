"""What a harvest was worth: ok, degraded or failed, and whether absence from it means anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from storage.domain import Harvest, Outcome

SUSPICIOUS = 0.5
"""Below this share of the last complete harvest, a harvest proves no absence."""

ENOUGH = 20
"""Items below which shares of them say nothing."""

WORDS = "words."
"""Prefix of ``Report.given`` among the fields of ``Harvest.coverage``."""

_COUNTED = {
    "spider_exceptions": "pages the spider could not read",
    "item_error": "calls that could not be kept",
    "lost": "pages that did not come",
}
_NAMED = 3
_ENDINGS = {
    "closespider_timeout": "it took too long",
    "memusage_exceeded": "it used too much memory",
    "shutdown": "it was told to stop",
    "start_error": "the spider failed",
}


@dataclass(slots=True)
class Report:
    """What a spider itself says about its harvest.

    ``parts``: records by part of the source; ``failure``: why nothing may be kept;
    ``degradations``: what is wrong with what was kept; ``complete``: whether a call that did not
    come is absent; ``limited``: asked for only some; ``may_be_empty``: no calls can be the truth;
    ``came``: whether any page came and was what it should be;
    ``exhibit``: address and body of the first page that was not what it should be;
    ``given``: for each kind of words, the share (0-1) of records that have it, where the spider
    knows all records before it yields one; ``records``: how many those are, where that is not the
    sum of ``parts``.
    """

    may_be_empty: bool = False
    limited: bool = False
    complete: bool = True
    came: bool = False
    failure: str | None = None
    degradations: list[str] = field(default_factory=list)
    parts: dict[str, int] = field(default_factory=dict)
    given: dict[str, float] = field(default_factory=dict)
    exhibit: tuple[str, bytes] | None = None
    records: int = 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome of a harvest, whether it was complete, and why in one line for people."""

    outcome: Outcome
    complete: bool
    reason: str


def judge(
    report: Report, stats: Mapping[str, Any], ended: str, items: int, last: Harvest | None
) -> Judgement:
    """Judge a crawl from its spider's report, Scrapy's counts and the last good harvest.

    ``stats`` are Scrapy's, ``ended`` is its reason for closing (``finished``), ``items`` were
    kept. Scrapy alone calls nearly everything finished.
    """
    if report.failure:
        return Judgement(Outcome.FAILED, complete=False, reason=report.failure)
    amiss = _amiss(stats)
    reasons = _grouped(report.degradations) + amiss
    complete = report.complete and not amiss
    if ended != "finished":
        reasons = [f"stopped early: {_ENDINGS.get(ended, ended)}", *reasons]
        return Judgement(Outcome.FAILED, complete=False, reason="; ".join(reasons))
    # That a source is empty is believed of one that was read, not of one that could not be.
    if not items and not (report.may_be_empty and (report.came or not reasons)):
        reasons = reasons or ["no calls at all, where there always are some: taken for an outage"]
        return Judgement(Outcome.FAILED, complete=False, reason="; ".join(reasons))
    if last and not report.limited:
        small = _shrunk(items, report.parts, last)
        complete = complete and not small
        if items:  # a source that may be empty and is: nothing is wrong, and nothing is proven
            reasons += small
    outcome = Outcome.DEGRADED if reasons else Outcome.OK
    return Judgement(outcome, complete=complete, reason="; ".join(reasons))


def _amiss(stats: Mapping[str, Any]) -> list[str]:
    """What was counted as gone wrong, and the commonest reasons."""
    found = []
    for key, what in _COUNTED.items():
        if count := stats.get(f"{key}/count"):
            kinds = Counter(
                {
                    name.partition("/")[2]: n
                    for name, n in stats.items()
                    if name.startswith(f"{key}/")
                }
            )
            del kinds["count"]
            named = ", ".join(f"{kind}: {n}" for kind, n in kinds.most_common(_NAMED))
            found.append(f"{what}: {count} ({named})")
    return found


def _grouped(reasons: Iterable[str]) -> list[str]:
    """Say once what is true of several parts: ``type 1, type 2: the same``."""
    parts: dict[str, list[str]] = {}
    for reason in reasons:
        part, colon, what = reason.partition(": ")
        parts.setdefault(what if colon else reason, []).append(part if colon else "")
    return [f"{', '.join(names)}: {what}" if all(names) else what for what, names in parts.items()]


def withheld(given: Mapping[str, float], items: int, last: Harvest | None) -> list[str]:
    """The kinds of words that a source nearly always gave, and now nearly never does.

    An answer can come whole and yet without one of its fields; calls must not lose what is known
    of them because of that. Too few items, or no complete harvest before, show nothing.
    """
    if last is None or items < ENOUGH:
        return []
    shares = {name: last.coverage.get(WORDS + name, 0.0) for name in given.keys() | _named(last)}
    return sorted(
        name
        for name, before in shares.items()
        if before >= SUSPICIOUS and given.get(name, 0.0) < before * SUSPICIOUS
    )


def collapsed(read: Mapping[str, float], items: int, last: Harvest | None) -> list[str]:
    """What we could nearly always read, and now nearly never can: said of each such field.

    ``read`` is the share (0-1) of the calls that have it. Words that still come, and mean nothing
    any more, show only here.
    """
    if last is None or items < ENOUGH:
        return []
    return [
        f"{name}: read in {now:.0%} of the calls, {before:.0%} in the last good harvest"
        for name, now in read.items()
        if now < (before := last.coverage.get(name, 0.0)) * SUSPICIOUS and before >= SUSPICIOUS
    ]


def _named(last: Harvest) -> set[str]:
    return {name.removeprefix(WORDS) for name in last.coverage if name.startswith(WORDS)}


def _shrunk(items: int, parts: Mapping[str, int], last: Harvest) -> list[str]:
    """Say which part, or the whole, has fallen under half of the last good harvest.

    How many calls there are of an archive, which is never read whole, says nothing by itself.
    """
    named = "last complete harvest" if last.complete else "last good harvest"
    found = [
        f"only {parts.get(name, 0)} of {name}, {before} in the {named}"
        for name, before in last.parts.items()
        if parts.get(name, 0) < before * SUSPICIOUS
    ]
    if not found and last.complete and items < last.items * SUSPICIOUS:
        found = [f"only {items} calls, {last.items} in the {named}"]
    return found
