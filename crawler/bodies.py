"""Bodies that are not what their headers say: cut short inside, or in another charset."""

from __future__ import annotations

import zlib

from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response, TextResponse
from w3lib.encoding import html_body_declared_encoding

from crawler.patience import back_off

_GZIP = (b"gzip", b"x-gzip")
_REPLACEMENT = "\ufffd"


def is_whole(response: Response, limit: int = 64 << 20) -> bool:
    """Whether a gzip body ends where it should; True for any other encoding.

    Stops looking at ``limit`` bytes of output: bombs are the size limit's business.
    """
    encoding = (response.headers.get("Content-Encoding") or b"").strip().lower()
    if not response.body or encoding not in _GZIP:
        return True
    stream, data, size = zlib.decompressobj(31), response.body, 0
    try:
        while data and not stream.eof and size < limit:
            size += len(stream.decompress(data, 1 << 16))
            data = stream.unconsumed_tail
    except zlib.error:
        return False
    return stream.eof or size >= limit


class WholeBody:
    """Tries again when a compressed stream stops short inside a complete HTTP body."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> WholeBody:
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Return the response, or the next try; raise IgnoreRequest when tries are used up."""
        if is_whole(response):
            return response
        reason = "compressed body cut short"
        assert self.crawler.spider is not None  # noqa: S101  (a response only comes to a spider)
        if again := get_retry_request(request, spider=self.crawler.spider, reason=reason):
            back_off(self.crawler, request)
            return again
        raise IgnoreRequest(reason)


class RightCharset:
    """Reads UTF-8 as UTF-8 whatever the header says, and believes the page before the header."""

    def __init__(self, crawler: Crawler) -> None:
        self.stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RightCharset:
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:  # noqa: ARG002
        """Return the response, with its charset corrected where the body proves it wrong."""
        if not isinstance(response, TextResponse):
            return response
        if b"\x00" in response.body[:100]:
            return self._wide(response)
        if response.body.isascii():
            return response
        better: str | None
        try:
            response.body.decode("utf-8")
            better = "utf-8"
        except UnicodeDecodeError:
            if _REPLACEMENT not in response.text:
                return response
            better = html_body_declared_encoding(response.body)
        if better and better != response.encoding:
            response = response.replace(encoding=better)
            self._count("charset/corrected")
        if _REPLACEMENT in response.text:
            self._count("charset/unreadable")
        return response

    def _wide(self, response: TextResponse) -> Response:
        """The response read as UTF-16 where that is what it is, though its header says otherwise.

        Of the bytes of a page, nearly every second is then zero, for all its tags are ASCII.
        """
        if response.encoding.startswith(("utf-16", "utf-32")):
            return response
        zeros = [response.body[start::2].count(0) for start in (0, 1)]
        encoding = "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
        if max(zeros) * 4 > len(response.body):
            response = response.replace(encoding=encoding)
            self._count("charset/corrected")
        return response

    def _count(self, name: str) -> None:
        if self.stats is not None:
            self.stats.inc_value(name)
