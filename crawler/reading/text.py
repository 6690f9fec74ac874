"""Clean text from the HTML that sources publish."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from functools import cached_property

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag

LONGEST = 400_000
"""Characters of HTML read from one field; the longest real description has 40,000."""

_BLOCKS = frozenset(
    re.split(
        r"\s+",
        "address article aside blockquote br dd div dl dt fieldset figcaption figure footer form "
        "h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tbody thead tr ul",
    )
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_DROPPED = frozenset(("script", "style", "template", "noscript", "head", "iframe", "svg"))
_MARKUP = re.compile(r"<[a-zA-Z/!]|&[#\w]+;")
_ESCAPED_TAG = re.compile(
    r"</?(p|br|ul|ol|li|strong|em|b|i|a|div|span|h[1-6])\b[^<>]*>", re.IGNORECASE
)
_ENTITY = re.compile(r"&(#\d+|#x[\da-fA-F]+|[a-zA-Z][a-zA-Z\d]{1,30});")
# The portal writes a footnote where its mark stands, in double brackets, and may split it
# across paragraphs: text[[note</p><p>more note]].
_FOOTNOTE = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
# Left by the portal's own tools, which cut the first tag at the wrong quote: <div>"> text.
_CUT_TAG = re.compile(r'\A\s*(<div>)?\s*">')
# Zero-width and direction marks carry no meaning in a call and can hide or reverse words.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_SPACE = re.compile(r"\s+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")


def one_line(text: str) -> str:
    """``text`` (a title, a label; HTML or plain) as one line without footnotes and odd marks."""
    return " ".join(_FOOTNOTE.sub(" ", Html(text).words()).split())


def clean(markup: str) -> str:
    """The words of ``markup`` (HTML, however broken, or plain text), one block a line.

    List items start with ``- ``, cells of a table row are separated by `` | ``, and footnotes
    stand numbered after the text, so that no sentence is torn apart.
    """
    return Html(markup).text()


class Html:
    """One piece of published HTML (or plain text), parsed once however often it is asked."""

    def __init__(self, markup: str) -> None:
        self._markup = _CUT_TAG.sub("", markup[:LONGEST])

    @cached_property
    def _soup(self) -> BeautifulSoup:
        return BeautifulSoup(self._markup, "lxml")

    def words(self) -> str:
        """The text with line breaks between blocks; footnote brackets are still in it."""
        if not _MARKUP.search(self._markup):
            return _visible(self._markup)
        text = "".join(f"\n{piece}\n" if head else piece for piece, head in _pieces(self._soup))
        if _ESCAPED_TAG.search(text):  # escaped twice: the text of this HTML is HTML again
            again = BeautifulSoup(text.replace("\n", "<br>"), "lxml")
            text = "".join(f"\n{piece}\n" if head else piece for piece, head in _pieces(again))
        return _visible(_unescaped(text))

    def text(self) -> str:
        """The words, tidied, as ``clean`` promises them."""
        return _lines(self.words())

    def sections(self) -> list[tuple[str, str]]:
        """The HTML cut at its headings: pairs of heading (empty before the first) and text."""
        found: list[tuple[str, list[str]]] = [("", [])]
        for piece, heading in _pieces(self._soup):
            if heading:
                found.append((one_line(piece), []))
            else:
                found[-1][1].append(_unescaped(piece))
        return [(title, text) for title, parts in found if (text := _lines("".join(parts)))]

    def links(self) -> list[tuple[str, str]]:
        """Every link to a web address, in order, once: pairs of address and text."""
        found: dict[str, str] = {}
        if "<a" not in self._markup and "<A" not in self._markup:  # spares parsing
            return []
        for anchor in self._soup.find_all("a", href=True):
            address = str(anchor["href"]).strip()
            if re.match(r"https?://\S+\Z", address) and not found.get(address):
                found[address] = " ".join(_visible(anchor.get_text(" ")).split())
        return list(found.items())


def _lines(text: str) -> str:
    """Return tidy lines, with the footnotes taken out and put numbered at the end."""
    notes: list[str] = []

    def number(found: re.Match[str]) -> str:
        notes.append(" ".join(found[1].split()))
        return f" [{len(notes)}]"

    # The paragraph inside a list item goes on the line of its dash.
    text = re.sub(r"\n- *(?:\n *)+(?=[^\s-])", "\n- ", text)
    text = _FOOTNOTE.sub(number, text).replace("[[", " ").replace("]]", " ")
    lines = [line for raw in _visible(text).split("\n") if (line := _tidy(raw))]
    return "\n".join([*lines, *(f"[{at}] {note}" for at, note in enumerate(notes, start=1))])


def _pieces(soup: Tag) -> Iterator[tuple[str, bool]]:
    """Text pieces in reading order, each with whether it is a heading. Depth costs no recursion."""
    stack: list[PageElement | str] = [soup]
    while stack:
        node = stack.pop()
        if isinstance(node, str) and not isinstance(node, NavigableString):
            yield node, False
        elif isinstance(node, Tag):
            if node.name in _DROPPED:
                continue
            if node.name in _HEADINGS:
                yield node.get_text(), True
                continue
            if node.name in _BLOCKS:
                yield "\n- " if node.name == "li" else "\n", False
                stack.append("\n")
            elif node.name in ("td", "th"):
                stack.append(" | ")
            stack.extend(reversed(node.contents))
        elif isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
            # White space inside a text node is only formatting; a line break would cut a sentence.
            yield _SPACE.sub(" ", node), False


def _unescaped(text: str) -> str:
    """The text with the entities that were escaped twice turned into their characters."""
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text) if "&" in text else text


def _visible(text: str) -> str:
    return _CONTROL.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFC", text)))


def _tidy(line: str) -> str:
    line = " ".join(line.split()).removesuffix(" |").strip()
    line = re.sub(r"\s+([,.;:!?)])(?=\s|$)", r"\1", line)
    return "" if line in ("-", "|") else line
