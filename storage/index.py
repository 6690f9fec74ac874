"""What questions need of a call beside its record: columns, words, status spans."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from storage.domain import About, Call, Effect
from storage.schema import status_spans
from storage.search import key_words
from storage.status import timeline


def columns_of(call: Call) -> dict[str, Any]:
    """Return the columns of ``calls`` that repeat its content."""
    programme = call.programme
    named = f"{programme.code or ''} {programme.name or ''}" if programme else ""
    said = {
        f"{about.value}_{'excludes' if excluding else 'allows'}": _coded(
            _excluded(call, about) if excluding else _allowed(call, about)
        )
        for about in (About.COUNTRY, About.REGION, About.APPLICANT)
        for excluding in (False, True)
    }
    return {
        "kind": call.kind.value,
        **said,
        "programme_words": key_words(named),
        "title_words": key_words(call.title),
    }


def _allowed(call: Call, about: About) -> set[str]:
    """Return the closed list a call gives: what it allows and, besides, requires; else nothing.

    What is only required closes no list: others may take part too.
    """
    allowed = _values(call, about, Effect.ALLOWS)
    required = _values(call, about, Effect.REQUIRES)
    if about is About.REGION:  # a list of Polish regions says nothing of a Ukrainian one
        return allowed | {one for one in required if any(alike(one, other) for other in allowed)}
    return allowed | required if allowed else allowed


def _excluded(call: Call, about: About) -> set[str]:
    return _values(call, about, Effect.EXCLUDES)


def _values(call: Call, about: About, effect: Effect) -> set[str]:
    return {
        str(value)
        for one in call.eligibility.criteria
        if one.about is about and one.effect is effect
        for value in one.values
    }


def alike(region: str, other: str) -> bool:
    """Whether two regions are of one country and in one kind of code, so that they compare."""
    return region[:2] == other[:2] and ("-" in region) == ("-" in other)


def _coded(values: set[str]) -> str:
    codes = ["".join(value.split()) for value in sorted(values)]
    return f" {' '.join(codes)} " if codes else ""


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


_ADD_SPANS = sa.insert(status_spans)
_FORGET_SPANS = sa.delete(status_spans).where(status_spans.c.call_id == sa.bindparam("of"))
