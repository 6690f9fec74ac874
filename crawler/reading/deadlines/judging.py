"""What each date of a sentence is for: the cue that governs it decides, not the date.

The rules, in the order they are tried for a date (or a list of dates under one cue):

1. Its *role* comes from the word before it: until, from, the end of a window, or plain.
2. The nearest word that says what happens on a date (deadline, submit, closes, results, start …)
   *before* it governs; only where there is none, the nearest after it in the same clause.
3. Such a word takes its meaning from the noun it is about: "questions can be submitted until" is
   about questions, "the deadline for reports" about reports.
4. A plain date is a deadline only of a word that itself says so (deadline, closes) or of a label.
5. Where nothing governs, the date before it in the same list does, or the label line above.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from crawler.reading.deadlines.clocks import Clock
from crawler.reading.deadlines.dates import Found
from crawler.reading.deadlines.vocabulary import Mark
from crawler.reading.deadlines.words import Word

SUBMIT = "submit"
OTHER = "other"
NOTHING = ""

_SAYS = ("submission.deadline", "submission.closes", "submission.extended", "submission.cut_off")
_DOES = ("submission.act", "submission.open", "submission.funds")
_NOUNS = (
    "submission.thing",
    "submission.call",
    "submission.concept_note",
    "submission.full_proposal",
    "submission.stage",
    "submission.round",
    "submission.project",
)
_HANDED_IN = (
    "submission.thing",
    "submission.concept_note",
    "submission.full_proposal",
    "submission.stage",
    "submission.round",
)
_AROUND = (
    "dates.before_day", "dates.glue", "dates.year", "dates.this_year", "dates.yearly",
    "clock.", "zones.", "ordinals.", "seasons.", "dates.and", "dates.units",
)  # fmt: skip
_LIMITS = (
    "dates.until", "dates.from", "dates.from_weak", "dates.after", "dates.to", "dates.between",
)  # fmt: skip
_WHEN_DONE = ("other.project", "other.opening", "other.validity", "other.updated", "other.else")
"""What may be said of the projects that are handed in: "projects starting in 2027"."""
_OPENS = ("from", "from_weak", "between")
_STOP = re.compile(r"[;|•\n]|\s[–—-]\s(?=\w)")
_COMMA = re.compile(r"[,;:()|•\n]|\s[–—-]\s")
_LABEL = re.compile(r"[\s\W]*[:–—|\-=][\s\W]*")
_DASH = re.compile(r"[\s,.(]*[-–—−÷][\s)]*")


@dataclass(slots=True)
class Sentence:
    """The words of one sentence and what was recognised in them."""

    words: Sequence[Word]
    marks: Sequence[Mark]
    dates: Sequence[Found]
    clocks: Sequence[Clock]


@dataclass(slots=True)
class Group:
    """Dates that stand in one list, and what they are for."""

    dates: list[Found]
    role: str = ""
    window: list[Found] = field(default_factory=list)
    """Dates that only open what the dates close."""
    verdict: str = NOTHING
    cues: list[Mark] = field(default_factory=list)
    """The marks that belong to this group, those before it first."""
    governed: Mark | None = None
    inherited: bool = False

    @property
    def first(self) -> int:
        return min(one.first for one in (*self.dates, *self.window))

    @property
    def last(self) -> int:
        return max(one.last for one in (*self.dates, *self.window))


class Judge:
    """Decides for one sentence. ``label``: the verdict-bearing marks of the line above, if any."""

    def __init__(self, sentence: Sentence, *, label: str = NOTHING, short: bool = False) -> None:
        self.words = sentence.words
        self.dates = sentence.dates
        self.clocks = sentence.clocks
        inside = {
            at for one in sentence.dates if one.readable for at in range(one.first, one.last)
        }
        self.marks = [mark for mark in sentence.marks if mark.first not in inside]
        self.owner = {at: mark for mark in self.marks for at in range(mark.first, mark.last)}
        self.clock_at = {at: c for c in sentence.clocks for at in range(c.first, c.last)}
        self.date_ending = {one.last - 1: one for one in sentence.dates}
        self.label = label
        self.short = short
        self.told = [mark for mark in self.marks if _tells(mark) and not self._reference(mark)]

    # -- roles ----------------------------------------------------------------------------------

    def groups(self) -> list[Group]:
        """The dates of the sentence by list and window, each judged."""
        found: list[Group] = []
        for date in self.dates:
            role, before = self._role(date)
            previous = found[-1] if found else None
            if previous and self._closes_window(date, role, before, previous):
                previous.window.append(previous.dates.pop())
                if previous.dates:  # the window was the last of a list
                    window = previous.window.pop()
                    found.append(Group([date], "until", [window]))
                else:
                    previous.dates, previous.role = [date], "until"
                continue
            if role == "to":
                role = "until" if self._extended_before(date) else ""
            if role == "and":
                role = previous.role if previous and previous.role == "until" else ""
            if role != "between" and self._part_of_window(date, before):
                role = "until"
            if previous and self._same_list(previous, date, role):
                previous.dates.append(date)
                continue
            found.append(Group([date], role))
        for group in found:
            if group.role == "from_weak":  # "du 15 mars" opens a window or is only a genitive
                group.role = ""
            elif group.role == "between":
                group.role = "from"
        for at, group in enumerate(found):
            self._judge(group, found, at)
        return found

    def _role(self, date: Found) -> tuple[str, int]:
        """What the words before a date make of it, and the index of the word before those."""
        if date.hint:
            return date.hint, date.first - 1
        if self._limited_after(date):
            return "until", date.first - 1
        at, steps = date.first - 1, 0
        crossed = self.words[date.first].gap if date.first < len(self.words) else ""
        role, weak = "", -1
        while at >= 0 and steps < 9 and not _STOP.search(crossed.replace(" - ", " ")):
            steps += 1
            mark = self.owner.get(at)
            if at in self.clock_at:
                if self.clock_at[at].until:
                    role = role or "until"
                at = self.clock_at[at].first
            elif mark is not None and mark.meaning in _LIMITS:
                meant = mark.meaning.removeprefix("dates.")
                role = meant if role in ("", "from_weak") else role
                at = mark.first
                if role in ("from", "after"):
                    at -= 1
                    break
                if role == "from_weak":
                    weak = at - 1
            elif mark is not None and mark.meaning == "dates.and" and not role:
                role = "and"
                at = mark.first
            elif mark is not None and mark.meaning.startswith(_AROUND):
                at = mark.first
            elif not (self.words[at].number and len(self.words[at].text) <= 2 and role == ""
                      and self._offset_number(at)):
                break
            crossed = self.words[at].gap
            at -= 1
        if not role and date.first > 0 and at in self.date_ending:
            between = self.words[at + 1].gap if at + 1 < len(self.words) else ""
            role = "dash" if _DASH.fullmatch(between) else ""
        if role == "from_weak":
            at = weak
        return ("from" if role == "after" else role), at

    def _offset_number(self, at: int) -> bool:
        """The number of a written offset such as GMT+1."""
        return at > 0 and self.words[at - 1].text in ("utc", "gmt")

    def _limited_after(self, date: Found) -> bool:
        """Languages that put "until" behind: május 16. napjáig, 14.00 óráig."""
        for at in range(date.last, min(date.last + 4, len(self.words))):
            if at in self.clock_at:
                if self.clock_at[at].until:
                    return True
                continue
            mark = self.owner.get(at)
            if mark and mark.meaning == "dates.until_behind":
                return True
            if mark is None or not mark.meaning.startswith(_AROUND):
                return False
        return False

    def _closes_window(self, date: Found, role: str, before: int, previous: Group) -> bool:
        if previous.role == "until" and not previous.window and role != "dash":
            return False
        if previous.window:
            return False
        last = previous.dates[-1]
        if any(self._told_at(at) for at in range(last.last, before + 1)):
            return False
        adjacent = before == last.last - 1 or self._only_around(last.last, before + 1)
        if role == "dash":
            return adjacent
        if role in ("until", "to"):
            joined = any(
                at in self.owner and self.owner[at].meaning == "dates.and"
                for at in range(last.last, before + 1)
            )
            if joined and previous.role != "between" and not self._limited_after(date):
                return False  # "in March and by 15 May"
            return adjacent or (previous.role in _OPENS and before - last.last <= 4)
        return role == "and" and previous.role == "between"

    def _only_around(self, start: int, end: int) -> bool:
        if any(_STOP.search(self.words[at].gap) for at in range(start, min(end, len(self.words)))):
            return False
        return all(
            at in self.clock_at or (at in self.owner and self.owner[at].meaning.startswith(_AROUND))
            for at in range(start, end)
        )

    def _part_of_window(self, date: Found, before: int) -> bool:
        """Days of one month: 15–20 May, from 1 to 15 March: the first number is no date."""
        first = date.first
        gap = self.words[first].gap
        if first > 0 and _DASH.fullmatch(gap) and self._day_number(first - 1):
            return True
        return before >= 0 and first - before <= 3 and self._day_number(before)

    def _day_number(self, at: int) -> bool:
        word = self.words[at]
        if not word.number or len(word.text) > 2 or at in self.clock_at:
            return False
        if not 1 <= int(word.text) <= 31:
            return False
        opened = self.owner.get(at - 1)
        dash = at + 1 < len(self.words) and _DASH.fullmatch(self.words[at + 1].gap) is not None
        return dash or (opened is not None and opened.meaning in _LIMITS)

    def _extended_before(self, date: Found) -> bool:
        return any(
            mark.meaning == "submission.extended" and mark.last <= date.first for mark in self.marks
        )

    def _same_list(self, group: Group, date: Found, role: str) -> bool:
        last = group.dates[-1]
        if group.window or role in ("from", "from_weak", "between", "dash"):
            return False
        between = range(last.last, date.first)
        if any(self._told_at(at) for at in between) or len(between) > 6:
            return False
        if any(";" in self.words[at].gap for at in range(last.last, date.first + 1)):
            return False
        return role in ("", group.role) and all(
            at in self.owner or at in self.clock_at for at in between
        )

    def _told_at(self, at: int) -> bool:
        return at in self.owner and _tells(self.owner[at])

    # -- cues -----------------------------------------------------------------------------------

    def _reference(self, mark: Mark) -> bool:
        """The deadline only serves to count from: "one week before the call deadline"."""
        if mark.meaning not in ("submission.deadline", "submission.closes"):
            return False
        at, steps = mark.first - 1, 0
        while at >= 0 and steps < 3:
            if _COMMA.search(self.words[at + 1].gap):
                return False
            owner = self.owner.get(at)
            if owner and owner.meaning in ("dates.until", "dates.after"):
                return self._counted(owner) or owner.meaning == "dates.after"
            passed = ("submission.call", "submission.thing", *_AROUND)
            if owner and not owner.meaning.startswith(passed):
                return False
            at -= 1
            steps += 1
        return False

    def _counted(self, mark: Mark) -> bool:
        """A number of days or weeks stands right before ``mark``, or the mark says "before"."""
        before = self.owner.get(mark.first - 1)
        return before is not None and before.meaning == "dates.units"

    def _judge(self, group: Group, groups: Sequence[Group], at: int) -> None:
        start = groups[at - 1].last if at else 0
        end = groups[at + 1].first if at + 1 < len(groups) else len(self.words)
        before = [mark for mark in self.told if start <= mark.first < group.first]
        before = self._after_stop(before, start, group.first)
        after = self._clause_after(group.last, end)
        group.cues = [*before, *after]
        group.verdict = self._verdict(group, before, after)
        kinds = all(mark.meaning in _HANDED_IN for mark in before)
        if group.verdict == NOTHING and (not before or (at and kinds)):
            self._inherit(group, groups, at, start)
        if group.verdict == SUBMIT and (self._meeting(group) or self._only_lasts(group)):
            group.verdict = OTHER

    def _after_stop(self, marks: list[Mark], start: int, end: int) -> list[Mark]:
        """Only the marks of the last clause, if it has any."""
        for at in range(end - 1, start, -1):
            if _STOP.search(self.words[at].gap):
                later = [mark for mark in marks if mark.first >= at]
                if later:
                    return later
        return marks

    def _clause_after(self, start: int, end: int) -> list[Mark]:
        """The marks after a date as far as they can belong to it."""
        found: list[Mark] = []
        for mark in self.told:
            if not start <= mark.first < end:
                continue
            found.append(mark)
        stop = end
        for at in range(start, end):
            owner = self.owner.get(at)
            soft = at > start and _COMMA.search(self.words[at].gap)
            joined = owner is not None and owner.meaning == "dates.and"
            opened = at in self.owner and self.owner[at].meaning in ("dates.from",)
            if soft or joined or opened or ";" in self.words[at].gap:
                stop = at
                break
        found = [mark for mark in found if mark.first < stop]
        # "… 5 May 2026 Results: June": a label is for what follows it.
        while found and self._labels_next(found[-1], end):
            found.pop()
        return found

    def _labels_next(self, mark: Mark, end: int) -> bool:
        if mark.last < len(self.words) and mark.last <= end:
            return ":" in self.words[mark.last].gap
        return False

    def _verdict(self, group: Group, before: list[Mark], after: list[Mark]) -> str:
        if group.role == "from":
            return OTHER
        says = [mark for mark in before if _predicate(mark)]
        if says:
            group.governed = says[-1]
            if says[-1].meaning == "other.opening" and group.window:
                about = [mark for mark in (*before, *after) if not _other(mark)]
                return SUBMIT if about else NOTHING
            return self._by_predicate(group, says[-1], before, after)
        nouns = [mark for mark in before if mark.meaning in _NOUNS]
        later = [mark for mark in after if _predicate(mark)]
        if later:
            group.governed = later[0]
            return self._by_later(group, later, nouns, after)
        if any(mark.meaning != "submission.project" for mark in nouns):
            group.governed = nouns[-1]
            if group.role == "until" and (self.short or self._beside(nouns[-1], group)):
                return SUBMIT
            if nouns[-1].meaning in _HANDED_IN and self._labels(nouns[-1], group):
                return SUBMIT
            return NOTHING
        if any(mark.meaning in _HANDED_IN for mark in after) and group.role == "until":
            group.governed = after[0]
            return SUBMIT
        return NOTHING

    def _by_predicate(
        self, group: Group, mark: Mark, before: list[Mark], after: list[Mark]
    ) -> str:
        if _other(mark):
            return OTHER
        subject = self._subject(mark, before, after) or self._earlier(group)
        if subject == OTHER:
            return OTHER
        if mark.meaning in ("submission.deadline", "submission.cut_off", "submission.extended"):
            return SUBMIT
        if mark.meaning == "submission.closes":
            return SUBMIT if subject == SUBMIT or self.short else NOTHING
        if group.role != "until" and any(one.meaning in _SAYS for one in before):
            return SUBMIT  # "the deadline for submitting proposals is"
        if group.role == "until":
            sure = mark.meaning in ("submission.act", "submission.funds")
            if sure or subject == SUBMIT or self.short:
                return SUBMIT
            return NOTHING
        return SUBMIT if self._labels(before[-1], group) else NOTHING

    def _by_later(
        self, group: Group, later: list[Mark], nouns: list[Mark], after: list[Mark]
    ) -> str:
        mark = later[0]
        first = nouns[0] if nouns else next((one for one in after if _noun(one)), None)
        if _other(mark) or (first is not None and _other(first)):
            return OTHER
        if mark.meaning in ("submission.deadline", "submission.closes", "submission.cut_off"):
            about = [one for one in after if _other(one)]
            return OTHER if about else SUBMIT
        if group.role != "until":
            return NOTHING
        if mark.meaning == "submission.open" and first is None and not self.short:
            return NOTHING
        return SUBMIT

    def _earlier(self, group: Group) -> str:
        """What the sentence is about where the clause does not say: "it opens on … and closes on"."""
        nouns = [mark for mark in self.told if mark.last <= group.first and _noun(mark)]
        return _head(nouns, done=True) if nouns else NOTHING

    def _subject(self, mark: Mark, before: list[Mark], after: list[Mark]) -> str:
        """Whether what ``mark`` speaks of is handed in (SUBMIT), something else, or not said."""
        behind = [one for one in before if one.first >= mark.last and _noun(one)]
        if mark.meaning == "submission.deadline":
            left = [one for one in before if one.last <= mark.first]
            if left and _other(left[-1]) and mark.first - left[-1].last <= 1:
                near = all(
                    not _COMMA.search(self.words[at].gap) and ":" not in self.words[at].gap
                    for at in range(left[-1].last, mark.first + 1)
                )
                return OTHER if near else SUBMIT
            about = [one for one in after if _noun(one)]
            if not behind and not left and about and _other(about[0]):
                return OTHER
            return SUBMIT
        left = [one for one in before if one.last <= mark.first and _noun(one)]
        if mark.meaning == "submission.extended":
            moved = [one for one in left if one.meaning not in ("other.updated", "other.results")]
            return OTHER if moved and _other(moved[-1]) else SUBMIT
        for chunk in self._chunks_before(mark.first, left):
            return _head(chunk)
        if behind:
            return SUBMIT
        about = [one for one in after if _noun(one)]
        if about:
            return _head(about)
        return NOTHING

    def _chunks_before(self, end: int, marks: list[Mark]) -> list[list[Mark]]:
        """Nouns before a verb by clause between commas, the nearest clause first."""
        chunks: list[list[Mark]] = []
        at = end
        while marks and at > 0:
            start = at - 1
            while start > 0 and not _COMMA.search(self.words[start].gap):
                start -= 1
            inside = [mark for mark in marks if start <= mark.first < at]
            if inside:
                chunks.append(inside)
            marks = [mark for mark in marks if mark.first < start]
            at = start
        return chunks

    def _beside(self, mark: Mark, group: Group) -> bool:
        """Hardly a word of unknown meaning stands between a noun and its date."""
        between = range(mark.last, group.first)
        return sum(1 for at in between if at not in self.owner and at not in self.clock_at) <= 2

    def _labels(self, mark: Mark, group: Group) -> bool:
        """Nothing but a colon, a dash or a cell's edge stands between a label and its date."""
        start = mark.last
        at = group.first
        while at > start and (at - 1) in self.owner and self.owner[at - 1].meaning.startswith(_AROUND):
            at -= 1
        if at - start > 6:
            return False
        gaps = "".join(self.words[i].gap for i in range(start, group.first + 1))
        return ":" in gaps or (at == start and _LABEL.fullmatch(gaps) is not None)

    def _inherit(self, group: Group, groups: Sequence[Group], at: int, start: int) -> None:
        unknown = sum(
            1
            for i in range(start, group.first)
            if i not in self.owner and i not in self.clock_at and not self.words[i].number
        )
        if at and groups[at - 1].verdict and unknown <= 3 and group.role in ("", "until"):
            group.verdict = groups[at - 1].verdict
            group.governed = groups[at - 1].governed
            group.inherited = True
        elif not at and self.label and unknown <= 6:
            group.verdict = self.label
            group.inherited = True

    def _only_lasts(self, group: Group) -> bool:
        """A scheme is prolonged "until the end of 2027": how long it lasts, no deadline."""
        extended = group.governed is not None and group.governed.meaning == "submission.extended"
        return extended and all(one.year_end for one in group.dates)

    def _meeting(self, group: Group) -> bool:
        """The hours after the date are those of a meeting: 9:30 to 15:00."""
        return any(
            clock.span and group.last <= clock.first <= group.last + 3 for clock in self.clocks
        )


def _head(nouns: Sequence[Mark], *, done: bool = False) -> str:
    """What a clause is about: its first noun, and for projects what is done with them.

    ``done``: also where what is done is their start or end.
    """
    if nouns[0].meaning == "submission.project":
        doing = [one for one in nouns if _other(one) and (done or one.meaning not in _WHEN_DONE)]
        return OTHER if doing else SUBMIT
    return OTHER if _other(nouns[0]) else SUBMIT


def _tells(mark: Mark) -> bool:
    return _predicate(mark) or mark.meaning in _NOUNS


def _predicate(mark: Mark) -> bool:
    return mark.meaning in _SAYS or mark.meaning in _DOES or _other(mark)


def _other(mark: Mark) -> bool:
    return mark.meaning.startswith("other.")


def _noun(mark: Mark) -> bool:
    return mark.meaning in _NOUNS or _other(mark)
