"""Grants of the International Visegrad Fund."""

from crawler.sites import HtmlListing


class VisegradFund(HtmlListing):
    """Grant programmes of the Visegrad Fund, each with the day of its next round.

    Publisher: International Visegrad Fund, Bratislava.
    Address: https://www.visegradfund.org/apply/grants/
    Languages: English.
    Cadence: rounds close on 1 February, 1 June and 1 October at noon.
    Covers: the grants the page shows.
    Oddities: a badge says when a grant opens or closes, on some pages without a year; with a
        Ukrainian applicant two Visegrad countries are enough.
    Terms: none found that speak of reuse; robots.txt not seen and read on every visit.
    Certainty: B; described by public scrapers, no real page was seen here.
    Last looked at: 2026-11-26 (descriptions only).
    """

    name = "visegrad_fund"
    hosts = ("www.visegradfund.org", "visegradfund.org")
    language = "en"
    zone = "Europe/Bratislava"
    address = "https://www.visegradfund.org/apply/grants/"
    items = "article.rounded-lg:has(h3)"
    listed = {"url": "a", "title": "h3", "deadlines": ".//span[contains(., 'eadline')]"}
    optional = frozenset({"deadlines"})
