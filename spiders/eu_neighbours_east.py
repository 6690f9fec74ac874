"""Opportunities in the Eastern Partnership countries, from EU NEIGHBOURS east."""

from crawler.sites import HtmlListing

NO_CALLS = (
    r"\b(jobs?|vacanc(y|ies)|internships?|traineeships?|courses?|scholarships?|e-learning"
    r"|summer school|ваканс|стажування|курс(и|ів)?)\b"
)


class EuNeighboursEast(HtmlListing):
    """EU-funded opportunities in the Eastern neighbourhood, Ukraine among them.

    Publisher: EU NEIGHBOURS east, a communication programme of the European Commission.
    Address: https://euneighbourseast.eu/opportunities/
    Languages: English; copies in Ukrainian and other languages are left aside.
    Cadence: several a week.
    Covers: the newest pages of the listing, without jobs and courses.
    Oddities: jobs, courses and calls are mixed; the day stands behind "CLOSING DATE:".
    Terms: none found that speak of reuse; robots.txt not seen.
    Certainty: B; described by public scrapers, no real page was seen here.
    Last looked at: 2026-11-26 (descriptions only).
    """

    name = "eu_neighbours_east"
    hosts = ("euneighbourseast.eu", "www.euneighbourseast.eu")
    language = "en"
    zone = "Europe/Brussels"
    address = "https://euneighbourseast.eu/opportunities/page/{page}/"
    depth = 3
    items = "a.el-item.uk-card, .el-item.uk-card:has(a), .umb-card:has(.umb-card__title)"
    listed = {
        "url": "./self::a | .//a",
        "title": ".el-title, .umb-card__title",
        "deadlines": ".el-meta, .umb-card__footer .left::text",
        "summary": ".el-content, .umb-card__desc",
        "label": ".el-tags, .umb-card__badge",
    }
    drop_if = {"title": NO_CALLS, "label": NO_CALLS}
    optional = frozenset({"deadlines", "summary", "label"})
