"""Text that strangers wrote cannot steer a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.text import line, paragraphs, plain, shorten
from desk.web_address import web_address


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;https://bad.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jcleared", "2Jcleared"),
        ("a\rb", "a b"),
        ("a\x08\x08b", "ab"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("half \ud800 character", "half character"),
        ("line\u2028end", "line end"),
        ("bell\a", "bell"),
        ("[bold]no markup[/bold]", "[bold]no markup[/bold]"),
        ("Тростянець\u00a0– Люблін", "Тростянець – Люблін"),
    ],
)
def test_control_characters_leave(hostile: str, shown: str) -> None:
    assert line(hostile) == shown


@given(st.text())
def test_what_is_shown_is_one_clean_line(hostile: str) -> None:
    shown = line(hostile)
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs"}]
    assert line(shown) == shown


@given(st.text(), st.integers(min_value=2, max_value=50))
def test_a_shortened_text_fits(text: str, length: int) -> None:
    assert len(shorten(text, length)) <= length


def test_a_text_is_cut_between_words() -> None:
    assert shorten("one two three four", 12) == "one two…"
    assert shorten("short", 12) == "short"
    assert shorten("indivisible-name", 5) == "indi…"


def test_paragraphs_keep_their_breaks_and_lose_empty_ones() -> None:
    assert paragraphs("one\r\n\r\n two \n\x1b[0m\nthree") == ["one", "two", "three"]
    assert paragraphs(None) == []
    assert plain("a\tb") == "a b"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "file:///etc/passwd", "https://", "http://[bad", "", None, "//x.org/"],
)
def test_only_web_addresses_become_links(url: str | None) -> None:
    assert web_address(url) is None


def test_a_web_address_stays() -> None:
    assert web_address("https://funding.example.eu/a?b=1") == "https://funding.example.eu/a?b=1"
