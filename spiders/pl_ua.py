"""Calls of Interreg NEXT Poland - Ukraine."""

from crawler.sites import HtmlListing


class PlUa(HtmlListing):
    """News of the PL-UA programme that announce calls for proposals.

    Publisher: Interreg NEXT Poland - Ukraine, joint secretariat in Warsaw.
    Address: https://pl-ua.eu/en/news/
    Languages: English; copies in Polish and Ukrainian are left aside.
    Cadence: one or two calls a year, several news a month.
    Covers: news on calls, newest two pages; each needs partners from both countries.
    Oddities: news of all kinds stand in one list, so most entries are left out.
    Terms: none found that speak of reuse; robots.txt not seen and read on every visit.
    Certainty: B; described by public scrapers, no real page was seen here.
    Last looked at: 2026-11-26 (descriptions only).
    """

    name = "pl_ua"
    hosts = ("pl-ua.eu", "www.pl-ua.eu")
    language = "en"
    zone = "Europe/Warsaw"
    address = "https://pl-ua.eu/en/news/page/{page}/"
    depth = 2
    items = "li.news-list-wrapper__list__item"
    listed = {"url": "a", "title": "h3", "published": "small.card-success-story__date"}
    may_be_empty = True
    keep_if = {"title": r"\bcalls?\b.*propos|propos.*\bcall|\bopen call|small projects?|deadline"}
    drop_if = {"title": r"\b(results?|awarded|signed|conference|training)\b"}
