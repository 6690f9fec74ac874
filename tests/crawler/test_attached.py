"""The pages of attached files as readers get them, in whole sentences with their place."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.reading.attached import Page, attached, paragraphs


def words(url: str, title: str, *pages: tuple[int | None, str]) -> dict[str, Any]:
    entry = {"url": url, "title": title, "mark": "m", "sha256": "s", "extractor": "e"}
    return {"attached": [entry | {"pages": [{"page": n, "text": text} for n, text in pages]}]}


def test_pages_come_in_order_with_the_name_of_the_file() -> None:
    said = words(
        "https://x.example.eu/docs/guide%20lines.pdf?v=2", "Guidelines", (3, "a"), (7, "b")
    )
    assert list(attached(said)) == [
        Page("guide lines.pdf", 3, "a"),
        Page("guide lines.pdf", 7, "b"),
    ]
    assert [page.place for page in attached(said)] == [
        "guide lines.pdf, p. 3",
        "guide lines.pdf, p. 7",
    ]


def test_a_file_without_a_name_goes_by_its_title_and_docx_has_no_pages() -> None:
    said = words("https://x.example.eu/show?docId=1", "Guidelines for applicants", (None, "a"))
    assert [page.place for page in attached(said)] == ["Guidelines for applicants"]


@pytest.mark.parametrize("said", [{}, {"attached": None}, {"attached": []}, {"documents": []}])
def test_a_call_without_files_has_no_pages(said: dict[str, Any]) -> None:
    assert list(attached(said)) == []


def test_marks_without_pages_and_empty_pages_are_passed_over() -> None:
    said = words("https://x.example.eu/a.pdf", "", (1, " \n "), (2, "b"))
    del said["attached"][0]["sha256"]
    assert [page.number for page in attached(said)] == [2]
    del said["attached"][0]["pages"]
    assert list(attached(said)) == []


PRINTED = """\
2.1 Who may apply
Lead applicants are local authorities established in Ukraine or in a
Member State. They have managed projects for at least two years, alone or
with others.
The following may apply too:
- municipal enterprises;
- associations of
local authorities;
(a) regions
1. hospitals
The deadline is
15 May 2027 at noon."""
READ = """\
2.1 Who may apply
Lead applicants are local authorities established in Ukraine or in a Member State. \
They have managed projects for at least two years, alone or with others.
The following may apply too:
- municipal enterprises;
- associations of local authorities;
(a) regions
1. hospitals
The deadline is 15 May 2027 at noon."""


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        (PRINTED, READ),
        (
            "Кінцевий термін подання заявок –\n15 травня 2027 року до 18:00",
            "Кінцевий термін подання заявок – 15 травня 2027 року до 18:00",
        ),
        ("munici\u00ad\npalities may apply", "municipalities may apply"),
        ("munici\u00adpalities may apply", "munici\u00adpalities may apply"),
        ("One paragraph. Another sentence.\nA second one", None),
        ("", ""),
        (" \n\n ", ""),
    ],
)
def test_lines_broken_at_the_margin_are_joined(printed: str, read: str | None) -> None:
    assert paragraphs(printed) == (printed if read is None else read)


@given(st.text(alphabet="ab. \n\u00ad-1A,", max_size=200))
def test_joining_loses_no_letter_and_doing_it_twice_no_sentence(text: str) -> None:
    joined = paragraphs(text)
    kept = [one for one in joined if one.isalnum()]
    assert kept == [one for one in text if one.isalnum()]
    assert "\n\n" not in joined


def test_a_file_of_the_longest_kind_takes_little_time() -> None:
    text = "Lead applicants are local authorities established in Ukraine or in a\n" * 3600
    began = time.process_time()
    paragraphs(text)
    assert time.process_time() - began < 0.5
