"""From a text to its deadlines: lines, sentences, what each date is for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from crawler.reading.deadlines.clocks import find_clocks, find_offsets
from crawler.reading.deadlines.dates import Found, find_dates
from crawler.reading.deadlines.days import foreign_of
from crawler.reading.deadlines.fields import as_field
from crawler.reading.deadlines.judging import Judge
from crawler.reading.deadlines.making import Published, Reckoning, finished, made
from crawler.reading.deadlines.sentence import OTHER, SUBMIT, Group, Sentence
from crawler.reading.deadlines.sentences import sentences, shifted, with_month_ends
from crawler.reading.deadlines.standing import (
    CALENDAR,
    ROLLING,
    announces_later,
    offers_always,
    states_something,
)
from crawler.reading.deadlines.vocabulary import MONTH_ENDS, STATING, Mark, Vocabulary, vocabulary
from crawler.reading.deadlines.words import Word, fold_text, words_of
from crawler.reading.language import languages_of
from storage.domain import Deadline, DeadlineKind

LONGEST = 400_000
"""Characters that are read; the longest real call has 40,000."""

_LONGEST_PHRASE = 400
_LINE = re.compile(r"[^\n\r\x0b\x0c\u2028\u2029]+")
_LONGEST_LINE = 20_000
_DIGIT = re.compile(r"\d")
_SURE_END = re.compile(r"[.!?](?<=[^\W\d_]{5}.)\s+(?=[^\W\d_])")
"""After a word too long to be a short form; the next sentence begins with a letter."""

_LABEL = 80
"""Characters a line of at most twelve words has that announces what the next one says."""

_CYRILLIC = re.compile(r"[а-яёіїєґ]{2}", re.IGNORECASE)
_LATIN = re.compile(r"[a-z]{2}", re.IGNORECASE)
_IN_CYRILLIC = frozenset(("uk", "ru", "bg"))
_SHORT = 160
"""Characters of a text that is itself a deadline field rather than prose."""


@dataclass(frozen=True, slots=True)
class DeadlinesRead:
    """The deadlines in order of their date, and phrases that state one we could not read."""

    deadlines: tuple[Deadline, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(slots=True)
class _Gathered:
    """What the sentences of a text gave so far."""

    deadlines: list[tuple[Deadline, bool]] = field(default_factory=list)  # and: is an extension
    window_ends: list[Deadline] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    rolling: str = ""
    announced_later: str = ""
    understood: int = 0
    label: str = ""
    label_marks: list[str] = field(default_factory=list)
    label_words: str = ""
    labelled: list[int] = field(default_factory=list)
    """Which of ``deadlines`` stand below the label, one in a line."""


def read_deadlines(
    text: str,
    *,
    language: str | None = None,
    published: str | None = None,
    zone: str | None = None,
) -> DeadlinesRead:
    """The dates by which something must be submitted, as ``text`` states them.

    ``language`` is what the source says (any code; a wrong one does no harm). ``published``
    (``2026-05-31``, ``2026-05`` or ``2026``) is when the words were published: a date without a
    year is read forward from it. ``zone`` is the source's IANA zone, used where the words state
    none; without it the usual zone of the language. Any text is accepted: what is not understood
    gives nothing, and what looks like a deadline but has no readable date is in ``unread``, word
    for word.

    ``basis`` is ``stated`` where the day and, if there is a clock, its zone stand in the words;
    ``assumed`` where the zone of a clock or the year of a day is ours. A written UTC offset wins
    over a named city: the zone is then one with that offset on that day, if need be a fixed one
    (``Etc/GMT-1``). CET and EET without an offset are the local clock all year.

    Raises ValueError for a ``zone`` that is not in the IANA database.
    """
    text = text[:LONGEST]
    tried = languages_of(text, language)
    foreign = foreign_of(language)
    best: DeadlinesRead | None = None
    cut: dict[tuple[int, int], list[Word]] = {}  # the same words, whatever the language
    for number, name in enumerate(tried):
        if number and (name in _IN_CYRILLIC) != (tried[0] in _IN_CYRILLIC):
            continue  # lines of another script are read in their own language already
        gathered = _Reader(
            text,
            name,
            tried=tried,
            published=Published.of(published),
            zone=zone,
            foreign=foreign,
            cut=cut,
        ).gathered()
        read = finished(gathered.deadlines, gathered.window_ends)
        read = _with_standing(gathered, read, name, zone)
        result = DeadlinesRead(tuple(read), tuple(dict.fromkeys(gathered.unread)))
        if result.deadlines or gathered.understood:
            return result
        best = best if best and best.unread else result
    return best or DeadlinesRead()


def _with_standing(
    gathered: _Gathered, read: list[Deadline], language: str, zone: str | None
) -> list[Deadline]:
    """The deadlines, or the standing offer where there is none with a date."""
    if read:
        return read
    usual = zone or vocabulary(language).zone
    if gathered.rolling:
        return [Deadline(DeadlineKind.ROLLING, None, zone=usual, words=gathered.rolling)]
    if gathered.announced_later:
        later = gathered.announced_later
        gathered.unread = [phrase for phrase in gathered.unread if phrase != later]
        return [Deadline(DeadlineKind.TO_BE_ANNOUNCED, None, zone=usual, words=later)]
    return read


class _Reader:
    """Reads one text in one language, and lines of another script in theirs."""

    def __init__(  # noqa: PLR0913 - what is known of a text
        self,
        text: str,
        language: str,
        *,
        tried: Sequence[str],
        published: Published,
        zone: str | None,
        foreign: str,
        cut: dict[tuple[int, int], list[Word]],
    ) -> None:
        self.text = text
        self.cut = cut
        self.known = vocabulary(language)
        self.published = published
        self.zone = zone
        self.foreign = foreign
        self.short = len(text.strip()) <= _SHORT
        cyrillic = language in _IN_CYRILLIC
        others = [name for name in tried if (name in _IN_CYRILLIC) != cyrillic]
        self.other = vocabulary(others[0]) if others else None
        self.cyrillic = cyrillic
        self.found = _Gathered()
        self.triggered: bool | None = None

    def gathered(self) -> _Gathered:
        for line in _LINE.finditer(self.text):
            for first, last in self._pieces(*line.span()):
                self._line(first, last)
        return self.found

    def _pieces(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """A line cut where sentences certainly end, without pieces that cannot state anything."""
        first = start
        for stop in _SURE_END.finditer(self.text, start, end) if end - start > _SHORT else ():
            last = stop.start() + 1  # the sign itself ends the sentence
            if self._worth(first, last):
                yield from _bounded(first, last)
            first = stop.end()
        if self._worth(first, end):
            yield from _bounded(first, end)

    def _worth(self, start: int, end: int) -> bool:
        """Whether a piece has a number, may be a label, or says "at any time" or the like."""
        if _DIGIT.search(self.text, start, end):
            return True
        piece = self.text[start:end]
        if end - start <= _LABEL:
            # One that is below a label is looked at, for it may end what the label is for.
            return bool(self.found.label) or self._may_state(piece)
        self.found.label = ""
        if piece.rstrip().endswith(":"):
            return True
        # Most texts have no such word at all: they are looked through once, as a whole.
        if self.triggered is None:
            self.triggered = self._triggers(self.text)
        return self.triggered and self._triggers(piece)

    def _may_state(self, piece: str) -> bool:
        pieces = piece.split()
        return any(any(map(one.stating.__getitem__, pieces)) for one in self._vocabularies())

    def _triggers(self, text: str) -> bool:
        folded = fold_text(text)
        return any(one.triggers().search(folded) for one in self._vocabularies())

    def _vocabularies(self) -> Iterator[Vocabulary]:
        return (one for one in (self.known, self.other) if one is not None)

    def _line(self, start: int, end: int) -> None:
        words = self.cut.get((start, end))
        if words is None:
            self.cut[start, end] = words = words_of(self.text, start, end)
        if not words:
            return
        known = self._language_of(start, end)
        numbers = _DIGIT.search(self.text, start, end)
        dates = find_dates(words, known, self.foreign) if numbers else []
        first, at = 0, 0
        for last in sentences(self.text, words, dates):
            mine = []
            while at < len(dates) and dates[at].first < last:
                mine.append(shifted(dates[at], first))
                at += 1
            self._sentence(words[first:last], mine, known)
            first = last

    def _language_of(self, start: int, end: int) -> Vocabulary:
        if self.other is None:
            return self.known
        line = self.text[start:end]
        other = _LATIN if self.cyrillic else _CYRILLIC
        own = _CYRILLIC if self.cyrillic else _LATIN
        return self.other if len(other.findall(line)) > len(own.findall(line)) else self.known

    # -- one sentence ---------------------------------------------------------------------------

    def _sentence(self, words: list[Word], dates: list[Found], known: Vocabulary) -> None:
        marks = known.marks(words)
        meanings = {mark.meaning for mark in marks}
        if not meanings.isdisjoint(MONTH_ENDS):
            dates = with_month_ends(words, dates, marks, known)
        if not dates:
            self._without_date(words, marks, meanings, known)
            return
        clocks = find_clocks(words, dates, marks, known)
        sentence = Sentence(words, marks, dates, clocks)
        judge = Judge(sentence, label=self.found.label, short=self.short)
        groups = judge.judged()
        if self.short:
            as_field(groups, judge, sentence)
        reckoning = Reckoning(
            sentence, find_offsets(words), known, self.published, self.zone, meanings
        )
        self._groups(groups, reckoning, self._phrase(words))
        submitted = [group for group in groups if group.verdict == SUBMIT]
        if not submitted and "dates.quarterly" in meanings:
            self._quarters(self._phrase(words), meanings, known)
        if all(group.inherited for group in submitted):
            self._standing(words, marks, meanings, known)
        if not any(group.inherited for group in groups):
            self.found.label = ""

    def _groups(self, groups: list[Group], reckoning: Reckoning, phrase: str) -> None:
        """Keep what is a deadline, and note what was understood to be none."""
        submitted = [group for group in groups if group.verdict == SUBMIT]
        marks, moved = reckoning.sentence.marks, "submission.extended" in reckoning.meanings
        for group in groups:
            if group.verdict == OTHER:
                self.found.understood += 1
            if group.verdict != SUBMIT or (moved and _superseded(group, submitted, marks)):
                continue
            below = group.inherited and group is groups[0]
            if below:
                reckoning.meanings.update(CALENDAR.intersection(self.found.label_marks))
            reckoning.listed = below and len(self.found.labelled) > 1
            shown = f"{self.found.label_words}\n{phrase}" if below else phrase
            self._keep(group, submitted, reckoning, shown)
            if below:
                self._listed()

    def _keep(
        self, group: Group, submitted: list[Group], reckoning: Reckoning, phrase: str
    ) -> None:
        self.found.understood += 1
        extended = group.governed is not None and group.governed.meaning == "submission.extended"
        for deadline in made(group, submitted, reckoning, phrase, self.found.label_marks):
            if deadline is None:
                self.found.unread.append(phrase)
            elif all(one.year_end for one in group.dates):
                self.found.window_ends.append(deadline)
            else:
                self.found.deadlines.append((deadline, extended))

    def _listed(self) -> None:
        """Days one below the other under one label are several cut-offs."""
        kept, below = self.found.deadlines, self.found.labelled
        if kept:
            below.append(len(kept) - 1)
        for at in below if len(below) == 2 else ():  # those after them are made so
            deadline, extended = kept[at]
            if deadline.kind is DeadlineKind.SINGLE:
                kept[at] = (replace(deadline, kind=DeadlineKind.CUT_OFF), extended)

    def _without_date(
        self, words: list[Word], marks: list[Mark], meanings: set[str], known: Vocabulary
    ) -> None:
        """A sentence without a date may announce a label, a standing offer or an unreadable one."""
        if not any(mark.meaning.startswith(STATING) for mark in marks):
            if marks or len(words) > 3:
                self.found.label = ""
            return
        phrase = self._phrase(words)
        self._standing(words, marks, meanings, known)
        if "dates.quarterly" in meanings:
            self._quarters(phrase, meanings, known)
        self._label(words, marks)
        if "submission.closed" in meanings:
            self.found.understood += 1
            return
        if states_something(words, marks, meanings):
            self.found.unread.append(phrase)

    def _label(self, words: list[Word], marks: list[Mark]) -> None:
        """Keep what a short line before a date line, or one that ends in a colon, is about."""
        ends = self.text[words[-1].end : words[-1].end + 3].lstrip(" \"'”»)*")[:1]
        self.found.label = ""
        if len(words) > 12 and not (ends == ":" and len(words) <= 40):
            return
        says = [mark for mark in marks if mark.meaning.startswith(("other.", "submission."))]
        if not says:
            return
        other = [mark for mark in says if mark.meaning.startswith("other.")]
        says_when = [
            mark
            for mark in says
            if mark.meaning
            in (
                "submission.deadline",
                "submission.closes",
                "submission.cut_off",
                "submission.extended",
            )
        ]
        if other:
            self.found.label = OTHER
        elif says_when or (ends == ":" and len(says) >= 1):
            self.found.label = SUBMIT
        self.found.label_words = self._phrase(words)
        self.found.label_marks = [mark.meaning for mark in marks]
        self.found.labelled = []

    def _standing(
        self, words: list[Word], marks: list[Mark], meanings: set[str], known: Vocabulary
    ) -> None:
        """Rolling and to-be-announced offers."""
        if meanings & ROLLING:
            if offers_always(words, marks, meanings, known, short=self.short):
                self.found.rolling = self.found.rolling or self._phrase(words)
                self.found.understood += 1
        elif announces_later(meanings):
            self.found.announced_later = self.found.announced_later or self._phrase(words)
            self.found.understood += 1

    def _quarters(self, phrase: str, meanings: set[str], known: Vocabulary) -> None:
        if any(one.startswith("other.") for one in meanings):
            return
        self.found.understood += 1
        for day in ("--03-31", "--06-30", "--09-30", "--12-31"):
            deadline = Deadline(
                DeadlineKind.CUT_OFF, day, zone=self.zone or known.zone, words=phrase,
                recurs="yearly",
            )  # fmt: skip
            self.found.deadlines.append((deadline, False))

    def _phrase(self, words: list[Word]) -> str:
        """The words of a sentence as published."""
        first = words[0].start
        while first and not self.text[first - 1].isspace():
            first -= 1  # what opens a quotation or a bracket belongs to it
        end = words[-1].end
        while end < len(self.text) and not self.text[end].isspace() and end < words[-1].end + 3:
            end += 1
        return self.text[first : min(end, first + _LONGEST_PHRASE)].strip(" \t-–•|*")


def _bounded(start: int, end: int) -> Iterator[tuple[int, int]]:
    for first in range(start, end, _LONGEST_LINE):
        yield first, min(end, first + _LONGEST_LINE)


def _superseded(group: Group, submitted: Sequence[Group], marks: Sequence[Mark]) -> bool:
    """The date was moved: "the deadline of 5 May has been extended to 5 June"."""
    last = max((one.first for one in submitted), default=0)
    return any(
        mark.meaning == "submission.extended" and group.last <= mark.first < last for mark in marks
    )
