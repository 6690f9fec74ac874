"""Shows a page: its template, its language, and what to do when something is wrong with a link."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from babel import negotiate_locale
from fastapi import Request
from fastapi.responses import HTMLResponse

from alerts.link_words import LOCALES, link_tongue
from alerts.templating import template
from alerts.tongue import ENGLISH, Tongue, later

if TYPE_CHECKING:
    from desk.web.app import Place

RETRY_AFTER = "60"


class Trouble(Exception):  # noqa: N818 - it says what happened
    """Raised by whatever cannot show its page: why (a key of ``_TROUBLES``), and the status.

    ``language`` is that of the link's owner, where it is known.
    """

    def __init__(
        self,
        kind: str,
        status: int,
        *,
        language: str | None = None,
    ) -> None:
        super().__init__(kind)
        self.kind = kind
        self.status = status
        self.language = language


_WRITE = later("If that does not help, write to {contact}.")

_TROUBLES = {
    "forged": (
        later("This link is not complete"),
        (
            later(
                "We do not recognise it. Perhaps the mail program cut it in two: open the letter"
                " and click the link there, or copy the whole of it."
            ),
            later("To stop our letters, any letter's link “Unsubscribe” will do."),
        ),
    ),
    "expired": (
        later("This link is too old"),
        (
            later("The links of a letter can be used for 90 days. Nothing was changed."),
            later("Take the same link in your newest letter."),
            later("The link “Unsubscribe” works for ever, in old letters too."),
        ),
    ),
    "confirm_expired": (
        later("This link is too old"),
        (
            later("It could be used for 30 days. Nothing was changed, and we do not write to you."),
            later("If you want letters, tell us, and we ask again."),
        ),
    ),
    "gone": (
        later("There is nothing here any more"),
        (
            later(
                "You get no letters about this partnership, or the call it was about is no longer"
                " known to us. Nothing was changed."
            ),
        ),
    ),
    "no_call": (
        later("We know no such call"),
        (
            later(
                "Perhaps its address was cut in two, or it was taken out of our records. The letter"
                " also names the call's own page."
            ),
        ),
    ),
    "not_found": (later("There is no such page"), (later("Nothing was changed."),)),
    "too_many": (
        later("Too many attempts"),
        (later("Wait a minute, then try again. Nothing was changed."),),
    ),
    "too_much": (later("That was too much"), (later("Nothing was changed."),)),
    "not_understood": (
        later("We did not understand that"),
        (later("Go back and try again. Nothing was changed."),),
    ),
    "unavailable": (
        later("This does not work at the moment"),
        (later("Nothing was changed. Try again in some minutes: the link stays good."),),
    ),
}


def place_of(request: Request) -> Place:
    """Return what the pages stand on."""
    found: Place = request.app.state.place
    return found


def page(
    request: Request,
    name: str,
    t: Tongue,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """Return the page of a template, in a language."""
    place = place_of(request)
    body = template("desk.web", name).render(
        t=t, say=t.say, root=place.root, contact=place.settings.contact, **values
    )
    return HTMLResponse(
        body,
        status,
        headers={"Content-Language": t.code, "Vary": "Accept-Language"} | dict(headers or {}),
    )


def trouble_page(request: Request, error: Exception) -> HTMLResponse:
    """Return the page that says what is wrong, and what to do."""
    error = error if isinstance(error, Trouble) else Trouble("unavailable", 500)
    t = asked_tongue(request, error.language)
    title, lines = _TROUBLES[error.kind]
    contact = place_of(request).settings.contact
    said = [*(t.say(one) for one in lines), t.say(_WRITE, contact=contact)]
    headers = {"Retry-After": RETRY_AFTER} if error.status in {429, 503} else {}
    return page(
        request,
        "trouble.html",
        t,
        status=error.status,
        headers=headers,
        title=t.say(title),
        lines=said,
    )


def asked_tongue(request: Request, language: str | None = None) -> Tongue:
    """Return ``language``, else the one a browser asks for, English when that is none of ours."""
    if language:
        return link_tongue(language)
    said = request.headers.get("accept-language", "")
    wanted = [one.partition(";")[0].strip() for one in said.split(",")[:10]]
    try:
        found = negotiate_locale([one for one in wanted if one], list(LOCALES), sep="-")
    except ValueError:  # not the names of languages
        found = None
    return link_tongue(found or ENGLISH)
