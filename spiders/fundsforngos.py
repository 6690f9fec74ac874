"""Calls that fundsforNGOs tags with Ukraine."""

from crawler.sites import WordPress


class Fundsforngos(WordPress):
    """Digests of grant calls, each with a deadline in one form, for NGOs and local bodies.

    Publisher: FundsforNGOs LLC.
    Address: https://www2.fundsforngos.org/tag/ukraine/
    Languages: English.
    Cadence: several posts a week.
    Covers: the newest hundred posts tagged with Ukraine (tag 638).
    Oddities: the pages are behind a bot shield, the JSON is not; "Deadline: 11-Jun-25" opens nearly
        every post; calls of other publishers are told in the site's own words.
    Terms: none found that speak of reuse, so only facts and a link are shown; robots.txt not seen.
    Certainty: B; described by public scrapers, no real answer was seen here.
    Last looked at: 2026-11-26 (descriptions only).
    """

    name = "fundsforngos"
    hosts = ("www2.fundsforngos.org",)
    language = "en"
    site = "https://www2.fundsforngos.org"
    query = {"tags": "638"}
    depth = 2
    drop_if = {
        "title": r"\b(jobs?|vacanc(y|ies)|fellowships?|scholarships?|courses?|internships?)\b"
    }
