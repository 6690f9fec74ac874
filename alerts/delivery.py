"""Hands over the letters that wait: each claimed, sent, and what became of it written down."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from alerts import patience, warning
from alerts.bounces import note_refusal
from alerts.conversation import Limits
from alerts.mail import Unsendable, sealed
from alerts.pace import Pace
from alerts.signing import signer
from alerts.smtp import Server
from alerts.transports import Fate, Fault, Folder, Transport
from storage import letters, sending
from storage.database import lasting, name_of, storage_errors
from storage.errors import DatabaseUnavailable
from storage.holds import Hold, HoldName, active_holds, handed_over, hold, release
from storage.letters import LetterState, Posted
from storage.settings import Settings

_HOUR = timedelta(hours=1)
_RECOUNT = 25
"""Letters after which those of other senders are counted again for the brake."""

_NAP = 0.5
_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Delivered:
    """One letter that was tried (its two bodies left out), and how that went."""

    posted: Posted
    fate: Fate


def deliver(
    engine: sa.Engine,
    settings: Settings,
    now: datetime,
    *,
    ending: Callable[[], bool] = lambda: False,
    limits: Limits | None = None,
) -> list[Delivered]:
    """Try every letter that waits and is due; each is claimed, sent, and its fate written down.

    Several programs may do this at once. ``ending`` is asked often whether to stop: a letter in
    hand is then given back, or waited for some seconds where it is already out.

    Nothing counts as sent before the server said so. What cannot be written down for a while is
    tried again; DatabaseUnavailable after ``limits.stored``, and the letter in hand becomes
    unconfirmed when its lease is over (docs/decisions/0014-letters-once.md).
    """
    limits = limits or Limits()
    with way_of(settings, limits, ending) as way:
        return _Delivery(engine, settings, now, way, limits, ending).run()


def something_to_send(connection: sa.Connection, settings: Settings, now: datetime) -> bool:
    """Whether ``deliver`` would find anything to do now."""
    if sending.count_left(connection, now):
        return True
    if not _to_a_server(settings):
        return sending.count_waiting(connection, now) > 0
    holds = active_holds(connection)
    if HoldName.SERVER in holds and holds[HoldName.SERVER].bars(now):
        return False
    only_to = settings.mailable
    if HoldName.BRAKE not in holds:
        return sending.count_waiting(connection, now, only_to=only_to) > 0
    return sending.count_waiting(connection, now, only_to=only_to, kind=warning.KIND) > 0


def _to_a_server(settings: Settings) -> bool:
    return re.match(r"smtps?://", settings.mail) is not None


def way_of(settings: Settings, limits: Limits, ending: Callable[[], bool]) -> Transport:
    """Return the way that the setting ``mail`` names: a folder, smtp://… or smtps://…."""
    if _to_a_server(settings):
        return Server(settings, limits, ending)
    return Folder(Path(settings.mail))


class _Delivery:
    """One run over the letters that wait."""

    def __init__(  # noqa: PLR0913, PLR0917 - all a run needs
        self,
        engine: sa.Engine,
        settings: Settings,
        now: datetime,
        way: Transport,
        limits: Limits,
        ending: Callable[[], bool],
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._now = now
        self._way = way
        self._limits = limits
        self._ending = ending
        self._began = time.monotonic()
        self._signer = signer(settings)
        self._pace = Pace(settings.letters_per_minute)
        self._only_to = None if way.repeatable else settings.mailable
        self._allowed = self._uncounted = 0
        self._held: Hold | None = None
        self._in_vain = 0
        """Letters in a row in which the line broke, or that were refused while held."""

    def run(self) -> list[Delivered]:
        tried: list[Delivered] = []
        self._store(self._expire)
        posted = self._next()
        while posted is not None:
            fate, following = self._settle(posted, self._send(posted))
            slim = replace(posted, letter=replace(posted.letter, text="", html=""))
            tried.append(Delivered(slim, fate))
            _LOG.info("letter %s: %s", posted.id, fate.state)
            if fate.stop:
                break
            posted = following or self._next()
        return tried

    def _clock(self) -> datetime:
        """What time it is by now: the lease of a letter runs from when it is claimed."""
        return self._now + timedelta(seconds=time.monotonic() - self._began)

    def _minute(self) -> datetime:
        """The clock, in whole minutes since the beginning.

        From it is counted when something is due again: else a program started every five minutes
        would come a moment too early.
        """
        return self._now + timedelta(minutes=(time.monotonic() - self._began) // 60)

    def _expire(self, connection: sa.Connection) -> None:
        """Free the letters of senders that died.

        In a folder a second try overwrites the first; a server may have taken the letter.
        """
        state = LetterState.RETRY if self._way.repeatable else LetterState.UNCONFIRMED
        why = "the program ended while it was being sent"
        if number := sending.expire(connection, self._now, state, why):
            _LOG.warning("%s of a sender that ended: %s", number, state)

    def _next(self) -> Posted | None:
        """Claim the next letter; waits where all that are left must be spaced out."""
        while not self._ending():
            if posted := self._store(self._claim):
                return posted
            pause = self._pace.pause()
            if not pause or self._ending() or not self._store(self._waiting):
                return None
            until = time.monotonic() + pause
            while not self._ending() and (left := until - time.monotonic()) > 0:
                time.sleep(min(left, _NAP))
        return None

    def _waiting(self, connection: sa.Connection) -> int:
        if self._barred(active_holds(connection)):
            return 0
        return sending.count_waiting(connection, self._now, only_to=self._only_to)

    def _claim(self, connection: sa.Connection) -> Posted | None:
        if self._way.repeatable:
            return sending.claim(connection, self._clock(), due=self._now)
        holds = active_holds(connection)
        if self._barred(holds):
            return None
        return sending.claim(
            connection,
            self._clock(),
            due=self._now,
            only_to=self._only_to,
            not_to=self._pace.full(),
            kind=warning.KIND if self._braked(connection, holds) else None,
        )

    def _barred(self, holds: Mapping[HoldName, Hold]) -> bool:
        """Whether a server is given time before it is tried again."""
        self._held = holds.get(HoldName.SERVER)
        return self._held is not None and self._held.bars(self._clock())

    def _braked(self, connection: sa.Connection, holds: Mapping[HoldName, Hold]) -> bool:
        """Whether too many letters left within an hour; whoever notices tells the operator."""
        if HoldName.BRAKE in holds:
            return True
        now, most = self._clock(), self._settings.letters_per_hour
        if self._allowed <= 0 or self._uncounted >= _RECOUNT:
            left = handed_over(connection, now, apart_from=warning.KIND)
            self._allowed, self._uncounted = most - left, 0
        if self._allowed > 0:
            return False
        waiting = sending.count_waiting(
            connection, self._now, only_to=self._only_to, apart_from=warning.KIND
        )
        if waiting:
            reason = f"{most} letters left within an hour, and {waiting} more are due"
            found = hold(connection, HoldName.BRAKE, reason, now)
            self._warn(connection, found, "the outbox has stopped itself", warning.BRAKE)
        return True

    def _send(self, posted: Posted) -> Fate:
        try:
            envelope = sealed(posted, self._settings.contact, self._signer)
        except Unsendable as error:
            return Fate(LetterState.FAILED, reason=str(error))
        self._pace.note(posted.letter.address)
        return self._way.send(posted, envelope)

    def _settle(self, posted: Posted, fate: Fate) -> tuple[Fate, Posted | None]:
        """Write down how a try went; returns that as it was understood, and the letter after it.

        That one is claimed in the same transaction: a disk is waited for once a letter, not twice.
        """
        if fate.state in {LetterState.SENT, LetterState.UNCONFIRMED} and (
            posted.letter.kind != warning.KIND
        ):
            self._allowed -= 1
            self._uncounted += 1
        if fate.fault is not Fault.LINE and fate.state is not LetterState.FAILED:
            self._in_vain = 0
        elif fate.fault is Fault.LINE:
            self._in_vain += 1
        settle = self._settle_file if self._way.repeatable else self._settle_mail
        held, in_vain = self._held, self._in_vain

        def work(connection: sa.Connection) -> tuple[Fate, Posted | None]:
            self._held, self._in_vain = held, in_vain  # as it was, when this is tried again
            settled = settle(connection, posted, fate)
            over = settled.stop or self._ending()
            return settled, None if over else self._claim(connection)

        return self._store(work)

    def _settle_file(self, connection: sa.Connection, posted: Posted, fate: Fate) -> Fate:
        due = None
        if fate.state is LetterState.RETRY:
            due = self._minute() + patience.wait_refused(posted.tries)
        _write(connection, posted, fate, self._clock(), due=due, refused=False)
        return replace(fate, stop=fate.fault is not Fault.LETTER)

    def _settle_mail(self, connection: sa.Connection, posted: Posted, fate: Fate) -> Fate:
        now = self._clock()
        if fate.state is LetterState.SENT:
            _write(connection, posted, fate, now)
            if self._held is not None:
                release(connection, HoldName.SERVER, now)
            return fate
        if fate.state is LetterState.UNCONFIRMED:
            return self._settle_doubtful(connection, posted, fate, now)
        if fate.state is LetterState.FAILED:
            return self._settle_refused(connection, posted, fate, now)
        if fate.fault in {Fault.LETTER, Fault.LINE}:
            return self._settle_later(connection, posted, fate, now)
        due = posted.due
        if fate.fault is not Fault.ENDING:
            due = self._hold(connection, fate.reason, now, at_once=fate.fault is Fault.OURS)
        _write(connection, posted, fate, now, due=due, refused=False)
        return replace(fate, stop=True)

    def _settle_doubtful(
        self, connection: sa.Connection, posted: Posted, fate: Fate, now: datetime
    ) -> Fate:
        doubts = posted.doubts + 1
        _write(connection, posted, fate, now, due=self._minute() + patience.wait_doubtful(doubts))
        self._hold(connection, fate.reason, now)
        if doubts > sending.RESENDS:
            about = f"unconfirmed-{now:%Y-%m-%d}"
            said = f"{warning.DOUBTFUL}\n\n{fate.reason}\n"
            warning.warn(
                connection, self._settings, about, "please look at a letter", said, self._now
            )
        return fate

    def _settle_refused(
        self, connection: sa.Connection, posted: Posted, fate: Fate, now: datetime
    ) -> Fate:
        """A no for good, unless the server says no to everybody."""
        if not patience.ambiguous(fate.reply):
            _write(connection, posted, fate, now)
            note_refusal(connection, posted, fate.reply, now)
            return fate
        if self._held is not None and posted.refusals < patience.GIVE_UP:
            self._in_vain += 1
            return self._settle_later(connection, posted, replace(fate, state=_RETRY), now)
        _write(connection, posted, fate, now)
        newest = sending.answered(connection, patience.STREAK)
        if not patience.about_us([(state, reply) for _, state, reply in newest]):
            return fate
        reason = f"the mail server refuses one letter after the other: {fate.reply}"
        due = self._hold(connection, reason, now, at_once=True)
        numbers = [number for number, _, _ in newest]
        later = due + _HOUR  # others first: one of them may be taken
        sending.believe_no_longer(connection, numbers, now, due=later, most=patience.GIVE_UP)
        return replace(fate, state=_RETRY, reason=reason, stop=True)

    def _settle_later(
        self, connection: sa.Connection, posted: Posted, fate: Fate, now: datetime
    ) -> Fate:
        """A letter that is tried again, unless that was done for days in vain."""
        refusals = posted.refusals + 1
        if refusals >= patience.GIVE_UP:
            sent = letters.last_sent(connection)
            others = sent is not None and now - sent < timedelta(days=1)
            if others or refusals >= patience.GIVE_UP_ALONE:
                reason = f"given up after {refusals} tries; {fate.reason}"
                fate = replace(fate, state=LetterState.FAILED, reason=reason)
        due = self._minute() + patience.wait_refused(refusals)
        _write(connection, posted, fate, now, due=due)
        if fate.stop or self._in_vain >= patience.STREAK:
            self._hold(connection, fate.reason, now)
            return replace(fate, stop=True)
        return fate

    def _hold(
        self, connection: sa.Connection, reason: str, now: datetime, *, at_once: bool = False
    ) -> datetime:
        """Give the server time; returns until when. The operator hears of it, once."""
        before = active_holds(connection).get(HoldName.SERVER)
        due = self._minute() + patience.wait_held(1 if before is None else before.tries + 1)
        found = hold(connection, HoldName.SERVER, reason, now, due=due)
        _LOG.warning("no letter leaves until %s, try %s", due.isoformat(), found.tries)
        if at_once or now - found.since >= patience.TELL_AFTER:
            self._warn(connection, found, "no letter can be sent", warning.SERVER)
        return due

    def _warn(self, connection: sa.Connection, found: Hold, subject: str, text: str) -> None:
        about = f"{found.name}-{found.since:%Y%m%dT%H%M%S}"
        said = f"{text}\n\nSince {found.since:%d %B %Y %H:%M} UTC: {found.reason}\n"
        warning.warn(connection, self._settings, about, subject, said, self._now)

    def _store(self, work: Callable[[sa.Connection], _T]) -> _T:
        """Do ``work`` in a transaction that lasts; tried again while the database is not there."""
        began, pause = time.monotonic(), 0.2
        while True:
            try:
                with storage_errors(name_of(self._engine)), lasting(self._engine) as connection:
                    return work(connection)
            except DatabaseUnavailable as error:
                most = self._limits.ending if self._ending() else self._limits.stored
                if time.monotonic() - began + pause > most:
                    raise
                _LOG.warning("%s; trying again", error)
                time.sleep(pause)
                pause = min(2 * pause, 5.0)


def _write(  # noqa: PLR0913 - how a letter fared is these facts
    connection: sa.Connection,
    posted: Posted,
    fate: Fate,
    now: datetime,
    *,
    due: datetime | None = None,
    refused: bool = True,
) -> None:
    done = sending.settle(
        connection,
        posted,
        fate.state,
        now,
        reply=fate.reply,
        reason=fate.reason,
        due=due,
        refused=refused,
    )
    if not done:
        _LOG.warning("letter %s has been in other hands meanwhile", posted.id)


_RETRY = LetterState.RETRY
