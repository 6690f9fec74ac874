"""Offers that stand without a date: rolling, to be announced, or counted from another day."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.reading.deadlines.vocabulary import Mark
from crawler.reading.deadlines.words import Word

CALENDAR = {"dates.yearly", "submission.rolling"}
ROLLING = {"submission.rolling", "submission.rolling_alone"}
_ELSEWHERE = {
    f"other.{name}"
    for name in ("questions", "reporting", "event", "registration", "results", "evaluation",
                 "project")
}  # fmt: skip
"""What goes on all year although the call does not."""

_NEAR = 4
"""Words between "at any time" and what is done then."""


def offers_always(marks: Sequence[Mark], meanings: set[str], *, short: bool) -> bool:
    """Whether a sentence with a word for "always" speaks of submitting.

    In prose much goes on "at any time": there the word must stand beside what is submitted.
    """
    elsewhere = bool(meanings & _ELSEWHERE)
    if "submission.rolling_alone" in meanings and (short or not elsewhere):
        return True
    return not elsewhere and _rolls(marks, short=short)


def announces_later(meanings: set[str]) -> bool:
    """The deadline is to be announced; that it may be extended is no such promise."""
    if "submission.announced_later" not in meanings or "submission.extended" in meanings:
        return False
    closing = "submission.closes" in meanings and not meanings & _ELSEWHERE
    return closing or "submission.deadline" in meanings


def _rolls(marks: Sequence[Mark], *, short: bool) -> bool:
    """A word like "at any time" stands beside a word for submitting."""
    doing = ["submission.act", "submission.open", "submission.deadline"]
    if short:
        doing += ["submission.thing", "submission.call", "submission.concept_note"]
    return any(
        mark.meaning in doing and (short or -_NEAR <= mark.first - one.last <= _NEAR)
        for one in marks
        if one.meaning == "submission.rolling"
        for mark in marks
    )


def states_something(words: list[Word], marks: list[Mark], meanings: set[str]) -> bool:
    """A deadline is stated here, but not by a date: "within 10 days of publication"."""
    if meanings & {"submission.rolling_alone", "submission.announced_later", "dates.quarterly"}:
        return False
    counts = [
        mark.first
        for mark in marks
        if mark.meaning == "dates.units" and mark.first and words[mark.first - 1].number
    ]
    counted = bool(counts)
    last = counts[0] if counts else len(words)  # "20 days after publication"
    if any(mark.meaning.startswith("other.") and mark.first < last for mark in marks):
        return False
    rough = "dates.mid" in meanings and any(one.startswith("months.") for one in meanings)
    if "submission.deadline" in meanings:
        return counted or rough
    done = meanings & {"submission.act", "submission.closes"}
    limited = any(
        mark.meaning == "dates.until" and 0 <= at - mark.last <= 2
        for at in counts
        for mark in marks
    )
    return bool(done) and (limited or (rough and "dates.until" in meanings))
