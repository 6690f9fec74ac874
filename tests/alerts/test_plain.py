"""Words of strangers become one line that hides nothing and steers nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.plain import line, quotable, shorten, web_address


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Water\r\nBcc: x@example.org", "Water Bcc: x@example.org"),
        ("a\u2028b\x85c\td\x0be", "a b c d e"),
        ("\u202eabc\u202c", "abc"),
        ("half \ud800 a sign", "half a sign"),
        ("\ufeffword\uffff", "word"),
        ("e" + "\u0301" * 40, "e" + "\u0301" * 4),
        ("<b>kept & escaped later</b>", "<b>kept & escaped later</b>"),
        (None, ""),
    ],
)
def test_line(said: str | None, shown: str) -> None:
    assert line(said) == shown


@given(st.text())
def test_a_line_is_one_line_that_can_be_written(text: str) -> None:
    told = line(text)
    assert told == line(told)
    told.encode("utf-8")
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in told)


@given(st.text(), st.integers(2, 50))
def test_shortened_text_is_short(text: str, length: int) -> None:
    assert len(shorten(text, length)) <= length


@given(st.text())
def test_an_address_that_may_be_followed_is_a_web_address_in_one_piece(text: str) -> None:
    for url in (text, f"https://example.org/{text}"):
        found = web_address(url)
        assert found is None or (found.startswith(("http://", "https://")) and " " not in found)


@pytest.mark.parametrize(
    ("sentence", "quoted"),
    [
        ("Towns mend pipes.", "Towns mend pipes."),
        (
            "Any level. https://a.example/x https://b.example/y Buses run.",
            "Any level. … Buses run.",
        ),
        ("Research &amp; innovation &lt;5 years&gt;", "Research & innovation <5 years>"),
        ("https://a.example/only", "https://a.example/only"),
    ],
)
def test_a_quotation_is_of_words(sentence: str, quoted: str) -> None:
    assert quotable(sentence) == quoted
