"""What encoders made of texts, kept by the hash of the text and the fingerprint of the encoder."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa

from storage.schema import vectors
from storage.upserting import insert_of

_AT_ONCE = 400
"""Hashes in one statement; SQLite's limit on parameters is far above."""


def have(connection: sa.Connection, fingerprint: str, hashes: Iterable[str]) -> set[str]:
    """Return those of ``hashes`` of which this encoder's vector is kept."""
    found: set[str] = set()
    for some in _some(hashes):
        query = sa.select(vectors.c.text_hash).where(
            vectors.c.fingerprint == fingerprint, vectors.c.text_hash.in_(some)
        )
        found.update(connection.scalars(query))
    return found


def put(connection: sa.Connection, fingerprint: str, made: Sequence[tuple[str, bytes]]) -> None:
    """Keep vectors; one that is kept already stays, for the same text makes the same vector."""
    if not made:
        return
    insert = insert_of(connection.dialect.name)
    connection.execute(
        insert(vectors).on_conflict_do_nothing(),
        [
            {"text_hash": text_hash, "fingerprint": fingerprint, "vector": vector}
            for text_hash, vector in made
        ],
    )


def load(connection: sa.Connection, fingerprint: str, hashes: Iterable[str]) -> dict[str, bytes]:
    """Return the vectors of this encoder that are kept, by hash; never those of another one."""
    found: dict[str, bytes] = {}
    for some in _some(hashes):
        query = sa.select(vectors.c.text_hash, vectors.c.vector).where(
            vectors.c.fingerprint == fingerprint, vectors.c.text_hash.in_(some)
        )
        found.update((text_hash, vector) for text_hash, vector in connection.execute(query))
    return found


def prune(connection: sa.Connection, keep: Mapping[str, Collection[str]]) -> int:
    """Remove every vector but those in ``keep`` (fingerprint to hashes); returns how many went."""
    pairs = connection.execute(sa.select(vectors.c.fingerprint, vectors.c.text_hash)).all()
    gone: dict[str, list[str]] = {}
    wanted = {fingerprint: frozenset(hashes) for fingerprint, hashes in keep.items()}
    for fingerprint, text_hash in pairs:
        if text_hash not in wanted.get(fingerprint, frozenset()):
            gone.setdefault(fingerprint, []).append(text_hash)
    for fingerprint, hashes in gone.items():
        for some in _some(hashes):
            connection.execute(
                sa.delete(vectors).where(
                    vectors.c.fingerprint == fingerprint, vectors.c.text_hash.in_(some)
                )
            )
    return sum(map(len, gone.values()))


def count(connection: sa.Connection) -> dict[str, int]:
    """Return how many vectors are kept of each encoder."""
    query = sa.select(vectors.c.fingerprint, sa.func.count()).group_by(vectors.c.fingerprint)
    return {row.fingerprint: row[1] for row in connection.execute(query)}


def _some(hashes: Iterable[str]) -> Iterator[list[str]]:
    each = sorted(set(hashes))
    for start in range(0, len(each), _AT_ONCE):
        yield each[start : start + _AT_ONCE]
