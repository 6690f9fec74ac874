"""Whose doing a difference in the texts of files is: a table of what can happen to them."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.documents.causes import corrected, lost
from crawler.raw import RawCall

HOST = "https://funding.example.eu"


def entry(name: str, text: str = "1", file: str = "f1", extractor: str = "e1") -> dict[str, Any]:
    return {
        "url": f"{HOST}/{name}.pdf",
        "title": "Guidelines",
        "mark": text,
        "sha256": file,
        "extractor": extractor,
        "pages": [{"page": 1, "text": f"text {text}"}],
    }


def call(links: str, *entries: dict[str, Any]) -> RawCall:
    """A call that links the files named by the letters of ``links`` and has these texts."""
    documents = [{"url": f"{HOST}/{name}.pdf", "title": "Guidelines"} for name in links]
    words: dict[str, Any] = {"documents": documents, "description": "About"}
    if entries:
        words["attached"] = list(entries)
    return RawCall("agency", "a", "Call a", words=words)


NOTHING = None
A, B = entry("a"), entry("b")


@pytest.mark.parametrize(
    ("stored", "item", "ours"),
    [
        (call("a"), call("a"), NOTHING),
        (call("a"), call("a", A), [A]),
        (call("a"), call("b", B), [B]),
        (call("a", A), call("a", A), NOTHING),
        (call("a", A), call("a", entry("a", "2", "f2")), NOTHING),
        (call("a", A), call("a", entry("a", "2", "f1")), [entry("a", "2", "f1")]),
        (call("a", A), call("a", entry("a", "2", "f1", "e2")), [entry("a", "2", "f1", "e2")]),
        (call("a", A), call("a", entry("a", "2", "f2", "e2")), [entry("a", "2", "f2", "e2")]),
        (call("a", A), call("a", entry("a", "1", "f2", "e2")), NOTHING),
        (call("a", A), call("b", B), NOTHING),
        (call("a", A), call("ab", A, B), NOTHING),
        (call("ab", A), call("ab", A, B), [A, B]),
        (call("ab", A), call("ab", entry("a", "2", "f2"), B), [A, B]),
        (call("a", A), call("a"), NOTHING),
        (call("a", A), call(""), NOTHING),
    ],
    ids=[
        "nothing read",
        "read for the first time",
        "another file, and none ever read",
        "as before",
        "another file at the same address",
        "the same file, read better",
        "the same file, another extractor",
        "another file and another extractor: not to be told apart",
        "another file with the same text",
        "a file in place of one that was read",
        "a file beside one that was read",
        "a file linked before, read only now",
        "one changed there, one read only now",
        "a text that is gone",
        "a link that is gone",
    ],
)
def test_whose_doing_it_is(
    stored: RawCall, item: RawCall, ours: list[dict[str, Any]] | None
) -> None:
    found = corrected(stored, item)
    if ours is None:
        assert found is None
    else:
        assert found is not None
        assert found.words == stored.words | {"attached": ours}
        assert found.title == stored.title


def test_the_stored_words_are_left_as_they_are() -> None:
    stored = call("a")
    corrected(stored, call("a", A))
    assert stored == call("a")


def test_a_file_is_lost_when_its_text_is_not_there_any_more() -> None:
    assert lost(call("a", A), call("b"))
    assert lost(call("ab", A, B), call("ab", A))
    assert not lost(call("a", A), call("a", A))
    assert not lost(call("a"), call("b"))


def test_texts_count_by_their_marks_in_the_digest_of_a_call() -> None:
    light = {name: value for name, value in A.items() if name != "pages"}
    assert call("a", A).digest() == call("a", light).digest()
    assert call("a", A).digest() != call("a", entry("a", "2")).digest()
    assert call("a", A).digest() != call("a").digest()
    assert call("a", A).digest() == call("a", entry("a", "1", "f2", "e2")).digest()
