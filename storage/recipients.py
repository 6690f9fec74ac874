"""Addresses of partnerships: whom to write to, and whom never again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from storage.domain import Frequency, Recipient
from storage.partnership_records import recipient_to_json
from storage.schema import recipients


class State(StrEnum):
    """Where an address stands; an import changes none but an active one."""

    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"  # from this partnership
    BOUNCED = "bounced"  # the mailbox does not exist, whoever writes
    ERASED = "erased"  # its owner asked to be forgotten: only a hash is left


_EVERYWHERE = {State.BOUNCED, State.ERASED}


def address_key(address: str) -> str:
    """Return the hash by which an address is known after it was erased, too."""
    return hashlib.sha256(address.strip().casefold().encode("utf-8", "surrogatepass")).hexdigest()


def active(connection: sa.Connection, partnership: str) -> tuple[Recipient, ...]:
    """Return whom a partnership's letters go to, in the order in which they were given."""
    query = (
        sa.select(recipients.c.record)
        .where(recipients.c.partnership == partnership, recipients.c.state == State.ACTIVE.value)
        .order_by(recipients.c.position)
    )
    return tuple(
        Recipient(**record | {"frequency": Frequency(record["frequency"])})
        for record in connection.scalars(query)
    )


def replace(
    connection: sa.Connection, partnership: str, given: Sequence[Recipient], now: datetime
) -> list[tuple[str, State]]:
    """Write the recipients an import gives; returns the addresses it may not bring back.

    One that unsubscribed from this partnership, bounced, or was erased stays so.
    """
    of_it = recipients.c.partnership == partnership
    kept = {
        row.address_key: State(row.state)
        for row in connection.execute(
            sa.select(recipients.c.address_key, recipients.c.state).where(of_it)
        )
        if row.state != State.ACTIVE.value
    }
    gone = sa.delete(recipients).where(of_it, recipients.c.state == State.ACTIVE.value)
    connection.execute(gone)
    refused: list[tuple[str, State]] = []
    for position, recipient in enumerate(given):
        key = address_key(recipient.email)
        state = kept.get(key) or _state_everywhere(connection, key)
        if state is not None:
            refused.append((recipient.email, state))
            continue
        row = {
            "partnership": partnership,
            "address_key": key,
            "position": position,
            "record": recipient_to_json(recipient),
            "state": State.ACTIVE.value,
            "state_at": now,
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

    An erased address leaves nothing behind but its hash.
    """
    rows = sa.update(recipients).where(recipients.c.address_key == address_key(address))
    if partnership is not None:
        rows = rows.where(recipients.c.partnership == partnership)
    rows = rows.values(state=state.value, state_at=now)
    if state is State.ERASED:
        rows = rows.values(record={})
    return connection.execute(rows).rowcount


def _state_everywhere(connection: sa.Connection, key: str) -> State | None:
    query = sa.select(recipients.c.state).where(
        recipients.c.address_key == key,
        recipients.c.state.in_([state.value for state in _EVERYWHERE]),
    )
    found = connection.scalar(query.order_by(recipients.c.state.desc()).limit(1))
    return None if found is None else State(found)
