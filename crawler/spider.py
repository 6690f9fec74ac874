"""The base spiders: what every source has in common, and what every kind of site has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

import scrapy
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.http import Request, Response
from scrapy.settings import BaseSettings

from crawler.errors import HarvestFailed, NotThePage, Outage, in_words
from crawler.health import Report
from crawler.patience import back_off, is_closing
from crawler.raw import RawCall

ERROR_STATUS = 400
T = TypeVar("T")


class CallSpider(scrapy.Spider):
    """Collects the words of calls from one source, and says honestly how complete they are.

    A source is a subclass that sets ``name`` and ``hosts`` (every host it asks) and either

    1. overrides ``harvest``, an async generator of RawCalls that asks with ``await
       self.fetch(request)`` one page at a time (see ``spiders.eu_portal``); or
    2. uses a base class for its kind of site, as ``ListingSpider``.

    It calls ``degrade`` for whatever makes the harvest less than it should be, raises
    HarvestFailed when nothing of it may be kept, and never parses a date, never touches the
    database, never guesses.
    """

    hosts: ClassVar[tuple[str, ...]] = ()
    language: ClassVar[str | None] = None
    may_be_empty: ClassVar[bool] = False
    """Whether the source can truly have no calls; if not, an empty harvest is an outage."""
    every: ClassVar[timedelta] = timedelta(days=1)
    """How often the source is harvested by ``bridges run``, unless BRIDGES_HARVEST_EVERY says."""

    needs: ClassVar[str | None] = None
    """The name of a setting without which this source cannot be asked, as a key of its API."""

    def __init__(self, *args: Any, limit: str | int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit = int(limit) if limit else None
        limited = self.limit is not None
        self.report = Report(self.may_be_empty, limited=limited, complete=not limited)

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Name the operator's mailbox to every server: ``CONTACT``, or BRIDGES_CONTACT."""
        super().update_settings(settings)
        contact = settings.get("CONTACT")
        if not contact:
            from storage.settings import load_settings  # noqa: PLC0415  (it takes 0.15 s)

            contact = load_settings().contact
        settings.set("USER_AGENT", f"{settings['USER_AGENT']} (+mailto:{contact})", "spider")

    @classmethod
    def key(cls) -> str:
        """The value of the setting this source ``needs``, empty if it is not set."""
        from storage.settings import load_settings  # noqa: PLC0415  (it takes 0.15 s)

        return str(getattr(load_settings(), cls.needs) or "") if cls.needs else ""

    async def start(self) -> AsyncIterator[Any]:
        """Yield the harvest's RawCalls; a HarvestFailed ends it and becomes its reason."""
        try:
            async for item in self.harvest():
                if is_closing(self.crawler):
                    return
                if isinstance(item, Request):
                    yield item
                else:
                    await self._hand_over(item)
        except HarvestFailed as error:
            self.report.failure = str(error)
            self.logger.error("harvest failed: %s", error)  # noqa: TRY400  (the reason is enough)

    async def _hand_over(self, item: Any) -> None:
        """Pass an item to the pipelines and wait until it is kept.

        What ``start`` yields, Scrapy passes on too, but then it forgets to look whether that item
        was all a closing crawl waited for (and waits for ever), or was the last (and waits 5 s).
        """
        assert self.crawler.engine is not None  # noqa: S101  (a spider only runs in an engine)
        scraper = self.crawler.engine.scraper
        try:
            await scraper.start_itemproc_async(item, response=None)
        finally:
            scraper._check_if_closing()  # noqa: SLF001
        await asyncio.sleep(0)  # let signals and timers in between two calls

    async def harvest(self) -> AsyncIterator[Any]:
        """Yield RawCalls, or requests whose callbacks do."""
        for url in self.start_urls:
            yield Request(url, dont_filter=True)

    def degrade(self, reason: str, *, complete: bool = False) -> None:
        """Note what is wrong. Unless ``complete``, absence from this harvest proves nothing."""
        self.report.degradations.append(reason)
        self.report.complete = self.report.complete and complete
        self.logger.warning("degraded: %s", reason)

    def show(self, response: Response) -> None:
        """Keep a page that was not what it should be for people to look at; the first is enough."""
        if self.report.exhibit is None:
            self.report.exhibit = (response.url, response.body)

    async def fetch(self, request: Request, understand: Callable[[Response], T]) -> T:
        """What ``understand`` makes of one page, after the retries of the settings.

        When it raises NotThePage, the page is asked for again like one that did not come. Raises
        Outage when the tries are used up.
        """
        assert self.crawler.engine is not None  # noqa: S101  (a spider only runs in an engine)
        while True:
            if is_closing(self.crawler):
                raise Outage("the harvest was told to stop")
            try:
                response = await self.crawler.engine.download_async(request)
            except Exception as error:  # whatever Scrapy or the network raises, this page is lost
                raise Outage(f"{_place(request)}: {in_words(error)}") from error
            if response.status >= ERROR_STATUS:
                self.show(response)
                said = f"{_place(request)}: answered {response.status}{_instead(response)}"
                raise Outage(said, status=response.status)
            try:
                understood = understand(response)
            except NotThePage as error:
                # A middleware may have tried again already: count on from what was really sent.
                sent = response.request or request
                again = get_retry_request(sent, spider=self, reason=str(error))
                if again is None:
                    self.show(response)
                    raise Outage(f"{_place(request)}: {error}") from error
            else:
                self.report.came = True
                return understood
            back_off(self.crawler, sent)
            request = again

    def call(self, response: Response, *, reference: str, title: str, **words: Any) -> RawCall:
        """Return a RawCall of the page ``response``, in the spider's language."""
        return RawCall(
            source=self.name,
            reference=reference,
            title=title,
            url=response.url,
            language=self.language,
            words={name: value for name, value in words.items() if value},
        )


class ListingSpider(CallSpider):
    """A listing in HTML with a page for each call.

    1. ``start_urls`` are listings. 2. ``call_links`` (CSS) gives the links to calls; a listing
    without any is a broken listing, never "no calls today". 3. ``next_links`` (CSS) gives further
    listings. 4. ``parse_call`` takes the words from a call's page::

        class Agency(ListingSpider):
            name = "agency"
            start_urls = ["https://funding.example.eu/calls"]
            hosts = ("funding.example.eu",)
            language = "fr"
            call_links = "a.call::attr(href)"

            def parse_call(self, response, **_):
                yield self.call(
                    response,
                    reference=response.url.rsplit("/", 1)[-1],
                    title=response.css("h1::text").get(""),
                    description=response.css("main").get(),
                    deadlines=response.css("time::text").getall(),
                )
    """

    call_links: ClassVar[str]
    next_links: ClassVar[str | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._followed: set[str] = set()

    def parse(self, response: Response, **_: Any) -> Iterator[Any]:
        links = response.css(self.call_links).getall()
        if not links and not self.may_be_empty:
            self.degrade(f"no call links on {response.url}: the page or its markup changed")
        for request in self._requests(response, links, self.parse_call):
            if self.limit is not None and len(self._followed) >= self.limit:
                return
            self._followed.add(request.url)
            yield request
        if self.next_links:
            yield from self._requests(response, response.css(self.next_links).getall(), self.parse)

    def _requests(
        self, response: Response, links: Iterable[str], callback: Callable[..., Any]
    ) -> Iterator[Request]:
        """A request for each link; one that is no address costs only itself."""
        bad: list[str] = []
        for link in links:
            try:
                request = response.follow(link, callback=callback)
            except ValueError:
                bad.append(link)
            else:
                yield request
        if bad:
            self.degrade(f"{len(bad)} links on {response.url} are no addresses, as {bad[0]!r:.60}")

    def parse_call(self, response: Response, **_: Any) -> Iterator[Any]:
        raise NotImplementedError(f"{type(self).__name__} must define parse_call")


def _instead(response: Response) -> str:
    """What kind of refusal an error page is, in brackets, if it says so."""
    from crawler.sites.checks import instead  # noqa: PLC0415  (that package is built on this one)

    what = instead(response)
    return f" ({what})" if what else ""


def _place(request: Request) -> str:
    """The host, which is what people know of an address."""
    return str(urlsplit(request.url).hostname)
