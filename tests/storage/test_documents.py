"""What is kept of attached files: the last text that could be read, and every visit since."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from storage import documents
from storage.documents import DocumentText

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
URL = "https://funding.example.eu/guidelines.pdf"
READ = DocumentText(
    url=URL,
    asked_at=NOW,
    etag='"v1"',
    last_modified="Sun, 22 Nov 2026 08:00:00 GMT",
    sha256="ab" * 32,
    extractor="pypdfium2 5",
    mark="m1",
    read_at=NOW,
)
PAGES = [{"page": 1, "text": "Хто може подати заявку?"}, {"page": 3, "text": "Towns\n\u00a0only"}]


def test_a_text_comes_back_with_its_pages(connection: sa.Connection) -> None:
    documents.put(connection, READ, PAGES)
    assert documents.known(connection) == {URL: READ}
    assert documents.pages(connection, [URL, "https://other.example.eu/x.pdf"]) == {URL: PAGES}


def test_a_visit_in_vain_leaves_the_text(connection: sa.Connection) -> None:
    documents.put(connection, READ, PAGES)
    later = replace(READ, asked_at=NOW + timedelta(7), failures=1, reason="answered 503")
    documents.put(connection, later)
    assert documents.known(connection) == {URL: later}
    assert documents.pages(connection, [URL]) == {URL: PAGES}


def test_a_new_text_takes_the_place_of_the_old(connection: sa.Connection) -> None:
    documents.put(connection, READ, PAGES)
    documents.put(connection, replace(READ, mark="m2"), PAGES[:1])
    assert documents.pages(connection, [URL]) == {URL: PAGES[:1]}
    assert documents.known(connection)[URL].mark == "m2"


def test_a_file_never_read_has_no_pages(connection: sa.Connection) -> None:
    failed = DocumentText(URL, NOW, failures=1, reason="answered 404")
    documents.put(connection, failed)
    assert documents.known(connection) == {URL: failed}
    assert documents.pages(connection, [URL]) == {}


def test_many_at_once(connection: sa.Connection) -> None:
    urls = [f"https://funding.example.eu/{number:04}.pdf" for number in range(950)]
    for url in urls:
        documents.put(connection, replace(READ, url=url), PAGES)
    assert set(documents.pages(connection, urls)) == set(urls)
