"""Clean text: what people read must be what the source wrote, and nothing that hides in it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.reading.text import Html, clean, one_line


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("", ""),
        ("Plain words & <3", "Plain words & <3"),
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("<div><p>One</p>tail</div>", "One\ntail"),
        ("One<br>Two<br/>Three", "One\nTwo\nThree"),
        ("<ul><li>a</li><li><p>b</p></li></ul>", "- a\n- b"),
        ("<table><tr><th>Lot</th><td>1</td></tr><tr><td>x</td></tr></table>", "Lot | 1\nx"),
        ("towns\nand <b>villages</b>", "towns and villages"),
        ("<p>towns\n  and villages</p>", "towns and villages"),
        ("<p>8<sup>th</sup> April</p>", "8th April"),
        ("Water &amp; heat&nbsp;now", "Water & heat now"),
        ("<p>Water &amp;amp; heat</p>", "Water & heat"),
        ("<p>&lt;p&gt;twice &amp;amp; escaped&lt;/p&gt;&lt;p&gt;more&lt;/p&gt;</p>",
         "twice & escaped\nmore"),
        ("zero\u200bwidth\ufeff \u202ereversed\u202c", "zerowidth reversed"),
        ('<div class="eui-u-mt-l>"><h4>General</h4><p>body</p></div>', "General\nbody"),
        ('<div>"> General conditions', "General conditions"),
        ("<script>alert(1)</script><style>p{}</style><!-- note -->shown", "shown"),
        ('<span class="ql-ui" contenteditable="false"></span>shown', "shown"),
        ("<p>a town[[a municipality]] may apply</p>",
         "a town [1] may apply\n[1] a municipality"),
        ("<p>a town[[split</p><p>note]] may apply</p>", "a town [1] may apply\n[1] split note"),
        ("<p>open [[ never closed</p>", "open never closed"),
        ("nul\x00 and bell\x07", "nul and bell"),
        ("<p>unclosed <b>bold <i>both</p> after", "unclosed bold both\nafter"),
    ],
)  # fmt: skip
def test_clean(markup: str, text: str) -> None:
    assert clean(markup) == text


def test_a_cell_by_itself_has_no_bar() -> None:
    assert one_line('<td class="title">Interreg Poland-Saxony</td>') == "Interreg Poland-Saxony"
    assert one_line("<td> </td>") == ""
    assert one_line("<tr><td>Grants</td><td>Towns</td></tr>") == "Grants | Towns"


def test_a_title_is_one_line_without_its_footnote() -> None:
    assert one_line(" Heat &amp; power\n for  towns[[https://example.org/x]] ") == (
        "Heat & power for towns"
    )


def test_sections_follow_the_headings() -> None:
    page = Html(
        "<p>before</p><h4>2. Countries</h4><p>all &amp;amp; any</p><p>of them</p><h4>Empty</h4>"
    )
    assert page.sections() == [("", "before"), ("2. Countries", "all & any\nof them")]


def test_links_are_web_addresses_once_with_their_first_text() -> None:
    page = Html(
        '<a href="https://example.org/a.pdf"><b>Guide</b></a> <a href="javascript:x()">no</a>'
        '<a href="https://example.org/a.pdf">again</a><a href="#top">no</a>'
    )
    assert page.links() == [("https://example.org/a.pdf", "Guide")]


@given(st.text(max_size=300))
def test_cleaning_never_fails_and_leaves_no_control_characters(markup: str) -> None:
    text = clean(markup)
    assert not any(ord(char) < 32 and char != "\n" for char in text)


@given(st.lists(st.text("abcdefgh ,.", min_size=1, max_size=40), max_size=6))
def test_cleaning_twice_changes_nothing(paragraphs: list[str]) -> None:
    once = clean("".join(f"<p>{words}</p>" for words in paragraphs))
    assert clean(once) == once


def test_depth_and_length_cost_no_crash() -> None:
    began = time.process_time()
    assert "deep" in clean("<div>" * 3000 + "deep" + "</div>" * 3000)
    assert clean("<p>word</p>" * 200_000).startswith("word")
    assert time.process_time() - began < 60
