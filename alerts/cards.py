"""What a letter says of one call: title, status, deadlines, verdict, money, reasons, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import quote

from alerts import money, when
from alerts.change_words import Moved, moved, says_otherwise
from alerts.nouns import Changed, Offer, Reason
from alerts.plain import line, shorten, web_address
from alerts.tongue import ENGLISH, Tongue, later
from alerts.verdicts import Said, verdict
from storage.domain import Call, Partnership, Status

PORTAL_HOUR = "rule:eu-portal-17h-brussels"
"""The basis of deadlines whose day is published, and whose hour is a rule of the portal."""

TITLE = 180
QUOTE = 260
_ANSWERED = 90
_PROGRAMME = 90
_MISSING = 320
_MOST_MISSING = 4
_MOST_DEADLINES = 4
_MOST_REASONS = 2

_UNSURE = later("little more than its title is known, so this is less sure")

_STATUSES = {
    Status.FORTHCOMING: later("not open yet"),
    Status.OPEN: later("open"),
    Status.CLOSING: later("closing soon"),
    Status.ROLLING: later("open without a fixed date"),
    Status.CLOSED: later("closed"),
    Status.WITHDRAWN: later("withdrawn"),
    Status.UNKNOWN: later("deadline not known"),
}


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a card is written: language, partnership, moment, clocks, address of the desk."""

    t: Tongue
    partnership: Partnership
    now: datetime
    zone: str
    zones: tuple[str, ...]
    base_url: str


@dataclass(frozen=True, slots=True)
class Words:
    """Words that may be in another language than the letter; ``language`` is "" when it is not."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    """A sentence of the call, and which words of the interests it answers.

    There are no ``words`` where the sentence is the title: that stands above already.
    """

    words: Words | None
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One call as the letter shows it; an ``again`` card is short, its call is told further up."""

    title: Words
    url: str | None
    desk: str
    status: Status
    status_words: str
    left: str
    programme: str = ""
    deadlines: tuple[str, ...] = ()
    opens: str = ""
    verdict: Said | None = None
    missing: tuple[Words, ...] = ()
    checks: tuple[Words, ...] = ()
    grants: tuple[str, ...] = ()
    reasons: tuple[Why, ...] = ()
    about: Words | None = None
    unsure: str = ""
    moved: tuple[Moved, ...] = ()
    score: str = ""
    again: bool = False
    by_rule: bool = field(default=False)


def offer_card(reader: Reader, offer: Offer) -> Card:
    """A new or closing call, in full."""
    call, match, t = offer.call, offer.match, reader.t
    ahead = when.coming(call, reader.now)
    said = verdict(t, match.assessment, reader.partnership) if match else None
    card = _short(reader, offer, said)
    if offer.again:
        return card
    reasons = tuple(_reasons(reader, offer))
    return Card(
        title=card.title,
        url=card.url,
        desk=card.desk,
        status=card.status,
        status_words=card.status_words,
        left=card.left,
        programme=_programme(call),
        deadlines=(*_deadlines(reader, call), *_disputes(reader, offer)),
        opens=_opens(reader, call) if offer.status is Status.FORTHCOMING else "",
        verdict=said,
        missing=_missing(said, checks=False),
        checks=_missing(said, checks=True),
        grants=tuple(money.lots(t, call)),
        reasons=reasons,
        about=None if reasons else _about(call),
        unsure=t.say(_UNSURE) if offer.unsure else "",
        score=t.say("match {score} of 100", score=t.number(round(match.score))) if match else "",
        by_rule=any(one.basis == PORTAL_HOUR for one in ahead),
    )


def changed_card(reader: Reader, changed: Changed) -> Card:
    """A call that was told and is no longer as it was told: what moved, and where it stands."""
    call, match = changed.offer.call, changed.offer.match
    said = verdict(reader.t, match.assessment, reader.partnership) if match else None
    card = _short(reader, changed.offer, said)
    deadlines_moved = any(one.field == "deadlines" for one in changed.changes)
    return Card(
        title=card.title,
        url=card.url,
        desk=card.desk,
        status=card.status,
        status_words=card.status_words,
        left=card.left,
        programme=_programme(call),
        deadlines=() if deadlines_moved else tuple(_deadlines(reader, call)),
        verdict=said,
        missing=_missing(said, checks=False),
        moved=tuple(
            moved(reader.t, one, call, reader.zones, reader.now) for one in changed.changes
        ),
        again=changed.offer.again,
    )


def page_of(base_url: str, call: str) -> str:
    """The officers' page on a call; empty where there are no such pages to reach."""
    return f"{base_url}/calls/{quote(call, safe=':')}" if base_url else ""


def _short(reader: Reader, offer: Offer, said: Said | None) -> Card:
    call, t = offer.call, reader.t
    return Card(
        title=Words(shorten(call.title, TITLE) or line(call.id), language_of(call)),
        url=web_address(call.url),
        desk=page_of(reader.base_url, call.id),
        status=offer.status,
        status_words=t.say(_STATUSES[offer.status]),
        left=_left(reader, offer),
        verdict=said,
        again=offer.again,
    )


def _left(reader: Reader, offer: Offer) -> str:
    """How long there is still time; nothing for a call that cannot be applied to."""
    if offer.status not in (Status.OPEN, Status.CLOSING, Status.ROLLING):
        return ""
    ahead = [one for one in when.coming(offer.call, reader.now) if one.instant]
    return when.left(reader.t, ahead[0], reader.now, reader.zone) if ahead else ""


def _deadlines(reader: Reader, call: Call) -> Iterator[str]:
    ahead = when.coming(call, reader.now)
    if not ahead:
        yield reader.t.say("not known to us; look at the call's page")
        return
    yield from when.labelled(reader.t, ahead[:_MOST_DEADLINES], reader.zones)
    if (more := len(ahead) - _MOST_DEADLINES) > 0:
        yield reader.t.many("and {n} more date", "and {n} more dates", more)


def _disputes(reader: Reader, offer: Offer) -> Iterator[str]:
    """What other sources say instead: the reader must see both, and rely on neither unasked."""
    for one in offer.disputes[:_MOST_DEADLINES]:
        said = says_otherwise(reader.t, one.id, one, reader.zones, reader.now)
        yield reader.t.say("but {said}; ask the publisher before you rely on either", said=said)


def _opens(reader: Reader, call: Call) -> str:
    try:
        return when.day(reader.t, date.fromisoformat(call.opens_on or ""))
    except ValueError:  # only a month, or not said: then the status says enough
        return ""


def _programme(call: Call) -> str:
    if call.programme is None:
        return ""
    code, name = line(call.programme.code), shorten(call.programme.name, _PROGRAMME)
    return " · ".join(dict.fromkeys(one for one in (code, name) if one))


def _missing(said: Said | None, *, checks: bool) -> tuple[Words, ...]:
    if said is None:
        return ()
    every = said.checks if checks else said.missing
    return tuple(
        Words(shorten(one.text, _MISSING), "en" if one.english else "")
        for one in every[:_MOST_MISSING]
    )


def _reasons(reader: Reader, offer: Offer) -> Iterator[Why]:
    title = line(offer.call.title)
    for one in offer.reasons[:_MOST_REASONS]:
        quoted = Words(shorten(one.sentence, QUOTE), language_of(offer.call))
        words = quoted if quoted.text and quoted.text != shorten(title, QUOTE) else None
        answers = _answers(reader.t, one)
        if words or answers:
            yield Why(words, answers)


def _answers(t: Tongue, reason: Reason) -> str:
    """Which of the reader's words a sentence answers.

    Words in a language that the letter's reader need not know are left out; English is the one
    that most calls are written in anyway.
    """
    answered = shorten(reason.answers, _ANSWERED)
    if not answered or reason.language not in ("", ENGLISH, t.code):
        return ""
    return t.say("answers your {words}", words=t.quoted(answered))


def _about(call: Call) -> Words | None:
    """What the call says of itself, where no sentence was chosen for this partnership."""
    told = shorten(call.summary or call.description, QUOTE)
    return Words(told, language_of(call)) if told else None


def language_of(call: Call) -> str:
    """The language a call is written in, as HTML names it; "" when it does not say."""
    said = (call.language or "").strip()
    return said.lower() if re.fullmatch(r"[A-Za-z]{2,3}", said) else ""
