"""Whether a region lies in an area: NUTS codes by prefix, Ukrainian oblasts by ISO 3166-2."""

from __future__ import annotations

import re
from collections.abc import Iterable

from classifier.rulebook import Rules

_NUTS = re.compile(r"[A-Z]{2}[0-9A-Z]{1,3}")
_KATOTTG = re.compile(r"UA(\d{2})\d{5,}")
_TWO_LETTERS = 2


def country_of(region: str, rules: Rules) -> str:
    """The ISO country of a region code; NUTS writes EL for Greece and UK for Britain."""
    code = region[:_TWO_LETTERS].upper()
    return rules.aliases.get(code, code)


def known_region(region: str | None, rules: Rules) -> str:
    """``region`` as areas write it: an oblast's ISO code also for a KATOTTG code."""
    code = (region or "").strip().upper()
    if found := _KATOTTG.fullmatch(code):
        return next((o.code for o in rules.oblasts.values() if o.katottg == found[1]), code)
    nuts = {iso: nuts for nuts, iso in rules.aliases.items()}
    if _NUTS.fullmatch(code) and code[:_TWO_LETTERS] in nuts:
        return nuts[code[:_TWO_LETTERS]] + code[_TWO_LETTERS:]
    return code


def within(region: str | None, codes: Iterable[str], rules: Rules) -> bool | None:
    """Whether ``region`` lies in one of ``codes``; None when that cannot be told.

    It cannot be told for no region, for one larger than the code it holds, and for an ISO code
    beside NUTS codes.
    """
    code = known_region(region, rules)
    if not code:
        return None
    numbers = [known_region(other, rules) for other in codes]
    if any(code == other or ("-" not in other and code.startswith(other)) for other in numbers):
        return True
    if any(other.startswith(code) for other in numbers):
        return None
    comparable = all(("-" in code) == ("-" in other) for other in numbers)
    known = bool(_NUTS.fullmatch(code)) or code in rules.oblasts
    return False if comparable and known else None
