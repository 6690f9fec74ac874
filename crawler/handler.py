"""How a request leaves the house: Scrapy's aiohttp handler with our guards."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler, _ClientResponse
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadConnectionRefusedError, IgnoreRequest
from scrapy.http import Headers, Request, Response


class PrivateAddressError(PermissionError):
    """Raised by the socket factory for an address that is not on the public internet.

    An OSError, because aiohttp tries a name's next address only after one of those.
    """


async def _no_empty_body(
    request: aiohttp.ClientRequest,
    send: Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]],
) -> aiohttp.ClientResponse:
    """Take the ``Content-Length: 0`` off a GET, which some servers refuse."""
    if request.method in ("GET", "HEAD") and request.headers.get("Content-Length") == "0":
        del request.headers["Content-Length"]
    return await send(request)


class GuardedHandler(AiohttpDownloadHandler):
    """Refuses private addresses where the socket is made, after DNS and every redirect.

    ``GUARD_ALLOW`` lists the only exceptions, as ``127.0.0.1:9000``. ``SEND_TO`` (a URL) answers
    for the hosts in ``SEND_TO_HOSTS``: path and query stay, and the spider goes on seeing the
    public address, so nothing it builds from a page names the stand-in.
    """

    experimental: ClassVar[bool] = False
    """Scrapy's own caution; the tests of this room hold what we rely on."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        self._allow = frozenset(settings.getlist("GUARD_ALLOW"))
        self._send_to: str | None = settings.get("SEND_TO")
        self._hosts = frozenset(settings.getlist("SEND_TO_HOSTS"))
        self._session.detach()  # built by the superclass, never used
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                local_addr=self._bind_address,
                limit=self._pool_size_total,
                limit_per_host=self._pool_size_per_host,
                socket_factory=self.open_socket,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            response_class=_ClientResponse,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            # Public servers send longer and more headers than aiohttp's defaults allow.
            max_line_size=65536,
            max_field_size=65536,
            max_headers=1000,
            middlewares=(_no_empty_body,),
        )
        # aiohttp would send every dropped GET once more by itself, without delay or count.
        self._session._retry_connection = False  # noqa: SLF001

    def open_socket(self, addr_info: tuple[Any, ...]) -> socket.socket:
        """Open a socket for the address that is really connected to.

        Raises PrivateAddressError for any that is not public and not on the list.
        """
        family, kind, proto, _, address = addr_info
        ip = ipaddress.ip_address(str(address[0]).split("%", maxsplit=1)[0])
        ip = getattr(ip, "ipv4_mapped", None) or ip
        if (not ip.is_global or ip.is_multicast) and f"{ip}:{address[1]}" not in self._allow:
            raise PrivateAddressError(13, f"refused to connect to the private address {ip}")
        return socket.socket(family, kind, proto)

    async def download_request(self, request: Request) -> Response:
        sent = self._redirected(request)
        try:
            response = await super().download_request(sent)
        except DownloadConnectionRefusedError as error:
            if isinstance(getattr(error.__cause__, "os_error", None), PrivateAddressError):
                reason = str(getattr(error.__cause__, "os_error", error))
                raise IgnoreRequest(reason) from error  # not retried: it will stay private
            raise
        if sent is not request:
            request.meta["download_latency"] = sent.meta.get("download_latency")
            response = response.replace(url=request.url)
        return response

    def _redirected(self, request: Request) -> Request:
        """Return the request as it is sent: to ``SEND_TO`` if it is for one of its hosts."""
        parts = urlsplit(request.url)
        if not self._send_to or parts.hostname not in self._hosts:
            return request
        target = urlsplit(self._send_to)
        path = target.path.rstrip("/") + (parts.path or "/")
        return request.replace(
            url=urlunsplit((target.scheme, target.netloc, path, parts.query, "")),
        )

    @staticmethod
    def _extract_headers(response: _ClientResponse) -> Headers:
        # As bytes: the superclass fails on a header that is not UTF-8, as a Cyrillic file name.
        return Headers(list(response.raw_headers))
