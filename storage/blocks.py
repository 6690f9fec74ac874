"""Which calls are worth comparing: those new or changed, and those that share a key with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from storage.columns import packed, unpacked
from storage.schema import calls, link_keys, link_traits

_AT_ONCE = 400
_KEYS_AT_ONCE = 5_000


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
    made: Mapping[int, tuple[dict[str, Any], Iterable[int]]],
    fingerprint: str,
) -> dict[int, bytes]:
    """Write the traits (JSON) and keys of calls in the place of former ones, to be compared.

    Returns them as they are kept now (``load_traits``).
    """
    kept = {
        call_id: packed({"traits": traits, "keys": sorted(keys)})
        for call_id, (traits, keys) in made.items()
    }
    former: list[dict[str, int]] = []
    for some in _some(made):
        for row in connection.execute(_KEPT.where(link_traits.c.call_id.in_(some))):
            keys = unpacked(row.kept)["keys"]
            former += [{"the_key": key, "of": row.call_id} for key in keys]
    if former:
        connection.execute(_FORGET_KEY, former)
    for some in _some(made):
        connection.execute(sa.delete(link_traits).where(link_traits.c.call_id.in_(some)))
    rows = [
        {
            "call_id": call_id,
            "fingerprint": fingerprint,
            "compared": False,
            "traits": one,
        }
        for call_id, one in kept.items()
    ]
    all_keys = [
        {"key": key, "call_id": call_id} for call_id, (_, keys) in made.items() for key in keys
    ]
    if rows:
        connection.execute(sa.insert(link_traits), rows)
    if all_keys:
        connection.execute(sa.insert(link_keys), all_keys)
    return kept


def take_uncompared(connection: sa.Connection, limit: int) -> list[int]:
    """Take up to ``limit`` calls that were not compared yet as they are."""
    query = sa.select(link_traits.c.call_id).where(sa.not_(link_traits.c.compared))
    ids = list(connection.scalars(query.order_by(link_traits.c.call_id).limit(limit)))
    for some in _some(ids):
        taken = sa.update(link_traits).where(link_traits.c.call_id.in_(some))
        connection.execute(taken.values(compared=True))
    return ids


def load_traits(
    connection: sa.Connection, ids: Iterable[int], fingerprint: str
) -> dict[int, bytes]:
    """Return the traits of calls as they are kept (``unpack``): the same bytes, the same traits.

    One that was never taken, or by other rules than ``fingerprint``, is not among them.
    """
    found: dict[int, bytes] = {}
    for some in _some(ids):
        query = _KEPT.where(link_traits.c.call_id.in_(some))
        rows = connection.execute(query.where(link_traits.c.fingerprint == fingerprint))
        found.update((row.call_id, bytes(row.kept)) for row in rows)
    return found


def unpack(kept: bytes) -> tuple[dict[str, Any], list[int]]:
    """Return traits (JSON) and keys from how they are kept."""
    found = unpacked(kept)
    return found["traits"], found["keys"]


def sharing(connection: sa.Connection, keys: Iterable[int], most: int) -> dict[int, list[int]]:
    """Return the calls that have each key, where several have it and no more than ``most``."""
    shared: list[int] = []
    has = link_keys.c
    for some in _some(keys, _KEYS_AT_ONCE):
        counted = sa.select(has.key).where(has.key.in_(some)).group_by(has.key)
        shared += connection.scalars(counted.having(sa.func.count().between(2, most)))
    found: dict[int, list[int]] = {}
    for some in _some(shared, _KEYS_AT_ONCE):
        rows = connection.execute(sa.select(has.key, has.call_id).where(has.key.in_(some)))
        for key, call_id in rows:
            found.setdefault(key, []).append(call_id)
    return found


def _some(ids: Iterable[int], at_once: int = _AT_ONCE) -> Iterator[Sequence[int]]:
    every = sorted(set(ids))
    for start in range(0, len(every), at_once):
        yield every[start : start + at_once]


_KEPT = sa.select(
    link_traits.c.call_id, sa.type_coerce(link_traits.c.traits, sa.LargeBinary).label("kept")
)


_FORGET_KEY = sa.delete(link_keys).where(
    link_keys.c.key == sa.bindparam("the_key"), link_keys.c.call_id == sa.bindparam("of")
)
