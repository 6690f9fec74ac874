"""A line of words cut into sentences, and the months whose end is said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from crawler.reading.deadlines.dates import YEARS, Found, end_of
from crawler.reading.deadlines.vocabulary import MONTH_ENDS, Mark, Vocabulary
from crawler.reading.deadlines.words import Word

_LONGEST = 120
"""Words of a sentence; what is longer is a list without full stops, or hostile."""

_END = re.compile(r"[.!?…]+[\"'”»)\]]*\s+|[•·●▪]|\s\*\s")
_BULLETS = ("•", "·", "●", "▪")


def sentences(text: str, words: Sequence[Word], dates: Sequence[Found]) -> Iterator[int]:
    """The index after each sentence of a line; dates and their times are never cut."""
    inside = {at for one in dates for at in range(one.first + 1, one.last)}
    after_date = {one.last for one in dates}
    begins = 0
    for at in range(1, len(words)):
        gap = words[at].gap
        if gap == " " and at - begins < _LONGEST:
            continue
        if at - begins >= _LONGEST and at not in inside:
            begins = at
            yield at
            continue
        if (len(gap) < 2 and gap not in _BULLETS) or at in inside or not _END.search(gap):
            continue
        if (
            "." not in gap
            or any(sign in gap for sign in "!?…•·●▪")
            or (not text[words[at].start].islower() and not _goes_on(words, at, at in after_date))
        ):
            yield at
    yield len(words)


def _goes_on(words: Sequence[Word], at: int, after_date: bool) -> bool:  # noqa: FBT001
    """The full stop before word ``at`` ends a short form or a number, not a sentence."""
    before, here = words[at - 1], words[at]
    if after_date:
        after = words[at + 1] if at + 1 < len(words) else None
        return here.number and after is not None and (after.gap in (":", ".") or not after.number)
    if before.number:  # the minutes of a clock may end a sentence, the day of a month does not
        return len(before.text) <= 2 and before.gap not in (":", ".")
    return len(before.text) == 1 or before.text in _SHORT_FORMS


_SHORT_FORMS = frozenset(
    [
        "nr",
        "no",
        "art",
        "abs",
        "str",
        "ul",
        "al",
        "bl",
        "sv",
        "st",
        "dr",
        "mr",
        "mrs",
        "prof",
        "ing",
        "mgr",
        "inz",
        "bc",
        "pl",
        "tel",
        "fax",
        "kl",
        "plkst",
        "godz",
        "hod",
        "h",
        "ca",
        "cca",
        "bzw",
        "inkl",
        "incl",
        "max",
        "min",
        "mio",
        "tis",
        "tys",
        "mln",
        "mlrd",
        "eur",
        "usd",
        "czk",
        "r",
        "rr",
        "br",
        "bk",
        "nar",
        "n",
        "sb",
        "vgl",
        "z",
        "b",
        "d",
        "m",
        "a",
        "p",
        "s",
        "t",
        "v",
        "u",
        "k",
        "g",
        "gg",
        "lv",
        "ne",
        "evt",
        "jf",
        "dvs",
        "f",
        "eks",
        "osv",
        "bl",
        "t",
        "o",
        "w",
        "pt",
        "tzn",
        "np",
        "itp",
        "itd",
        "p",
        "ex",
        "ref",
        "par",
        "sec",
        "ora",
        "orele",
        "kb",
        "pont",
        "cikk",
        "vol",
        "c",
        "dir",
        "reg",
        "pkt",
        "ust",
        "poz",
        "zm",
        "i",
        "e",
        "g",
        "св",
        "ст",
        "р",
        "рр",
        "г",
        "гг",
        "год",
        "хв",
        "мин",
        "ч",
        "п",
        "пп",
        "м",
        "с",
        "вул",
        "ул",
        "обл",
        "тис",
        "тыс",
        "млн",
        "грн",
        "руб",
        "им",
        "ім",
        "т",
        "д",
        "к",
        "н",
        "э",
        "у",
        "б",
        "е",
    ]
)


def shifted(found: Found, by: int) -> Found:
    found.first -= by
    found.last -= by
    return found


def with_month_ends(
    words: Sequence[Word], dates: list[Found], marks: Sequence[Mark], known: Vocabulary
) -> list[Found]:
    """The dates, and "the end of September", which is the last day of it; "mid-March" is none."""
    found = list(dates)
    for number, mark in enumerate(marks):
        if mark.meaning not in MONTH_ENDS:
            continue
        month = _month_beside(marks, number)
        whole = _whole_month(found, mark)
        if mark.meaning == "dates.mid":
            if whole is not None:
                whole.readable, whole.first = False, min(whole.first, mark.first)
        elif whole is not None:
            whole.first, whole.last = min(whole.first, mark.first), max(whole.last, mark.last)
            whole.day = _last_day(whole)
            whole.hint = whole.hint or _hint(words, mark, known)
        elif month is not None:
            if not any(one.first <= month.first < one.last for one in found):
                first, last = min(mark.first, month.first), max(mark.last, month.last)
                one = Found(first, last, None, int(month.meaning.removeprefix("months.")))
                one.day = _last_day(one)
                one.hint = _hint(words, mark, known)
                found.append(one)
        elif year := _year_behind(words, mark, marks):
            end = Found(mark.first, year, int(words[year - 1].text), 12, 31)
            end.year_end = True
            found.append(end)
    found.sort(key=lambda one: one.first)
    return found


def _hint(words: Sequence[Word], mark: Mark, known: Vocabulary) -> str:
    """The role that the ending of the word for the end gives: végéig, lõpuni."""
    ends = known.until_endings
    return "until" if ends and words[mark.last - 1].text.endswith(ends) else ""


def _month_beside(marks: Sequence[Mark], number: int) -> Mark | None:
    """The month "the end of" is said of: behind it, or before it ("rugsėjo pabaigos")."""
    mark = marks[number]
    for one in marks[number + 1 : number + 4]:
        if one.meaning.startswith("months.") and one.first - mark.last <= 2:
            return one
    before = marks[number - 1] if number else None
    beside = before is not None and before.last == mark.first
    return before if beside and before and before.meaning.startswith("months.") else None


def _whole_month(found: Sequence[Found], mark: Mark) -> Found | None:
    for one in found:
        near = mark.last <= one.first <= mark.last + 2 or one.last == mark.first
        if one.day is None and one.month is not None and near:
            return one
    return None


def _last_day(found: Found) -> int:
    return end_of(found.year, found.month or 1)


def _year_behind(words: Sequence[Word], mark: Mark, marks: Sequence[Mark]) -> int:
    """The index after the year in "the end of 2026", or 0."""
    for at in range(mark.last, min(mark.last + 3, len(words))):
        word = words[at]
        if word.number:
            return at + 1 if len(word.text) == 4 and int(word.text) in YEARS else 0
        if not any(
            one.first <= at < one.last
            and one.meaning in ("dates.year", "dates.glue", "dates.before_day")
            for one in marks
        ):
            return 0
    return 0
