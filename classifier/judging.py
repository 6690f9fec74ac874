"""Whether a call that lies near a partnership is told: status, exclusions, budget, eligibility."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np

from classifier.assessment import assess
from classifier.comparing import Comparison
from classifier.corpus import Corpus
from classifier.rulebook import Rules
from classifier.scoring import BUDGET, THRESHOLD
from classifier.wishes import Exclusion, Misfit, excluded, misfit, said_by
from storage.domain import Assessment, Call, Partnership, Status, Verdict
from storage.status import status

OVER = frozenset({Status.CLOSED, Status.WITHDRAWN})
"""Where nobody can apply any more."""


class Dropped(StrEnum):
    """Why a call is not told although it may lie near."""

    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    EXCLUDED = "excluded"
    NOT_ELIGIBLE = "not_eligible"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is asked for beyond what is told anyway.

    ``top`` asks for so many of the best, whatever their score.
    """

    include_closed: bool = False
    any_eligibility: bool = False
    top: int | None = None

    def lists(self, dropped: Dropped) -> bool:
        """Whether a call dropped for this reason is listed all the same."""
        match dropped:
            case Dropped.CLOSED | Dropped.WITHDRAWN:
                return self.include_closed
            case Dropped.NOT_ELIGIBLE:
                return self.any_eligibility
            case Dropped.EXCLUDED:
                return False

    def lists_all(self, drops: Iterable[Dropped]) -> bool:
        """Whether a call dropped for all these reasons is listed all the same."""
        return all(self.lists(why) for why in drops)


MATCHES = Choice()
"""What is told, and nothing else."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A call as a partnership should see it; ``score`` is 0-100, wishes taken into account."""

    row: int
    call: Call
    score: float
    status: Status
    assessment: Assessment
    line: float = THRESHOLD
    exclusion: Exclusion | None = None
    misfit: Misfit | None = None

    @property
    def drops(self) -> tuple[Dropped, ...]:
        """Every reason not to tell it."""
        found: list[Dropped] = []
        if self.status in OVER:
            found.append(Dropped(self.status.value))
        if self.exclusion is not None:
            found.append(Dropped.EXCLUDED)
        if self.assessment.verdict is Verdict.NOT_ELIGIBLE:
            found.append(Dropped.NOT_ELIGIBLE)
        return tuple(found)

    @property
    def told(self) -> bool:
        """Whether it is a match: near enough, and nothing speaks against it."""
        return not self.drops and self.score >= self.line


class Judge:
    """Looks at calls with the rules of the programmes, at one moment."""

    def __init__(self, corpus: Corpus, rules: Rules, now: datetime) -> None:
        self._corpus = corpus
        self._rules = rules
        self._now = now
        self._status = [status(call, now) for call in corpus.calls]
        self._over = np.array([one in OVER for one in self._status], bool)
        self._leads = corpus.leads
        self._said: dict[int, dict[str, str]] = {}

    @property
    def ahead(self) -> int:
        """How many calls can still be applied to, or may be; one in several sources is one."""
        return int((~self._over & self._leads).sum())

    def over(self, comparison: Comparison) -> Counter[Dropped]:
        """Return how many calls would reach the line, were they not over, and why they are."""
        line = comparison.partnership.line(THRESHOLD)
        near = np.flatnonzero(self._over & self._leads & (comparison.scores >= line))
        return Counter(Dropped(self._status[row].value) for row in near.tolist())

    def candidate(self, comparison: Comparison, row: int) -> Candidate:
        """Return everything that decides whether the call of this row is told."""
        call, partnership = self._corpus.calls[row], comparison.partnership
        unfit = misfit(call, partnership.budget)
        near = comparison.score(row)
        return Candidate(
            row=row,
            call=call,
            score=near * BUDGET if unfit else near,
            status=self._status[row],
            assessment=assess(call, partnership, self._rules, self._now),
            line=partnership.line(THRESHOLD),
            exclusion=self._exclusion(row, partnership),
            misfit=unfit,
        )

    def _exclusion(self, row: int, partnership: Partnership) -> Exclusion | None:
        if not partnership.exclude:
            return None
        if row not in self._said:
            self._said[row] = said_by(self._corpus.calls[row])
        return excluded(self._said[row], partnership.exclude)

    def best(self, comparison: Comparison, rows: Iterable[int]) -> Candidate:
        """Return what stands for an opportunity whose calls are these: one to tell, if there is."""
        found = [self.candidate(comparison, row) for row in rows if self._leads[row]]
        return min(found, key=lambda one: (bool(one.drops), -one.score, one.row))

    def candidates(self, comparison: Comparison, choice: Choice) -> list[Candidate]:
        """Return the calls worth looking at, best first, one for each opportunity.

        All that reach the line are among them, dropped or not, all that ``choice`` asks for, and
        the best one below the line that was not dropped. Those that are over are there only when
        ``choice`` asks for them.
        """
        found: dict[str, Candidate] = {}
        for one in self._near(comparison, choice):
            key = one.call.opportunity or one.call.id
            before = found.get(key)
            if before is None or (before.drops and not one.drops):
                found[key] = one
        return sorted(found.values(), key=lambda one: (-one.score, one.row))

    def _near(self, comparison: Comparison, choice: Choice) -> Iterator[Candidate]:
        """Yield candidates, the nearest first, until none that is wanted can follow."""
        listed: list[float] = []
        line = comparison.partnership.line(THRESHOLD)
        below = False
        for row in comparison.best_first():
            if not self._leads[row]:
                continue  # what is told, and what it must answer for, is the leading record
            near = comparison.score(row)
            # What follows is no nearer, and a wish only takes away: enough are sure to stay above.
            enough = choice.top is None or sum(one >= near for one in listed) >= choice.top
            if near < line and below and enough:
                return
            if self._over[row] and not choice.include_closed:
                continue
            one = self.candidate(comparison, row)
            yield one
            if choice.lists_all(one.drops):
                listed.append(one.score)
            below = below or (not one.drops and one.score < line)
