"""Matches of partnerships with opportunities, as of the last time they were compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from storage.columns import Row
from storage.domain import About, Assessment, Finding, Match, Result, Role, Verdict
from storage.opportunities import resolve
from storage.schema import match_runs, matches

Details = dict[str, Any]
"""What explains a match later: JSON values, as ``classifier.matching`` wrote them."""


@dataclass(frozen=True, slots=True)
class StoredMatch:
    """A match with the fingerprint of what compared, when (UTC), and what explains it."""

    match: Match
    fingerprint: str
    at: datetime
    details: Details = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MatchRun:
    """One comparison of a partnership with all calls.

    ``read`` calls could still be applied to and were compared; ``matched`` of them reached the
    ``threshold``. ``below`` is the best of those that did not and were not left out for another
    reason (its call id, title and score), None when there is none. ``dropped`` counts by reason
    those that reached the threshold and were left out. ``notes`` are sentences for people.
    """

    partnership: str
    at: datetime
    fingerprint: str
    threshold: float
    read: int
    matched: int
    below: Mapping[str, Any] | None = None
    dropped: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def replace_matches(  # noqa: PLR0913 - a match is these facts
    connection: sa.Connection,
    partnership: str,
    found: Iterable[Match],
    *,
    fingerprint: str,
    now: datetime,
    details: Mapping[str, Details],
) -> int:
    """Write the matches of a partnership in the place of its former ones; returns how many.

    ``details`` are by opportunity.
    """
    connection.execute(sa.delete(matches).where(matches.c.partnership == partnership))
    rows = [
        {
            "partnership": partnership,
            "opportunity": one.opportunity,
            "call": one.call,
            "score": one.score,
            "assessment": assessment_to_json(one.assessment),
            "reasons": list(one.reasons),
            "fingerprint": fingerprint,
            "at": now,
            "details": details.get(one.opportunity, {}),
        }
        for one in found
    ]
    if rows:
        connection.execute(sa.insert(matches), rows)
    return len(rows)


def find_matches(
    connection: sa.Connection,
    partnership: str,
    *,
    opportunity: str | None = None,
    limit: int | None = None,
) -> list[StoredMatch]:
    """Return the matches of a partnership, best first; ``opportunity`` may be a merged one."""
    query, asked = _MATCHES, {"asked": partnership}
    if opportunity is not None:
        query = query.where(matches.c.opportunity == sa.bindparam("wanted"))
        asked["wanted"] = resolve(connection, opportunity) or opportunity
    if limit is not None:
        query = query.limit(limit)
    return [_stored(row) for row in connection.execute(query, asked)]


def keep_run(connection: sa.Connection, run: MatchRun) -> None:
    """Write how the newest comparison of a partnership went."""
    record = asdict(run)
    row = {name: record.pop(name) for name in ("partnership", "at", "fingerprint")}
    connection.execute(sa.delete(match_runs).where(match_runs.c.partnership == run.partnership))
    connection.execute(sa.insert(match_runs), row | {"record": record})


def last_run(connection: sa.Connection, partnership: str) -> MatchRun | None:
    """Return how the newest comparison of a partnership went; None when there was none."""
    row = connection.execute(_LAST_RUN, {"asked": partnership}).one_or_none()
    if row is None:
        return None
    record = row.record | {"notes": tuple(row.record["notes"])}
    return MatchRun(row.partnership, row.at, row.fingerprint, **record)


def _stored(row: Row) -> StoredMatch:
    match = Match(
        partnership=row.partnership,
        opportunity=row.opportunity,
        call=row.call,
        score=row.score,
        assessment=_assessment(row.assessment_text),
        reasons=tuple(row.reasons),
    )
    return StoredMatch(match, row.fingerprint, row.at, row.details or {})


@lru_cache(maxsize=1024)
def _assessment(text: str) -> Assessment:
    """What an assessment's record says; the same matches are asked for letter by letter."""
    return assessment_from_json(json.loads(text))


def assessment_to_json(assessment: Assessment) -> Details:
    """Return an assessment as JSON values."""
    return {
        "verdict": assessment.verdict.value,
        "roles": {name: role.value for name, role in assessment.roles.items()},
        "missing": list(assessment.missing),
        "findings": [
            {name: getattr(finding, name) for name in _FINDING} for finding in assessment.findings
        ],
    }


_FINDING = tuple(Finding.__dataclass_fields__)


def assessment_from_json(data: Details) -> Assessment:
    """Return the assessment that ``assessment_to_json`` wrote."""
    return Assessment(
        verdict=Verdict(data["verdict"]),
        roles={name: Role(role) for name, role in data["roles"].items()},
        missing=tuple(data["missing"]),
        findings=tuple(
            Finding(**one | {"about": About(one["about"]), "result": Result(one["result"])})
            for one in data["findings"]
        ),
    )


_MATCHES = (
    sa.select(
        *(column for column in matches.c if column is not matches.c.assessment),
        sa.type_coerce(matches.c.assessment, sa.Text).label("assessment_text"),
    )
    .where(matches.c.partnership == sa.bindparam("asked"))
    .order_by(matches.c.score.desc(), matches.c.call)
)
_LAST_RUN = sa.select(match_runs).where(match_runs.c.partnership == sa.bindparam("asked"))
