"""Everything a site may answer instead of its pages, by the name in the table of the drill.

Each fault takes the honest answer to a request and gives the spoiled one.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

from tests.crawler.server import RESET, Answer, Asked, page
from tests.spiders.made_up import Copies, Site, body_of, kind_of, with_body

Spoil = Callable[[Answer, Asked, Site], Answer]

LISTING = "listing"
PAGES = "pages"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    ``where``: in all answers, or only in those for a listing or for a page of one call. ``loud``:
    whether a harvest under it may never be ok; else it may, if every call is found as before.
    ``adds``: whether it makes calls up, which nobody could tell from real ones. ``many``: it needs
    a listing of some length. ``befalls``: the sites it can happen to.
    """

    what: str
    spoil: Spoil
    where: str = ""
    loud: bool = True
    adds: bool = False
    many: bool = False
    befalls: Callable[[Site], bool] = lambda _site: True


def _said(answer: Answer) -> Spoil:
    return lambda _answer, _asked, _site: answer


def _html(text: str, status: int = 200) -> Spoil:
    return _said(page(f"<!DOCTYPE html><html><body>{text}</body></html>", status))


def _empty(answer: Answer, _asked: Asked, _site: Site) -> Answer:
    if kind_of(answer) == "json":
        emptied = json.dumps(_emptied(json.loads(body_of(answer))))
        return page(emptied, Content_Type="application/json")
    if kind_of(answer) == "xml":
        return with_body(answer, re.sub(rb"(?s)<item>.*</item>", b"", body_of(answer)))
    return page("<!DOCTYPE html><html><body><main><h1>Calls</h1></main></body></html>")


def _emptied(data: Any) -> Any:
    if isinstance(data, list):
        plain = data and isinstance(data[0], dict) and {"hits", "results"} & data[0].keys()
        return [_emptied(one) for one in data] if plain else []
    if isinstance(data, dict):
        return {name: _emptied(one) for name, one in data.items()}
    return 0 if isinstance(data, int) and not isinstance(data, bool) else data


def _cut(answer: Answer, _asked: Asked, _site: Site) -> Answer:
    return Answer(answer.data[: -max(len(body_of(answer)) // 2, 1)], then="close")


def _halved(answer: Answer, _asked: Asked, _site: Site) -> Answer:
    body = body_of(answer)
    return with_body(answer, body[: len(body) * 6 // 10])


def _retyped(answer: Answer, _asked: Asked, _site: Site) -> Answer:
    if kind_of(answer) != "json":
        return page("[1, 2, 3]", Content_Type="application/json")

    def change(data: Any) -> Any:
        if isinstance(data, dict):
            return {name: change(one) for name, one in data.items()}
        if isinstance(data, list):
            return [change(one) for one in data]
        return {"value": data} if isinstance(data, str) else data

    if b"token" in body_of(answer)[:40]:
        return answer
    return with_body(answer, json.dumps(change(json.loads(body_of(answer)))).encode())


@cache
def _bomb() -> bytes:
    return gzip.compress(bytes(120 << 20), 9)


def _huge(answer: Answer, _asked: Asked, _site: Site) -> Answer:
    return Answer(with_body(answer, body_of(answer) + b" " * (50 << 20)).data, then="close")


def _unannounced(answer: Answer, _asked: Asked, _site: Site) -> Answer:
    head = answer.data.partition(b"\r\n\r\n")[0]
    head = re.sub(rb"(?im)^content-length:.*\r\n|\r\ncontent-length:.*$", b"", head)
    return Answer(head + b"\r\n\r\n" + body_of(answer) + b" " * (50 << 20), then="close")


def _elsewhere(address: str) -> Spoil:
    return lambda _answer, asked, _site: page("", 302, Location=address or asked.target)


_STEPS = count()


def _on_and_on(_answer: Answer, asked: Asked, _site: Site) -> Answer:
    return page("", 302, Location=f"{asked.path}?step={next(_STEPS)}")


def _other_charset(answer: Answer, _asked: Asked, _site: Site) -> Answer:
    return with_body(answer, body_of(answer).decode().encode("utf-16-le"))


def _mixed_charsets(answer: Answer, _asked: Asked, _site: Site) -> Answer:
    """Spaces between words as one byte that no UTF-8 has, as from a database in Windows-1252."""
    return with_body(
        answer, re.sub(rb"(?<=[\w.,])[ ](?=[\w])(?![^<>]*>)", b"\xa0", body_of(answer))
    )


def _broken(answer: Answer, _asked: Asked, _site: Site) -> Answer:
    text = re.sub(r"</(?:p|li|td|tr|dd|dt)>", "", body_of(answer).decode())
    text = re.sub(r'(<[^<>]*?\b(?:class|id))="([\w-]+)"', r"\1=\2", text)
    text = re.sub(r"(<(?:h[1-6]|main|article)\b[^>]*>)", r"</font></b>\1", text)
    return with_body(answer, text.replace("&amp;", "&").encode())


def _baseless(answer: Answer, _asked: Asked, _site: Site) -> Answer:
    return with_body(answer, re.sub(rb'href="/(?=[^/"])', b'href="', body_of(answer)))


def _epoch(answer: Answer, _asked: Asked, _site: Site) -> Answer:
    text = body_of(answer).decode()
    text = re.sub(r"\b20[23]\d-\d\d-\d\d", "1970-01-01", text)
    text = re.sub(r"\b\d{1,2}([./] ?)\d{1,2}([./] ?)20[23]\d\b", r"1\g<1>1\g<2>1970", text)
    text = re.sub(r"\b\d{1,2}(\.?\s+[^\W\d]{3,12}\.?,?\s+)20[23]\d\b", r"1\g<1>1970", text)
    text = re.sub(r"\b([^\W\d]{3,12}\s+)\d{1,2}(,\s+)20[23]\d\b", r"\g<1>1\g<2>1970", text)
    return with_body(answer, text.encode())


def _dated(site: Site) -> bool:
    """Whether a call has a date with a year; the portal's have."""
    asked = Asked("GET", "/", {}, b"", b"", 0.0)
    answers = [one.answer for one in site.routes]
    return not answers or any(_epoch(one, asked, site).data != one.data for one in answers)


def _pages_of_calls(site: Site) -> bool:
    return site.has_pages


def _marked_up(site: Site) -> bool:
    return any(kind_of(one.answer) == "html" for one in site.routes)


def _linked(site: Site) -> bool:
    return any(b'href="/' in body_of(one.answer) for one in site.routes if site.lists(one))


FAULTS: Mapping[str, Fault] = {
    "challenge": Fault(
        "a challenge served as 200",
        _html("<title>Just a moment...</title><div id='cf-challenge'>Checking</div>"),
    ),
    "maintenance": Fault(
        "a maintenance page served as 200",
        _html("<h1>The site is under maintenance. Please try again later.</h1>"),
    ),
    "empty": Fault("the same page without anything on it", _empty),
    "403": Fault("answered 403", _html("<h1>403 Forbidden</h1>", 403)),
    "404": Fault("answered 404", _html("<h1>404 Not Found</h1>", 404)),
    "500": Fault("answered 500", _html("<h1>500</h1>", 500)),
    "reset": Fault("the connection is reset", _said(RESET)),
    "cut short": Fault("less comes than was announced", _cut),
    "half a page": Fault("a page that stops in the middle, and says it is whole", _halved),
    "garbage": Fault("bytes that mean nothing", _said(page(bytes(range(256)) * 40))),
    "another shape": Fault("texts become objects, pages become data", _retyped),
    "redirect loop": Fault("a redirect to itself", _elsewhere("")),
    "redirects": Fault("redirects to ever new addresses", _on_and_on),
    "private": Fault(
        "a redirect to a private address",
        _elsewhere("http://169.254.169.254/latest/meta-data/"),
    ),
    "gzip bomb": Fault(
        "120 MB of zeros in 120 kB",
        lambda _answer, _asked, _site: page(_bomb(), Content_Encoding="gzip"),
    ),
    "50 MB": Fault("50 MB, announced", _huge),
    "50 MB more": Fault("50 MB, unannounced", _unannounced),
    "charset": Fault("another encoding than the header says", _other_charset, loud=False),
    "charsets": Fault("two encodings in one page", _mixed_charsets),
    "broken HTML": Fault(
        "end tags and quotes left out, others too many", _broken, loud=False, befalls=_marked_up
    ),
    "no base": Fault(
        "links relative to a base that is missing",
        _baseless,
        where=LISTING,
        loud=False,
        adds=True,
        befalls=_linked,
    ),
    "1970": Fault("every date is the first of 1970", _epoch, befalls=_dated),
    "doubled": Fault(
        "every call twice, with other words",
        lambda answer, _asked, site: Copies(site).doubled(answer),
        where=LISTING,
        loud=False,
        befalls=lambda site: site.copied,
    ),
    "repeated": Fault(
        "every page of the listing is the first",
        lambda _answer, _asked, site: Copies(site).next_page(renamed=False),
        where=LISTING,
        befalls=lambda site: site.paged,
    ),
    "endless": Fault(
        "ever more pages with ever new calls",
        lambda _answer, _asked, site: Copies(site).next_page(renamed=True),
        where=LISTING,
        loud=False,
        adds=True,
        befalls=lambda site: site.paged,
    ),
    "few": Fault(
        "a listing under half its usual length",
        lambda answer, _asked, _site: answer,
        many=True,
        adds=True,  # what stood on a second page, behind the many of the first
        befalls=lambda site: site.copied,
    ),
    "field in few": Fault(
        "a field that few calls have any more",
        lambda answer, asked, site: Copies(site).withheld(answer, asked, left=4),
        many=True,
        befalls=lambda site: site.copied,
    ),
    "field in none": Fault(
        "a field that no call has any more: a selector that matches nothing",
        lambda answer, asked, site: Copies(site).withheld(answer, asked, left=0),
        many=True,
        befalls=lambda site: site.copied,
    ),
    "pages gone": Fault(
        "the listing comes, no page behind it does",
        _html("gone", 500),
        where=PAGES,
        befalls=_pages_of_calls,
    ),
}
"""What a server may answer, by its name in the table."""
