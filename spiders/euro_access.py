"""Calls collected by EuroAccess, with who may apply in fields of its own."""

from __future__ import annotations

from scrapy.http import Response

from crawler.raw import RawCall
from crawler.sites import HtmlListing


class EuroAccess(HtmlListing):
    """Calls of all EU programmes, Interreg included, with regions and partnership rules.

    Publisher: EuroVienna, for the City of Vienna.
    Address: https://www.euro-access.eu/en/calls
    Languages: English (German copies of all pages are left aside).
    Cadence: new calls in most weeks.
    Covers: open calls of EU and Interreg programmes, about 140 at a time, on one page.
    Oddities: a deadline names no zone: Brussels, but for Interreg the programme's own; the ids in
        the deadline row are malformed; comments repeat every table; ``?css=white`` gives copies.
    Terms: none found that speak of reuse; robots.txt not seen; ask the publisher before bulk use.
    Certainty: A; a real list and a real page of October 2025 were read.
    Last looked at: 2026-11-26 (saved pages).
    """

    name = "euro_access"
    hosts = ("www.euro-access.eu",)
    language = "en"
    zone = "Europe/Brussels"
    usual = 140
    address = "https://www.euro-access.eu/en/calls"
    items = "#calls-overview tbody tr"
    listed = {
        "url": "td a",
        "title": "td:nth-child(2) a",
        "programme": "td.title",
        "deadlines": "td:nth-child(3)",
    }
    detail = {
        "title": "#calldata h1",
        "opens": "//*[@id='call-opening td' or @id='call-opening']/text()",
        "deadlines": "//*[@id='call-deadline td' or @id='call-deadline']",
    }
    rows = ("#calldata .tr.flex", "p.title", "./*[contains(@class, 'td')][last()]")
    labels = {
        "Funding Program": "programme",
        "short description": "summary",
        "Call objectives": "description",
        "Regions / countries for funding": "countries",
        "eligible entities": "applicants",
        "Mandatory partnership": "conditions",
        "Project Partnership": "conditions",
        "other eligibility criteria": "conditions",
        "Call budget": "conditions",
        "Estimated EU contribution per project": "conditions",
        "Link to the call": "documents",
    }
    ignored = (
        "deadlines",
        "Link to the submission",
        "Topics",
        "UN Sustainable Development Goals (UN-SDGs)",
        "Contact",
    )
    without = ".readmore"
    reference = r"/calls/(\d+)"
    noise = ("css", "show")
    optional = frozenset({"opens"})

    def finish(self, call: RawCall, page: Response | None) -> RawCall:  # noqa: ARG002
        """Leave the clock of an Interreg programme to its words."""
        if call.words.get("programme", "").startswith("Interreg"):
            call.words.pop("zone", None)
        return call
