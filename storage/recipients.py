"""Addresses of partnerships: whom to write to, and whom never again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from storage.columns import Row
from storage.domain import Frequency, Recipient
from storage.partnership_records import recipient_to_json
from storage.preferences import Preferences, chosen
from storage.schema import preferences, recipients, suppressions
from storage.upserting import put_row


class State(StrEnum):
    """Where an address stands; an import changes none but an active one."""

    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"  # by its owner: from one partnership, or from all
    BOUNCED = "bounced"  # the mailbox does not exist, whoever writes
    ERASED = "erased"  # its owner asked to be forgotten: only a hash is left


_RANK = (State.ACTIVE, State.UNSUBSCRIBED, State.BOUNCED, State.ERASED)
"""A state gives way to later ones only: who was erased is not merely unsubscribed."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An address as one partnership lists it; ``recipient`` is None once it was erased."""

    partnership: str
    key: str
    recipient: Recipient | None
    state: State
    state_at: datetime


def address_key(address: str) -> str:
    """Return the hash by which an address is known after it was erased, too."""
    return hashlib.sha256(address.strip().casefold().encode("utf-8", "surrogatepass")).hexdigest()


def masked(address: str) -> str:
    """Return an address as logs and notes may show it: enough to recognise, not to write to."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"


def active(connection: sa.Connection, partnership: str) -> tuple[Recipient, ...]:
    """Return whom a partnership's letters go to, in the order in which they were given.

    Each as it is to be written to: what its owner chose by a link goes before what was imported.
    """
    query = (
        _LISTED.where(
            recipients.c.partnership == partnership, recipients.c.state == State.ACTIVE.value
        )
    ).order_by(recipients.c.position)
    return tuple(_recipient(row) for row in connection.execute(query))


def listed(connection: sa.Connection, key: str | None = None) -> list[Listed]:
    """Return every address of every partnership, or where one address (its hash) is listed."""
    query = _LISTED.order_by(recipients.c.partnership, recipients.c.position)
    if key is not None:
        query = query.where(recipients.c.address_key == key)
    return [
        Listed(
            row.partnership,
            row.address_key,
            _recipient(row) if row.record else None,
            State(row.state),
            row.state_at,
        )
        for row in connection.execute(query)
    ]


def confirm(
    connection: sa.Connection, key: str, partnerships: Iterable[str], now: datetime
) -> list[str]:
    """Note that the owner of an address agreed by a link; returns for which partnerships."""
    wanted = (
        sa.update(recipients)
        .where(
            recipients.c.address_key == key,
            recipients.c.partnership.in_(sorted(partnerships)),
            recipients.c.state == State.ACTIVE.value,
        )
        .values(confirmed=now)
        .returning(recipients.c.partnership)
    )
    return sorted(connection.scalars(wanted))


_LISTED = sa.select(recipients, preferences.c.record.label("chosen")).join(
    preferences, preferences.c.address_key == recipients.c.address_key, isouter=True
)


def _recipient(row: Row) -> Recipient:
    record = dict(row.record)
    if row.confirmed is not None and not record.get("consent"):
        record["consent"] = f"confirmed by link {row.confirmed:%Y-%m-%d}"
    given = Recipient(**record | {"frequency": Frequency(record["frequency"])})
    return chosen(given, Preferences.from_json(row.chosen or {}))


def replace(
    connection: sa.Connection, partnership: str, given: Sequence[Recipient], now: datetime
) -> list[tuple[str, State]]:
    """Write the recipients an import gives; returns the addresses it may not bring back.

    One that unsubscribed from this partnership, bounced, or was erased stays so.
    """
    of_it = recipients.c.partnership == partnership
    before = connection.execute(sa.select(recipients).where(of_it)).all()
    kept = {row.address_key: State(row.state) for row in before if row.state != State.ACTIVE.value}
    was = {row.address_key: row for row in before if row.state == State.ACTIVE.value}
    gone = sa.delete(recipients).where(of_it, recipients.c.state == State.ACTIVE.value)
    connection.execute(gone)
    refused: list[tuple[str, State]] = []
    for position, recipient in enumerate(given):
        key = address_key(recipient.email)
        state = suppressed(connection, key) or kept.get(key)
        if state is not None:
            refused.append((recipient.email, state))
            continue
        row = {
            "partnership": partnership,
            "address_key": key,
            "position": position,
            "record": recipient_to_json(recipient),
            "state": State.ACTIVE.value,
            "state_at": was[key].state_at if key in was else now,
            "confirmed": was[key].confirmed if key in was else None,
        }
        connection.execute(sa.insert(recipients), row)
    return refused


def set_state(
    connection: sa.Connection,
    address: str,
    state: State,
    now: datetime,
    *,
    partnership: str | None = None,
) -> int:
    """Write where an address stands, everywhere or in one partnership; returns in how many.

    Everywhere means: also in partnerships that will list it one day. An erased address leaves
    nothing behind but its hash.
    """
    return put(connection, address_key(address), state, now, partnership=partnership)


def put(
    connection: sa.Connection,
    key: str,
    state: State,
    now: datetime,
    *,
    partnership: str | None = None,
) -> int:
    """Do what ``set_state`` does, for an address that is only known by its hash."""
    below = [one.value for one in _RANK[: _RANK.index(state)]]
    rows = sa.update(recipients).where(
        recipients.c.address_key == key, recipients.c.state.in_(below)
    )
    if partnership is not None:
        rows = rows.where(recipients.c.partnership == partnership)
    rows = rows.values(state=state.value, state_at=now)
    if state is State.ERASED:
        rows = rows.values(record={}, confirmed=None)
    if partnership is None:
        _suppress(connection, key, state, now)
    return connection.execute(rows).rowcount


def suppressed(connection: sa.Connection, key: str) -> State | None:
    """Return why an address gets no letter of any partnership, None when it may get some."""
    query = sa.select(suppressions.c.state).where(suppressions.c.address_key == key)
    found = connection.scalar(query)
    return None if found is None else State(found)


def bring_back(
    connection: sa.Connection,
    key: str,
    state: State,
    now: datetime,
    *,
    partnership: str | None = None,
) -> list[str]:
    """Undo a ``state`` of an address; returns the partnerships whose letters it gets again.

    ``partnership`` None undoes what was done everywhere; what had been left one by one stays left.
    """
    rows = sa.update(recipients).where(
        recipients.c.address_key == key, recipients.c.state == state.value
    )
    if partnership is not None:
        rows = rows.where(recipients.c.partnership == partnership)
    else:
        everywhere = sa.and_(suppressions.c.address_key == key, suppressions.c.state == state.value)
        at = connection.scalar(sa.select(suppressions.c.at).where(everywhere))
        connection.execute(sa.delete(suppressions).where(everywhere))
        rows = rows.where(recipients.c.state_at == at)
    back = rows.values(state=State.ACTIVE.value, state_at=now)
    return sorted(connection.scalars(back.returning(recipients.c.partnership)))


def ask_again(
    connection: sa.Connection, key: str, partnerships: Iterable[str], now: datetime
) -> None:
    """Forget that an address agreed: it must confirm by a link before it gets letters."""
    for name in sorted(partnerships):
        mine = sa.and_(recipients.c.address_key == key, recipients.c.partnership == name)
        record = connection.scalar(sa.select(recipients.c.record).where(mine)) or {}
        record = {field: value for field, value in record.items() if field != "consent"}
        connection.execute(
            sa.update(recipients).where(mine).values(record=record, confirmed=None, state_at=now)
        )


def left_at(connection: sa.Connection, key: str) -> datetime | None:
    """Return since when an address gets no letters at all; None when it may get some."""
    query = sa.select(suppressions.c.at).where(suppressions.c.address_key == key)
    found: datetime | None = connection.scalar(query)
    return found


def _suppress(connection: sa.Connection, key: str, state: State, now: datetime) -> None:
    before = suppressed(connection, key)
    if before is not None and _RANK.index(before) >= _RANK.index(state):
        return
    put_row(connection, suppressions, {"address_key": key, "state": state.value, "at": now})
