"""The child process that makes vectors: started, listened to, and ended when it does not answer.

It knows nothing of the database: it gets texts and gives vectors back batch by batch, so it can be
killed at any moment and nothing is half done.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from types import TracebackType
from typing import IO, Any, Self

import numpy as np

from classifier.embedding import LITTLE_ENDIAN, EmbeddingFailed, Made
from classifier.models import Model, ModelUnavailable

CHILD = (sys.executable, "-m", "classifier.embedding")
"""What the child process runs."""

SILENCE = 300
"""Seconds without a sign of life after which the child is killed; to load a model takes ten."""

LEAVING = 10
"""Seconds the child may take to leave when its input is closed."""


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
                    flat = np.frombuffer(base64.b64decode(event["data"]), dtype=LITTLE_ENDIAN)
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
