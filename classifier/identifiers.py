"""What names a call in any source: the identifiers of the EU portal, and addresses of pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from storage.domain import Call

_CODE = re.compile(
    r"(?<![A-Za-z0-9/_.-])(?P<topic>[A-Z][A-Z0-9]{1,11}(?:-[A-Za-z0-9+]{1,24}){1,9})(?![A-Za-z0-9_])"
    r"|europeaid/(?P<number>\d{5,6})(?=/|\b)",
    re.IGNORECASE,
)
"""A topic of the portal has a year among its parts, as HORIZON-CL5-2026-01-D2-04; external actions
are numbered, as EuropeAid/185059/DD/ACT/ME."""

_YEAR = re.compile(r"-20[12]\d(?=-|\Z)")
_MAY_HOLD = re.compile(r"-20[12]\d|[Aa][Ii][Dd]/\d")
_STAGES = re.compile(r"-(?:two|single)-stage\Z", re.IGNORECASE)
"""Some topics have it at their end on the portal, and not where others name them; of others the
portal has two, one with it and one without."""

_SHOUTED = re.compile(r"[A-Z][A-Z0-9]+(?:-[A-Z0-9+]*\d[a-z]?|-[A-Z0-9+]+|-[a-c])+")
_NUMBERED = re.compile(r"[A-Z][A-Z0-9]{2,}-(?=.*\d).+")
"""Within a text an identifier is in capitals, or begins with them and has more numbers than its
year; “EU-wide-2026” is none."""

_PROSPECT = re.compile(r"(\d{5,6})(?:PROSPECTS?)?EN\Z", re.IGNORECASE)
_CASCADE = re.compile(r"\d+COMPETITIVE_CALL", re.IGNORECASE)
_LABELLED = re.compile(
    r"(?:call|topic)\s+(?:number|no\.?|id|identifier|reference|ref\.?)"
    r"|(?:номер|ідентифікатор)\s+(?:конкурсу|теми)",
    re.IGNORECASE,
)
_NEAR_LABEL = 40
_URL = re.compile(r"https?://[^\s<>\"'()\[\]{}|\\^`]{4,500}", re.IGNORECASE)
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|yclid|_hs\w+|ref|ref_src|source|from|"
    r"share|css|print|amp|lang|language|locale|sort|order|page|s|hl|cn-reloaded|keywords?|pk_\w+",
    re.IGNORECASE,
)
"""Parameters that say how a page was come by or is to look, never which page it is."""

_LANGUAGE = re.compile(r"(?:[a-z]{2})(?:[-_][a-z]{2})?", re.IGNORECASE)
_LISTING = re.compile(
    r"(?:open-)?(?:calls?|grants?|funding|news|opportunities|home|index(?:\.\w+)?|"
    r"calls?-for-(?:proposals?|projects?|applications?)|open-calls?|apply|programmes?|about|"
    r"konkursy?|granty?|novyny)",
    re.IGNORECASE,
)
_FILE = re.compile(r"\.(?:pdf|docx?|odt|rtf|xlsx?|zip|jpe?g|png)\Z", re.IGNORECASE)
_MOST = 12
READ = 2_500
"""Letters of a description that are looked at: further on, a call speaks of other calls."""


def opening(call: Call) -> str:
    """Return the part of a call's text in which it names itself."""
    return "\n".join(filter(None, (call.summary, (call.description or "")[:READ])))


def codes_in(text: str, *, shouted: bool = False) -> list[str]:
    """Return the identifiers in a text, folded, each once, in the order they come.

    ``shouted``: only those all in capitals; a title may begin with half of one and go on in words.
    """
    return list(dict.fromkeys(code for code, _ in places_of(text, shouted=shouted)))


def without_codes(text: str) -> str:
    """Return a text without the identifiers in it that are all in capitals."""
    return _CODE.sub(lambda found: " " if _is_shouted(found) else found[0], text)


def labelled_codes(text: str, codes: Sequence[tuple[str, int]]) -> list[str]:
    """Return those of a text's identifiers (``places_of``) that follow a label: “Call number:”."""
    found: dict[str, None] = {}
    for label in _LABELLED.finditer(text) if codes else ():
        near = (code for code, at in codes if 0 <= at - label.end() <= _NEAR_LABEL)
        if code := next(near, ""):
            found[code] = None
    return list(found)


def code_of_reference(reference: str) -> str:
    """Return the identifier that a reference is, "" when it is none."""
    if _CASCADE.match(reference):
        return ""
    if found := _PROSPECT.match(reference):
        return f"europeaid/{found[1]}"
    codes = codes_in(reference)
    return codes[0] if len(codes) == 1 and reference[:8].casefold() == codes[0][:8] else ""


def code_of_address(url: str) -> str:
    """Return the identifier that an address ends with, "" when it ends otherwise.

    The portal's pages of topics do, in any case of letters, and the files its index names.
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # no address at all: "http://[broken"
        return ""
    if found := re.search(r"callId=(\d{5,6})\b", parts.query):
        return f"europeaid/{found[1]}"
    last = unquote(parts.path.rstrip("/").rpartition("/")[2])
    last = re.sub(r"\.(?:json|html?)\Z", "", last)
    if "topic" not in parts.path.casefold():
        return ""
    if found := re.fullmatch(r"(\d{5,6})EN", last):
        return f"europeaid/{found[1]}"
    codes = codes_in(last)
    return codes[0] if codes and last[:8].casefold() == codes[0][:8] else ""


def _is_shouted(found: re.Match[str]) -> bool:
    topic = found["topic"]
    return not topic or bool(_YEAR.search(topic) and _SHOUTED.fullmatch(_STAGES.sub("", topic)))


def places_of(text: str, *, shouted: bool = False) -> list[tuple[str, int]]:
    """The same, as often as they come, and where each begins."""
    return list(_found(text, shouted=shouted))


def _found(text: str, *, shouted: bool) -> Iterator[tuple[str, int]]:
    if not _MAY_HOLD.search(text):  # most texts hold none, and this is seen ten times faster
        return
    for found in _CODE.finditer(text):
        if found["number"]:
            yield f"europeaid/{found['number']}", found.start()
        elif _YEAR.search(topic := found["topic"]):
            numbered = not shouted and _NUMBERED.fullmatch(_YEAR.sub("", topic))
            if text == topic or numbered or _is_shouted(found):
                yield topic.casefold(), found.start()


def without_stage(code: str) -> str:
    """Return a topic as those name it who leave out that it has two stages."""
    return _STAGES.sub("", code)


def part_of(one: str, other: str) -> bool:
    """Whether one identifier is the beginning of the other: a call and a topic of it."""
    short, long = sorted((one, other), key=len)
    return long.startswith(f"{short}-")


def canonical(url: str | None) -> str:
    """Return an address without what does not tell pages apart, "" for none that names one.

    Host without ``www.``, path without its last slash and a leading language, parameters sorted
    and without tracking. A home page or a listing names no call.
    """
    try:
        parts = urlsplit((url or "").strip())
        host = (parts.hostname or "").removeprefix("www.")
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:
        return ""
    if parts.scheme.casefold() not in ("http", "https") or "." not in host:
        return ""
    steps = [step for step in unquote(parts.path).split("/") if step]
    if steps and _LANGUAGE.fullmatch(steps[0]):
        steps = steps[1:]
    asked = sorted(
        (name, value)
        for name, value in parse_qsl(parts.query)
        if value and not _TRACKING.fullmatch(name)
    )
    if not asked and all(_LISTING.fullmatch(step) for step in steps):
        return ""
    path = "/".join(steps).casefold()
    return f"{host}{port}/{path}" + (f"?{urlencode(asked)}" if asked else "")


def linked_codes(texts: Iterable[str]) -> list[str]:
    """Return the identifiers of the portal's pages that texts link to, each once."""
    found: dict[str, None] = {}
    for text in texts:
        for match in _URL.finditer(text):
            if code := code_of_address(match[0].rstrip(".,;:!?")):
                found[code] = None
    return list(found)


def links_in(texts: Iterable[str]) -> list[str]:
    """Return the pages that texts link to, canonical, each once; files name no call."""
    found: dict[str, None] = {}
    for text in texts:
        for match in _URL.finditer(text):
            link = match[0].rstrip(".,;:!?")
            if (page := canonical(link)) and not _FILE.search(urlsplit(link).path):
                found[page] = None
            if len(found) >= _MOST:
                return list(found)
    return list(found)
