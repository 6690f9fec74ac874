"""Money is said as each language writes it."""

from __future__ import annotations

import re

import pytest

from alerts.money import funding, grant, lots
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
    assert funding(EN, one).replace("\u00a0", " ") == english
    assert funding(UK, one).replace("\u00a0", " ") == ukrainian


def test_many_lots_are_counted() -> None:
    many = tuple(Funding("EUR", max_grant=1000 * n) for n in range(1, 6))
    assert list(lots(EN, call(funding=many)))[-1] == "and 3 more lots"
    assert list(lots(UK, call(funding=many)))[-1] == "і ще 3 лоти"


@pytest.mark.parametrize(
    ("language", "currency", "small", "large"),
    [
        ("pl", "EUR", "do 53 625 €", "łącznie 4,2 mln €"),
        ("pl", "PLN", "do 53 625 zł", "łącznie 4,2 mln zł"),
        ("de", "EUR", "bis zu 53.625 €", "4,2 Mio. € insgesamt"),
        ("fr", "EUR", "jusqu’à 53 625 €", "4,2 M € au total"),
        ("ro", "EUR", "până la 53.625 EUR", "4,2 mil. EUR în total"),
    ],
)
def test_money_is_written_as_in_each_country(
    language: str, currency: str, small: str, large: str
) -> None:
    t = tongue(language)
    assert plain(grant(t, Funding(currency, max_grant=53_625))) == small
    assert plain(funding(t, Funding(currency, total=4_200_000))) == large


def plain(said: str) -> str:
    """Without the marks that keep an amount on one line."""
    assert re.search("\\d\u00a0(\\w+\\.?\u00a0)?(€|zł|EUR)", said)
    return said.replace("\u00a0", " ")
