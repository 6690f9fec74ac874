"""The page where a partnership says what it thinks of a call, and takes it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from alerts import wishes
from alerts.answering import LABELS, said_of
from alerts.links import Do, Purpose
from alerts.plain import line, shorten, web_address
from alerts.tongue import Tongue, later
from desk.web.holding import Holder, active_holder
from desk.web.pages import Trouble, page
from storage.answers import TownAnswer
from storage.asking import get
from storage.database import reading
from storage.domain import Call, Partnership
from storage.errors import NotFound
from storage.feedback import Mark
from storage.partnerships import get_partnership
from storage.preferences import preferences_of

router = APIRouter(include_in_schema=False)

BY_TOWN = {Do.LEAD, Do.JOIN, Do.DISMISS}
"""What is said in the name of a town."""

BACK_MARK, BACK_ANSWER, SHOW_AGAIN = "back-mark", "back-answer", "show-again"
ALL = "*"
"""How a form says "the whole partnership": an empty field counts as none."""

_TITLE = 300

_MEANS = {
    Do.USEFUL: later(
        "We remind you 30, 14 and 3 days before the deadline, and calls like this one move up."
    ),
    Do.NOT_FOR_US: later("Calls like this one move down. Nothing is hidden."),
    Do.LEAD: later("Your partners read it in their next letter. It binds nobody."),
    Do.JOIN: later("Your partners read it in their next letter. It binds nobody."),
    Do.DISMISS: later(
        "No letter shows this call to your partnership again. Your partners are told, and each of"
        " you can undo it."
    ),
}
_MARKED = {
    Mark.USEFUL: later("Your partnership finds this call useful."),
    Mark.NOT_FOR_US: later("Your partnership says that this call is not for you."),
    Mark.KNOWN: later("Your partnership knew this call already."),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: what it does, its words, what follows; ``first`` when the link proposed it."""

    do: str
    label: str
    means: str
    first: bool


@dataclass(frozen=True, slots=True)
class Noted:
    """One thing that was said, and what takes it back."""

    said: str
    do: str
    town: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What the page is about: the call, for whom, for which town the reader speaks."""

    partnership: Partnership
    call: Call
    town: str | None


@router.api_route("/answer/{token}", methods=["GET", "HEAD"])
def show(request: Request, token: str, do: str = "") -> HTMLResponse:
    """Show what was said of the call, and what can be said; nothing is changed."""
    holder = active_holder(request, Purpose.ANSWER, token)
    with reading(holder.engine) as connection:
        about = _about(connection, holder)
        return _page(request, connection, holder, about, proposed=_asked(do))


@router.post("/answer/{token}")
def say(
    request: Request,
    token: str,
    do: Annotated[str, Form()] = "",
    town: Annotated[str | None, Form()] = None,
) -> HTMLResponse:
    """Do what a button of the page says."""
    holder = active_holder(request, Purpose.ANSWER, token)
    with holder.engine.begin() as connection:
        about = _about(connection, holder)
        asked = _asked(do)
        known = {ALL, *(one.name for one in about.partnership.partners)}
        if town is not None and town not in known and do != BACK_ANSWER:
            raise Trouble("not_understood", 400, language=holder.t.code)
        speaks_for = about.town if town is None else town.removeprefix(ALL)
        if asked in BY_TOWN and speaks_for is None:
            said = holder.t.say("Say first for whom you answer.")
            return _page(request, connection, holder, about, proposed=asked, fault=said, status=400)
        said = _do(connection, holder, about, do, speaks_for or "")
        return _page(request, connection, holder, _about(connection, holder), said=said)


def _do(connection: Connection, holder: Holder, about: About, do: str, town: str) -> str:
    """Do it, and return what was done in words."""
    t, grant, now = holder.t, holder.grant, holder.now
    where = (grant.partnership, about.call.opportunity or grant.opportunity)
    if do == BACK_MARK:
        wishes.take_back_mark(connection, *where)
    elif do == BACK_ANSWER:
        wishes.take_back_answer(connection, *where, town, holder.key, now)
    elif do == SHOW_AGAIN:
        wishes.show_again(connection, *where, holder.key, now)
        return t.say("Taken back: letters show this call again.")
    elif (asked := _asked(do)) is not None:
        if asked in BY_TOWN:
            wishes.remember_town(connection, holder.key, grant.partnership, town, now)
        wishes.answer(connection, *where, asked, town, holder.key, now)
        return f"{t.say('Noted: {answer}.', answer=t.say(LABELS[asked]))} {t.say(_MEANS[asked])}"
    else:
        raise Trouble("not_understood", 400, language=t.code)
    return t.say("Taken back.")


def _asked(do: str) -> Do | None:
    return Do(do) if do in set(Do) else None


def _about(connection: Connection, holder: Holder) -> About:
    grant = holder.grant
    recipient = next(one.recipient for one in holder.rows if one.partnership == grant.partnership)
    try:
        partnership = get_partnership(connection, grant.partnership)
        call = get(connection, grant.opportunity)
    except NotFound as error:
        raise Trouble("gone", 410, language=holder.t.code) from error
    wish = preferences_of(connection, holder.key)
    town = wishes.speaks_for(partnership, recipient, wish) if recipient else None
    return About(partnership, call, town)


def _page(
    request: Request,
    connection: Connection,
    holder: Holder,
    about: About,
    *,
    proposed: Do | None = None,
    said: str = "",
    fault: str = "",
    status: int = 200,
) -> HTMLResponse:
    t, grant = holder.t, holder.grant
    found = wishes.standing(connection, grant.partnership, grant.opportunity)
    noted = [_noted(t, one) for one in found.towns]
    if found.mark is not None:
        noted.insert(0, Noted(t.say(_MARKED[found.mark]), BACK_MARK))
    choices = [
        Choice(do.value, t.say(label), t.say(_MEANS[do]), do is proposed)
        for do, label in sorted(LABELS.items(), key=lambda one: one[0] is not proposed)
    ]
    return page(
        request,
        "answer.html",
        t,
        status=status,
        title=shorten(about.call.title, _TITLE) or line(about.call.id),
        url=web_address(about.call.url),
        call_language=about.call.language or "",
        partnership=line(about.partnership.name),
        towns=[one.name for one in about.partnership.partners],
        town=about.town,
        all=ALL,
        plain=[one for one in choices if one.do not in BY_TOWN],
        by_town=[one for one in choices if one.do in BY_TOWN],
        asks_first=proposed in BY_TOWN,
        noted=noted,
        said=said,
        fault=fault,
        letters=holder.links.letters(),
        unsubscribe=holder.links.unsubscribe(),
    )


def _noted(t: Tongue, one: TownAnswer) -> Noted:
    said = said_of(t, one.town, one.answer).rstrip(": ") + "."
    do = SHOW_AGAIN if one.answer.value == Do.DISMISS.value else BACK_ANSWER
    return Noted(said, do, one.town)
