"""The form a source fills in: what every kind of site may be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from crawler.sites.fields import FIELDS
from crawler.spider import CallSpider


class Form(CallSpider):
    """What a source says of itself, beside ``name``, ``hosts``, ``language`` and ``may_be_empty``.

    Raises TypeError when a class names a field that does not exist.
    """

    address: ClassVar[str | tuple[str, ...]] = ()
    """The address of the listing, or several."""

    zone: ClassVar[str | None] = None
    """Where the source's clocks are (IANA), if it does not say so beside each time."""

    kind: ClassVar[str] = "grant"
    languages: ClassVar[Mapping[str, str]] = {}
    """Language by a pattern of the call's address, for a source with several; the first wins."""

    detail: ClassVar[Mapping[str, str]] = {}
    """What to take from the page of a call, by field."""

    rows: ClassVar[tuple[str, str, str]] = ("tr", "th, td", "./td[last()]")
    """Where a page has labelled values: selectors of a row, and in it of label and value."""

    labels: ClassVar[Mapping[str, str]] = {}
    """The field of each label; what ``rows`` finds under another label goes to the description."""

    ignored: ClassVar[tuple[str, ...]] = ()
    """Labels whose values are of no use, as ``Contact``."""

    without: ClassVar[str | None] = None
    """What to cut out of the page of a call first, as buttons to share it (CSS)."""

    article: ClassVar[bool | None] = None
    """Whether to look for the main text of the page by itself, when no selector is known.

    None: a listing in HTML does where neither ``detail`` nor ``labels`` says what to take.
    """

    reference: ClassVar[str | None] = None
    """A pattern of the address whose first group names the call; else its whole path does."""

    noise: ClassVar[tuple[str, ...]] = ()
    """Query parameters that do not tell one page from another, as the page of the listing."""

    drop_if: ClassVar[Mapping[str, str]] = {}
    keep_if: ClassVar[Mapping[str, str]] = {}
    """Patterns by field of entries to leave out, and of the only ones to take.

    A source with these ``may_be_empty`` when none of its entries is wanted, never without entries.
    """

    days_only: ClassVar[bool] = False
    """Whether the clock in the source's timestamps is a placeholder, as midnight for every date."""

    optional: ClassVar[frozenset[str]] = frozenset()
    """Fields that may be missing in every call."""

    usual: ClassVar[int | None] = None
    """How many calls there usually are: under half of it something is wrong."""

    depth: ClassVar[int | None] = None
    """Listing pages that are read of an archive that never ends; older calls are not missed."""

    most_pages: ClassVar[int] = 60
    """Listing pages after which a listing is taken for endless."""

    page_seconds: ClassVar[float] = 600
    """Seconds for the pages of calls; of the rest what the listing says is kept."""

    in_a_row: ClassVar[int] = 4
    """Pages of calls that may fail one after the other before no more are asked for."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        named = {*cls.detail, *cls.labels.values(), *cls.drop_if, *cls.keep_if, *cls.optional}
        named |= set(getattr(cls, "listed", ()))
        if unknown := named - {*FIELDS, ""}:
            raise TypeError(f"{cls.__name__} names fields that do not exist: {sorted(unknown)}")
