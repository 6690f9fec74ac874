"""Calls of Interreg NEXT Romania - Ukraine."""

from crawler.sites import HtmlListing


class RoUa(HtmlListing):
    """Calls for proposals of the RO-UA programme.

    Publisher: Interreg VI-A NEXT Romania - Ukraine, joint secretariat in Suceava.
    Address: https://www.ro-ua.net/en/funding/calls-for-proposals
    Languages: English; copies in Romanian and Ukrainian are left aside.
    Cadence: one or two calls a year.
    Covers: the pages the listing links as calls.
    Oddities: made with Joomla; calls are articles of their own or stand under the news.
    Terms: none found that speak of reuse; robots.txt not seen and read on every visit.
    Certainty: B for the address, D for the markup: no real page was seen here.
    Last looked at: 2026-11-26 (descriptions only).
    """

    name = "ro_ua"
    hosts = ("www.ro-ua.net", "ro-ua.net")
    language = "en"
    zone = "Europe/Bucharest"
    address = "https://www.ro-ua.net/en/funding/calls-for-proposals"
    items = (
        "main a[href*=call], #content a[href*=call], .item-page a[href*=call], .blog a[href*=call]"
    )
    keep_if = {"title": r"\bcall\b", "url": r"/(funding|comunication)"}
    may_be_empty = True
