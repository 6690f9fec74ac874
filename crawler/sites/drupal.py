"""Views of Drupal: facets in the address, a pager counted from 0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from crawler.sites.html import HtmlListing


class DrupalView(HtmlListing):
    """A listing made by Drupal's Views, with facets and a pager.

    As ``HtmlListing``, but most of the form is already filled in:

    1. ``address`` is the view with its facets, as
       ``https://site.example/grants?f[0]=grant_site:Ukraine``.
    2. ``items`` is ``.views-row`` and the pager's next link is followed; override what differs.
    3. A view without results says so in ``.view-empty``: with ``may_be_empty`` that is believed.
    4. Addresses lose the pager's and the facets' parameters.

    For example::

        class Delegation(DrupalView):
            name = "delegation"
            hosts = ("delegation.example.eu",)
            language = "en"
            address = "https://delegation.example.eu/grants?f[0]=country:UA"
            days_only = True  # every datetime says 12:00:00Z
            listed = {
                "url": ".card-title a",
                "title": ".card-title a",
                "deadlines": ".field--name-field-deadline time::attr(datetime)",
            }
            detail = {"description": ".node__content"}
    """

    items = ".view-content .views-row"
    listed: ClassVar[Mapping[str, str]] = {
        "url": ".views-field-title a, h2 a, h3 a",
        "title": ".views-field-title a, h2 a, h3 a",
    }
    next_page = (
        ".pager__item--next a::attr(href), li.pager-next a::attr(href), a[rel=next]::attr(href)"
    )
    empty = ".view-empty"
    noise: ClassVar[tuple[str, ...]] = ("page", "f[0]", "f[1]", "f[2]")
