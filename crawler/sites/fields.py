"""The words of one call by field name: selected from HTML or JSON, and put together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from parsel import Selector
from scrapy.http import TextResponse

from crawler.reading.text import clean, one_line

MARKUP = ("summary", "description", "conditions", "countries", "applicants")
"""Fields whose markup is kept, for the readers to see lists and tables in it."""

LISTS = ("deadlines", "documents")
"""Fields that may hold several values."""

DATES = ("deadlines", "opens", "published")
"""Fields that hold nothing but dates."""

FIELDS = (
    "title", "url", "reference", "parent", "language", "opens", "published", "programme", "label",
    *MARKUP, *LISTS,
)  # fmt: skip
"""Every field a form may name. ``label`` is for ``drop_if`` and ``keep_if`` only."""

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d(?=[T ]\d\d:\d\d)")

_CLOCK_ZERO = re.compile(
    r"\b(?:1970[-./]0?1[-./]0?1|0?1[./-] ?0?1[./-] ?1970|1969-12-31|31[./-]12[./-]1969"
    r"|0?1\.?\s[^\W\d_]{3,12}\.?,?\s1970|[^\W\d_]{3,12}\.?\s0?1,?\s1970)(?!\d)"
)

Fields = dict[str, list[Any]]


def first(fields: Fields, name: str) -> str | None:
    """The first value of a field, None if there is none."""
    values = fields.get(name)
    return str(values[0]) if values else None


def select(here: Selector | TextResponse, selectors: Mapping[str, str], *, base: str) -> Fields:
    """What each selector finds in ``here``; fields without any are left out.

    A selector is CSS, or XPath if it begins with ``./`` or ``//``, or ``ld:name`` for a property
    of the page's structured data (JSON-LD, microdata). An element stands for its address where
    the field is ``url``, for ``{url, title}`` in ``documents``, for its markup in the fields of
    ``MARKUP``, and else for its words on one line.
    """
    found: Fields = {}
    for name, selector in selectors.items():
        if selector.startswith("ld:"):
            values: list[Any] = structured(here, selector.removeprefix("ld:"), base)
        else:
            values = [value_of(name, one) for one in _chosen(here, selector)]
        if values := [one for one in values if _says(one)]:
            found[name] = values
    return found


def _says(value: Any) -> bool:
    """Whether a value is more than the frame it stands in: an empty cell reads as a stroke."""
    return any(map(str.isalnum, value)) if isinstance(value, str) else bool(value)


def _chosen(here: Selector | TextResponse, selector: str) -> Iterable[Selector]:
    if selector.startswith(("./", "//", "(")):
        return here.xpath(selector)
    return here.css(selector)


def value_of(name: str, node: Selector) -> Any:
    if not hasattr(node.root, "tag"):  # already a text or an attribute
        text = str(node.get() or "")
        return {"url": text.strip(), "title": ""} if name == "documents" else text.strip()
    if name == "url":
        return (node.attrib.get("href") or "").strip()
    if name == "documents":
        address = (node.attrib.get("href") or "").strip()
        return {"url": address, "title": one_line(node.get())} if address else None
    return node.get().strip() if name in MARKUP else one_line(node.get())


def structured(here: Selector | TextResponse, name: str, base: str) -> list[str]:
    """The values of a property in the structured data of a page, of whatever type it is."""
    import extruct  # type: ignore[import-untyped]  # noqa: PLC0415  (0.3 s that few sources need)

    markup = here.get() if isinstance(here, Selector) else here.text
    data = extruct.extract(
        markup, base_url=base, syntaxes=["json-ld", "microdata"], uniform=True, errors="ignore"
    )
    found: dict[str, None] = {}

    def walk(node: Any) -> None:
        if isinstance(node, list):
            for one in node:
                walk(one)
        elif isinstance(node, dict):
            for key, value in node.items():
                if key == name and isinstance(value, str | int | float):
                    found[str(value)] = None
                else:
                    walk(value)

    walk(data)
    return list(found)


def labelled(here: Selector | TextResponse, rows: str, label: str, value: str) -> Iterable[
    tuple[str, Selector]
]:  # fmt: skip
    """Each row of a table, list of definitions or the like: its label and the node of its value."""
    for row in _chosen(here, rows):
        names = [one_line(str(one.get() or "")) for one in _chosen(row, label)]
        values = list(_chosen(row, value))
        if names and names[0] and values:
            yield names[0].rstrip(":： "), values[0]


def label_key(label: str) -> str:
    """A label as it is compared: without case, doubled spaces and the colon at its end."""
    return " ".join(label.casefold().rstrip(":： ").split())


def with_label(label: str, markup: str) -> str:
    """A labelled value as a paragraph, so that the readers see what the value is a value of."""
    lines = clean(markup).split("\n")
    if len(lines) == 1:
        return f"<p>{escape(label)}: {escape(lines[0])}</p>" if lines[0] else ""
    return f"<p>{escape(label)}:</p>\n{markup}"


class OddShapeError(ValueError):
    """Raised by ``dig`` for a field that holds another kind of value than ever before."""


def dig(data: Any, path: str) -> list[str]:
    """The texts at ``path`` (``title.rendered``, ``dates.0.end``) in JSON data.

    A list on the way, or at the end, stands for each of its members. Nothing there is no error;
    raises OddShapeError where an object stands in the place of a text.
    """
    found = [data]
    for key in filter(None, path.split(".")):
        below = []
        for one in found:
            if isinstance(one, list) and key.isdecimal():
                below += one[int(key) : int(key) + 1]
                continue
            for member in one if isinstance(one, list) else [one]:
                if isinstance(member, dict) and member.get(key) is not None:
                    below.append(member[key])
        found = below
    texts = []
    for one in found:
        for member in one if isinstance(one, list) else [one]:
            if isinstance(member, dict | list):
                raise OddShapeError(path)
            if member is not None and str(member).strip():
                texts.append(str(member).strip())
    return texts


def is_clock_zero(text: str) -> bool:
    """Whether a text names 1 January 1970: what programs print for a date that they do not have."""
    return _CLOCK_ZERO.search(text) is not None


def day_only(phrase: str) -> str:
    """A timestamp whose clock is a placeholder (midnight, noon) without it."""
    return found[0] if (found := _TIMESTAMP.match(phrase)) else phrase


def is_only_heading(markup: str, page: TextResponse) -> bool:
    """Whether a text is no more than a heading, which a page with nothing on it has too."""
    return one_line(markup) in {one_line(head) for head in page.css("title, h1, h2").getall()}


def article(markup: str, url: str) -> str:
    """The main text of a page for which no selector is known, as simple HTML; may be empty."""
    import trafilatura  # noqa: PLC0415  (0.4 s that few sources need)

    found = trafilatura.extract(
        markup,
        url=url,
        output_format="html",
        include_comments=False,
        include_tables=True,
        include_links=True,
        favor_recall=True,
        deduplicate=False,
    )
    return found or ""
