"""French and European aid for local authorities, from Aides-territoires."""

from __future__ import annotations

import re

from scrapy.http import Request, Response

from crawler.errors import HarvestFailed
from crawler.raw import RawCall
from crawler.sites import JsonApi
from crawler.sites.json_answers import json_of


class AidesTerritoires(JsonApi):
    """Aid with a European or international side, for the French partner of a partnership.

    Publisher: Aides-territoires (ANCT and the French ministry for ecology).
    Address: https://aides-territoires.beta.gouv.fr/data/
    Languages: French.
    Cadence: daily.
    Covers: live aid for communes and their groupings that is European or speaks of cooperation
        with towns abroad.
    Oddities: a personal key is exchanged for a token; permanent aid may carry a date, and "au fil
        de l'eau" stands in the text only.
    Terms: Licence Ouverte 2.0; robots.txt asks for 10 s between two requests.
    Certainty: A; the publisher's own code and real records of 2021 were read.
    Last looked at: 2026-11-26 (saved answers).
    """

    name = "aides_territoires"
    hosts = ("aides-territoires.beta.gouv.fr",)
    language = "fr"
    zone = "Europe/Paris"
    needs = "aides_territoires_key"
    days_only = True
    address = "https://aides-territoires.beta.gouv.fr/api/aids/?page={page}&itemsPerPage=100"
    records, total, next_path = "results", "count", "next"
    listed = {
        "reference": "slug",
        "url": "url",
        "title": "name",
        "programme": "programs",
        "opens": "start_date",
        "deadlines": "submission_deadline",
        "summary": "recurrence",
        "description": "description",
        "conditions": "eligibility",
        "countries": "perimeter",
        "applicants": "targeted_audiences",
        "label": "european_aid",
    }
    keep_if = {
        "description": r"europ|international|ukrain|jumelage|coopération décentralisée|transfrontal"
    }
    phrases = {"subvention_rate_upper_bound": "Taux de subvention : jusqu’à {} %"}
    optional = frozenset(
        {"programme", "opens", "deadlines", "conditions", "countries", "label", "summary"}
    )

    async def prepare(self) -> None:
        """Exchange the operator's key for a token."""
        if not (key := self.key()):
            raise HarvestFailed(
                "BRIDGES_AIDES_TERRITOIRES_KEY is not set: ask the publisher for a key"
            )
        answer = await self.fetch(
            Request(
                "https://aides-territoires.beta.gouv.fr/api/connexion/",
                method="POST",
                headers={"X-AUTH-TOKEN": key},
                dont_filter=True,
            ),
            json_of,
        )
        token = answer.get("token") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            raise HarvestFailed("BRIDGES_AIDES_TERRITOIRES_KEY was not accepted")
        self.headers |= {"Authorization": f"Bearer {token}"}

    def finish(self, call: RawCall, page: Response | None) -> RawCall:  # noqa: ARG002
        """Name the field of the recurrence, or "Permanente" alone says nothing to a reader.

        What kind of area the perimeter is says nothing of who may apply: "(Département)".
        """
        if recurrence := call.words.get("summary"):
            call.words["summary"] = f"Récurrence : {recurrence}"
        if perimeter := call.words.get("countries"):
            call.words["countries"] = re.sub(r"\s*\([^()]*\)\s*$", "", perimeter)
        return call
