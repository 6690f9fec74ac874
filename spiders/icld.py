"""Money for partnerships of Swedish municipalities, from ICLD."""

from crawler.sites import HtmlListing


class Icld(HtmlListing):
    """Municipal partnership calls of the Swedish International Centre for Local Democracy.

    Publisher: ICLD, Visby.
    Address: https://icld.se
    Languages: Swedish, English.
    Cadence: two or three rounds a year.
    Covers: pages the front page links as rounds or applications.
    Oddities: several days in one sentence ("15 februari samt 15 april"), often without a year.
    Terms: none found that speak of reuse; robots.txt not seen and read on every visit.
    Certainty: C; stored text was described, no real markup was seen here.
    Last looked at: 2026-11-26 (descriptions only).
    """

    name = "icld"
    hosts = ("icld.se", "www.icld.se")
    language = "sv"
    zone = "Europe/Stockholm"
    kind = "cooperation"
    address = "https://icld.se/"
    items = "main a[href], #content a[href], article a[href]"
    keep_if = {"title": r"ansök|utlys|partnerskap|apply|call for"}
    languages = {r"/en/": "en"}
    may_be_empty = True
