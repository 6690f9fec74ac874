"""What can go wrong in a harvest.

HarvestFailed          the source as a whole: nothing of this harvest may be kept
└── FilterIgnored      it answered a question we did not ask
NotThePage             what came is not the page that was asked for: worth another try
Outage                 one part of the source could not be read; the rest may be
NoSecureConnection     a server answered, and TLS with it failed
"""

from __future__ import annotations

from scrapy.exceptions import (
    CannotResolveHostError,
    CloseSpider,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)


class NoSecureConnection(DownloadConnectionRefusedError):  # noqa: N818
    """Raised by the handler when a server answers, but TLS fails: worth another try."""


_IN_WORDS: dict[type[Exception], str] = {
    CannotResolveHostError: "no such host is known",
    NoSecureConnection: "no secure connection could be made",
    DownloadConnectionRefusedError: "nobody answers there",
    DownloadTimeoutError: "no whole answer in time",
    ResponseDataLossError: "the answer broke off",
    DownloadFailedError: "the connection broke off",
    DownloadCancelledError: "the answer is too large",
    NotSupported: "not a web address",
    UnsupportedURLSchemeError: "not a web address",
}


_SAID = {
    "exceeded DOWNLOAD_MAXSIZE": "the answer is too large",
    "max redirections reached": "it is redirected again and again",
}
"""Our words for what Scrapy says when it gives a request up, by a part of that."""


class HarvestFailed(CloseSpider):
    """Raised by a spider that must not go on; its words become the harvest's reason.

    From a callback it ends the crawl all the same; only what was kept before then stays.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.args = (reason,)  # CloseSpider leaves its text empty


class FilterIgnored(HarvestFailed):
    """Raised by a spider whose source ignored the filter it was given."""


class Outage(Exception):  # noqa: N818
    """Raised by ``CallSpider.fetch`` for a page that did not come, or is not the page.

    ``status`` is what the server answered, if that is what was wrong.
    """

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class NotThePage(Exception):  # noqa: N818
    """Raised by what understands a page, for ``CallSpider.fetch`` to ask again."""


def in_words(error: Exception) -> str:
    """Say what went wrong on the way to a page, for somebody who does not know our libraries."""
    said = str(error)
    if isinstance(error, IgnoreRequest):
        said = next((words for part, words in _SAID.items() if part in said), said)
    return next(
        (words for kind, words in _IN_WORDS.items() if isinstance(error, kind)),
        said or type(error).__name__,
    )
