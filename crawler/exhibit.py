"""The page a harvest stumbled over, kept for somebody to look at: one for each source, bounded."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from crawler.cache import cache_folder

log = logging.getLogger(__name__)

LARGEST = 500_000
"""Bytes of a page that are kept; of a longer one the beginning."""


def exhibit_path(database_url: str, source: str) -> Path:
    """Where the page is kept: as text, so that looking at it runs nothing that stands in it."""
    return cache_folder(database_url) / f"{source}.failed.txt"


def keep_exhibit(  # noqa: PLR0913, PLR0917 - a page is these
    database_url: str, source: str, url: str, body: bytes, reason: str, now: datetime
) -> None:
    """Keep a page in the place of an earlier one; where that cannot be, say so in the log."""
    path = exhibit_path(database_url, source)
    about = f"{url}\n{now:%Y-%m-%d %H:%M} UTC: {' '.join(reason.split())}\n\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(about.encode() + body[:LARGEST])
    except OSError as error:
        log.warning("the page that failed could not be kept: %s", error)


def drop_exhibit(database_url: str, source: str) -> None:
    """Forget the page: the source is well again."""
    try:
        exhibit_path(database_url, source).unlink(missing_ok=True)
    except OSError as error:
        log.warning("the page that failed once could not be forgotten: %s", error)
