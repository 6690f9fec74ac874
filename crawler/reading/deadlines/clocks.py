"""Times of day in a line of words, and the zones they are said to be in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from crawler.reading.deadlines.dates import Found
from crawler.reading.deadlines.vocabulary import Mark, Vocabulary
from crawler.reading.deadlines.words import Word
from storage.domain import BRUSSELS

_SIGN = re.compile(r"\s*\(?\s*([+\-−–])\s*")
_DASH = re.compile(r"[\s(]*[-–—−/][\s)]*")
_BEFORE_MINUTES = (":", ".", "h", "’", ": ", "：")
_HOURS = ("h", "u", "ч", "год", "godz", "hod", "val", "час")
_MINUTES = ("хв", "мин", "min", "minut", "minutes")
_ROUND = ("00", "30", "59")
_HALF_HOURS = {
    (3, 30): "Asia/Tehran", (4, 30): "Asia/Kabul", (5, 30): "Asia/Kolkata",
    (5, 45): "Asia/Kathmandu", (9, 30): "Australia/Darwin",
}  # fmt: skip


@dataclass(slots=True)
class Clock:
    """A time of day in words ``first`` up to ``last``; ``until`` when its own ending says so."""

    first: int
    last: int
    time: str
    until: bool = False
    span: bool = False
    """Part of "from 9:30 to 15:00": the hours of a meeting, never a deadline."""


@dataclass(slots=True)
class Offset:
    """Hours and minutes from UTC in words ``first`` up to ``last``."""

    first: int
    last: int
    hours: int
    minutes: int


def find_clocks(
    words: Sequence[Word], dates: Sequence[Found], marks: Sequence[Mark], known: Vocabulary
) -> list[Clock]:
    """The times of one sentence, in order."""
    finder = _Finder(words, dates, marks, known)
    found: list[Clock] = []
    after = 0
    for at in range(len(words)):
        one = finder.at(at) if at >= after and at not in finder.taken else None
        if one is None:
            continue
        if found and finder.joined(found[-1].last, at):
            one.span = found[-1].span = True
        found.append(one)
        after = one.last
    return found


class _Finder:
    def __init__(
        self,
        words: Sequence[Word],
        dates: Sequence[Found],
        marks: Sequence[Mark],
        known: Vocabulary,
    ) -> None:
        self.words = words
        self.known = known
        self.taken = {at for one in dates for at in range(one.first, one.last)}
        self.starts = {one.first for one in dates}
        self.ends = {one.last for one in dates}
        self.meanings = {at: mark for mark in marks for at in range(mark.first, mark.last)}

    def joined(self, end: int, at: int) -> bool:
        """The two times are the ends of a span: 9:30-15:00, from 9:30 to 15:00."""
        if at == end:
            return _DASH.fullmatch(self.words[at].gap) is not None
        joining = ("dates.to", "dates.until")
        return at - end <= 2 and all(
            i in self.meanings and self.meanings[i].meaning in joining for i in range(end, at)
        )

    def at(self, at: int) -> Clock | None:
        word = self.words[at]
        if not word.number:
            return self._named(at)
        if len(word.text) > 2:
            return None
        hour, (minute, last, sure) = int(word.text), self._minutes(at)
        before = self.meanings.get(at - 1)
        until = False
        mark = self.meanings.get(last)
        if mark and mark.first == last and _close(self.words, last):
            if mark.meaning in ("clock.am", "clock.pm"):
                sure, last = True, mark.last
                hour = _twelve(hour, afternoon=mark.meaning == "clock.pm")
            elif mark.meaning == "clock.after":
                sure, last = True, mark.last
                until = _until(self.words[last - 1].text, self.known)
        elif _attached_ending(self.words, last, self.known):
            sure, until, last = True, True, last + 1
        if not (sure or self._supported(at, last, before)):
            return None
        if hour > 24 or minute > 59 or (hour == 24 and minute):
            return None
        return Clock(at, last, f"{hour:02}:{minute:02}", until)

    def _named(self, at: int) -> Clock | None:
        mark = self.meanings.get(at)
        if not mark or mark.first != at or mark.meaning not in ("clock.noon", "clock.midnight"):
            return None
        time = "12:00" if mark.meaning == "clock.noon" else "24:00"
        return Clock(at, mark.last, time, _until(self.words[mark.last - 1].text, self.known))

    def _minutes(self, at: int) -> tuple[int, int, bool]:
        """The minutes after hour ``at``, the index after them, and whether this is a clock."""
        words = self.words
        following = words[at + 1] if at + 1 < len(words) and at + 1 not in self.taken else None
        if following is None:
            return 0, at + 1, False
        if following.number and len(following.text) == 2 and following.gap in _BEFORE_MINUTES:
            sure = ":" in following.gap or following.gap == "："
            last = at + 2
            if sure and last < len(words) and words[last].number and words[last].gap == ":":
                last += 1  # the seconds
            return int(following.text), last, sure
        if self._whole_hour(at, following):
            return int(following.text), at + 2, True
        if following.text in _HOURS and at + 2 < len(words) and at + 2 not in self.taken:
            after = words[at + 2]  # 12h30, 23 h 59, 16 год. 00 хв.
            tight = not (following.gap or after.gap)
            short = following.text in ("h", "ч") or self._minutes_said(at + 3)
            if (
                after.number
                and len(after.text) == 2
                and (tight or (short and _close(words, at + 2)))
            ):
                return int(after.text), at + 3 + self._minutes_said(at + 3), True
        return 0, at + 1, False

    def _minutes_said(self, at: int) -> bool:
        """A word for minutes stands behind them."""
        return at < len(self.words) and self.words[at].text in _MINUTES

    def _whole_hour(self, at: int, minutes: Word) -> bool:
        """A full or half hour as forms write it: о 17-00, godz. 15 00, ore 12,30.

        A span of days has the same shape ("10-30 May"): a word for the time stands beside it.
        """
        if minutes.text not in _ROUND or minutes.gap not in ("-", "–", " ", ",", "\u00a0"):
            return False
        before, after = self.meanings.get(at - 1), self.meanings.get(at + 2)
        if before is not None and before.meaning in ("clock.before", "clock.after"):
            return True
        if minutes.gap not in ("-", "–"):
            return False
        told = after is not None and after.meaning == "clock.after"
        limited = before is not None and before.meaning == "dates.until"
        return told or (minutes.text == "00" and limited)

    def _supported(self, at: int, last: int, before: Mark | None) -> bool:
        """What stands around a number makes it a clock: "at", or a date beside 18.00."""
        if before is not None and before.meaning in ("clock.before", "clock.after"):
            return True
        if last - at < 2:
            return False
        limited = before is not None and (
            before.meaning == "dates.until" or before.meaning.startswith("zones.")
        )
        return limited or last in self.starts or at in self.ends


def _close(words: Sequence[Word], at: int) -> bool:
    return words[at].gap.strip(" \u202f.-") == ""


def _until(word: str, known: Vocabulary) -> bool:
    return bool(known.until_endings) and word.endswith(known.until_endings)


def _attached_ending(words: Sequence[Word], at: int, known: Vocabulary) -> bool:
    """An ending of "until" hung on the number itself: 12.00-ig, 16:00ni."""
    return (
        at < len(words)
        and words[at].gap in ("", "-")
        and not words[at].number
        and words[at].text in known.until_endings
    )


def _twelve(hour: int, *, afternoon: bool) -> int:
    """The hour of a 24-hour clock; 13 p.m. is already one."""
    if hour > 12:
        return hour
    return hour % 12 + 12 if afternoon else hour % 12


def find_offsets(words: Sequence[Word]) -> list[Offset]:
    """GMT+1, UTC +3, UTC+05:30; and UTC or GMT alone."""
    found: list[Offset] = []
    for at, word in enumerate(words):
        if word.text not in ("utc", "gmt"):
            continue
        after = words[at + 1] if at + 1 < len(words) else None
        sign = _SIGN.fullmatch(after.gap) if after and after.number else None
        if not after or not sign or len(after.text) > 2:
            found.append(Offset(at, at + 1, 0, 0))
            continue
        hours, minutes, last = int(after.text), 0, at + 2
        if last < len(words) and words[last].number and words[last].gap == ":":
            minutes, last = int(words[last].text), last + 1
        if sign[1] != "+":
            hours, minutes = -hours, -minutes
        if -12 <= hours <= 14 and abs(minutes) < 60:
            found.append(Offset(at, last, hours, minutes))
    return found


def zone_of(
    day: date | None, named: str | None, offset: Offset | None, own: str
) -> tuple[str, bool]:
    """The IANA zone a clock is read in, and whether the words said it.

    ``named``: the zone a place or short name in the words means; ``offset``: hours from UTC in
    the words; ``own``: the source's zone. A written offset wins over a place: the place's zone is
    kept only if it has that offset on that ``day``, else a fixed one (``Etc/GMT-1`` is an hour
    *east* of Greenwich). CET and EET are the clock on the wall all year.
    """
    if named in ("CET", "EET"):
        named = _regional(named, own)
    if offset is None:
        return (named, True) if named else (own, False)
    wanted = timedelta(hours=offset.hours, minutes=offset.minutes)
    for zone in (named, own):
        if zone and day and _offset(zone, day) == wanted:
            return zone, True
    if offset.minutes:
        fixed = _HALF_HOURS.get((offset.hours, offset.minutes))
        return (fixed, True) if fixed else (named or own, False)
    if not offset.hours:
        return "Etc/UTC", True
    return f"Etc/GMT{-offset.hours:+d}", True


def _offset(zone: str, day: date) -> timedelta | None:
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)).utcoffset()


@lru_cache(maxsize=256)
def _regional(name: str, own: str) -> str:
    """The zone of a place with this short name: the source's own if it has it, else the usual."""
    winter = datetime(2026, 1, 15, tzinfo=UTC).astimezone(ZoneInfo(own)).utcoffset()
    if winter == timedelta(hours=1 if name == "CET" else 2):
        return own
    return BRUSSELS if name == "CET" else "Europe/Kyiv"
