"""The texts of attached files as readers take them: page by page, in whole sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

WORD = "attached"
"""The entry of ``RawCall.words`` that holds the texts of the files a call links to:
``[{"url", "title", "mark", "sha256", "extractor", "pages": [{"page": 3, "text": "…"}]}]``."""


class Page(NamedTuple):
    """One page of an attached file.

    ``name`` is the file's name, or its title where it has none; ``number`` is the page's in the
    file, counted from 1, None where there are none (DOCX). ``text`` has one paragraph a line.
    """

    name: str
    number: int | None
    text: str

    @property
    def place(self) -> str:
        """Where words stand, to go beside them: ``guidelines.pdf, p. 7``."""
        return self.name if self.number is None else f"{self.name}, p. {self.number}"


def attached(words: Mapping[str, Any]) -> Iterator[Page]:
    """Yield the pages that have text of every file kept with a call's ``words``, in order.

    Nothing for a call without any. A reader puts ``page.place`` into the words of what it read::

        for page in attached(raw.words):
            ... words=f"{sentence} ({page.place})"
    """
    for entry in words.get(WORD) or ():
        name = _name(str(entry["url"]), str(entry.get("title") or ""))
        for page in entry.get("pages") or ():
            if text := paragraphs(page["text"]):
                yield Page(name, page["page"], text)


def _name(url: str, title: str) -> str:
    """What a person would look for: the name of the file, else the title of the link."""
    name = unquote(urlsplit(url).path).rpartition("/")[2]
    if re.search(r"\w\.(pdf|docx)\Z", name, re.IGNORECASE):
        return name
    return title or name or url


_ITEM = re.compile(
    r"(?:[-–—•●▪◦*·‣⁃➢✓]|\(?\d{1,2}[.)]|\d{1,2}(?:\.\d{1,2})+\.?|\(?[a-zа-яіїєґ][.)]|\(?[ivx]{1,4}[.)])\s"
)
_ENDS = re.compile(r"[.!?;:…|][\"'”»)\]]*\Z")
_FULL = 0.7
"""A line shorter than this share of the page's lines ends its paragraph."""

_LONGEST_LINE = 250
"""Characters of a printed line; a longer one is a paragraph that was never broken."""


def paragraphs(text: str) -> str:
    """Join the lines that a page breaks where its margin is, so that sentences are whole.

    A line goes on in the next one unless it ends like a sentence or is clearly shorter than the
    page is wide, and the next one begins like an item or with a capital letter. Text that has no
    margin (DOCX) comes back as it is.
    """
    lines = [line for raw in text.split("\n") if (line := " ".join(raw.split()))]
    if not lines:
        return ""
    widths = sorted(len(line) for line in lines)
    width = widths[int(len(widths) * 0.9)] * _FULL
    joined = [lines[0]]
    last = lines[0]
    for line in lines[1:]:
        if _goes_on(last, line, width):
            joined[-1] = _join(joined[-1], line)
        else:
            joined.append(line)
        last = line
    return "\n".join(joined)


def _goes_on(line: str, following: str, width: float) -> bool:
    if _ENDS.search(line) or _ITEM.match(following) or len(line) > _LONGEST_LINE:
        return False
    if following[0].islower() or line.endswith((",", "–", "—", "\u00ad")) or len(line) >= width:
        return True
    return line[-1].islower() and following[0].isdigit()  # "… is" and then the date


def _join(line: str, following: str) -> str:
    return line[:-1] + following if line.endswith("\u00ad") else f"{line} {following}"
