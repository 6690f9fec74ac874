"""What is made of an imported record: what it leaves out is read from the text it brings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crawler.raw import RawCall
from crawler.reading import read
from crawler.reading.records import has_text, record_words, stated_in
from storage.domain import READABLE, Call, Reading
from storage.exchange import Understood


class RecordReader:
    """Our readers, as ``storage.exchange.import_calls`` asks them."""

    def understand(
        self, call: Call, said: frozenset[str], before: Mapping[str, Any] | None
    ) -> Understood | None:
        """Read what an imported ``call`` leaves out; None where there is nothing to read.

        ``said`` are the fields the line mentions, ``before`` the words kept of an earlier import.
        Of ``READABLE``, a field is left out if neither this line nor an earlier one stated it, and
        ours if we read it from the text then: it follows the text that is imported now.
        """
        stated = stated_in(before) if before else None
        if stated is None:
            stated = frozenset(name for name in READABLE if not _is_empty(call, name))
        stated |= READABLE & said
        if before is None and (stated == READABLE or not has_text(call)):
            return None
        raw = record_words(call, stated)
        reading = read(raw)
        found = any(not _is_empty(reading.call, name) for name in READABLE - stated)
        return Understood(reading, raw.to_json(), raw.digest(), found=found)

    def again(self, words: Mapping[str, Any]) -> Reading:
        """Read the words of an earlier import with the readers of today."""
        return read(RawCall.from_json(words))


def _is_empty(call: Call, name: str) -> bool:
    value = getattr(call, name)
    return not value or (name == "eligibility" and not (value.criteria or value.unread))
