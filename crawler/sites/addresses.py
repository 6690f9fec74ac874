"""Addresses that stay the same however a page was reached, and the references made of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|yclid|msclkid|mc_[ce]id|_ga|_gl|igshid|ref_src|mtm_\w+|pk_\w+"
    r"|PHPSESSID|jsessionid|sid",
    re.IGNORECASE,
)
"""Query parameters that say how a visitor came, never which page it is."""

_SESSION = re.compile(r";jsessionid=[^/?#]*", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}


def canonical(url: str, noise: Iterable[str] = ()) -> str:
    """The address without fragment, tracking and the parameters ``noise`` names.

    Raises ValueError for what is no address of a web page.
    """
    parts = urlsplit(url.strip())
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"{url[:80]!r} is not the address of a web page")
    host = parts.hostname
    if parts.port and parts.port != _PORTS[parts.scheme]:
        host = f"{host}:{parts.port}"
    unwanted = set(noise)
    query = parts.query
    if query:
        pairs = parse_qsl(query, keep_blank_values=True)
        kept = [one for one in pairs if one[0] not in unwanted and not TRACKING.fullmatch(one[0])]
        if kept != pairs:  # else as published: another quoting would be another address
            query = urlencode(kept)
    return urlunsplit((parts.scheme, host, _SESSION.sub("", parts.path) or "/", query, ""))


def reference(url: str, pattern: str | None = None) -> str | None:
    """The name of a page within its site, from its canonical address.

    What the first group of ``pattern`` holds, None if it does not match; without a pattern the
    path, readable and without slashes at its ends, with the query if there is one.
    """
    if pattern is not None:
        found = re.search(pattern, url)
        return unquote(found[1]) if found else None
    parts = urlsplit(url)
    path = unicodedata.normalize("NFC", unquote(parts.path)).strip("/")
    return f"{path}?{parts.query}" if parts.query else path
