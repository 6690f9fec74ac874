"""Grants for Ukrainian civil society and hromadas, from Громадський Простір."""

from crawler.sites import HtmlListing


class Prostir(HtmlListing):
    """The board of grants of prostir.ua, with the first and the last day of each.

    Publisher: Громадський Простір (Civic Space).
    Address: https://www.prostir.ua/category/grants/
    Languages: Ukrainian, some entries in English.
    Cadence: several a day.
    Covers: the newest three pages of the board.
    Oddities: most are for NGOs; dates are "first - last" day; addresses are ``?grants=name``.
    Terms: none found that speak of reuse; robots.txt not seen and read on every visit.
    Certainty: B; described by public scrapers, no real page was seen here.
    Last looked at: 2026-11-26 (descriptions only).
    """

    name = "prostir"
    hosts = ("www.prostir.ua", "prostir.ua")
    language = "uk"
    zone = "Europe/Kyiv"
    address = "https://www.prostir.ua/category/grants/page/{page}/"
    depth = 3
    items = "div.newsblock:has(h3 a)"
    listed = {"url": "h3 a", "title": "h3 a", "deadlines": "div.date_cloud_news p"}
    detail = {"title": ".article h1", "description": ".article_text"}
    reference = r"[?&/]grants[=/]([^&/?]+)"
    drop_if = {"title": r"ваканс|стажуван|тендер|закупівл|онлайн-курс"}
    optional = frozenset({"deadlines"})
