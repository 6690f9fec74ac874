"""What partner towns mean to do about a call: lead, join, or never hear of it again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from storage.columns import Row
from storage.feedback import Feedback, Mark, marks_of
from storage.opportunities import resolve
from storage.schema import answers
from storage.upserting import put_row


class Answer(StrEnum):
    """What a town said of a call."""

    LEAD = "lead"
    JOIN = "join"
    DISMISS = "dismiss"  # for good, and for the whole partnership
    TAKEN_BACK = "taken_back"  # kept, so that those who were told of more are told of this


@dataclass(frozen=True, slots=True)
class TownAnswer:
    """One town's answer, by whom (the hash of an address, "" for an officer), since when (UTC).

    ``town`` is the name of a partner; "" where nobody said which.
    """

    partnership: str
    opportunity: str
    town: str
    answer: Answer
    recipient: str
    at: datetime


def keep_answer(connection: sa.Connection, given: TownAnswer) -> bool:
    """Write an answer in the place of the town's last one; False when that was the same."""
    before = next((one for one in _of(connection, given) if one.town == given.town), None)
    last = before.answer if before else Answer.TAKEN_BACK
    if last is given.answer:
        return False
    row = {
        "partnership": given.partnership,
        "opportunity": given.opportunity,
        "town": given.town,
        "answer": given.answer.value,
        "recipient": given.recipient,
        "at": given.at,
    }
    put_row(connection, answers, row)
    return True


def take_back_dismissal(
    connection: sa.Connection, partnership: str, opportunity: str, recipient: str, now: datetime
) -> bool:
    """Let a partnership hear of an opportunity again, whichever town dismissed it."""
    rows = (
        sa.update(answers)
        .where(
            _mine(partnership, opportunity),
            answers.c.answer == Answer.DISMISS.value,
        )
        .values(answer=Answer.TAKEN_BACK.value, recipient=recipient, at=now)
    )
    return connection.execute(rows).rowcount > 0


def answers_of(
    connection: sa.Connection, partnership: str, opportunity: str | None = None
) -> list[TownAnswer]:
    """Return what the towns of a partnership said, oldest first; merged opportunities lead on.

    Where two opportunities that were answered have become one, the newer answer of a town counts.
    """
    newest: dict[tuple[str, str], TownAnswer] = {}
    for row in connection.execute(_ANSWERS, {"of": partnership}):
        one = _answer(connection, row)
        newest[one.opportunity, one.town] = one
    found = sorted(newest.values(), key=lambda one: (one.at, one.opportunity, one.town))
    leading = resolve(connection, opportunity) if opportunity else None
    return [one for one in found if opportunity is None or one.opportunity == leading]


def dismissed(connection: sa.Connection, partnership: str) -> frozenset[str]:
    """Return the opportunities a partnership does not want to hear of again."""
    return left_out(answers_of(connection, partnership))


def left_out(said: Iterable[TownAnswer]) -> frozenset[str]:
    """Return the opportunities that one of these answers dismissed."""
    return frozenset(one.opportunity for one in said if one.answer is Answer.DISMISS)


def marked(connection: sa.Connection, partnership: str) -> frozenset[str]:
    """Return the opportunities a partnership wants to be reminded of before they close.

    Those marked useful, and those that one of its towns would lead or join; not the dismissed.
    """
    return reminded(answers_of(connection, partnership), marks_of(connection, partnership))


def reminded(said: Sequence[TownAnswer], marks: Iterable[Feedback]) -> frozenset[str]:
    """Return what ``marked`` does, from answers and marks that were read before."""
    useful = {one.opportunity for one in marks if one.mark is Mark.USEFUL}
    meant = {one.opportunity for one in said if one.answer in {Answer.LEAD, Answer.JOIN}}
    return frozenset((useful | meant) - left_out(said))


def _of(connection: sa.Connection, given: TownAnswer) -> list[TownAnswer]:
    query = sa.select(answers).where(_mine(given.partnership, given.opportunity))
    return [_answer(connection, row) for row in connection.execute(query)]


def _mine(partnership: str, opportunity: str) -> sa.ColumnElement[bool]:
    return sa.and_(answers.c.partnership == partnership, answers.c.opportunity == opportunity)


def _answer(connection: sa.Connection, row: Row) -> TownAnswer:
    return TownAnswer(
        partnership=row.partnership,
        opportunity=resolve(connection, row.opportunity) or row.opportunity,
        town=row.town,
        answer=Answer(row.answer),
        recipient=row.recipient,
        at=row.at,
    )


_ANSWERS = (
    sa.select(answers)
    .where(answers.c.partnership == sa.bindparam("of"))
    .order_by(answers.c.at, answers.c.town)
)
