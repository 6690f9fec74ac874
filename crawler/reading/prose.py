"""Meaning from pages that state everything in prose: the plain reader for HTML sources."""

from __future__ import annotations

from crawler.raw import RawCall
from crawler.reading.text import clean, one_line
from storage.domain import Call, Deadline, DeadlineKind, Document, Eligibility, Kind


def read_prose(raw: RawCall) -> tuple[Call, dict[str, str]]:
    """A call from a page, and the fields whose words could not be read.

    ``raw.words`` (all optional): ``summary``, ``description``, ``conditions`` (HTML or text),
    ``deadlines`` (phrases), ``opens`` (a phrase), ``documents`` (``{url, title}``). A phrase that
    is not plainly a date stays unreadable: a wrong deadline is worse than none.
    """
    words = raw.words
    unreadable: dict[str, str] = {}
    deadlines: list[Deadline] = []
    for phrase in words.get("deadlines", ()):
        text = one_line(phrase)
        try:
            deadlines.append(Deadline(DeadlineKind.SINGLE, text or None, words=text))
        except ValueError:
            unreadable["deadlines"] = text
    conditions = clean(words.get("conditions") or "")
    call = Call(
        source=raw.source,
        reference=raw.reference,
        title=one_line(raw.title) or raw.reference,
        parent=raw.parent,
        url=raw.url,
        summary=one_line(words.get("summary") or "") or None,
        description=clean(words.get("description") or "") or None,
        language=raw.language,
        kind=Kind(raw.kind),
        deadlines=tuple(deadlines),
        eligibility=Eligibility(unread=tuple(conditions.split("\n")) if conditions else ()),
        documents=tuple(
            Document(entry["url"], one_line(entry.get("title") or ""))
            for entry in words.get("documents", ())
        ),
    )
    return call, unreadable
