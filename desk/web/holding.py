"""What the holder of a link is: checked signature, known address, no more attempts than is sane."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from limits import parse
from sqlalchemy import Connection, Engine

from alerts.links import BadLink, ExpiredLink, Grant, Links, Purpose, read_token
from alerts.tongue import Tongue
from alerts.wishes import active_rows
from desk.web.pages import Trouble, asked_tongue, place_of
from storage.database import reading
from storage.recipients import Listed, listed

STRANGE = parse("30/minute")
"""Links that are not ours, from one address of the net."""

WISHES = parse("60/minute")
"""What one recipient may change. Unsubscribing is never counted."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who came with a link of ours: what it grants, where they are listed, when."""

    engine: Engine
    grant: Grant
    rows: tuple[Listed, ...]
    now: datetime
    t: Tongue
    links: Links

    @property
    def key(self) -> str:
        """The hash of the address the link was made for."""
        return self.grant.recipient


def holder(request: Request, purpose: Purpose, token: str) -> Holder:
    """Return who holds a link. Raises Trouble for one that is forged or expired."""
    place = place_of(request)
    now = place.clock()
    client = request.client.host if request.client else ""
    try:
        grant = read_token(place.secrets, purpose, token, now)
    except BadLink as error:
        if not place.limiter.hit(STRANGE, "strange", client):
            raise Trouble("too_many", 429) from error
        raise Trouble("forged", 404) from error
    except ExpiredLink as error:
        kind = "confirm_expired" if purpose is Purpose.CONFIRM else "expired"
        with reading(place.engine) as connection:
            language = _language(connection, error.grant.recipient)
        raise Trouble(kind, 410, language=language) from error
    counted = request.method == "POST" and purpose is not Purpose.UNSUBSCRIBE
    if counted and not place.limiter.hit(WISHES, "wishes", grant.recipient):
        raise Trouble("too_many", 429)
    with reading(place.engine) as connection:
        rows = tuple(listed(connection, grant.recipient))
        language = _language(connection, grant.recipient)
    t = asked_tongue(request, language)
    links = Links(place.root, place.secrets, grant.recipient, grant.made or now)
    return Holder(place.engine, grant, rows, now, t, links)


def active_holder(request: Request, purpose: Purpose, token: str) -> Holder:
    """Return who holds a link and gets letters; Trouble for those who do not any more."""
    found = holder(request, purpose, token)
    with reading(found.engine) as connection:
        rows = tuple(active_rows(connection, found.key))
    wanted = found.grant.partnership
    if not rows or (wanted and wanted not in {one.partnership for one in rows}):
        raise Trouble("gone", 410, language=found.t.code)
    return Holder(found.engine, found.grant, rows, found.now, found.t, found.links)


def _language(connection: Connection, key: str) -> str | None:
    said = (one.recipient.language for one in listed(connection, key) if one.recipient)
    return next(said, None)
