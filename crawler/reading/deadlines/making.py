"""The nouns made of what was read: kind, day, clock, zone and basis of each deadline."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from crawler.reading.deadlines.clocks import Clock, Offset, zone_of
from crawler.reading.deadlines.dates import YEARS, Found
from crawler.reading.deadlines.sentence import Group, Sentence
from crawler.reading.deadlines.vocabulary import Mark, Vocabulary
from storage.domain import Deadline, DeadlineKind

_PUBLISHED = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")
_LONGEST_WAIT = timedelta(days=335)
"""A day that was over some weeks before publication is more likely old news than next year's."""

_STOP = re.compile(r"[;|•]")
_DASH = re.compile(r"[-–—−]")
_SEASONS = {
    "spring": (1, 2, 3, 4, 5, 6),
    "summer": (6, 7, 8, 9),
    "autumn": (8, 9, 10, 11, 12),
    "winter": (11, 12),
}
_SAY_DATES = ("submission.deadline", "submission.cut_off", "submission.round")
_KINDS = {
    "submission.concept_note": DeadlineKind.CONCEPT_NOTE,
    "submission.full_proposal": DeadlineKind.FULL_PROPOSAL,
    "submission.cut_off": DeadlineKind.CUT_OFF,
    "submission.round": DeadlineKind.CUT_OFF,
    "submission.stage": DeadlineKind.STAGE,
}


@dataclass(frozen=True, slots=True)
class Published:
    """When the words were published, as far as known: the first day it can have been."""

    first: date | None = None
    year_only: bool = False

    @classmethod
    def of(cls, value: str | None) -> Published:
        """From ``2026-05-31``, ``2026-05`` or ``2026``; anything else is not known."""
        found = _PUBLISHED.fullmatch((value or "").strip()[:10])
        if not found:
            return cls()
        try:
            first = date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
        except ValueError:
            return cls()
        return cls(first, found[2] is None) if first.year in YEARS else cls()

    def year_of(self, month: int, day: int) -> int | None:
        """The year of a day without one, read forward from here, or None."""
        if self.first is None:
            return None
        for year in (self.first.year, self.first.year + 1):
            try:
                there = date(year, month, day)
            except ValueError:
                continue
            if self.year_only:
                return year
            if there >= self.first:
                return year if there - self.first <= _LONGEST_WAIT else None
        return None


@dataclass(slots=True)
class Reckoning:
    """What a sentence and its source offer to complete a date."""

    sentence: Sentence
    offsets: Sequence[Offset]
    known: Vocabulary
    published: Published
    zone: str | None
    meanings: set[str]
    listed: bool = False
    """The day stands below two others under one label: such are cut-offs."""


def made(
    group: Group,
    submitted: Sequence[Group],
    reckoning: Reckoning,
    words: str,
    label_marks: Sequence[str],
) -> Iterator[Deadline | None]:
    """The deadlines of one list of dates; None for each that cannot be read."""
    several = len(group.dates) > 1
    years = _years(group, submitted, reckoning)
    for number, found in enumerate(group.dates):
        if not found.readable or found.month is None:
            yield None
            continue
        kind, sequence = _kind(group, reckoning, label_marks)
        if several and kind is DeadlineKind.SINGLE:
            kind = DeadlineKind.CUT_OFF
        year, assumed = years[number]
        text = _written(year, found.month, found.day)
        if text is None:
            yield None
            continue
        clock = _clock(found, group, reckoning) if found.day else None
        zone, stated = _zone(found, clock, year, reckoning)
        yield Deadline(
            kind=kind,
            date=text,
            time=clock.time if clock else None,
            zone=zone,
            basis="assumed" if assumed or (clock and not stated) else "stated",
            words=words,
            sequence=sequence,
            recurs="yearly" if year is None and _recurring(group, reckoning) else None,
        )


def _recurring(group: Group, reckoning: Reckoning) -> bool:
    """Said to come back every year, or a calendar of days "throughout the year"."""
    said = "dates.yearly" in reckoning.meanings
    several = len(group.dates) > 2 or group.inherited
    return said or (several and "submission.rolling" in reckoning.meanings)


def _written(year: int | None, month: int, day: int | None) -> str | None:
    if year is None:
        return f"--{month:02}-{day:02}" if day else None
    if day is None:
        return f"{year}-{month:02}"
    try:
        return date(year, month, day).isoformat()
    except ValueError:  # 29 February of a year without one
        return None


# -- the year -----------------------------------------------------------------------------------


def _years(
    group: Group, submitted: Sequence[Group], reckoning: Reckoning
) -> list[tuple[int | None, bool]]:
    """The year of each date and whether it is our assumption."""
    dates = group.dates
    recurring = _recurring(group, reckoning)
    found: list[tuple[int | None, bool]] = [(one.year, False) for one in dates]
    if all(one.year is not None for one in dates) or recurring:
        return found
    along = [one for other in submitted for one in other.dates]
    along += [one for one in group.window if one.year is not None]
    for number, one in enumerate(dates):
        if one.year is None and one.month is not None and one.day is not None:
            found[number] = _year(one, (one.month, one.day), along, reckoning)
    return found


def _year(
    one: Found, mine: tuple[int, int], along: Sequence[Found], reckoning: Reckoning
) -> tuple[int | None, bool]:
    """The year of day ``mine`` (month, day), which the words of ``one`` do not say."""
    following = [other for other in along if other.first > one.first and other.year is not None]
    leading = [other for other in along if other.first < one.first and other.year is not None]
    if following and following[0].year is not None:
        there = (following[0].month or 12, following[0].day or 31)
        return following[0].year - (mine > there), False
    if leading and leading[-1].year is not None:
        there = (leading[-1].month or 1, leading[-1].day or 1)
        return leading[-1].year + (mine < there), False
    headed = _headed_by(one, reckoning.sentence)
    if headed:
        return headed, False
    season = _season_year(mine[0], reckoning)
    if season:
        return season, True
    unsaid = [other for other in along if other.year is None]
    if len(unsaid) >= 3:  # a calendar of rounds, the same every year
        return None, False
    if "dates.this_year" in reckoning.meanings:
        first = reckoning.published.first
        return (first.year, True) if first else (None, False)
    year = reckoning.published.year_of(*mine)
    return year, year is not None


def _headed_by(one: Found, sentence: Sentence) -> int | None:
    """The year before the colon in "Cut-off dates in 2027: 15 January, 14 May".

    It must be said of the dates: in "Town twinning 2027: apply by 15 October" it is the year of
    what is paid for.
    """
    words = sentence.words
    first = min((found.first for found in sentence.dates), default=one.first)
    at = first - 1
    while at > 0 and any(
        m.first <= at < m.last and m.meaning == "dates.year" for m in sentence.marks
    ):
        at -= 1
    if at < 1 or not (words[at].number and len(words[at].text) == 4) or ":" not in words[first].gap:
        return None
    said = any(mark.meaning in _SAY_DATES and 0 <= at - mark.last <= 2 for mark in sentence.marks)
    return int(words[at].text) if said and int(words[at].text) in YEARS else None


def _season_year(month: int, reckoning: Reckoning) -> int | None:
    """The year in "the autumn round 2026", if this month is in that season."""
    words = reckoning.sentence.words
    for mark in reckoning.sentence.marks:
        if not mark.meaning.startswith("seasons."):
            continue
        if month not in _SEASONS[mark.meaning.removeprefix("seasons.")]:
            continue
        for word in words[mark.last : mark.last + 3]:
            if word.number and len(word.text) == 4 and int(word.text) in YEARS:
                return int(word.text)
    return None


# -- the kind -----------------------------------------------------------------------------------


def _kind(
    group: Group, reckoning: Reckoning, label_marks: Sequence[str]
) -> tuple[DeadlineKind, int | None]:
    near = [mark for mark in group.cues if mark.meaning in _KINDS]
    before = [mark for mark in near if mark.last <= group.first]
    chosen = before[-1:] or near[:1]
    if not chosen:
        for meaning in label_marks if group.inherited else ():
            if meaning in _KINDS:
                return _KINDS[meaning], None
        return DeadlineKind.CUT_OFF if reckoning.listed else DeadlineKind.SINGLE, None
    concept = [mark for mark in before if mark.meaning == "submission.concept_note"]
    mark = concept[-1] if concept else chosen[0]
    kind = _KINDS[mark.meaning]
    if kind is DeadlineKind.STAGE:
        return kind, _ordinal(mark, reckoning)
    return kind, None


def _ordinal(mark: Mark, reckoning: Reckoning) -> int | None:
    """The number beside a stage: first stage, 2. Stufe, stage 2."""
    words, marks = reckoning.sentence.words, reckoning.sentence.marks
    for one in marks:
        if one.meaning.startswith("ordinals.") and (
            0 <= mark.first - one.last <= 1 or 0 <= one.first - mark.last <= 1
        ):
            return int(one.meaning.removeprefix("ordinals."))
    for at in (mark.last, mark.first - 1, mark.first - 2):
        if 0 <= at < len(words) and words[at].number and words[at].text in "123456789":
            return int(words[at].text)
    return None


# -- the clock ----------------------------------------------------------------------------------


def _clock(found: Found, group: Group, reckoning: Reckoning) -> Clock | None:
    """The time that belongs to a date: right after it, or before it with the same limit."""
    sentence = reckoning.sentence
    if not sentence.clocks:
        return None
    starts = sorted(one.first for one in sentence.dates)
    last = max(one.last for one in group.dates)
    following = next((start for start in starts if start >= last), len(sentence.words))
    for at, limit in ((found.last, 9), (last, 9)):
        for clock in sentence.clocks:
            near = at <= clock.first <= at + limit and clock.first < following
            between = any(at <= start < clock.first for start in starts)
            if near and not (clock.span or between or _parted(sentence, at, clock.first)):
                return clock
    leading = [one.last for one in sentence.dates if one.last <= found.first]
    start = max(leading, default=0)
    before = [clock for clock in sentence.clocks if start <= clock.first < found.first]
    near = bool(before) and found.first - before[-1].last <= 7 and not before[-1].span
    if not near or _parted(sentence, before[-1].last, found.first):
        return None
    if group.window and _opens_with(sentence, before[-1], found):
        return None
    return before[-1]


def _opens_with(sentence: Sentence, clock: Clock, found: Found) -> bool:
    """The hour is that of the day before: "from 1 March, 10:00 to 5 May", "10:00 – 5 May"."""
    between = range(clock.last, found.first + 1)
    if any(_DASH.search(sentence.words[at].gap) for at in between):
        return True
    return any(
        mark.meaning in ("dates.until", "dates.to") and clock.last <= mark.first < found.first
        for mark in sentence.marks
    )


def _parted(sentence: Sentence, start: int, end: int) -> bool:
    return any(
        _STOP.search(sentence.words[at].gap)
        for at in range(start, min(end + 1, len(sentence.words)))
    )


def _zone(
    found: Found, clock: Clock | None, year: int | None, reckoning: Reckoning
) -> tuple[str, bool]:
    own = reckoning.zone or reckoning.known.zone
    if clock is None:
        return own, False
    sentence = reckoning.sentence
    first, last = min(clock.first, found.first), max(clock.last, found.last)
    starts = [one.first for one in sentence.dates if one.first >= last]
    end = min([last + 9, *starts])
    named = [
        mark
        for mark in sentence.marks
        if mark.meaning.startswith("zones.") and first - 6 <= mark.first < end
    ]
    named.sort(key=lambda mark: (mark.first < clock.last, abs(mark.first - clock.last)))
    offsets = [one for one in reckoning.offsets if first <= one.first < end]
    chosen = named[0].meaning.removeprefix("zones.") if named else None
    day = None
    if found.month and found.day:
        try:
            day = date(year or 2027, found.month, found.day)
        except ValueError:
            day = None
    offset = offsets[0] if offsets else None
    if offset and chosen and offset.last - offset.first == 1 and not offset.hours:
        offset = None  # "GMT" beside a city says no number of hours
    return zone_of(day, chosen, offset, own)


# -- all together -------------------------------------------------------------------------------


def finished(
    read: Sequence[tuple[Deadline, bool]], window_ends: Sequence[Deadline]
) -> list[Deadline]:
    """The deadlines of a text: each day once, in order, an extension in place of what it moved."""
    kept: dict[tuple[str | None, str | None], Deadline] = {}
    for deadline, _ in read:
        key = (deadline.date, deadline.time)
        if key not in kept or _says_more(deadline, kept[key]):
            kept[key] = deadline
    moved_to = max((_plain_day(one) for one, extended in read if extended), default="")
    timed = {one.date for one in kept.values() if one.time}
    found = [
        one
        for one in kept.values()
        if not "" < _plain_day(one) < moved_to and not (one.time is None and one.date in timed)
    ]
    if not found:
        found = list(window_ends)
    found.sort(key=lambda one: (one.date or "", one.time or "24:00"))
    return _numbered(found)


def _says_more(one: Deadline, other: Deadline) -> bool:
    if other.kind is DeadlineKind.SINGLE and one.kind is not DeadlineKind.SINGLE:
        return True
    return one.basis == "stated" and other.basis == "assumed" and one.kind is other.kind


def _plain_day(one: Deadline) -> str:
    """The day of a deadline that an extension moves, or empty: stages and the like stay."""
    return one.date or "" if one.kind is DeadlineKind.SINGLE else ""


def _numbered(found: list[Deadline]) -> list[Deadline]:
    """Stages that the words do not number are numbered in order."""
    stages = [one for one in found if one.kind is DeadlineKind.STAGE]
    if not stages or all(one.sequence for one in stages):
        return found
    numbers = iter(range(1, len(stages) + 1))
    return [
        replace(one, sequence=next(numbers)) if one.kind is DeadlineKind.STAGE else one
        for one in found
    ]
