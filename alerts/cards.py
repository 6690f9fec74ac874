"""What a letter says of one call: title, status, deadlines, verdict, money, reasons, links."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

from alerts import money, when
from alerts.change_words import Moved, moved, says_otherwise
from alerts.duties import gender, own_share
from alerts.nouns import Changed, Offer, Reason
from alerts.plain import language_of, line, quotable, shorten, web_address
from alerts.sentences import Missing
from alerts.tongue import ENGLISH, Tongue, later
from alerts.verdicts import Said, verdict
from storage.domain import Call, Partnership, Status, Verdict

PORTAL_HOUR = "rule:eu-portal-17h-brussels"
"""The basis of deadlines whose day is published, and whose hour is a rule of the portal."""

_CANCELLED = later("cancelled")
_UNSURE = later("little more than its title is known, so this is less sure")

_MISSING = later("Still missing")
_IN_THE_WAY = later("What stands in the way")

_STATUSES = {
    Status.FORTHCOMING: later("not open yet"),
    Status.OPEN: later("open"),
    Status.CLOSING: later("closing soon"),
    Status.ROLLING: later("open without a fixed date"),
    Status.CLOSED: later("closed"),
    Status.WITHDRAWN: later("withdrawn"),
    Status.UNKNOWN: later("deadline not known"),
}


def standing_words(t: Tongue, status: Status, *, cancelled: bool) -> str:
    """``open``, ``closing soon``, ``cancelled``: where a call stands."""
    return t.say(_CANCELLED if cancelled else _STATUSES[status])


@dataclass(frozen=True, slots=True)
class Room:
    """How much of a call is said: characters, and the ``most`` of what there are several of.

    Without ``links`` the page of a call is linked once, all answers to it by one link, and the end
    of the letter names no call that nearly matched: addresses take more than half of a letter.
    """

    title: int
    quote: int
    missing: int
    answered: int
    programme: int
    most_missing: int
    most_deadlines: int
    most_reasons: int
    links: bool = True


FULL = Room(180, 260, 320, 90, 90, most_missing=4, most_deadlines=4, most_reasons=2)
BRIEF = Room(140, 140, 160, 60, 60, most_missing=2, most_deadlines=3, most_reasons=1)
TERSE = Room(100, 80, 80, 40, 40, most_missing=1, most_deadlines=1, most_reasons=1)
SPARE = Room(90, 60, 60, 30, 30, most_missing=1, most_deadlines=1, most_reasons=1, links=False)
ROOMS = (FULL, BRIEF, TERSE, SPARE)
"""From the widest to the narrowest, for letters that mail programs would not show whole.

The last is for people who look after dozens of partnerships.
"""


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a card is written: language, partnership, moment, clocks, address of the desk.

    ``room`` is how much may be said of each call. Nothing in it is about one recipient: those who
    share all of it are shown the same cards.
    """

    t: Tongue
    partnership: Partnership
    now: datetime
    zone: str
    zones: tuple[str, ...]
    base_url: str
    room: Room = FULL


@dataclass(frozen=True, slots=True)
class Words:
    """Words that may be in another language than the letter; ``language`` is "" when it is not.

    ``quote`` follows the text: what the call says itself, in ``quote_language``.
    """

    text: str
    language: str = ""
    quote: str = ""
    quote_language: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    """A sentence of the call, and which words of the interests it answers.

    There are no ``words`` where the sentence is the title: that stands above already.
    """

    words: Words | None
    answers: Words | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """One call as the letter shows it; an ``again`` card is short, its call is told further up."""

    title: Words
    url: str | None
    desk: str
    status: Status
    status_words: str
    left: str
    host: str = ""
    gone: bool = False
    programme: str = ""
    deadlines: tuple[str, ...] = ()
    opens: str = ""
    verdict: Said | None = None
    lacking: str = ""
    missing: tuple[Words, ...] = ()
    checks: tuple[Words, ...] = ()
    grants: tuple[Words, ...] = ()
    own_share: tuple[str, ...] = ()
    gender: tuple[str, ...] = ()
    reasons: tuple[Why, ...] = ()
    about: Words | None = None
    unsure: str = ""
    moved: tuple[Moved, ...] = ()
    score: str = ""
    again: bool = False
    by_rule: bool = False
    dated: bool = False


@lru_cache(maxsize=512)
def offer_card(reader: Reader, offer: Offer) -> Card:
    """A new or closing call, in full."""
    card = _short(reader, offer)
    if offer.again:
        return card
    call, match, t = offer.call, offer.match, reader.t
    reasons = tuple(_reasons(reader, offer))
    return replace(
        card,
        **_conditions(reader, offer),
        programme=programme_words(call, reader.room.programme),
        deadlines=(*_deadlines(reader, call), *_disputes(reader, offer)),
        opens=_opens(reader, call) if offer.status is Status.FORTHCOMING else "",
        grants=tuple(_grants(reader, call)),
        reasons=reasons,
        about=None if reasons else _about(call, reader.room.quote),
        unsure=t.say(_UNSURE) if offer.unsure else "",
        score=t.say("match {score} of 100", score=t.number(round(match.score))) if match else "",
        by_rule=any(one.basis == PORTAL_HOUR for one in when.coming(call, reader.now)),
    )


def changed_card(reader: Reader, changed: Changed) -> Card:
    """A call that was told and is no longer as it was told: what moved, and where it stands."""
    call = changed.offer.call
    card = replace(
        _short(reader, changed.offer),
        programme=programme_words(call, reader.room.programme),
        moved=tuple(
            moved(reader.t, one, call, reader.zones, reader.now) for one in changed.changes
        ),
    )
    if card.gone:
        return card
    deadlines_moved = any(one.field == "deadlines" for one in changed.changes)
    return replace(
        card,
        **_conditions(reader, changed.offer),
        deadlines=() if deadlines_moved else tuple(_deadlines(reader, call)),
    )


def _conditions(reader: Reader, offer: Offer) -> dict[str, Any]:
    """May we, who leads, what is missing, what it takes; empty for a call that does not match."""
    if offer.match is None:
        return {}
    t, assessment = reader.t, offer.match.assessment
    said = verdict(t, assessment, reader.partnership)
    return {
        "verdict": said,
        "lacking": t.say(_IN_THE_WAY if said.verdict is Verdict.NOT_ELIGIBLE else _MISSING),
        "missing": _missing(said.missing, offer.call, reader.room),
        "checks": _missing(said.checks, offer.call, reader.room),
        "own_share": own_share(t, assessment),
        "gender": gender(t, assessment),
    }


def page_of(base_url: str, call: str) -> str:
    """The officers' page on a call; empty where there are no such pages to reach."""
    return f"{base_url}{path_of(call)}" if base_url else ""


def path_of(call: str) -> str:
    """The path of the officers' page on a call."""
    return f"/calls/{quote(call, safe=':')}"


def _short(reader: Reader, offer: Offer) -> Card:
    call, t, links = offer.call, reader.t, reader.room.links
    url = web_address(call.url)
    stands = links or not offer.again or offer.cancelled  # else it is told further up
    return Card(
        title=Words(shorten(call.title, reader.room.title) or line(call.id), language_of(call)),
        url=url,
        host=(urlsplit(url or "").hostname or "").removeprefix("www.") if links else "",
        desk=page_of(reader.base_url, call.id) if links else "",
        status=offer.status,
        status_words=standing_words(t, offer.status, cancelled=offer.cancelled) if stands else "",
        gone=offer.cancelled or offer.status is Status.WITHDRAWN,
        left=_left(reader, offer) if stands else "",
        again=offer.again,
        dated=any(one.instant and one.instant > reader.now for one in call.deadlines),
    )


def _left(reader: Reader, offer: Offer) -> str:
    """How long there is still time; nothing for a call that cannot be applied to."""
    if offer.cancelled or offer.status not in (Status.OPEN, Status.CLOSING, Status.ROLLING):
        return ""
    ahead = [one for one in when.coming(offer.call, reader.now) if one.instant]
    return when.left(reader.t, ahead[0], reader.now, reader.zone) if ahead else ""


def _deadlines(reader: Reader, call: Call) -> Iterator[str]:
    ahead = when.coming(call, reader.now)
    if not ahead:
        yield reader.t.say(when.NOT_KNOWN)
        return
    yield from when.labelled(reader.t, ahead[: reader.room.most_deadlines], reader.zones)
    if (more := len(ahead) - reader.room.most_deadlines) > 0:
        yield reader.t.many("and {n} more date", "and {n} more dates", more)


def _disputes(reader: Reader, offer: Offer) -> Iterator[str]:
    """What other sources say instead: the reader must see both, and rely on neither unasked."""
    for one in offer.disputes[: reader.room.most_deadlines]:
        said = says_otherwise(reader.t, one.id, one, reader.zones, reader.now)
        yield reader.t.say("but {said}; ask the publisher before you rely on either", said=said)


def _grants(reader: Reader, call: Call) -> Iterator[Words]:
    """What the call pays; where no sum was understood, its own words in its own language."""
    published = {line(one.words) for one in call.funding}
    for said in money.lots(reader.t, call):
        language = language_of(call) if said in published else ""
        yield Words(shorten(said, reader.room.missing), language)


def _opens(reader: Reader, call: Call) -> str:
    try:
        return when.day(reader.t, date.fromisoformat(call.opens_on or ""))
    except ValueError:  # only a month, or not said: then the status says enough
        return ""


def programme_words(call: Call, room: int) -> str:
    """``CERV · Citizens, Equality, Rights and Values``, its name in at most ``room`` characters."""
    if call.programme is None:
        return ""
    code, name = line(call.programme.code), shorten(call.programme.name, room)
    return " · ".join(dict.fromkeys(one for one in (code, name) if one))


def _missing(every: Sequence[Missing], call: Call, room: Room) -> tuple[Words, ...]:
    return tuple(
        Words(
            shorten(one.text, room.missing),
            ENGLISH if one.english else "",
            shorten(one.quote, room.missing),
            language_of(call),
        )
        for one in every[: room.most_missing]
    )


def _reasons(reader: Reader, offer: Offer) -> Iterator[Why]:
    title = quotable(line(offer.call.title))
    for one in offer.reasons[: reader.room.most_reasons]:
        room = reader.room
        quoted = Words(shorten(quotable(one.sentence), room.quote), language_of(offer.call))
        words = quoted if quoted.text and quoted.text != shorten(title, room.quote) else None
        answers = _answers(reader.t, one, room.answered)
        if words or answers:
            yield Why(words, answers)


def _answers(t: Tongue, reason: Reason, room: int) -> Words | None:
    """Which of the reader's words a sentence answers.

    Words in a language that the letter's reader need not know are left out; English is the one
    that most calls are written in anyway.
    """
    answered = shorten(reason.answers, room)
    if not answered or reason.language not in ("", ENGLISH, t.code):
        return None
    return Words(answered, reason.language)


def _about(call: Call, room: int) -> Words | None:
    """What the call says of itself, where no sentence was chosen for this partnership."""
    told = shorten(call.summary or call.description, room)
    return Words(told, language_of(call)) if told else None
