"""Calls of Slovak development aid."""

from crawler.sites import WordPress


class Slovakaid(WordPress):
    """Calls of SlovakAid, with extensions and cancellations, for Slovak bodies and partners.

    Publisher: Slovak Agency for International Development Cooperation.
    Address: https://slovakaid.sk
    Languages: Slovak, some posts in English.
    Cadence: a few calls a year.
    Covers: the newest posts that speak of a call.
    Oddities: an extension (predĺženie) or a cancellation (zrušenie) is a post of its own.
    Terms: none found that speak of reuse; robots.txt not seen and read on every visit.
    Certainty: C; stored text was described, made with WordPress; no real answer was seen here.
    Last looked at: 2026-11-26 (descriptions only).
    """

    name = "slovakaid"
    hosts = ("slovakaid.sk", "www.slovakaid.sk")
    language = "sk"
    zone = "Europe/Bratislava"
    site = "https://slovakaid.sk"
    query = {"search": "výzva"}
    depth = 1
    may_be_empty = True
    keep_if = {"title": r"výzv|grant|dotáci|call"}
    drop_if = {"title": r"výsledk|verejné obstarávanie|pozvánk"}
