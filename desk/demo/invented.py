"""What an invented call says, before it takes the shape of a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class BudgetLine:
    """One topic's line in the budget overview of its call; 0 means "not stated"."""

    topic: str
    action: str
    amounts: Mapping[str, int]  # by year
    opens: date
    days: tuple[str, ...]
    model: str = "single-stage"
    grants: int = 0
    least: int = 0
    most: int = 0


@dataclass(frozen=True)
class Topic:
    """A grant topic (type 1). ``dates`` are the deadlines as they are to be published."""

    identifier: str
    programme: str
    call: str
    call_title: str
    action: str  # "CERV-LS CERV Lump Sum Grants": its code, then its name
    title: str
    description: str
    conditions: str
    opens: date
    dates: tuple[str, ...]
    model: str | None = "single-stage"
    status: str = "open"
    budget: Sequence[BudgetLine] = ()
    destination: tuple[str, str] = ("", "")
    keywords: tuple[str, ...] = ()
    news: str = ""
    number: int = 0  # in the index; 0: one that belongs to the identifier


@dataclass(frozen=True)
class Cascade:
    """A call of a funded project (type 8); ``topic`` and ``topic_title`` are its parent's."""

    number: int
    title: str
    acronym: str
    project: str
    topic: str
    topic_title: str
    programme: str
    text: str
    further: str
    opens: date
    dates: tuple[str, ...]
    model: str | None = "single-stage"
    status: str = "open"
    budget: int = 0
    duration: str = ""


@dataclass(frozen=True)
class ExternalAction:
    """A call for proposals outside the Union (type 2): no description, only documents."""

    number: int
    identifier: str
    title: str
    opens: str
    dates: tuple[str, ...]
    status: str = "open"
    budget: int = 0
    documents: tuple[tuple[str, str], ...] = ()  # (type, name)
