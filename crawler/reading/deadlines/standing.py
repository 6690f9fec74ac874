"""Offers that stand without a date: rolling, to be announced, or counted from another day."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.reading.deadlines.vocabulary import Mark, Vocabulary
from crawler.reading.deadlines.words import Word

CALENDAR = {"dates.yearly", "submission.rolling"}
ROLLING = {"submission.rolling", "submission.rolling_alone", "submission.funds"}
_ELSEWHERE = {
    f"other.{name}"
    for name in ("questions", "reporting", "event", "registration", "results", "evaluation",
                 "project")
}  # fmt: skip
"""What goes on all year although the call does not."""

_TAKEN = ("submission.act", "submission.open", "submission.closes")
_ARTICLES = 2
"""Words between "until" and what is said of the funds."""

_CLAUSE = re.compile(r"[,;:|•]")

_SHORT = 4
"""Letters of a word that will hardly name what is open: "is", "fund", "je" and the like."""

_NEAR = 4
"""Words between "at any time" and what is done then."""


def offers_always(
    words: Sequence[Word],
    marks: Sequence[Mark],
    meanings: set[str],
    known: Vocabulary,
    *,
    short: bool,
) -> bool:
    """Whether a sentence with a word for "always", or of funds that end, speaks of submitting.

    In prose much goes on "at any time": there the word must stand beside what is submitted, and
    nothing else may happen in its clause.
    """
    if "submission.funds" in meanings and _lasts_as_money_does(words, marks, meanings, known):
        return True
    elsewhere = bool(meanings & _ELSEWHERE) and not any(
        _alone_in_clause(words, marks, one) for one in marks if one.meaning in ROLLING
    )
    if "submission.rolling_alone" in meanings and (short or not elsewhere):
        return True
    return not elsewhere and _rolls(words, marks, short=short)


def _lasts_as_money_does(
    words: Sequence[Word], marks: Sequence[Mark], meanings: set[str], known: Vocabulary
) -> bool:
    """Applications are taken "until the funds are exhausted", and no day ends it before."""
    if meanings & _ELSEWHERE or "submission.closed" in meanings:
        return False
    taken = any(one.meaning in _TAKEN for one in marks)
    handed_in = any(one.meaning in ("submission.thing", "submission.call") for one in marks)
    return (
        taken
        and handed_in
        and any(
            one.meaning == "submission.funds" and _limits(words, marks[:at], one, known)
            for at, one in enumerate(marks)
        )
    )


def _limits(words: Sequence[Word], before: Sequence[Mark], funds: Mark, known: Vocabulary) -> bool:
    """A word for "until" stands before what is said of the funds, begins it or ends it."""
    first, last = words[funds.first].text, words[funds.last - 1].text
    if known.one(first, "dates.until") or (
        known.until_endings and last.endswith(known.until_endings)
    ):
        return True
    for mark in reversed(before[-3:]):
        if mark.meaning == "dates.until":
            return funds.first - mark.last <= _ARTICLES
        if not mark.meaning.startswith("dates."):
            return False
    return False


def _alone_in_clause(words: Sequence[Word], marks: Sequence[Mark], one: Mark) -> bool:
    """What is submitted, and nothing else that happens, is named in the clause of ``one``."""
    start, end = one.first, one.last
    while start and not _CLAUSE.search(words[start].gap):
        start -= 1
    while end < len(words) and not _CLAUSE.search(words[end].gap):
        end += 1
    inside = {mark.meaning for mark in marks if start <= mark.first < end}
    return "submission.thing" in inside and not inside & _ELSEWHERE


def announces_later(meanings: set[str]) -> bool:
    """The deadline is to be announced; that it may be extended is no such promise."""
    if "submission.announced_later" not in meanings or "submission.extended" in meanings:
        return False
    closing = "submission.closes" in meanings and not meanings & _ELSEWHERE
    return closing or "submission.deadline" in meanings


def _rolls(words: Sequence[Word], marks: Sequence[Mark], *, short: bool) -> bool:
    """A word like "at any time" stands beside a word for submitting."""
    doing = ["submission.act", "submission.deadline"]
    handed_in = ["submission.thing", "submission.call", "submission.concept_note"]
    if short:
        doing += handed_in
    told = {at for mark in marks for at in range(mark.first, mark.last)}
    plain = all(at in told or len(word.text) <= _SHORT for at, word in enumerate(words))
    if plain or any(mark.meaning in handed_in for mark in marks):
        doing.append("submission.open")  # much else is open, or has something, all the year
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
