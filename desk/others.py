"""The other records of an opportunity in words and as JSON: where else it stands, what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from desk import wording
from desk.text import line
from storage.domain import Call, Glance
from storage.leading import Record, disputes, leader
from storage.records import call_to_json


def beside_name(call: Call | Glance, others: Sequence[Record]) -> str:
    """``, also euroaccess, hromady (says Tue 5 Jan 2027)``; nothing for a call that is alone."""
    if not others:
        return ""
    disputed = {one.id for one in disputes(call, others)}
    said = [
        f"{line(one.source)} (says {_dates(one)})" if one.id in disputed else line(one.source)
        for one in others
    ]
    return f", also {', '.join(said)}"


def other_lines(call: Call, others: Sequence[Call]) -> Iterator[str]:
    """Each other record with the deadline it says, where that is another one."""
    first = leader([call, *others])
    if first.id != call.id:
        yield f"{line(first.id)} leads: it is the fuller or more official record"
    disputed = {one.id for one in disputes(call, others)}
    for one in others:
        if one.id in disputed:
            yield f"{line(one.id)}, which says {_dates(one)}"
        elif one.id != first.id:
            yield line(one.id)


def conflict(call: Call, others: Sequence[Call]) -> str:
    """What to do where records say different deadlines; empty where they agree."""
    if not disputes(call, others):
        return ""
    return "the sources do not agree: ask the publisher, and plan for the earlier date"


def others_json(call: Call, others: Sequence[Call]) -> list[dict[str, Any]]:
    """The other records, each with its deadlines and whether they are ``disputed``."""
    disputed = {one.id for one in disputes(call, others)}
    return [
        {
            "id": one.id,
            "url": one.url,
            "withdrawn": one.withdrawn,
            "deadlines": call_to_json(one)["deadlines"],
            "disputed": one.id in disputed,
        }
        for one in others
    ]


def _dates(call: Call | Glance) -> str:
    said = [
        wording.when(one) + (f" {wording.place(one.zone)} time" if one.time else "")
        for one in call.deadlines
    ]
    return wording.listed([line(one) for one in said[:3]]) + (" …" if len(said) > 3 else "")  # noqa: PLR2004
