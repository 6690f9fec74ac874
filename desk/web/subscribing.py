"""The pages where recipients agree to letters, choose how they come, pause them and leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from alerts import wishes
from alerts.link_words import LOCALES, link_tongue
from alerts.links import Purpose
from alerts.plain import line, shorten
from alerts.tongue import later
from alerts.when import short_day
from desk.web.holding import Holder, active_holder, holder
from desk.web.pages import Trouble, page
from storage.answers import dismissed
from storage.asking import get
from storage.database import reading
from storage.domain import Frequency, Recipient
from storage.errors import NotFound
from storage.partnerships import list_partnerships
from storage.preferences import preferences_of
from storage.recipients import State, confirm, listed, suppressed

router = APIRouter(include_in_schema=False)

PAUSES = {14: later("two weeks"), 30: later("30 days"), 90: later("90 days")}
FREQUENCIES = {
    Frequency.INSTANT: later("at once, whenever there is something new"),
    Frequency.DAILY: later("every day"),
    Frequency.WEEKLY: later("every week"),
    Frequency.MONTHLY: later("every month"),
}
_TITLE = 160


@dataclass(frozen=True, slots=True)
class Hidden:
    """A call that a partnership dismissed for good."""

    title: str
    partnership: str
    name: str
    opportunity: str


@router.api_route("/letters/{token}", methods=["GET", "HEAD"])
def show_letters(request: Request, token: str) -> HTMLResponse:
    """Show how letters come now; nothing is changed."""
    return _letters(request, active_holder(request, Purpose.LETTERS, token))


@router.post("/letters/{token}")
def change_letters(  # noqa: PLR0917 - the fields of the forms
    request: Request,
    token: str,
    do: Annotated[str, Form()] = "",
    days: Annotated[str, Form()] = "",
    until: Annotated[str, Form()] = "",
    frequency: Annotated[str, Form()] = "",
    language: Annotated[str, Form()] = "",
    receipt: Annotated[str, Form()] = "",
    partnership: Annotated[str, Form()] = "",
    opportunity: Annotated[str, Form()] = "",
) -> HTMLResponse:
    """Pause, resume, choose, or show a dismissed call again."""
    who = active_holder(request, Purpose.LETTERS, token)
    t, said = who.t, ""
    with who.engine.begin() as connection:
        if do == "pause":
            day = _until(who, days, until)
            if day is None:
                said = t.say("Choose a day between tomorrow and one year from now.")
                return _letters(request, who, fault=said, status=400)
            wishes.pause(connection, who.key, day, who.now)
            said = t.say("Noted. Letters come again from {day}.", day=short_day(t, day))
        elif do == "resume":
            wishes.pause(connection, who.key, None, who.now)
            said = t.say("Noted. Letters come again.")
        elif do == "choose" and frequency in set(Frequency) and language in LOCALES:
            wishes.choose(
                connection,
                who.key,
                who.now,
                language=language,
                frequency=Frequency(frequency),
                receipt=receipt == "yes",
            )
            t = link_tongue(language)
            said = t.say("Noted. It holds from the next letter on.")
        elif do == "show-again" and partnership in {one.partnership for one in who.rows}:
            wishes.show_again(connection, partnership, opportunity, who.key, who.now)
            said = t.say("Taken back: letters show this call again.")
        else:
            raise Trouble("not_understood", 400, language=t.code)
    return _letters(request, active_holder(request, Purpose.LETTERS, token), said=said)


def _until(who: Holder, days: str, until: str) -> date | None:
    """The day that was asked for; None for one that cannot be."""
    today = _today(who)
    if days.isdecimal() and int(days) in PAUSES:
        return today + timedelta(days=int(days))
    try:
        day = date.fromisoformat(until)
    except ValueError:
        return None
    return day if today < day <= today + wishes.LONGEST_PAUSE else None


def _today(who: Holder) -> date:
    return who.now.astimezone(ZoneInfo(_recipient(who).zone)).date()


def _recipient(who: Holder) -> Recipient:
    """The recipient as written to; only the erased have none, and they come here no more."""
    found = who.rows[0].recipient
    if found is None:
        raise Trouble("gone", 410, language=who.t.code)
    return found


def _letters(
    request: Request, who: Holder, *, said: str = "", fault: str = "", status: int = 200
) -> HTMLResponse:
    t, today = who.t, _today(who)
    with reading(who.engine) as connection:
        wish = preferences_of(connection, who.key)
        hidden = _hidden(connection, who)
        names = _names(connection)
    recipient = _recipient(who)
    paused = wish.paused_until if wish.paused_until and wish.paused_until > today else None
    return page(
        request,
        "letters.html",
        t,
        status=status,
        about=[names.get(one.partnership, one.partnership) for one in who.rows],
        recipient=recipient,
        written=link_tongue(recipient.language).code,
        languages=[(code, _own_name(code)) for code in LOCALES],
        frequencies=[(one.value, t.say(label)) for one, label in FREQUENCIES.items()],
        pauses=[(days, t.say(label)) for days, label in PAUSES.items()],
        paused=short_day(t, paused) if paused else "",
        first=(today + timedelta(days=1)).isoformat(),
        last=(today + wishes.LONGEST_PAUSE).isoformat(),
        hidden=hidden,
        said=said,
        fault=fault,
        unsubscribe=who.links.unsubscribe(),
    )


def _own_name(code: str) -> str:
    """How a language calls itself."""
    said = link_tongue(code).locale.get_language_name() or code
    return said[:1].upper() + said[1:]


def _names(connection: Connection) -> dict[str, str]:
    return {one.id: line(one.name) for one in list_partnerships(connection)}


def _hidden(connection: Connection, who: Holder) -> list[Hidden]:
    names = _names(connection)
    found = []
    for row in who.rows:
        for one in sorted(dismissed(connection, row.partnership)):
            try:
                title = shorten(get(connection, one).title, _TITLE)
            except NotFound:  # an import took it away: there is nothing to show again
                continue
            name = names.get(row.partnership, row.partnership)
            found.append(Hidden(title, row.partnership, name, one))
    return found


@router.api_route("/unsubscribe/{token}", methods=["GET", "HEAD"])
def show_unsubscribe(request: Request, token: str) -> HTMLResponse:
    """Show what can be left; nothing is changed, whoever follows the link."""
    return _unsubscribe(request, holder(request, Purpose.UNSUBSCRIBE, token))


@router.post("/unsubscribe/{token}")
def unsubscribe(
    request: Request,
    token: str,
    do: Annotated[str, Form()] = "",
    only: Annotated[str, Form()] = "",
) -> HTMLResponse:
    """Stop letters: all of them, unless ``only`` names a partnership.

    A mail provider posts ``List-Unsubscribe=One-Click`` (RFC 8058) and gets its answer at once,
    without being sent elsewhere. ``do=back`` undoes it.
    """
    who = holder(request, Purpose.UNSUBSCRIBE, token)
    partnership = only or None
    if partnership is not None and partnership not in {one.partnership for one in who.rows}:
        raise Trouble("not_understood", 400, language=who.t.code)
    with who.engine.begin() as connection:
        if do == "back" and partnership and suppressed(connection, who.key):
            said = ""  # a page of some time ago: today's offers what can be brought back
        elif do != "back":
            wishes.leave(connection, who.key, who.now, partnership=partnership)
            said = who.t.say("Done. You get no more of these letters.")
        elif wishes.come_back(connection, who.key, who.now, partnership=partnership):
            said = who.t.say("Done. You get these letters again.")
        else:
            said = who.t.say(
                "It is long since you left, so we first send you a letter in which you confirm it."
            )
    return _unsubscribe(request, holder(request, Purpose.UNSUBSCRIBE, token), said=said)


def _unsubscribe(request: Request, who: Holder, *, said: str = "") -> HTMLResponse:
    with reading(who.engine) as connection:
        everywhere = suppressed(connection, who.key)
        names = _names(connection)
    named = [(one.partnership, names.get(one.partnership, ""), one.state) for one in who.rows]
    return page(
        request,
        "unsubscribe.html",
        who.t,
        everywhere=everywhere.value if everywhere else "",
        gets=[(one, name) for one, name, state in named if state is State.ACTIVE],
        left=[(one, name) for one, name, state in named if state is State.UNSUBSCRIBED],
        action=who.links.unsubscribe(),
        said=said,
    )


@router.api_route("/confirm/{token}", methods=["GET", "HEAD"])
def show_confirm(request: Request, token: str) -> HTMLResponse:
    """Show what letters would come; nothing is changed."""
    return _confirm(request, active_holder(request, Purpose.CONFIRM, token))


@router.post("/confirm/{token}")
def agree(request: Request, token: str, do: Annotated[str, Form()] = "") -> HTMLResponse:
    """Agree to letters, or to none at all."""
    who = active_holder(request, Purpose.CONFIRM, token)
    if do not in {"yes", "no"}:
        raise Trouble("not_understood", 400, language=who.t.code)
    with who.engine.begin() as connection:
        if do == "no":
            wishes.leave(connection, who.key, who.now)
        else:
            confirm(connection, who.key, _waiting(connection, who), who.now)
    if do == "no":
        said = who.t.say("Done. We will not write to you.")
        return _unsubscribe(request, holder_of_all(who, request), said=said)
    return _confirm(request, who, said=who.t.say("Thank you. You get our letters from now on."))


def holder_of_all(who: Holder, request: Request) -> Holder:
    """The same person at the page where letters are left, and got again."""
    token = who.links.unsubscribe().rpartition("/")[2]
    return holder(request, Purpose.UNSUBSCRIBE, token)


def _confirm(request: Request, who: Holder, *, said: str = "") -> HTMLResponse:
    with reading(who.engine) as connection:
        waiting = _waiting(connection, who)
        names = _names(connection)
    return page(
        request,
        "confirm.html",
        who.t,
        waiting=[names.get(one, one) for one in waiting],
        letters=who.links.letters(),
        said=said,
    )


def _waiting(connection: Connection, who: Holder) -> list[str]:
    """The partnerships for whose letters the owner of the address has not agreed yet."""
    return [
        one.partnership
        for one in listed(connection, who.key)
        if one.state is State.ACTIVE and one.recipient and not one.recipient.consent
    ]
