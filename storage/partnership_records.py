"""The JSON form of a partnership: written for storage and exchange, read back field by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from storage.codes import check_country, check_language, check_region
from storage.domain import (
    ApplicantType,
    Budget,
    Frequency,
    Partner,
    Partnership,
    Recipient,
    check_zone,
)
from storage.errors import BadField, Shown
from storage.fields import Fields, clean

PARTNERSHIP_FIELDS = tuple(Partnership.__dataclass_fields__)
NUMBERS = frozenset({"min", "max", "threshold"})
HIGHEST_SCORE = 100
SWITCHES = frozenset({"receipt"})

_FEWEST_PARTNERS = 2
_LONGEST_ADDRESS = 254
_ID = re.compile(r"[\w][\w.-]{0,99}")
_ADDRESS = re.compile(
    r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*"
    r"@([^\W_]([\w-]*[^\W_])?\.)+[^\W\d_]([\w-]*[^\W_])?"
)


def partnership_to_json(partnership: Partnership) -> dict[str, Any]:
    """Return a partnership without its recipients; what it does not say is absent."""
    said: dict[str, Any] = {
        "id": partnership.id,
        "name": partnership.name,
        "partners": [_partner_to_json(partner) for partner in partnership.partners],
        "interests": dict(partnership.interests),
        "themes": list(partnership.themes),
        "exclude": list(partnership.exclude),
        "budget": partnership.budget and _budget_to_json(partnership.budget),
    }
    kept = {name: value for name, value in said.items() if value}
    if partnership.threshold is not None:
        line = partnership.threshold
        kept["threshold"] = int(line) if line.is_integer() else line
    return kept


def _partner_to_json(partner: Partner) -> dict[str, Any]:
    region = {"region": partner.region} if partner.region else {}
    return {
        "name": partner.name,
        "country": partner.country,
        **region,
        "type": partner.type.value,
    }


def _budget_to_json(budget: Budget) -> dict[str, Any]:
    said = {"min": budget.min, "max": budget.max}
    return {
        name: int(value) if value.is_integer() else value
        for name, value in said.items()
        if value is not None
    }


def recipient_to_json(recipient: Recipient) -> dict[str, Any]:
    """Return a recipient; without ``consent`` it is absent, and still to be asked for."""
    consent = {"consent": recipient.consent} if recipient.consent else {}
    return {
        "email": recipient.email,
        "language": recipient.language,
        "zone": recipient.zone,
        "frequency": recipient.frequency.value,
        "receipt": recipient.receipt,
        **consent,
    }


def partnership_from_json(data: object) -> Partnership:
    """Return the partnership that ``data`` describes; BadField names the first wrong field."""
    fields = Fields(data, "", PARTNERSHIP_FIELDS)
    return Partnership(
        id=_id(fields),
        name=fields.text("name", required=True).strip(),
        partners=_partners(fields),
        interests=_interests(fields),
        themes=fields.texts("themes"),
        exclude=fields.texts("exclude"),
        budget=_budget(fields),
        recipients=_recipients(fields),
        threshold=fields.number("threshold", HIGHEST_SCORE),
    )


def mistakes(data: object) -> list[BadField]:
    """Return what is wrong with a partnership, part by part; of a partner or recipient the first.

    Empty when ``partnership_from_json`` takes it.
    """
    found: list[BadField] = []

    def hold(part: Callable[[], object]) -> None:
        try:
            part()
        except BadField as error:
            found.append(error)

    hold(lambda: Fields(data, "", PARTNERSHIP_FIELDS))
    if isinstance(data, dict):
        fields = Fields(data, "", tuple(data))
        hold(lambda: fields.text("name", required=True))
        for name, known, one in (
            ("partners", Partner, _partner),
            ("recipients", Recipient, _recipient),
        ):
            parts = data.get(name)
            for number, part in enumerate(parts if isinstance(parts, list) else ()):
                where = f"{name}[{number}]"
                names = tuple(known.__dataclass_fields__)
                hold(partial(_one, one, part, where, names))
        for take in (_id, _interests, _budget):
            hold(partial(take, fields))
        for name in ("themes", "exclude"):
            hold(partial(fields.texts, name))
        hold(lambda: fields.number("threshold", HIGHEST_SCORE))
    hold(lambda: partnership_from_json(data))  # whatever only shows in the whole
    told = {(error.field, str(error)): error for error in found}
    return list(told.values())


def _id(fields: Fields) -> str:
    name = fields.text("id", required=True)
    if not _ID.fullmatch(name):
        raise BadField("id", "letters, digits, - _ and . only, 100 at most", name)
    return name


def _one(take: Callable[[Fields], object], data: object, where: str, known: Sequence[str]) -> None:
    take(Fields(data, where, known))


def _partners(fields: Fields) -> tuple[Partner, ...]:
    known = tuple(Partner.__dataclass_fields__)
    partners = tuple(map(_partner, fields.records("partners", known)))
    if len(partners) < _FEWEST_PARTNERS:
        raise BadField("partners", "two partners or more", Shown(f"{len(partners)}"))
    names = [partner.name for partner in partners]
    if len(set(names)) < len(names):
        twin = next(name for name in names if names.count(name) > 1)
        raise BadField("partners", "each partner's name once", twin)
    return partners


def _partner(fields: Fields) -> Partner:
    country = fields.text("country", required=True)
    _hold(fields, "country", country, check_country)
    region = fields.optional("region")
    if region is not None:
        _hold(fields, "region", region, lambda value: check_region(value, country))
    return Partner(
        name=fields.text("name", required=True).strip(),
        country=country,
        type=fields.one_of("type", ApplicantType) or ApplicantType.LOCAL_AUTHORITY,
        region=region,
    )


def _interests(fields: Fields) -> dict[str, str]:
    value = fields.data.get("interests")
    if not isinstance(value, dict) or not value:
        raise BadField("interests", "a text by language, as {uk: …, en: …}", value or Shown("none"))
    found: dict[str, str] = {}
    where = Fields(value, "interests", tuple(value))
    for language in value:
        _hold(where, str(language), language, check_language)
        found[language] = where.text(language, required=True).strip()
    return found


def _budget(fields: Fields) -> Budget | None:
    given = fields.record("budget", ("min", "max"))
    if given is None:
        return None
    least, most = given.number("min"), given.number("max")
    if least is not None and most is not None and least > most:
        raise BadField("budget.max", f"at least the minimum of {least:,.0f}", Shown(f"{most:,.0f}"))
    return Budget(least, most) if (least, most) != (None, None) else None


def _recipients(fields: Fields) -> tuple[Recipient, ...]:
    known = tuple(Recipient.__dataclass_fields__)
    recipients = tuple(map(_recipient, fields.records("recipients", known)))
    seen: set[str] = set()
    for number, recipient in enumerate(recipients):
        if recipient.email.casefold() in seen:
            raise BadField(f"recipients[{number}].email", "each address once", recipient.email)
        seen.add(recipient.email.casefold())
    return recipients


def is_address(text: str) -> bool:
    """Whether ``text`` is an e-mail address that we could write to, spaces around it aside."""
    address = text.strip()
    return len(address) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(address) is not None


def _recipient(fields: Fields) -> Recipient:
    email = fields.text("email", required=True).strip()
    if not is_address(email):
        raise BadField(fields.at("email"), "an e-mail address", email)
    language = fields.text("language", "en")
    _hold(fields, "language", language, check_language)
    return Recipient(
        email=email,
        language=language,
        zone=fields.checked("zone", check_zone, "a time zone like Europe/Kyiv") or "Europe/Kyiv",
        frequency=fields.one_of("frequency", Frequency) or Frequency.WEEKLY,
        receipt=fields.flag("receipt", default=True),
        consent=fields.optional("consent") or None,
    )


def _hold(fields: Fields, name: str, value: Any, check: Any) -> None:
    """Hold ``value`` against ``check``, whose ValueError says what it expects."""
    try:
        check(clean(value, fields, name))
    except ValueError as error:
        raise BadField(fields.at(name), str(error), value) from error
