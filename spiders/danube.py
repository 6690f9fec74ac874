"""Calls of the Interreg Danube Region programme."""

from crawler.sites import HtmlListing


class Danube(HtmlListing):
    """Calls for proposals of the Danube programme, open to four oblasts of Ukraine.

    Publisher: Interreg Danube Region, joint secretariat in Budapest.
    Address: https://interreg-danube.eu/calls-for-proposals
    Languages: English.
    Cadence: a call every year or two.
    Covers: the pages the listing links as calls.
    Oddities: its feed is dead; a Ukrainian partner may be barred from leading.
    Terms: none found that speak of reuse; robots.txt not seen and read on every visit.
    Certainty: B for the address, D for the markup: no real page was seen here.
    Last looked at: 2026-11-26 (descriptions only).
    """

    name = "danube"
    hosts = ("interreg-danube.eu", "www.interreg-danube.eu")
    language = "en"
    zone = "Europe/Budapest"
    address = "https://interreg-danube.eu/calls-for-proposals"
    items = "main a[href*='calls-for-proposals/'], #content a[href*='calls-for-proposals/']"
    keep_if = {"title": r"\w"}
    may_be_empty = True
