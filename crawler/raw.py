"""What a page said about one call, word for word, before anyone interprets it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(slots=True)
class RawCall:
    """The words of one call, as a spider collected them.

    ``reference`` names the call within ``source``; ``parent`` is another reference there.
    ``kind`` is a ``storage.domain.Kind`` value. ``reader`` names the entry of
    ``crawler.reading.READERS`` that understands ``words``; what ``words`` may hold is described
    there. ``partial`` marks a record the source gave only in part (an index stub): it proves that
    the call still exists, and says nothing else. ``provisional`` marks one whose own page did not
    come: a call not known yet is kept from it, and nothing is taken from one that is.
    """

    source: str
    reference: str
    title: str
    url: str | None = None
    parent: str | None = None
    language: str | None = None
    kind: str = "grant"
    reader: str = "prose"
    words: dict[str, Any] = field(default_factory=dict)
    partial: bool = False
    provisional: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, not copied; ``from_json`` gives the same RawCall back."""
        data = {one.name: getattr(self, one.name) for one in fields(self)}
        if not self.provisional:  # so that what was stored before there was such a mark is the same
            del data["provisional"]
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RawCall:
        return cls(**data)

    def digest(self) -> str:
        """A name for exactly these words: two RawCalls with one digest say the same.

        The texts of attached files count by their marks, so that they need not be there.
        """
        data = self.to_json()
        if attached := self.words.get("attached"):
            marks = [[entry["url"], entry["title"], entry["mark"]] for entry in attached]
            data["words"] = {**self.words, "attached": marks}
        text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
