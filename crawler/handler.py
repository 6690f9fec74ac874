"""How a request leaves the house: Scrapy's aiohttp handler with our guards."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler, _ClientResponse
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadConnectionRefusedError, IgnoreRequest
from scrapy.http import Headers, Request, Response
from scrapy.settings import BaseSettings
from scrapy.utils.ssl import _make_ssl_context

from crawler.errors import NoSecureConnection

_UNICAST = ip_network("2000::/3")  # the only part of IPv6 that belongs to the public internet
_NAT64 = ip_network("64:ff9b::/96")  # but for this: IPv4 as seen from a network without it


class PrivateAddressError(PermissionError):
    """Raised by the socket factory for an address that is not on the public internet.

    An OSError, because aiohttp tries a name's next address only after one of those. Its words are
    always the same, because several different ones would come out as a plain OSError.
    """

    def __init__(self) -> None:
        super().__init__(13, "a private address")


def is_public(ip: IPv4Address | IPv6Address) -> bool:
    """Whether an address is on the public internet, and so is the IPv4 address it may wrap."""
    if isinstance(ip, IPv6Address):
        wrapped = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            wrapped = IPv4Address(int(ip) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public(wrapped)
        if ip not in _UNICAST:
            return False
    return ip.is_global and not ip.is_multicast


async def _no_empty_body(
    request: aiohttp.ClientRequest,
    send: Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]],
) -> aiohttp.ClientResponse:
    """Take the ``Content-Length: 0`` off a GET, which some servers refuse."""
    if request.method in ("GET", "HEAD") and request.headers.get("Content-Length") == "0":
        del request.headers["Content-Length"]
    return await send(request)


def _why(error: aiohttp.ClientConnectorCertificateError) -> str:
    """What is wrong with a certificate, in brackets, if OpenSSL says it in words."""
    said = getattr(error.certificate_error, "verify_message", "")
    return f" ({said})" if said else ""


def _secure(settings: BaseSettings) -> ssl.SSLContext:
    """What a connection must be, to be secure: as Scrapy makes it of the settings.

    The certificates of all authorities are loaded with aiohttp already, into a context that every
    request of its own would have. To load them once more takes as long as ten pages.
    """
    bounds = (settings["DOWNLOAD_TLS_MIN_VERSION"], settings["DOWNLOAD_TLS_MAX_VERSION"])
    if any(bounds) or not settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES"):
        return _make_ssl_context(settings)
    context = aiohttp.connector._SSL_CONTEXT_VERIFIED  # noqa: SLF001
    # From Python 3.13 on that one is stricter than Scrapy.
    context.verify_flags = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).verify_flags
    if ciphers := settings["DOWNLOADER_CLIENT_TLS_CIPHERS"]:
        context.set_ciphers(ciphers)
    return context


class GuardedHandler(AiohttpDownloadHandler):
    """Refuses private addresses where the socket is made, after DNS and every redirect.

    ``GUARD_ALLOW`` lists the only exceptions, as ``127.0.0.1:9000``. ``SEND_TO`` (a URL) answers
    for the hosts in ``SEND_TO_HOSTS`` (``.example.net``: every host below it): path and query stay,
    and the spider goes on seeing the public address, so nothing it builds from a page names the
    stand-in.
    """

    experimental: ClassVar[bool] = False
    """Scrapy's own caution; the tests of this room hold what we rely on."""

    lazy = True
    """Made with the first request: a crawl that cannot begin would leave its session open."""

    def __init__(self, crawler: Crawler) -> None:
        # Not as the superclass does, which makes a session and a connector that nobody would use.
        super(AiohttpDownloadHandler, self).__init__(crawler)
        settings = crawler.settings
        self._ssl_context = _secure(settings)
        self._allow = frozenset(settings.getlist("GUARD_ALLOW"))
        self._send_to: str | None = settings.get("SEND_TO")
        self._hosts = frozenset(settings.getlist("SEND_TO_HOSTS"))
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
        self._refuse_private(str(address[0]), int(address[1]))
        return socket.socket(family, kind, proto)

    def _refuse_private(self, address: str, port: int) -> None:
        ip = ip_address(address.split("%", maxsplit=1)[0])
        ip = getattr(ip, "ipv4_mapped", None) or ip
        if not is_public(ip) and f"{ip}:{port}" not in self._allow:
            raise PrivateAddressError

    async def download_request(self, request: Request) -> Response:
        sent = self._as_sent(request)
        host = urlsplit(sent.url).hostname
        try:
            if sent.meta.get("proxy"):
                await self._check_target(sent)
            response = await super().download_request(sent)
        except PrivateAddressError as error:
            raise IgnoreRequest(f"{host} has {error.strerror}: refused") from error
        except DownloadConnectionRefusedError as error:
            if isinstance(getattr(error.__cause__, "os_error", None), PrivateAddressError):
                # not retried: it will stay private
                raise IgnoreRequest(f"{host} has a private address: refused") from error
            if isinstance(error.__cause__, aiohttp.ClientConnectorCertificateError):
                # nor this: whoever answers there cannot prove to be who he should be
                raise IgnoreRequest(f"its certificate is refused{_why(error.__cause__)}") from error
            if isinstance(error.__cause__, aiohttp.ClientSSLError):
                raise NoSecureConnection(str(error)) from error
            raise
        request.meta["download_latency"] = sent.meta.get("download_latency")
        if urlsplit(sent.url).netloc != urlsplit(request.url).netloc:
            response = self._as_public(response, request)
        return response

    async def _check_target(self, request: Request) -> None:
        """Refuse what a proxy would fetch for us from a private address.

        The socket is only opened to the proxy itself; a name that cannot be resolved from here is
        left to the proxy.
        """
        url = urlsplit(request.url)
        port = url.port or {"https": 443}.get(url.scheme, 80)
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                url.hostname, port, type=socket.SOCK_STREAM
            )
        except OSError:
            return
        for *_, address in found:
            self._refuse_private(str(address[0]), port)

    def _own(self, host: str | None) -> bool:
        """Whether a host is one of those ``SEND_TO`` answers for."""
        name = host or ""
        return name in self._hosts or any(
            name.endswith(one) for one in self._hosts if one.startswith(".")
        )

    def _as_sent(self, request: Request) -> Request:
        """Return the request as it is sent: to ``SEND_TO`` if it is for one of its hosts.

        Its address goes out as the page wrote it: aiohttp would unquote and shorten it, and some
        servers tell ``%2C`` from a comma.
        """
        request.meta["verbatim_url"] = True
        parts = urlsplit(request.url)
        if not (self._send_to and self._own(parts.hostname)):
            return request
        target = urlsplit(self._send_to)
        path = target.path.rstrip("/") + (parts.path or "/")
        url = urlunsplit((target.scheme, target.netloc, path, parts.query, ""))
        meta, headers = dict(request.meta), request.headers.copy()
        meta.pop("proxy", None)  # which leads to the public host, not to the stand-in
        headers.pop("Proxy-Authorization", None)
        return request.replace(url=url, headers=headers, meta=meta)

    def _as_public(self, response: Response, request: Request) -> Response:
        """Return the answer of a stand-in as if the public host had given it.

        A Location that names the stand-in names the public host instead, so that the request that
        follows waits in the same queue, under the same robots.txt.
        """
        assert self._send_to is not None  # noqa: S101  (else nothing was sent elsewhere)
        here, public = self._send_to.rstrip("/"), urlsplit(request.url)
        location = (response.headers.get("Location") or b"").decode("latin-1")
        if location == here or location.startswith((f"{here}/", f"{here}?")):
            path = location.removeprefix(here)
            response.headers["Location"] = f"{public.scheme}://{public.netloc}{path}"
        return response.replace(url=request.url)

    @staticmethod
    def _extract_headers(response: _ClientResponse) -> Headers:
        # As bytes: the superclass fails on a header that is not UTF-8, as a Cyrillic file name.
        return Headers(list(response.raw_headers))
