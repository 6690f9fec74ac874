"""Makes the words of strangers fit for a letter: one line, no marks that steer or hide, cut."""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import urlsplit

from storage.domain import Call

# Control characters (Cc) break headers; formatting marks (Cf) turn the direction of what follows
# or hide in names; half characters (Cs) cannot be written as UTF-8.
_FORBIDDEN = frozenset({"Cc", "Cf", "Cs"})
_KEPT_MARKS = frozenset("\u200c\u200d")  # joiners that some scripts need to be spelt right
_NO_CHARACTERS = frozenset("\ufffe\uffff")
_BREAKS = re.compile(r"[\s\x0b\x0c\x1c-\x1f\x85\u2028\u2029]+")
_ADDRESSES = re.compile(r"(?:\s*\bhttps?://\S+)+\s*")
_LONGEST_ADDRESS = 500
"""No page of a call has a longer one, and fifteen of them must fit into a letter twice."""

_MOST_MARKS = 4
"""Accents on one letter; a pile of them would write over the lines above and below."""


def line(text: str | None) -> str:
    """Return ``text`` on one line with single spaces, without characters that nobody can see."""
    told = _BREAKS.sub(" ", text or "").strip()
    if told.isascii() and told.isprintable():
        return told
    kept: list[str] = []
    marks = 0
    for character in told:
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        hidden = category in _FORBIDDEN or character in _NO_CHARACTERS
        if (hidden and character not in _KEPT_MARKS) or marks > _MOST_MARKS:
            continue
        kept.append(character)
    return " ".join("".join(kept).split())


def shorten(text: str | None, length: int) -> str:
    """Return ``text`` on one line of at most ``length`` characters, cut between words."""
    whole = line(text)
    if len(whole) <= length:
        return whole
    cut = whole[: length - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > length // 2 else cut).rstrip(" ,;:–-") + "…"


def quotable(sentence: str) -> str:
    """Return a sentence as it is quoted: addresses in it are left out, and so marked.

    A footnote may put a row of them before the first word; a quotation of so many characters would
    hold nothing else. What is escaped for HTML, as in imported records, is written plainly.
    """
    told = html.unescape(sentence) if "&" in sentence else sentence
    if "://" not in told:
        return told
    left = _ADDRESSES.sub(" … ", told).strip()
    return left if any(map(str.isalpha, left)) else told


def web_address(url: str | None) -> str | None:
    """Return ``url`` if a person can follow it safely: http or https, with a host, in one piece."""
    said = line(url)
    try:
        parts = urlsplit(said)
        host = parts.hostname
    except ValueError:
        return None
    sound = parts.scheme in {"http", "https"} and host and len(said) <= _LONGEST_ADDRESS
    return said if sound and " " not in said else None


def language_of(call: Call) -> str:
    """The language a call is written in, as HTML names it; "" when it does not say."""
    said = (call.language or "").strip()
    return said.lower() if re.fullmatch(r"[A-Za-z]{2,3}", said) else ""
