"""Files of the exchange formats: read line by line without trust, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO

from storage.errors import CannotWrite, Problem

LONGEST_LINE = 4_500_000
"""Bytes; above every record that storage keeps, and far below what would fill the memory."""

LARGEST_FILE = 20_000_000
"""Bytes of a file that has to be read as a whole."""

_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class ImportReport:
    """What an import did; what has a problem was left out, everything else was kept.

    ``notes`` are no mistakes, but something the importer should know. ``read`` counts the calls
    whose text said what their record does not mention.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    read: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file, or the problem that keeps it from being read; ``end`` is in bytes."""

    number: int
    end: int
    text: str = ""
    problem: Problem | None = None


def lines(path: Path) -> Iterator[Line]:
    """Yield the lines of a UTF-8 file that are not blank; a file that cannot be read is a problem.

    A byte order mark at the start is no mistake of the writer's and is passed over.
    """
    try:
        with path.open("rb") as file:
            yield from _lines(file, str(path))
    except OSError as error:
        got = error.strerror or str(error)
        yield Line(0, 0, problem=Problem(str(path), 0, "", "a file that can be read", got))


def whole_text(path: Path) -> str | Problem:
    """Return the text of a UTF-8 file, or why it cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        return Problem(str(path), 0, "", "a file that can be read", error.strerror or str(error))
    if len(data) > LARGEST_FILE:
        return Problem(str(path), 0, "", f"a file of at most {LARGEST_FILE:,} bytes", "a larger")
    for number, line in enumerate(data.splitlines(keepends=True), start=1):
        if problem := _not_text(line, str(path), number):
            return problem
    return data.removeprefix(_BOM).decode("utf-8")


def _lines(file: BinaryIO, name: str) -> Iterator[Line]:
    number = end = 0
    while data := file.readline(LONGEST_LINE + 1):
        number += 1
        length = len(data)
        if length > LONGEST_LINE:
            while not data.endswith(b"\n") and (data := file.readline(LONGEST_LINE)):
                length += len(data)
            got = f"{length:,} bytes"
            wrong = Problem(name, number, "", f"a line of at most {LONGEST_LINE:,} bytes", got)
            end += length
            yield Line(number, end, problem=wrong)
            continue
        end += length
        if number == 1:
            data = data.removeprefix(_BOM)
        if problem := _not_text(data, name, number):
            yield Line(number, end, problem=problem)
        elif data.strip():
            yield Line(number, end, data.decode("utf-8"))


def _not_text(data: bytes, name: str, number: int) -> Problem | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Problem(name, number, "", "UTF-8", "UTF-16")
    if b"\0" in data:
        column = data.index(b"\0") + 1
        return Problem(name, number, "", "text without NUL characters", f"NUL at byte {column}")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        got = f"byte 0x{data[error.start]:02x} at byte {error.start + 1}"
        return Problem(name, number, "", "UTF-8", got)
    return None


@contextlib.contextmanager
def written_whole(path: Path, *, private: bool = False) -> Iterator[IO[str]]:
    """Open ``path`` for UTF-8 text that appears there only once all of it is on the disk.

    ``private`` lets only its owner read it. CannotWrite when the disk or the folder refuses.
    """
    with replaced(path, private=private) as draft, draft.open("w", encoding="utf-8") as file:
        yield file


@contextlib.contextmanager
def replaced(path: Path, *, private: bool = False) -> Iterator[Path]:
    """Give a draft beside ``path`` to write to; it takes its place if all goes well."""
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            yield path  # a pipe or a device has no folder of its own to take a place in
            return
        path = path.resolve()
        draft = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            mode = 0o600 if private else 0o666
            os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode))
            yield draft
            sync(draft)
            draft.replace(path)
            sync(path.parent)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        why = error.strerror or str(error)
        raise CannotWrite(f"{path} cannot be written ({why}); nothing was changed") from error


def sync(path: Path) -> None:
    """Make sure that what was written to a file or folder has reached the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
