"""What changed, in plain words."""

from __future__ import annotations

from typing import Any

import pytest

from desk.changes import events, said, told
from storage.domain import Cause, Change, Deadline, DeadlineKind, Funding
from storage.records import content_to_json
from tests.desk.making import NOW, call, single


def change(field: str, old: Any, new: Any, version: int = 2) -> Change:
    return Change(NOW, version, Cause.SOURCE, field, old, new)


def plainly(one: Change) -> str:
    return "".join(part.text for part in told(one))


def test_a_moved_deadline() -> None:
    old = content_to_json(call())["deadlines"]
    new = content_to_json(call(deadlines=(single(45),)))["deadlines"]
    assert plainly(change("deadlines", old, new)) == (
        "Tue 22 Dec 2026 17:00 Brussels → Wed 6 Jan 2027 17:00 Brussels"
    )


def test_every_content_field_can_be_said() -> None:
    full = call(
        funding=(Funding(total=1e6, max_grant=5e4),),
        deadlines=(Deadline(DeadlineKind.STAGE, "2027-05", sequence=1),),
        opens_on="2026-12-01",
        types_of_action=("Lump sum",),
    )
    words = {field: said(field, value) for field, value in content_to_json(full).items()}
    assert words["deadlines"] == "stage 1: May 2027"
    assert words["funding"] == "up to EUR 50,000 a grant, EUR 1 million in all"
    assert words["opens_on"] == "Tue 1 Dec 2026"
    assert words["programme"] == "CERV, Citizens, Equality, Rights and Values Programme"
    assert words["kind"] == "grant"
    assert words["url"] == ""


def test_from_nothing_and_to_nothing() -> None:
    assert plainly(change("summary", None, "New words")) == "nothing → New words"
    assert plainly(change("funding", [], None)) == "nothing → nothing"


def test_withdrawn_and_back() -> None:
    assert "withdrawn" in plainly(change("withdrawn", old=False, new=True))
    assert "back" in plainly(change("withdrawn", old=True, new=False))


def test_of_a_long_text_only_the_difference_is_shown() -> None:
    words = [f"word{number}" for number in range(300)]
    changed = [*words[:150], "three", *words[151:]]
    parts = told(change("description", " ".join(words), " ".join(changed)))
    assert [(part.mark, part.text) for part in parts if part.mark] == [
        ("-", "word150"),
        ("+", "three"),
    ]
    assert len("".join(part.text for part in parts)) < 200


def test_very_long_texts_are_only_counted() -> None:
    parts = told(change("description", "a " * 5000, "b " * 6000))
    assert "".join(part.text for part in parts) == "5,000 words before, 6,000 now"


def test_control_characters_do_not_come_along() -> None:
    assert "\x1b" not in plainly(change("title", "\x1b[31mold", "new\x1b]0;x\x07"))
    assert "\x1b" not in plainly(change("opportunity", "\x1b[31mold", {"odd": ["\x1b"]}))


def test_changes_of_one_moment_are_one_event() -> None:
    together = [change("title", "a", "b"), change("url", "c", "d"), change("title", "0", "a", 1)]
    assert [(event.version, len(event.changes)) for event in events(together)] == [(2, 2), (1, 1)]


@pytest.mark.parametrize("value", [None, [], "", {}])
def test_nothing_is_said_as_nothing(value: object) -> None:
    assert said("deadlines", value) == ""
