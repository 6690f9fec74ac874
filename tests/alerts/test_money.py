"""Money is said as each language writes it."""

from __future__ import annotations

import pytest

from alerts.money import funding, lots
from alerts.tongue import tongue
from storage.domain import Funding
from tests.alerts.world import call

EN, UK = tongue("en"), tongue("uk")


@pytest.mark.parametrize(
    ("one", "english", "ukrainian"),
    [
        (
            Funding("EUR", min_grant=8455, max_grant=53625),
            "from EUR 8,455 to EUR 53,625 a grant",
            "від 8 455 євро до 53 625 євро на один грант",
        ),
        (Funding("EUR", max_grant=297000), "up to EUR 297,000 a grant",
         "до 297 000 євро на один грант"),
        (Funding("EUR", min_grant=5000, max_grant=5000), "EUR 5,000 a grant",
         "5 000 євро на один грант"),
        (Funding("EUR", total=4_200_000), "EUR 4.2 million in all", "усього 4,2 млн євро"),
        (Funding("EUR", total=1_250_000_000), "EUR 1,250 million in all", "усього 1 250 млн євро"),
        (Funding("EUR", total=1_234_567), "EUR 1,234,567 in all", "усього 1 234 567 євро"),
        (
            Funding("PLN", max_grant=20000, expected_grants=5),
            "up to PLN 20,000 a grant, about 5 grants expected",
            "до 20 000 польських злотих на один грант, очікується близько 5 грантів",
        ),
        (Funding("EUR", words="as much as is needed"), "as much as is needed",
         "as much as is needed"),
        (Funding("EUR"), "", ""),
    ],
)  # fmt: skip
def test_a_grant_in_both_languages(one: Funding, english: str, ukrainian: str) -> None:
    assert funding(EN, one) == english
    assert funding(UK, one).replace("\u00a0", " ") == ukrainian


def test_many_lots_are_counted() -> None:
    many = tuple(Funding("EUR", max_grant=1000 * n) for n in range(1, 6))
    assert list(lots(EN, call(funding=many)))[-1] == "and 3 more lots"
    assert list(lots(UK, call(funding=many)))[-1] == "і ще 3 лоти"
