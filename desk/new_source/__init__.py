"""The files of a new source, as a template that already runs: spider, sample pages, test."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from storage.codes import check_language
from storage.errors import BridgesError

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of site: the base spider for it, what its sample's calls are named, its address."""

    base: str
    first: str
    second: str
    address: str


KINDS: Mapping[str, Kind] = {
    "html": Kind("HtmlListing", "calls/first", "calls/second", "/calls"),
    "wordpress": Kind("WordPress", "101", "102", ""),
    "feed": Kind("FeedSource", "first-call", "second-call", "/feed/"),
    "json": Kind("JsonApi", "A-1", "A-2", "/api/calls"),
    "drupal": Kind("DrupalView", "grants/first", "grants/second", "/grants"),
    "sitemap": Kind("SitemapSource", "calls/first", "calls/second", "/sitemap.xml"),
}
"""The kinds of sites, by the name ``--kind`` knows them by."""


def files(name: str, kind: str, *, site: str | None = None, language: str = "en") -> dict[str, str]:
    """The text of each file of a new source, by its place in the project.

    ``site`` is the address of the site without a path; left out, one that cannot exist stands for
    it. Raises BridgesError for a name or an address that cannot be used.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or keyword.iskeyword(name):
        raise BridgesError(
            f"{name!r} cannot name a source: small letters, digits and _ between them"
        )
    site = (site or f"https://{name.replace('_', '-')}.example.eu").rstrip("/")
    parts = urlsplit(site)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise BridgesError(
            f"{site!r} is not the address of a site alone, as https://funding.example.eu; the path"
            " of its listing goes into the form"
        )
    try:
        check_language(language)
    except ValueError as error:
        raise BridgesError(f"{language!r} is not {error}") from error
    known = KINDS[kind]
    words = {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "class_name": "".join(part.capitalize() for part in name.split("_")),
        "base": known.base,
        "site": site,
        "host": parts.hostname,
        "address": site + known.address,
        "language": language,
        "first": known.first,
        "second": known.second,
    }
    folder = TEMPLATES / kind
    words["form"] = _filled(folder / "form.txt", words).rstrip("\n")
    pages = {
        f"tests/samples/{name}/{path.name}": _filled(path, words)
        for path in sorted(folder.iterdir())
        if path.name != "form.txt"
    }
    return {
        f"spiders/{name}.py": _filled(TEMPLATES / "spider.txt", words),
        f"tests/spiders/test_{name}.py": _filled(TEMPLATES / "test.txt", words),
        **pages,
    }


def _filled(path: Path, words: Mapping[str, str]) -> str:
    return Template(path.read_text(encoding="utf-8")).substitute(words)
