"""Why a partnership was told of a call, or why not: every step on the way, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from classifier.assessment import confidence
from classifier.judging import Dropped
from classifier.matching import USUAL, Means, hold
from classifier.outcomes import SAID, Found, Note, interest_notes
from classifier.rounding import told_score
from classifier.routes import interests
from classifier.score_words import score_parts
from storage import calls as kept
from storage import harvests
from storage.answers import Answer, TownAnswer, answers_of
from storage.database import reading
from storage.domain import Call, Harvest, Partnership, Result, Status
from storage.letters import NEW, Telling, told_of
from storage.matches import MatchRun, StoredMatch, find_matches, last_run
from storage.partnerships import get_partnership
from storage.status import status


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that is known of a call and a partnership at one moment.

    ``found`` is how the call stands to the partnership now, None when the partnership does not say
    what it looks for. ``stored`` is the match as it was written by the last comparison ``run``.
    """

    partnership: Partnership
    call: Call
    now: datetime
    status: Status
    harvest: Harvest | None
    proven: str | None
    reader: str
    found: Found | None
    run: MatchRun | None
    stored: StoredMatch | None
    tellings: tuple[Telling, ...]
    answers: tuple[TownAnswer, ...] = ()

    @property
    def told(self) -> tuple[Telling, ...]:
        """The letters that brought the call as new."""
        return tuple(one for one in self.tellings if one.fact == NEW)

    def why(self) -> tuple[str, ...]:
        """Return why it was told, or every reason why not, in sentences."""
        return tuple(_why(self))

    def score_parts(self) -> tuple[str, ...]:
        """Return how the score came about, in sentences."""
        return () if self.found is None else tuple(score_parts(self.found))

    def notes(self) -> tuple[str, ...]:
        """Return what makes the answer less sure."""
        of_interest = [SAID[note] for note in interest_notes(interests(self.partnership))]
        said = self.found.details["notes"] if self.found else ()
        return (*of_interest, *(SAID[Note(one)] for one in said))


def explain(
    engine: sa.Engine, partnership: str, call: str, now: datetime, *, means: Means = USUAL
) -> Explanation:
    """Explain a call (``source:reference`` or an opportunity) to a partnership (its id).

    Nothing is stored but vectors that were missing. Raises NotFound, ModelUnavailable and
    EmbeddingFailed.
    """
    with reading(engine) as connection:
        asked = get_partnership(connection, partnership)
        held = kept.get(connection, call)
    found = next(iter(hold(engine, now, held.id, [asked.id], means=means)), None)
    with reading(engine) as connection:
        compared = held if found is None else found.candidate.call
        opportunity = compared.opportunity or compared.id
        known = kept.known(connection, compared.source).get(compared.reference)
        return Explanation(
            partnership=asked,
            call=compared,
            now=now,
            status=status(compared, now),
            harvest=harvests.last(connection, compared.source),
            proven=harvests.proven(connection, compared.source)[0],
            reader=known.fingerprint if known else "",
            found=found,
            run=last_run(connection, asked.id),
            stored=next(iter(find_matches(connection, asked.id, opportunity=opportunity)), None),
            tellings=tuple(told_of(connection, asked.id, opportunity)),
            answers=tuple(answers_of(connection, asked.id, opportunity)),
        )


def _why(one: Explanation) -> Iterator[str]:
    for telling in one.told:
        yield (
            f"It was told as new in the letter “{telling.subject}”, written"
            f" {telling.at:%Y-%m-%d %H:%M} UTC ({telling.state.value})."
        )
    for answer in one.answers:
        if answer.answer is Answer.DISMISS:
            yield (
                f"{answer.town or 'The partnership'} dismissed it for good on"
                f" {answer.at:%Y-%m-%d}: letters leave it out. To undo that: bridges partnerships"
                f" mark {one.partnership.id} {one.call.id} nothing"
            )
            return
    if one.found is None:
        yield SAID[Note.NO_INTERESTS]
        return
    if not one.found.told:
        yield "It would not be told today:" if one.told else "It was not told:"
        yield from _against(one.found)
        if one.stored is not None and not one.told:
            yield (
                f"When it was compared last, on {one.stored.at:%Y-%m-%d %H:%M} UTC, it did match"
                f" with {one.stored.match.score:.0f} of 100; call, partnership, rules or encoder"
                " have changed since, or the time to apply is over."
            )
        return
    if one.told:
        return
    if one.run is None:
        yield "It matches, but nothing was compared for this partnership yet: bridges match."
    elif one.stored is None:
        yield (
            "It matches now, and did not when the partnership was compared last, on"
            f" {one.run.at:%Y-%m-%d %H:%M} UTC: bridges match."
        )
    else:
        yield f"It is a match since the comparison of {one.stored.at:%Y-%m-%d %H:%M} UTC."
        yield _not_told_yet(one.partnership)


def _not_told_yet(partnership: Partnership) -> str:
    if not partnership.recipients:
        return "No letter told it: the partnership has no recipients."
    if not any(recipient.consent for recipient in partnership.recipients):
        return "No letter told it: none of its recipients has agreed to letters yet."
    return (
        "No letter has told it yet: the next digest will, when it is due. A digest brings at most"
        " fifteen calls, the best first."
    )


def _against(found: Found) -> Iterator[str]:
    candidate = found.candidate
    for reason in candidate.drops:
        match reason:
            case Dropped.CLOSED:
                yield "The last moment to apply has passed."
            case Dropped.WITHDRAWN:
                yield "The source took the call away before its deadline."
            case Dropped.EXCLUDED if candidate.exclusion is not None:
                phrase, field = candidate.exclusion.phrase, candidate.exclusion.field
                yield f"The partnership excludes “{phrase}”, and the {field} of the call says it."
            case Dropped.NOT_ELIGIBLE:
                yield "The partnership may not apply:"
                findings = candidate.assessment.findings
                yield from (one.explanation for one in findings if one.result is Result.NOT_MET)
                yield confidence(candidate.assessment)
            case _:
                pass
    if candidate.score < found.threshold:
        yield (
            f"Its score is {told_score(candidate.score, found.threshold, 1):.1f} of 100, under the"
            f" line of {found.threshold:.0f} from which calls are told."
        )
