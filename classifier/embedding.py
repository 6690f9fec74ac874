"""Vectors of texts: made once, kept, and loaded again.

``python -m classifier.embedding`` is the process that makes them (``classifier.child`` starts it).
"""

from __future__ import annotations

import base64
import contextlib
import json
import resource
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import sqlalchemy as sa

from classifier.encoders import Encoder, Vectors, at_once, load
from classifier.models import Kind, Model
from classifier.texts import text_hash
from storage import vectors
from storage.errors import BridgesError

MEMORY = 3 << 30
"""Bytes of memory of its own at which the child fails instead of the machine."""

ORDER = 1024
"""Texts handed to the child at once."""

ODD = 5000
"""Vectors that may lie about unused."""

LITTLE_ENDIAN = np.dtype("<f4")

Progress = Callable[[int, int], None]
"""Told how many vectors are made, of how many."""

Made = Iterator[tuple[Sequence[int], Vectors]]
"""Vectors of some of the texts, with the positions of these texts."""


class EmbeddingFailed(BridgesError):  # noqa: N818 - the name says what happened, as messages do
    """Raised when the child process ended before its vectors were made; those made are kept."""


class Embedder(Protocol):
    """Whoever turns texts into vectors for us: the child process, in tests an encoder at hand."""

    def encode(self, model: Model, texts: Sequence[str], *, query: bool) -> Made:
        """Yield the vectors of ``texts`` as they are made."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Texts whose vectors by ``model`` are needed, as interests (``query``) or as calls."""

    model: Model
    texts: Sequence[str]
    query: bool = False

    def hashes(self) -> list[str]:
        return [text_hash(text, query=self.query) for text in self.texts]


def embed_missing(
    engine: sa.Engine,
    wanted: Iterable[Wanted],
    embedder: Embedder,
    on_progress: Progress | None = None,
) -> int:
    """Make the vectors that are not kept yet, keep each batch at once; returns how many.

    Interrupted, it goes on where it was. Raises ModelUnavailable and EmbeddingFailed.
    """
    orders = [(one, missing) for one in wanted if (missing := _missing(engine, one))]
    total, done = sum(len(missing) for _, missing in orders), 0
    for one, missing in orders:
        names = sorted(missing, key=lambda name: len(missing[name]))  # of one length: no padding
        for start in range(0, len(names), ORDER):
            some = names[start : start + ORDER]
            texts = [missing[name] for name in some]
            for places, made in embedder.encode(one.model, texts, query=one.query):
                names_made = (some[place] for place in places)
                rows = list(zip(names_made, map(to_bytes, made), strict=True))
                with engine.begin() as connection:
                    vectors.put(connection, one.model.fingerprint, rows)
                done += len(rows)
                if on_progress:
                    on_progress(done, total)
    return done


def _missing(engine: sa.Engine, wanted: Wanted) -> dict[str, str]:
    """The texts without a vector, by their hash."""
    texts = dict(zip(wanted.hashes(), wanted.texts, strict=True))
    with engine.connect() as connection:
        known = vectors.have(connection, wanted.model.fingerprint, texts)
    return {name: text for name, text in texts.items() if name not in known}


def load_vectors(connection: sa.Connection, wanted: Wanted) -> Vectors:
    """Return the vectors of the texts, one row each.

    Raises EmbeddingFailed if one is missing, or of another length than the others.
    """
    names = wanted.hashes()
    kept = vectors.load(connection, wanted.model.fingerprint, names)
    if lost := len(set(names) - kept.keys()):
        raise EmbeddingFailed(f"{lost} vectors of the encoder {wanted.model.name} are missing")
    if not names:
        return np.zeros((0, 0), dtype=np.float32)
    sizes = {len(kept[name]) for name in names}
    if len(sizes) > 1 or min(sizes) % LITTLE_ENDIAN.itemsize:
        numbers = " and ".join(f"{size / LITTLE_ENDIAN.itemsize:g}" for size in sorted(sizes))
        raise EmbeddingFailed(
            f"vectors kept under the encoder {wanted.model.fingerprint} have {numbers} numbers, so"
            " they are not all its own: the database was written by something else. Restore a"
            " backup, or empty the table vectors; they are made again"
        )
    return np.stack([from_bytes(kept[name]) for name in names])


def prune_unused(engine: sa.Engine, wanted: Iterable[Wanted]) -> int:
    """Remove the vectors that are not among ``wanted``, once they are the larger part.

    Texts change and models are replaced; what they were is of no use. A few odd ones stay: they
    are cheap, and an explanation asked for twice should not be worked out twice.
    """
    keep: dict[str, set[str]] = {}
    for one in wanted:
        keep.setdefault(one.model.fingerprint, set()).update(one.hashes())
    with engine.begin() as connection:
        kept = sum(vectors.count(connection).values())
        if kept <= ODD + 2 * sum(map(len, keep.values())):
            return 0
        return vectors.prune(connection, keep)


def to_bytes(vector: Vectors) -> bytes:
    """Return a vector as it is kept, on every machine alike."""
    return vector.astype(LITTLE_ENDIAN).tobytes()


def from_bytes(kept: bytes) -> Vectors:
    """Return a kept vector."""
    return np.frombuffer(kept, dtype=LITTLE_ENDIAN).astype(np.float32)


class InProcess:
    """Encoders of this process, for small work and for tests."""

    def __init__(self, encoders: Mapping[str, Encoder]) -> None:
        self._encoders = encoders

    def encode(self, model: Model, texts: Sequence[str], *, query: bool) -> Made:
        encoder = self._encoders[model.fingerprint]
        size = at_once(model)
        for start in range(0, len(texts), size):
            some = texts[start : start + size]
            yield range(start, start + len(some)), encoder.encode(some, query=query)


def main() -> int:
    """Carry out orders from stdin until it is closed; tell vectors on stdout."""
    told, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no vector
    _limit_memory()
    encoders: dict[str, Encoder] = {}

    def tell(event: Mapping[str, Any]) -> None:
        told.write(json.dumps(event) + "\n")
        told.flush()

    for line in sys.stdin:
        order = json.loads(line)
        said = order["model"]
        model = Model(**said | {"kind": Kind(said["kind"]), "place": Path(said["place"])})
        try:
            if model.fingerprint not in encoders:
                encoders[model.fingerprint] = load(model)
            at_hand = InProcess(encoders)
            for places, made in at_hand.encode(model, order["texts"], query=order["query"]):
                data = base64.b64encode(made.astype(LITTLE_ENDIAN).tobytes()).decode("ascii")
                tell({"event": "vectors", "at": list(places), "data": data})
        except BridgesError as error:
            tell({"event": "failed", "reason": str(error)})
        else:
            tell({"event": "done"})
    return 0


def _limit_memory() -> None:
    """Let this process fail for want of memory before the machine does."""
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    allowed = MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most)
    with contextlib.suppress(OSError, ValueError):  # a system that knows no such limit
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, allowed))


if __name__ == "__main__":
    sys.exit(main())
