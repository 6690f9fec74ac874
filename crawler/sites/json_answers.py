"""Answers in JSON: read, and known from the HTML page that may come in their place."""

from __future__ import annotations

import json
import re
from typing import Any

from scrapy.http import Response, TextResponse

from crawler.errors import NotThePage
from crawler.sites.checks import insist_on_a_page

_ESCAPES = re.compile(rb"\\u(?:[dD][89a-fA-F]|0000)")
_NO_LETTERS = re.compile("[\x00\ud800-\udfff]")


def parsed(body: bytes) -> Any:
    """The data in the bytes of an answer, without what no database takes for a letter.

    A text that was cut in the middle of a sign ends in half of one, and names a code that is none;
    it is shown as such (U+FFFD). Raises ValueError or RecursionError for what is no JSON.
    """
    data = json.loads(body)
    return _lettered(data) if _ESCAPES.search(body) else data


def _lettered(data: Any) -> Any:
    if isinstance(data, str):
        return _NO_LETTERS.sub("\ufffd", data)
    if isinstance(data, list):
        return [_lettered(one) for one in data]
    if isinstance(data, dict):
        return {_lettered(name): _lettered(one) for name, one in data.items()}
    return data


def json_of(response: Response) -> Any:
    """The data in ``response``. Raises NotThePage for anything but whole JSON."""
    try:
        return parsed(response.body)
    except (ValueError, RecursionError) as error:
        if response.body[:500].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
            page = TextResponse(response.url, body=response.body, encoding="utf-8")
            insist_on_a_page(page)
            raise NotThePage("an HTML page instead of data") from error
        raise NotThePage("the answer is cut short or not JSON") from error
