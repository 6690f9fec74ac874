"""Whose doing it is that a call's files say something else than before: the source's, or ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from crawler.raw import RawCall
from crawler.reading.attached import WORD

Entry = Mapping[str, Any]


def corrected(stored: RawCall, item: RawCall) -> RawCall | None:
    """The words stored of a call, with those texts of ``item`` whose difference is our doing.

    Ours is a text we have only now come to read, and one that another extractor took from the
    same or another file. The source's is another file at the same address, and a file it now links
    beside or instead of one that we had read. None if nothing is ours. Read this before ``item``,
    and only the source's doing is left to be told as its news.
    """
    before, now = _entries(stored), _entries(item)
    if not before:  # no file of this call was ever read: whatever they say is new to us only
        ours = list(now.values())
    else:
        linked = _linked(stored)
        ours = [_ours(entry, now.get(url)) for url, entry in before.items()]
        ours += [one for url, one in now.items() if url not in before and url in linked]
    if ours == list(before.values()):
        return None
    return replace(stored, words={**stored.words, WORD: ours})


def _ours(before: Entry, now: Entry | None) -> Entry:
    if now is None or now["mark"] == before["mark"]:
        return before
    same_file = now["sha256"] == before["sha256"]
    return now if same_file or now["extractor"] != before["extractor"] else before


def _linked(raw: RawCall) -> set[str]:
    from crawler.documents.choosing import choose  # noqa: PLC0415  (it reads the vocabulary)

    return {document.url for document in choose(raw.words, raw.url)}


def _entries(raw: RawCall) -> dict[str, Entry]:
    entries: Sequence[Entry] = raw.words.get(WORD) or ()
    return {entry["url"]: entry for entry in entries}


def lost(stored: RawCall, item: RawCall) -> bool:
    """Whether a file read for the stored words has no text in ``item``."""
    return bool(_entries(stored).keys() - _entries(item).keys())
