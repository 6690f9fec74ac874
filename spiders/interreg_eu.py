"""Calls of every Interreg programme, collected by Interact."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from scrapy.http import Request, TextResponse

from crawler.errors import HarvestFailed
from crawler.sites import JsonApi
from crawler.sites.checks import insist_on_a_page

_APPLICATION = re.compile(
    r"""app(?:lication)?id["']?\s*[:=]\s*["']([a-z0-9]{6,16})["']""", re.IGNORECASE
)
_KEY = re.compile(r"""key["']?\s*[:=]\s*["']([a-z0-9+/=]{20,})["']""", re.IGNORECASE)


class InterregEu(JsonApi):
    """Open and forthcoming calls of all Interreg programmes, with countries and regions.

    Publisher: Interact, the knowledge service of Interreg.
    Address: https://interreg.eu/calls-for-projects/
    Languages: English.
    Cadence: several new calls a month.
    Covers: calls the listing shows as open or forthcoming.
    Oddities: the page asks a search service (Algolia) whose application and key stand in the page
        and change: both are read each time, never stored. Deadlines are days; the hour stands on
        the programme's own site.
    Terms: none found that speak of reuse; robots.txt not seen.
    Certainty: B for the list (described by public scrapers), A for the labels of a call's page.
    Last looked at: 2026-11-26 (descriptions only).
    """

    name = "interreg_eu"
    hosts = ("interreg.eu", ".algolia.net")
    language = "en"
    days_only = True
    usual = 30
    site = "https://interreg.eu/calls-for-projects/"
    first_page = 0
    per_page = 100
    body: ClassVar[Any] = {
        "requests": [
            {
                "indexName": "prod_en-us_content",
                "params": "query=&hitsPerPage=100&page={page}&filters="
                "contentType:callForProjectsPage AND (callStatus:Open OR callStatus:Forthcoming)",
            }
        ]
    }
    records, total = "results.0.hits", "results.0.nbHits"
    listed = {
        "url": "contentUrl",
        "title": "title",
        "programme": "associatedProgrammes",
        "opens": "callOpenDate",
        "deadlines": "callDeadlineDate",
        "summary": "teaser",
        "description": "description",
        "countries": "callEligibleCountryNames",
        "applicants": "targetAudience",
    }
    optional = frozenset({"opens", "summary", "description", "applicants"})
    reference = r"/calls-for-projects/([^/?]+)"

    async def prepare(self) -> None:
        """Read the application and the key of the search service from the page itself."""
        page: TextResponse = await self.fetch(Request(self.site), insist_on_a_page)
        application, key = _APPLICATION.search(page.text), _KEY.search(page.text)
        if not application or not key:
            raise HarvestFailed("the listing's page names no search key any more")
        self.starts = (f"https://{application[1].lower()}-dsn.algolia.net/1/indexes/*/queries",)
        self.headers |= {
            "X-Algolia-Application-Id": application[1],
            "X-Algolia-API-Key": key[1],
        }
