"""A base spider for each kind of site: a new source is a filled-in form."""

from __future__ import annotations

from crawler.sites.drupal import DrupalView
from crawler.sites.feed import FeedSource
from crawler.sites.html import HtmlListing
from crawler.sites.json_api import JsonApi
from crawler.sites.pages import FixedPages
from crawler.sites.sitemap import SitemapSource
from crawler.sites.spider import Entry, SiteSpider
from crawler.sites.wordpress import WordPress

__all__ = [
    "DrupalView",
    "Entry",
    "FeedSource",
    "FixedPages",
    "HtmlListing",
    "JsonApi",
    "SiteSpider",
    "SitemapSource",
    "WordPress",
]
