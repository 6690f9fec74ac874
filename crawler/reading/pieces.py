"""What is read of HTML: its texts in reading order, its headings and its links."""

from __future__ import annotations

import re
import threading
from typing import Any, NamedTuple

from crawler.later import later

with later("soupsieve"):  # its CSS selectors: nothing here asks for them, and all else loads sooner
    from bs4 import BeautifulSoup
    from bs4.builder._lxml import LXMLTreeBuilder

_BLOCKS = frozenset(
    re.split(
        r"\s+",
        "address article aside blockquote br dd div dl dt fieldset figcaption figure footer form "
        "h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tbody thead tr ul",
    )
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_DROPPED = frozenset(("script", "style", "template", "noscript", "head", "iframe", "svg"))
_APART = frozenset(("script", "style", "template", "rt", "rp"))
"""What stands in these is no part of the heading or link around it."""

_BEFORE = {name: ("\n- " if name == "li" else "\n", False) for name in _BLOCKS - _HEADINGS}
_AFTER = dict.fromkeys(_BLOCKS, ("\n", False)) | dict.fromkeys(("td", "th"), (" | ", False))
_AS_WRITTEN = {"pre", "textarea"}
_ONLY_SPACE = re.compile(r"[ \t\n\f\r]+")


class Pieces(NamedTuple):
    """What was met: texts, each with whether it is a heading, and links.

    A link is an ``href`` with the texts in it.
    """

    pieces: list[tuple[str, bool]]
    links: list[tuple[str, list[str]]]


def pieces_of(markup: str) -> Pieces:
    """What is read of ``markup``, noted by BeautifulSoup as its parser meets it.

    No tree is built: it takes most of BeautifulSoup's time and memory, and would be walked once.
    """
    told: _Told | None = getattr(_OWN, "told", None)
    if told is None:
        told = _OWN.told = _Told()
    BeautifulSoup(markup, builder=told)
    told.finish()
    read = Pieces(told.pieces, told.links)
    told.reset()
    return read


_OWN = threading.local()
"""What one thread reads with, text after text."""


class _Told(LXMLTreeBuilder):
    """Takes tags and texts as lxml meets them: no further call is made for each of them.

    It keeps its parser, which takes as long to make as a short text to read, as long as that came
    to the end of every text.
    """

    def __init__(self) -> None:
        super().__init__()
        self._kept: Any = None
        self._texts: list[str] = []
        self.data = self._texts.append  # type: ignore[method-assign, assignment]
        self.reset()

    def reset(self) -> None:
        """Begin anew, as BeautifulSoup wants before every try."""
        self.pieces: list[tuple[str, bool]] = []
        self.links: list[tuple[str, list[str]]] = []
        self._open: list[str] = []
        self._anchors: list[list[str]] = []
        self._heading: list[str] | None = None
        self._silent = self._apart = 0
        self._texts.clear()
        super().reset()

    def parser_for(self, encoding: str | None) -> Any:
        kept, self._kept = self._kept, None
        return super().parser_for(encoding) if kept is None or encoding else kept

    def feed(self, markup: str | bytes) -> None:
        super().feed(markup)
        if isinstance(markup, str):
            self._kept = self.parser

    def start(self, tag: str, attrib: Any) -> None:  # type: ignore[override]
        if self._texts:
            self._take()
        self._open.append(tag)
        if tag == "a":
            self._anchors.append([])
            if "href" in attrib:
                self.links.append((attrib["href"], self._anchors[-1]))
        elif tag in _APART:
            self._apart += 1
        if self._silent:
            return
        if tag in _BEFORE:
            self.pieces.append(_BEFORE[tag])
        elif tag in _DROPPED or tag in _HEADINGS:
            self._silent = len(self._open)
            self._heading = [] if tag in _HEADINGS else None

    def end(self, tag: str) -> None:  # type: ignore[override]
        if self._texts:
            self._take()
        if self._open and self._open[-1] == tag:
            self._close()
        elif tag in self._open:
            while self._close() != tag:
                pass

    def pi(self, target: str, data: str) -> None:  # noqa: ARG002  (only parts the texts around it)
        self._take()

    def doctype(self, name: str, pubid: str, system: str) -> None:  # noqa: ARG002
        self._take()

    def comment(self, text: str | bytes) -> None:  # noqa: ARG002
        self._take()

    def finish(self) -> None:
        """Take the last text, and leave what the markup never closed."""
        self._take()
        while self._open:
            self._close()

    def _take(self) -> None:
        """Take the text that has come."""
        if not self._texts:
            return
        text = self._texts[0] if len(self._texts) == 1 else "".join(self._texts)
        self._texts.clear()
        if not self._silent:
            # White space inside a text is only formatting; a line break would cut a sentence.
            self.pieces.append((one_spaced(text), False))
        elif self._heading is not None and not self._apart:
            if _ONLY_SPACE.fullmatch(text) and not _AS_WRITTEN & set(self._open):
                text = "\n" if "\n" in text else " "
            self._heading.append(text)
        if self._anchors and not self._apart:
            for texts in self._anchors:
                texts.append(text)

    def _close(self) -> str:
        """Leave the innermost open tag; returns its name."""
        depth, name = len(self._open), self._open.pop()
        if name == "a":
            self._anchors.pop()
        elif name in _APART:
            self._apart -= 1
        if self._silent == depth:
            if self._heading is not None:
                self.pieces.append(("".join(self._heading), True))
            self._silent, self._heading = 0, None
        elif not self._silent and name in _AFTER:
            self.pieces.append(_AFTER[name])
        return name


def one_spaced(text: str) -> str:
    """``text`` with one space for every stretch of white space, also at its ends."""
    if "  " not in text and text.isprintable():  # no other white space is: most texts end here
        return text
    spaced = " ".join(text.split())
    before = " " if text[0].isspace() else ""
    after = " " if spaced and text[-1].isspace() else ""
    return before + spaced + after
