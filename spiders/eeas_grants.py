"""Grants of the EU Delegation to Ukraine, from the site of the EEAS."""

from crawler.sites import DrupalView


class EeasGrants(DrupalView):
    """Grant calls of the EU Delegation to Ukraine.

    Publisher: European External Action Service.
    Address: https://www.eeas.europa.eu/eeas/grants_en?f[0]=grant_site:Ukraine
    Languages: English.
    Cadence: a few calls a year.
    Covers: the grants listed for the Ukraine facet; most stand on the EU portal too.
    Oddities: the machine-readable deadline always says 12:00:00Z, a placeholder: only its day is
        taken. Links carry ``?s=`` (the delegation), which names no other page.
    Terms: the EU's reuse notice (Decision 2011/833/EU); robots.txt not seen.
    Certainty: A for the listing (a real page of another delegation, October 2025), D for the pages.
    Last looked at: 2026-11-26 (saved pages).
    """

    name = "eeas_grants"
    hosts = ("www.eeas.europa.eu",)
    language = "en"
    zone = "Europe/Kyiv"
    days_only = True
    may_be_empty = True
    address = "https://www.eeas.europa.eu/eeas/grants_en?f[0]=grant_site:Ukraine"
    items = ".view-display-id-search_results .card:has(.card-title a)"
    listed = {
        "url": ".card-title a",
        "title": ".card-title a",
        "deadlines": ".field--name-field-deadline time::attr(datetime)",
    }
    noise = ("page", "s", "f[0]", "f[1]", "f[2]")
    optional = frozenset({"deadlines"})
