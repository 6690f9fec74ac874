"""Calls of the EU Funding & Tenders Portal, from the search API behind its own pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import quote

from scrapy import Request
from scrapy.http import Response

from crawler.errors import NotThePage, Outage
from crawler.multipart import CONTENT_TYPE, multipart
from crawler.portal_rows import (
    DATASOURCE,
    LANGUAGE,
    STATUSES,
    TYPES,
    Merged,
    Row,
    check,
    mark,
    merge,
    number,
    value,
    values,
)
from crawler.raw import RawCall
from crawler.reading.portal import embedded
from crawler.sites.fields import is_clock_zero
from crawler.sites.json_answers import parsed
from crawler.sites.tally import CLOCK_ZERO, named
from crawler.spider import CallSpider

SEARCH = "https://api.tech.ec.europa.eu/search-api/prod/rest/search"
PORTAL = "https://ec.europa.eu/info/funding-tenders/opportunities/portal/screen/opportunities"
PROSPECT = "https://webgate.ec.europa.eu/prospect/external/publishedcalls.htm"
KINDS = {"1": "grant", "2": "external_action", "8": "cascade"}
WINDOW = 10_000  # the index shows no row beyond this one
ORDERS = {
    "1": (TYPES["1"],) * 3,
    "2": (TYPES["2"], "identifier", "identifier"),  # unique too, where the number is missing
    "8": (TYPES["8"],) * 3,
}
"""By what each scan of a type is sorted; the index swaps rows that are equal in it."""


@dataclass(slots=True)
class Scan:
    """All pages of one type, read once.

    ``count`` rows came, asked for or not; ``doubt`` says why that may not be all, "" if it is.
    """

    rows: list[Row] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    count: int = 0
    doubt: str = ""
    broken: bool = False


class EuPortal(CallSpider):
    """Calls for proposals, external action and cascade funding; open and forthcoming.

    Publisher: European Commission.
    Address: https://ec.europa.eu/info/funding-tenders/opportunities/portal
    Languages: English asked for (the index holds up to 24 translations of each record).
    Cadence: new and changed calls on every working day.
    Covers: types 1 (topics), 2 (external action) and 8 (cascade calls), about 1,200 records.
    Oddities: a query the index cannot parse is ignored, not refused, so every row is checked; rows
        swap pages unless sorted by a unique field; copies of an older system still say "open".
    Terms: reuse under Commission Decision 2011/833/EU with acknowledgement; no robots.txt known.
    Certainty: high; the API is undocumented but described by many clients.
    Last looked at: 2026-10-08 (from saved answers).
    """

    name = "eu_portal"
    hosts: ClassVar[tuple[str, ...]] = ("api.tech.ec.europa.eu", "webgate.ec.europa.eu")
    language = LANGUAGE
    page_size = 100  # the most the index answers, whatever is asked

    async def harvest(self) -> AsyncIterator[RawCall]:
        """Read every type to the end, then yield: a filter ignored late must undo what was read."""
        found: list[RawCall] = []
        for record_type in TYPES:
            scan = await self.scan(record_type)
            records, nameless = merge(scan.rows, record_type)
            self.explain(record_type, scan, records, nameless)
            found += [self.raw(record, record_type) for record in records]
        if zero := [raw.reference for raw in found if raw.provisional]:
            self.degrade(f"{len(zero)} calls {CLOCK_ZERO}: {named(zero)}", complete=True)
        given = Counter(name for raw in found for name in raw.words)
        self.report.given = {name: round(count / len(found), 3) for name, count in given.items()}
        for raw in found[: self.limit]:
            yield raw

    async def scan(self, record_type: str) -> Scan:
        """Read one type until a scan agrees with itself; else keep what all scans together saw."""
        seen: dict[tuple[str, ...], Row] = {}
        for order in ORDERS[record_type]:
            scan = await self.read_pages(record_type, order)
            for row in scan.rows:
                seen.setdefault(mark(row), row)
            if scan.broken or not scan.doubt or self.limit:
                break
            self.logger.info("type %s is read again: %s", record_type, scan.doubt)
        if not (scan.doubt or self.limit):
            await self.count_again(record_type, scan)
        if scan.doubt:
            seen |= {mark(row): row for row in scan.rows}
            scan.rows = list(seen.values())
        return scan

    async def count_again(self, record_type: str, scan: Scan) -> None:
        """Compare with the total of an unsorted search.

        The index silently leaves out records that lack the field it is asked to sort by; those
        are then looked for in the order of another field.
        """
        try:
            total = int((await self.ask(record_type, 1, size=1))["totalResults"])
            if total == scan.count:
                return
            other = await self.read_pages(record_type, "identifier")
        except Outage as outage:
            scan.doubt = str(outage)
            return
        have = {mark(row) for row in scan.rows}
        scan.rows += [row for row in other.rows if mark(row) not in have]
        scan.strays += other.strays
        if other.doubt or other.count != total:
            scan.doubt = f"{scan.count} rows came sorted, {total} are announced unsorted"

    async def read_pages(self, record_type: str, order: str) -> Scan:
        scan = Scan()
        totals: set[int] = set()
        marks: list[tuple[str, ...]] = []
        for page_number in range(1, WINDOW // self.page_size + 1):
            try:
                answer = await self.ask(record_type, page_number, order)
            except Outage as outage:
                scan.doubt, scan.broken = str(outage), True
                return scan
            page = check(answer["results"], record_type)
            scan.rows += page.wanted
            scan.strays += page.strays
            marks += [mark(row) for row in answer["results"]]
            totals.add(int(answer["totalResults"]))
            enough = self.limit and len(scan.rows) >= self.limit
            if not answer["results"] or len(marks) >= max(totals) or enough:
                break
        scan.count = len(marks)
        repeated = len(marks) - len(set(marks))
        if len(totals) > 1:
            scan.doubt = f"the total changed from page to page ({min(totals)} to {max(totals)})"
        elif repeated:
            scan.doubt = f"{repeated} rows came twice, so others may be missing"
        elif len(marks) < max(totals):
            scan.doubt = f"{len(marks)} rows came of {max(totals)} announced"
        elif len(marks) > max(totals):
            scan.doubt = f"{len(marks)} rows came though only {max(totals)} were announced"
        return scan

    async def ask(
        self, record_type: str, page_number: int, order: str | None = None, size: int | None = None
    ) -> dict[str, Any]:
        """One page of the search, all fields (asking for some loses the conditions)."""
        query = {
            "bool": {
                "must": [
                    {"terms": {"type": [record_type]}},
                    {"terms": {"status": list(STATUSES)}},
                    {"terms": {"DATASOURCE": [DATASOURCE]}},
                    {"term": {"language": LANGUAGE}},
                ]
            }
        }
        parts: dict[str, Any] = {"query": query, "languages": [LANGUAGE]}
        if order:
            parts["sort"] = {"field": order, "order": "ASC"}
        paging = f"pageSize={size or self.page_size}&pageNumber={page_number}"
        request = Request(
            f"{SEARCH}?apiKey=SEDIA&text=***&{paging}",
            method="POST",
            headers={"Content-Type": CONTENT_TYPE, "Accept": "application/json"},
            body=multipart(parts),
            dont_filter=True,
        )
        return await self.fetch(request, lambda page: _answer(page, page_number))

    def explain(self, record_type: str, scan: Scan, records: list[Merged], nameless: int) -> None:
        """Tell the report what this type gave, and everything that was odd about it."""
        part = f"type {record_type}"
        self.report.parts[part] = len(records)
        if not scan.rows and not scan.doubt:
            self.degrade(f"{part}: no rows at all, where there always are some")
        if scan.doubt and not self.limit:
            self.degrade(f"{part}: {scan.doubt}")
        if scan.strays:
            kinds = ", ".join(sorted(set(scan.strays))[:5])
            self.degrade(f"{part}: {len(scan.strays)} rows not asked for were left out ({kinds})")
        if nameless:
            self.degrade(f"{part}: {nameless} rows without an identifier were left out")
        for label, keys in (
            ("came only as a stub", [record.key for record in records if record.stub]),
            ("came twice with different dates (the newer is kept)",
             [record.key for record in records if record.conflict]),
        ):  # fmt: skip
            if keys:
                names = ", ".join(keys[:3]) + (" …" if len(keys) > 3 else "")  # noqa: PLR2004
                self.degrade(f"{part}: {len(keys)} {label}: {names}", complete=True)

    def raw(self, record: Merged, record_type: str) -> RawCall:
        row = record.row
        cascade = record_type == "8"
        own_names = [value(row, "caName"), value(row, "callTitle")] if cascade else []
        title = next((name for name in own_names if name not in ("", "true")), "")
        described = ("description", "destinationDetails") if cascade else ("descriptionByte",)
        conditions = "beneficiaryAdministration" if cascade else "topicConditions"
        stamps = values(row, "deadlineDate")
        words: dict[str, Any] = {
            "type": record_type,
            "call": value(row, "callIdentifier"),
            "description": next((v for n in described if (v := value(row, n))), ""),
            "conditions": value(row, conditions),
            "further": value(row, "furtherInformation"),
            "programme": value(row, "frameworkProgramme"),
            "types_of_action": values(row, "typesOfAction"),
            "deadlines": [one for one in stamps if not is_clock_zero(one)],
            "deadline_model": value(row, "deadlineModel"),
            "opens": value(row, "startDate"),
            "actions": value(row, "actions"),
            "budget_overview": value(row, "budgetOverview"),
            "budget": value(row, "budget"),
            "currency": value(row, "currency"),
            "documents": _published_documents(value(row, "publicationDocuments")),
        }
        return RawCall(
            source=self.name,
            reference=record.key,
            title=title or value(row, "title") or str(row.get("summary") or ""),
            url=_address(row, record_type),
            parent=value(row, "identifier") or None if cascade else None,
            language=LANGUAGE,
            kind=KINDS[record_type],
            reader="portal",
            words={name: found for name, found in words.items() if found},
            partial=record.stub,
            provisional=any(map(is_clock_zero, stamps)),
        )


def _answer(response: Response, page_number: int) -> dict[str, Any]:
    """The answer in ``response``. Raises NotThePage if it is not the page that was asked for."""
    try:
        answer = parsed(response.body)
    except (ValueError, RecursionError) as error:
        if response.body[:200].lstrip().startswith(b"<"):
            raise NotThePage("an HTML page instead of data (maintenance?)") from error
        raise NotThePage("the answer is cut short or not JSON") from error
    if not isinstance(answer, dict) or not isinstance(answer.get("results"), list):
        message = answer.get("message") if isinstance(answer, dict) else None
        raise NotThePage(f"no results in the answer ({message or 'unknown shape'})")
    if not str(answer.get("totalResults")).isdecimal():
        raise NotThePage("no totalResults in the answer")
    rows = answer["results"]
    if not all(isinstance(row, dict) and isinstance(row.get("metadata"), dict) for row in rows):
        raise NotThePage("rows without metadata in the answer")
    if str(came := answer.get("pageNumber", page_number)) != str(page_number):
        raise NotThePage(f"page {came} came instead of page {page_number}")
    return answer


def _address(row: Row, record_type: str) -> str:
    """A page a person can open; the index's own address often answers 404 or names the parent."""
    if record_type == "1":
        return f"{PORTAL}/topic-details/{quote(value(row, 'identifier'), safe='')}"
    if record_type == "8":
        return f"{PORTAL}/competitive-calls-cs/{number(row)}"
    published = value(row, "url") or str(row.get("url") or "")
    if published.startswith("https://") and "/data/topicDetails/" not in published:
        return published
    return f"{PROSPECT}?callId={number(row)}"


def _published_documents(text: str) -> list[dict[str, str]]:
    """The documents attached to an external-action call, as ``{url, title}``."""
    return [
        {"url": str(entry["docUrl"]), "title": str(entry.get("nameDoc") or entry.get("typeDoc"))}
        for entry in embedded(text, list)
        if isinstance(entry, dict) and str(entry.get("docUrl")).startswith(("https://", "http://"))
    ]
