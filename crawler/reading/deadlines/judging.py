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

from crawler.reading.deadlines.roles import AROUND, COMMA, STOP, Roles
from crawler.reading.deadlines.sentence import (
    NOTHING,
    NOUNS,
    OTHER,
    SAYS,
    SUBMIT,
    Group,
    Sentence,
    noun,
    other,
    predicate,
)
from crawler.reading.deadlines.vocabulary import Mark
from crawler.reading.deadlines.words import Word

_HANDED_IN = (
    "submission.thing",
    "submission.concept_note",
    "submission.full_proposal",
    "submission.stage",
    "submission.round",
)
_WHEN_DONE = ("other.project", "other.opening", "other.validity", "other.updated", "other.else")
"""What may be said of the projects that are handed in: "projects starting in 2027"."""
_FEW = 2
"""Words of unknown meaning that may stand between what is handed in and its day."""

_LONG = 6
"""Words between a verb that says that something lasts and how long it does."""

_SHORT = 4
"""Letters of a word that will hardly say what happens: "is", "bude", "je" and the like."""

_LABEL = re.compile(r"[\s\W]*[:–—|\-=][\s\W]*")
_BEHIND = re.compile(r"[\s.)]*(?:[–—|:]|\s-)\s+[\"'«„“(]*")


class Judge(Roles):
    """Decides for one sentence. ``label``: the verdict of the line above; ``short``: a field."""

    def __init__(self, sentence: Sentence, *, label: str = NOTHING, short: bool = False) -> None:
        super().__init__(sentence)
        self.label = label
        self.short = short
        self.mirrored = False

    def judged(self) -> list[Group]:
        """The dates of the sentence by list and window, each judged."""
        found = self.groups()
        self.mirrored = self._mirrored(found)
        for at, group in enumerate(found):
            self._judge(group, found, at)
        return found

    def _mirrored(self, groups: Sequence[Group]) -> bool:
        """A calendar of days, each with what happens behind it: "5 May – info day; 9 June – …"."""
        if not (groups and self.told and self._only_around(0, groups[0].first)):
            return False
        for group in groups:
            at = group.last
            while at in self.clock_at or (
                at in self.owner and self.owner[at].meaning.startswith(AROUND)
            ):
                at += 1
            if at >= len(self.words) or not _BEHIND.fullmatch(self.words[at].gap):
                return False
        return True

    def _judge(self, group: Group, groups: Sequence[Group], at: int) -> None:
        start = groups[at - 1].last if at else 0
        end = groups[at + 1].first if at + 1 < len(groups) else len(self.words)
        if self.mirrored:
            before, after = [], [m for m in self.told if group.last <= m.first < end]
        else:
            before = [mark for mark in self.told if start <= mark.first < group.first]
            before = self._after_stop(before, start, group.first)
            after = self._clause_after(group.last, end, said=any(map(predicate, before)))
        if at + 1 < len(groups):  # "7 April instead of 24 March": said of what follows
            after = [mark for mark in after if mark.meaning != "other.superseded"]
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
            if STOP.search(self.words[at].gap):
                later = [mark for mark in marks if mark.first >= at]
                if later:
                    return later
        return marks

    def _clause_after(self, start: int, end: int, *, said: bool) -> list[Mark]:
        """The marks after a date as far as they can belong to it.

        ``said``: what happens on it stands before it already, so that a comma ends the clause.
        """
        found = [mark for mark in self.told if start <= mark.first < end]
        if not found:
            return found
        stop = end
        for at in range(start, end):
            owner = self.owner.get(at)
            own = at == start and (not said or at in self.clock_at)
            soft = not own and COMMA.search(self.words[at].gap)
            joined = owner is not None and owner.meaning == "dates.and"
            opened = at in self.owner and self.owner[at].meaning == "dates.from"
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
        says = [mark for mark in before if predicate(mark)]
        if says:
            group.governed = says[-1]
            if says[-1].meaning == "other.opening" and group.window:
                about = [mark for mark in (*before, *after) if not other(mark)]
                return SUBMIT if about or self.short else NOTHING
            return self._by_predicate(group, says[-1], before, after)
        nouns = [mark for mark in before if mark.meaning in NOUNS]
        later = [mark for mark in after if predicate(mark)]
        if later:
            group.governed = later[0]
            return self._by_later(group, later, nouns, after)
        if any(mark.meaning != "submission.project" for mark in nouns):
            group.governed = nouns[-1]
            alone = self.short and nouns[-1].meaning in _HANDED_IN[:3]
            if group.role == "until" and (alone or self._beside(nouns[-1], group)):
                return SUBMIT
            label = nouns[-1]
            if label.meaning == "submission.call" and len(nouns) > 1:
                label = nouns[-2]  # "Applications for grants: 5 May"
            if label.meaning in _HANDED_IN and self._is_label(label, group):
                return SUBMIT
            return NOTHING
        if any(mark.meaning in _HANDED_IN for mark in after) and group.role == "until":
            group.governed = after[0]
            return SUBMIT
        return NOTHING

    def _by_predicate(self, group: Group, mark: Mark, before: list[Mark], after: list[Mark]) -> str:
        if other(mark):
            return OTHER
        subject = self._subject(mark, before, after) or self._earlier(group)
        if subject == OTHER or self._project_lasts(mark, before):
            return OTHER
        if mark.meaning == "submission.open" and group.role != "until":
            return OTHER if self._labels(mark, group) else NOTHING  # "Applications open: 1 March"
        if mark.meaning == "submission.extended":
            return SUBMIT if self._speaks_of_a_call() else NOTHING
        if mark.meaning in ("submission.deadline", "submission.cut_off"):
            return SUBMIT
        if mark.meaning == "submission.closes":
            ours = subject == SUBMIT or (self.short and self._of_a_call(group))
            return SUBMIT if ours else NOTHING
        if group.role != "until" and any(one.meaning in SAYS for one in before):
            return SUBMIT  # "the deadline for submitting proposals is"
        if group.role == "until":
            sure = mark.meaning in ("submission.act", "submission.funds")
            if sure or subject == SUBMIT or (self.short and self._of_a_call(group)):
                return SUBMIT
            return NOTHING
        return SUBMIT if self._labels(before[-1], group) else NOTHING

    def _by_later(
        self, group: Group, later: list[Mark], nouns: list[Mark], after: list[Mark]
    ) -> str:
        mark = later[0]
        first = nouns[0] if nouns else next((one for one in after if noun(one)), None)
        if other(mark) or (first is not None and other(first)):
            return OTHER
        if self._project_lasts(mark, nouns):
            return OTHER
        if mark.meaning in ("submission.deadline", "submission.closes", "submission.cut_off"):
            about = [one for one in after if other(one)]
            return OTHER if about else SUBMIT
        if group.role != "until":
            return NOTHING
        if mark.meaning == "submission.open" and first is None:
            return SUBMIT if self.short and self._of_a_call(group) else NOTHING
        return SUBMIT

    def _of_a_call(self, group: Group) -> bool:
        """In "Open until 5 May" nothing else is named; in "The exhibition is open until …" it is.

        Or it is said that something is handed in: "towns have until 5 May to submit".
        """
        named = any(len(word.text) > _SHORT for word in self._unknown(0, group.first))
        return not named or any(
            mark.meaning in _HANDED_IN or mark.meaning == "submission.act" for mark in self.told
        )

    def _speaks_of_a_call(self) -> bool:
        """Anything can be extended, a law as well: a call, what is sent in or a term is named."""
        if any(one.meaning in NOUNS or one.meaning in SAYS[:2] for one in self.told):
            return True
        inside = {at for one in self.dates for at in range(one.first, one.last)}
        known = (*self.owner, *self.clock_at, *inside)
        return len(self.words) - len(set(known)) <= 1

    def _project_lasts(self, mark: Mark, before: list[Mark]) -> bool:
        """Projects run, are open or end until a day: that is their time, not ours."""
        if mark.meaning not in ("submission.open", "submission.closes"):
            return False
        if mark.meaning == "submission.open" and self._for_so_long(mark):
            return True
        if any(one.meaning == "submission.deadline" for one in before):
            return False  # "the time for handing in projects ends"
        nouns = [one for one in before if one.last <= mark.first and noun(one)]
        return bool(nouns) and nouns[-1].meaning in ("submission.project", "other.project")

    def _for_so_long(self, mark: Mark) -> bool:
        """A number of months stands behind a verb: "grants run for 24 months, until …"."""
        return any(
            one.meaning == "dates.units"
            and mark.last < one.first <= mark.last + _LONG
            and self.words[one.first - 1].number
            for one in self.marks
        )

    def _earlier(self, group: Group) -> str:
        """What the sentence is about where the clause does not say: "… and closes on"."""
        nouns = [mark for mark in self.told if mark.last <= group.first and noun(mark)]
        return _head(nouns, done=True) if nouns else NOTHING

    def _subject(self, mark: Mark, before: list[Mark], after: list[Mark]) -> str:
        """Whether what ``mark`` speaks of is handed in (SUBMIT), something else, or not said."""
        behind = [one for one in before if one.first >= mark.last and noun(one)]
        if mark.meaning == "submission.deadline":
            left = [one for one in before if one.last <= mark.first]
            if left and other(left[-1]) and len(self._unknown(left[-1].last, mark.first)) <= _FEW:
                near = all(
                    not COMMA.search(self.words[at].gap) and ":" not in self.words[at].gap
                    for at in range(left[-1].last, mark.first + 1)
                )
                return OTHER if near else SUBMIT
            about = [one for one in after if noun(one)]
            if not behind and not left and about and other(about[0]):
                return OTHER
            return SUBMIT
        left = [one for one in before if one.last <= mark.first and noun(one)]
        if mark.meaning == "submission.extended":
            moved = [one for one in left if one.meaning not in ("other.updated", "other.results")]
            return OTHER if moved and other(moved[-1]) else SUBMIT
        for chunk in self._chunks_before(mark.first, left):
            return _head(chunk)
        if behind:
            return SUBMIT
        about = [one for one in after if noun(one)]
        if about:
            return _head(about)
        return NOTHING

    def _chunks_before(self, end: int, marks: list[Mark]) -> list[list[Mark]]:
        """Nouns before a verb by clause between commas, the nearest clause first."""
        chunks: list[list[Mark]] = []
        at = end
        while marks and at > 0:
            start = at - 1
            while start > 0 and not COMMA.search(self.words[start].gap):
                start -= 1
            inside = [mark for mark in marks if start <= mark.first < at]
            if inside:
                chunks.append(inside)
            marks = [mark for mark in marks if mark.first < start]
            at = start
        return chunks

    def _beside(self, mark: Mark, group: Group) -> bool:
        """Hardly a word of unknown meaning stands between a noun and its date.

        Of a grant or a contest much may be said, so that there any long word is one too many.
        """
        unknown = self._unknown(mark.last, group.first)
        if mark.meaning in _HANDED_IN:
            return len(unknown) <= _FEW
        return all(len(word.text) <= _SHORT for word in unknown)

    def _unknown(self, start: int, end: int) -> list[Word]:
        """The words of no known meaning from ``start`` on and before ``end``."""
        every = range(start, end)
        return [self.words[at] for at in every if at not in self.owner and at not in self.clock_at]

    def _is_label(self, mark: Mark, group: Group) -> bool:
        """A noun and nothing else is the label: "Applications: 15 March", not "News on …:"."""
        at = mark.first
        while at > 0 and not COMMA.search(self.words[at].gap):
            at -= 1
        told = (one for one in range(at, mark.first) if one not in self.owner)
        return self._labels(mark, group) and not any(len(self.words[one].text) > 5 for one in told)

    def _labels(self, mark: Mark, group: Group) -> bool:
        """Nothing but a colon, a dash or a cell's edge stands between a label and its date."""
        start = mark.last
        at = group.first
        while (
            at > start and (at - 1) in self.owner and self.owner[at - 1].meaning.startswith(AROUND)
        ):
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
        doing = [one for one in nouns if other(one) and (done or one.meaning not in _WHEN_DONE)]
        return OTHER if doing else SUBMIT
    asked = any(one.meaning == "other.questions" for one in nouns)  # "requests for clarification"
    return OTHER if asked or other(nouns[0]) else SUBMIT
