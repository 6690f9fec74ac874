"""What a way for letters to leave has to do, and the plain one: into a folder as a file."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from alerts.mail import Envelope
from storage.errors import CannotWrite
from storage.files import replaced
from storage.letters import LetterState, Posted


class Fault(StrEnum):
    """Whose fault it is that a letter was not taken."""

    LETTER = "letter"  # of this letter or its recipient: the next may fare better
    LINE = "line"  # the connection broke in the middle of it
    SERVER = "server"  # nothing can be handed over now
    OURS = "ours"  # nothing will be taken until somebody changes something
    ENDING = "ending"  # nobody's: the program was told to end


@dataclass(frozen=True, slots=True)
class Fate:
    """How one try ended: the letter's new state, the server's words, and why it was not taken.

    ``stop`` when the next letter would fare no better now; always so where nothing can be handed
    over at all.
    """

    state: LetterState
    reply: str = ""
    reason: str = ""
    fault: Fault = Fault.LETTER
    stop: bool = False


class Transport(Protocol):
    """A way to deliver letters; used as a context, so that it can close what it opened.

    ``repeatable``: delivering a letter twice leaves one letter.
    """

    repeatable: bool

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def send(self, posted: Posted, envelope: Envelope, /) -> Fate: ...


class Folder:
    """Files named ``….eml`` that any mail program opens; each appears there whole or not at all."""

    repeatable = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing stays open."""

    def send(self, posted: Posted, envelope: Envelope, /) -> Fate:
        path = self.folder / file_name(posted)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with replaced(path, private=True) as draft:
                draft.write_bytes(envelope.content)
        except CannotWrite as error:
            return Fate(LetterState.RETRY, reason=str(error), fault=Fault.SERVER)
        except OSError as error:
            reason = f"{self.folder} cannot be used: {error.strerror or error}"
            return Fate(LetterState.RETRY, reason=reason, fault=Fault.SERVER)
        return Fate(LetterState.SENT, reply=str(path))


def file_name(posted: Posted) -> str:
    """Return the name of a letter's file: the same for every try, and no two letters alike."""
    who = re.sub(r"[^a-z0-9.]+", "-", posted.letter.address.casefold()).strip("-.")[:50]
    mark = hashlib.sha256(posted.key.encode("utf-8")).hexdigest()[:8]
    return f"{posted.created:%Y-%m-%d}-{posted.letter.kind}-{who}-{mark}.eml"
