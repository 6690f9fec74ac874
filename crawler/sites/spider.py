"""What every kind of site has in common: from the entries of its listings to RawCalls."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from scrapy.http import Request, Response, TextResponse

from crawler.errors import Outage
from crawler.raw import RawCall
from crawler.sites.addresses import canonical, reference
from crawler.sites.checks import insist_on_a_page
from crawler.sites.fields import (
    LISTS,
    MARKUP,
    Fields,
    article,
    day_only,
    first,
    label_key,
    labelled,
    select,
    value_of,
    with_label,
)
from crawler.sites.form import Form

NAMED = 3
"""How many of several are named in a reason."""

SHOWS = 5
"""Pages from which on a field that was on none of them is a selector that matches nothing."""


@dataclass(slots=True)
class Entry:
    """One entry of a listing: its words by field name, its address and its name in the source.

    ``whole``: whether the listing says all there is, so that its page need not be asked for.
    """

    fields: Fields
    url: str | None = None
    reference: str = ""
    whole: bool = False


@dataclass(slots=True)
class _Tally:
    """What happened to the entries and pages of a harvest."""

    listed: int = 0
    dropped: int = 0
    pages: int = 0
    nameless: int = 0
    bad: list[str] = field(default_factory=list)
    without_page: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    on_listing: Counter[str] = field(default_factory=Counter)
    on_page: Counter[str] = field(default_factory=Counter)
    odd: Counter[str] = field(default_factory=Counter)


class SiteSpider(Form):
    """The form that every kind of site shares; its subclasses know how listings are read.

    1. ``entries`` (the kind of site's) yields what the listings hold, page after page.
    2. Entries that ``drop_if`` and ``keep_if`` turn away are left out, and those with the same
       reference are one.
    3. The page of each entry is asked for if the form says what to take from it: ``detail``,
       ``labels`` or ``article``. What the page says replaces what the listing said, field by
       field. An entry whose page does not come is kept from the listing (as provisional, so that
       it takes nothing from what is known) and the harvest says how many those were.
    4. A field that was found nowhere is a selector that matches nothing, and is named, unless it
       is among ``optional``.
    5. ``finish`` may mend an oddity of the source in one RawCall, or leave it out.

    Fields (``crawler.sites.fields.FIELDS``) become words for ``crawler.reading.prose``; nothing is
    interpreted here, and no date is read.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tally = _Tally()
        self.report.complete = self.report.complete and self.depth is None

    async def prepare(self) -> None:
        """Ask for whatever the listing needs first, as a token or a key on the site's own page."""

    async def entries(self) -> AsyncIterator[Entry]:
        """Yield what the listings hold; the kind of site defines it."""
        raise NotImplementedError(f"{type(self).__name__} must define entries")
        yield  # pragma: no cover  (this makes it a generator)

    def finish(self, call: RawCall, page: Response | None) -> RawCall | None:  # noqa: ARG002
        """Mend an oddity of the source; None leaves the call out. ``page`` is None if not asked."""
        return call

    async def harvest(self) -> AsyncIterator[RawCall]:
        """Read the listings, then the pages, and yield when all is known of all of them."""
        listed: dict[str, Entry] = {}
        try:
            await self.prepare()
            async with aclosing(self.entries()) as entries:  # type: ignore[type-var]
                async for entry in entries:
                    self._take(entry, listed)
                    if self.limit is not None and len(listed) >= self.limit:
                        break
        except Outage as outage:
            self.degrade(str(outage))
        calls = [call async for call in self._calls(listed.values())]
        self._explain(calls)
        for call in calls:
            yield call

    def _take(self, entry: Entry, listed: dict[str, Entry]) -> None:
        """Put an entry among the others, unless it is not wanted or cannot be named."""
        self.tally.listed += 1
        self.tally.on_listing.update(entry.fields.keys())
        if not self._wanted(entry.fields):
            self.tally.dropped += 1
            return
        if entry.url is not None:
            try:
                entry.url = canonical(entry.url, self.noise)
            except ValueError:
                self.tally.bad.append(entry.url)
                return
        own = first(entry.fields, "reference")
        name = own or (reference(entry.url, self.reference) if entry.url else None)
        if not name:
            self.tally.nameless += 1
            return
        entry.reference = name
        listed.setdefault(name, entry)

    def _wanted(self, fields: Fields) -> bool:
        def matches(patterns: Mapping[str, str]) -> Iterable[bool]:
            for name, pattern in patterns.items():
                text = "\n".join(map(str, fields.get(name, ())))
                yield re.search(pattern, text, re.IGNORECASE) is not None

        return not any(matches(self.drop_if)) and all(matches(self.keep_if))

    @property
    def _has_pages(self) -> bool:
        return bool(self.detail or self.labels or self.article)

    async def _calls(self, entries: Iterable[Entry]) -> AsyncIterator[RawCall]:
        """The RawCall of each entry, with the words of its page where there is one."""
        began, failures = time.monotonic(), 0
        for entry in entries:
            page: TextResponse | None = None
            asked = self._has_pages and not entry.whole and entry.url is not None
            if asked and urlsplit(str(entry.url)).hostname in self.hosts:
                if failures >= self.in_a_row:
                    self._without(entry, f"{failures} pages in a row did not come")
                elif time.monotonic() - began > self.page_seconds:
                    self._without(entry, f"{self.page_seconds:.0f} s were not enough for all")
                else:
                    page = await self._page(entry)
                    failures = failures + 1 if page is None else 0
            fields = dict(entry.fields)
            if page is not None:
                own = self.fields_of(page)
                self.tally.pages += 1
                self.tally.on_page.update(own.keys())
                fields |= own
            call = self._raw(entry, fields)
            call.provisional = bool(self.tally.without_page) and (
                self.tally.without_page[-1] == entry.reference
            )
            if finished := self.finish(call, page):
                yield finished
            else:
                self.tally.dropped += 1

    async def _page(self, entry: Entry) -> TextResponse | None:
        try:
            return await self.fetch(self.page_request(entry), self.understand_page)
        except Outage as outage:
            self._without(entry, str(outage))
            return None

    def page_request(self, entry: Entry) -> Request:
        """The request for the page of a call."""
        return Request(str(entry.url), dont_filter=True)

    def understand_page(self, response: Response) -> TextResponse:
        """The response, if it is the page of a call. Raises NotThePage if it is not."""
        return insist_on_a_page(response)

    def _without(self, entry: Entry, reason: str) -> None:
        self.tally.without_page.append(entry.reference)
        self.tally.reasons[reason] += 1

    def fields_of(self, page: TextResponse) -> Fields:
        """What the page of a call says, by field."""
        if self.without:
            page.css(self.without).drop()
        found = select(page, self.detail, base=page.url)
        if self.labels:
            known = {label_key(label): name for label, name in self.labels.items()}
            known |= {label_key(label): "" for label in self.ignored}
            for label, node in labelled(page, *self.rows):
                name = known.get(label_key(label), "description")
                if name in ("description", "conditions"):
                    found.setdefault(name, []).append(with_label(label, node.get()))
                elif name:
                    inner = node.css("a") if name in ("documents", "url") else [node]
                    found.setdefault(name, []).extend(
                        filter(None, (value_of(name, one) for one in inner))
                    )
        if self.article and "description" not in found and (text := article(page.text, page.url)):
            found["description"] = [text]
        for one in found.get("documents", ()):
            one["url"] = _joined(page, one["url"])
        if "documents" in found:
            found["documents"] = [one for one in found["documents"] if one["url"]]
        return found

    def _raw(self, entry: Entry, fields: Fields) -> RawCall:
        words: dict[str, Any] = {}
        for name, values in fields.items():
            texts = [day_only(one) if self.days_only and name not in MARKUP else one
                     for one in values if isinstance(one, str)]  # fmt: skip
            if name in MARKUP:
                words[name] = "\n".join(texts)
            elif name in LISTS:
                words[name] = texts or values
            elif name in ("opens", "published", "programme"):
                words[name] = texts[0]
        if self.zone:
            words["zone"] = self.zone
        return RawCall(
            source=self.name,
            reference=entry.reference,
            title=first(fields, "title") or "",
            url=entry.url,
            parent=first(fields, "parent"),
            language=first(fields, "language") or self._language(entry.url),
            kind=self.kind,
            words=words,
        )

    def _language(self, url: str | None) -> str | None:
        matching = (
            code for pattern, code in self.languages.items() if re.search(pattern, url or "")
        )
        return next(matching, self.language)

    def _explain(self, calls: list[RawCall]) -> None:
        """Tell the report what came, and everything that was odd about it."""
        tally = self.tally
        given = Counter(name for call in calls for name in call.words if name != "zone")
        self.report.given = {name: round(n / len(calls), 3) for name, n in given.items()}
        for what, which in (
            ("entries have no address or name of their own", tally.nameless),
            ("entries have an address that is none", len(tally.bad)),
        ):
            if which:
                self.degrade(f"{which} of {tally.listed} {what}")
        if missing := len(tally.without_page):
            names, (why, _) = ", ".join(tally.without_page[:NAMED]), tally.reasons.most_common(1)[0]
            self.degrade(
                f"{missing} of {len(calls)} calls are kept from the listing alone, without their "
                f"own page ({why}): {names}",
                complete=True,
            )
        for name, count in sorted(tally.odd.items()):
            self.degrade(f"{name}: of another shape than ever before in {count} records")
        untitled = [call.reference for call in calls if not call.title.strip()]
        if untitled:
            names = ", ".join(untitled[:NAMED])
            self.degrade(f"{len(untitled)} calls have no title: {names}", complete=True)
        self._miss(tally.listed, tally.on_listing, getattr(self, "listed", ()), "entries")
        self._miss(tally.pages, tally.on_page, {*self.detail, *self.labels.values()}, "pages")
        if tally.dropped:
            self.logger.info("%d of %d entries are not wanted", tally.dropped, tally.listed)
        if self.limit is None and self.usual and len(calls) * 2 < self.usual:
            self.degrade(f"only {len(calls)} calls, where there usually are about {self.usual}")

    def _miss(self, number: int, found: Counter[str], wanted: Iterable[str], what: str) -> None:
        """Name the fields whose selectors matched nothing at all."""
        if number < (SHOWS if what == "pages" else 1):
            return
        for name in sorted({*wanted} - {""} - self.optional - found.keys()):
            self.degrade(f"{name}: its selector matches on none of {number} {what}", complete=True)


def _joined(page: TextResponse, address: str) -> str:
    try:
        found = page.urljoin(address)
    except ValueError:  # no address at all: the document is left out, its call is not
        return ""
    return found if found.startswith(("http://", "https://")) else ""
