"""What recipients chose by a link: language, frequency, receipt, a pause, the town they are of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from storage.domain import Frequency, Recipient
from storage.schema import preferences
from storage.upserting import put_row

CHOSEN = ("language", "frequency", "receipt")
"""The fields of a recipient that its owner may choose."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the owner of an address chose; None where the import's word counts.

    ``paused_until`` is the first day on which letters may come again, where the recipient is.
    ``towns``: partnership to the partner for which the recipient answers.
    """

    language: str | None = None
    frequency: Frequency | None = None
    receipt: bool | None = None
    paused_until: date | None = None
    towns: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return what was chosen; the rest is absent."""
        said = {
            "language": self.language,
            "frequency": self.frequency and self.frequency.value,
            "receipt": self.receipt,
            "paused_until": self.paused_until and self.paused_until.isoformat(),
            "towns": dict(self.towns) or None,
        }
        return {name: value for name, value in said.items() if value is not None}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Preferences:
        """Return the preferences that ``to_json`` wrote."""
        frequency, until = record.get("frequency"), record.get("paused_until")
        return cls(
            language=record.get("language"),
            frequency=Frequency(frequency) if frequency else None,
            receipt=record.get("receipt"),
            paused_until=date.fromisoformat(until) if until else None,
            towns=record.get("towns", {}),
        )


def chosen(given: Recipient, wish: Preferences) -> Recipient:
    """Return a recipient as imported, with what its owner chose in place of it."""
    return replace(
        given,
        language=wish.language or given.language,
        frequency=wish.frequency or given.frequency,
        receipt=given.receipt if wish.receipt is None else wish.receipt,
    )


def preferences_of(connection: sa.Connection, key: str) -> Preferences:
    """Return what the owner of an address (its hash) chose; nothing when it never did."""
    return Preferences.from_json(connection.scalar(_CHOSEN, {"whose": key}) or {})


def all_preferences(connection: sa.Connection) -> dict[str, Preferences]:
    """Return what everybody chose, by the hash of the address."""
    return {
        row.address_key: Preferences.from_json(row.record)
        for row in connection.execute(sa.select(preferences))
    }


def keep_preferences(connection: sa.Connection, key: str, wish: Preferences, now: datetime) -> None:
    """Write what the owner of an address chose, in the place of what was chosen before."""
    put_row(connection, preferences, {"address_key": key, "record": wish.to_json(), "at": now})


def forget_preferences(connection: sa.Connection, key: str) -> None:
    """Remove what the owner of an address chose."""
    connection.execute(sa.delete(preferences).where(preferences.c.address_key == key))


_CHOSEN = sa.select(preferences.c.record).where(preferences.c.address_key == sa.bindparam("whose"))
