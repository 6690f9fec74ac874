"""Does what the holder of a link wishes: answer a call, leave, come back, pause, choose, confirm.

Every wish can be repeated without further effect, and taken back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from alerts.links import Do
from storage.answers import (
    Answer,
    TownAnswer,
    answers_of,
    keep_answer,
    take_back_dismissal,
)
from storage.bounces import held, recent
from storage.correspondence import release_letters, stop_letters
from storage.domain import Frequency, Partnership, Recipient
from storage.feedback import Feedback, Mark, keep_mark, marks_of, take_back
from storage.opportunities import resolve
from storage.preferences import Preferences, keep_preferences, preferences_of
from storage.recipients import (
    Listed,
    State,
    ask_again,
    bring_back,
    left_at,
    listed,
    put,
    suppressed,
)

AT_ONCE = timedelta(days=30)
"""Who comes back within this time is written to at once; later they must confirm by a link.

An old letter may have been passed on: whoever holds it could subscribe somebody else.
"""

LONGEST_PAUSE = timedelta(days=366)

_MARKS = {Do.USEFUL: Mark.USEFUL, Do.NOT_FOR_US: Mark.NOT_FOR_US}
_ANSWERS = {Do.LEAD: Answer.LEAD, Do.JOIN: Answer.JOIN, Do.DISMISS: Answer.DISMISS}
_COUNTRIES = {"uk": {"UA"}, "pl": {"PL"}, "de": {"DE", "AT"}, "fr": {"FR", "BE"}, "ro": {"RO"}}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a partnership said of one call: its mark, and the answers of its towns."""

    mark: Mark | None
    towns: tuple[TownAnswer, ...]

    @property
    def dismissed(self) -> bool:
        return any(one.answer is Answer.DISMISS for one in self.towns)


def standing(connection: sa.Connection, partnership: str, opportunity: str) -> Standing:
    """Return what was said of a call so far; what was taken back is not said."""
    leading = resolve(connection, opportunity) or opportunity
    mark = next(
        (one.mark for one in marks_of(connection, partnership) if one.opportunity == leading), None
    )
    said = answers_of(connection, partnership, opportunity)
    return Standing(mark, tuple(one for one in said if one.answer is not Answer.TAKEN_BACK))


def answer(  # noqa: PLR0913, PLR0917 - an answer is these facts
    connection: sa.Connection,
    partnership: str,
    opportunity: str,
    do: Do,
    town: str,
    recipient: str,
    now: datetime,
) -> None:
    """Write an answer; ``town`` is for whom the recipient (a hash) speaks, "" for all."""
    leading = resolve(connection, opportunity) or opportunity
    if do in _MARKS:
        if standing(connection, partnership, leading).mark is not _MARKS[do]:
            take_back(connection, partnership, opportunity)
            keep_mark(connection, Feedback(partnership, leading, _MARKS[do], now))
        return
    keep_answer(connection, TownAnswer(partnership, leading, town, _ANSWERS[do], recipient, now))


def take_back_mark(connection: sa.Connection, partnership: str, opportunity: str) -> None:
    """Take back what was said of whether a call is useful."""
    leading = resolve(connection, opportunity) or opportunity
    for one in {opportunity, leading}:
        take_back(connection, partnership, one)


def take_back_answer(  # noqa: PLR0913, PLR0917 - as above
    connection: sa.Connection,
    partnership: str,
    opportunity: str,
    town: str,
    recipient: str,
    now: datetime,
) -> None:
    """Take back a town's answer; a dismissal of the call is one of whichever town gave it."""
    leading = resolve(connection, opportunity) or opportunity
    given = TownAnswer(partnership, leading, town, Answer.TAKEN_BACK, recipient, now)
    keep_answer(connection, given)


def show_again(
    connection: sa.Connection, partnership: str, opportunity: str, recipient: str, now: datetime
) -> bool:
    """Undo that a call is never shown again; False when that was not so."""
    leading = resolve(connection, opportunity) or opportunity
    done = [
        take_back_dismissal(connection, partnership, one, recipient, now)
        for one in {opportunity, leading}
    ]
    return any(done)


def speaks_for(partnership: Partnership, recipient: Recipient, wish: Preferences) -> str | None:
    """Return the partner a recipient answers for: as chosen before, or as its language tells.

    None when neither says it.
    """
    chosen = wish.towns.get(partnership.id)
    if chosen is not None and chosen in {"", *(one.name for one in partnership.partners)}:
        return chosen
    countries = _COUNTRIES.get(recipient.language, set())
    near = [one.name for one in partnership.partners if one.country in countries]
    return near[0] if len(near) == 1 else None


def remember_town(
    connection: sa.Connection, key: str, partnership: str, town: str, now: datetime
) -> None:
    """Note for which partner a recipient answers, so that it need not be asked again."""
    wish = preferences_of(connection, key)
    if wish.towns.get(partnership) != town:
        towns = {**wish.towns, partnership: town}
        keep_preferences(connection, key, replace(wish, towns=towns), now)


def leave(
    connection: sa.Connection, key: str, now: datetime, *, partnership: str | None = None
) -> None:
    """Stop letters for one partnership, or (None) all of them, also of partnerships to come."""
    put(connection, key, State.UNSUBSCRIBED, now, partnership=partnership)
    if not active_rows(connection, key):
        stop_letters(connection, key, now)


def come_back(
    connection: sa.Connection, key: str, now: datetime, *, partnership: str | None = None
) -> bool:
    """Undo ``leave``; False when the address must first confirm by a link (``AT_ONCE``)."""
    since = left_at(connection, key)
    if partnership is not None:
        rows = [one for one in listed(connection, key) if one.partnership == partnership]
        since = rows[0].state_at if rows else None
    back = bring_back(connection, key, State.UNSUBSCRIBED, now, partnership=partnership)
    if since is not None and now - since > AT_ONCE:
        ask_again(connection, key, back, now)
        return False
    release_letters(connection, key, now)
    return True


def active_rows(connection: sa.Connection, key: str) -> list[Listed]:
    """Return where an address is listed and may be written to."""
    if suppressed(connection, key) is not None:
        return []
    return [one for one in listed(connection, key) if one.state is State.ACTIVE]


def pause(connection: sa.Connection, key: str, until: date | None, now: datetime) -> None:
    """Hold letters back until a day (the first on which they come again); None ends a pause."""
    wish = replace(preferences_of(connection, key), paused_until=until)
    keep_preferences(connection, key, wish, now)


def choose(  # noqa: PLR0913 - what can be chosen
    connection: sa.Connection,
    key: str,
    now: datetime,
    *,
    language: str | None = None,
    frequency: Frequency | None = None,
    receipt: bool | None = None,
) -> None:
    """Choose language, frequency, and whether quiet weeks bring a letter; None: as it is."""
    said = {"language": language, "frequency": frequency, "receipt": receipt}
    changed = {name: value for name, value in said.items() if value is not None}
    wish = preferences_of(connection, key)
    keep_preferences(connection, key, replace(wish, **changed), now)  # type: ignore[arg-type]


def silence(connection: sa.Connection, key: str, zone: str, now: datetime) -> str:
    """Say why an address gets no digest and no reminder now, though it agreed to them; else ""."""
    until = preferences_of(connection, key).paused_until
    if until is not None and now.astimezone(ZoneInfo(zone)).date() < until:
        return f"paused its letters until {until}"
    held_until = held(recent(connection, now, key)).get(key)
    if held_until is not None and now < held_until:
        return f"its mailbox took no letters; tried again from {held_until:%Y-%m-%d %H:%M} UTC"
    return ""
