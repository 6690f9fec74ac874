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
    taken = {at for one in dates for at in range(one.first, one.last)}
    starts = {one.first for one in dates}
    ends = {one.last for one in dates}
    meanings = {at: mark for mark in marks for at in range(mark.first, mark.last)}
    found: list[Clock] = []
    at = 0
    while at < len(words):
        one = None
        if at not in taken:
            one = _clock(words, at, meanings, known, taken, starts, ends)
        if one is None:
            at += 1
            continue
        if found and found[-1].last <= at and _joined(words, found[-1].last, at, meanings):
            one.span = found[-1].span = True
        found.append(one)
        at = one.last
    return found


def _joined(words: Sequence[Word], end: int, at: int, meanings: dict[int, Mark]) -> bool:
    """The two times are the ends of a span: 9:30-15:00, from 9:30 to 15:00."""
    if at == end:
        return _DASH.fullmatch(words[at].gap) is not None
    joining = ("dates.to", "dates.until")
    return all(i in meanings and meanings[i].meaning in joining for i in range(end, at)) and (
        at - end <= 2
    )


def _clock(  # noqa: PLR0913 - what stands around a number decides what it is
    words: Sequence[Word],
    at: int,
    meanings: dict[int, Mark],
    known: Vocabulary,
    taken: set[int],
    starts: set[int],
    ends: set[int],
) -> Clock | None:
    word = words[at]
    if not word.number:
        mark = meanings.get(at)
        if mark and mark.meaning in ("clock.noon", "clock.midnight") and mark.first == at:
            time = "12:00" if mark.meaning == "clock.noon" else "24:00"
            return Clock(at, mark.last, time, _until(words[mark.last - 1].text, known))
        return None
    if len(word.text) > 2:
        return None
    hour, minute, last, sure = int(word.text), 0, at + 1, False
    before = meanings.get(at - 1)
    announced = before is not None and before.meaning in ("clock.before", "clock.after")
    nxt = words[at + 1] if at + 1 < len(words) and at + 1 not in taken else None
    if nxt and nxt.number and len(nxt.text) == 2 and nxt.gap in (":", ".", "h", "’", ": ", "："):
        minute, last = int(nxt.text), at + 2
        sure = ":" in nxt.gap or nxt.gap == "："
        if last < len(words) and words[last].number and words[last].gap == ":" and sure:
            last += 1
    elif nxt and nxt.text in ("h", "u", "ч") and not nxt.gap and at + 2 < len(words):
        after = words[at + 2]  # 12h30
        if after.number and not after.gap and len(after.text) == 2:
            minute, last, sure = int(after.text), at + 3, True
    until = False
    mark = meanings.get(last)
    if mark and mark.first == last and _close(words, last):
        if mark.meaning in ("clock.am", "clock.pm"):
            sure, last = True, mark.last
            hour = _twelve(hour, afternoon=mark.meaning == "clock.pm")
        elif mark.meaning == "clock.after":
            sure, last = True, mark.last
            until = _until(words[last - 1].text, known)
    if last == at + 2 or last == at + 1:
        ended = _attached_ending(words, last, known)
        if ended:
            sure, until, last = True, True, last + 1
    sure = sure or announced or (minute_given(last, at) and (last in starts or at in ends))
    sure = sure or (minute_given(last, at) and before is not None and _clockish(before))
    if not sure or hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    return Clock(at, last, f"{hour:02}:{minute:02}", until)


def minute_given(last: int, at: int) -> bool:
    """Words ``at`` up to ``last`` are more than an hour alone."""
    return last - at >= 2


def _clockish(mark: Mark) -> bool:
    return mark.meaning in ("dates.until", "clock.before") or mark.meaning.startswith("zones.")


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
