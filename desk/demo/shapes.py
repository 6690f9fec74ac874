"""The exact shapes of the portal's result rows: what has to be said, the rest filled in."""

from __future__ import annotations

import hashlib
import json
import zlib
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from desk.demo.invented import Cascade, ExternalAction, Topic
from desk.demo.search import Record

OPEN, FORTHCOMING, CLOSED = "31094502", "31094501", "31094503"
STATUS = {"open": OPEN, "forthcoming": FORTHCOMING, "closed": CLOSED}
PORTAL = "https://ec.europa.eu/info/funding-tenders/opportunities"
PUBLISHED_CALLS = "/prospect/external/publishedcalls.htm"
_BRUSSELS = ZoneInfo("Europe/Brussels")
_SUPPORT = (
    f'<p><a href="{PORTAL}/portal/screen/support/faq?status=0&amp;type=0,1">'
    "Questions &amp; answers</a> of the portal.</p>"
)
_PROCEDURES = {"single-stage": 31094504, "two-stage": 31094505, "multiple cut-off": 31094506}

PROGRAMMES = {
    "HORIZON": ("43108390", "2021 - 2027"),
    "DIGITAL": ("43152860", "2021 - 2027"),
    "LIFE": ("43252405", "2021 - 2027"),
    "CERV": ("43251589", "2021 - 2027"),
    "ERASMUS": ("43353764", "2021 - 2027"),
    "CREA": ("43251814", "2021 - 2027"),
    "SMP": ("43252476", "2021 - 2027"),
    "UCPM": ("43298203", "2021 - 2027"),
    "EU4H": ("43332642", "2021 - 2027"),
    "ESC": ("43254037", "2021 - 2027"),
    "AMIF": ("43251447", "2021 - 2027"),
    "I3": ("44416173", "2021 - 2027"),
    "ERDF-TA": ("46324255", "2021 - 2027"),
    "PPPA": ("43637601", "2021 - 2027"),
    "RELEX-PROSPECT": ("111111", "2021 - 2027"),
    "H2020": ("31045243", "2014 - 2020"),
}
"""Code of a programme -> its number in ``frameworkProgramme``, and its period."""


def midnight(day: date) -> str:
    """How current topics write a day."""
    return f"{day}T00:00:00.000+0000"


def clock(day: date, said: str) -> str:
    """A day with a clock, ``17:00`` or ``10:00:54``, as external actions and cascades write it."""
    return f"{day}T{time.fromisoformat(said).isoformat('seconds')}.000+0000"


def true_midnight(day: date) -> str:
    """Brussels midnight of ``day`` as real UTC: 22:00 or 23:00 of the day before."""
    moment = datetime.combine(day, time(), tzinfo=_BRUSSELS).astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def number(name: str) -> int:
    """A number that stays the same for a name."""
    return zlib.crc32(name.encode()) % 9_000_000


def as_text(value: object) -> list[str]:
    """JSON inside a string inside a list: how the index keeps whatever has a structure."""
    return [json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")]


def ccm2(said: Topic) -> int:
    """The topic's number in the index."""
    return said.number or 51_000_000 + number(said.identifier)


def topic(said: Topic, now: datetime, language: str = "en") -> Record:
    """A topic in one language copy, with the 48 keys of the real rows."""
    code, action = said.action.split(" ", 1)
    days = [one[:10] for one in said.dates]
    url = f"{PORTAL}/portal/screen/opportunities/topic-details/{said.identifier}"
    framework, period = PROGRAMMES[said.programme]
    status = {
        "id": int(STATUS[said.status]),
        "abbreviation": said.status.capitalize(),
        "description": said.status.capitalize(),
    }
    agreement = {
        "id": 43027849,
        "abbreviation": f"{said.programme}-AG",
        "description": f"{said.programme} Action Grant",
    }
    link = {
        "callIdentifier": said.call,
        "criterionCode": code,
        "criterionDescription": action,
        "url": "https://ec.europa.eu/research/participants/submission/manage/screen/submission/"
        f"create-draft/{number(said.identifier) % 90_000}?topic={said.identifier}",
        "startDate": _epoch(said.opens),
        "endDate": _epoch(date.fromisoformat(days[-1])) if days else "",
        "mgaDescription": agreement["description"],
        "mgaCode": agreement["abbreviation"],
    }
    procedure = said.model or "single-stage"
    actions = {
        "types": [{"typeOfAction": said.action, "typeOfMGA": [agreement]}],
        "status": status,
        "plannedOpeningDate": str(said.opens),
        "submissionProcedure": {
            "id": _PROCEDURES[procedure],
            "abbreviation": procedure,
            "description": procedure,
        },
        "deadlineDates": days,
    }
    news = {"approvalDate": "", "lastChangeDate": f"{said.opens}T00:01:00.985"}
    opened = said.status != "forthcoming"
    metadata = {
        "actions": as_text([actions]),
        "allowPartnerSearch": ["true"],
        "budgetOverview": as_text(budget_overview(said)) if said.budget else [],
        "callIdentifier": [said.call],
        "callTitle": [said.call_title],
        "callccm2Id": [str(52_000_000 + number(said.call))],
        "ccm2Id": [str(ccm2(said))],
        "crossCuttingPriorities": [],
        "deadlineDate": list(said.dates),
        "deadlineModel": [said.model] if said.model else [],
        "descriptionByte": [said.description],
        "destination": [str(48_000_000 + number(said.destination[0]))],
        "destinationDescription": [said.destination[0]] if said.destination[0] else [],
        "destinationDetails": [said.destination[1]] if said.destination[1] else [],
        "destinationGroup": ["46772862"],
        "focusArea": [],
        "keywords": [said.identifier, said.call, *said.keywords],
        "latestInfos": as_text([{**news, "content": said.news}] if said.news else []),
        "links": as_text([link] if opened else []),
        "programmeDivision": [framework, str(43_000_000 + number(said.call_title) % 900_000)],
        "sepTemplate": ["<p>Choose the type of action below to open the submission form.</p>"],
        "specificObjective": [],
        "supportInfo": [_SUPPORT],
        "tags": [],
        "topicConditions": [said.conditions],
        "typeOfMGAs": ["43027849"],
        "typesOfAction": [action],
    }
    common = _common(said.identifier, "1", said.title, url, midnight(said.opens), now)
    metadata |= common | _programme(framework, period, said.status)
    return row(f"{ccm2(said)}TOPICS{language}", metadata, language)


def budget_overview(said: Topic) -> dict[str, Any]:
    """The money of every topic of the call, not of this one alone."""
    lines = {
        str(100_000 + number(line.topic) % 90_000): [
            {
                "action": f"{line.topic} - {line.action}",
                "expectedGrants": line.grants,
                "minContribution": line.least,
                "maxContribution": line.most,
                "budgetYearMap": {year: str(amount) for year, amount in line.amounts.items()},
                "plannedOpeningDate": str(line.opens),
                "deadlineModel": line.model,
                "deadlineDates": list(line.days),
            }
        ]
        for line in said.budget
    }
    years = sorted({year for line in said.budget for year in line.amounts})
    return {"budgetYearsColumns": years, "budgetTopicActionMap": lines}


def cascade(said: Cascade, now: datetime, language: str = "en") -> Record:
    """A cascade call with the 37 keys of the real rows."""
    parent = 45_000_000 + number(said.topic) % 900_000
    url = f"{PORTAL}/portal/screen/opportunities/competitive-calls-cs/{parent}"
    framework, period = PROGRAMMES[said.programme]
    last = said.dates[-1][:10] if said.dates else str(said.opens)
    metadata = {
        "beneficiaryAdministration": [said.text],
        "budget": [str(said.budget)] if said.budget else [],
        "caName": [said.title],
        "callTitle": [said.title],
        "callccm2Id": [str(said.number)],
        "ccm2Id": [str(parent)],
        "closingDate": [f"{last}T00:00:00Z"],
        "deadlineDate": list(said.dates),
        "deadlineModel": [said.model] if said.model else [],
        "description": [],
        "destinationDetails": [said.text],
        "duration": [said.duration] if said.duration else [],
        "furtherInformation": [said.further],
        "projectAcronym": [said.acronym],
        "projectId": [str(101_000_000 + number(said.acronym) % 900_000)],
        "projectName": [said.project],
    }
    common = _common(said.topic, "8", said.topic_title, url, midnight(said.opens), now)
    metadata |= common | _programme(framework, period, said.status)
    made = row(f"{said.number}COMPETITIVE_CALL{language}", metadata, language)
    return {**made, "summary": said.title, "content": said.title}


def external_action(said: ExternalAction, now: datetime, language: str = "en") -> Record:
    """An external action as the index holds it."""
    address = f"https://webgate.ec.europa.eu{PUBLISHED_CALLS}"
    documents = [
        {
            "docUrl": f"{address}?callId={said.number}&docId={position}",
            "typeDoc": kind,
            "nameDoc": name,
        }
        for position, (kind, name) in enumerate(said.documents, start=1)
    ]
    metadata = {
        "budget": [str(said.budget)] if said.budget else [],
        "caName": ["true"],  # so in the real rows, for all of them
        "callIdentifier": [str(said.number)],
        "currency": ["EUR"],
        "deadlineDate": list(said.dates),
        "publicationDocuments": as_text(documents),
    }
    url = f"{address}?callId={said.number}"
    framework, period = PROGRAMMES["RELEX-PROSPECT"]
    common = _common(said.identifier, "2", said.title, url, said.opens, now)
    metadata |= common | _programme(framework, period, said.status)
    return row(f"{said.number}PROSPECTS{language.upper()}", metadata, language)


def update(of: Topic, news: str, at: datetime, now: datetime) -> Record:
    """News about a topic (type 6): neither a status nor a deadline, and a time in true UTC."""
    url = f"{PORTAL}/portal/screen/opportunities/topic-details/{of.identifier}.json"
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.792+0000")
    framework, period = PROGRAMMES[of.programme]
    metadata = {
        **_common(of.identifier, "6", of.title, url, stamp, now),
        "callIdentifier": [of.call],
        "callTitle": [of.call_title],
        "description": [news],
        "frameworkProgramme": [framework],
        "programmePeriod": [period],
    }
    del metadata["es_Combine"]
    return row(f"{ccm2(of)}{number(news)}", metadata, "en")


def stub(of: Record) -> Record:
    """What the index shows of a record it is still reading: no status, no date, no words."""
    kept = {"identifier", "type", "title", "url", "esST_URL", "DATASOURCE", "callIdentifier"}
    kept |= {"callccm2Id", "es_ContentType", "es_SortDate"}
    metadata = {key: value for key, value in of["metadata"].items() if key in kept}
    metadata |= {"description": [""], "descriptionByte": [""]}
    return row(of["reference"], metadata, of["language"])


def stale(of: Record) -> Record:
    """The copy that the earlier system left behind, still saying what it said years ago."""
    metadata = dict(of["metadata"])
    metadata.pop("callTitle", None)
    metadata["DATASOURCE"] = metadata["datasource"] = ["SEDIA_PRD_CENTRICITY"]
    metadata["keywords"] = [json.dumps(metadata.get("keywords", []))]
    metadata |= {"ccmTags": [], "ccmTags2": [], "esIN_ccmTags": []}
    metadata["corporate-search-version"] = ["1"]
    made = {**of, "metadata": metadata}
    del made["database"]
    return made


def row(reference: str, metadata: dict[str, list[str]], language: str) -> Record:
    """The outside of a result row around its metadata."""
    metadata["REFERENCE"] = [reference]
    metadata["language"] = [language]
    said = metadata["title"][0]
    checksum = hashlib.sha256(json.dumps(metadata).encode()).hexdigest().upper()
    metadata["esST_checksum"] = [checksum]
    return {
        "apiVersion": "2.155",
        "reference": reference,
        "url": metadata["url"][0],
        "title": None,
        "contentType": "text/plain",
        "language": language,
        "databaseLabel": "SEDIA",
        "database": "SEDIA",
        "summary": said,
        "weight": 9.5,
        "groupById": next(iter(metadata.get("sortStatus", [])), None),
        "content": said,
        "accessRestriction": False,
        "pages": None,
        "checksum": checksum,
        "metadata": metadata,
        "enrichedMetadata": {},
        "children": [],
        "highlightedFragments": [],
    }


def _common(  # noqa: PLR0917  (what every row says, in the order the rows are read)
    identifier: str, kind: str, title: str, url: str, started: str, now: datetime
) -> dict[str, list[str]]:
    taken_in = (now - timedelta(hours=9)).astimezone(_BRUSSELS)
    stamp = taken_in.strftime("%Y-%m-%dT%H:%M:%S.454%z")
    return {
        "DATASOURCE": ["SEDIA"],
        "esDA_FirstIngestDate": [stamp],
        "esDA_IngestDate": [stamp],
        "esDA_QueueDate": [stamp],
        "esST_FileName": ["file.txt"],
        "esST_URL": [url],
        "es_Combine": ["1"],
        "es_ContentType": ["text/plain"],
        "es_SortDate": [started],
        "identifier": [identifier],
        "startDate": [started],
        "title": [title],
        "type": [kind],
        "url": [url],
    }


def _programme(framework: str, period: str, status: str) -> dict[str, list[str]]:
    return {
        "frameworkProgramme": [framework],
        "programmePeriod": [period],
        "sortStatus": [{"open": "1", "forthcoming": "2", "closed": "3"}[status]],
        "status": [STATUS[status]],
    }


def _epoch(day: date) -> str:
    return str(int(datetime.combine(day, time(), tzinfo=UTC).timestamp()) * 1000)
