"""The rules of trying again: when, how often, and what to make of a server's no."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from alerts.smtp import status
from storage.letters import LetterState

GIVE_UP = 16
"""Refusals of one letter ("not now") after which it counts as failed: a little over three days.

Tries are counted, not days: a machine that had no power for a week has not tried.
"""

GIVE_UP_ALONE = 4 * GIVE_UP
"""The same where the server took nothing else meanwhile, so that it may not be the letter."""

STREAK = 3
"""So many letters in a row that are refused, or in which the line breaks, are no coincidence."""

TELL_AFTER = timedelta(hours=1)
"""How long a server may be away before the operator hears of it."""

_REFUSED = (5, 15, 60, 180, 360)
_HELD = (5, 5, 15, 30, 60)
_DOUBTFUL = (30, 180, 720)


def wait_refused(times: int) -> timedelta:
    """Return how long a letter waits that was refused so many times, this one counted."""
    return _minutes(_REFUSED, times)


def wait_held(times: int) -> timedelta:
    """Return how long the outbox waits for a server that was tried so many times in a row."""
    return _minutes(_HELD, times)


def wait_doubtful(times: int) -> timedelta:
    """Return how long a letter waits of which it was unknown so many times whether it arrived.

    At first not long: servers and mail programs know two copies as one while they remember the
    first. Then longer, because a server that takes letters and dies each time wants repair.
    """
    return _minutes(_DOUBTFUL, times)


def about_us(answers: Sequence[tuple[LetterState, str]]) -> bool:
    """Whether the newest answers, one no after the other, are rather about us than the letters."""
    return len(answers) >= STREAK and all(
        state is LetterState.FAILED and ambiguous(reply) for state, reply in answers
    )


def ambiguous(reply: str) -> bool:
    """Whether a refusal for good may concern every letter of ours: it does not name the mailbox.

    5.1.x and 5.2.x are about the recipient (RFC 3463); the bare 550 is used for everything.
    """
    return reply.startswith("5") and not status(reply).startswith(("5.1.", "5.2."))


def _minutes(waits: Sequence[int], times: int) -> timedelta:
    return timedelta(minutes=waits[min(max(times, 1), len(waits)) - 1])
