"""The texts of attached files as they were last fetched, by their address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.schema import document_texts
from storage.upserting import insert_of

_AT_ONCE = 400
"""Addresses in one question; SQLite's limit on parameters is far above."""


@dataclass(frozen=True, slots=True)
class DocumentText:
    """What is known of one file; its pages are asked for by themselves.

    ``etag`` and ``last_modified`` are the server's marks of the file last read, ``sha256`` is of
    its bytes, ``extractor`` names what took the text out of it, and ``mark`` names that text ("" as
    long as there is none). ``asked_at`` is the last visit and ``read_at`` the last that brought
    or confirmed the text. ``failures`` counts the visits since that did not, and ``reason`` says
    why. ``missing`` says what of the file is not in the text.
    """

    url: str
    asked_at: datetime
    etag: str = ""
    last_modified: str = ""
    sha256: str = ""
    extractor: str = ""
    mark: str = ""
    read_at: datetime | None = None
    failures: int = 0
    reason: str = ""
    missing: str = ""


def known(connection: sa.Connection) -> dict[str, DocumentText]:
    """Return everything but the pages of every file, by address."""
    rows = connection.execute(sa.select(*_WITHOUT_PAGES)).mappings()
    return {row["url"]: DocumentText(**row) for row in rows}


def pages(connection: sa.Connection, urls: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the pages (``{"page": 3, "text": "…"}``) of those of ``urls`` that have a text."""
    found: dict[str, list[dict[str, Any]]] = {}
    each = sorted(set(urls))
    for start in range(0, len(each), _AT_ONCE):
        query = sa.select(document_texts.c.url, document_texts.c.pages).where(
            document_texts.c.url.in_(each[start : start + _AT_ONCE]), document_texts.c.mark != ""
        )
        found.update((url, text) for url, text in connection.execute(query))
    return found


def put(
    connection: sa.Connection,
    document: DocumentText,
    pages: Sequence[dict[str, Any]] | None = None,
) -> None:
    """Keep what a visit found out; without ``pages``, those known before stay."""
    values = asdict(document)
    if pages is not None:
        values["pages"] = list(pages)
    insert = insert_of(connection.dialect.name)
    statement = insert(document_texts).values(**values)
    changed = {name: statement.excluded[name] for name in values if name != "url"}
    connection.execute(statement.on_conflict_do_update(index_elements=["url"], set_=changed))


_WITHOUT_PAGES = [column for column in document_texts.c if column.name != "pages"]
