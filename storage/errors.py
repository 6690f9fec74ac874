"""The few errors people see: each says in one line what happened and what to do.

BridgesError
 ├── BadInput              what was handed over cannot be used
 ├── BadField              one field of a record cannot be used (exchange turns it to a Problem)
 ├── BadSetting            a BRIDGES_ variable or a line of bridges.toml is wrong
 ├── NotFound              no such call, partnership, source...
 ├── Busy                  another program is at the same work
 └── DatabaseUnavailable   locked, full, unreadable, not a database
      └── NewerDatabase    written by a later release
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# The names say what happened, as the messages do: no "Error" at their end (N818).

_SHOWN = 60
"""Longer values are cut in messages, so that an error stays one readable line."""

_FEW = 30
"""As many names as a message may tell: the sources, or a project's partnerships."""


class BridgesError(Exception):
    """Base of every error whose text is one line for people."""


class BadInput(BridgesError):  # noqa: N818
    """Raised when a file, an argument or a record cannot be used at all."""


class BadField(BridgesError):  # noqa: N818
    """Raised by the readers of the exchange formats when one field is not as it must be."""

    def __init__(self, field: str, expected: str, got: object) -> None:
        self.field = field
        self.expected = expected
        self.got = got if isinstance(got, Shown) else shown(got)
        super().__init__(f"{field}: expected {expected}, got {self.got}")


class BadSetting(BridgesError):  # noqa: N818
    """Raised by ``storage.settings`` for a wrong value or an unknown name."""


class CannotWrite(BridgesError):  # noqa: N818
    """Raised when a file cannot be written: the disk is full, the folder is not ours."""


class Busy(BridgesError):  # noqa: N818
    """Raised by ``storage.claim`` when another program is at the same work."""


class DatabaseUnavailable(BridgesError):  # noqa: N818
    """Raised when the database cannot be opened, read or written."""


class NewerDatabase(DatabaseUnavailable):
    """Raised by ``storage.database`` when a later release has written the database."""


class NotFound(BridgesError):  # noqa: N818
    """Raised when something asked for by name does not exist; ``nearest`` are names that do.

    ``every`` are all there are: told when none is near and they are few.
    """

    def __init__(
        self, kind: str, asked: str, nearest: Sequence[str] = (), *, every: Sequence[str] = ()
    ) -> None:
        self.kind = kind
        self.asked = asked
        self.nearest = list(nearest)
        hint = f"; nearest: {', '.join(self.nearest)}" if self.nearest else ""
        if not self.nearest and 0 < len(every) <= _FEW:
            hint = f"; one of: {', '.join(every)}"
        super().__init__(f"no {kind} {shown(asked)}{hint}")

    @classmethod
    def among(cls, kind: str, asked: str, known: Sequence[str]) -> NotFound:
        """Nothing of ``known``, which are all there are, is called ``asked``."""
        return cls(kind, asked, nearest(asked, known), every=known)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in an imported file; ``line`` 0 means the file as a whole."""

    file: str
    line: int
    field: str
    expected: str
    got: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        field = f" {self.field}:" if self.field else ""
        return f"{where}:{field} expected {self.expected}, got {self.got}"


class Shown(str):
    """Text that is already fit to be shown in a message."""

    __slots__ = ()


def shown(value: object) -> Shown:
    """Return ``value`` on one line: cut when long, escaped, in quotes when it is text."""
    text = value if isinstance(value, str) else repr(value)
    cut = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    line = "".join(c if c.isprintable() else repr(c)[1:-1] for c in cut)
    return Shown(f"'{line}'" if isinstance(value, str) else line)


def nearest(asked: str, names: Iterable[str], limit: int = 3) -> list[str]:
    """Return up to ``limit`` of ``names`` that look like ``asked``, best first, any case."""
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(name.casefold(), name)
    found = difflib.get_close_matches(asked.casefold(), folded, n=limit, cutoff=0.6)
    return [folded[name] for name in found]
