"""The calendar that comes with a letter: every deadline it names, in the reader's language."""

from __future__ import annotations

from functools import lru_cache

from alerts import when
from alerts.calendar import EventWords, calendar
from alerts.cancelled import says_cancelled
from alerts.nouns import KINDS, Changed, Digest
from alerts.plain import line, shorten, web_address
from alerts.tongue import Tongue
from alerts.zones import zones_of
from storage.domain import Call, Deadline, Partner

_TITLE = 180


def letter_calendar(t: Tongue, digest: Digest) -> str:
    """Return an iCalendar file; "" when no call of the letter has a deadline with a date.

    Deadlines that have passed are left out; those of a call that was taken down or cancelled take
    back the events that a calendar may hold.
    """
    calls, partners = _calls(digest)
    zones = zones_of(partners, digest.recipient.zone)

    def say(call: Call, deadline: Deadline) -> EventWords:
        return _words(t, call, deadline, zones)

    now = digest.now
    dated = [one for one in calls if any(d.instant and d.instant > now for d in one.deadlines)]
    if not dated:
        return ""
    name = t.say("Bridges of Trust")
    made = calendar(dated, now, say, name=name, cancelled=_is_gone, only_ahead=True)
    return made.decode("utf-8")


@lru_cache(maxsize=1024)
def _words(t: Tongue, call: Call, deadline: Deadline, zones: tuple[str, ...]) -> EventWords:
    label = when.label(t, deadline)
    subject = f"{t.say('Deadline')} ({label})" if label else t.say("Deadline")
    told = [next(when.labelled(t, [deadline], zones)), line(_programme(call))]
    told += [web_address(call.url) or "", t.say("Rely on the call's own page.")]
    title = shorten(call.title, _TITLE) or line(call.id)
    return EventWords(f"{subject}: {title}", "\n".join(one for one in told if one))


def _calls(digest: Digest) -> tuple[list[Call], list[Partner]]:
    """Every call of the letter once, in its order, and all partners it is for."""
    calls: dict[str, Call] = {}
    for section in digest.sections:
        for kind in KINDS:
            told = getattr(section, kind)
            for one in told:
                call = one.offer.call if isinstance(one, Changed) else one.call
                calls.setdefault(call.id, call)
    partners = [one for section in digest.sections for one in section.partnership.partners]
    return list(calls.values()), partners


def _is_gone(call: Call) -> bool:
    return call.withdrawn or says_cancelled(call)


def _programme(call: Call) -> str:
    return "" if call.programme is None else call.programme.name or call.programme.code or ""
