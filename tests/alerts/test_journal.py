"""The log of the scheduler: one line an event, and nobody's address in it."""

from __future__ import annotations

import json
import logging

import pytest

from alerts.journal import JsonLines, Text, without_addresses


@pytest.mark.parametrize(
    "said",
    [
        "550 <olena@verbove.example.org> unknown",
        "to=olena@verbove.example.org, relay=mx",
        '"Olena O" olena@verbove.example.org: 4.2.2 full',
        "олена@громада.example.укр is no mailbox",
        "olena+calls@verbove.example.org;marta@x.example",
    ],
)
def test_no_address_is_left(said: str) -> None:
    left = without_addresses(said)
    assert "@" not in left
    assert "(an address)" in left


def test_what_has_no_address_is_left_alone() -> None:
    said = (
        "letter 7: retry: the server said: 451 4.7.1 greylisted, see https://mx.example.org/a?b=c"
    )
    assert without_addresses(said) == said


def test_a_line_of_json_holds_the_event_and_its_figures() -> None:
    try:
        int("olena@verbove.example.org\nis not\nwhat it was")
    except ValueError as error:
        record = logging.getLogger("alerts.x").makeRecord(
            "alerts.x", logging.ERROR, "f", 1, "letter to %s\nfailed", ("a@b.example",),
            (type(error), error, error.__traceback__), extra={"source": "eu_portal", "items": 7},
        )  # fmt: skip
    line = JsonLines().format(record)
    assert "\n" not in line
    told = json.loads(line)
    assert told["said"] == "letter to (an address) failed"
    assert (told["level"], told["from"], told["source"], told["items"]) == (
        "error", "alerts.x", "eu_portal", 7,
    )  # fmt: skip
    assert "@" not in line
    first, *trace = Text().format(record).splitlines()
    assert first.endswith("error   letter to (an address) failed (source=eu_portal items=7)")
    assert trace
    assert "@verbove" not in "".join(trace)
