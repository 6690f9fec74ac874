"""What is read of HTML: its texts in reading order, its headings and its links."""

from __future__ import annotations

import re
from typing import Any

from bs4 import BeautifulSoup
from bs4.builder._lxml import LXMLTreeBuilder
from bs4.element import NavigableString

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

_AFTER = dict.fromkeys(_BLOCKS, "\n") | {"td": " | ", "th": " | "}
_AS_WRITTEN = {"pre", "textarea"}
_ONLY_SPACE = re.compile(r"[ \t\n\f\r]+")


class _Told(LXMLTreeBuilder):
    """Tells of tags and texts as lxml meets them: HTML has no namespaces to keep account of."""

    def start(self, tag: str, attrib: Any) -> None:  # type: ignore[override]
        self.soup.handle_starttag(tag, None, None, attrib)  # type: ignore[union-attr]

    def end(self, tag: str) -> None:  # type: ignore[override]
        self.soup.handle_endtag(tag)  # type: ignore[union-attr]

    def data(self, data: str) -> None:  # type: ignore[override]
        self.soup.current_data.append(data)  # type: ignore[union-attr]


class Pieces(BeautifulSoup):
    """BeautifulSoup that notes what is read as the parser meets it, and builds no tree.

    The tree of Python objects takes most of BeautifulSoup's time and memory, and would be walked
    once. ``pieces`` are texts, each with whether it is a heading; ``links`` are pairs of an
    ``href`` and the texts in it.
    """

    pieces: list[tuple[str, bool]]
    links: list[tuple[str, list[str]]]

    def __init__(self, markup: str) -> None:
        super().__init__(markup, builder=_Told)
        while self._open:  # what the markup never closed
            self._close()

    def reset(self) -> None:
        """Begin anew, as the parser wants before every try."""
        self.pieces, self.links = [], []
        self._open: list[str] = []
        self._anchors: list[list[str]] = []
        self._heading: list[str] | None = None
        self._silent = self._apart = 0
        super().reset()

    def handle_starttag(  # type: ignore[override]  # the parser needs nothing back
        self, name: str, _namespace: object, _prefix: object, attrs: Any, **_: object
    ) -> None:
        self.endData()
        self._open.append(name)
        if name == "a":
            self._anchors.append([])
            if "href" in attrs:
                self.links.append((attrs["href"], self._anchors[-1]))
        elif name in _APART:
            self._apart += 1
        if self._silent:
            return
        if name in _DROPPED or name in _HEADINGS:
            self._silent = len(self._open)
            self._heading = [] if name in _HEADINGS else None
        elif name in _BLOCKS:
            self.pieces.append(("\n- " if name == "li" else "\n", False))

    def handle_endtag(self, name: str, nsprefix: str | None = None) -> None:  # noqa: ARG002
        self.endData()
        if name in self._open:
            while self._close() != name:
                pass

    def endData(self, containerClass: type[NavigableString] | None = None) -> None:  # noqa: N802,N803
        """Take the text that has come; one with a ``containerClass`` is a comment or the like."""
        if not self.current_data:
            return
        text = "".join(self.current_data)
        self.current_data = []
        if containerClass is not None:
            return
        if not self._silent:
            # White space inside a text is only formatting; a line break would cut a sentence.
            self.pieces.append((_spaced(text), False))
        elif self._heading is not None and not self._apart:
            if _ONLY_SPACE.fullmatch(text) and not _AS_WRITTEN & set(self._open):
                text = "\n" if "\n" in text else " "
            self._heading.append(text)
        if not self._apart:
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
            self.pieces.append((_AFTER[name], False))
        return name


def _spaced(text: str) -> str:
    """``text`` with one space for every stretch of white space, also at its ends."""
    spaced = " ".join(text.split())
    before = " " if text[0].isspace() else ""
    after = " " if spaced and text[-1].isspace() else ""
    return before + spaced + after
