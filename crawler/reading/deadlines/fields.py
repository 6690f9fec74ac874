"""What a text says that is itself a deadline field rather than prose."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.reading.deadlines.judging import Judge
from crawler.reading.deadlines.sentence import SUBMIT, Group, Sentence


def as_field(groups: Sequence[Group], judge: Judge, sentence: Sentence) -> None:
    """A text that is nothing but a date, or a limit and a date, is a deadline field's value."""
    if any(group.verdict for group in groups) or judge.told:
        return
    if any(clock.span for clock in sentence.clocks):
        return
    taken = {at for one in sentence.dates for at in range(one.first, one.last)}
    unknown = sum(
        1
        for at in range(len(sentence.words))
        if at not in taken and at not in judge.owner and at not in judge.clock_at
    )
    if any(mark.meaning == "submission.closed" for mark in sentence.marks):
        return  # "the office is closed until …"
    bare = all(one.readable and one.day is not None for one in sentence.dates)
    labelled = any(":" in sentence.words[at].gap for at in range(1, groups[0].first + 1))
    if unknown == 0 and len(groups) == 1 and bare and groups[0].role in ("", "until"):
        if groups[0].role == "until" or (len(groups[0].dates) == 1 and not labelled):
            groups[0].verdict = SUBMIT
    elif unknown <= 1 and groups[-1].role == "until":
        groups[-1].verdict = SUBMIT
