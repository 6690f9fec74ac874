"""Dates in a line of words: day first, whole or partial, none that no calendar has."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from crawler.reading.deadlines.elsewhere import month_elsewhere
from crawler.reading.deadlines.vocabulary import Vocabulary
from crawler.reading.deadlines.words import Word

YEARS = range(2000, 2100)
"""Calls of other centuries are slips of the pen or history."""

_SEPARATORS = {".": ".", "/": "/", "-": "-", "\u2010": "-", "\u2011": "-", "−": "-", "–": "-"}
_NEAR = re.compile(r"[\s.,'’`´‘\-\u2010\u2011º°ª()/]*")
"""What may stand between the parts of a written date."""

_ASKED = 10
"""Words of one line that dateparser is asked about; a hostile line must not take long."""

_HANGING = ("-", "/", "_", "=", "\u2011", ".", "%")

_ROMAN = {
    name: number
    for number, name in enumerate(
        ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"], start=1
    )
}


@dataclass(slots=True)
class Found:
    """A date in words ``first`` up to ``last``; None for what is not said.

    ``hint`` is the role its own ending gives (``until``, ``from``). ``readable`` is False where
    the words name no day of the calendar: 31 February, the year 20205.
    """

    first: int
    last: int
    year: int | None = None
    month: int | None = None
    day: int | None = None
    hint: str = ""
    readable: bool = True
    compact: bool = False
    year_end: bool = False
    """Only a year is said: "until the end of 2026"."""


def find_dates(words: Sequence[Word], known: Vocabulary, foreign: str = "") -> list[Found]:
    """The dates of one line, in order. ``foreign``: a language the source says, not one of ours."""
    finder = _Finder(words, known, foreign)
    found: list[Found] = []
    month = known.month
    after = 0
    for at, word in enumerate(words):
        if at < after or not (word.number or month[word.text]):
            continue
        free = _free(words, at, found) or finder.ends_span(at)
        one = finder.at(at) if free else None
        if one is not None:
            found.append(one)
            after = one.last
    return found


def _free(words: Sequence[Word], at: int, found: Sequence[Found]) -> bool:
    """Word ``at`` does not hang on what is before it, as in HORIZON-CL2-2027-01-02 or a URL."""
    if not at or words[at].gap not in _HANGING:
        return True
    return bool(found) and found[-1].last == at


class _Finder:
    def __init__(self, words: Sequence[Word], known: Vocabulary, foreign: str) -> None:
        self.words = words
        self.known = known
        self.foreign = foreign
        self.asked = 0

    def at(self, at: int) -> Found | None:
        word = self.words[at]
        if not word.number:
            return self._month_first(at)
        size = len(word.text)
        if size <= 2:
            return self._numeric(at) or self._day_month(at)
        if size == 4:
            return self._year_first_numeric(at) or self._year_first(at)
        return self._compact(at) if size == 8 else None

    def ends_span(self, at: int) -> bool:
        """Days of one month with a hyphen between them: 10-30 March."""
        words = self.words
        return (
            at > 0
            and words[at].number
            and words[at - 1].number
            and words[at].gap == "-"
            and len(words[at - 1].text) <= 2
            and (at == 1 or words[at - 1].gap not in _HANGING)
            and bool(self._month(at + 1))
        )

    # -- numbers alone --------------------------------------------------------------------------

    def _separator(self, at: int) -> str:
        """The sign between word ``at`` - 1 and number ``at``, or an empty text."""
        if at >= len(self.words) or not self.words[at].number:
            return ""
        return _SEPARATORS.get(self.words[at].gap.strip(), "")

    def _numeric(self, at: int) -> Found | None:
        """27.01.2026, 4. 3. 2024, 31/03/2026, 15.3., 06/2026 (only said to be an end)."""
        first = self._separator(at + 1)
        if not first or self._separator(at) == ".":
            return None
        words = self.words
        if len(words[at + 1].text) == 4 and first != "-":
            return self._month_year_numeric(at)
        if len(words[at + 1].text) > 2:
            return None
        day, month = int(words[at].text), int(words[at + 1].text)
        if self._separator(at + 2) == first and len(words[at + 2].text) != 3:
            return self._full(at, day, month)
        if first == "." and self._opens_span(at + 2):
            return _checked(Found(at, at + 2, None, month, day))  # 1.08–5.09.2027
        gap = words[at + 2].gap if at + 2 < len(words) else "."
        year = gap.strip() == "," and words[at + 2].number and len(words[at + 2].text) == 4
        if year and first == ".":
            return self._full(at, day, month)  # 15.03, 2027
        dotted = first == "." and gap.startswith(".") and 1 <= day <= 31 and 1 <= month <= 12
        if dotted and (at + 2 < len(words) or self._said_until(at) or at == 0 or len(words) < 12):
            return _checked(Found(at, at + 2, None, month, day))
        written = len(words[at + 1].text) == 2 and first in "./" and 1 <= month <= 12
        alone = at + 2 >= len(words) or not (words[at + 2].number or self._month(at + 2))
        if written and alone and 1 <= day <= 31 and self._said_until(at):
            return _checked(Found(at, at + 2, None, month, day))
        return None

    def _opens_span(self, at: int) -> bool:
        """A dash, and a whole date from word ``at`` on."""
        return (
            self._separator(at) in ("-", "–")
            and self._separator(at + 1) == self._separator(at + 2) == "."
            and len(self.words[at].text) <= 2
            and len(self.words[at + 2].text) == 4
        )

    def _full(self, at: int, day: int, month: int) -> Found | None:
        last = self.words[at + 2].text
        after = self.words[at + 3] if at + 3 < len(self.words) else None
        if after and after.number and after.gap == "." and len(after.text) <= 3:
            return None  # a version, an address
        if len(last) > 4:
            return Found(at, at + 3, readable=False)
        year = int(last)
        if len(last) <= 2:
            if len(last) == 1 or not 10 <= year <= 49:
                return None
            year += 2000
        return _checked(self._with_year_word(Found(at, at + 3, year, month, day)))

    def _month_year_numeric(self, at: int) -> Found | None:
        month, year = int(self.words[at].text), int(self.words[at + 1].text)
        if 1 <= month <= 12 and year in YEARS and self._said_until(at):
            return Found(at, at + 2, year, month)
        return None

    def _year_first_numeric(self, at: int) -> Found | None:
        """2026-05-31, 2026. 05. 31., 2026/05/31."""
        first = self._separator(at + 1)
        if not first or self._separator(at + 2) != first:
            return None
        words = self.words
        if len(words[at + 1].text) > 2 or len(words[at + 2].text) > 2:
            return None
        found = Found(
            at, at + 3, int(words[at].text), int(words[at + 1].text), int(words[at + 2].text)
        )
        return _checked(self._with_suffix(found, at + 3))

    def _compact(self, at: int) -> Found | None:
        text = self.words[at].text
        found = Found(at, at + 1, int(text[:4]), int(text[4:6]), int(text[6:]), compact=True)
        checked = _checked(found)
        return checked if checked.readable else None

    # -- months by name -------------------------------------------------------------------------

    def _month(self, at: int) -> int:
        if at >= len(self.words) or self.words[at].number:
            return 0
        return self.known.month[self.words[at].text]

    def _near(self, at: int) -> bool:
        gap = self.words[at].gap if at < len(self.words) else None
        return gap == " " or (gap is not None and _NEAR.fullmatch(gap) is not None)

    def _past_glue(self, at: int) -> int:
        """The index after up to two words like "of", "de", "gada"."""
        for last in (at + 1, at + 2):
            if at < len(self.words) and self.known.glue[self.words[at].text] and self._near(at):
                at = last
        return at

    def _day_month(self, at: int) -> Found | None:
        """15 May 2026, 1er mars, 16th of July, 11-Jun-25, 15.IV.2026."""
        day = int(self.words[at].text)
        if not 1 <= day <= 39:
            return None
        after = at + 1
        if after >= len(self.words) or self.words[after].number:
            return None
        if not self.words[after].gap:
            if len(self.words[after].text) > 3 or self._month(after):
                pass  # 15May; the suffix of a day (st, er, го) is short
            else:
                after += 1
        elif self._ordinal_ending(after):
            after += 1
        after = self._past_glue(after)
        if not self._near(after) or self.words[after].number:
            return None
        month = self._month(after) or self._roman(after)
        if not month:
            return self._foreign(at, after, day)
        found = Found(at, after + 1, None, month, day, hint=self._ending(after))
        return _checked(self._with_year(found, two_digits=self.words[after].gap.strip() == "-"))

    def _ordinal_ending(self, at: int) -> bool:
        """A day's ending after a hyphen or apostrophe: 14-го, 15-th."""
        return (
            at < len(self.words)
            and self.words[at].gap in ("-", "'", "’")
            and not self.words[at].number
            and len(self.words[at].text) <= 2
            and not self._month(at)
        )

    def _roman(self, at: int) -> int:
        """15.IV.2026, 2026. IV. 15., 15 IV 2026; "i" and "v" without full stops are words."""
        number = _ROMAN.get(self.words[at].text, 0)
        if not number or at + 1 >= len(self.words):
            return 0
        after = self.words[at + 1]
        if self.words[at].gap.strip() == ".":
            return number if after.gap.strip() == "." else 0
        year = after.number and len(after.text) == 4 and not after.gap.strip()
        return number if year and len(self.words[at].text) > 1 else 0

    def _month_first(self, at: int) -> Found | None:
        """May 15, 2026; május 16; kovo 3 d.; and February 2026, the month alone."""
        month = self._month(at)
        if not month:
            return None
        after = self._past_glue(at + 1)
        if not self._near(after) or not self.words[after].number:
            return None
        text = self.words[after].text
        if len(text) == 4:
            if int(text) not in YEARS or self._is_clock(after):
                return None
            year = int(text)
            found = Found(at, after + 1, year, month, hint=self._ending(at))
            return self._with_year_word(found)
        if not self.known.month_first or len(text) > 2 or self._is_clock(after):
            return None
        found = self._with_suffix(Found(at, after + 1, None, month, int(text)), after + 1)
        return _checked(self._with_year(found, two_digits=False))

    def _year_first(self, at: int) -> Found | None:
        """2023. május 16., 2025 m. kovo 3 d., 2018. gada 22. februārim, 2026 March."""
        year = int(self.words[at].text)
        if year not in YEARS:
            return None
        after = self._past_glue(at + 1)
        if not self._near(after):
            return None
        if self.words[after].number:
            found = self._day_month(after) if len(self.words[after].text) <= 2 else None
            if found is None or found.year is not None or not found.readable:
                return None
            found.first, found.year = at, year
            return _checked(found)
        month = self._month(after) or self._roman(after)
        if not month or (after == at + 1 and "," in self.words[after].gap):
            return None
        day = self._past_glue(after + 1)
        numbered = self._near(day) and self.words[day].number and len(self.words[day].text) <= 2
        if numbered and not self._is_clock(day):
            found = Found(at, day + 1, year, month, int(self.words[day].text))
            return _checked(self._with_suffix(found, day + 1))
        return Found(at, after + 1, year, month, hint=self._ending(after))

    def _is_clock(self, at: int) -> bool:
        """Number ``at`` is an hour with minutes after it."""
        after = self.words[at + 1] if at + 1 < len(self.words) else None
        return after is not None and after.number and after.gap == ":"

    def _with_suffix(self, found: Found, at: int) -> Found:
        """The day's own ending: 16-ig, 16-án, 3 d., 15th."""
        if at >= len(self.words) or self.words[at].number:
            return found
        word = self.words[at]
        if word.gap in ("-", "", "\u2011", ".-", "–") and len(word.text) <= 6:
            found.last = at + 1
            found.hint = self._ending(at)
        elif word.gap.strip() in ("", ".") and self.known.one(word.text, "dates.glue"):
            found.last = at + 1
        return found

    def _ending(self, at: int) -> str:
        word = self.words[at].text
        if self.known.until_endings and word.endswith(self.known.until_endings):
            return "until"
        if self.known.from_endings and word.endswith(self.known.from_endings):
            return "from"
        return ""

    def _with_year(self, found: Found, *, two_digits: bool) -> Found:
        at = self._past_glue(found.last)
        if not self._near(at) or not self.words[at].number or self._is_clock(at):
            return found
        text, gap = self.words[at].text, self.words[at].gap.strip()
        if len(text) == 4 and not (gap and "(" in gap):
            year = int(text)
            if year in YEARS or year // 100 not in range(25):
                found.year, found.last = year, at + 1
                found.readable = year in YEARS
                return self._with_year_word(found)
        elif len(text) > 4 and not gap:
            found.readable, found.last = False, at + 1
        elif len(text) == 2 and ((two_digits and gap == "-") or gap in ("'", "’")):
            found.year, found.last = 2000 + int(text), at + 1
            found.readable = 10 <= int(text) <= 49
        return found

    def _with_year_word(self, found: Found) -> Found:
        at = found.last
        if self._near(at) and self.known.one(self.words[at].text, "dates.year"):
            found.last = at + 1
        return found

    def _said_until(self, at: int) -> bool:
        """One of the two words before says "until"."""
        for before in (at - 1, at - 2):
            if before >= 0 and self.known.one(self.words[before].text, "dates.until"):
                return True
        return False

    def _foreign(self, at: int, after: int, day: int) -> Found | None:
        """A day, a word and a year: a month our lists do not have, or no date at all."""
        year = self.words[after + 1] if after + 1 < len(self.words) else None
        shaped = (
            year is not None
            and year.number
            and len(year.text) == 4
            and not self.words[after].number
            and 3 <= len(self.words[after].text) <= 12
            and not self.words[after].gap.strip(" .")
            and not year.gap.strip(" .")
        )
        if not shaped or year is None or not self.foreign or self.asked >= _ASKED:
            return None
        self.asked += 1
        month = month_elsewhere(self.words[after].text, self.foreign)
        if not month:
            return None
        return _checked(Found(at, after + 2, int(year.text), month, day))


def end_of(year: int | None, month: int) -> int:
    """The last day of a month; 28 for February of an unknown year."""
    return calendar.monthrange(year or 2001, month)[1]


def _checked(found: Found) -> Found:
    """``found``, its ``readable`` False when no calendar has such a day."""
    if found.month is None or found.day is None:
        return found
    if found.year is not None and found.year not in YEARS:
        found.readable = False
    try:
        date(found.year or 2000, found.month, found.day)
    except ValueError:
        found.readable = False
    return found
