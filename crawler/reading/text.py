"""Clean text from the HTML that sources publish."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import cached_property

from crawler.reading.pieces import Pieces, one_spaced, pieces_of

LONGEST = 400_000
"""Characters of HTML read from one field; the longest real description has 40,000."""

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
_DASH = re.compile(r"\n- *(?:\n *)+(?=[^\s-])")
_BEFORE_STOP = re.compile(r" ([,.;:!?)])(?= |$)", re.MULTILINE)
_STOPS = ",.;:!?)"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")


def one_line(text: str) -> str:
    """``text`` (a title, a label; HTML or plain) as one line without footnotes and odd marks.

    A cell of a table has no bar after it: nothing follows.
    """
    return " ".join(_FOOTNOTE.sub(" ", Html(text).words()).split()).strip("| ")


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
    def _parsed(self) -> Pieces:
        return pieces_of(self._markup)

    def words(self) -> str:
        """The text with line breaks between blocks; footnote brackets are still in it."""
        if not _MARKUP.search(self._markup):
            return _visible(self._markup)
        text = _joined(self._parsed)
        if _ESCAPED_TAG.search(text):  # escaped twice: the text of this HTML is HTML again
            text = _joined(pieces_of(text.replace("\n", "<br>")))
        return _visible(_unescaped(text))

    def text(self) -> str:
        """The words, tidied, as ``clean`` promises them."""
        return self._text

    @cached_property
    def _text(self) -> str:
        return _lines(self.words())

    def sections(self) -> list[tuple[str, str]]:
        """The HTML cut at its headings: pairs of heading (empty before the first) and text."""
        found: list[tuple[str, list[str]]] = [("", [])]
        for piece, heading in self._parsed.pieces:
            if heading:
                found.append((one_line(piece), []))
            else:
                found[-1][1].append(_unescaped(piece))
        cut = ((title, _lines(_visible("".join(parts)))) for title, parts in found)
        return [(title, text) for title, text in cut if text]

    def links(self) -> list[tuple[str, str]]:
        """Every link to a web address, in order, once: pairs of address and text."""
        found: dict[str, str] = {}
        if "<a" not in self._markup and "<A" not in self._markup:  # spares parsing
            return []
        for published, texts in self._parsed.links:
            address = published.strip()
            if re.match(r"https?://\S+\Z", address) and not found.get(address):
                found[address] = " ".join(_visible(" ".join(texts)).split())
        return list(found.items())


def _joined(parsed: Pieces) -> str:
    return "".join(f"\n{piece}\n" if heading else piece for piece, heading in parsed.pieces)


def _lines(text: str) -> str:
    """Tidy lines of visible ``text``, its footnotes taken out and put numbered at the end."""
    notes: list[str] = []

    def number(found: re.Match[str]) -> str:
        notes.append(" ".join(found[1].split()))
        return f" [{len(notes)}]"

    # The paragraph inside a list item goes on the line of its dash.
    text = _DASH.sub("\n- ", text)
    text = _FOOTNOTE.sub(number, text).replace("[[", " ").replace("]]", " ")
    lines = [line for raw in text.split("\n") if raw and (line := _tidy(raw))]
    lines += (f"[{at}] {note}" for at, note in enumerate(notes, start=1))
    text = "\n".join(lines)
    stray = any(stop in text and f" {stop}" in text for stop in _STOPS)  # one sign is found sooner
    return _BEFORE_STOP.sub(r"\1", text) if stray else text


def _unescaped(text: str) -> str:
    """The text with the entities that were escaped twice turned into their characters."""
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text) if "&" in text else text


def _visible(text: str) -> str:
    """``text`` composed, without marks that cannot be seen; white space stays as it is."""
    if not text.isascii():  # but most of its lines may be: nothing composes with a line break
        text = "\n".join(line if line.isascii() else _composed(line) for line in text.split("\n"))
    if text.replace("\n", "").isprintable():  # which no control character is
        return text
    return _CONTROL.sub(" ", text)


def _composed(line: str) -> str:
    line = unicodedata.normalize("NFC", line)
    if line.isprintable():  # which no invisible mark is
        return line
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", line))


def _tidy(line: str) -> str:
    line = one_spaced(line).strip().removesuffix(" |")
    return "" if line in ("-", "|") else line
