"""Which addresses of scraped pages may become links."""

from __future__ import annotations

from urllib.parse import urlsplit

from desk.text import line


def web_address(url: str | None) -> str | None:
    """Return ``url`` if a person can follow it safely: http or https, with a host, in one piece."""
    said = line(url)
    try:
        parts = urlsplit(said)
        host = parts.hostname
    except ValueError:
        return None
    return said if parts.scheme in {"http", "https"} and host and " " not in said else None
