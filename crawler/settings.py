"""Scrapy's settings for every harvest; each value that differs from the default says why."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version

from scrapy.settings import default_settings


def _without(base: Mapping[str, int], *names: str) -> dict[str, int]:
    """What Scrapy sets up by itself, less the classes of these names, which are not even loaded.

    To leave one out with None, as its documentation has it, loads it to know its name.
    """
    return {path: order for path, order in base.items() if path.rpartition(".")[2] not in names}


BOT_NAME = "bridges-of-trust"
SPIDER_MODULES = ["spiders"]
NEWSPIDER_MODULE = "spiders"
SPIDER_LOADER_CLASS = "crawler.loading.OneSpiderLoader"

USER_AGENT = f"BridgesOfTrust/{version('bridges-of-trust')} (municipal funding watch)"
"""``crawler.spider.CallSpider`` adds the operator's mailbox (BRIDGES_CONTACT)."""

TWISTED_REACTOR_ENABLED = False  # True: tests replay the very handler production uses
DOWNLOAD_HANDLERS = {
    "http": "crawler.handler.GuardedHandler",
    "https": "crawler.handler.GuardedHandler",
    "file": None,  # a hostile link to file:///etc/passwd would be read and handed over
    "data": None,
    "ftp": None,
    "s3": None,
}
REMOTE_CONTROL_ENABLED = False  # True: every crawl opens a port that runs Python posted to it
TELNETCONSOLE_ENABLED = False

ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "BridgesOfTrust"  # not the whole user agent: a mailbox may hold any name
DOWNLOAD_DELAY = 2  # 0: politeness; also, without a delay Scrapy sends more than one at a time
DOWNLOAD_DELAY_JITTER = 0  # 0.5: half of all delays, a site's own Crawl-delay too, would be cut
CONCURRENT_REQUESTS = 4
CONCURRENT_REQUESTS_PER_DOMAIN = 1
CONCURRENT_ITEMS = 1  # 100: so many tasks made for every page, though calls are kept one by one
AUTOTHROTTLE_ENABLED = True  # False: a server that takes long is asked as much more seldom
AUTOTHROTTLE_START_DELAY = 2  # 5
AUTOTHROTTLE_MAX_DELAY = 30  # 60
DOWNLOAD_TIMEOUT = 45  # 180; a search of the EU portal takes 2-10 s
DOWNLOAD_MAXSIZE = 20 << 20  # 1 GiB: one hostile page could take all memory
DOWNLOAD_VERIFY_CERTIFICATES = True  # False by default
REDIRECT_MAX_TIMES = 5  # 20
RETRY_TIMES = 4  # 2; crawler.patience spaces the tries out
RETRY_EXCEPTIONS = [  # less what only Twisted's handlers raise: to name theirs loads them, 0.2 s
    "scrapy.exceptions.CannotResolveHostError",
    "scrapy.exceptions.DownloadConnectionRefusedError",
    "scrapy.exceptions.DownloadFailedError",
    "scrapy.exceptions.DownloadTimeoutError",
    "scrapy.exceptions.ResponseDataLossError",
    OSError,
]
RETRY_BACKOFF = 2.0  # seconds before the first new try; each next one waits twice as long
CLOSESPIDER_TIMEOUT = 900
MEMUSAGE_LIMIT_MB = 1024

HTTPCACHE_ENABLED = True  # False; ours asks about every page, and an unchanged one is not sent
HTTPCACHE_POLICY = "crawler.cache.AlwaysAsk"
HTTPCACHE_STORAGE = "crawler.cache.PageStore"
HTTPCACHE_DIR = ""  # a folder ``pages`` beside the database
HTTPCACHE_EXPIRATION_SECS = 7 * 86_400  # 0; then it is fetched whole, whatever its server says
HTTPCACHE_LARGEST_PAGE = 2 << 20  # ours: bytes of one page
HTTPCACHE_MOST = 64 << 20  # ours: bytes kept of one source

DOCUMENTS = True  # ours: whether attached guidelines are fetched (BRIDGES_DOCUMENTS)
DOCUMENTS_PER_HARVEST = 100  # the rest waits for the next harvests, those never asked for first
DOCUMENTS_MAXSIZE = 10 << 20  # bytes of one
DOCUMENTS_BYTES_PER_HARVEST = 200 << 20
DOCUMENTS_SECONDS = 300  # for all of them; with a delay of two seconds enough for the hundred

DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en",
    "Accept-Encoding": "gzip",  # the one compression whose end crawler.bodies can check
}

DOWNLOADER_MIDDLEWARES_BASE = _without(  # see crawler.cookies
    default_settings.DOWNLOADER_MIDDLEWARES_BASE, "CookiesMiddleware"
)
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.robots.Robots": 100,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "crawler.patience.PatientRetry": 550,
    "crawler.cookies.OwnCookies": 700,
    "crawler.bodies.RightCharset": 585,  # sees the body after decompression (590)
    "crawler.bodies.WholeBody": 595,  # sees it before
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None,
    "crawler.cache.HonestCache": 900,
}
ITEM_PIPELINES = {"crawler.pipelines.KeepCalls": 100}
# The two open a door to the crawl, and are off; each would load a server.
EXTENSIONS_BASE = _without(default_settings.EXTENSIONS_BASE, "RemoteControl", "TelnetConsole")
EXTENSIONS = {
    "scrapy.extensions.memusage.MemoryUsage": None,
    "crawler.memory.Memory": 0,
    "scrapy.extensions.throttle.AutoThrottle": None,
    "crawler.patience.Throttle": 0,
    "crawler.ledger.Ledger": 10,
    "crawler.progress.Progress": 20,
}

LOG_LEVEL = "INFO"
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
