"""What is read of HTML while it is parsed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.reading.pieces import one_spaced, pieces_of


@pytest.mark.parametrize(
    ("markup", "pieces"),
    [
        ("<p>One</p>two", [("\n", False), ("One", False), ("\n", False), ("two", False)]),
        ("<i>one\n  <b>two</b> three</i>", [(t, False) for t in ("one ", "two", " three")]),
        ("<i>open<b>still", [("open", False), ("still", False)]),
        ("<h2>Who <b>may</b>\n \n<i>apply</i></h2>", [("Who may\napply", True)]),
        ("<h2>Who<script>x()</script><!-- y --></h2>", [("Who", True)]),
        ("<h2>Never closed", [("Never closed", True)]),
        ("<b>a</b><!-- b --><script>c()</script><svg><b>d</b></svg>", [("a", False)]),
        ("<b>a</b></div></h2>b", [("a", False), ("b", False)]),
    ],
)
def test_texts_come_in_reading_order(markup: str, pieces: list[tuple[str, bool]]) -> None:
    assert pieces_of(markup).pieces == pieces


def test_cells_and_items_are_told_apart() -> None:
    row = pieces_of("<table><tr><td>a</td><td>b</td></tr></table><ul><li>c</li></ul>")
    text = "".join(piece for piece, _ in row.pieces)
    assert "a | b | " in text
    assert "\n- c" in text


def test_links_are_found_wherever_they_stand() -> None:
    markup = """<h2><a href="/one">One <b>of</b> two</a></h2><a name="here">not a link</a>
        <noscript><a href="/two">Two</a></noscript><a href="/three">never closed"""
    assert pieces_of(markup).links == [
        ("/one", ["One ", "of", " two"]),
        ("/two", ["Two"]),
        ("/three", ["never closed"]),
    ]


def test_two_readings_share_nothing() -> None:
    first, second = pieces_of("<p>a</p>"), pieces_of("<p>b</p>")
    assert ("b", False) in second.pieces
    assert ("b", False) not in first.pieces


@pytest.mark.parametrize(
    "before", ["<p>cut <b", "", "</p>", "<!-- open", "a\x00b", "<h2>One<script>"]
)
def test_what_was_read_before_leaves_no_trace(before: str) -> None:
    pieces_of(before)
    assert pieces_of("<h2>Two</h2><a href='/x'>three") == pieces_of(
        "<h2>Two</h2><a href='/x'>three"
    )
    assert pieces_of("<h2>Two</h2>three").pieces == [("Two", True), ("three", False)]


@settings(deadline=None)
@given(st.text("ab \n\t\r\x0b\x1c\x1f\x85\xa0\u2003\u200b", min_size=1))
def test_a_stretch_of_white_space_is_one_space(text: str) -> None:
    assert one_spaced(text) == re.sub(r"\s+", " ", text)
