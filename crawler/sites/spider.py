"""What every kind of site has in common: from the entries of its listings to RawCalls."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from scrapy.http import Request, Response, TextResponse

from crawler.errors import Outage
from crawler.raw import RawCall
from crawler.sites.addresses import canonical, reference
from crawler.sites.checks import broken_letters, insist_on_a_page
from crawler.sites.fields import (
    DATES,
    LISTS,
    MARKUP,
    Fields,
    article,
    day_only,
    first,
    is_clock_zero,
    is_only_heading,
    label_key,
    labelled,
    select,
    value_of,
    with_label,
)
from crawler.sites.form import Form
from crawler.sites.tally import Tally, named

GONE = (404, 410)

SHOWS = 5
"""Pages from which on a field that was on none of them is a selector that matches nothing."""


@dataclass(slots=True)
class Entry:
    """One entry of a listing: its words by field name, its address and its name in the source.

    ``whole``: whether the listing says all there is, so that its page need not be asked for;
    ``smudged``: whether its page held letters that could not be read.
    """

    fields: Fields
    url: str | None = None
    reference: str = ""
    whole: bool = False
    smudged: bool = False


class SiteSpider(Form):
    """The form that every kind of site shares; its subclasses know how listings are read.

    1. ``entries`` (the kind of site's) yields what the listings hold, page after page.
    2. Entries that ``drop_if`` and ``keep_if`` turn away are left out, and those with the same
       reference are one.
    3. The page of each entry is asked for if the form says what to take from it: ``detail``,
       ``labels`` or ``article``. What the page says replaces what the listing said, field by
       field; the listing's day stays beside a deadline that names none. An entry whose page does
       not come, or holds nothing of it, is kept from the listing (as provisional, so that it takes
       nothing from what is known) and the harvest says how many those were. Pages on other hosts
       than ``hosts`` are never asked for.
    4. A field that was found nowhere is a selector that matches nothing, and is named, unless it
       is among ``optional``.
    5. ``finish`` may mend an oddity of the source in one RawCall, or leave it out.

    Fields (``crawler.sites.fields.FIELDS``) become words for ``crawler.reading.prose``; nothing is
    interpreted here, and no date is read.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tally = Tally()
        self._began = 0.0
        self._failures = 0
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
        name = own or (self._named_by(entry.url) if entry.url else None)
        if not name:
            self.tally.nameless += 1
            return
        entry.reference = name
        if (other := listed.setdefault(name, entry)) is not entry and _differs(other, entry):
            self.tally.again.append(name)

    def _named_by(self, url: str) -> str | None:
        """What an address calls its page; one on another site is named with that site."""
        name, host = reference(url, self.reference), str(urlsplit(url).hostname)
        return name if not name or self.reference or host in self.hosts else f"{host}/{name}"

    def _wanted(self, fields: Fields, *, all_known: bool = False) -> bool:
        """Whether ``drop_if`` and ``keep_if`` let it pass, as far as their fields are known."""

        def matches(patterns: Mapping[str, str]) -> Iterable[bool]:
            for name, pattern in patterns.items():
                if name in fields or all_known:
                    text = "\n".join(map(str, fields.get(name, ())))
                    yield re.search(pattern, text, re.IGNORECASE) is not None

        return not any(matches(self.drop_if)) and all(matches(self.keep_if))

    @property
    def _seeks_text(self) -> bool:
        """Whether the main text of a page is looked for by itself."""
        return bool(self.article)

    @property
    def _has_pages(self) -> bool:
        return bool(self.detail or self.labels or self._seeks_text)

    async def _calls(self, entries: Iterable[Entry]) -> AsyncIterator[RawCall]:
        """The RawCall of each entry, with the words of its page where there is one."""
        self._began = time.monotonic()
        for entry in entries:
            fields = dict(entry.fields)
            page: TextResponse | None = None
            lost = False
            if self._has_pages and not entry.whole and entry.url is not None:
                page, own = await self._page(entry)
                lost = page is None
                fields |= _beside(fields, own)
            call: RawCall | None = None
            if self._wanted(fields, all_known=not lost):
                doubtful = self._doubtful(entry, fields, page)
                call = self._raw(entry, fields)
                call.provisional = lost or doubtful
                call = self.finish(call, page)
            if call is None:
                self.tally.dropped += 1
            else:
                yield call

    def _doubtful(self, entry: Entry, fields: Fields, page: TextResponse | None) -> bool:
        """Whether some words cannot be what was meant, so that none may replace what is known.

        A date that is none is taken out of the field it stands in.
        """
        smudged = entry.smudged or (page is not None and broken_letters(page) > 0)
        smudged = smudged and "\ufffd" in str(fields)
        if smudged:
            self.tally.smudged.append(entry.reference)
        zero = False
        for name in (*DATES, *MARKUP):
            values = fields.get(name, [])
            wrong = [one for one in values if is_clock_zero(str(one))]
            zero = zero or bool(wrong)
            if wrong and name in DATES:
                fields[name] = [one for one in values if one not in wrong]
        if zero:
            self.tally.zero.append(entry.reference)
        return smudged or zero

    async def _page(self, entry: Entry) -> tuple[TextResponse | None, Fields]:
        """The page of an entry and its words; None, and why noted, if there is none to be had."""
        host = str(urlsplit(str(entry.url)).hostname)
        reason = ""
        if host not in self.hosts:
            self.tally.elsewhere[host] += 1
            return None, {}
        if self._failures >= self.in_a_row:
            reason = f"{self._failures} pages in a row did not come"
        elif time.monotonic() - self._began > self.page_seconds:
            reason = f"{self.page_seconds:.0f} s were not enough for all"
        else:
            try:
                page = await self.fetch(self.page_request(entry), self.understand_page)
            except Outage as outage:
                if outage.status not in GONE:  # a listing may still hold several that are gone
                    self._failures += 1
                reason = str(outage)
            else:
                self._failures = 0
                self.tally.pages += 1
                own = self.fields_of(page)
                self.tally.on_page.update(own.keys())
                if own:
                    return page, own
                reason = f"{host}: nothing that is looked for is on the page"
        self.tally.without_page.append(entry.reference)
        self.tally.reasons[reason] += 1
        return None, {}

    def page_request(self, entry: Entry) -> Request:
        """The request for the page of a call."""
        return Request(str(entry.url), dont_filter=True)

    def understand_page(self, response: Response) -> TextResponse:
        """The response, if it is the page of a call. Raises NotThePage if it is not."""
        return insist_on_a_page(response)

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
        if self._seeks_text and "description" not in found and (text := _main_text(page)):
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
            elif name in ("opens", "published", "programme") and texts:
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
        markup_changed = False
        wanted = self.keep_if or self.drop_if
        if not self.tally.listed and wanted and not self.report.degradations:
            # None of its entries may be wanted; no entries at all are an outage.
            self.degrade("the listing is empty: there always are entries to choose from")
        self._undecided()
        for fault in self.tally.faults(len(calls)):
            self.degrade(fault.reason, complete=fault.complete)
        for name, what in self._nowhere():
            self.degrade(f"{name}: its selector matches on none of {what}", complete=True)
            markup_changed = True
        if markup_changed or self.tally.odd:
            # Else what is left would replace what was said before, a deadline of the listing, say,
            # the more exact one of the page.
            for call in calls:
                call.provisional = True
                # Whether one without a title is wanted, nobody can say.
                call.partial = call.partial or not call.title.strip()
        if untitled := [call.reference for call in calls if not call.title.strip()]:
            self.degrade(f"{len(untitled)} calls have no title: {named(untitled)}", complete=True)
        if self.limit is None and self.usual and len(calls) * 2 < self.usual:
            self.degrade(f"only {len(calls)} calls, where there usually are about {self.usual}")
        whole = [call for call in calls if not call.provisional]
        given = Counter(name for call in whole for name in call.words if name != "zone")
        self.report.given = {name: round(n / len(whole), 3) for name, n in given.items()}
        self.report.records = len(whole)
        if self.depth is not None and self.limit is None:
            # Of an archive so many pages are read, however many of their entries are wanted.
            self.report.parts["entries of the listing"] = self.tally.listed

    def _undecided(self) -> None:
        """Name a field that decides which entries are wanted, and that hardly any has."""
        for name in sorted({*self.keep_if} & {*getattr(self, "listed", ())} - self.optional):
            having, listed = self.tally.on_listing[name], self.tally.listed
            if having * 2 < listed:
                self.degrade(
                    f"only {having} of {listed} entries have a {name}, which decides whether they "
                    "are wanted"
                )

    def _nowhere(self) -> Iterable[tuple[str, str]]:
        """The fields whose selectors matched nothing at all, and on how many entries or pages."""
        tally = self.tally
        listed, on_page = {*getattr(self, "listed", ())}, {*self.detail, *self.labels.values()}
        if tally.listed:
            for name in sorted(listed - self.optional - tally.on_listing.keys()):
                yield name, f"{tally.listed} entries"
        if tally.pages >= SHOWS:
            for name in sorted(on_page - {""} - self.optional - tally.on_page.keys()):
                yield name, f"{tally.pages} pages"


def _joined(page: TextResponse, address: str) -> str:
    try:
        found = page.urljoin(address)
    except ValueError:  # no address at all: the document is left out, its call is not
        return ""
    return found if found.startswith(("http://", "https://")) else ""


def _main_text(page: TextResponse) -> str:
    """The main text of a page; empty if that is only its heading."""
    text = article(page.text, page.url)
    return "" if is_only_heading(text, page) else text


def _beside(listed: Fields, own: Fields) -> Fields:
    """The fields of a page, with the listing's deadlines where the page's own name no day."""
    if "deadlines" not in own or re.search(r"\d", " ".join(map(str, own["deadlines"]))):
        return own
    return own | {"deadlines": [*listed.get("deadlines", ()), *own["deadlines"]]}


def _differs(first: Entry, again: Entry) -> bool:
    """Whether two entries of one name contradict each other.

    One link may stand on a page several times, under a picture and as "read more"; but two records
    of one number, or two deadlines of one call, cannot both be right.
    """
    if "reference" in first.fields:
        return first.fields != again.fields
    return all("deadlines" in one.fields for one in (first, again)) and (
        first.fields["deadlines"] != again.fields["deadlines"]
    )
