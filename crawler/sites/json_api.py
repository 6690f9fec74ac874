"""Interfaces that answer in JSON, page after page, asked with GET or POST."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, ClassVar
from urllib.parse import quote, urljoin

from scrapy.http import Request, Response, TextResponse

from crawler.errors import NotThePage
from crawler.sites.fields import Fields, OddShapeError, dig, first
from crawler.sites.json_answers import json_of, parsed
from crawler.sites.paging import PagedSpider
from crawler.sites.spider import Entry


@dataclass(frozen=True, slots=True)
class Answer:
    """One page: its records, how many there are on all pages if it says so, and the next."""

    records: list[Any]
    total: int | None
    next: str | None
    data: Any


class JsonApi(PagedSpider):
    """A paged interface that answers in JSON.

    1. ``address`` is the address, with ``{page}`` where it counts pages (from ``first_page``) or
       ``{offset}`` where it counts records (``per_page`` at a time). An interface that names the
       address of the next page instead says where: ``next_path``.
    2. With ``body`` the question is a POST: a JSON value in which the texts ``{page}`` and
       ``{offset}`` stand for those numbers.
    3. ``records`` is the path of the list in the answer (``results``, ``results.0.hits``; empty if
       the answer is the list itself), ``total`` the path of how many there are, if it says so.
    4. ``listed`` is the path of each field in a record (``title``, ``dates.0.end``). A list on
       the way stands for each of its members. ``page_of`` makes the address people open, where
       the record holds none.
    5. ``detail_address`` (with ``{reference}``) is asked for each record, if the list does not
       say all; ``detail`` are then paths in that answer.
    6. ``phrases`` are values that say nothing without the name of their field: the path of each,
       and the condition it is, with ``{}`` in its place ("Total budget: {} EUR").
    7. ``prepare`` may get a token first, and put it into ``self.headers``.

    For example::

        class Register(JsonApi):
            name = "register"
            hosts = ("api.example.es",)
            language = "es"
            address = "https://api.example.es/calls?page={page}&size=50"
            first_page = 0
            records, total = "content", "totalElements"
            listed = {"reference": "code", "title": "description", "published": "received"}
            detail_address = "https://api.example.es/calls/{reference}"
            detail = {"deadlines": "ends", "description": "text", "conditions": "who.description"}
            page_of = "https://www.example.es/call/{reference}"
            days_only = True
    """

    listed: ClassVar[Mapping[str, str]]
    records: ClassVar[str] = ""
    total: ClassVar[str | None] = None
    next_path: ClassVar[str | None] = None
    phrases: ClassVar[Mapping[str, str]] = {}
    per_page: ClassVar[int] = 50
    body: ClassVar[Any] = None
    detail_address: ClassVar[str | None] = None
    page_of: ClassVar[str | None] = None
    site: ClassVar[str | None] = None
    """What an address without a host in a record belongs to, if not to the interface's host."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.headers: dict[str, str] = {"Accept": "application/json"}
        self.starts: tuple[str, ...] = ()
        """Addresses that ``prepare`` found, instead of ``address``."""

    async def entries(self) -> AsyncIterator[Entry]:
        starts = self.starts or ((self.address,) if isinstance(self.address, str) else self.address)
        for start in starts:
            numbered = "{offset}" in start or self._counts_in_body()
            # A body counts too: the number then goes along behind a fragment, which is not sent.
            counted = f"{start}#{{page}}" if numbered else start
            count, total = 0, None
            pages = self.pages(
                counted, self.list_request, self.understand_list, self._marks, lambda one: one.next
            )
            async for answer in pages:
                count += len(answer.records)
                total = answer.total if answer.total is not None else total
                if not answer.records and not (self.may_be_empty and total in (0, None)):
                    self.degrade(f"no records from {start}, where there always are some")
                for record in answer.records:
                    yield self.entry(record)
                if total is not None and count >= total:
                    break
            if total is not None and count != total and self.depth is None:
                self.degrade(f"{count} records came of {total} announced")

    def _counts_in_body(self) -> bool:
        return self.body is not None and any(
            name in json.dumps(self.body) for name in ("{page}", "{offset}")
        )

    def list_request(self, url: str) -> Request:
        """The request for one page of records."""
        address, _, number = url.partition("#")
        page = int(number) if number else self.first_page
        offset = str((page - self.first_page) * self.per_page)
        headers = dict(self.headers)
        if self.body is None:
            return Request(address.replace("{offset}", offset), headers=headers, dont_filter=True)
        return Request(
            address.replace("{offset}", offset),
            method="POST",
            headers=headers | {"Content-Type": "application/json"},
            body=json.dumps(
                _filled(self.body, {"{page}": page, "{offset}": int(offset)}), ensure_ascii=False
            ),
            dont_filter=True,
        )

    def understand_list(self, response: Response) -> Answer:
        """The records of an answer. Raises NotThePage if it is not one."""
        data = json_of(response)
        found: Any = data
        for key in filter(None, self.records.split(".")):
            if isinstance(found, list) and key.isdecimal():
                found = found[int(key)] if int(key) < len(found) else None
            else:
                found = found.get(key) if isinstance(found, dict) else None
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            message = data.get("message") or data.get("error") if isinstance(data, dict) else None
            said = f": {message}" if isinstance(message, str) else ""
            raise NotThePage(f"no list at {self.records or 'the top'!r} in the answer{said:.200}")
        return Answer(found, self._total_of(data), self._next_of(response, data), data)

    def _total_of(self, data: Any) -> int | None:
        if self.total is None:
            return None
        said = _texts(data, self.total)
        if len(said) != 1 or not said[0].isdecimal():
            raise NotThePage(f"no number at {self.total!r} in the answer")
        return int(said[0])

    def _next_of(self, response: Response, data: Any) -> str | None:
        said = _texts(data, self.next_path) if self.next_path else []
        return response.urljoin(said[0]) if said else None

    def _marks(self, answer: Answer) -> list[str]:
        path = self.listed.get("reference") or self.listed.get("url") or ""
        return [
            (_texts(one, path) or [json.dumps(one, sort_keys=True)])[0] if path
            else json.dumps(one, sort_keys=True)
            for one in answer.records
        ]  # fmt: skip

    def entry(self, record: Any) -> Entry:
        """What the list says of one record."""
        fields = self.paths_in(record, self.listed)
        url = first(fields, "url")
        if url:
            site = self.site or f"https://{self.hosts[0]}"
            url = urljoin(site, url)
        if self.page_of and not url and (name := first(fields, "reference")):
            url = self.page_of.format(reference=quote(name, safe=""))
        return Entry(fields, url, whole=self.detail_address is None)

    def paths_in(self, data: Any, paths: Mapping[str, str]) -> Fields:
        """The fields at ``paths`` in a JSON value, its ``phrases`` among the conditions.

        A field of another shape than ever before is counted and left out.
        """
        found: Fields = {}
        for name, path in paths.items():
            try:
                values: list[Any] = dig(data, path)
            except OddShapeError:
                self.tally.odd[name] += 1
                continue
            if name == "documents":
                values = [{"url": one, "title": ""} for one in values]
            if values:
                found[name] = values
        for path, phrase in self.phrases.items():
            try:
                said = [f"<p>{escape(phrase.format(one))}</p>" for one in dig(data, path)]
            except OddShapeError:
                self.tally.odd[path] += 1
                continue
            if said:
                found["conditions"] = [*found.get("conditions", ()), *said]
        return found

    @property
    def _has_pages(self) -> bool:
        return self.detail_address is not None

    def page_request(self, entry: Entry) -> Request:
        """The request for all there is of one record."""
        name = quote(entry.reference, safe="")
        address = str(self.detail_address).format(reference=name)
        return Request(address, headers=dict(self.headers), dont_filter=True)

    def understand_page(self, response: Response) -> TextResponse:
        """The response, if it is a record. Raises NotThePage if it is not."""
        if not isinstance(json_of(response), dict):
            raise NotThePage("no record in the answer")
        return response.replace(cls=TextResponse) if not isinstance(
            response, TextResponse
        ) else response  # fmt: skip

    def fields_of(self, page: TextResponse) -> Fields:
        """What the answer says of the record, by field."""
        return self.paths_in(parsed(page.body), self.detail)


def _texts(data: Any, path: str) -> list[str]:
    try:
        return dig(data, path)
    except OddShapeError:
        return []


def _filled(value: Any, numbers: Mapping[str, int]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one, numbers) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(one, numbers) for one in value]
    if not isinstance(value, str) or value in numbers:
        return numbers.get(value, value)
    for name, number in numbers.items():  # within a text, as "query=&page={page}"
        value = value.replace(name, str(number))
    return value
