"""Opportunities for the Western Balkans, some of them open to towns further east."""

from crawler.sites import HtmlListing

NO_CALLS = r"\b(jobs?|vacanc(y|ies)|internships?|traineeships?|courses?|scholarships?|e-learning)\b"


class Webalkans(HtmlListing):
    """Funding announced for the Western Balkans; the sister site of EU NEIGHBOURS east.

    Publisher: WeBalkans, a communication project of the European Commission.
    Address: https://webalkans.eu/en/opportunities/
    Languages: English.
    Cadence: several a month.
    Covers: the cards of the listing that are no jobs and no courses.
    Oddities: most links lead to other sites, so the listing is all there is; days are DD/MM/YYYY.
    Terms: none found that speak of reuse; robots.txt not seen.
    Certainty: A; a real listing of October 2025 was read.
    Last looked at: 2026-11-26 (saved pages).
    """

    name = "webalkans"
    hosts = ("webalkans.eu",)
    language = "en"
    zone = "Europe/Brussels"
    address = "https://webalkans.eu/en/opportunities/"
    items = ".umb-card:has(.umb-card__title)"
    listed = {
        "url": ".umb-card__footer a",
        "title": ".umb-card__title",
        "label": ".umb-card__badge",
        "summary": ".umb-card__desc",
        "applicants": ".umb-card__footer .umb-ellipsis",
        "deadlines": ".umb-card__footer .left::text",
    }
    article = False
    drop_if = {"label": NO_CALLS, "title": NO_CALLS}
    next_page = ".pagination a.next, a[rel=next]"
    optional = frozenset({"deadlines", "applicants"})
