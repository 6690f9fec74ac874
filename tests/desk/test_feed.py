"""The Atom feed, read back as XML."""

from __future__ import annotations

from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

from desk.exports.feed import to_atom
from storage.domain import Call
from tests.desk.making import NOW, call

ATOM = {"a": "http://www.w3.org/2005/Atom"}


def feed(*calls: Call, changed: dict[str, datetime] | None = None) -> ET.Element:
    written = to_atom(calls, changed or {}, NOW, "Open calls", "--status open")
    return ET.fromstring(written)  # noqa: S314  (written by ourselves)


def said(element: ET.Element, path: str) -> str:
    found = element.findtext(path, namespaces=ATOM)
    assert found is not None, path
    return found


def test_a_feed_has_what_readers_need() -> None:
    made = feed(call(url="https://funding.example.eu/7", first_seen=NOW - timedelta(days=2)))
    assert said(made, "a:title") == "Open calls"
    assert said(made, "a:author/a:name") == "Bridges of Trust"
    assert said(made, "a:id").startswith("urn:uuid:")
    assert said(made, "a:entry/a:title") == "Water for small towns"
    assert said(made, "a:entry/a:published") == "2026-11-20T10:00:00Z"
    assert said(made, "a:entry/a:updated") == "2026-11-20T10:00:00Z"
    assert "Tue 22 Dec 2026 17:00, Brussels time" in said(made, "a:entry/a:summary")
    link = made.find("a:entry/a:link", ATOM)
    assert link is not None
    assert link.attrib == {"rel": "alternate", "href": "https://funding.example.eu/7"}


def test_updated_is_the_last_change() -> None:
    changed = {"officer:2026-7": NOW - timedelta(hours=1)}
    made = feed(call(first_seen=NOW - timedelta(days=9)), changed=changed)
    assert said(made, "a:entry/a:updated") == "2026-11-22T09:00:00Z"
    assert said(made, "a:updated") == "2026-11-22T09:00:00Z"


def test_the_id_of_a_call_is_the_same_in_every_feed() -> None:
    one = said(feed(call(), call(reference="8")), "a:entry/a:id")
    other = ET.fromstring(  # noqa: S314
        to_atom([call(title="Renamed", version=3)], {}, NOW, "Other", "--country UA")
    )
    assert said(other, "a:entry/a:id") == one
    assert said(other, "a:id") != said(feed(), "a:id")


def test_hostile_text_is_only_text() -> None:
    made = feed(call(title="<script>&\x00\x0b\ufffe]]>", url="javascript:alert(1)", summary="<b>"))
    assert said(made, "a:entry/a:title") == "<script>& ]]>"
    assert made.find("a:entry/a:link", ATOM) is None
    assert not list(made.iter("script"))


def test_an_empty_feed_is_a_feed() -> None:
    assert said(feed(), "a:updated") == "2026-11-22T10:00:00Z"
