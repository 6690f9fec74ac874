"""Calls of the Lithuanian agency that runs Ukraine2EU."""

from crawler.sites import HtmlListing


class Cpva(HtmlListing):
    """Calls for proposals of CPVA, the Lithuanian central project management agency.

    Publisher: CPVA, Vilnius.
    Address: https://cpva.lt/en/calls-for-proposals
    Languages: English.
    Cadence: several a year.
    Covers: the pages the listing links as calls.
    Oddities: hours come with their offset ("23:59 EEST (UTC+3)").
    Terms: none found that speak of reuse; robots.txt not seen and read on every visit.
    Certainty: C; stored text was described, no real markup was seen here.
    Last looked at: 2026-11-26 (descriptions only).
    """

    name = "cpva"
    hosts = ("cpva.lt", "www.cpva.lt")
    language = "en"
    zone = "Europe/Vilnius"
    address = "https://cpva.lt/en/calls-for-proposals"
    items = "main a[href*='call'], article a[href*='call'], #content a[href*='call']"
    keep_if = {"title": r"\w"}
    may_be_empty = True
