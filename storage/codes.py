"""Codes of countries, regions and languages: which exist, and what a wrong one may have meant."""

from __future__ import annotations

import re

_COUNTRIES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR"
    " BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ"
    " EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW"
    " GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY"
    " KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV"
    " MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY"
    " QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG"
    " TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM"
    " ZW XK"
)
COUNTRIES = frozenset(_COUNTRIES.split())
"""ISO 3166-1 alpha-2, and XK, which the EU uses for Kosovo."""

NUTS_PREFIX = {"GR": "EL", "GB": "UK"}
"""Countries whose NUTS regions begin with other letters than their ISO code."""

_MEANT_COUNTRY = {"UK": "GB", "EL": "GR"}

_LANGUAGES = (
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da"
    " de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy"
    " hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg"
    " li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or"
    " os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta"
    " te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
LANGUAGES = frozenset(_LANGUAGES.split())
"""ISO 639-1."""

THEME_LANGUAGES = ("en", "uk", "pl", "de", "fr", "ro")
"""Those in which themes have names and descriptors."""

_MEANT_LANGUAGE = {"ua": "uk", "cz": "cs", "gr": "el", "dk": "da", "by": "be"}


def check_country(value: str | None) -> None:
    """Raise ValueError unless ``value`` is the code of a country, in capitals."""
    if value is not None and value not in COUNTRIES:
        raise ValueError(f"a country like UA or PL{_meant(value.upper(), _MEANT_COUNTRY)}")


def check_language(value: str | None) -> None:
    """Raise ValueError unless ``value`` is the code of a language."""
    if value is not None and value not in LANGUAGES:
        raise ValueError(f"a language like uk or en{_meant(value.lower(), _MEANT_LANGUAGE)}")


def check_region(value: str, country: str) -> None:
    """Raise ValueError unless ``value`` is an ISO 3166-2 or NUTS code of ``country``."""
    nuts = NUTS_PREFIX.get(country, country)
    if not re.fullmatch(rf"{country}-[A-Z0-9]{{1,3}}|{nuts}[A-Z0-9]{{1,3}}", value):
        raise ValueError(f"a region of {country} like {country}-05 or {nuts}81")


def country_of(region: str) -> str:
    """Return the country of an ISO 3166-2 or NUTS region; ValueError when it is neither."""
    found = re.fullmatch(r"([A-Z]{2})(-?)[A-Z0-9]{1,3}", region)
    country = "" if found is None else found[1]
    if found is not None and not found[2]:
        country = _MEANT_COUNTRY.get(country, country)
    if country not in COUNTRIES:
        raise ValueError("a region like UA-59 or PL814")
    return country


def _meant(value: str, meant: dict[str, str]) -> str:
    return f" (did you mean {meant[value]}?)" if value in meant else ""
