"""What is due: functions of what our tables say was done, and of ``now``.

No timer decides. A machine that slept, a cut of power or a scheduler started twice change when a
question is asked, never its answer. What lies further ahead than it could with a right clock was
written while the clock was wrong, and counts for nothing: it would else hold work up for years.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerts.audience import Addressee, is_due
from crawler.harvest import load_spider
from storage.domain import Frequency, Harvest, Outcome
from storage.settings import Settings
from storage.work import Work, digest

HARVEST_RETRIES = tuple(timedelta(minutes=one) for one in (10, 30, 60, 180, 360))
"""Until a source that failed is visited again, by how often in a row; then always the last."""

STEP_RETRIES = tuple(timedelta(minutes=one) for one in (1, 5, 15, 30, 60))
"""The same for work of our own, which costs nobody a visit."""

DIGEST = "digest"
"""The kind of the letters whose turns are counted; to ask about them takes no ``alerts.digest``."""

IN_VAIN = timedelta(minutes=10)
"""Until it is tried again to send when nothing could leave."""

DAY = timedelta(days=1)
_DAWN = timedelta(hours=5)
_SLACK = 24
"""A cadence may be early by this part of itself: who starts us daily does so seconds early, too."""


def harvest_from(history: Sequence[Harvest], now: datetime, every: timedelta) -> datetime:
    """Return from when on a source is to be harvested: ``now`` or earlier means at once.

    ``history`` are its harvests, newest first, ``every`` its cadence. One without an end was cut
    short (whether it is running is for its claim to say) and counts as failed.
    """
    real = [one for one in history if one.started <= now + every]
    if not real:
        return now
    newest = real[0]
    failures = 0
    for one in real:
        if one.outcome not in {None, Outcome.FAILED}:
            break
        failures += 1
    following = newest.started + every - every / _SLACK
    if not failures:
        return following
    ended = newest.started if newest.finished is None else newest.finished
    if not newest.started <= ended <= now + every:
        ended = newest.started
    return min(ended + _wait(HARVEST_RETRIES, failures), following)


def step_from(one: Work, now: datetime) -> datetime:
    """Return from when on work of ours may be tried: at once unless it failed lately."""
    if not one.failures or one.tried is None:
        return now
    wait = _wait(STEP_RETRIES, one.failures)
    return now if one.tried > now + wait else one.tried + wait


def cadence(settings: Settings, name: str) -> timedelta:
    """How often a source is harvested: as the settings say, or else its spider.

    A source without a spider (one of a test) is harvested daily.
    """
    said: Mapping[str, timedelta] = settings.harvest_every
    if name in said or "" in said:
        return said.get(name) or said[""]
    try:
        found: timedelta = load_spider(name).every
    except KeyError:
        return DAY
    return found


def is_daily_due(done: datetime | None, now: datetime) -> bool:
    """Whether something that is done once a day was not done today.

    The day begins at five (UTC): what is found shall wake nobody at two in the night.
    """
    return done is None or (done - _DAWN).date() != (now - _DAWN).date()


def to_match(
    marks: Mapping[str, str], calls: str, known: Mapping[str, Work], now: datetime
) -> dict[str, str]:
    """Return the partnerships to be compared anew, each with the mark to note when it was.

    ``marks`` are those of the partnerships, ``calls`` that of all calls. Without any change it is
    done once a day all the same: calls close, and rules and models may have been replaced.
    """
    found: dict[str, str] = {}
    for partnership, own in marks.items():
        mark = digest(f"{calls} {own}")
        before = known.get(match_name(partnership), Work(""))
        if before.mark != mark or is_old(before.done, now, DAY):
            found[partnership] = mark
    return found


def is_old(done: datetime | None, now: datetime, age: timedelta) -> bool:
    """Whether something was never done, long ago, or at a time that cannot be."""
    return done is None or not now - age < done < now + age


def match_name(partnership: str) -> str:
    """How the comparison of a partnership is called among work."""
    return f"match/{partnership}"


def may_send(before: Work, newest: str, now: datetime) -> bool:
    """Whether to try to send: not when nothing could leave a moment ago and no letter is new.

    Letters may be held back (a server that is given time, a brake), for hours or days. ``newest``
    stands for the newest letter.
    """
    return before.mark != newest or is_old(before.done, now, IN_VAIN)


def letters_name(key: str) -> str:
    """How the letters of an address (its hash) are called among work."""
    return f"letters/{key}"


def newcomer_name(key: str) -> str:
    """How the time since an address (its hash) waits for its first letter is called."""
    return f"newcomer/{key}"


def wants_letter(
    addressee: Addressee,
    written: tuple[datetime | None, datetime | None],
    now: datetime,
    morning: time | None,
) -> bool:
    """Whether a digest is due by the calendar, and it is not too early in the day for it.

    ``written``: when the first and the newest digest were written. ``morning`` is the hour of the
    recipient's own clock before which a letter waits on the day it is due, and on no other.
    """
    recipient = addressee.recipient
    first, last = written
    if not is_due(recipient, last, now, first):
        return False
    if morning is None or last is None or recipient.frequency is Frequency.INSTANT:
        return True
    local = now.astimezone(ZoneInfo(recipient.zone))
    if local.time() >= morning:
        return True
    midnight = datetime.combine(local.date(), time(), tzinfo=local.tzinfo)
    return is_due(recipient, last, midnight - timedelta(seconds=1), first)


def letters_mark(addressee: Addressee, known: Mapping[str, Work], calls: str, now: datetime) -> str:
    """Return what changes whenever there may be something new to tell an address.

    Where nothing was to be told, nobody needs to look again before it does.
    """
    compared = [
        f"{known[name].mark} {known[name].done}"
        for one in addressee.partnerships
        if (name := match_name(one.id)) in known
    ]
    return digest(f"{_today(addressee, now)} {calls} {addressee.recipient} {compared}")


def round_mark(  # noqa: PLR0913, PLR0917 - what letters depend on
    everybody: Iterable[Addressee],
    others: Iterable[object],
    known: Mapping[str, Work],
    calls: str,
    now: datetime,
    morning: time | None,
) -> str:
    """Return what changes whenever anybody may be due a letter that is no digest.

    Confirmations depend on who is there (``others`` are those who have not agreed yet), reminders
    on the day; that begins in the ``morning``, where one is kept.
    """
    later = (
        timedelta() if morning is None else timedelta(hours=morning.hour, minutes=morning.minute)
    )
    people = sorted(
        f"{one.key} {letters_mark(one, known, calls, now - later)}" for one in everybody
    )
    return digest(f"{people} {sorted(map(str, others))}")


def stale_names(known: Iterable[str], partnerships: Iterable[str], keys: Iterable[str]) -> set[str]:
    """Return the work that concerns a partnership or an address that is no longer there."""
    wanted = {match_name(one) for one in partnerships}
    for key in keys:
        wanted |= {letters_name(key), newcomer_name(key)}
    return {one for one in known if "/" in one and one not in wanted}


def _today(addressee: Addressee, now: datetime) -> date:
    return now.astimezone(ZoneInfo(addressee.recipient.zone)).date()


def _wait(waits: Sequence[timedelta], failures: int) -> timedelta:
    return waits[min(failures, len(waits)) - 1]
