"""The doctor's look at recipients: whose letters came back, who did not agree, where links lead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from desk.check import Check, State
from desk.text import line, shorten
from desk.wording import ago, count

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.settings import Settings

_MOST = 5
_WORDS = 120


def recipient_checks(connection: Connection, settings: Settings, now: datetime) -> Iterator[Check]:
    """Look at everybody who is listed; addresses are shown in part only."""
    from storage.bounces import recent
    from storage.recipients import State as Standing
    from storage.recipients import listed, masked

    rows = listed(connection)
    active = [one for one in rows if one.state is Standing.ACTIVE and one.recipient]
    asked = {one.key for one in active if one.recipient and not one.recipient.consent}
    if not rows:
        return
    said = f"{count(len({one.key for one in active}), 'address', 'addresses')} to write to"
    if not asked:
        yield Check("recipients", State.OK, said)
    elif settings.base_url:
        said += f", {len(asked)} of them did not agree yet; a letter asks them, twice at most"
        yield Check("recipients", State.OK, said)
    else:
        do = "set BRIDGES_BASE_URL and run `bridges serve`, or note their consent in the import"
        yield Check("recipients", State.WARN, f"{said}, {len(asked)} did not agree yet", do)
    if active and not settings.base_url:
        hint = "set BRIDGES_BASE_URL to where `bridges serve` can be reached"
        told = "letters hold no links to unsubscribe, pause or answer"
        yield Check("links", State.WARN, told, hint)
    names = {one.key: one for one in rows if one.recipient}
    back = recent(connection, now)
    gone = {one.key: one for one in rows if one.state is Standing.BOUNCED and one.recipient}
    for one in list(gone.values())[:_MOST]:
        why = next((b.words for b in reversed(back) if b.recipient == one.key), "")
        address = masked(one.recipient.email) if one.recipient else ""
        told = f"letters to {line(address)} ({line(one.partnership)}) stopped"
        told += f" {ago(one.state_at, now)}: {shorten(why, _WORDS) or 'they came back'}"
        do = "ask the town for another one; if the mailbox works again: bridges recipients retry"
        yield Check("bounces", State.WARN, told, do)
    if (more := len(gone) - _MOST) > 0:
        yield Check("bounces", State.WARN, f"and {more} more", "bridges recipients list")
    soft = {one.recipient for one in back if one.recipient in names} - set(gone)
    if soft:
        told = f"letters to {count(len(soft), 'address', 'addresses')} came back for now"
        yield Check("bounces", State.OK, f"{told}; they are tried again")
