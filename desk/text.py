"""Makes text that strangers wrote fit to be shown: no control characters, cut to size."""

from __future__ import annotations

import re
import unicodedata

# A terminal obeys control characters (Cc). Formatting marks (Cf) turn the direction of what
# follows or hide in names; half characters (Cs) cannot be written as UTF-8.
_FORBIDDEN = frozenset({"Cc", "Cf", "Cs"})
_KEPT_MARKS = frozenset("\u200c\u200d")  # joiners that some scripts need to be spelt right
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor moves
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|\Z)"  # window titles, links, device control
    r"|\x1b[ -/]*[0-~]?",
    re.DOTALL,
)
_BREAKS = re.compile(r"\r\n?|[\n\x0b\x0c\x85\u2028\u2029]")


def plain(text: str) -> str:
    """Return ``text`` without what could steer a terminal; its line breaks stay, as newlines."""
    if text.isprintable():
        return text  # as most are: none of what follows is in it
    text = _BREAKS.sub("\n", _ESCAPES.sub("", text)).replace("\t", " ")
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character == "\n" or character in _KEPT_MARKS:
        return character
    if character in "\ufffe\uffff":  # no characters at all; XML cannot hold them
        return ""
    return "" if unicodedata.category(character) in _FORBIDDEN else character


def line(text: str | None) -> str:
    """Return ``text`` on one line, with single spaces."""
    if text and text.isprintable() and "  " not in text and " " not in (text[0], text[-1]):
        return text  # as most are: no white space but the space can be printed
    return " ".join(plain(text or "").split())


def paragraphs(text: str | None) -> list[str]:
    """Return the lines of ``text`` that say something, each on one line."""
    return [one for part in plain(text or "").split("\n") if (one := line(part))]


def shorten(text: str | None, length: int) -> str:
    """Return ``text`` on one line of at most ``length`` characters, cut between words."""
    whole = line(text)
    if len(whole) <= length:
        return whole
    cut = whole[: length - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > length // 2 else cut).rstrip(" ,;:–-") + "…"
