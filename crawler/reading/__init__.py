"""From words to meaning: the readers that turn a RawCall into a Call, without input or output."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path

from crawler.raw import RawCall
from crawler.reading.portal import read_portal
from crawler.reading.prose import read_prose
from crawler.reading.records import RECORD, read_record
from storage.domain import Call, Reading

READERS: dict[str, Callable[[RawCall], tuple[Call, dict[str, str]]]] = {
    "portal": read_portal,
    "prose": read_prose,
    RECORD: read_record,
}
"""The readers by the name a RawCall asks for."""


def read(raw: RawCall) -> Reading:
    """What we understand of ``raw``. Raises KeyError for a reader that does not exist."""
    call, unreadable = READERS[raw.reader](raw)
    return Reading(call, fingerprint(), unreadable)


@cache
def fingerprint() -> str:
    """A name for the readers as they are now: it changes when their code or vocabulary does.

    Taken from the files themselves, so that nobody has to remember to count a version up. A
    change that changes no reading costs one pass over the stored words and tells nobody anything.
    """
    mark = hashlib.blake2b(digest_size=8)
    for library in ("beautifulsoup4", "lxml", "dateparser"):
        mark.update(f"{library} {version(library)}\n".encode())
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.suffix in (".py", ".yaml", ".json"):
            mark.update(path.name.encode() + b"\n" + path.read_bytes())
    return mark.hexdigest()
