"""How dates, money, ages and the words of the program are said to people, in plain English."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from desk.text import line
from storage.domain import (
    About,
    Call,
    Criterion,
    Deadline,
    DeadlineKind,
    Funding,
    Glance,
    Kind,
    Status,
)
from storage.status import Span, span_at

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
LONG_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
RULES = {
    "eu-portal-17h-brussels": "the portal names the day; its grants close at 17:00 Brussels time",
}
"""What the rules of our readers say, by their id (``rule:<id>``)."""

LABELS = {
    DeadlineKind.SINGLE: "",
    DeadlineKind.STAGE: "stage",
    DeadlineKind.CUT_OFF: "cut-off",
    DeadlineKind.CONCEPT_NOTE: "concept note",
    DeadlineKind.FULL_PROPOSAL: "full proposal",
    DeadlineKind.ROLLING: "",
    DeadlineKind.TO_BE_ANNOUNCED: "",
}
KINDS = {
    Kind.GRANT: "grant",
    Kind.EXTERNAL_ACTION: "grant for work in other countries (EU external action)",
    Kind.CASCADE: "grant passed on by a project that the EU funds (cascade)",
    Kind.COOPERATION: "cooperation: partners, twinning or training",
    Kind.TENDER: "contract to be won (tender)",
}
"""What a call offers."""

_WHOLE = len("2026-05-31")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_YEARLESS = re.compile(r"--(\d{2})-(\d{2})")
MILLION = 1_000_000
MINUTE, HOUR, DAY = 60, 3600, 86_400


def count(number: int, noun: str, plural: str | None = None) -> str:
    """``1 call``, ``1,187 calls``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed(words: Sequence[str], joint: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(words) < 2:  # noqa: PLR2004
        return "".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"


def day(value: date) -> str:
    """``Tue 5 Jan 2027``."""
    return f"{DAYS[value.weekday()]} {value.day} {MONTHS[value.month - 1]} {value.year}"


def said_date(value: str | None) -> str:
    """Say a date of a record, no more precisely than it is: a day, a month, a day of some year."""
    if value is None:
        return "not said"
    if len(value) == _WHOLE:
        return day(date.fromisoformat(value))
    if found := _MONTH.fullmatch(value):
        return f"{LONG_MONTHS[int(found[2]) - 1]} {found[1]}"
    if found := _YEARLESS.fullmatch(value):
        return f"{int(found[2])} {LONG_MONTHS[int(found[1]) - 1]}"
    return day(date.fromisoformat(value))


def place(zone: str) -> str:
    """``Brussels`` for ``Europe/Brussels``."""
    return zone.rpartition("/")[2].replace("_", " ")


def when(deadline: Deadline) -> str:
    """Say the date and clock of a deadline: ``Tue 5 Jan 2027 17:00``, ``May 2027``."""
    if deadline.kind is DeadlineKind.ROLLING and deadline.date is None:
        return "no fixed date"
    if deadline.kind is DeadlineKind.TO_BE_ANNOUNCED and deadline.date is None:
        return "to be announced"
    said = said_date(deadline.date)
    if deadline.recurs:
        said = f"{said} {'every year' if deadline.recurs == 'yearly' else deadline.recurs}"
    elif deadline.date and deadline.date.startswith("--"):
        said = f"{said}, year not said"
    return f"{said} {deadline.time}" if deadline.time and deadline.date else said


def clock(deadline: Deadline) -> str:
    """Say whose clock the deadline is read on, and what a missing hour means."""
    where = f"{place(deadline.zone)} time"
    if deadline.instant is not None and deadline.time is None:
        return f"end of the day, {where}"
    return where if deadline.time else ""


def basis(deadline: Deadline) -> str:
    """Say what the clock of the deadline rests on."""
    if deadline.basis == "stated":
        return "as published"
    if deadline.basis == "assumed":
        return f"{place(deadline.zone)} time is assumed"
    rule = deadline.basis.removeprefix("rule:")
    return RULES.get(rule, f"by the rule {line(rule)}")


def rests_on(deadline: Deadline, words: str) -> str:
    """Say what the clock rests on, and the phrase: ``as published: “31 March 2027”``."""
    if not words:
        return basis(deadline)
    joint = ": " if deadline.basis == "stated" else ", published as "
    return f"{basis(deadline)}{joint}“{words}”"


def label(deadline: Deadline) -> str:
    """``stage 1``, ``cut-off``, ``concept note``; nothing for a plain deadline."""
    number = f" {deadline.sequence}" if deadline.sequence else ""
    return LABELS[deadline.kind] + number if LABELS[deadline.kind] else ""


def left(deadline: Deadline, now: datetime) -> str:
    """``in 44 days``, ``today``, ``3 days ago``, counted on the calendar of the deadline."""
    if deadline.instant is None or deadline.date is None:
        return ""
    days = (date.fromisoformat(deadline.date) - _today(now, deadline.zone)).days
    if deadline.instant <= now:
        return {0: "passed today", -1: "yesterday"}.get(days, f"{-days} days ago")
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")


@lru_cache(maxsize=64)  # asked again for every call of a list
def _today(now: datetime, zone: str) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def leading(call: Call | Glance, now: datetime, span: Span | None = None) -> Deadline | None:
    """The deadline to name when there is room for one: the next, else the last, else the first.

    ``span`` is the call's at ``now``, where that is known already.
    """
    span = span or span_at(call, now)
    if span.deadline is not None:
        return next(one for one in call.deadlines if one.instant == span.deadline)
    undated = [one for one in call.deadlines if one.instant is None]
    if undated and (call.withdrawn or span.status is not Status.CLOSED):
        return undated[0]
    dated = [one for one in call.deadlines if one.instant is not None]
    return dated[-1] if dated else (undated[0] if undated else None)


def amount(value: float | None, currency: str = "EUR") -> str:
    """``EUR 53,625``, ``EUR 4.2 million``."""
    if value is None:
        return ""
    if value >= MILLION and round(value / MILLION, 2) * MILLION == value:
        return f"{line(currency)} {value / MILLION:g} million"
    return f"{line(currency)} {value:,.0f}" if value == int(value) else f"{currency} {value:,.2f}"


def grant(funding: Funding) -> str:
    """Say the size of one grant: ``EUR 8,455 to 53,625``, ``up to EUR 297,000``."""
    least, most, currency = funding.min_grant, funding.max_grant, funding.currency
    if least and most:
        return amount(most, currency) if least == most else _between(least, most, currency)
    if most:
        return f"up to {amount(most, currency)}"
    return f"from {amount(least, currency)}" if least else ""


def _between(least: float, most: float, currency: str) -> str:
    first, last = amount(least, currency), amount(most, currency)
    unit = f"{line(currency)} "
    if last.endswith("million"):
        first = first.removesuffix(" million")
    return f"{first} to {last.removeprefix(unit)}"


def money(funding: Funding) -> str:
    """Say one lot in full: grant size, pot, how many grants."""
    parts = [
        f"{said} a grant" if (said := grant(funding)) else "",
        f"{amount(funding.total, funding.currency)} in all" if funding.total else "",
        f"about {count(funding.expected_grants, 'grant')} expected"
        if funding.expected_grants
        else "",
    ]
    return ", ".join(part for part in parts if part)


def money_at_a_glance(call: Call | Glance) -> str:
    """The grant size of a call, or else its pot; several lots are counted."""
    said = [
        grant(one) or (f"{amount(one.total, one.currency)} in all" if one.total else "")
        for one in call.funding
    ]
    told = list(dict.fromkeys(one for one in said if one))
    return told[0] + (f" (+{len(told) - 1} more)" if len(told) > 1 else "") if told else ""


def criterion(one: Criterion) -> str:
    """Say a criterion without its words: ``country allows eu27, UA``."""
    values = [line(one.group)] if one.group else [line(value) for value in one.values]
    if one.about is About.REGION:
        from classifier.region_names import region_name

        values = [line(region_name(value.upper())) for value in one.values]
    parts = [
        f"{one.about.value} {one.effect.value}",
        ", ".join(v.replace("_", " ") for v in values),
    ]
    if one.min_partners:
        parts.append(f"at least {count(one.min_partners, 'partner')}")
    if one.min_countries:
        parts.append(f"from at least {count(one.min_countries, 'country', 'countries')}")
    share = {"own": " from own money", "grant": " from the grant"}.get(one.share_of or "", "")
    if one.rate is not None:
        least = f"{one.rate_min:.0%} to " if one.rate_min is not None else ""
        parts.append(f"{least}{one.rate:.0%}{share}")
    elif one.rate_min is not None:
        parts.append(f"at least {one.rate_min:.0%}{share}")
    return " ".join(part for part in parts if part)


def ago(then: datetime, now: datetime) -> str:
    """``just now``, ``5 minutes ago``, ``3 days ago``, ``in the future``."""
    seconds = (now - then).total_seconds()
    if seconds < -MINUTE:
        return "in the future"
    for size, noun in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if seconds >= size:
            return f"{count(int(seconds // size), noun)} ago"
    return "just now"


def took(span: timedelta) -> str:
    """``0.4 s``, ``84 s``, ``12 min 5 s``."""
    seconds = span.total_seconds()
    if seconds < 10:  # noqa: PLR2004
        return f"{seconds:.1f} s"
    if seconds < 2 * MINUTE:
        return f"{seconds:.0f} s"
    return f"{int(seconds // MINUTE)} min {int(seconds % MINUTE)} s"


def size(number: int) -> str:
    """``812 bytes``, ``4.1 MB``."""
    value = float(number)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":  # noqa: PLR2004
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError
