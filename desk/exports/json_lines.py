"""Records as lines of JSON that are safe to print, and a call with what is true of it now."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from storage.domain import Call, Change
from storage.records import call_to_json, moment_to_json
from storage.status import status

# JSON escapes the control characters of ASCII only. Terminals obey some others as well, and marks
# of direction turn what follows; written as \u…, they mean the same to every reader of JSON.
_RISKY = re.compile("[\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def dumps(value: Any) -> str:
    """Return ``value`` as JSON on one line, in its own letters."""
    written = json.dumps(value, ensure_ascii=False)
    return _RISKY.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def call_now(call: Call, now: datetime) -> dict[str, Any]:
    """The fields of the exchange format, after the call's ``id`` and ``status`` at ``now``."""
    return {"id": call.id, "status": status(call, now).value, **call_to_json(call)}


def change_json(change: Change) -> dict[str, Any]:
    """Every field of a change."""
    return {
        "at": moment_to_json(change.at),
        "version": change.version,
        "cause": change.cause.value,
        "field": change.field,
        "old": change.old,
        "new": change.new,
    }
