"""Money of the German federal government for municipal partnerships with Ukraine."""

from crawler.sites import FixedPages


class Skew(FixedPages):
    """The programmes of SKEW that pay for projects of German towns and their partners.

    Publisher: Servicestelle Kommunen in der Einen Welt (SKEW), Engagement Global.
    Address: https://skew.engagement-global.de/unterstuetzung-durch-nakopa.html
    Languages: German.
    Cadence: one round a year; the page is rewritten.
    Covers: Nakopa, the small projects fund and the page on Ukraine.
    Oddities: two steps: a sketch, then a full application, both without a year.
    Terms: none found that speak of reuse; robots.txt not seen and read on every visit.
    Certainty: C; stored text was described, no real markup was seen here.
    Last looked at: 2026-11-26 (descriptions only).
    """

    name = "skew"
    hosts = ("skew.engagement-global.de",)
    language = "de"
    zone = "Europe/Berlin"
    kind = "cooperation"
    address = (
        "https://skew.engagement-global.de/unterstuetzung-durch-nakopa.html",
        "https://skew.engagement-global.de/kleinprojektefonds.html",
        "https://skew.engagement-global.de/ukraine.html",
    )
    items = "main, #content, .content"
