"""Czech development agency: grants for regions and towns."""

from crawler.sites import HtmlListing


class Czechaid(HtmlListing):
    """Calls of the Czech Development Agency, among them those for regions and towns with Ukraine.

    Publisher: Česká rozvojová agentura (ČRA), Prague.
    Address: https://www.czechaid.cz
    Languages: Czech.
    Cadence: one round a year for regions and towns.
    Covers: pages the front page links as calls or subsidies.
    Oddities: the call for towns is also announced by smocr.cz; "do 6. 4. do 15 hod.".
    Terms: none found that speak of reuse; robots.txt not seen and read on every visit.
    Certainty: C; stored text was described, no real markup was seen here.
    Last looked at: 2026-11-26 (descriptions only).
    """

    name = "czechaid"
    hosts = ("www.czechaid.cz", "czechaid.cz")
    language = "cs"
    zone = "Europe/Prague"
    address = "https://www.czechaid.cz/"
    items = "main a[href], #content a[href], article a[href]"
    keep_if = {"title": r"výzv|dotac|dotační|grant|obce|kraje"}
    drop_if = {"title": r"výsledk|veřejná zakázka"}
    may_be_empty = True
