"""Vectors of texts: made once in a child process with limits, kept, and loaded again.

``python -m classifier.embedding`` is that child. It knows nothing of the database: it gets texts
and gives vectors back batch by batch, so it can be killed at any moment and nothing is half done.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self

import numpy as np
import sqlalchemy as sa

from classifier.encoders import BATCH, Encoder, Vectors, load
from classifier.models import Kind, Model, ModelUnavailable
from classifier.texts import text_hash
from storage import vectors
from storage.errors import BridgesError

CHILD = (sys.executable, "-m", "classifier.embedding")
"""What the child process runs."""

SILENCE = 300
"""Seconds without a sign of life after which the child is killed; to load a model takes ten."""

LEAVING = 10
"""Seconds the child may take to leave when its input is closed."""

MEMORY = 3 << 30
"""Bytes of memory of its own at which the child fails instead of the machine."""

ORDER = 1024
"""Texts handed to the child at once."""

_LITTLE_ENDIAN = np.dtype("<f4")

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
    """Return the vectors of the texts, one row each. Raises EmbeddingFailed if one is missing."""
    names = wanted.hashes()
    kept = vectors.load(connection, wanted.model.fingerprint, names)
    if lost := len(set(names) - kept.keys()):
        raise EmbeddingFailed(f"{lost} vectors of the encoder {wanted.model.name} are missing")
    if not names:
        return np.zeros((0, 0), dtype=np.float32)
    return np.stack([from_bytes(kept[name]) for name in names])


def to_bytes(vector: Vectors) -> bytes:
    """Return a vector as it is kept, on every machine alike."""
    return vector.astype(_LITTLE_ENDIAN).tobytes()


def from_bytes(kept: bytes) -> Vectors:
    """Return a kept vector."""
    return np.frombuffer(kept, dtype=_LITTLE_ENDIAN).astype(np.float32)


class InProcess:
    """Encoders of this process, for small work and for tests."""

    def __init__(self, encoders: Mapping[str, Encoder]) -> None:
        self._encoders = encoders

    def encode(self, model: Model, texts: Sequence[str], *, query: bool) -> Made:
        encoder = self._encoders[model.fingerprint]
        for start in range(0, len(texts), BATCH):
            some = texts[start : start + BATCH]
            yield range(start, start + len(some)), encoder.encode(some, query=query)


class ChildProcess:
    """The child process: started when first needed, ended when the ``with`` block is left."""

    def __init__(self, silence: float = SILENCE) -> None:
        self._child: subprocess.Popen[str] | None = None
        self._errors: IO[bytes] | None = None
        self._silence = silence

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._child is not None:
            self._end(self._child, at_once=error is not None)

    def encode(self, model: Model, texts: Sequence[str], *, query: bool) -> Made:
        """Yield the vectors as the child makes them.

        Raises ModelUnavailable for what is wrong with the model, EmbeddingFailed for a child that
        crashed, was killed or gave no sign of life.
        """
        child = self._child or self._start()
        order = {"model": asdict(model) | {"place": str(model.place)}, "query": query}
        answered = False
        try:
            for event in self._events(child, order | {"texts": list(texts)}):
                if event["event"] == "vectors":
                    flat = np.frombuffer(base64.b64decode(event["data"]), dtype=_LITTLE_ENDIAN)
                    yield event["at"], flat.reshape(len(event["at"]), -1).astype(np.float32)
                    continue
                answered = True
                if event["event"] == "failed":
                    raise ModelUnavailable(str(event["reason"]))
                return
            raise EmbeddingFailed(self._how_it_ended(child))
        finally:
            if not answered:  # dead, or still busy with what nobody waits for
                self._end(child, at_once=True)

    def _start(self) -> subprocess.Popen[str]:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the child)
        self._child = subprocess.Popen(  # noqa: S603  (our own module)
            CHILD,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
            encoding="utf-8",
            errors="replace",
        )
        return self._child

    def _events(
        self, child: subprocess.Popen[str], order: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        assert child.stdin is not None  # noqa: S101  (asked for)
        assert child.stdout is not None  # noqa: S101
        watch = self._watch(child)
        try:
            with contextlib.suppress(BrokenPipeError):  # it died, and its exit code says why
                child.stdin.write(json.dumps(order) + "\n")
                child.stdin.flush()
            for line in child.stdout:
                watch.cancel()
                yield json.loads(line)
                watch = self._watch(child)
        finally:
            watch.cancel()

    def _watch(self, child: subprocess.Popen[str]) -> threading.Timer:
        watch = threading.Timer(self._silence, self._kill, (child,))
        watch.daemon = True
        watch.start()
        return watch

    def _how_it_ended(self, child: subprocess.Popen[str]) -> str:
        code = child.wait()
        how = f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
        if code == -signal.SIGKILL:
            how += ": out of memory, or silent for too long"
        elif last := self._last_words():
            how += f": {last}"
        return f"the process that makes vectors ended early ({how}); those made are kept, try again"

    def _last_words(self) -> str:
        """What it said last on stderr: of a crash, the error."""
        if self._errors is None:
            return ""
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", "replace").split("\n")
        return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "")

    def _end(self, child: subprocess.Popen[str], *, at_once: bool) -> None:
        """Let the child leave by closing its input; kill it if nobody waits or it does not go."""
        if at_once:
            self._kill(child)
        for pipe in (child.stdin, child.stdout, self._errors):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        try:
            child.wait(LEAVING)
        except subprocess.TimeoutExpired:
            self._kill(child)
            child.wait()
        self._child = self._errors = None

    @staticmethod
    def _kill(child: subprocess.Popen[str]) -> None:
        with contextlib.suppress(ProcessLookupError):
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)


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
                data = base64.b64encode(made.astype(_LITTLE_ENDIAN).tobytes()).decode("ascii")
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
