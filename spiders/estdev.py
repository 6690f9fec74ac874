"""Rounds of the Estonian agency for development cooperation."""

from crawler.sites import HtmlListing


class Estdev(HtmlListing):
    """Rounds in which Estonian authorities, municipalities and NGOs propose projects in Ukraine.

    Publisher: ESTDEV, Estonian Centre for International Development.
    Address: https://estdev.ee/et/voorud/
    Languages: Estonian; English copies are left aside.
    Cadence: several rounds a year.
    Covers: the pages the listing links as rounds.
    Oddities: "Voor on lõppenud" stands on rounds that are over, beside their old day.
    Terms: none found that speak of reuse; robots.txt not seen and read on every visit.
    Certainty: C; stored text was described, no real markup was seen here.
    Last looked at: 2026-11-26 (descriptions only).
    """

    name = "estdev"
    hosts = ("estdev.ee", "www.estdev.ee")
    language = "et"
    zone = "Europe/Tallinn"
    kind = "cooperation"
    address = "https://estdev.ee/et/voorud/"
    items = "main a[href*='/voorud/'], article a[href*='/voorud/'], #content a[href*='/voorud/']"
    keep_if = {"title": r"\w"}
    may_be_empty = True
