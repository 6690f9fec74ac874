"""Which calls are worth comparing: those new or changed, and those that share a key with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from storage.schema import calls, link_keys, link_traits

_AT_ONCE = 400


def expect_again(connection: sa.Connection, fingerprint: str) -> int:
    """Let calls whose traits were taken by other rules be taken again; returns how many."""
    others = sa.select(link_traits.c.call_id).where(link_traits.c.fingerprint != fingerprint)
    due = sa.update(calls).where(calls.c.id.in_(others), sa.not_(calls.c.link_due))
    return connection.execute(due.values(link_due=True)).rowcount


def take_due(connection: sa.Connection, limit: int) -> list[int]:
    """Take up to ``limit`` calls that are new or have changed since they were last taken.

    A call that changes later is due again; one that another program is writing just now is left
    for the next time.
    """
    free = sa.select(calls.c.id).where(calls.c.link_due).order_by(calls.c.id).limit(limit)
    ids = list(connection.scalars(free.with_for_update(skip_locked=True)))
    for some in _some(ids):
        taken = sa.update(calls).where(calls.c.id.in_(some))
        connection.execute(taken.values(link_due=False))
    return ids


def keep_traits(
    connection: sa.Connection,
    made: Mapping[int, tuple[dict[str, Any], Collection[int]]],
    fingerprint: str,
) -> None:
    """Write the traits (JSON) and keys of calls in the place of former ones, to be compared."""
    former: list[dict[str, int]] = []
    for call_id, stored in _load(connection, made).items():
        former += [{"the_key": key, "of": call_id} for key in stored["keys"]]
    if former:
        connection.execute(_FORGET_KEY, former)
    for some in _some(made):
        connection.execute(sa.delete(link_traits).where(link_traits.c.call_id.in_(some)))
    rows = [
        {
            "call_id": call_id,
            "fingerprint": fingerprint,
            "compared": False,
            "traits": {"traits": traits, "keys": sorted(keys)},
        }
        for call_id, (traits, keys) in made.items()
    ]
    keys_of = [
        {"key": key, "call_id": call_id} for call_id, (_, keys) in made.items() for key in keys
    ]
    if rows:
        connection.execute(sa.insert(link_traits), rows)
    if keys_of:
        connection.execute(sa.insert(link_keys), keys_of)


def take_uncompared(connection: sa.Connection, limit: int) -> list[int]:
    """Take up to ``limit`` calls that were not compared yet as they are."""
    query = sa.select(link_traits.c.call_id).where(sa.not_(link_traits.c.compared))
    ids = list(connection.scalars(query.order_by(link_traits.c.call_id).limit(limit)))
    for some in _some(ids):
        taken = sa.update(link_traits).where(link_traits.c.call_id.in_(some))
        connection.execute(taken.values(compared=True))
    return ids


def load_traits(connection: sa.Connection, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return the traits (JSON) of calls; one that was never taken is not among them."""
    return {one: stored["traits"] for one, stored in _load(connection, ids).items()}


def sharing(connection: sa.Connection, keys: Iterable[int]) -> dict[int, list[int]]:
    """Return the calls that have each key."""
    found: dict[int, list[int]] = {}
    for some in _some(keys):
        query = sa.select(link_keys.c.key, link_keys.c.call_id).where(link_keys.c.key.in_(some))
        for key, call_id in connection.execute(query):
            found.setdefault(key, []).append(call_id)
    return found


def _load(connection: sa.Connection, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for some in _some(ids):
        query = sa.select(link_traits.c.call_id, link_traits.c.traits).where(
            link_traits.c.call_id.in_(some)
        )
        found.update((row.call_id, row.traits) for row in connection.execute(query))
    return found


def _some(ids: Iterable[int]) -> Iterator[Sequence[int]]:
    every = sorted(set(ids))
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]


_FORGET_KEY = sa.delete(link_keys).where(
    link_keys.c.key == sa.bindparam("the_key"), link_keys.c.call_id == sa.bindparam("of")
)
