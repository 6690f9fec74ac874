"""Whether partners together reach a minimum, and how many of whom are lacking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from storage.domain import Partner


@dataclass(frozen=True, slots=True)
class Need:
    """A minimum; ``home`` are the countries of which ``eu_states`` partners must come."""

    entities: int = 0
    countries: int = 0
    eu_states: int = 0
    home: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Shortfall:
    """How many partners, new countries and partners of the home countries are lacking.

    ``have``: the countries there already are.
    """

    entities: int = 0
    countries: int = 0
    eu_states: int = 0
    have: int = 0

    def __bool__(self) -> bool:
        return bool(self.entities or self.countries or self.eu_states)


def shortfall(need: Need, partners: Sequence[Partner]) -> Shortfall:
    """What ``partners`` lack for ``need``; false when nothing is lacking."""
    countries = {partner.country for partner in partners}
    at_home = sum(partner.country in need.home for partner in partners)
    return Shortfall(
        entities=max(0, need.entities - len(partners)),
        countries=max(0, need.countries - len(countries)),
        eu_states=max(0, need.eu_states - at_home) if need.home else 0,
        have=len(countries),
    )
