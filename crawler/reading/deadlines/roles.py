"""The role of each date of a sentence: until, from, the end of a window, or plain."""

from __future__ import annotations

import re

from crawler.reading.deadlines.dates import Found
from crawler.reading.deadlines.sentence import Group, Sentence, tells
from crawler.reading.deadlines.vocabulary import Mark

AROUND = (
    "dates.before_day", "dates.glue", "dates.year", "dates.this_year", "dates.yearly",
    "clock.", "zones.", "ordinals.", "seasons.", "dates.and", "dates.units",
)  # fmt: skip
_LIMITS = (
    "dates.until", "dates.from", "dates.from_weak", "dates.after", "dates.to", "dates.between",
)  # fmt: skip
_OPENS = ("from", "from_weak", "between")
STOP = re.compile(r"[;|•\n]|\s[–—-]\s(?=\w)")
COMMA = re.compile(r"[,;:()|•\n]|\s[–—-]\s")
_FARTHEST = 9
"""Marks between a limit and its day."""

_VERB_TO_AFTER = 2
"""Words between "received" and "after" at most."""

_DASH = re.compile(r"[\s,.(]*[-–—−÷][\s)]*")


class Roles:
    """The dates of one sentence by list and window, each with its role."""

    def __init__(self, sentence: Sentence) -> None:
        self.words = sentence.words
        self.dates = sentence.dates
        self.clocks = sentence.clocks
        inside = {at for one in sentence.dates if one.readable for at in range(one.first, one.last)}
        self.marks = [mark for mark in sentence.marks if mark.first not in inside]
        self.owner = {at: mark for mark in self.marks for at in range(mark.first, mark.last)}
        self.clock_at = {at: c for c in sentence.clocks for at in range(c.first, c.last)}
        self.date_ending = {one.last - 1: one for one in sentence.dates}
        self.told = [mark for mark in self.marks if tells(mark) and not self._reference(mark)]

    def groups(self) -> list[Group]:
        """The dates of the sentence by list and window."""
        found: list[Group] = []
        for date in self.dates:
            role, before = self._role(date)
            previous = found[-1] if found else None
            if previous and self._closes_window(date, role, before, previous):
                opening = previous.dates.pop()
                if not previous.dates:  # otherwise the window was the last of a list
                    found.pop()
                found.append(Group([date], "until", [opening]))
                continue
            role = self._alone(date, role, before, previous)
            if previous and self._same_list(previous, date, role):
                previous.dates.append(date)
            else:
                found.append(Group([date], role))
        for group in found:
            if group.role == "from_weak":  # "du 15 mars" opens a window or is only a genitive
                group.role = ""
            elif group.role == "between":
                group.role = "from"
        return found

    def _alone(self, date: Found, role: str, before: int, previous: Group | None) -> str:
        """The role of a date that closes no window with another date."""
        if role != "between" and self._part_of_window(date, before):
            return "until"
        if role == "to":
            return "until" if self._extended_before(date) else ""
        if role == "and":
            return "until" if previous and previous.role == "until" else ""
        return role

    def _role(self, date: Found) -> tuple[str, int]:
        """What the words before a date make of it, and the index of the word before those."""
        if date.hint:
            return date.hint, date.first - 1
        if self._limited_after(date):
            return "until", date.first - 1
        role, at = self._walked_back(date)
        if not role and date.first > 0 and at in self.date_ending:
            between = self.words[at + 1].gap if at + 1 < len(self.words) else ""
            after_clock = at + 1 < date.first and _DASH.fullmatch(self.words[date.first].gap)
            role = "dash" if after_clock or _DASH.fullmatch(between) else ""
        return role, at

    def _walked_back(self, date: Found) -> tuple[str, int]:
        """The role by the words before a date, past articles, weekdays, times and zones."""
        at = date.first - 1
        crossed = self.words[date.first].gap
        role, weak = "", -1
        for _ in range(_FARTHEST):
            if at < 0 or STOP.search(crossed.replace(" - ", " ")):
                break
            clock, mark = self.clock_at.get(at), self.owner.get(at)
            meaning = mark.meaning if mark is not None else ""
            if clock is not None:
                role = role or ("until" if clock.until else "")
                at = clock.first
            elif mark is not None and meaning in ("dates.from", "dates.after") and not role:
                last = meaning == "dates.after" and self._too_late(mark, date)
                return "until" if last else "from", mark.first - 1
            elif mark is not None and meaning in _LIMITS:
                role = meaning.removeprefix("dates.") if role in ("", "from_weak") else role
                at = mark.first
                weak = at - 1 if role == "from_weak" else weak
            elif mark is not None and meaning.startswith(AROUND):
                role = role or ("and" if meaning == "dates.and" else "")
                at = mark.first
            elif role or not self._offset_number(at):
                break
            crossed = self.words[at].gap
            at -= 1
        return role, weak if role == "from_weak" else at

    def _too_late(self, after: Mark, date: Found) -> bool:
        """Whether what is handed in after the date is too late: "received after … is rejected".

        The verb must stand right before "after", or behind the date ("die nach … eingehen").
        """
        late = [mark.first for mark in self.marks if mark.meaning == "submission.too_late"]
        return bool(late) and any(
            0 <= after.first - mark.last <= _VERB_TO_AFTER or date.last <= mark.first < late[-1]
            for mark in self.marks
            if mark.meaning == "submission.act"
        )

    def _offset_number(self, at: int) -> bool:
        """A written offset such as GMT+1, or its number."""
        number = at > 0 and self.words[at].number
        return self.words[at - 1 if number else at].text in ("utc", "gmt")

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
            if mark is None or not mark.meaning.startswith(AROUND):
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
        if any(STOP.search(self.words[at].gap) for at in range(start, min(end, len(self.words)))):
            return False
        return all(
            at in self.clock_at or (at in self.owner and self.owner[at].meaning.startswith(AROUND))
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
        return at in self.owner and tells(self.owner[at])

    def _reference(self, mark: Mark) -> bool:
        """The deadline only serves to count from: "one week before the call deadline"."""
        if mark.meaning not in ("submission.deadline", "submission.closes"):
            return False
        at, steps = mark.first - 1, 0
        while at >= 0 and steps < 3:
            if COMMA.search(self.words[at + 1].gap):
                return False
            owner = self.owner.get(at)
            if owner and owner.meaning in ("dates.until", "dates.after"):
                return self._counted(owner) or owner.meaning == "dates.after"
            passed = ("submission.call", "submission.thing", *AROUND)
            if owner and not owner.meaning.startswith(passed):
                return False
            at -= 1
            steps += 1
        return False

    def _counted(self, mark: Mark) -> bool:
        """A number of days or weeks stands right before ``mark``, or the mark says "before"."""
        before = self.owner.get(mark.first - 1)
        return before is not None and before.meaning == "dates.units"
