"""The bridge: vectors of the encoder of many languages, carried to where the English one puts them.

It is a ridge regression, fitted on texts that both encoders have read: sentences of calls in
English, and the descriptors of the themes, whose English side stands beside five other languages.
A vector is first moved by what its language alone adds to it (the mean difference of the
descriptors from the English ones), then by the matrix. The file is safetensors, which cannot run
code; beside the numbers it says which encoders it was fitted for, and it is refused for any other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.encoders import Vectors
from classifier.models import Model
from storage.errors import BridgesError

BUNDLED = "bridge.safetensors"
FORM = "1"
"""The form of the file; one of another form is refused."""

RIDGE = 0.3
"""How strongly the matrix is held back, in means of what the texts vary by."""

OTHER = "other"
"""The offset of a language that the descriptors do not speak: the mean of those they do."""

Floats = NDArray[np.float64]


class BridgeRefused(BridgesError):  # noqa: N818 - the name says what happened, as messages do
    """Raised for a bridge that is damaged, or was fitted for other encoders than those in use."""


@dataclass(frozen=True, slots=True, eq=False)
class RidgeBridge:
    """A fitted bridge from the encoder ``start`` to the encoder ``end`` (``Model.files``)."""

    start: str
    end: str
    start_middle: Vectors
    end_middle: Vectors
    matrix: Vectors
    offsets: Mapping[str, Vectors]
    card: Mapping[str, Any]

    def carry(self, vectors: Vectors, language: str = "en") -> Vectors:
        """Return vectors of length 1 in the space of ``end``; ``language`` is that of the texts."""
        if vectors.shape[-1] != len(self.matrix):
            raise BridgeRefused(
                f"the bridge takes vectors of {len(self.matrix)} numbers, got {vectors.shape[-1]}"
            )
        away = vectors - self.start_middle - self._offset(language)
        carried = away @ self.matrix + self.end_middle
        lengths = np.maximum(np.linalg.norm(carried, axis=-1, keepdims=True), 1e-9)
        found: Vectors = (carried / lengths).astype(np.float32)
        return found

    def _offset(self, language: str) -> Vectors:
        base = language.casefold().replace("_", "-").split("-")[0]
        if base == "en":
            return np.zeros_like(self.start_middle)
        return self.offsets.get(base, self.offsets[OTHER])

    def between(self, start: Model, end: Model) -> RidgeBridge:
        """Return itself. Raises BridgeRefused when it was fitted for other encoders."""
        for given, fitted in ((start, self.start), (end, self.end)):
            if given.files != fitted:
                raise BridgeRefused(
                    f"the bridge was fitted for the encoder {fitted}, not for {given.files};"
                    " fit one for yours: python -m classifier train-bridge"
                )
        return self


def fit(  # noqa: PLR0913 - two sides of two kinds of texts
    sentences: tuple[Vectors, Vectors],
    parallel: tuple[Vectors, Vectors],
    languages: Sequence[str],
    *,
    start: str,
    end: str,
    card: Mapping[str, Any],
    ridge: float = RIDGE,
) -> RidgeBridge:
    """Fit a bridge on pairs of vectors (start, end).

    ``parallel`` are vectors of the start encoder for descriptors in ``languages``, and of the end
    encoder for their English side.
    """
    said = np.array(languages)
    offsets = language_offsets(parallel[0], said)
    moved = np.stack(
        [row - offsets.get(one, 0) for row, one in zip(parallel[0], languages, strict=True)]
    )
    left = np.vstack([sentences[0], moved]).astype(np.float64)
    right = np.vstack([sentences[1], parallel[1]]).astype(np.float64)
    start_middle, end_middle = left.mean(0), right.mean(0)
    x, y = left - start_middle, right - end_middle
    own = x.T @ x
    held = ridge * np.trace(own) / len(own)
    matrix = np.linalg.solve(own + held * np.eye(len(own)), x.T @ y)
    return RidgeBridge(
        start,
        end,
        start_middle.astype(np.float32),
        end_middle.astype(np.float32),
        matrix.astype(np.float32),
        offsets,
        dict(card),
    )


def language_offsets(vectors: Vectors, languages: NDArray[np.str_]) -> dict[str, Vectors]:
    """Return what each language adds to a vector, as the mean difference from English."""
    english = vectors[languages == "en"].mean(0)
    found = {
        str(one): (vectors[languages == one].mean(0) - english).astype(np.float32)
        for one in sorted(set(languages.tolist()) - {"en"})
    }
    found[OTHER] = np.mean(list(found.values()), axis=0).astype(np.float32)
    return found


def save(bridge: RidgeBridge, path: Path) -> None:
    """Write a bridge; the matrix in numbers of 16 bits, of which it needs no more."""
    from safetensors.numpy import save_file  # noqa: PLC0415 - seldom needed

    tensors: dict[str, NDArray[Any]] = {
        "start_middle": bridge.start_middle,
        "end_middle": bridge.end_middle,
        "matrix": bridge.matrix.astype(np.float16),
        **{f"offset.{language}": each for language, each in bridge.offsets.items()},
    }
    said = {
        "form": FORM,
        "start": bridge.start,
        "end": bridge.end,
        "card": json.dumps(bridge.card, ensure_ascii=False, sort_keys=True),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path, metadata=said)
    path.chmod(0o644)  # others may read it; the library lets only its owner


def read(path: Path) -> RidgeBridge:
    """Return the bridge of a file. Raises BridgeRefused."""
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415 - seldom needed

    try:
        with safe_open(path, framework="numpy") as opened:
            said = opened.metadata() or {}
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
        if said.get("form") != FORM:
            raise BridgeRefused(f"{path.name} is no bridge of this form; fit it again")
        matrix = tensors["matrix"].astype(np.float32)
        bridge = RidgeBridge(
            said["start"],
            said["end"],
            tensors["start_middle"],
            tensors["end_middle"],
            matrix,
            {
                name.partition(".")[2]: each
                for name, each in tensors.items()
                if name.startswith("offset.")
            },
            json.loads(said["card"]),
        )
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise BridgeRefused(f"the bridge {path.name} cannot be read: {error}") from error
    sizes = {len(bridge.start_middle), *(len(one) for one in bridge.offsets.values())}
    whole = bridge.matrix.ndim == 2 and OTHER in bridge.offsets  # noqa: PLR2004
    if not whole or sizes != {len(matrix)} or matrix.shape[1] != len(bridge.end_middle):
        raise BridgeRefused(f"the bridge {path.name} is damaged: its parts do not fit together")
    if not all(np.isfinite(each).all() for each in tensors.values()):
        raise BridgeRefused(f"the bridge {path.name} is damaged: it holds no numbers")
    return bridge


@cache
def bundled() -> RidgeBridge:
    """Return the bridge that comes with the program. Raises BridgeRefused."""
    return read(Path(str(files("classifier").joinpath(BUNDLED))))


def bridge_between(start: Model, end: Model) -> RidgeBridge | None:
    """Return the bridge that comes with the program if it was fitted for these encoders."""
    bridge = bundled()
    fits = (bridge.start, bridge.end) == (start.files, end.files)
    return bridge if fits else None
