"""One harvest of one source, in a child process with limits; and the child itself.

A crawl inside the caller's own process cannot be ended when it hangs, and one that runs out of
memory takes its caller along.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from storage import harvests
from storage.database import open_database
from storage.domain import Harvest, Outcome

LIMIT = 1200
"""Seconds a harvest may take before it is asked to stop; Scrapy's own limit comes before."""

GRACE = 60
"""Seconds it may take to stop; longer than DOWNLOAD_TIMEOUT, so that a page can finish."""

MEMORY = 2 << 30
"""Bytes of address space at which the child fails instead of the machine."""

Progress = Callable[[Mapping[str, Any]], None]


def run(  # noqa: PLR0913  (all but the first three are optional)
    source: str,
    *,
    database_url: str,
    now: datetime,
    contact: str | None = None,
    at: str | None = None,
    limit: int | None = None,
    on_progress: Progress | None = None,
    log_level: str = "WARNING",
) -> Harvest:
    """Harvest ``source`` in a child process and return what was stored of it.

    ``now`` (aware) is when the harvest begins. ``at`` is a URL that answers instead of the
    source's own hosts. ``limit`` stops after that many calls. ``on_progress`` is given
    ``{"event": "progress", "requests": …, "items": …}`` as it goes. A child that crashes, hangs or
    is killed leaves a harvest that failed, with the reason.
    """
    order = {
        "source": source,
        "now": now.isoformat(),
        "contact": contact,
        "at": at,
        "limit": limit,
        "log_level": log_level,
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "crawler.harvest"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "BRIDGES_DATABASE_URL": database_url},
        start_new_session=True,
        text=True,
    )
    stopped = threading.Event()
    watch = threading.Thread(target=_end_when_late, args=(child, stopped), daemon=True)
    watch.start()
    done = False
    try:
        with child:
            assert child.stdin is not None  # noqa: S101  (asked for above)
            assert child.stdout is not None  # noqa: S101
            # Left open: when it ends, the child knows that nobody waits for it any more.
            child.stdin.write(json.dumps(order) + "\n")
            child.stdin.flush()
            for line in child.stdout:
                event = json.loads(line)
                done = done or event["event"] == "done"
                if on_progress and event["event"] == "progress":
                    on_progress(event)
    except BaseException:  # Ctrl-C as well: never leave a crawl running that nobody waits for
        os.killpg(child.pid, signal.SIGTERM)
        raise
    finally:
        stopped.set()
    return _stored(source, database_url, now, child.returncode, done=done)


def _end_when_late(child: subprocess.Popen[str], stopped: threading.Event) -> None:
    for wait, sign in ((LIMIT, signal.SIGTERM), (GRACE, signal.SIGKILL)):
        if stopped.wait(wait):
            return
        if child.poll() is None:
            os.killpg(child.pid, sign)


def _stored(
    source: str, database_url: str, now: datetime, returncode: int, *, done: bool
) -> Harvest:
    """Return the harvest as the child stored it, or mark the one it left unfinished as failed."""
    engine = open_database(database_url)
    with engine.begin() as connection:
        if not done:
            how = f"signal {-returncode}" if returncode < 0 else f"exit code {returncode}"
            reason = f"the harvest process ended early ({how})"
            if not harvests.interrupted(connection, source, now, reason=reason):
                number = harvests.start(connection, source, now)  # it died before its first row
                failed = Harvest(source, now, now, outcome=Outcome.FAILED, reason=reason)
                harvests.finish(connection, number, failed)
        last = harvests.last(connection, source)
    engine.dispose()
    if last is None:  # the row was written above or by the child
        raise RuntimeError(f"no harvest of {source} was stored")
    return last


def crawl_settings(order: Mapping[str, Any], hosts: tuple[str, ...]) -> dict[str, Any]:
    """Scrapy settings that carry out ``order`` (as ``run`` sends it) for a source's ``hosts``."""
    settings: dict[str, Any] = {"NOW": order.get("now"), "PROGRESS": True}
    if at := order.get("at"):
        addresses = _addresses(at)
        settings |= {
            "SEND_TO": at,
            "SEND_TO_HOSTS": list(hosts),
            "GUARD_ALLOW": [f"{address}:{port}" for address, port in addresses],
        }
        if all(ip_address(address).is_loopback for address, _ in addresses):
            # Nobody to be polite to. Not 0: Scrapy would then send many requests at once.
            settings |= {
                "DOWNLOAD_DELAY": 0.001,
                "DOWNLOAD_DELAY_JITTER": 0,
                "RETRY_BACKOFF": 0.02,
            }
    return settings


def _addresses(url: str) -> set[tuple[str, int]]:
    """The addresses and port ``url`` stands for; they may be private, since a person named them.

    Raises OSError for a name that no one answers to.
    """
    target = urlsplit(url)
    port = target.port or {"https": 443}.get(target.scheme, 80)
    found = socket.getaddrinfo(target.hostname, port, type=socket.SOCK_STREAM)
    return {(str(address[0]), port) for *_, address in found}


def spider_names() -> list[str]:
    """Every source, by name."""
    return sorted(_loader().list())


def load_spider(name: str) -> Any:
    """The spider class of a source. Raises KeyError for a name no spider has."""
    return _loader().load(name)


def _loader() -> Any:
    from scrapy.spiderloader import SpiderLoader  # noqa: PLC0415  (Scrapy takes half a second)

    return SpiderLoader.from_settings(_project_settings())


def _project_settings() -> Any:
    from scrapy.settings import Settings  # noqa: PLC0415

    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    return settings


def main() -> int:
    """Carry out one order from stdin; tell progress and the end on stdout, logs on stderr."""
    from scrapy.crawler import AsyncCrawlerProcess  # noqa: PLC0415

    order = json.loads(sys.stdin.readline())
    threading.Thread(target=_stop_when_alone, daemon=True).start()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    spider = load_spider(order["source"])
    settings = _project_settings()
    settings.setdict(crawl_settings(order, spider.hosts), priority="cmdline")
    if contact := order.get("contact"):
        settings.set("USER_AGENT", f"{settings['USER_AGENT']} (+mailto:{contact})", "cmdline")
    settings.set("LOG_LEVEL", order.get("log_level") or "WARNING", "cmdline")
    process = AsyncCrawlerProcess(settings)
    process.crawl(spider, limit=order.get("limit"))
    process.start()
    return 0


def _stop_when_alone() -> None:
    """End politely when the parent is gone: two harvests of one source must not run at once."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
