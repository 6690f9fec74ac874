"""What was told to whom: the facts a letter tells, and the changes nobody was told of yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from storage.domain import Cause, Change
from storage.opportunities import resolve
from storage.schema import calls, changes, opportunities, told

NEW = "new"
"""The fact that an opportunity was told to somebody as new to them."""

_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a letter tells; ``seen`` is the newest change of the opportunity it knew of.

    ``record`` is the call (``source:reference``) that it shows.
    """

    partnership: str
    opportunity: str
    fact: str
    seen: int = 0
    record: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody was told of one opportunity, for one partnership, so far.

    ``record`` is the call that was shown last, "" where that was not written down.
    """

    facts: frozenset[str]
    seen: int
    record: str = ""


@dataclass(frozen=True, slots=True)
class NumberedChange:
    """A change of a call with its place in the history of all changes."""

    number: int
    call: str
    change: Change


def tell(
    connection: sa.Connection,
    facts: Iterable[Fact],
    *,
    recipient: str,
    letter: int,
    now: datetime,
) -> None:
    """Write what a letter tells, in the transaction that writes the letter.

    A fact that was told already is an error (IntegrityError): the letter would tell it again.
    """
    rows = [
        {
            "recipient": recipient,
            "partnership": one.partnership,
            "opportunity": one.opportunity,
            "fact": one.fact,
            "letter": letter,
            "at": now,
            "seen": one.seen,
            "record": one.record,
        }
        for one in facts
    ]
    if rows:
        connection.execute(sa.insert(told), rows)


def told_to(connection: sa.Connection, recipient: str, partnership: str) -> dict[str, Told]:
    """Return what a recipient (its hash) was told for a partnership, by opportunity.

    What was told of an opportunity that has been merged into another counts for that one, too;
    how far its history is known, and by which record, says what was told under its own id, if
    anything was: the other id spoke of another record.
    """
    own: dict[str, Told] = {}
    lent: dict[str, Told] = {}
    for row in connection.execute(_TOLD, {"whom": recipient, "of": partnership}):
        leading, kept = row.opportunity, own
        if row.merged_into is not None:
            leading, kept = resolve(connection, row.opportunity) or leading, lent
        before = kept.get(leading, Told(frozenset(), 0))
        seen = max(before.seen, row.seen)
        kept[leading] = Told(before.facts | {row.fact}, seen, row.record or before.record)
    for leading, other in lent.items():
        first = own.get(leading, other)
        own[leading] = replace(first, facts=first.facts | other.facts)
    return own


def changes_since(
    connection: sa.Connection, seen: Mapping[str, int]
) -> dict[str, list[NumberedChange]]:
    """Return the changes of each opportunity's calls after the number ``seen``, oldest first."""
    found: dict[str, list[NumberedChange]] = {}
    for some in _some(sorted(seen)):
        query = (
            sa.select(changes, calls.c.source, calls.c.reference, calls.c.opportunity)
            .join(calls, calls.c.id == changes.c.call_id)
            .where(calls.c.opportunity.in_(some), changes.c.id > min(seen[one] for one in some))
            .order_by(changes.c.id)
        )
        for row in connection.execute(query):
            if row.id <= seen[row.opportunity]:
                continue
            change = Change(row.at, row.version, Cause(row.cause), row.field, row.old, row.new)
            numbered = NumberedChange(row.id, f"{row.source}:{row.reference}", change)
            found.setdefault(row.opportunity, []).append(numbered)
    return found


def newest_changes(connection: sa.Connection, asked: Iterable[str]) -> dict[str, int]:
    """Return the number of the newest change of each opportunity; 0 where nothing ever changed."""
    found = dict.fromkeys(asked, 0)
    for some in _some(sorted(found)):
        rows = connection.execute(_NEWEST, {"some": some})
        found |= {row.opportunity: row.number for row in rows}
    return found


def _some(names: Sequence[str]) -> Iterable[Sequence[str]]:
    for start in range(0, len(names), _AT_ONCE):
        yield names[start : start + _AT_ONCE]


_TOLD = (
    sa.select(told, opportunities.c.merged_into)
    .join(opportunities, opportunities.c.id == told.c.opportunity)
    .where(told.c.recipient == sa.bindparam("whom"), told.c.partnership == sa.bindparam("of"))
    .order_by(told.c.at, told.c.letter)
)
_NEWEST = (
    sa.select(calls.c.opportunity, sa.func.max(changes.c.id).label("number"))
    .join(changes, changes.c.call_id == calls.c.id)
    .where(calls.c.opportunity.in_(sa.bindparam("some", expanding=True)))
    .group_by(calls.c.opportunity)
)
