"""Which partnerships could apply to one call together, as a consortium that meets its minimums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from statistics import mean
from typing import Any

from classifier.assessment import assess
from classifier.outcomes import Found
from classifier.rulebook import Rules
from storage.domain import About, Assessment, Call, Partner, Partnership, Result, Verdict

LARGEST = 3
"""Partnerships in a team: six towns or more; who needs a larger one searches among people."""

CANDIDATES = 12
"""Partnerships among which teams are sought, the best first."""

SHOWN = 5
_TOGETHER = (About.CONSORTIUM, About.COUNTRY, About.REGION, About.APPLICANT)
_ORDER = list(Verdict)


@dataclass(frozen=True, slots=True)
class Team:
    """Partnerships that together lack no partner; ``score`` is the mean of theirs."""

    partnerships: tuple[str, ...]
    partners: tuple[Partner, ...]
    score: float
    assessment: Assessment

    @property
    def countries(self) -> tuple[str, ...]:
        return tuple(sorted({partner.country for partner in self.partners}))

    def to_json(self) -> dict[str, Any]:
        return {
            "partnerships": list(self.partnerships),
            "partners": [one.name for one in self.partners],
            "countries": list(self.countries),
            "score": round(self.score, 2),
            "verdict": self.assessment.verdict.value,
            "roles": {name: role.value for name, role in self.assessment.roles.items()},
            "missing": list(self.assessment.missing),
        }


def teams(
    call: Call, found: Sequence[Found], known: Sequence[Partnership], rules: Rules, now: datetime
) -> list[Team]:
    """Return the smallest teams that lack no partner, the best first; one may be enough.

    ``found`` are partnerships held against the call, the best first. A team is no larger than it
    must be: one that contains a smaller team which lacks nothing is not told.
    """
    by_id = {one.id: one for one in known}
    candidates = [
        one for one in found if one.candidate.exclusion is None and one.match.partnership in by_id
    ][:CANDIDATES]
    told: list[Team] = []
    for size in range(1, LARGEST + 1):
        for some in combinations(candidates, size):
            ids = tuple(one.match.partnership for one in some)
            if any(set(team.partnerships) <= set(ids) for team in told):
                continue
            team = _team(call, some, [by_id[name] for name in ids], rules, now)
            if team is not None:
                told.append(team)
    told.sort(
        key=lambda one: (
            _ORDER.index(one.assessment.verdict),
            len(one.partnerships),
            -one.score,
            one.partnerships,
        )
    )
    return told[:SHOWN]


def _team(
    call: Call,
    some: Sequence[Found],
    partnerships: Sequence[Partnership],
    rules: Rules,
    now: datetime,
) -> Team | None:
    """Return these partnerships as a team, None when they are shut out or lack a partner."""
    partners = tuple(_apart(partnerships))
    ids = tuple(one.id for one in partnerships)
    together = Partnership("+".join(ids), " + ".join(one.name for one in partnerships), partners)
    assessment = assess(call, together, rules, now)
    lacking = any(
        one.about in _TOGETHER and one.result is Result.NOT_MET for one in assessment.findings
    )
    if lacking or assessment.verdict is Verdict.NOT_ELIGIBLE:
        return None
    return Team(ids, partners, mean(one.candidate.score for one in some), assessment)


def _apart(partnerships: Sequence[Partnership]) -> Iterator[Partner]:
    """Yield each town once: two partnerships of one town bring it in once."""
    seen: set[tuple[str, str, str | None]] = set()
    for one in partnerships:
        for partner in one.partners:
            town = (partner.name.casefold(), partner.country, partner.region)
            if town not in seen:
                seen.add(town)
                yield partner
