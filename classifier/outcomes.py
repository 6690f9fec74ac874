"""What comes of holding a partnership against all calls, with everything that explains it later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from classifier.comparing import Comparison
from classifier.details import details_of
from classifier.judging import OVER, Candidate, Choice, Judge
from classifier.preparing import Prepared
from classifier.reasons import Reason
from classifier.routes import Interest, Routes, interests
from classifier.scoring import THRESHOLD
from classifier.texts import LONGEST_TITLE, PASSAGE, PASSAGES, shortened, tidy
from classifier.themes import load_themes
from storage.domain import Match, Partnership
from storage.matches import Details, MatchRun

SCORING = "3"
"""Changes when a score of the same call and interest would be another; part of a fingerprint."""


class Note(StrEnum):
    """What makes a score less sure, or a partnership impossible to compare."""

    NO_INTERESTS = "no_interests"
    FROM_THEMES = "from_themes"
    ONE_WORD = "one_word"
    VERY_LONG = "very_long"
    TITLE_ONLY = "title_only"
    OTHER_LANGUAGE = "other_language"
    NO_BRIDGE = "no_bridge"
    UNKNOWN_WORDS = "unknown_words"
    UNKNOWN_THEMES = "unknown_themes"


SAID = {
    Note.NO_INTERESTS: "It does not say what it looks for, so nothing can match: add interests.",
    Note.FROM_THEMES: "It has no interests in its own words; its themes were compared instead.",
    Note.ONE_WORD: "Its interest is a single word; a sentence or two would find more, and surer.",
    Note.VERY_LONG: "Its interest is so long that every call resembles some of it and none stands"
    f" out (of more than {PASSAGES * PASSAGE:,} words only these are read); the few most important"
    " sentences would find more.",
    Note.TITLE_ONLY: "Little more than the title of this call is known, so its score is less sure.",
    Note.OTHER_LANGUAGE: "Interest and call are in different languages: their meaning is compared"
    " across a bridge, and words as far as our list of themes knows them; that is less sure.",
    Note.NO_BRIDGE: "No bridge fits the encoders in use, so interests that are not English are"
    " compared by the encoder of many languages alone, which ranks worse; fit one with"
    " python -m classifier train-bridge, or leave BRIDGES_MODEL unset.",
    Note.UNKNOWN_WORDS: "Not one word of this interest stands in any call or in our dictionary, so"
    " it is compared by meaning alone and counts less. If we do not know its language, add it in"
    " English or Ukrainian, or pick themes: bridges partnerships themes shows the list.",
    Note.UNKNOWN_THEMES: "Some of its themes are not in the list, so they count for nothing:"
    " bridges partnerships themes shows the list.",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A call held against a partnership: the match, or what it would be were it told."""

    match: Match
    candidate: Candidate
    details: Details

    @property
    def threshold(self) -> float:
        """The score from which the partnership is told of calls."""
        return self.candidate.line

    @property
    def told(self) -> bool:
        return self.candidate.told


@dataclass(frozen=True, slots=True)
class Outcome:
    """One partnership held against all calls: how it went, and what was found, best first."""

    partnership: Partnership
    run: MatchRun
    found: tuple[Found, ...] = ()

    @property
    def matches(self) -> tuple[Found, ...]:
        return tuple(one for one in self.found if one.told)

    def listed(self, choice: Choice) -> list[Found]:
        """Return what ``choice`` asks for: its best, or else all that reach the line."""
        listed = [one for one in self.found if choice.lists_all(one.candidate.drops)]
        if choice.top is not None:
            return listed[: choice.top]
        return [one for one in listed if one.candidate.score >= one.threshold]


def found_of(
    ready: Prepared, comparison: Comparison, one: Candidate, reasons: Sequence[Reason]
) -> Found:
    """Return a candidate as a match, with everything that explains it later."""
    leading = ready.corpus.leading[one.call.opportunity or one.call.id]
    match = Match(
        partnership=comparison.partnership.id,
        opportunity=one.call.opportunity or one.call.id,
        call=leading.id,
        score=round(one.score, 2),
        assessment=one.assessment,
        reasons=tuple(reason.sentence for reason in reasons),
    )
    notes = [note.value for note in _notes(comparison, ready, one.row)]
    return Found(match, one, details_of(ready, comparison, one, reasons, notes))


def _notes(comparison: Comparison, ready: Prepared, row: int) -> Iterator[Note]:
    if ready.corpus.title_only[row]:
        yield Note.TITLE_ONLY
    if not comparison.speaks_its_language(row):
        yield Note.OTHER_LANGUAGE
    if comparison.unknown(row):
        yield Note.UNKNOWN_WORDS


def partnership_notes(partnership: Partnership, way: Routes | None) -> list[Note]:
    """Return what makes every score of a partnership less sure."""
    found = interest_notes(interests(partnership))
    if way is not None and any(one.space != way.models.english for one in way.ways):
        others = [one for one in interests(partnership) if not one.english]
        if others:
            found.append(Note.NO_BRIDGE)
    if load_themes().unknown(partnership.themes):
        found.append(Note.UNKNOWN_THEMES)
    return found


def interest_notes(said: Sequence[Interest]) -> list[Note]:
    """Return what makes every score of a partnership less sure."""
    if not said:
        return [Note.NO_INTERESTS]
    found = [Note.FROM_THEMES] if said[0].from_themes else []
    if all(one.words == 1 for one in said):
        found.append(Note.ONE_WORD)
    if any(one.words > 2 * PASSAGE for one in said):
        found.append(Note.VERY_LONG)
    return found


def run_of(
    ready: Prepared,
    comparison: Comparison,
    judge: Judge,
    candidates: Sequence[Candidate],
    now: datetime,
) -> MatchRun:
    """Return how the comparison of a partnership with all calls went."""
    partnership = comparison.partnership
    line = partnership.line(THRESHOLD)
    under = (one for one in candidates if not one.drops and one.score < line)
    below = next((_briefly(ready, one) for one in under), None)
    dropped = judge.over(comparison)
    near = (one for one in candidates if one.status not in OVER and one.score >= line)
    dropped.update(one.drops[0] for one in near if one.drops)
    return MatchRun(
        partnership=partnership.id,
        at=now,
        fingerprint=fingerprint(comparison.routes),
        threshold=line,
        read=judge.ahead,
        matched=sum(one.told for one in candidates),
        below=below,
        dropped={reason.value: number for reason, number in dropped.items()},
        notes=tuple(note.value for note in partnership_notes(partnership, comparison.routes)),
    )


def _briefly(ready: Prepared, one: Candidate) -> dict[str, Any]:
    title = shortened(tidy(one.call.title), LONGEST_TITLE)
    leading = ready.corpus.leading[one.call.opportunity or one.call.id]
    return {"call": leading.id, "title": title, "score": round(one.score, 2)}


def fingerprint(way: Routes) -> str:
    """Return what names everything that made a score: the encoders and the sum."""
    used = {model.fingerprint for route in way.every() for model in (route.reader, route.space)}
    return " ".join([*sorted(used), f"score-{SCORING}"])


def without_interests(partnership: Partnership, now: datetime) -> Outcome:
    notes = tuple(note.value for note in interest_notes(()))
    line = partnership.line(THRESHOLD)
    return Outcome(partnership, MatchRun(partnership.id, now, "", line, 0, 0, notes=notes))
