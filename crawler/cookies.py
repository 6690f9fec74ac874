"""Keeps the cookies of a source for the length of its harvest, and asks nobody else about them."""

from __future__ import annotations

from functools import cache
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING

from scrapy.http import Request, Response
from scrapy.http.cookies import CookieJar
from scrapy.utils.httpobj import urlparse_cached

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


class OwnCookies:
    """Sends cookies back to the host that set them, and to its siblings where that host says so.

    In the place of Scrapy's own: with the first cookie that one downloads the list of public
    suffixes from two third parties, without a limit in time and past the guard of addresses.
    """

    def __init__(self) -> None:
        strict = DefaultCookiePolicy.DomainStrictNonDomain  # siblings only where the host says so
        self._jar = CookieJar(DefaultCookiePolicy(strict_ns_domain=strict))

    def process_request(self, request: Request) -> None:
        """Put what the jar has for the address in the place of a ``Cookie`` header."""
        request.headers.pop("Cookie", None)
        self._jar.add_cookie_header(request)

    def process_response(self, request: Request, response: Response) -> Response:
        """Keep what was set; nobody speaks for all hosts below ``gov.ua`` or ``github.io``."""
        if "Set-Cookie" not in response.headers:
            return response
        host = (urlparse_cached(request).hostname or "").lower()
        for cookie in self._jar.make_cookies(response, request):
            domain = cookie.domain.removeprefix(".")
            if cookie.domain_specified and _is_public(domain):
                if domain != host:
                    continue
                cookie.domain, cookie.domain_specified = host, False
            self._jar.set_cookie_if_ok(cookie, request)
        return response


def _is_public(domain: str) -> bool:
    """Whether anybody may have a name below ``domain``."""
    return bool(_list().is_public(domain))


@cache
def _list() -> PublicSuffixList:
    """The list as its package brings it."""
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415  (takes as long as four pages)

    return PublicSuffixList()
