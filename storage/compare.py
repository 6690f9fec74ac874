"""What differs between two readings of a call, apart from mere re-formatting."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from storage.domain import CONTENT_FIELDS, Call
from storage.records import content_to_json

Difference = tuple[str, Any, Any]
"""A field, its old and its new JSON value."""

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
"""Soft hyphens, zero-width and direction marks: they change nothing that a person reads."""

_LISTED = {"types_of_action", "deadlines", "funding", "documents"}
"""Lists whose order says nothing: a stage carries its number, a document its name."""


def differences(old: Call, new: Call) -> list[Difference]:
    """Return the content fields that differ, in the order of ``CONTENT_FIELDS``.

    White space, zero-width marks, compatible characters (NFKC), the order of lists, an empty text
    for an absent one, and the quoted ``words`` of deadlines, criteria and funding are no
    difference; seconds never come this far, because a deadline's time has none.
    """
    return content_differences(content_to_json(old), content_to_json(new))


def content_differences(old: dict[str, Any], new: dict[str, Any]) -> list[Difference]:
    """Do the same for two JSON contents, as ``storage.records`` writes them."""
    return [(f, old[f], new[f]) for f in CONTENT_FIELDS if not same(f, old[f], new[f])]


def same(field: str, old: Any, new: Any) -> bool:
    """Whether two JSON values of a content field say the same."""
    return bool(old == new) or _essence(field, old) == _essence(field, new)


def _essence(field: str, value: Any) -> Any:
    """Return what of ``value`` a change of would be news."""
    if field in _LISTED:
        return sorted(repr(_plain(item)) for item in value)
    if field == "eligibility":
        return [
            sorted(repr(_plain(item)) for item in value[part]) for part in ("criteria", "unread")
        ]
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", value))
        return " ".join(text.split()) or None
    if isinstance(value, dict):
        return {
            name: sorted(map(str, one)) if name == "values" else _plain(one)
            for name, one in sorted(value.items())
            if name != "words" and one is not None
        }
    return value
