"""News and offers for Ukrainian municipalities and their partners, from Cities4Cities."""

from crawler.sites import WordPress


class Cities4cities(WordPress):
    """Posts on partner search, training and funding between Ukrainian and European towns.

    Publisher: Cities4Cities | United4Ukraine, under the Congress of the Council of Europe.
    Address: https://cities4cities.eu
    Languages: English, some posts in Ukrainian.
    Cadence: a few posts a month.
    Covers: the newest hundred posts; overviews of funding, partner search, events.
    Oddities: deadlines stand in prose and tables ("Deadline: June 2025"); events are mixed in.
    Terms: none found that speak of reuse; robots.txt not seen; the JSON answers without a key.
    Certainty: B; described by public scrapers, no real answer was seen here.
    Last looked at: 2026-11-26 (descriptions only).
    """

    name = "cities4cities"
    hosts = ("cities4cities.eu",)
    kind = "cooperation"
    site = "https://cities4cities.eu"
    depth = 2
    keep_if = {"description": r"deadline|appl(y|ication)|call|fund|grant|partner|грант|конкурс"}
