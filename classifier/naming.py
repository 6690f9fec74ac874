"""Which topic of the EU portal a page of another source is about, by the identifier it gives."""

from __future__ import annotations

from functools import lru_cache

from classifier.identifiers import (
    code_of_address,
    codes_in,
    labelled_codes,
    linked_codes,
    opening,
    places_of,
)
from storage.domain import Call


def named_code(call: Call) -> str:
    """The one identifier of the EU portal that a page gives a call, folded; "" without one."""
    documents = tuple(one.url for one in call.documents)
    return _named_code(call.url or "", call.title, opening(call), documents)


@lru_cache(maxsize=8192)
def _named_code(url: str, title: str, body: str, documents: tuple[str, ...]) -> str:
    linked = linked_codes(documents)
    for places in (
        [code_of_address(url)],
        labelled_codes(body, places_of(body)),
        codes_in(title),
        linked,
    ):
        if found := list(filter(None, dict.fromkeys(places))):
            return found[0] if len(found) == 1 else ""
    return ""
