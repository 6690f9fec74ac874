"""The JSON forms of a call: written for storage and exchange, read back field by field."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from storage.domain import (
    BRUSSELS,
    About,
    Call,
    Criterion,
    Deadline,
    DeadlineKind,
    Document,
    Effect,
    Eligibility,
    Funding,
    Kind,
    Programme,
    check_date,
    check_time,
    check_zone,
)
from storage.errors import BadField
from storage.fields import Fields

CALL_FIELDS = (
    "source",
    "reference",
    "parent",
    "url",
    "title",
    "summary",
    "description",
    "language",
    "kind",
    "programme",
    "types_of_action",
    "opens_on",
    "deadlines",
    "eligibility",
    "funding",
    "documents",
    "first_seen",
    "last_seen",
    "version",
    "withdrawn",
    "opportunity",
)
"""Every field of a call in the exchange format, in its order."""

LARGEST = 2**31 - 1
"""No whole number in a record is larger: it is what both databases keep as an integer."""


def content_to_json(call: Call) -> dict[str, Any]:
    """Return what the source publishes, by ``CONTENT_FIELDS``; nothing that can be derived."""
    programme = call.programme
    return {
        "parent": call.parent,
        "url": call.url,
        "title": call.title,
        "summary": call.summary,
        "description": call.description,
        "language": call.language,
        "kind": str(call.kind),
        "programme": programme and {"code": programme.code, "name": programme.name},
        "types_of_action": list(call.types_of_action),
        "opens_on": call.opens_on,
        "deadlines": [_deadline_to_json(deadline) for deadline in call.deadlines],
        "eligibility": {
            "criteria": [criterion_to_json(one) for one in call.eligibility.criteria],
            "unread": list(call.eligibility.unread),
        },
        "funding": [funding_to_json(one) for one in call.funding],
        "documents": [{"url": d.url, "title": d.title, "type": d.type} for d in call.documents],
    }


def call_to_json(call: Call) -> dict[str, Any]:
    """Return the call as it is exchanged: every field, in the order of ``CALL_FIELDS``."""
    return {
        "source": call.source,
        "reference": call.reference,
        **content_to_json(call),
        "deadlines": [deadline_to_json(deadline) for deadline in call.deadlines],
        "first_seen": moment_to_json(call.first_seen),
        "last_seen": moment_to_json(call.last_seen),
        "version": call.version,
        "withdrawn": call.withdrawn,
        "opportunity": call.opportunity,
    }


def deadline_to_json(deadline: Deadline) -> dict[str, Any]:
    """Return a deadline with its instant, which is derived and so never stored."""
    written: dict[str, Any] = {}
    for name, value in _deadline_to_json(deadline).items():
        if name == "basis":
            written["instant"] = moment_to_json(deadline.instant)
        written[name] = value
    return written


def _deadline_to_json(deadline: Deadline) -> dict[str, Any]:
    written: dict[str, Any] = {
        "kind": str(deadline.kind),
        "date": deadline.date,
        "time": deadline.time,
        "zone": deadline.zone,
        "basis": deadline.basis,
        "words": deadline.words,
    }
    if deadline.sequence is not None:
        written["sequence"] = deadline.sequence
    if deadline.recurs is not None:
        written["recurs"] = deadline.recurs
    return written


def criterion_to_json(criterion: Criterion) -> dict[str, Any]:
    """Return a criterion; what it does not say is absent."""
    said = {
        "group": criterion.group,
        "min_partners": criterion.min_partners,
        "min_countries": criterion.min_countries,
        "rate": criterion.rate,
        "rate_min": criterion.rate_min,
        "share_of": criterion.share_of,
    }
    return {
        "about": str(criterion.about),
        "effect": str(criterion.effect),
        "values": [str(value) for value in criterion.values],
        **{name: _plain_number(value) for name, value in said.items() if value is not None},
        "words": criterion.words,
        "basis": criterion.basis,
    }


def funding_to_json(funding: Funding) -> dict[str, Any]:
    """Return the money of a call or lot; whole amounts are written without a point."""
    return {
        "currency": funding.currency,
        "total": _plain_number(funding.total),
        "min_grant": _plain_number(funding.min_grant),
        "max_grant": _plain_number(funding.max_grant),
        "expected_grants": funding.expected_grants,
        "words": funding.words,
    }


def moment_to_json(moment: datetime | None) -> str | None:
    """Return ``2026-11-22T10:00:00Z``, with microseconds only where there are some."""
    if moment is None:
        return None
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _plain_number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def call_from_json(data: object) -> Call:
    """Return the call that ``data`` describes; BadField names the first field that is wrong.

    An unknown field is refused, not ignored: it is most often a known one misspelt, and ignoring
    it would drop what an officer meant to say. ``instant`` may be left out; one that disagrees
    with its date is refused, because one of the two is an oversight.
    """
    fields = Fields(data, "", CALL_FIELDS)
    source = fields.text("source", required=True)
    if ":" in source or not source.isprintable() or " " in source:
        raise BadField("source", "a name without spaces or colons", source)
    reference = fields.text("reference", required=True)
    if not reference.isprintable() or reference != reference.strip():
        raise BadField("reference", "text on one line without spaces around it", reference)
    return Call(
        source=source,
        reference=reference,
        **content_from_json(fields),
        first_seen=fields.moment("first_seen"),
        last_seen=fields.moment("last_seen"),
        version=fields.whole("version", 1, LARGEST) or 1,
        withdrawn=fields.flag("withdrawn"),
        opportunity=fields.optional("opportunity"),
    )


def content_from_json(fields: Fields) -> dict[str, Any]:
    """Return the content fields of a call as the arguments of ``Call``."""
    title = fields.text("title", required=True)
    programme = fields.record("programme", ("code", "name"))
    eligibility = fields.record("eligibility", ("criteria", "unread"))
    return {
        "parent": fields.optional("parent"),
        "url": fields.optional("url"),
        "title": title,
        "summary": fields.optional("summary"),
        "description": fields.optional("description"),
        "language": fields.optional("language"),
        "kind": fields.one_of("kind", Kind) or Kind.GRANT,
        "programme": programme
        and Programme(programme.optional("code"), programme.optional("name")),
        "types_of_action": fields.texts("types_of_action"),
        "opens_on": fields.checked("opens_on", check_date, "a date like 2026-05-31 or 2026-05"),
        "deadlines": tuple(map(_deadline, fields.records("deadlines", _DEADLINE))),
        "eligibility": Eligibility(
            tuple(map(_criterion, eligibility.records("criteria", _CRITERION))),
            eligibility.texts("unread"),
        )
        if eligibility
        else Eligibility(),
        "funding": tuple(map(_funding, fields.records("funding", _FUNDING))),
        "documents": tuple(map(_document, fields.records("documents", _DOCUMENT))),
    }


def content_as_stored(content: dict[str, Any]) -> dict[str, Any]:
    """Return the same from a stored record, four times faster: all was checked when it was kept."""
    programme, eligibility = content["programme"], content["eligibility"]
    return {
        **content,
        "kind": Kind(content["kind"]),
        "programme": programme and Programme(**programme),
        "types_of_action": tuple(content["types_of_action"]),
        "deadlines": deadlines_as_stored(content["deadlines"]),
        "eligibility": Eligibility(
            tuple([_stored_criterion(one) for one in eligibility["criteria"]]),
            tuple(eligibility["unread"]),
        ),
        "funding": funding_as_stored(content["funding"]),
        "documents": tuple([Document(**one) for one in content["documents"]]),
    }


def deadlines_as_stored(some: list[dict[str, Any]]) -> tuple[Deadline, ...]:
    return tuple([Deadline(**one | {"kind": DeadlineKind(one["kind"])}) for one in some])


def funding_as_stored(some: list[dict[str, Any]]) -> tuple[Funding, ...]:
    decimals = ("total", "min_grant", "max_grant")
    return tuple([Funding(**one | _decimals(one, *decimals)) for one in some])


def _stored_criterion(one: dict[str, Any]) -> Criterion:
    named = {
        "about": About(one["about"]),
        "effect": Effect(one["effect"]),
        "values": tuple(one["values"]),
    }
    return Criterion(**one | named | _decimals(one, "rate", "rate_min"))


def _decimals(one: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: float(one[name]) for name in names if one.get(name) is not None}


_DEADLINE = ("kind", "date", "time", "zone", "instant", "basis", "words", "sequence", "recurs")
_CRITERION = tuple(Criterion.__dataclass_fields__)
_FUNDING = tuple(Funding.__dataclass_fields__)
_DOCUMENT = tuple(Document.__dataclass_fields__)


def _deadline(fields: Fields) -> Deadline:
    deadline = Deadline(
        kind=fields.one_of("kind", DeadlineKind) or DeadlineKind.SINGLE,
        date=fields.checked("date", check_date, "a date like 2026-05-31, 2026-05 or --05-31"),
        time=fields.checked("time", check_time, "a time like 17:00"),
        zone=fields.checked("zone", check_zone, "a time zone like Europe/Kyiv") or BRUSSELS,
        basis=fields.text("basis", "stated"),
        words=fields.text("words"),
        sequence=fields.whole("sequence", 1, LARGEST),
        recurs=fields.optional("recurs"),
    )
    if (instant := fields.moment("instant")) not in {None, deadline.instant}:
        derived = moment_to_json(deadline.instant) or "none"
        raise BadField(
            fields.at("instant"),
            f"{derived}, which follows from date, time and zone (or leave it out)",
            moment_to_json(instant),
        )
    return deadline


def _criterion(fields: Fields) -> Criterion:
    return Criterion(
        about=fields.one_of("about", About, required=True),
        effect=fields.one_of("effect", Effect, required=True),
        values=fields.texts("values"),
        group=fields.optional("group"),
        min_partners=fields.whole("min_partners", 0, LARGEST),
        min_countries=fields.whole("min_countries", 0, LARGEST),
        rate=fields.number("rate", 1),
        rate_min=fields.number("rate_min", 1),
        share_of=fields.optional("share_of"),
        words=fields.text("words"),
        basis=fields.text("basis", "stated"),
    )


def _funding(fields: Fields) -> Funding:
    return Funding(
        currency=fields.text("currency", "EUR"),
        total=fields.number("total"),
        min_grant=fields.number("min_grant"),
        max_grant=fields.number("max_grant"),
        expected_grants=fields.whole("expected_grants", 0, LARGEST),
        words=fields.text("words"),
    )


def _document(fields: Fields) -> Document:
    return Document(
        url=fields.text("url", required=True),
        title=fields.text("title"),
        type=fields.text("type"),
    )
