"""What of a call is compared with other calls, taken from it once and kept in short."""

from __future__ import annotations

import re
import zlib
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from hashlib import blake2b
from html import unescape
from itertools import pairwise
from typing import Any

import numpy as np

from classifier import identifiers
from classifier.identifiers import (
    READ,
    canonical,
    code_of_address,
    code_of_reference,
    codes_in,
    labelled_codes,
    linked_codes,
    links_in,
    opening,
    places_of,
    without_stage,
)
from classifier.place_codes import places_in, without_codes
from storage.domain import Call, Kind
from storage.leading import is_relay
from storage.search import words

FINGERPRINT = "links-2"
"""Changes when the same call would give other traits or keys."""

_SHINGLE = 4
_SAMPLED = 4
_ODD = np.uint32(0x9E3779B1)
"""Every so manieth shingle is kept, chosen by its first word, the same in every text."""

_MOST_SHINGLES = 200
_MOST_MENTIONED = 6
_AMOUNT = 1_000
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8"}
_ORDINALS = {
    "first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6",
    "seventh": "7", "eighth": "8", "ninth": "9", "tenth": "10",
    "перший": "1", "другий": "2", "третій": "3", "четвертий": "4", "пятий": "5",
    "erster": "1", "zweiter": "2", "dritter": "3", "premier": "1", "deuxieme": "2",
}  # fmt: skip
_LOTS = frozenset({
    "lot", "part", "strand", "phase", "stage", "objective", "priority", "component", "window",
    "track", "topic", "axis", "measure", "cohort", "cycle", "action", "section", "batch",
    "лот", "частина", "етап", "пріоритет", "los", "teil", "volet", "czesc", "lotul",
})  # fmt: skip
"""After these a number or letter tells siblings apart, even where only one title has it."""

GENERIC = frozenset({
    "a", "an", "the", "and", "or", "of", "for", "in", "on", "to", "by", "with", "from", "under",
    "within", "its", "new", "now", "open", "opens", "opened", "call", "calls", "proposal",
    "proposals", "application", "applications", "apply", "project", "projects", "programme",
    "program", "programmes", "grant", "grants", "funding", "fund", "launch", "launches", "launched",
    "announce", "announces", "announced", "announcement", "submission", "opportunity", "deadline",
    "extended", "extension", "eu", "european", "union", "europe", "interreg", "next", "round",
    "edition", "year", "cut", "off", "date", "st", "nd", "rd", "th", "is", "are", "via", "at",
    "published", "invitation", "competition", "selection",
    "конкурс", "конкурсу", "конкурсний", "грант", "гранти", "грантовий", "грантова", "програма",
    "програми", "проєкт", "проєкти", "проєктів", "проектів", "проект", "відбір", "відбору",
    "заявка", "заявки", "заявок", "подання", "подати", "прийом", "оголошено", "оголошує", "триває",
    "можна", "до", "на", "для", "про", "та", "і", "й", "у", "в", "з", "із", "за", "від", "що",
    "der", "die", "das", "und", "fur", "zum", "zur", "im", "aufruf", "forderung", "ausschreibung",
    "le", "la", "les", "de", "des", "du", "et", "pour", "appel", "projets", "subvention",
    "nabor", "wnioskow", "konkurs", "programu", "na", "w", "i", "dla", "do",
    "apel", "apelul", "pentru", "si", "din", "proiecte", "vyzva", "vyzvy", "pre", "felhivas",
})  # fmt: skip

_PUBLISHERS = frozenset({
    "agency", "board", "city", "foundation", "grants", "list", "ministry", "office", "portal",
})  # fmt: skip
"""Words in the names of sources that name no fund."""

_NUMBER = re.compile(r"(\d{1,3}(?:\.\d{1,2})*)(?:st|nd|rd|th|a|er|e|й|ша|га|тя)?")
_LOT = re.compile(r"\d[a-z]|[a-hа-гґд]")
_MAIN = re.compile(r"(?<=\w)\s*:\s|\s[-–—]\s")
_YEAR = re.compile(r"20[12]\d")
_TITLE_WORD = re.compile(r"\d+(?:\.\d+)+|[^\W_]+")


@dataclass(frozen=True, slots=True)
class Traits:
    """A call as it is compared: short lists of words, numbers and hashes.

    ``codes`` name the call itself, ``mentioned`` stand in its texts, ``titled`` in its title.
    ``address`` is its own page, ``links`` are others. ``subject`` are the telling words of the
    title, ``main`` how many of them stand before its first colon or dash; ``cut``: a list did not
    show all of it. ``numbers`` are its numbers, ``lots`` those that tell siblings apart, ``years``
    its years. ``fund`` are the telling words of the programme and the countries it is named after.
    ``deadlines`` are days, or what is known of them. ``text`` is a sample of hashes of its words,
    four by four: numbers of four bytes, each once, the least first.
    """

    source: str
    kind: str
    language: str
    codes: tuple[str, ...]
    mentioned: tuple[str, ...]
    address: str
    links: tuple[str, ...]
    titled: tuple[str, ...]
    subject: tuple[str, ...]
    main: int
    cut: bool
    numbers: tuple[str, ...]
    lots: tuple[str, ...]
    years: tuple[str, ...]
    fund: tuple[str, ...]
    countries: tuple[str, ...]
    deadlines: tuple[str, ...]
    amounts: tuple[int, ...]
    text: bytes

    def to_json(self) -> dict[str, Any]:
        made = {name: getattr(self, name) for name in _FIELDS}
        return made | {"text": b64encode(self.text).decode("ascii")}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Traits:
        values: dict[str, Any] = {
            name: tuple(one) if isinstance(one, list) else one for name, one in data.items()
        }
        return cls(**values | {"text": b64decode(data["text"])})

    def hashes(self) -> list[int]:
        """The hashes in ``text``."""
        return array("I", self.text).tolist()


_FIELDS = tuple(one.name for one in fields(Traits))


def traits_of(call: Call) -> Traits:
    """Return what of a call is compared. Pure: the same call always gives the same."""
    body = unescape(opening(call))
    documents = [text for one in call.documents for text in (one.url, one.title)]
    cascade = call.kind is Kind.CASCADE
    linked = linked_codes([body, *documents])
    told = places_of(body)
    codes = () if cascade else _codes(call, linked, labelled_codes(body, told))
    elsewhere = codes_in("\n".join(documents))
    mentioned = dict.fromkeys([*linked, *(code for code, _ in told), *elsewhere])
    fund_words, fund_places = _fund(call)
    title = unescape(call.title)
    subject, numbers, lots, years = _title(title, fund_places)
    links = links_in([*documents, body])
    address = canonical(call.url)
    return Traits(
        source=call.source,
        kind=call.kind.value,
        language=(call.language or "")[:2].casefold(),
        codes=codes,
        mentioned=tuple(one for one in mentioned if one not in codes)[:_MOST_MENTIONED],
        address=address,
        links=tuple(one for one in links if one != address),
        subject=subject,
        titled=tuple(_titled(call.title)),
        main=_main(title, subject, fund_places),
        cut=title.rstrip(" ]").endswith(("…", "...")),
        numbers=numbers,
        lots=lots,
        years=years,
        fund=fund_words,
        countries=fund_places,
        deadlines=tuple(dict.fromkeys(one.date for one in call.deadlines if one.date)),
        amounts=tuple(sorted(set(_amounts(call)))),
        text=_sample(body),
    )


def _codes(call: Call, linked: Sequence[str], labelled: Sequence[str]) -> tuple[str, ...]:
    """The identifiers by which a call names itself, the surest place first.

    One that merely stands in the text may be that of another call, which this one goes with.
    """
    for places in (
        [code_of_reference(call.reference)],
        [code_of_address(call.url or "")],
        labelled,
        _titled(call.title),
        linked if len(linked) == 1 else [],
    ):
        if found := tuple(filter(None, dict.fromkeys(places))):
            return found
    return ()


def _main(title: str, subject: Sequence[str], places: Sequence[str]) -> int:
    before = _MAIN.split(title, 1)[0]
    return len(subject) if before == title else len(_title(before, places)[0])


def _titled(title: str) -> list[str]:
    """The identifiers in a title; one in capitals is full of words that look like some."""
    told = title.upper() != title or " " not in title.strip()
    return codes_in(title, shouted=True) if told else []


def _title(
    title: str, places: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    plain = identifiers.without_codes(title)
    if not set(words(plain)) - GENERIC - places_in(plain):  # a title that is its identifier
        plain = title
    subject: dict[str, None] = dict.fromkeys(sorted(places_in(plain) - set(places)))
    numbers, lots, years = set[str](), set[str](), set[str]()
    before = ""
    for word in _words_of_title(without_codes(plain)):
        number = _ORDINALS.get(word) or _ROMAN.get(word)
        if not number and (found := _NUMBER.fullmatch(word)):
            number = found[1].lstrip("0") or "0"
        if _YEAR.fullmatch(word):
            years.add(word)
        elif number or (before in _LOTS and _LOT.fullmatch(word)):
            # Objective 2.1 is a lot, and Industry 4.0 is none.
            lot = before in _LOTS or ("." in word and not word.endswith(".0"))
            (lots if lot else numbers).add(number or word)
        elif word not in GENERIC and word not in _LOTS and not places_in(word):
            subject[word] = None
        before = word
    return tuple(subject), tuple(sorted(numbers)), tuple(sorted(lots)), tuple(sorted(years))


def _words_of_title(title: str) -> Iterator[str]:
    for word in _TITLE_WORD.findall(title.replace("’", "'").replace("'", "")):
        if "." in word:
            yield word
        else:
            yield from words(word)


@lru_cache(maxsize=4096)
def _fund_of(code: str, name: str, source: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    said = f"{code} {name}".strip()
    own = source.replace("_", " ") if not said and not is_relay(source) else ""
    places = places_in(said or own.upper())
    known = [
        word
        for word in words(said or own)
        if word not in GENERIC and not places_in(word) and not word.isdigit() and len(word) > 1
        if said or word not in _PUBLISHERS
    ]
    return tuple(dict.fromkeys(known)), tuple(sorted(places))


def _fund(call: Call) -> tuple[tuple[str, ...], tuple[str, ...]]:
    programme = call.programme
    code, name = (programme.code, programme.name) if programme else (None, None)
    return _fund_of(code or "", name or "", call.source)


def _amounts(call: Call) -> Iterator[int]:
    for one in call.funding:
        for amount in (one.total, one.min_grant, one.max_grant):
            if amount and amount >= _AMOUNT:
                yield round(amount)


@lru_cache(maxsize=50_000)
def _hash(word: str) -> int:
    return zlib.crc32(word.encode())


def _sample(text: str) -> bytes:
    said = np.fromiter(map(_hash, words(text[:READ])), np.uint32)
    if len(said) < _SHINGLE:
        return b""
    first = said[: 1 - _SHINGLE]
    four = first.copy()
    for place in range(1, _SHINGLE):
        four *= _ODD  # wraps round, as a hash may
        four += said[place : len(first) + place]
    return np.unique(four[first % _SAMPLED == 0])[:_MOST_SHINGLES].tobytes()


def keys_of(one: Traits) -> list[int]:
    """Return the keys of a call: hashes of what it may share with the same call elsewhere.

    Of names (``is_name``) few calls have one in common; the others are left out where many calls
    share them, so that no block grows to all against all.
    """
    names = [f"i:{without_stage(code)}" for code in (*one.codes, *one.mentioned)]
    names += [f"u:{page}" for page in (one.address, *one.links) if page]
    found = [_key(text) & ~1 for text in _title_keys(one)]
    return list(dict.fromkeys([*(_key(name) | 1 for name in names), *found]))


def is_name(key: int) -> bool:
    """Whether a key is that of an identifier or address."""
    return bool(key & 1)


def _title_keys(one: Traits) -> Iterator[str]:
    subject = [word[:6] for word in one.subject]
    if subject:
        yield f"t:{' '.join(sorted(subject))}"
    pairs = {f"b:{a} {b}" for a, b in pairwise(subject)}
    yield from sorted(pairs, key=lambda text: zlib.crc32(text.encode()))[:4]
    longest = sorted(subject, key=lambda word: (-len(word), zlib.crc32(word.encode())))[:4]
    for date in one.deadlines[:6]:
        yield from (f"d:{date} {word}" for word in longest)
        if one.countries:
            yield f"c:{date} {' '.join(one.countries)}"
        yield from (f"f:{date} {word}" for word in one.fund[:3])
        yield from (f"a:{date} {amount}" for amount in one.amounts[:3])
    for value in one.hashes()[:3]:  # the least hashes: a copied text has the same ones
        yield f"s:{value}"


def _key(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
