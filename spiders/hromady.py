"""Digests of competitions and grants for hromadas, from hromady.org."""

from __future__ import annotations

from scrapy.http import Request

from crawler.errors import HarvestFailed
from crawler.sites import WordPress
from crawler.sites.json_answers import json_of


class Hromady(WordPress):
    """Selections of open competitions and grants for Ukrainian hromadas.

    Publisher: hromady.org, a portal of communities.
    Address: https://hromady.org/category/dobirka-konkursiv-ta-grantiv/
    Languages: Ukrainian.
    Cadence: weekly.
    Covers: the newest posts of the category of competitions and grants.
    Oddities: one post often tells several calls, so its deadlines are several; the number of
        the category is asked for by its name each time.
    Terms: none found that speak of reuse; robots.txt not seen and read on every visit.
    Certainty: B; described by public scrapers, no real answer was seen here.
    Last looked at: 2026-11-26 (descriptions only).
    """

    name = "hromady"
    hosts = ("hromady.org", "www.hromady.org")
    language = "uk"
    zone = "Europe/Kyiv"
    site = "https://hromady.org"
    depth = 1
    per_page = 20
    category = "dobirka-konkursiv-ta-grantiv"

    async def prepare(self) -> None:
        """Ask for the number of the category."""
        address = f"{self.site}/wp-json/wp/v2/categories?slug={self.category}"
        found = await self.fetch(Request(address, dont_filter=True), json_of)
        if not (isinstance(found, list) and found and isinstance(found[0].get("id"), int)):
            raise HarvestFailed(f"there is no category {self.category} any more")
        self.narrowed = {"categories": str(found[0]["id"])}
