"""Selections and grants for hromadas, from the portal of the decentralisation reform."""

from crawler.sites import HtmlListing


class Decentralization(HtmlListing):
    """News tagged "грант": calls of U-LEAD, Polaris, Cities4Cities, DECIDE and others.

    Publisher: decentralization.ua, the Ukrainian ministry in charge of the reform, with donors.
    Address: https://decentralization.gov.ua/news/tag/hrant
    Languages: Ukrainian; English copies are left aside.
    Cadence: several a week.
    Covers: the newest three pages of the tag.
    Oddities: the old host (decentralization.gov.ua) and the new one (decentralization.ua) serve
        the same numbers, so a call is named by its number; the hour stands before the day ("до
        18:00 11 липня"), often without a year.
    Terms: none found that speak of reuse; robots.txt not seen and read on every visit.
    Certainty: B; described by public scrapers, no real page was seen here.
    Last looked at: 2026-11-26 (descriptions only).
    """

    name = "decentralization"
    hosts = ("decentralization.gov.ua", "decentralization.ua")
    language = "uk"
    zone = "Europe/Kyiv"
    address = "https://decentralization.gov.ua/news/tag/hrant?page={page}"
    depth = 3
    items = ".one-article"
    listed = {
        "url": "a.one-article__title",
        "title": "a.one-article__title",
        "published": ".one-article__date",
    }
    detail = {"summary": "meta[property='og:description']::attr(content)"}
    article = True
    reference = r"/news/(\d+)"
    noise = ("page",)
    drop_if = {"title": r"переможц|результат|підсумк|завершен|підписан|отримал(и|а) грант"}
    optional = frozenset({"summary"})
