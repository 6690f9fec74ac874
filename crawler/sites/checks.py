"""Pages that came with status 200 and are not the page: challenges, maintenance, log-ins."""

from __future__ import annotations

import re

from scrapy.http import JsonResponse, Response, TextResponse

from crawler.errors import NotThePage
from crawler.reading.text import one_line

_LOOKED_AT = 200_000
"""Characters of a page that are searched; a challenge page is a few thousand long."""

_BROKEN = (3, 0.1)
"""Letters that could not be read, and their share of all beyond ASCII, which make a page none.

A few are common: programs that shorten texts cut through the middle of a letter.
"""

_REPLACEMENT = "\ufffd"

_SHORT = 3_000
"""Characters of words above which a page that speaks of maintenance is a page about it."""

_CHALLENGES = {
    "a Cloudflare challenge": re.compile(
        r"<title>\s*(Just a moment|Attention Required! \| Cloudflare|Please Wait\.\.\.)"
        r"|_cf_chl_opt|cf-browser-verification|id=\"challenge-(?:form|running|error)",
        re.IGNORECASE,
    ),
    "a bot check": re.compile(
        r"_Incapsula_Resource|Incapsula incident ID|window\.awsWafCookieDomainList"
        r"|DDoS protection by|sucuri_cloudproxy|/\.well-known/sgcaptcha|ddos-guard/js-challenge"
        r"|<title>\s*(Access Denied|Request Rejected|Pardon Our Interruption|Robot Check"
        r"|Checking your browser|Bot verification|One moment, please)",
        re.IGNORECASE,
    ),
}
# Said in a title or heading, or on a page with little else.
_MAINTENANCE = re.compile(
    r"\b(?:under|scheduled|planned|undergoing|(?:down|closed|offline) for) (?:\w+ )?maintenance\b"
    r"|\bmaintenance (?:mode|page)|\btemporarily (?:unavailable|down|offline)\b"
    r"|\bservice unavailable\b|\berror establishing a database connection\b"
    r"|\bwartungs(?:arbeiten|modus)\b|\ben (?:cours de )?maintenance\b"
    r"|\bv údržbě\b|\bprebieha údržba\b|\bprzerwa techniczna\b"
    r"|\bprac[ey] (?:techniczne|serwisowe)\b"
    r"|\bîn mentenanță\b|\bhooldustöö|\btehniskie darbi|\btvarkymo darbai"
    r"|технічн\w+ (?:роб[оі]т|обслуговуван)|сайт тимчасово (?:не працює|недоступний)"
    r"|технически\w+ работ",
    re.IGNORECASE,
)
_OPENS = re.compile(r"<(?:html|body)\b", re.IGNORECASE)
_ENDS = re.compile(r"</(?:html|body)\s*>", re.IGNORECASE)
_DECLARED = re.compile(r"^\s*<\?xml[^>]*>")
_LOGIN = re.compile(
    r"^(?:please )?(?:log ?in|sign ?in|anmelden|anmeldung|connexion|se connecter|zaloguj"
    r"|logowanie|увійти|вхід|авторизація|logga in|přihlášení|prihlásenie)\b",
    re.IGNORECASE,
)


def instead(response: Response) -> str:
    """What came instead of a page of the site, in words; empty if it is one."""
    if not isinstance(response, TextResponse):
        return "a file"
    if isinstance(response, JsonResponse):
        return "data"
    text = response.text[:_LOOKED_AT]
    if not text.strip():
        return "an empty page"
    for what, pattern in _CHALLENGES.items():
        if pattern.search(text):
            return what
    if what := illegible(response):
        return what
    return "" if "<" not in text[:_SHORT] else _said_on(response, text) or _cut(response.text)


def broken_letters(response: TextResponse) -> int:
    """How many places of a page are no letters in its charset."""
    found = response.text.count(_REPLACEMENT)
    if found and response.encoding == "utf-8":  # it may hold them as it was written
        found -= response.body.count(_REPLACEMENT.encode())
    return max(found, 0)


def illegible(response: TextResponse) -> str:
    """What to call a page most of whose letters beyond ASCII are none in its charset."""
    most, share = _BROKEN
    broken, text = broken_letters(response), response.text
    if broken > most and broken > share * (len(text) - len(text.encode("ascii", "ignore"))):
        return "a page whose letters cannot be read"
    return ""


def _cut(text: str) -> str:
    """What to call a page that begins as a whole one and never ends, as when its program failed."""
    if _OPENS.search(text[:_LOOKED_AT]) and not _ENDS.search(text):
        return "a page that stops in the middle"
    return ""


def _said_on(page: TextResponse, text: str) -> str:
    """What a page with markup says of itself that no page of calls would."""
    title = " ".join(page.css("title::text").get("").split())
    heads = [title, *(one_line(one) for one in page.css("h1, h2").getall()[:3])]
    words = ""
    if len(text) < 10 * _SHORT:
        # Without its declaration: of a feed that is broken, our reader of HTML would complain.
        words = one_line(page.css("body").get("") or _DECLARED.sub("", text))
    if any(_MAINTENANCE.search(one) for one in heads) or (
        len(words) < _SHORT / 3 and _MAINTENANCE.search(words)
    ):
        return "a maintenance page"
    if _LOGIN.search(title) and page.css("input[type=password]"):
        return "a log-in page"
    return ""


def insist_on_a_page(response: Response) -> TextResponse:
    """The response, if it is a page of the site. Raises NotThePage with what it is instead."""
    if what := instead(response):
        raise NotThePage(f"{what} came instead of the page")
    assert isinstance(response, TextResponse)  # noqa: S101  (anything else is a file)
    return response
