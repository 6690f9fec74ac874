"""The text of attached files, honest and hostile: a clear outcome each, in bounded time."""

from __future__ import annotations

import asyncio
import sys
import time
import zlib

import pytest

import crawler.documents.child
from crawler.documents.child import extract_in_child
from crawler.documents.extracting import (
    LEAST_CHARACTERS,
    MOST_CHARACTERS,
    MOST_PAGES,
    Extract,
    Outcome,
    extract,
)
from tests.crawler.files import docx, pdf, run

WHO = "Lead applicants are local authorities established in Ukraine or in a Member State."
THEIRS = "a word only the publisher knows"


def text(found: Extract) -> str:
    assert found.outcome is Outcome.READ, found
    return "\n".join(page["text"] for page in found.pages)


def test_a_pdf_has_its_pages_by_number() -> None:
    found = extract(pdf("Guidelines for applicants", "", WHO))
    assert [page["page"] for page in found.pages] == [1, 3]
    assert found.pages[1]["text"] == WHO
    assert found.missing == ""


def test_a_word_divided_at_the_margin_is_marked_as_one() -> None:
    found = extract(pdf("Applications come from munici-\npalities and from nobody else at all."))
    assert "munici\u00adpalities" in text(found)


def test_a_pdf_that_only_forbids_copying_is_read() -> None:
    assert text(extract(pdf(WHO, owner_password=THEIRS))) == WHO


def test_a_docx_is_text_without_page_numbers() -> None:
    found = extract(docx("Посібник для заявників", "Хто може подати заявку: громади."))
    assert found.pages == [
        {"page": None, "text": "Посібник для заявників\nХто може подати заявку: громади."}
    ]


def test_what_was_put_off_in_a_tracked_change_is_read_as_it_is_now() -> None:
    moved = (
        run("Deadline: ")
        + f'<w:del w:id="1" w:author="a">{run("1 May 2027").replace("w:t", "w:delText")}</w:del>'
        + f'<w:ins w:id="2" w:author="a">{run("15 May 2027")}</w:ins>'
    )
    control = f"<w:sdt><w:sdtContent><w:p>{run(WHO)}</w:p></w:sdtContent></w:sdt>"
    assert text(extract(docx(moved, control))) == f"Deadline: 15 May 2027\n{WHO}"


def test_a_row_of_a_table_is_a_line() -> None:
    table = [["Who may lead", "Local authorities"], ["Most", "EUR 500 000"]]
    assert text(extract(docx("Conditions", table))) == (
        "Conditions\nWho may lead | Local authorities\nMost | EUR 500 000"
    )


def test_only_the_first_pages_of_a_long_pdf_are_read_and_that_is_said() -> None:
    found = extract(pdf(*[f"Page {number}. {WHO}" for number in range(1, MOST_PAGES + 6)]))
    assert len(found.pages) == MOST_PAGES
    assert found.missing == f"only the first {MOST_PAGES} of {MOST_PAGES + 5} pages were read"


def test_a_long_docx_is_cut_and_that_is_said() -> None:
    found = extract(docx(*[f"{number} {WHO}" for number in range(5000)]))
    assert len(text(found)) <= MOST_CHARACTERS
    assert found.missing == "only the beginning was read"


DOCTYPE = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    "<w:body><w:p><w:r><w:t>&b;&b;&b;</w:t></w:r></w:p></w:body></w:document>"
)


@pytest.mark.parametrize(
    ("data", "outcome"),
    [
        (b"", Outcome.BROKEN),
        (b"<!doctype html><title>Maintenance</title>", Outcome.WEB_PAGE),
        (b"\xef\xbb\xbf<html>", Outcome.WEB_PAGE),
        (b"{\\rtf1 Guidelines}", Outcome.OTHER),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), Outcome.OLD_WORD),
        (pdf(WHO, owner_password=THEIRS, user_password=THEIRS), Outcome.ENCRYPTED),
        (pdf(WHO)[:90], Outcome.BROKEN),
        (b"%PDF-1.7\n" + bytes(range(256)) * 40, Outcome.BROKEN),
        (pdf("", ""), Outcome.EMPTY),
        (pdf("x" * (LEAST_CHARACTERS - 1)), Outcome.EMPTY),
        (docx(WHO)[:-60], Outcome.BROKEN),
        (docx(WHO)[:200], Outcome.BROKEN),
        (docx(), Outcome.EMPTY),
        (docx(WHO, **{"word/document.xml": "<w:document"}), Outcome.BROKEN),
        (docx(WHO, **{"word/document.xml": DOCTYPE}), Outcome.BROKEN),
        (docx(WHO, **{"word/document.xml": DOCTYPE.encode("utf-16")}), Outcome.BROKEN),
        (docx(WHO, **{"word/media/a.png": bytes(70 << 20)}), Outcome.TOO_LARGE),
        (docx(WHO, **{"word/document.xml": b"<w:p>" * (7 << 20)}), Outcome.TOO_LARGE),
        (docx(WHO).replace(b"word/document.xml", b"word/somethin.xml"), Outcome.OTHER),
    ],
    ids=lambda value: value.name if isinstance(value, Outcome) else f"{len(value)} bytes",
)
def test_what_cannot_be_read_has_a_name(data: bytes, outcome: Outcome) -> None:
    assert asyncio.run(extract_in_child(data)) == Extract(outcome)


def test_a_docx_that_lies_about_its_size_is_never_unpacked() -> None:
    honest = docx(WHO, **{"word/document.xml": b"<w:p>" * (7 << 20)})
    size = (5 * (7 << 20)).to_bytes(4, "little")
    assert honest.count(size) == 2
    lying = honest.replace(size, (4000).to_bytes(4, "little"))
    assert asyncio.run(extract_in_child(lying)).outcome is Outcome.BROKEN


def test_the_child_reads_what_the_function_reads() -> None:
    data = pdf(WHO, "Deadline: 15 May 2027")
    assert asyncio.run(extract_in_child(data)) == extract(data)


def endless_pdf() -> bytes:
    """A page whose content draws a form that draws itself, twice, and so on."""
    forms = 26
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources 32 0 R>>",
        b"<</Length 6>>stream\n/F0 Do\nendstream",
    ]
    for number in range(forms):
        twice = f"/F{number + 1} Do /F{number + 1} Do".encode()
        objects.append(
            f"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F{number + 1} "
            f"{number + 6} 0 R>>>>/Length {len(twice)}>>stream\n".encode()
            + twice
            + b"\nendstream"
        )
    objects.append(
        b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 12>>stream\n0 0 m 1 1 l \nendstream"
    )
    objects.append(b"<</XObject<</F0 5 0 R>>>>")
    return _file(objects)


def bloated_pdf() -> bytes:
    """A page of 600 megabytes, packed twice into a few kilobytes."""
    packed = zlib.compress(zlib.compress(bytes(600 << 20), 1), 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
        f"<</Length {len(packed)}/Filter[/FlateDecode/FlateDecode]>>stream\n".encode()
        + packed
        + b"\nendstream",
    ]
    return _file(objects)


def _file(objects: list[bytes]) -> bytes:
    data, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj" % number + content + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    trailer = b"trailer<</Root 1 0 R/Size %d>>startxref\n%d\n%%%%EOF" % (count, len(data))
    return data + b"xref\n0 %d\n0000000000 65535 f \n" % count + table + trailer


@pytest.mark.parametrize("make", [endless_pdf, bloated_pdf])
def test_a_file_made_to_hang_or_to_fill_the_memory_ends_its_reader_only(make: object) -> None:
    data = make()  # type: ignore[operator]
    began = time.monotonic()
    found = asyncio.run(extract_in_child(data, patience=30))
    assert found.outcome is not Outcome.READ
    assert time.monotonic() - began < 35


def test_a_reader_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    sleeping = (sys.executable, "-c", "import time; time.sleep(60)")
    monkeypatch.setattr(crawler.documents.child, "COMMAND", sleeping)
    began = time.monotonic()
    found = asyncio.run(extract_in_child(bytes(5 << 20), patience=0.5))
    assert found == Extract(Outcome.TIME)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", Outcome.CRASHED),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", Outcome.TIME),
        ("print('x' * (9 << 20))", Outcome.CRASHED),
    ],
)
def test_a_reader_that_dies_or_rambles_is_named(
    code: str, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawler.documents.child, "COMMAND", (sys.executable, "-c", code))
    assert asyncio.run(extract_in_child(bytes(5 << 20))).outcome is outcome


def test_the_reader_is_not_given_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGES_SECRET", "not for a parser of files")
    tells = (
        "import os, json; print(json.dumps({'outcome': 'read', 'pages': sorted(os.environ),"
        " 'missing': ''}))"
    )
    monkeypatch.setattr(crawler.documents.child, "COMMAND", (sys.executable, "-c", tells))
    names = asyncio.run(extract_in_child(b"%PDF-")).pages
    assert "PYTHONPATH" in names
    assert not [name for name in names if name.startswith("BRIDGES_")]
