"""One harvest of one source, in a child process with limits; and the child itself.

A crawl inside the caller's own process cannot be ended when it hangs, and one that runs out of
memory takes its caller along.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler import collecting
from storage import harvests
from storage.database import open_database
from storage.domain import Harvest, Outcome
from storage.errors import BridgesError, Busy

log = logging.getLogger(__name__)

CHILD = (sys.executable, "-P", "-m", "crawler")
"""What the child process runs; without -P, a folder ``storage`` where we are would be ours."""

HOUSE = str(Path(__file__).resolve().parent.parent)
"""Where the child finds the rooms, whether they are installed or not."""

LIMIT = 1200
"""Seconds a harvest may take before it is asked to stop; Scrapy's own limit comes before."""

GRACE = 60
"""Seconds it may take to stop; longer than DOWNLOAD_TIMEOUT, so that a page can finish."""

HURRY = 10
"""The same, when whoever asked for the harvest is waiting to leave (Ctrl-C)."""

MEMORY = 2 << 30
"""Bytes of address space at which the child fails instead of the machine."""

Progress = Callable[[Mapping[str, Any]], None]


class Children:
    """The processes of harvests that run, so that all can be ended from another thread."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._ended = False

    def add(self, child: subprocess.Popen[str]) -> None:
        """Take a child in; one that comes too late is ended like the others."""
        with self._lock:
            self._running.add(child)
            late = self._ended
        if late:
            _end(child)

    def remove(self, child: subprocess.Popen[str]) -> None:
        with self._lock:
            self._running.discard(child)

    def end(self) -> None:
        """Ask all that run to stop, then kill those that do not; none may begin after that."""
        with self._lock:
            self._ended = True
            running = list(self._running)
        for child in running:
            _signal(child, signal.SIGTERM)
        for child in running:
            _end(child)


@dataclass(frozen=True, slots=True)
class Order:
    """What a child process is told to harvest.

    ``now`` (aware) is when the harvest begins. ``at`` is a URL that answers instead of the
    source's own hosts. ``limit`` stops after that many calls. ``documents``: whether files that
    calls link as their guidelines are fetched. ``memory``: bytes at which it fails, ``seconds``
    after which it ends by itself, before it is told to (both as crawler.settings says, if None).
    """

    source: str
    database_url: str
    now: datetime
    contact: str | None = None
    at: str | None = None
    limit: int | None = None
    documents: bool = True
    log_level: str = "CRITICAL"
    memory: int | None = None
    seconds: int | None = None

    def line(self) -> str:
        """The line the child reads."""
        return json.dumps(asdict(self) | {"now": self.now.isoformat()}) + "\n"

    def environment(self) -> dict[str, str]:
        """The environment of the child."""
        path = os.pathsep.join(filter(None, [HOUSE, os.environ.get("PYTHONPATH")]))
        return {**os.environ, "BRIDGES_DATABASE_URL": self.database_url, "PYTHONPATH": path}

    def settle(self, told: Mapping[str, Mapping[str, Any]], returncode: int) -> Harvest:
        """Return what a child that has ended left, from the last event of each kind it told.

        One that crashed or was killed leaves a harvest that failed, with the reason; of one that
        found another program at the source, nothing is stored.
        """
        if busy := told.get("busy"):
            reason = str(busy["reason"])
            return Harvest(self.source, self.now, self.now, outcome=Outcome.FAILED, reason=reason)
        failed = told.get("failed", {"reason": _how(returncode)})
        number = told.get("begun", {}).get("harvest")
        reason = str(failed["reason"])
        return _stored(
            self.source, self.database_url, self.now, reason, number, done="done" in told
        )


def run(
    source: str,
    *,
    on_progress: Progress | None = None,
    children: Children | None = None,
    **said: Any,
) -> Harvest:
    """Harvest ``source`` in a child process and return what was stored of it.

    ``said`` are the other fields of ``Order``. ``on_progress`` is given
    ``{"event": "progress", "requests": …, "items": …}`` as it goes. ``children`` may end it from
    another thread.
    """
    order = Order(source, **said)
    child = subprocess.Popen(  # noqa: S603  (our own module)
        CHILD,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=order.environment(),
        start_new_session=True,
        encoding="utf-8",
        errors="replace",
    )
    children = children or Children()
    children.add(child)
    over = threading.Event()
    watch = threading.Thread(target=_end_when_late, args=(child, over), daemon=True)
    watch.start()
    told: dict[str, dict[str, Any]] = {}
    try:
        for event in _events(child, order):
            told[event["event"]] = event
            if on_progress and event["event"] == "progress":
                on_progress(event)
        child.wait()
    except BaseException:  # Ctrl-C as well: never leave a crawl running that nobody waits for
        _end(child)
        raise
    finally:
        over.set()
        children.remove(child)
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
    return order.settle(told, child.returncode)


def _events(child: subprocess.Popen[str], order: Order) -> Iterator[dict[str, Any]]:
    """Give the child its order and yield what it tells."""
    assert child.stdin is not None  # noqa: S101  (asked for)
    assert child.stdout is not None  # noqa: S101
    with contextlib.suppress(BrokenPipeError):  # it died already, and its exit code says why
        # Left open: when it ends, the child knows that nobody waits for it any more.
        child.stdin.write(order.line())
        child.stdin.flush()
    for line in child.stdout:
        if (event := event_of(line)) is not None:
            yield event


def event_of(line: str) -> dict[str, Any] | None:
    """Return what a line of the child tells; None, and a warning, for a line that is no event."""
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    if isinstance(event, dict) and "event" in event:
        return event
    log.warning("the harvest process said: %s", line.rstrip())
    return None


def _end_when_late(child: subprocess.Popen[str], over: threading.Event) -> None:
    for wait, sign in ((LIMIT, signal.SIGTERM), (GRACE, signal.SIGKILL)):
        if over.wait(wait):
            return
        _signal(child, sign)


def _end(child: subprocess.Popen[str]) -> None:
    """Ask the child to stop; kill it if it does not, or if there is no time to wait."""
    try:
        _signal(child, signal.SIGTERM)
        child.wait(HURRY)
    except subprocess.TimeoutExpired:
        log.warning("the harvest process did not stop and was killed")
    finally:
        _signal(child, signal.SIGKILL)
        child.wait()


def _signal(child: subprocess.Popen[str], sign: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):  # it ended just now
        if child.poll() is None:
            os.killpg(child.pid, sign)


def _how(returncode: int) -> str:
    how = f"exit code {returncode}"
    if returncode < 0:
        how = f"killed by {signal.Signals(-returncode).name}"
    return f"the harvest process ended early ({how})"


def _stored(  # noqa: PLR0913  (what the child told of itself)
    source: str, database_url: str, now: datetime, reason: str, number: int | None, *, done: bool
) -> Harvest:
    """Return the harvest as the child stored it, or mark the one it left unfinished as failed."""
    engine = open_database(database_url)
    try:
        with engine.begin() as connection:
            marked = number is not None and harvests.interrupted(
                connection, source, now, only=number, reason=reason
            )
            if number is None or not (done or marked):
                # It died before its first row, or after the last without a word that it was.
                number = harvests.start(connection, source, now)
                failed = Harvest(source, now, now, outcome=Outcome.FAILED, reason=reason)
                harvests.finish(connection, number, failed)
            return harvests.by_number(connection, number)
    finally:
        engine.dispose()


def crawl_settings(order: Mapping[str, Any], hosts: tuple[str, ...]) -> dict[str, Any]:
    """Scrapy settings that carry out ``order`` (as ``run`` sends it) for a source's ``hosts``."""
    settings: dict[str, Any] = {
        "NOW": order.get("now"),
        "CONTACT": order.get("contact"),
        "DATABASE_URL": order.get("database_url"),
        "PROGRESS": True,
        "DOCUMENTS": order.get("documents", True),
    }
    if seconds := order.get("seconds"):
        settings["CLOSESPIDER_TIMEOUT"] = seconds
    if memory := order.get("memory"):
        settings["MEMUSAGE_LIMIT_MB"] = memory >> 21  # what is used is about half of what is mapped
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
                "RETRY_BACKOFF": 0.02,
                "AUTOTHROTTLE_ENABLED": False,
            }
    return settings


def _addresses(url: str) -> set[tuple[str, int]]:
    """The addresses and port ``url`` stands for; they may be private, since a person named them.

    Raises BridgesError for a name that nobody answers to.
    """
    target = urlsplit(url)
    port = target.port or {"https": 443}.get(target.scheme, 80)
    try:
        found = socket.getaddrinfo(target.hostname, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise BridgesError(f"{target.hostname} cannot be found: {error.strerror}") from error
    return {(str(address[0]), port) for *_, address in found}


def spider_names(*, usable: bool = False) -> list[str]:
    """Every source, by name; or those that are not switched off and have the key they need."""
    loader = _loader()
    if not usable:
        return sorted(loader.list())
    from storage.settings import load_settings  # noqa: PLC0415  (it takes 0.15 s)

    settings = load_settings()
    return sorted(
        name
        for name in loader.list()
        if not settings.is_off(name) and needed(loader.load(name)) is None
    )


def needed(spider: Any) -> str | None:
    """The variable a source needs and has not, as ``BRIDGES_SOME_KEY``; None for no such."""
    return f"BRIDGES_{spider.needs.upper()}" if spider.needs and not spider.key() else None


def load_spider(name: str) -> Any:
    """The spider class of a source. Raises KeyError for a name no spider has."""
    return _loader().load(name)


def _loader() -> Any:
    from scrapy.spiderloader import get_spider_loader  # noqa: PLC0415  (Scrapy takes half a second)

    return get_spider_loader(_project_settings())


def _project_settings() -> Any:
    from scrapy.settings import Settings  # noqa: PLC0415

    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    return settings


def main() -> int:
    """Carry out one order from stdin; tell progress and the end on stdout, logs on stderr."""
    from crawler.progress import tell  # noqa: PLC0415  (it loads Scrapy, which the parent never needs)

    order = json.loads(sys.stdin.readline())
    sys.stdout = sys.stderr  # what a spider prints by mistake is no message to the parent
    threading.Thread(target=_stop_when_alone, daemon=True).start()
    _limit_memory(int(order.get("memory") or MEMORY))
    try:
        _crawl(order)
    except Busy as error:
        tell({"event": "busy", "reason": str(error)})
        return 1
    except Exception as error:
        plain = str(error) if isinstance(error, BridgesError) else repr(error)
        tell({"event": "failed", "reason": plain})
        log.exception("the harvest could not begin")
        return 1
    return 0


def _crawl(order: Mapping[str, Any]) -> None:
    from scrapy.crawler import AsyncCrawlerProcess  # noqa: PLC0415

    spider = load_spider(order["source"])
    settings = _project_settings()
    settings.setdict(crawl_settings(order, spider.hosts), priority="cmdline")
    settings.set("LOG_LEVEL", order.get("log_level") or "CRITICAL", "cmdline")
    process = AsyncCrawlerProcess(settings)
    crawl = process.crawl(spider, limit=order.get("limit"))
    collecting.resume()
    process.start()
    if not crawl.cancelled() and (error := crawl.exception()):
        raise error  # only what kept the crawl from starting comes here; the rest is counted


def _limit_memory(memory: int) -> None:
    """Let this process fail for want of memory before the machine does."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    allowed = memory if most == resource.RLIM_INFINITY else min(memory, most)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))
    except (OSError, ValueError) as error:  # a system that knows no such limit
        log.warning("the memory of this harvest is not limited: %s", error)


def _stop_when_alone() -> None:
    """End when the parent is gone: two harvests of one source must not run at once."""
    while os.read(0, 4096):  # not sys.stdin: its lock would be in the way when the process exits
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os.kill(os.getpid(), signal.SIGKILL)
