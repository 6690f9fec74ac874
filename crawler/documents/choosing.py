"""Which of the files a call links are its guidelines, by their titles and names alone."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from crawler.reading.word_files import words_in
from storage.domain import Document

MOST = 3
"""Files of one call that are fetched; guidelines come in one, or in one a lot."""

LONGEST_ADDRESS = 2000

_FILE = re.compile(r"\.(pdf|docx?|docm|odt|rtf|xls[xm]?|ods|pptx?|zip|rar|7z|jpe?g|png)\Z")
_READ = frozenset({"pdf", "docx"})
# Bounded, and a tag ends where the next one begins: a page of half tags costs no more than others.
_LINK = re.compile(
    r"""<a\b[^<>]{0,500}?\bhref\s*=\s*["']\s*([^"'<>]{1,2000})["'][^<>]{0,500}>(.{0,400}?)</a""",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(r"<[^<>]{0,500}>")
_WORD = re.compile(r"\w+")
_BETWEEN = re.compile(r"[\s_\-.+/,;]+")
_WORDS_IN_A_NAME = re.compile(r"(?<=[a-zа-я])(?=[A-ZА-Я][a-zа-я])")
# Letters of their own, not accents: й, ї and ў keep their marks.
_ACCENT = re.compile(r"(?<![иу])\u0306|(?<![іе])\u0308|[\u0300-\u0305\u0307\u0309-\u036f]")
_NOT_ACCENTS = str.maketrans({"’": "'", "ʼ": "'", "ł": "l", "ø": "o", "æ": "ae", "đ": "d"})
# What says nothing: the link is judged by the name of its file.
_EMPTY_TITLES = frozenset({"", "null", "none", "true"})


def choose(words: Mapping[str, Any], page: str | None = None, most: int = MOST) -> list[Document]:
    """The files that hold the conditions of a call, the likeliest first, at most ``most``.

    ``words`` are those of a RawCall: its ``documents`` and the links in its HTML; ``page`` is the
    address that relative links start from. A file is taken if its title or, failing that, its
    name says that it is the guidelines, in any of the languages of ``words.yaml``. Forms, annexes,
    budgets and logos never are. A link without a known ending counts only among ``documents``: the
    source says of those that they are files.
    """
    found: dict[str, Document] = {}
    for url, title, attached in _links(words, page):
        ending = _ending(url)
        if ending not in _READ and (ending or not attached):
            continue
        if url not in found and _says_guidelines(title, url):
            found[url] = Document(url, title, ending)
    return list(found.values())[:most]


def _links(words: Mapping[str, Any], page: str | None) -> Iterator[tuple[str, str, bool]]:
    """Address, title and whether it is an attached document, of every link of a call.

    An attached document whose title says that it is something else is left out.
    """
    entries = words.get("documents")
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict):
            continue
        title = _plain(str(entry.get("title") or ""))
        if _said(title) is False:
            continue  # most are forms and annexes: it is not worth working out where they are
        if url := _address(str(entry.get("url") or ""), page):
            yield url, title, True
    for value in words.values():
        if isinstance(value, str) and ("<a" in value or "<A" in value):
            for link, text in dict.fromkeys(_LINK.findall(value)):
                if url := _address(html.unescape(link), page):
                    yield url, _plain(text), False


def _address(link: str, page: str | None) -> str:
    """The web address of a link without its fragment, empty for what is none."""
    try:
        url = urljoin(page or "", link.strip())
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and parts.hostname and not parts.username
        parts.port  # noqa: B018  (reading it checks it)
    except ValueError:
        return ""
    if not good or len(url) > LONGEST_ADDRESS or re.search(r"[\s\x00-\x1f]", url):
        return ""
    return url.partition("#")[0]


def _ending(url: str) -> str:
    """How the file's name ends: in its path, or as the last words of its query."""
    parts = urlsplit(url.lower())
    for place in (parts.path, unquote(parts.query)):
        if found := _FILE.search(place.rstrip("/")):
            return found[1]
    return ""


def _says_guidelines(title: str, url: str) -> bool:
    for text in (title, _name(url)):
        if (verdict := _said(text)) is not None:
            return verdict
    return False


def _said(text: str) -> bool | None:
    return None if text.casefold() in _EMPTY_TITLES else _verdict(text)


def _name(url: str) -> str:
    """The name of the file, wherever it stands: ``CallFiche_en.pdf`` as ``Call Fiche_en.pdf``."""
    parts = urlsplit(url)
    place, query = unquote(parts.path).rstrip("/"), unquote(parts.query)
    if query and not _FILE.search(place.lower()):
        place = query.replace("=", "/")
    name = place.rpartition("/")[2]
    return _WORDS_IN_A_NAME.sub(" ", name)


def _verdict(text: str) -> bool | None:
    """Whether ``text`` names guidelines; None if it names nothing we know.

    The first word decides ("Guidelines and annexes", "Annex 2 to the guidelines"), unless what
    follows it makes another thing of it ("Guidelines template").
    """
    folded = _folded(text)
    no = _found("others", folded)
    at_once = no is not None and no.start() == 0  # then only what stands there too can be a yes
    yes = _found("guidelines", folded, at_once=at_once)
    if yes is None:
        return False if no else None
    if no is None:
        return True
    if yes.start() == no.start():  # "guidelines", and "guidelines on …": the longer knows more
        return yes.end() > no.end()
    return yes.start() < no.start() and no.start() > yes.end() + 1


def _found(kind: str, folded: str, *, at_once: bool = False) -> re.Match[str] | None:
    """The first words of a kind in a folded text, or those ``at_once`` at its beginning."""
    for word in _WORD.finditer(folded):
        start = word.start()
        if at_once and start:
            return None
        cue = _cue(kind, folded[start : start + 2])
        if cue and (found := cue.match(folded, start)):
            return found
    return None


@lru_cache(2048)  # of titles in every script; a site may make up more
def _cue(kind: str, beginning: str) -> re.Pattern[str] | None:
    """What finds the words of a kind that may begin with these two characters.

    To compile one for all words takes as long as choosing the files of two hundred calls.
    """
    words = [word for word in _words()[kind] if beginning.startswith(word.partition("*")[0][:2])]
    return re.compile(rf"(?:{'|'.join(map(_pattern, words))})(?!\w)") if words else None


@cache
def _words() -> dict[str, list[str]]:
    """The folded words of each kind, longer ones first.

    Of two that begin at the same place, the more exact one counts.
    """
    return {
        kind: sorted(
            {_folded(word) for words in written.values() for word in words},
            key=lambda word: (-len(word), word),
        )
        for kind, written in words_in(Path(__file__).with_name("words.yaml")).items()
    }


def _pattern(word: str) -> str:
    return re.escape(word).replace(r"\*", r"\w*").replace(r"\ ", " ")


def _folded(text: str) -> str:
    """Without capitals, accents and odd spaces, so that ``Útmutató`` is ``utmutato``."""
    if text.isascii():
        return _BETWEEN.sub(" ", text.lower())
    spread = unicodedata.normalize("NFKD", text.casefold())
    bare = _ACCENT.sub("", spread).translate(_NOT_ACCENTS)
    return _BETWEEN.sub(" ", unicodedata.normalize("NFC", bare))


def _plain(title: str) -> str:
    """A title without tags, on one line."""
    return " ".join(html.unescape(_TAG.sub(" ", html.unescape(title[:1000]))).split())
