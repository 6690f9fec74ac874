"""The page on one call, to which letters lead: what we understood of it, and from which words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from alerts import money, when
from alerts.cancelled import says_cancelled
from alerts.cards import PORTAL_HOUR, path_of, programme_words, standing_words
from alerts.change_words import says_otherwise
from alerts.disputes import open_disputes
from alerts.plain import language_of, line, shorten, web_address
from alerts.tongue import Tongue, later, tongue
from alerts.view import BY_THE_PORTAL, RELY_ON_THE_PAGE
from alerts.zones import KYIV
from desk.text import paragraphs
from desk.web.call_words import Told, conditions, events, plainly
from desk.web.languages import languages
from desk.web.pages import Trouble, asked_tongue, page, place_of
from storage.asking import history, look_up
from storage.database import reading
from storage.domain import Call
from storage.linked import others_of
from storage.status import status

router = APIRouter(include_in_schema=False)

_ZONES = (KYIV,)
"""The clock every deadline is told on, beside the funder's own: nobody is known here."""

_TITLE, _QUOTE, _TEXT, _NAME, _MOST = 300, 400, 3000, 120, 20

_DISAGREE = later("The sources do not agree: ask the publisher, and plan for the earlier date.")
_READ = later("First seen {first}, read again {last}.")


@dataclass(frozen=True, slots=True)
class LinkTo:
    """A link with its words, which may be a stranger's."""

    label: str
    url: str


@router.api_route("/calls/{name:path}", methods=["GET", "HEAD"])
def show(request: Request, name: str, language: str = "") -> HTMLResponse:
    """Show a call by ``source:reference``, or the call that leads an opportunity."""
    t = asked_tongue(request, language)
    place = place_of(request)
    with reading(place.engine) as connection:
        call = look_up(connection, name)
        if call is None:
            raise Trouble("no_call", 404, language=t.code)
        others = others_of(connection, [call])[call.id]
        changes = history(connection, call.id)
    now, said = place.clock(), tongue(t.code)
    told = events(t, said, call, changes, _ZONES, now)
    return page(
        request,
        "call.html",
        t,
        title=shorten(call.title, _TITLE) or line(call.id),
        call_language=language_of(call),
        reference=line(call.id),
        url=web_address(call.url),
        programme=programme_words(call, _NAME),
        standing=_standing(said, call, now),
        deadlines=list(_deadlines(said, call, now)),
        disputes=_disputes(t, said, call, others, now),
        opens=when.said_date(said, call.opens_on),
        money=list(_money(said, call)),
        conditions=list(conditions(t, said, call)),
        unread=[shorten(one, _QUOTE) for one in call.eligibility.unread[:_MOST]],
        more_unread=_more(t, call.eligibility.unread),
        about=_beginning(paragraphs(call.description or call.summary)),
        documents=list(_documents(call)),
        others=[_record(place.root, one) for one in others],
        events=told[:_MOST],
        more_events=_more(t, told),
        remarks=list(_remarks(t, said, call)),
        languages=languages(),
    )


def _standing(t: Tongue, call: Call, now: datetime) -> str:
    return standing_words(t, status(call, now), cancelled=says_cancelled(call))


def _deadlines(t: Tongue, call: Call, now: datetime) -> Iterator[Told]:
    """Every deadline with how long is left, and the phrase that it was read from."""
    for one in call.deadlines:
        (said,) = when.labelled(t, [one], _ZONES)
        left = when.left(t, one, now, KYIV)
        yield plainly(f"{said} ({left})" if left else said, shorten(one.words, _QUOTE))
    if not call.deadlines:
        yield plainly(t.say(when.NOT_KNOWN))


def _disputes(
    t: Tongue, said: Tongue, call: Call, others: Sequence[Call], now: datetime
) -> list[str]:
    """What other sources say of the deadline instead, and what to do about it."""
    found = [
        says_otherwise(said, one.id, one, _ZONES, now) for one in open_disputes(call, others, now)
    ]
    return [*found, t.say(_DISAGREE)] if found else []


def _money(t: Tongue, call: Call) -> Iterator[Told]:
    """Each lot; where no sum was understood, the words are all there is to say."""
    for one in call.funding:
        told, words = money.funding(t, one), shorten(one.words, _QUOTE)
        understood = told if told != line(one.words) else ""
        yield plainly(understood, words)


def _documents(call: Call) -> Iterator[LinkTo]:
    for one in call.documents:
        if url := web_address(one.url):
            yield LinkTo(shorten(one.title, _NAME) or shorten(url, _NAME), url)


def _record(root: str, other: Call) -> LinkTo:
    """The page on another record of the same opportunity."""
    return LinkTo(line(other.id), f"{root}{path_of(other.id)}")


def _remarks(t: Tongue, said: Tongue, call: Call) -> Iterator[str]:
    if any(one.basis == PORTAL_HOUR for one in call.deadlines):
        yield said.say(BY_THE_PORTAL)
    yield said.say(RELY_ON_THE_PAGE)
    if call.first_seen and call.last_seen:
        first, last = (when.moment(said, one, KYIV) for one in (call.first_seen, call.last_seen))
        yield t.say(_READ, first=first, last=last)


def _beginning(lines: Sequence[str]) -> list[str]:
    """As many paragraphs as there is room for."""
    shown: list[str] = []
    room = _TEXT
    for one in lines:
        if room <= 0:
            break
        shown.append(shorten(one, room))
        room -= len(one)
    return shown


def _more(t: Tongue, some: Sequence[object]) -> str:
    """How many are not shown; nothing when all are."""
    left = len(some) - _MOST
    return t.many("and {n} more", "and {n} more", left) if left > 0 else ""
