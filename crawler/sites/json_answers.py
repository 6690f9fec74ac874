"""Answers in JSON: read, and known from the HTML page that may come in their place."""

from __future__ import annotations

import json
from typing import Any

from scrapy.http import Response, TextResponse

from crawler.errors import NotThePage
from crawler.sites.checks import insist_on_a_page


def json_of(response: Response) -> Any:
    """The data in ``response``. Raises NotThePage for anything but whole JSON."""
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError) as error:
        if response.body[:500].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
            page = TextResponse(response.url, body=response.body, encoding="utf-8")
            insist_on_a_page(page)
            raise NotThePage("an HTML page instead of data") from error
        raise NotThePage("the answer is cut short or not JSON") from error
