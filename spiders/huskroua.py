"""Calls of Interreg NEXT Hungary - Slovakia - Romania - Ukraine."""

from crawler.sites import FeedSource


class Huskroua(FeedSource):
    """News of the HUSKROUA programme that announce, extend or close calls.

    Publisher: Interreg VI-A NEXT HUSKROUA, managing authority in Budapest.
    Address: https://next.huskroua-cbc.eu/calls/
    Languages: English; documents in Hungarian, Slovak, Romanian and Ukrainian.
    Cadence: a few calls a year; extensions are normal.
    Covers: the newest entries of the feed that speak of calls; towns of four Ukrainian oblasts
        may take part.
    Oddities: an extension is a new entry, and the hour is given in CET or in Kyiv time.
    Terms: none found that speak of reuse; robots.txt not seen and read on every visit.
    Certainty: B; described by public scrapers, no real page was seen here.
    Last looked at: 2026-11-26 (descriptions only).
    """

    name = "huskroua"
    hosts = ("next.huskroua-cbc.eu",)
    language = "en"
    zone = "Europe/Budapest"
    address = "https://next.huskroua-cbc.eu/feed/"
    article = True
    may_be_empty = True
    keep_if = {"title": r"\bcalls?\b|deadline|application|proposal"}
    drop_if = {"title": r"\b(results?|awarded|event|conference|job|vacancy|procurement)\b"}
    optional = frozenset({"summary", "label", "documents"})
