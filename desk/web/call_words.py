"""Says the conditions of a call, and what changed in it, in the language of a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from alerts import when
from alerts.change_words import moved
from alerts.nouns import FieldChange
from alerts.plain import line, shorten
from alerts.sentences import region
from alerts.tongue import Tongue, later
from alerts.zones import KYIV
from classifier.wording import APPLICANTS
from storage.domain import About, ApplicantType, Call, Cause, Change, Criterion, Effect

_QUOTE = 400
_ALL_OF_THE_UNION = "eu27"
"""The group of countries that has a short name in every language; those of others are named."""

_ABOUT = {
    About.COUNTRY: later("Countries"),
    About.REGION: later("Regions"),
    About.APPLICANT: later("Who may apply"),
    About.CONSORTIUM: later("Partners"),
    About.ROLE: later("Roles"),
    About.COFINANCING: later("Own share"),
    About.GENDER: later("Equality of women and men"),
    About.OTHER: later("Other conditions"),
}
_EFFECTS = {
    Effect.ALLOWS: later("admitted: {what}"),
    Effect.REQUIRES: later("required: {what}"),
    Effect.EXCLUDES: later("excluded: {what}"),
}
_CAUSES = {
    Cause.SOURCE: later("The source changed it."),
    Cause.READER: later("We read it better; the source has said so all along."),
    Cause.OFFICER: later("An officer corrected it."),
    Cause.LINK: later("It was put together with another record, or taken apart."),
}
_FIELDS = {
    "title": later("Title"),
    "summary": later("Text"),
    "description": later("Text"),
    "url": later("Address of its page"),
    "documents": later("Documents"),
    "programme": later("Programme"),
    "eligibility": later("Conditions"),
}
_IN_FULL = {"deadlines", "opens_on", "funding", "withdrawn"}
"""Of these it is said what they were and what they are; of the others only that they changed."""

_SHARES = {"grant": later("{rate} from the grant"), "own": later("{rate} of one's own money")}


@dataclass(frozen=True, slots=True)
class Told:
    """What we understood, each with its label, and the ``words`` of the call all of it rests on.

    Where there is nothing to say but the words, and no label, ``said`` is empty; so are ``words``
    that were not kept.
    """

    said: tuple[tuple[str, str], ...]
    words: str = ""


def plainly(said: str, words: str = "") -> Told:
    """One thing that needs no label."""
    return Told((("", said),) if said else (), words)


@dataclass(frozen=True, slots=True)
class Event:
    """What changed at one time: when, why, and each thing in a line."""

    when: str
    why: str
    lines: tuple[str, ...]


def conditions(t: Tongue, said: Tongue, call: Call) -> Iterator[Told]:
    """The criteria as we understood them, those that rest on the same words together.

    ``said`` is the tongue of letters, which knows more words than that of pages.
    """
    for words, some in groupby(call.eligibility.criteria, key=lambda one: one.words):
        told = dict.fromkeys((t.say(_ABOUT[one.about]), _criterion(t, said, one)) for one in some)
        yield Told(tuple(told), shorten(words, _QUOTE))


def _criterion(t: Tongue, said: Tongue, one: Criterion) -> str:
    what = "; ".join(filter(None, (*_values(t, said, one), *_numbers(t, said, one))))
    return t.say(_EFFECTS[one.effect], what=what) if what else ""


def _values(t: Tongue, said: Tongue, one: Criterion) -> Iterator[str]:
    names = said.locale.territories
    if one.about is About.COUNTRY and one.group == _ALL_OF_THE_UNION:
        count = t.many("{n} country", "{n} countries", len(one.values))
        yield f"{count} ({names['EU']})"
    elif one.about is About.COUNTRY:
        yield ", ".join(str(names.get(code, line(code))) for code in one.values)
    elif one.about is About.APPLICANT:
        yield ", ".join(_applicants(said, value) for value in one.values)
    elif one.about is About.REGION:
        yield ", ".join(line(region(said, code.upper())) for code in one.values)
    else:
        yield ", ".join(line(value) for value in one.values)


def _applicants(said: Tongue, value: str) -> str:
    if value not in set(ApplicantType):
        return line(value)
    _, many = APPLICANTS[ApplicantType(value)]
    return said.say(many)


def _numbers(t: Tongue, said: Tongue, one: Criterion) -> Iterator[str]:
    if one.min_partners:
        yield t.many("at least {n} partner", "at least {n} partners", one.min_partners)
    if one.min_countries:
        yield t.many("from at least {n} country", "from at least {n} countries", one.min_countries)
    rates = [f"{said.number(round(100 * rate, 2))}" for rate in (one.rate_min, one.rate) if rate]
    if rates:
        rate = "–".join(dict.fromkeys(rates)) + "\u00a0%"
        share = _SHARES.get(one.share_of or "")
        yield t.say(share, rate=rate) if share else rate


def events(  # noqa: PLR0917 - in two tongues, of one call, by one clock
    t: Tongue,
    said: Tongue,
    call: Call,
    changes: Sequence[Change],
    zones: Sequence[str],
    now: datetime,
) -> list[Event]:
    """Say the changes of a call, which come newest first, those of one time together."""
    found: list[Event] = []
    for (at, cause), some in groupby(changes, key=lambda one: (one.at, one.cause)):
        lines = dict.fromkeys(_change(t, said, call, one, zones, now) for one in some)
        told = tuple(one for one in lines if one)
        found.append(Event(when.moment(said, at, KYIV), t.say(_CAUSES[cause]), told))
    return found


def _change(  # noqa: PLR0917 - one step of events
    t: Tongue, said: Tongue, call: Call, one: Change, zones: Sequence[str], now: datetime
) -> str:
    if one.field not in _IN_FULL:
        return t.say(_FIELDS[one.field]) if one.field in _FIELDS else ""
    told = moved(said, FieldChange(one.field, one.old, one.new, one.cause), call, zones, now)
    pair = f"{told.old} → {told.new}" if told.old or told.new else ""
    note = f"({told.note})" if pair and told.note else told.note
    return f"{told.label}{said.colon} {' '.join(filter(None, (pair, note)))}"
