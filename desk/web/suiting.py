"""The page of all that suits a partnership, to which letters lead when they could not tell all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from alerts import when
from alerts.cancelled import says_cancelled
from alerts.candidates import AHEAD
from alerts.cards import path_of, standing_words
from alerts.links import Purpose
from alerts.plain import language_of, line, shorten
from alerts.tongue import Tongue, tongue
from alerts.zones import KYIV
from desk.web.holding import active_holder
from desk.web.languages import languages
from desk.web.pages import Trouble, asked_tongue, page, place_of
from storage.answers import dismissed
from storage.asking import calls_under
from storage.database import reading
from storage.errors import NotFound
from storage.leading import leader
from storage.matches import find_matches
from storage.partnerships import get_partnership
from storage.status import status

router = APIRouter(include_in_schema=False)

_TITLE = 180
_MOST = 60


@dataclass(frozen=True, slots=True)
class Suiting:
    """A call that suits: its title in its language, the page on it, where it stands, by when."""

    title: str
    language: str
    url: str
    standing: str
    deadline: str


@router.api_route("/suiting/{token}", methods=["GET", "HEAD"])
def suiting(request: Request, token: str, language: str = "") -> HTMLResponse:
    """Show what can be applied to, or will be, of the matches of a partnership: the best first.

    Only to those who hold a link of ours: what a town looks for and dismissed is its own affair.
    """
    holder = active_holder(request, Purpose.SUITING, token)
    t = asked_tongue(request, language) if language else holder.t
    root = place_of(request).root
    with reading(holder.engine) as connection:
        try:
            found = get_partnership(connection, holder.grant.partnership)
        except NotFound as error:
            raise Trouble("gone", 410, language=t.code) from error
        every = list(_suiting(connection, found.id, t, root, holder.now))
    left = len(every) - _MOST
    return page(
        request,
        "suiting.html",
        t,
        partnership=line(found.name),
        some=every[:_MOST],
        more=t.many("and {n} more", "and {n} more", left) if left > 0 else "",
        languages=languages(),
    )


def _suiting(
    connection: Connection, partnership: str, t: Tongue, root: str, now: datetime
) -> Iterator[Suiting]:
    gone = dismissed(connection, partnership)
    names = [one.match.opportunity for one in find_matches(connection, partnership)]
    calls = calls_under(connection, names)
    for name in names:
        if name in gone or name not in calls:
            continue
        call = leader(calls[name])
        stands, said = status(call, now), tongue(t.code)
        if stands not in AHEAD or says_cancelled(call):
            continue
        coming = when.coming(call, now)[:1]
        yield Suiting(
            shorten(call.title, _TITLE) or line(call.id),
            language_of(call),
            f"{root}{path_of(call.id)}",
            standing_words(said, stands, cancelled=False),
            next(when.labelled(said, coming, (KYIV,)), ""),
        )
