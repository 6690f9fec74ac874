"""What a check of the doctor says: how a thing is, and what to do if it is not well."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a thing is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor: what was looked at, how it is, and what to do if not well."""

    about: str
    state: State
    said: str
    do: str = ""
