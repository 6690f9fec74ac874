"""How money is said in a letter: what one grant may be, what there is in all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from babel.numbers import get_currency_name, get_currency_symbol

from alerts.plain import line
from alerts.tongue import ENGLISH, Tongue
from storage.domain import Call, Funding

_MILLION = 1_000_000
_MOST_LOTS = 2


def amount(t: Tongue, value: float, currency: str) -> str:
    """``EUR 53,625``, ``EUR 4.2 million``; no line breaks within."""
    named = _currency(t, value, currency)
    if value >= _MILLION and round(value / _MILLION, 2) * _MILLION == value:
        millions = t.number(round(value / _MILLION, 2))
        said = t.say("{currency} {n} million", currency=named, n=millions)
    else:
        said = t.say("{currency} {number}", currency=named, number=t.number(round(value)))
    return said.replace("\u202f", "\u00a0").replace(" ", "\u00a0")


def _currency(t: Tongue, value: float, code: str) -> str:
    """``EUR`` in English, ``євро`` in Ukrainian, ``€`` in French: each as its letters write it."""
    if not re.fullmatch(r"[A-Z]{3}", code) or t.code == ENGLISH:
        return line(code)[:3]
    if t.code == "uk":
        return get_currency_name(code, count=value, locale=t.locale)
    return get_currency_symbol(code, locale=t.locale)


def grant(t: Tongue, funding: Funding) -> str:
    """Say the size of one grant: ``from EUR 8,455 to EUR 53,625``, ``up to EUR 297,000``."""
    least, most, currency = funding.min_grant, funding.max_grant, funding.currency
    if least and most and least != most:
        first, last = amount(t, least, currency), amount(t, most, currency)
        return t.say("from {least} to {most}", least=first, most=last)
    if most and least:
        return amount(t, most, currency)
    if most:
        return t.say("up to {most}", most=amount(t, most, currency))
    return t.say("from {least}", least=amount(t, least, currency)) if least else ""


def funding(t: Tongue, one: Funding) -> str:
    """Say one lot in full: grant size, pot, how many grants; else its words."""
    parts = []
    if said := grant(t, one):
        parts.append(t.say("{money} a grant", money=said))
    if one.total:
        parts.append(t.say("{money} in all", money=amount(t, one.total, one.currency)))
    if one.expected_grants:
        parts.append(
            t.many("about {n} grant expected", "about {n} grants expected", one.expected_grants)
        )
    return ", ".join(parts) or line(one.words)


def lots(t: Tongue, call: Call) -> Iterator[str]:
    """What a call pays, lot by lot; those beyond the second are counted."""
    told = list(dict.fromkeys(said for one in call.funding if (said := funding(t, one))))
    yield from told[:_MOST_LOTS]
    if (more := len(told) - _MOST_LOTS) > 0:
        yield t.many("and {n} more lot", "and {n} more lots", more)
