"""What a partnership does not want: phrases to exclude, grants too small or too large for it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from classifier.lexical import stem
from storage.domain import Budget, Call, Funding

_WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*")
_CURRENCY = "EUR"


class Misfit(StrEnum):
    """How the grants of a call miss the wish of a partnership."""

    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A phrase that a partnership does not want, and the field of the call that says it."""

    phrase: str
    field: str


def said_by(call: Call) -> dict[str, str]:
    """Return what each field of a call says, ready to look for phrases in it."""
    programme = call.programme
    return {
        "title": _stems(call.title),
        "programme": _stems(f"{programme.code or ''} {programme.name or ''}" if programme else ""),
        "summary": _stems(call.summary or ""),
        "description": _stems(call.description or ""),
    }


def excluded(said: Mapping[str, str], phrases: Iterable[str]) -> Exclusion | None:
    """Return the first unwanted phrase that a call says, as whole words in any number or case."""
    wanted = [(phrase, stems) for phrase in phrases if (stems := _stems(phrase)).strip()]
    for field, stems in said.items():
        for phrase, sought in wanted:
            if sought in stems:
                return Exclusion(phrase, field)
    return None


def _stems(text: str) -> str:
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return f" {' '.join(map(stem, words))} "


def misfit(call: Call, budget: Budget | None) -> Misfit | None:
    """Return how every lot of a call misses the budget; None when one may fit, or nobody knows.

    Only what is said in euro is held against a wish in euro.
    """
    if budget is None or not call.funding:
        return None
    found = [_lot(funding, budget) for funding in call.funding]
    return None if None in found else found[0]


def _lot(funding: Funding, budget: Budget) -> Misfit | None:
    if funding.currency != _CURRENCY:
        return None
    least, most = funding.min_grant, funding.max_grant
    if most and budget.min is not None and most < budget.min:
        return Misfit.TOO_SMALL
    if least and budget.max is not None and least > budget.max:
        return Misfit.TOO_LARGE
    return None
