"""Grant competitions of the Latvian foreign ministry."""

from crawler.sites import DrupalView


class MfaLatvia(DrupalView):
    """Competitions for development cooperation, open to Latvian municipalities with a partner.

    Publisher: Ministry of Foreign Affairs of Latvia.
    Address: https://www.mfa.gov.lv/lv/jaunumi
    Languages: Latvian.
    Cadence: one or two competitions a year.
    Covers: the newest two pages of news that speak of a competition for projects.
    Oddities: "līdz š.g. 24. februārim plkst. 23.59": the year is this year's; also told by
        lps.lv.
    Terms: none found that speak of reuse; robots.txt not seen and read on every visit.
    Certainty: C; stored text was described, no real markup was seen here.
    Last looked at: 2026-11-26 (descriptions only).
    """

    name = "mfa_latvia"
    hosts = ("www.mfa.gov.lv",)
    language = "lv"
    zone = "Europe/Riga"
    kind = "cooperation"
    address = "https://www.mfa.gov.lv/lv/jaunumi"
    depth = 2
    items = ".views-row:has(a)"
    listed = {"url": "a", "title": ".title, h2, h3, a", "published": "time, .date"}
    keep_if = {"title": r"konkurs|grant|projektu|pieteik"}
    drop_if = {"title": r"rezultāt|iepirkum|vakanc"}
    may_be_empty = True
    optional = frozenset({"published"})
