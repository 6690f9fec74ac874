"""Calls as an Atom feed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from desk import wording
from desk.text import line, shorten
from desk.web_address import web_address
from storage.domain import Call
from storage.status import status

ATOM = "http://www.w3.org/2005/Atom"
_HOUSE = uuid.UUID("6f0b2d0e-8a54-5a8e-9d0f-3b1f5f1c7a11")
"""Where the ids of feeds and entries come from: the same call has the same id in every feed."""


def to_atom(
    calls: Iterable[Call], changed: Mapping[str, datetime], now: datetime, title: str, question: str
) -> bytes:
    """Return a feed; ``changed`` says when each call last changed, ``question`` names the feed."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(_name("feed"))
    _add(feed, "title", title)
    _add(feed, "id", _id(f"feed\n{question}"))
    updated = _add(feed, "updated", "")
    _add(_add(feed, "author"), "name", "Bridges of Trust")
    newest: datetime | None = None
    for call in calls:
        moment = changed.get(call.id) or call.first_seen or now
        newest = max(newest or moment, moment)
        _entry(feed, call, moment, now)
    updated.text = _stamp(newest or now)
    ET.indent(feed)
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _entry(feed: ET.Element, call: Call, moment: datetime, now: datetime) -> None:
    entry = _add(feed, "entry")
    _add(entry, "title", line(call.title))
    _add(entry, "id", _id(f"call\n{call.id}"))
    _add(entry, "updated", _stamp(moment))
    if call.first_seen:
        _add(entry, "published", _stamp(call.first_seen))
    if url := web_address(call.url):
        _add(entry, "link", rel="alternate", href=url)
    if call.programme and call.programme.code:
        name = line(call.programme.name) or line(call.programme.code)
        _add(entry, "category", term=line(call.programme.code), label=name)
    _add(entry, "summary", "\n".join(_lines(call, now)), type="text")


def _lines(call: Call, now: datetime) -> Iterable[str]:
    yield f"{status(call, now).value.capitalize()}."
    for deadline in call.deadlines:
        label = wording.label(deadline)
        clock = wording.clock(deadline)
        yield (
            f"Deadline{f' ({label})' if label else ''}: {wording.when(deadline)}"
            f"{f', {clock}' if clock else ''}."
        )
    if funding := wording.money_at_a_glance(call):
        yield f"Grant: {funding}."
    if text := shorten(call.summary or call.description, 400):
        yield text
    yield f"Name: {line(call.id)}"


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, _name(name), attributes)
    made.text = text
    return made


def _name(name: str) -> str:
    return f"{{{ATOM}}}{name}"


def _id(name: str) -> str:
    return f"urn:uuid:{uuid.uuid5(_HOUSE, name)}"


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
