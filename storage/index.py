"""What questions need of a call beside its record: columns, status spans, criteria."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from storage.domain import About, Call
from storage.schema import criteria, status_spans
from storage.search import key_words, search_text
from storage.status import timeline

_ASKED = {About.COUNTRY, About.REGION, About.APPLICANT}
"""Criteria that a question can name a value of."""


def columns_of(call: Call) -> dict[str, Any]:
    """Return the columns of ``calls`` that repeat its content."""
    programme = call.programme
    return {
        "kind": call.kind.value,
        "programme_words": key_words(
            f"{programme.code or ''} {programme.name or ''}" if programme else ""
        ),
        "title_words": key_words(call.title),
        "search_text": search_text(call),
    }


def index_spans(connection: sa.Connection, row_id: int, call: Call, *, again: bool) -> None:
    """Write where the call will stand and when; ``again`` replaces what was written before."""
    if again:
        connection.execute(_FORGET_SPANS, {"of": row_id})
    spans = [
        {
            "call_id": row_id,
            "starts": span.starts,
            "ends": span.ends,
            "status": span.status.value,
            "deadline": span.deadline,
        }
        for span in timeline(call)
    ]
    connection.execute(_ADD_SPANS, spans)


def index_criteria(connection: sa.Connection, row_id: int, call: Call, *, again: bool) -> None:
    """Write the countries, regions and applicant types that the call's criteria name."""
    if again:
        connection.execute(_FORGET_CRITERIA, {"of": row_id})
    named = {
        (one.about.value, one.effect.value, value.strip())
        for one in call.eligibility.criteria
        if one.about in _ASKED
        for value in map(str, one.values)
    }
    if named:
        rows = [
            {"call_id": row_id, "about": about, "effect": effect, "value": value}
            for about, effect, value in sorted(named)
        ]
        connection.execute(_ADD_CRITERIA, rows)


_ADD_SPANS = sa.insert(status_spans)
_FORGET_SPANS = sa.delete(status_spans).where(status_spans.c.call_id == sa.bindparam("of"))
_ADD_CRITERIA = sa.insert(criteria)
_FORGET_CRITERIA = sa.delete(criteria).where(criteria.c.call_id == sa.bindparam("of"))
